//! Keywords of JSON Schema 2020-12 → what 3.0 says instead, in one schema.

use serde_json::{Map, Value, json};

/// `const` → `enum` of one.
pub(super) fn constant(map: &mut Map<String, Value>) {
    let Some(value) = map.remove("const") else {
        return;
    };
    let kind = match &value {
        Value::String(_) => Some("string"),
        Value::Bool(_) => Some("boolean"),
        Value::Number(number) if number.is_i64() => Some("integer"),
        Value::Number(_) => Some("number"),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    if let Some(kind) = kind {
        map.entry("type").or_insert(json!(kind));
    }
    map.insert("enum".to_owned(), json!([value]));
}

/// The alternative `null` → `nullable`.
pub(super) fn null(map: &mut Map<String, Value>) {
    for keyword in ["oneOf", "anyOf"] {
        let Some(Value::Array(list)) = map.get_mut(keyword) else {
            continue;
        };
        let before = list.len();
        let is_null = json!({"nullable": true, "enum": [null]});
        list.retain(|alternative| *alternative != is_null);
        if list.len() < before {
            map.insert("nullable".to_owned(), json!(true));
        }
    }
    if map
        .get("enum")
        .and_then(Value::as_array)
        .is_some_and(|values| values.contains(&Value::Null))
    {
        map.insert("nullable".to_owned(), json!(true));
    }
}

/// A list of types → one, `nullable` and alternatives.
pub(super) fn types(map: &mut Map<String, Value>) {
    let kinds: Vec<Value> = match map.get("type") {
        Some(Value::Array(kinds)) => kinds.clone(),
        Some(Value::String(kind)) if kind == "null" => vec![json!("null")],
        _ => return,
    };
    let mut rest: Vec<Value> = kinds
        .iter()
        .filter(|kind| **kind != "null")
        .cloned()
        .collect();
    map.remove("type");
    if rest.len() < kinds.len() {
        map.insert("nullable".to_owned(), json!(true));
    }
    match rest.len() {
        0 => {
            map.insert("enum".to_owned(), json!([null]));
        }
        1 => {
            map.insert("type".to_owned(), rest.remove(0));
        }
        _ if ["oneOf", "anyOf", "allOf", "$ref"]
            .iter()
            .any(|keyword| map.contains_key(*keyword)) => {}
        _ => {
            let notes = [
                "nullable",
                "description",
                "title",
                "default",
                "example",
                "examples",
            ];
            let mut each = map.clone();
            each.retain(|key, _| !notes.contains(&key.as_str()));
            map.retain(|key, _| notes.contains(&key.as_str()));
            let alternatives = rest.into_iter().map(|kind| {
                let mut alternative = each.clone();
                if kind == "array" {
                    alternative.entry("items").or_insert_with(|| json!({}));
                }
                alternative.insert("type".to_owned(), kind);
                Value::Object(alternative)
            });
            let alternatives = alternatives.collect();
            map.insert("anyOf".to_owned(), alternatives);
        }
    }
}

/// A number as exclusive bound → a flag beside the bound.
pub(super) fn bound(
    map: &mut Map<String, Value>,
    exclusive: &str,
    bound: &str,
    tighter: fn(f64, f64) -> f64,
) {
    let Some(limit) = map
        .get(exclusive)
        .filter(|value| value.is_number())
        .cloned()
    else {
        return;
    };
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let kept = map
        .get(bound)
        .filter(|other| tighter(number(other), number(&limit)) != number(&limit));
    if kept.is_some() {
        map.remove(exclusive);
    } else {
        map.insert(bound.to_owned(), limit);
        map.insert(exclusive.to_owned(), json!(true));
    }
}

/// What stands beside a `$ref` holds as well; 3.0 would ignore it.
pub(super) fn siblings(map: &mut Map<String, Value>) {
    let notes = [
        "$ref",
        "description",
        "summary",
        "title",
        "example",
        "examples",
    ];
    if !map.contains_key("$ref") || map.keys().all(|key| notes.contains(&key.as_str())) {
        return;
    }
    if let Some(reference) = map.remove("$ref") {
        let mut parts = vec![json!({ "$ref": reference })];
        if let Some(Value::Array(others)) = map.remove("allOf") {
            parts.extend(others);
        }
        map.insert("allOf".to_owned(), Value::Array(parts));
    }
}
