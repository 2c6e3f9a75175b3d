//! A document that the program itself serves, as generated services do: what it says of the routes
//! that are there goes before what is read off types.

use serde_json::{Map, Value, json};

use super::path::shape;
use super::{METHODS, Paths};
use crate::code::{CarriedDocument, Program};
use crate::routes::{Handler, Served, Unresolved};

/// The document that a route of the program answers with.
pub(super) fn find<'p>(program: &'p Program<'_>, served: &Served) -> Option<&'p CarriedDocument> {
    let handlers =
        served
            .registrations
            .iter()
            .filter_map(|registration| match &registration.handler {
                Handler::Function(id, _) => Some(&program.functions[*id]),
                Handler::Closure(..) | Handler::Unknown => None,
            });
    let documents = &program.sources.documents;
    handlers
        .filter_map(|function| {
            let file = program.modules[function.module].file;
            let from = program.place(function.module, function.signature).line;
            let to = function.block?.brace_token.span.close().end().line;
            documents.iter().find(|carried| {
                let at = carried.at;
                at.file == file && (from..=to).contains(&at.line)
            })
        })
        .next()
}

/// The names of the schemas that it has.
pub(super) fn schemas(carried: &CarriedDocument) -> Vec<String> {
    let schemas = carried.value.pointer("/components/schemas");
    let schemas = schemas.and_then(Value::as_object);
    schemas
        .map(|s| s.keys().cloned().collect())
        .unwrap_or_default()
}

/// What the document says of a route: its path there, and the operation.
pub(super) fn operation(
    carried: &CarriedDocument,
    path: &str,
    method: &str,
) -> Option<(String, Value)> {
    let documented = carried.value["paths"].as_object()?;
    let known = documented
        .keys()
        .find(|known| shape(known) == shape(path))?;
    let mut said = documented[known].get(method)?.clone();
    shared_parameters(&documented[known], &mut said);
    Some((known.clone(), said))
}

/// What the document says of all operations does not hold for those that it does not know.
pub(super) fn open(carried: &CarriedDocument, operation: &mut Value) {
    if carried.value.get("security").is_some() && operation.get("security").is_none() {
        operation["security"] = json!([]);
    }
}

/// The operations of the document that no route serves.
pub(super) fn missing(carried: &CarriedDocument, paths: &Paths) -> Vec<Unresolved> {
    let mut missing = Vec::new();
    for (path, methods) in carried.value["paths"].as_object().into_iter().flatten() {
        for (order, method) in METHODS.iter().enumerate() {
            let served = paths
                .get(path)
                .is_some_and(|found| found.contains_key(&order));
            if methods.get(method).is_some() && !served {
                let method = method.to_uppercase();
                let message =
                    format!("`{method} {path}` is in this document, and no route is found");
                let at = carried.at;
                missing.push(Unresolved { at, message });
            }
        }
    }
    missing
}

/// Parameters that stand beside the methods are each method's.
fn shared_parameters(path: &Value, operation: &mut Value) {
    let Some(shared) = path["parameters"].as_array() else {
        return;
    };
    let own = operation["parameters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let same =
        |one: &Value, other: &Value| one["name"] == other["name"] && one["in"] == other["in"];
    let mut all: Vec<Value> = shared
        .iter()
        .filter(|shared| !own.iter().any(|own| same(own, shared)))
        .cloned()
        .collect();
    all.extend(own);
    operation["parameters"] = Value::Array(all);
}

/// The members of the whole that are not paths; components of both.
pub(super) fn whole(carried: &CarriedDocument, document: &mut Map<String, Value>) {
    let Some(members) = carried.value.as_object() else {
        return;
    };
    for (key, value) in members {
        match key.as_str() {
            "paths" => {}
            "components" => {
                let ours = document.remove(key).unwrap_or(json!({}));
                document.insert(key.clone(), both(value.clone(), ours));
            }
            _ => {
                document.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The first, and what only the second has.
fn both(first: Value, second: Value) -> Value {
    match (first, second) {
        (Value::Object(mut first), Value::Object(second)) => {
            for (key, value) in second {
                let before = first.remove(&key).unwrap_or(Value::Null);
                first.insert(key, both(before, value));
            }
            Value::Object(first)
        }
        (Value::Null, second) => second,
        (first, _) => first,
    }
}
