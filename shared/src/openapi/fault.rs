//! What is wrong with a document, and where: the version, the shape, the operations.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::document::{Document, METHODS, escape};
use super::source::Source;
use crate::diagnostic::{Diagnostic, Faults};

/// The notations that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Swagger20,
    OpenApi30,
    OpenApi31,
}

/// The version of a document; any other is refused at its place.
pub(super) fn version(source: &Source) -> Result<Version, Faults> {
    let said = |key: &str| match source.value.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let (key, version) = match (said("openapi"), said("swagger")) {
        (Some(version), _) => ("openapi", version),
        (None, Some(version)) => ("swagger", version),
        (None, None) => {
            return Err(Diagnostic::error(
                "this is not an OpenAPI document: it has neither `openapi: 3.x` nor `swagger: 2.0`",
            )
            .at(source.location(""))
            .help("give the path of an OpenAPI document in YAML or JSON")
            .into());
        }
    };
    let is = |wanted: &str| version == wanted || version.starts_with(&format!("{wanted}."));
    match key {
        "openapi" if is("3.0") => Ok(Version::OpenApi30),
        "openapi" if is("3.1") => Ok(Version::OpenApi31),
        "swagger" if is("2.0") || version == "2" => Ok(Version::Swagger20),
        _ => Err(Diagnostic::error(format!(
            "`{key}: {version}` is not read, only OpenAPI 3.0 and 3.1 and Swagger 2.0"
        ))
        .at(source.location(&format!("/{key}")))
        .help("convert the document to OpenAPI 3.1")
        .into()),
    }
}

/// The smallest piece that openapiv3 refuses. serde names a place far outside for untagged enums,
/// so the place is found by trying: a value is at fault if another one in its stead would do.
pub(super) fn shape(source: &Source, error: &serde_json::Error) -> Diagnostic {
    let mut root = source.value.clone();
    let pointer = narrow(&mut root);
    if pointer.is_empty() {
        return missing(source, error);
    }
    let value = source.value.pointer(&pointer).unwrap_or(&Value::Null);
    let name = pointer.rsplit('/').next().unwrap_or_default();
    let name = name.replace("~1", "/").replace("~0", "~");
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(map) => {
            return Diagnostic::error(format!("`{name}` is not what OpenAPI 3.0 describes here"))
                .at(source.location(&pointer))
                .evidence(format!(
                    "it has {}",
                    map.keys()
                        .map(String::as_str)
                        .collect::<Vec<_>>()
                        .join(", ")
                ))
                .help("compare it with the OpenAPI 3.0 specification");
        }
    };
    Diagnostic::error(format!("`{name}` cannot be {found} here"))
        .at(source.location(&pointer))
        .help("compare it with the OpenAPI 3.0 specification")
}

fn missing(source: &Source, error: &serde_json::Error) -> Diagnostic {
    // The path is known only for what is not behind an untagged enum: the head of the document.
    let info = source.value.get("info").cloned().unwrap_or(Value::Null);
    if let (true, Err(inside)) = (
        info.is_object(),
        serde_json::from_value::<openapiv3::Info>(info),
    ) {
        return Diagnostic::error(inside.to_string())
            .at(source.location("/info"))
            .help("OpenAPI 3.0 requires it");
    }
    Diagnostic::error(error.to_string())
        .at(source.location(""))
        .help("compare the document with the OpenAPI 3.0 specification")
}

/// Walks from the root to the fault. Each step tries the children of the current node.
fn narrow(root: &mut Value) -> String {
    // Whole path items and components first: documents are large, and a clone of all per try is slow.
    // Of several faults one is found, so that the others must not hide it.
    if prune(root, "/components/schemas") > 0 {
        clear(root, "/paths");
    } else {
        prune(root, "/paths");
    }
    let mut pointer = String::new();
    while let Some(next) = children(root, &pointer)
        .into_iter()
        .find(|child| passes_without(root, child))
    {
        pointer = next;
    }
    pointer
}

fn clear(root: &mut Value, section: &str) {
    if let Some(Value::Object(members)) = root.pointer_mut(section) {
        members.clear();
    }
}

/// Leaves of a section the first member that is not sound by itself, and tells how many there are.
fn prune(root: &mut Value, section: &str) -> usize {
    let Some(Value::Object(members)) = root.pointer_mut(section) else {
        return 0;
    };
    let is_path = section == "/paths";
    let sound: Vec<String> = members
        .iter()
        .filter(|(_, member)| {
            if is_path {
                serde_json::from_value::<openapiv3::PathItem>((*member).clone()).is_ok()
            } else {
                serde_json::from_value::<openapiv3::Schema>((*member).clone()).is_ok()
            }
        })
        .map(|(name, _)| name.clone())
        .collect();
    members.retain(|name, _| !sound.contains(name));
    let faulty = members.len();
    let first = members.keys().next().cloned();
    members.retain(|name, _| Some(name) == first.as_ref());
    if let (true, Some(Value::Object(item))) = (is_path, members.values_mut().next()) {
        let mut found = false;
        item.retain(|_, operation| {
            let is_sound =
                serde_json::from_value::<openapiv3::Operation>(operation.clone()).is_ok();
            let keep = !is_sound && !found;
            found |= !is_sound;
            keep
        });
    }
    faulty
}

fn children(root: &Value, pointer: &str) -> Vec<String> {
    match root.pointer(pointer) {
        Some(Value::Object(map)) => map
            .keys()
            .map(|key| format!("{pointer}/{}", escape(key)))
            .collect(),
        Some(Value::Array(list)) => (0..list.len())
            .map(|index| format!("{pointer}/{index}"))
            .collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
            Vec::new()
        }
    }
}

fn passes_without(root: &mut Value, pointer: &str) -> bool {
    let replacements = [
        json!({}),
        json!("x"),
        json!(1),
        json!(true),
        json!([]),
        json!({"type": "string"}),
        json!({"description": "x"}),
        json!({"description": "x", "responses": {}}),
        json!({"name": "x", "in": "query", "schema": {}}),
    ];
    let Some(place) = root.pointer_mut(pointer) else {
        return false;
    };
    let original = place.take();
    let mut passes = false;
    for replacement in replacements {
        if let Some(place) = root.pointer_mut(pointer) {
            *place = replacement;
        }
        if serde_json::from_value::<openapiv3::OpenAPI>(root.clone()).is_ok() {
            passes = true;
            break;
        }
    }
    if let Some(place) = root.pointer_mut(pointer) {
        *place = original;
    }
    passes
}

/// Names that are taken twice, and path parameters that nobody declared.
pub(super) fn operations(document: &Document) -> Vec<Diagnostic> {
    let mut faults = Vec::new();
    let mut taken: HashMap<&str, String> = HashMap::new();
    let Some(paths) = document.root().get("paths") else {
        return faults;
    };
    for (path, item) in paths.members() {
        if path.starts_with("x-") {
            continue;
        }
        if !path.starts_with('/') {
            faults.push(
                item.error(format!("the path `{path}` does not begin with `/`"))
                    .help(format!("write `/{path}`")),
            );
        }
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let label = format!("{} {path}", method.to_uppercase());
            if let Some(id) = operation.text("operationId") {
                match taken.get(id) {
                    Some(other) => {
                        let pointer = format!("{}/operationId", operation.pointer);
                        faults.push(
                            Diagnostic::error(format!(
                                "the operationId `{id}` is taken by `{other}`"
                            ))
                            .at(document.location(&pointer))
                            .help("give every operation its own operationId"),
                        );
                    }
                    None => {
                        taken.insert(id, label.clone());
                    }
                }
            }
            let declared: HashSet<&str> = [&item, &operation]
                .into_iter()
                .filter_map(|node| node.get("parameters"))
                .flat_map(|list| list.items())
                .filter(|parameter| parameter.text("in") == Some("path"))
                .filter_map(|parameter| parameter.text("name"))
                .collect();
            for name in placeholders(path) {
                if !declared.contains(name) {
                    let message =
                        format!("the path parameter `{name}` of `{label}` is not declared");
                    faults.push(operation.error(message).help(format!(
                        "add `- {{name: {name}, in: path, required: true, schema: {{type: string}}}}` to its parameters"
                    )));
                }
            }
        }
    }
    faults
}

fn placeholders(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}
