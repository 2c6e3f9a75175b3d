//! Operations that can only answer one thing.

use serde_json::{Value, json};

use crate::api::types::{Others, Shape, TypeRef, TypeShape};
use crate::api::{Api, Content, Operation};
use crate::render::rust_type::Rust;
use crate::render::service::assign;
use crate::render::traits::{is_boxed, request_name, response_name, variant};

pub(super) fn operation(api: &Api, operation: &Operation, value: &Value) -> Value {
    let rust = Rust::new(&api.types);
    let response = operation.responses.first();
    let body = response.and_then(|response| match &response.content {
        Some(Content::Json(ty)) => {
            let body = expression(api, &rust, ty, value);
            Some(if is_boxed(api, operation, response) {
                format!("Box::new({body})")
            } else {
                body
            })
        }
        Some(Content::Form(_) | Content::Multipart(_) | Content::Bytes(_)) | None => None,
    });
    let headers = response.map(|response| response.headers.as_slice());
    let mut parts: Vec<String> = headers
        .unwrap_or_default()
        .iter()
        .map(|header| assign(&header.ident.snake, "None"))
        .collect();
    let name = response_name(operation);
    let path = format!(
        "{name}::{}",
        variant(response.map_or(200, |response| response.status))
    );
    let body = body.unwrap_or_default();
    let success = if parts.is_empty() {
        format!("{path}({body})")
    } else {
        parts.push(assign("body", &body));
        format!("{path} {{ {} }}", parts.join(", "))
    };
    json!({
        "kind": "fixed",
        "method": operation.ident.snake,
        "argument": "_request",
        "request": request_name(operation),
        "response": name,
        "success": success,
    })
}

/// A value as Rust writes one of the type.
fn expression(api: &Api, rust: &Rust<'_>, ty: &TypeRef, value: &Value) -> String {
    let Shape::Named(id) = ty.shape else {
        return rust.literal(&ty.shape, value).unwrap_or_default();
    };
    let Some(TypeShape::Struct(shape)) = api.types.get(id).map(|def| &def.shape) else {
        return rust.literal(&ty.shape, value).unwrap_or_default();
    };
    let mut lines: Vec<String> = shape
        .fields
        .iter()
        .map(|field| {
            let inner = value
                .get(&field.name)
                .map(|value| expression(api, rust, &field.ty, value));
            assign(&field.ident.snake, inner.as_deref().unwrap_or("None"))
        })
        .collect();
    if let Others::Read(other) = &shape.others {
        lines.push(format!("{}: Default::default()", other.0.snake));
    }
    format!("{} {{ {} }}", rust.name(id), lines.join(", "))
}
