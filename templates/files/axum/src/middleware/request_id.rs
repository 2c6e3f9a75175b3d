//! Every request has a name: its caller's, if it is sound, else a new one.

use axum::extract::Request;
use axum::http::HeaderValue;
use uuid::Uuid;

use crate::api::error::REQUEST_ID;

/// Longer names are no names: they are copied into every line of the log.
const MAX_LENGTH: usize = 128;

/// Names the request, and tells the name.
pub(super) fn name(request: &mut Request) -> HeaderValue {
    let given = request.headers().get(&REQUEST_ID).cloned();
    let id = given.filter(is_sound).unwrap_or_else(new);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    id
}

fn is_sound(id: &HeaderValue) -> bool {
    let bytes = id.as_bytes();
    !bytes.is_empty() && bytes.len() <= MAX_LENGTH && bytes.iter().all(u8::is_ascii_graphic)
}

fn new() -> HeaderValue {
    let mut buffer = Uuid::encode_buffer();
    let text = Uuid::new_v4().hyphenated().encode_lower(&mut buffer);
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("unknown"))
}
