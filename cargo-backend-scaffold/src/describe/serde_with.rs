//! serde_with's types, which write a value in another way than its own.

use serde_json::{Value, json};
use syn::{GenericArgument, PathArguments, Type};

use super::schema::{Schemas, nullable};
use crate::code::{Place, Ty};

/// The schema of a value of `ty` that `form` writes; nothing where nobody knows how.
pub(super) fn schema(
    schemas: &mut Schemas<'_, '_>,
    ty: &Ty,
    form: &Type,
    at: Place,
) -> Option<Value> {
    let Type::Path(path) = form else {
        // `_` is the type's own way.
        return matches!(form, Type::Infer(_)).then(|| schemas.of(ty, at));
    };
    let last = path.path.segments.last()?;
    let inner: Vec<&Type> = match &last.arguments {
        PathArguments::AngleBracketed(given) => given
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(inner) => Some(inner),
                _ => None,
            })
            .collect(),
        PathArguments::None | PathArguments::Parenthesized(_) => Vec::new(),
    };
    let given = ty.external().map_or(&[][..], |(_, given)| given);
    let name = last.ident.to_string();
    match (name.as_str(), inner.as_slice(), given) {
        ("Option" | "DefaultOnNull", [form], [ty]) => schema(schemas, ty, form, at).map(nullable),
        ("Box" | "Arc" | "DefaultOnError", [form], [ty]) => schema(schemas, ty, form, at),
        ("Vec" | "VecSkipError", [form], [ty]) => {
            let items = schema(schemas, ty, form, at)?;
            Some(json!({"type": "array", "items": items}))
        }
        ("HashMap" | "BTreeMap", [_, form], [_, ty]) => {
            let others = schema(schemas, ty, form, at)?;
            Some(json!({"type": "object", "additionalProperties": others}))
        }
        ("Same", ..) => Some(schemas.of(ty, at)),
        ("BoolFromInt", ..) => Some(json!({"type": "integer", "enum": [0, 1]})),
        ("Base64", ..) => Some(json!({"type": "string", "format": "byte"})),
        (
            "DisplayFromStr" | "Hex" | "JsonString" | "NoneAsEmptyString" | "StringWithSeparator",
            ..,
        ) => Some(json!({"type": "string"})),
        (name, inner, _) => moment(name, inner),
    }
}

/// `TimestampSeconds<i64>`, `DurationMilliSecondsWithFrac<f64>` and their kind.
fn moment(name: &str, inner: &[&Type]) -> Option<Value> {
    let known = name.starts_with("Timestamp") || name.starts_with("Duration");
    let known = known && (name.contains("Seconds"));
    let number = match inner.first() {
        Some(Type::Path(path)) => path.path.segments.last()?.ident.to_string(),
        _ => String::new(),
    };
    known.then(|| match number.as_str() {
        "String" => json!({"type": "string"}),
        "f64" => json!({"type": "number", "format": "double"}),
        _ if name.ends_with("WithFrac") => json!({"type": "number", "format": "double"}),
        _ => json!({"type": "integer", "format": "int64"}),
    })
}
