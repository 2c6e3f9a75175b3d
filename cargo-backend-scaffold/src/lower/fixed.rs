//! Answers that the document leaves no choice about: `{"status": "ok"}` of a check of health.

use serde_json::{Map, Value};

use crate::api::types::{Shape, TypeDef, TypeRef, TypeShape};
use crate::api::{Content, Operation};

/// What an operation can only answer: it asks for nothing, and every property that must be there has
/// one value. Properties that may be absent are.
pub(super) fn answer(operation: &Operation, types: &[TypeDef]) -> Option<Value> {
    let plain = operation.method == "GET" && operation.parameters.is_empty();
    let response = operation.responses.first()?;
    let headers = response.headers.iter().any(|header| header.required);
    if !plain || operation.body.is_some() || headers || response.status != 200 {
        return None;
    }
    match &response.content {
        Some(Content::Json(ty)) => value(ty, types, 0).filter(Value::is_object),
        Some(Content::Form(_) | Content::Multipart(_) | Content::Bytes(_)) | None => None,
    }
}

/// The one value of a type.
fn value(ty: &TypeRef, types: &[TypeDef], depth: usize) -> Option<Value> {
    let Shape::Named(id) = ty.shape else {
        return None;
    };
    if ty.nullable || ty.boxed || depth > 8 {
        return None;
    }
    match &types.get(id)?.shape {
        TypeShape::Enum(variants) => match variants.as_slice() {
            [(text, _)] => Some(Value::String(text.clone())),
            _ => None,
        },
        TypeShape::Struct(shape) if shape.count.is_none() => {
            let mut required = shape.fields.iter().filter(|field| field.required);
            let members: Option<Map<String, Value>> = required
                .by_ref()
                .map(|field| Some((field.name.clone(), value(&field.ty, types, depth + 1)?)))
                .collect();
            members
                .filter(|members| !members.is_empty())
                .map(Value::Object)
        }
        TypeShape::Struct(_) | TypeShape::Union(_) => None,
    }
}
