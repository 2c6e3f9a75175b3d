//! Routes as an OpenAPI document.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "syn has dozens of kinds of everything, and grows"
)]

mod aide;
mod answer;
mod carried;
mod constant;
mod constraint;
mod default;
mod extractor;
mod generated;
mod infer;
mod input;
mod item;
mod members;
mod naming;
mod operation;
mod path;
mod query;
mod rules;
mod scan;
mod schema;
mod schemes;
mod serde;
mod serde_with;
mod status;
mod utoipa;
pub(crate) mod yaml;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::code::{CarriedDocument, PackageSource, Place, Program};
use crate::routes::{Registration, Served, Unresolved};
use schema::Schemas;

/// A document, and what of the program is not in it.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) document: Value,
    pub(crate) operations: usize,
    pub(crate) unresolved: Vec<Unresolved>,
}

/// By path, and in it by the order of methods.
type Paths = BTreeMap<String, BTreeMap<usize, Value>>;

/// Describes what a package serves.
pub(crate) fn describe(program: &Program<'_>, served: &Served, title: &PackageSource) -> Described {
    let mut schemas = Schemas::new(program);
    let carried = carried::find(program, served);
    schemas.reserve(carried.map(carried::schemas).unwrap_or_default());
    let mut paths = operations(&mut schemas, served, carried);
    let operations = paths.values().map(BTreeMap::len).sum();
    if let Some(carried) = carried {
        schemas.unresolved.extend(carried::missing(carried, &paths));
    }
    naming::unique(&mut paths);
    for (name, scheme) in schemes::declared(program) {
        if names_scheme(&paths, &name) {
            schemas.schemes.entry(name).or_insert(scheme);
        }
    }
    let known = ["authorization", "basic", "bearer"];
    let demanded = std::mem::take(&mut schemas.demanded);
    for (name, at) in demanded {
        if !schemas.schemes.contains_key(&name) && !known.contains(&name.as_str()) {
            let message =
                format!("how callers show who they are by `{name}` is not known from the source");
            schemas.unknown(at, message);
        }
    }
    let mut document = Map::new();
    document.insert("openapi".to_owned(), json!("3.1.0"));
    let mut info = json!({"title": title.name, "version": title.version});
    if !title.description.is_empty() {
        info["description"] = json!(title.description);
    }
    document.insert("info".to_owned(), info);
    let paths: Map<String, Value> = paths
        .into_iter()
        .map(|(path, methods)| {
            let members = methods
                .into_iter()
                .map(|(order, operation)| (METHODS[order].to_owned(), operation));
            (path, Value::Object(members.collect()))
        })
        .collect();
    let components = components(&paths, schemas.components, schemas.schemes);
    document.insert("paths".to_owned(), Value::Object(paths));
    if !components.is_empty() {
        document.insert("components".to_owned(), Value::Object(components));
    }
    if let Some(carried) = carried {
        carried::whole(carried, &mut document);
    }
    let mut unresolved = served.unresolved.clone();
    unresolved.append(&mut schemas.unresolved);
    unresolved.sort();
    unresolved.dedup();
    if !unresolved.is_empty() {
        let listed = unresolved.iter().map(|found| {
            let mut entry = place(program, found.at);
            entry.insert("message".to_owned(), json!(found.message));
            Value::Object(entry)
        });
        document.insert(UNRESOLVED.to_owned(), listed.collect());
    }
    Described {
        document: Value::Object(document),
        operations,
        unresolved,
    }
}

/// The operations of all routes, each once.
fn operations(
    schemas: &mut Schemas<'_, '_>,
    served: &Served,
    carried: Option<&CarriedDocument>,
) -> Paths {
    let program = schemas.program;
    let mut paths = Paths::new();
    let mut shapes: BTreeMap<String, String> = BTreeMap::new();
    for registration in &served.registrations {
        if registration.any && !stands_for_any(schemas, registration) {
            continue;
        }
        let template = path::template(&registration.path, registration.framework);
        let order = order(registration.method);
        let said =
            carried.and_then(|carried| carried::operation(carried, &template.path, METHODS[order]));
        let said = said.or_else(|| generated::operation(schemas, registration, &template));
        let path = said.as_ref().map_or(&template.path, |(path, _)| path);
        // A URL does not tell what a parameter is called: the first name counts.
        let path = shapes
            .entry(path::shape(path))
            .or_insert_with(|| path.clone());
        let methods = paths.entry(path.clone()).or_default();
        if let Some(first) = methods.get(&order) {
            let source = operation::source(program, registration);
            if first[SOURCE]["handler"] != source["handler"] {
                let method = registration.method;
                let message = format!(
                    "`{method} {path}` is answered elsewhere as well, and a document can name only one"
                );
                schemas.unknown(registration.at, message);
            }
            continue;
        }
        let operation = match (said, carried) {
            (Some((_, mut said)), _) => {
                said[SOURCE] = operation::source(program, registration);
                said
            }
            (None, carried) => {
                let mut read = operation::operation(schemas, registration, &template);
                template.rename(path, &mut read);
                if let Some(carried) = carried {
                    carried::open(carried, &mut read);
                }
                read
            }
        };
        methods.insert(order, operation);
    }
    paths
}

/// Whether a method of a route for any is one that a document names; the place is noted.
fn stands_for_any(schemas: &mut Schemas<'_, '_>, registration: &Registration) -> bool {
    // A socket is opened by `GET`; over HTTP/2 by a method that no document has.
    if input::opens_socket(schemas.program, &registration.handler) {
        return registration.method == "GET";
    }
    let message =
        "any method is answered here; `GET`, `PUT`, `POST`, `DELETE` and `PATCH` stand for it";
    schemas.unknown(registration.at, message);
    true
}

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];
/// What could not be known from the source.
const UNRESOLVED: &str = "x-backend-unresolved";
/// Where an operation stands in the source.
const SOURCE: &str = "x-backend-source";

fn order(method: &str) -> usize {
    METHODS
        .iter()
        .position(|known| known.eq_ignore_ascii_case(method))
        .unwrap_or_default()
}

fn place(program: &Program<'_>, at: Place) -> Map<String, Value> {
    let location = program.sources.location(at);
    let mut place = Map::new();
    place.insert("file".to_owned(), json!(location.file));
    place.insert("line".to_owned(), json!(location.line));
    place.insert("column".to_owned(), json!(location.column));
    place
}

/// Whether any operation asks for callers in a way of that name.
fn names_scheme(paths: &Paths, name: &str) -> bool {
    let mut operations = paths.values().flat_map(BTreeMap::values);
    operations.any(|operation| {
        let ways = operation["security"].as_array();
        ways.is_some_and(|ways| ways.iter().any(|way| way.get(name).is_some()))
    })
}

/// The schemas, and the ways to say who calls that operations name.
fn components(
    paths: &Map<String, Value>,
    schemas: BTreeMap<String, Value>,
    schemes: BTreeMap<String, Value>,
) -> Map<String, Value> {
    let mut components = Map::new();
    if !schemas.is_empty() {
        let schemas: Map<String, Value> = schemas.into_iter().collect();
        components.insert("schemas".to_owned(), Value::Object(schemas));
    }
    let needs = |name: &str| {
        let operations = paths.values().filter_map(Value::as_object);
        operations
            .flat_map(Map::values)
            .filter_map(|operation| operation.pointer("/security/0")?.as_object())
            .any(|needs| needs.contains_key(name))
    };
    let mut security: Map<String, Value> = schemes.into_iter().collect();
    for name in ["authorization", "basic", "bearer"] {
        if !needs(name) || security.contains_key(name) {
            continue;
        }
        let scheme = match name {
            "authorization" => json!({"type": "apiKey", "in": "header", "name": "Authorization"}),
            scheme => json!({"type": "http", "scheme": scheme}),
        };
        security.insert(name.to_owned(), scheme);
    }
    if !security.is_empty() {
        components.insert("securitySchemes".to_owned(), Value::Object(security));
    }
    components
}
