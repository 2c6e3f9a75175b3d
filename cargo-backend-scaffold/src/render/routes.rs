//! The context of `src/api/router.rs`: from a request to the trait and back.

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::api::{Api, Operation};
use crate::render::inputs;
use crate::render::rust_type::{Rust, quoted, regex_crate};
use crate::render::security::{self, Caller};
use crate::render::traits::{default, request_name, trait_name};
use crate::render::{imports, note_code, xml};

/// So many routes stand in one chain of calls: rustfmt takes a time that grows with the square of it, half
/// a second for 500.
const CHUNK: usize = 32;

pub(super) fn context(api: &Api) -> Value {
    let mut rust = Rust::new(&api.types);
    let mut routes: IndexMap<String, Vec<String>> = IndexMap::new();
    let mut operations = Vec::new();
    for group in &api.groups {
        let trait_name = trait_name(&group.ident.pascal);
        for each in &group.operations {
            let handler = format!("handle_{}", each.ident.plain());
            let method = each.method.to_lowercase();
            let methods = routes.entry(each.route()).or_default();
            let link = if methods.is_empty() { "" } else { "." };
            methods.push(format!("{link}{method}({handler}::<S>)"));
            operations.push(operation(api, each, &handler, &trait_name, &mut rust));
        }
    }
    let bounds: Vec<String> = api
        .groups
        .iter()
        .map(|group| trait_name(&group.ident.pascal))
        .collect();
    let routes: Vec<Value> = routes
        .into_iter()
        .enumerate()
        .map(|(number, (path, methods))| {
            json!({
                "path": quoted(&path),
                "methods": methods.concat(),
                "begins_chunk": number > 0 && number % CHUNK == 0,
            })
        })
        .collect();
    let patterns = super::types::patterns(&rust);
    let uses = uses(api, &operations, &routes, &bounds, !patterns.is_empty());
    json!({
        "chunked": routes.len() > CHUNK,
        "routes": routes,
        "operations": operations,
        "bounds": if bounds.is_empty() { "Send + Sync + 'static".to_owned() } else { bounds.join(" + ") },
        "patterns": patterns,
        "uses": uses,
    })
}

fn uses(
    api: &Api,
    operations: &[Value],
    routes: &[Value],
    bounds: &[String],
    patterns: bool,
) -> Vec<String> {
    let mut code = bounds.join(" ");
    for operation in operations {
        note_code(&mut code, &[&operation["request"]]);
        for field in operation["fields"].as_array().into_iter().flatten() {
            note_code(&mut code, &[&field["read"], &field["build"]]);
        }
    }
    let mut table: Vec<(&str, &str)> = vec![
        ("super::extract", "From"),
        ("super::form", "File"),
        ("super::form", "Holds"),
        ("super::form", "Style"),
        ("super::rule", "Anything"),
        ("super::rule", "Bool"),
        ("super::rule", "Boxed"),
        ("super::rule", "Day"),
        ("super::rule", "Dictionary"),
        ("super::rule", "Id"),
        ("super::rule", "Int"),
        ("super::rule", "List"),
        ("super::rule", "Nullable"),
        ("super::rule", "Number"),
        ("super::rule", "Text"),
        ("super::rule", "Timestamp"),
        ("super::rule", "of"),
    ];
    table.extend(
        api.types
            .iter()
            .map(|def| ("super::types", def.name.as_str())),
    );
    let requests: Vec<String> = api.operations().map(request_name).collect();
    table.extend(requests.iter().map(|name| ("super::traits", name.as_str())));
    table.extend(xml::names(api));
    table.extend(bounds.iter().map(|name| ("super::traits", name.as_str())));
    let mut uses = imports(&code, &table);
    // The first method of a route is a function, the others are methods of what it returns.
    for method in ["get", "post", "put", "patch", "delete", "head", "options"] {
        let first = format!("{method}(");
        let is_first = |route: &Value| {
            route["methods"]
                .as_str()
                .is_some_and(|text| text.starts_with(&first))
        };
        // The document is served beside what it describes.
        if method == "get" || routes.iter().any(is_first) {
            uses.push(format!("axum::routing::{method}"));
        }
    }
    uses.push("axum::Router".to_owned());
    if !operations.is_empty() {
        uses.extend(
            [
                "axum::extract::{Request, State}",
                "axum::http::StatusCode",
                "axum::response::{IntoResponse as _, Response}",
                "super::error::ApiError",
                "super::extract::Input",
            ]
            .map(str::to_owned),
        );
    }
    if patterns {
        uses.push(format!("{}::Regex", regex_crate(api)));
        uses.push("std::sync::LazyLock".to_owned());
    }
    uses
}

fn operation(
    api: &Api,
    operation: &Operation,
    handler: &str,
    trait_name: &str,
    rust: &mut Rust<'_>,
) -> Value {
    let mut fields = Vec::new();
    let mut required = Vec::new();
    match security::caller(operation) {
        Caller::Open => {}
        Caller::Optional => fields
            .push(json!({"ident": "caller", "read": "input.caller().ok()", "build": "caller"})),
        Caller::Required => {
            fields.push(json!({"ident": "caller", "read": "input.caller()?", "build": "caller"}));
        }
    }
    for parameter in &operation.parameters {
        let ident = &parameter.ident.snake;
        let must = parameter.required;
        let read = inputs::parameter(parameter, rust);
        let build = match default(parameter, rust) {
            Some(literal) if !must => format!("{ident}: {ident}.unwrap_or({literal})"),
            _ => ident.clone(),
        };
        let build = build.replace(".unwrap_or(Vec::new())", ".unwrap_or_default()");
        let build = lazy(&build);
        fields.push(json!({"ident": ident, "read": read, "build": build}));
        if must {
            required.push(ident.clone());
        }
    }
    if let Some(body) = &operation.body {
        let must = body.required;
        let read = inputs::body(api, body, rust);
        fields.push(json!({"ident": "body", "read": read, "build": "body"}));
        if must {
            required.push("body".to_owned());
        }
    }
    let patterns: Vec<String> = required
        .iter()
        .map(|name| format!("Some({name})"))
        .collect();
    let (pattern, value) = match required.as_slice() {
        [] => (String::new(), String::new()),
        [one] => (format!("Some({one})"), one.clone()),
        all => (
            format!("({})", patterns.join(", ")),
            format!("({})", all.join(", ")),
        ),
    };
    json!({
        "handler": handler,
        "method": operation.ident.snake,
        "trait_name": trait_name,
        "request": request_name(operation),
        "invalid": constant(operation.invalid()),
        "malformed": (operation.body.is_some() && operation.malformed() != operation.invalid())
            .then(|| constant(operation.malformed())),
        "fields": fields,
        "required": value,
        "required_pattern": pattern,
    })
}

/// A default that is built is built only when it is needed.
fn lazy(build: &str) -> String {
    match build.split_once(".unwrap_or(") {
        Some((head, rest)) if rest.contains("to_owned") => {
            format!("{head}.unwrap_or_else(|| {rest}")
        }
        _ => build.to_owned(),
    }
}

/// The name of a status that a request which is not served can have.
pub(super) fn constant(status: u16) -> &'static str {
    match status {
        409 => "CONFLICT",
        404 => "NOT_FOUND",
        422 => "UNPROCESSABLE_ENTITY",
        _ => "BAD_REQUEST",
    }
}
