use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// What callers are told when something is wrong.
#[derive(Debug, Serialize)]
pub struct Problem {
    pub code: &'static str,
    pub detail: String,
}

#[derive(Debug)]
pub enum Reject {
    Missing,
    Invalid(String),
}

pub type Answer<T, E = Reject> = Result<T, E>;

impl IntoResponse for Reject {
    fn into_response(self) -> Response {
        let (status, code, detail) = match self {
            Self::Missing => (StatusCode::NOT_FOUND, "missing", String::new()),
            Self::Invalid(detail) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail),
        };
        (status, Json(Problem { code, detail })).into_response()
    }
}
