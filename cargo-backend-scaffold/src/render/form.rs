//! Bodies of requests in the generated tests that are no JSON.

use serde_json::Value;

use crate::api::types::{Struct, TypeRef};
use crate::render::edges;
use crate::render::sample::Samples;
use crate::render::url::{encoded, texts};

/// A value as `application/x-www-form-urlencoded`, with brackets for what is inside of others; `None`
/// where a list or an object would be empty, which no form can say.
pub(super) fn form(value: &Value) -> Option<String> {
    let mut pairs = Vec::new();
    for (name, value) in value.as_object()? {
        add(&encoded(name), value, &mut pairs)?;
    }
    Some(pairs.join("&"))
}

fn add(name: &str, value: &Value, pairs: &mut Vec<String>) -> Option<()> {
    match value {
        Value::Null => return None,
        Value::Bool(_) | Value::Number(_) => pairs.push(format!("{name}={value}")),
        Value::String(text) => pairs.push(format!("{name}={}", encoded(text))),
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                add(&format!("{name}[{index}]"), item, pairs)?;
            }
        }
        Value::Object(members) if !members.is_empty() => {
            for (key, member) in members {
                add(&format!("{name}[{}]", encoded(key)), member, pairs)?;
            }
        }
        Value::Array(_) | Value::Object(_) => return None,
    }
    Some(())
}

/// Forms with a property on one side of an edge, each with what it is about.
pub(super) fn forms(
    samples: &Samples<'_>,
    ty: &TypeRef,
    base: &Value,
) -> Vec<(String, String, bool)> {
    let Some((_, shape)) = samples.structure(ty) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for field in shape.fields.iter().filter(|field| !field.read_only) {
        let name = &field.name;
        if field.required {
            let without = with(shape, base, name, &[]);
            found.extend(without.map(|form| (form, format!("`{name}`, required"), false)));
        }
        for edge in edges::of(samples, &field.ty) {
            let texts = texts(&field.ty, &edge);
            let form = texts.and_then(|texts| with(shape, base, name, &texts));
            let what = format!("`{name}`, {}", edge.rule);
            found.extend(form.map(|form| (form, what, edge.fits)));
        }
    }
    found
}

/// The form with other texts for one property.
fn with(shape: &Struct, base: &Value, name: &str, texts: &[String]) -> Option<String> {
    let mut others = base.clone();
    others.as_object_mut()?.shift_remove(name);
    let (least, _) = shape.count.unwrap_or_default();
    // Another rule would be broken as well.
    if others.as_object()?.len() + texts.len().min(1) < least {
        return None;
    }
    let name = encoded(name);
    let own = texts.iter().map(|text| format!("{name}={}", encoded(text)));
    let rest = Some(form(&others)?).filter(|rest| !rest.is_empty());
    Some(rest.into_iter().chain(own).collect::<Vec<_>>().join("&"))
}

/// One of the media types, as a request names it: `image/*` is none that anybody sends.
pub(super) fn media_type(names: &[String]) -> String {
    let plain = names.iter().find(|name| !name.contains('*'));
    let any = || "application/octet-stream".to_owned();
    plain.cloned().unwrap_or_else(|| match names.first() {
        Some(name) if !name.starts_with('*') => name.replace('*', "x-test"),
        Some(_) | None => any(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_inside_of_others_has_brackets() {
        let check = |value: &Value, expected: Option<&str>| {
            assert_eq!(form(value).as_deref(), expected);
        };
        let value = json!({"a b": "c&d", "items": [{"price": 1}], "meta": {"k": true}});
        check(&value, Some("a%20b=c%26d&items[0][price]=1&meta[k]=true"));
        check(&json!({}), Some(""));
        check(&json!({"tags": []}), None);
    }

    #[test]
    fn a_media_type_is_one_that_can_be_sent() {
        let check = |names: &[&str], expected: &str| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(media_type(&names), expected);
        };
        check(&["image/*", "application/pdf"], "application/pdf");
        check(&["image/*"], "image/x-test");
        check(&["*/*"], "application/octet-stream");
        check(&[], "application/octet-stream");
    }
}
