//! The context of `tests/generated.rs`.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::api::rejection::Statuses;
use crate::api::{Answer, Api, Content, Operation};
use crate::render::cases::{self, is_testable, secured, valid};
use crate::render::round_trip::round_trip;
use crate::render::rust_type::quoted;
use crate::render::sample::Samples;
use crate::render::url::path;

pub(super) fn context(api: &Api) -> Value {
    let samples = Samples::new(api);
    let requests = cases::requests(&samples);
    let kinds = cases::kinds(&requests);
    let bodies: Vec<&Value> = requests
        .iter()
        .filter(|request| request["body"] != "None")
        .collect();
    let round_trips: Vec<Value> = api
        .tables
        .iter()
        .filter_map(|table| round_trip(&samples, table))
        .collect();
    let changes_body = ["Json", "Text", "Without"]
        .iter()
        .any(|kind| kinds.contains(*kind));
    let existing = api.tables.iter().any(|table| table.existing.is_some());
    json!({
        "takes_body": !bodies.is_empty(),
        "by_form": kinds.contains("Form"),
        "edges": !kinds.is_empty(),
        "changes_body": changes_body,
        "by_url": kinds.contains("Url"),
        "by_headers": kinds.contains("Headers"),
        "by_json": kinds.contains("Json"),
        "by_text": kinds.contains("Text"),
        "by_absence": kinds.contains("Without"),
        "requests": requests,
        "missing": cases::missing(&samples),
        "methods": methods(&samples),
        "secured_cases": secured(&samples),
        "scoped_cases": cases::scoped(&samples),
        "by_hand": by_hand(&samples),
        "round_trips": round_trips,
        "existing": existing,
    })
}

/// For every path, a method that it does not have.
fn methods(samples: &Samples<'_>) -> Vec<Value> {
    let mut routes: IndexMap<String, Vec<&Operation>> = IndexMap::new();
    for operation in samples.api.operations() {
        routes.entry(operation.route()).or_default().push(operation);
    }
    routes
        .values()
        .filter_map(|operations| {
            let operation = operations.first()?;
            let taken: HashSet<&str> = operations
                .iter()
                .map(|other| other.method.as_str())
                .collect();
            let free = ["DELETE", "PATCH", "PUT", "POST", "GET"]
                .into_iter()
                .find(|method| !taken.contains(method))?;
            let path = path(samples, operation)?;
            Some(json!({"method": free, "path": quoted(&path)}))
        })
        .collect()
}

/// Operations that are answered by hand, or from what the document leaves no choice about: a valid
/// request, and the statuses that the document has for it.
fn by_hand(samples: &Samples<'_>) -> Vec<Value> {
    let api = samples.api;
    let groups = api.groups.iter();
    let operations =
        groups.flat_map(|group| group.operations.iter().map(move |each| (group, each)));
    operations
        .filter(|(_, operation)| !matches!(operation.answer, Answer::Crud(_)))
        .filter(|(_, operation)| is_testable(api, operation))
        // What never ends has no end to be read to.
        .filter(|(_, operation)| !is_endless(operation))
        .filter_map(|(group, operation)| {
            let mut request = valid(samples, operation)?;
            let (method, file) = (operation.ident.plain(), group.ident.plain());
            let place = format!("`{method}` in `src/service/{file}.rs`");
            request["place"] = json!(quoted(&place));
            request["statuses"] = json!(statuses(operation).join(", "));
            Some(request)
        })
        .collect()
}

fn is_endless(operation: &Operation) -> bool {
    let mut contents = operation
        .responses
        .iter()
        .filter_map(|each| each.content.as_ref());
    contents.any(|content| match content {
        Content::Bytes(names) => names.iter().any(|name| name == "text/event-stream"),
        Content::Json(_) | Content::Form(_) | Content::Multipart(_) => false,
    })
}

/// The statuses that the document has for the operation, as ranges. 501 is none of them unless it
/// says so: that nobody has written it yet is nothing to document.
fn statuses(operation: &Operation) -> Vec<String> {
    let success = operation.responses.iter().map(|response| response.status);
    let success = success.map(|status| format!("{status}..={status}"));
    let rejections = operation
        .rejections
        .iter()
        .map(|rejection| match rejection.statuses {
            Statuses::One(status) => format!("{status}..={status}"),
            Statuses::Range(5) => "500..=500".to_owned(),
            Statuses::Range(digit) => format!("{digit}00..={digit}99"),
            Statuses::Default => "400..=499".to_owned(),
        });
    success.chain(rejections).collect()
}
