//! Parts of Swagger 2.0 that are written otherwise in 3.0, each by itself.

use serde_json::{Map, Value, json};

/// What schemas of 2.0 write otherwise.
pub(super) fn schema(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(Value::String(name)) = map.get("discriminator").cloned() {
                map.insert("discriminator".to_owned(), json!({ "propertyName": name }));
            }
            if map.get("type") == Some(&json!("file")) {
                map.insert("type".to_owned(), json!("string"));
                map.insert("format".to_owned(), json!("binary"));
            }
            if map.get("x-nullable") == Some(&json!(true)) {
                map.insert("nullable".to_owned(), json!(true));
            }
            for (key, child) in map.iter_mut() {
                match (key.as_str(), child) {
                    ("properties", Value::Object(members)) => {
                        members.iter_mut().for_each(|(_, member)| schema(member));
                    }
                    ("items" | "additionalProperties" | "allOf", child) => schema(child),
                    _ => {}
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(schema),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

pub(super) fn scheme(value: &mut Value) {
    let text = |key: &str| value.get(key).cloned().unwrap_or_else(|| json!(""));
    let new = match value.get("type").and_then(Value::as_str) {
        Some("basic") => json!({"type": "http", "scheme": "basic"}),
        Some("oauth2") => {
            let (name, urls): (_, &[&str]) = match value.get("flow").and_then(Value::as_str) {
                Some("implicit") => ("implicit", &["authorizationUrl"]),
                Some("password") => ("password", &["tokenUrl"]),
                Some("accessCode") => ("authorizationCode", &["authorizationUrl", "tokenUrl"]),
                Some(_) | None => ("clientCredentials", &["tokenUrl"]),
            };
            let scopes = value.get("scopes").cloned().unwrap_or_else(|| json!({}));
            let mut flow = Map::new();
            for url in urls {
                flow.insert((*url).to_owned(), text(url));
            }
            flow.insert("scopes".to_owned(), scopes);
            json!({"type": "oauth2", "flows": {name: flow}})
        }
        Some(_) | None => return,
    };
    *value = new;
}

pub(super) fn server(root: &Map<String, Value>) -> Option<String> {
    let text = |key: &str| root.get(key).and_then(Value::as_str);
    let base = text("basePath").unwrap_or_default();
    let Some(host) = text("host") else {
        return (!base.is_empty()).then(|| base.to_owned());
    };
    let scheme = root.get("schemes").and_then(|all| all.get(0)?.as_str());
    Some(format!("{}://{host}{base}", scheme.unwrap_or("https")))
}

pub(super) fn references(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, child) in map.iter_mut() {
                if let (Value::String(text), "$ref") = (&mut *child, key.as_str()) {
                    *text = reference(text);
                } else {
                    references(child);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(references),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn reference(text: &str) -> String {
    for (from, to) in [
        ("#/definitions/", "#/components/schemas/"),
        ("#/parameters/", "#/components/parameters/"),
        ("#/responses/", "#/components/responses/"),
    ] {
        if let Some(name) = text.strip_prefix(from) {
            return format!("{to}{name}");
        }
    }
    text.to_owned()
}
