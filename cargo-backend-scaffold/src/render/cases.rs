//! Requests that are refused, for the generated tests.

use serde_json::{Value, json};

use crate::api::security::{Need, SchemeKind};
use crate::api::types::{Shape, TypeRef, TypeShape};
use crate::api::{Api, Content, Operation, Place};
use crate::render::rust_type::quoted;
use crate::render::security::{Caller, caller};
use crate::render::tests_file::path;

/// The operations that ask everybody who calls.
pub(super) fn secured(api: &Api) -> Vec<Value> {
    api.operations()
        .filter(|operation| caller(operation) == Caller::Required && operation.method != "HEAD")
        .filter_map(|operation| {
            let path = quoted(&path(api, operation)?);
            Some(json!({"method": operation.method, "path": path}))
        })
        .collect()
}

/// Whether a test can show credentials: nobody can for schemes that nobody checks yet.
pub(super) fn is_reachable(api: &Api, operation: &Operation) -> bool {
    let other = |need: &Need| {
        let scheme = api.schemes.get(need.scheme).map(|scheme| &scheme.kind);
        matches!(scheme, Some(SchemeKind::Other(_)))
    };
    let mut alternatives = operation.security.iter();
    operation.security.is_empty() || alternatives.any(|each| !each.needs.iter().any(other))
}

/// What every operation refuses.
pub(super) fn reject(api: &Api, operation: &Operation, cases: &mut Vec<Value>) {
    if !is_reachable(api, operation) {
        return;
    }
    let label = operation.label();
    let invalid = operation.invalid();
    let mut case = |path: &str, body: &str, statuses: &str, what: &str| {
        cases.push(json!({
            "method": operation.method,
            "path": quoted(path),
            "body": body,
            "statuses": statuses,
            "label": quoted(&format!("{label}: {what}")),
        }));
    };
    let Some(path) = path(api, operation) else {
        return;
    };
    if operation.method == "HEAD" {
        return;
    }
    mistyped(operation, &path, &mut case);
    let needs_query = operation
        .parameters
        .iter()
        .any(|p| p.place != Place::Path && p.required);
    let Some(body) = &operation.body else {
        return;
    };
    let Content::Json(ty) = &body.content else {
        return;
    };
    case(
        &path,
        "Some((\"text/plain\", \"x\"))",
        "415",
        "another media type",
    );
    case(
        &path,
        "Some((\"application/json\", \"{\\\"\"))",
        &operation.malformed().to_string(),
        "malformed JSON",
    );
    let is_struct = matches!(&ty.shape, Shape::Named(id) if matches!(api.types.get(*id).map(|def| &def.shape), Some(TypeShape::Struct(_))));
    if is_struct && !ty.nullable {
        case(
            &path,
            "Some((\"application/json\", \"[]\"))",
            &invalid.to_string(),
            "a list for an object",
        );
        let body = "Some((\"application/json\", \"null\"))";
        case(&path, body, &invalid.to_string(), "null for an object");
    }
    if body.required && !needs_query {
        case(&path, "None", &invalid.to_string(), "no body");
    }
}

/// Parameters that are no words, given as words.
fn mistyped(operation: &Operation, path: &str, case: &mut impl FnMut(&str, &str, &str, &str)) {
    let invalid = operation.invalid().to_string();
    let is_number = |ty: &TypeRef| {
        matches!(
            ty.shape,
            Shape::Int(_) | Shape::Number(_) | Shape::Uuid | Shape::Timestamp
        )
    };
    for parameter in operation
        .parameters
        .iter()
        .filter(|parameter| is_number(&parameter.ty) && parameter.style.is_none())
    {
        let what = format!("`{}` is no number", parameter.name);
        let query = format!("{path}?{}=x", parameter.name);
        match parameter.place {
            Place::Path => {
                let other = operation
                    .url()
                    .replace(&format!("{{{}}}", parameter.name), "x");
                if !other.contains('{') {
                    case(&other, "None", &invalid, &what);
                }
            }
            Place::Query if parameter.name.chars().all(|c| c.is_ascii_alphanumeric()) => {
                case(&query, "None", &invalid, &what);
            }
            Place::Query | Place::Header | Place::Cookie => {}
        }
    }
}
