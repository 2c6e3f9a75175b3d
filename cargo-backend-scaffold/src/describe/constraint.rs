//! What a field demands beyond its type, as keywords of its schema; those of utoipa's `schema`.

use serde_json::{Value, json};
use syn::Attribute;

use super::constant::literal;
use crate::code::attribute::{Word, words};

/// What an attribute demands: the keyword without regard to the type, and its value.
pub(super) type Constraints = Vec<(String, Value)>;

/// What utoipa's attributes demand.
pub(super) fn of(attributes: &[Attribute]) -> Constraints {
    let mut found = Constraints::new();
    for word in words(attributes, "schema") {
        keyword(&word, &mut found);
    }
    found
}

/// utoipa's words are those of the document.
fn keyword(word: &Word, found: &mut Constraints) {
    const KNOWN: &[(&str, &str)] = &[
        ("minimum", "minimum"),
        ("maximum", "maximum"),
        ("exclusive_minimum", "exclusiveMinimum"),
        ("exclusive_maximum", "exclusiveMaximum"),
        ("multiple_of", "multipleOf"),
        ("min_length", "minLength"),
        ("max_length", "maxLength"),
        ("min_items", "minItems"),
        ("max_items", "maxItems"),
        ("min_properties", "minProperties"),
        ("max_properties", "maxProperties"),
        ("read_only", "readOnly"),
        ("write_only", "writeOnly"),
        ("content_encoding", "contentEncoding"),
        ("content_media_type", "contentMediaType"),
        ("pattern", "pattern"),
        ("example", "example"),
        ("default", "default"),
        ("title", "title"),
    ];
    let known = KNOWN.iter().find(|(name, _)| *name == word.name);
    let value = word.value.as_ref().and_then(literal);
    // `read_only` alone is a flag.
    let flag = word.name.ends_with("_only") && word.value.is_none();
    let value = value.or_else(|| flag.then(|| json!(true)));
    if let (Some((_, key)), Some(value)) = (known, value) {
        found.push(((*key).to_owned(), value));
    }
}

/// Adds what is demanded, in the words that go with the type.
pub(super) fn apply(schema: &mut Value, constraints: &[(String, Value)]) {
    let list = is(schema, "array");
    let map = is(schema, "object") && schema.get("properties").is_none();
    for (key, value) in constraints {
        let key = match (key.as_str(), list, map) {
            ("least", true, _) => "minItems",
            ("least", _, true) => "minProperties",
            ("least", ..) => "minLength",
            ("most", true, _) => "maxItems",
            ("most", _, true) => "maxProperties",
            ("most", ..) => "maxLength",
            ("inner", ..) => {
                let inside: Vec<(String, Value)> =
                    serde_json::from_value(value.clone()).unwrap_or_default();
                let place = if map { "additionalProperties" } else { "items" };
                if let Some(inner) = schema.get_mut(place) {
                    apply(inner, &inside);
                }
                continue;
            }
            (key, ..) => key,
        };
        add(schema, key, value);
    }
}

/// Sets a keyword; a second one of those that a schema has once is demanded as well.
fn add(schema: &mut Value, key: &str, value: &Value) {
    let Some(members) = schema.as_object_mut() else {
        return;
    };
    let once = matches!(key, "pattern" | "anyOf" | "not");
    if !once || !members.contains_key(key) {
        members.insert(key.to_owned(), value.clone());
        return;
    }
    let all = members.entry("allOf").or_insert(json!([]));
    if let Some(all) = all.as_array_mut() {
        all.push(json!({key: value}));
    }
}

fn is(schema: &Value, name: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == name,
        Some(Value::Array(several)) => several.iter().any(|one| one == name),
        _ => false,
    }
}
