//! Requests for the generated tests: what each operation refuses, what it must let in, and who may
//! not ask.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::api::security::{Need, SchemeKind};
use crate::api::table::{Column, Crud, Origin, Table, Verb};
use crate::api::types::{TypeId, TypeRef, TypeShape};
use crate::api::{Answer, Api, Content, Operation};
use crate::render::edges::{self, Edge, Given};
use crate::render::form;
use crate::render::literal::{self, raw};
use crate::render::rust_type::quoted;
use crate::render::sample::Samples;
use crate::render::security::{Caller, caller};
use crate::render::url::{Target, path, target, targets};

/// The operations that ask everybody who calls.
pub(super) fn secured(samples: &Samples<'_>) -> Vec<Value> {
    samples
        .api
        .operations()
        .filter(|operation| caller(operation) == Caller::Required && operation.method != "HEAD")
        .filter_map(|operation| {
            let path = quoted(&path(samples, operation)?);
            Some(json!({"method": operation.method, "path": path}))
        })
        .collect()
}

/// The operations that a token opens only with scopes.
pub(super) fn scoped(samples: &Samples<'_>) -> Vec<Value> {
    let api = samples.api;
    let by_scope = |need: &Need| {
        let scheme = api.schemes.get(need.scheme).map(|scheme| &scheme.kind);
        matches!(scheme, Some(SchemeKind::Bearer)) && !need.scopes.is_empty()
    };
    let operations = api.operations().filter(|operation| {
        let mut alternatives = operation.security.iter();
        caller(operation) == Caller::Required
            && operation.method != "HEAD"
            && alternatives.all(|each| matches!(each.needs.as_slice(), [only] if by_scope(only)))
    });
    operations
        .filter_map(|operation| {
            let path = quoted(&path(samples, operation)?);
            Some(json!({"method": operation.method, "path": path}))
        })
        .collect()
}

/// Whether it is XML that is sent, or comes back, and nothing else.
fn is_only_xml(operation: &Operation) -> bool {
    let body = operation.body.iter().filter_map(|body| body.xml.as_ref());
    let responses = operation.responses.iter();
    let mut all = body.chain(responses.filter_map(|response| response.xml.as_ref()));
    all.any(|xml| xml.alone)
}

/// Whether a test can show credentials, which nobody can for schemes that nobody checks yet, and
/// speak with it in JSON.
pub(super) fn is_reachable(api: &Api, operation: &Operation) -> bool {
    let other = |need: &Need| {
        let scheme = api.schemes.get(need.scheme).map(|scheme| &scheme.kind);
        matches!(scheme, Some(SchemeKind::Other(_)))
    };
    if is_only_xml(operation) {
        return false;
    }
    let mut alternatives = operation.security.iter();
    operation.security.is_empty() || alternatives.any(|each| !each.needs.iter().any(other))
}

/// Whether a test can send it and read what comes back.
pub(super) fn is_testable(api: &Api, operation: &Operation) -> bool {
    operation.method != "HEAD" && is_reachable(api, operation)
}

/// What every operation refuses and lets in.
pub(super) fn requests(samples: &Samples<'_>) -> Vec<Value> {
    let (mut shown, mut tried) = (HashSet::new(), HashSet::new());
    let api = samples.api;
    let operations = api.operations().filter(|each| is_testable(api, each));
    operations
        .filter_map(|operation| request(samples, operation, &mut shown, &mut tried))
        .collect()
}

fn request(
    samples: &Samples<'_>,
    operation: &Operation,
    shown: &mut HashSet<TypeId>,
    tried: &mut HashSet<TypeId>,
) -> Option<Value> {
    let at = target(samples, operation)?;
    let (body, mut edges) = match operation.body.as_ref().map(|body| &body.content) {
        Some(Content::Json(ty)) => in_json(samples, ty, shown, tried),
        Some(Content::Form(ty)) => in_form(samples, ty),
        Some(Content::Multipart(_) | Content::Bytes(_)) | None => (Sent::Nothing, Vec::new()),
    };
    for (target, rule, fits) in targets(samples, operation) {
        edges.push((elsewhere(&at, &target, &rule), fits));
    }
    // A body that is missing would be refused as well.
    let whole = operation.body.is_none() || matches!(body, Sent::Valid(_));
    let lets_in = lets_in(samples.api, operation) && whole;
    let (allowed, refused): (Vec<_>, Vec<_>) = edges.into_iter().partition(|(_, fits)| *fits);
    let shown = |edges: Vec<(Value, bool)>| -> Vec<Value> {
        edges.into_iter().map(|(edge, _)| edge).collect()
    };
    let allowed = if lets_in { shown(allowed) } else { Vec::new() };
    let refused = shown(refused);
    let body = body.literal();
    if refused.is_empty() && allowed.is_empty() && body.is_none() {
        return None;
    }
    Some(json!({
        "method": operation.method,
        "url": quoted(&at.url),
        "headers": quoted(&at.headers),
        "body": literal::option(body),
        "required": operation.body.as_ref().is_some_and(|body| body.required),
        "invalid": operation.invalid(),
        "malformed": operation.malformed(),
        "in_xml": operation.body.as_ref().is_some_and(|body| body.xml.is_some()),
        "refused": refused,
        "allowed": allowed,
    }))
}

/// The body that is sent with every request, as a literal of its media type and its text.
enum Sent {
    Valid(String),
    /// Nobody knows a valid one.
    Other(String),
    Nothing,
}

impl Sent {
    fn literal(self) -> Option<String> {
        match self {
            Self::Valid(literal) | Self::Other(literal) => Some(literal),
            Self::Nothing => None,
        }
    }
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn in_json(
    samples: &Samples<'_>,
    ty: &TypeRef,
    shown: &mut HashSet<TypeId>,
    tried: &mut HashSet<TypeId>,
) -> (Sent, Vec<(Value, bool)>) {
    let listed = |edges: Vec<Edge>| -> Vec<(Value, bool)> {
        let listed = edges.iter().map(|edge| (in_body(edge), edge.fits));
        listed.collect()
    };
    match samples.whole(ty, shown).or_else(|| samples.value(ty)) {
        Some(base) => {
            let edges = edges::inside(samples, ty, &base, tried);
            (Sent::Valid(body(JSON, &base.to_string())), listed(edges))
        }
        // What it must be at least is known.
        None => (
            Sent::Other(body(JSON, "{}")),
            listed(edges::of(samples, ty)),
        ),
    }
}

fn in_form(samples: &Samples<'_>, ty: &TypeRef) -> (Sent, Vec<(Value, bool)>) {
    let base = samples.value(ty);
    let text = base.as_ref().and_then(form::form);
    let (Some(base), Some(text)) = (base, text) else {
        return (Sent::Other(body(FORM, "")), Vec::new());
    };
    let edges = form::forms(samples, ty, &base).into_iter();
    let edges = edges.map(|(form, rule, fits)| {
        let edge = json!({"kind": "Form", "arguments": quoted(&form), "rule": quoted(&rule)});
        (edge, fits)
    });
    (Sent::Valid(body(FORM, &text)), edges.collect())
}

/// The literal of a body.
fn body(media_type: &str, text: &str) -> String {
    format!("({}, {})", quoted(media_type), raw(text))
}

/// Whether an answer tells a request that was let in from one that was refused. A person may refuse
/// for reasons of their own, and so may a table that is there already.
fn lets_in(api: &Api, operation: &Operation) -> bool {
    let Answer::Crud(crud) = &operation.answer else {
        return matches!(operation.answer, Answer::Fixed(_));
    };
    let Some(table) = api
        .table(&crud.table)
        .filter(|table| table.existing.is_none())
    else {
        return false;
    };
    let creates = matches!(crud.verb, Verb::Create { .. });
    let chosen = |key: &Column| matches!(key.origin, Origin::Caller | Origin::Offered);
    let clashes = |table: &Table| {
        let mut columns = table.columns.iter();
        columns.any(|column| column.unique || column.references.is_some())
            || creates && table.key_columns().iter().any(chosen)
    };
    let invalid = operation.invalid();
    let writes = match crud.verb {
        Verb::Create { .. } | Verb::Replace { .. } | Verb::Update { .. } | Verb::Delete => true,
        Verb::List(_) | Verb::Get => false,
    };
    let repeats = repeats(api, crud) && !creates;
    invalid != 404 && !repeats && (operation.conflict() != invalid || !writes || !clashes(table))
}

fn elsewhere(at: &Target, changed: &Target, rule: &str) -> Value {
    let headers = (at.headers != changed.headers).then(|| quoted(&changed.headers));
    let kind = if headers.is_some() { "Headers" } else { "Url" };
    let arguments = headers.unwrap_or_else(|| quoted(&changed.url));
    json!({"kind": kind, "arguments": arguments, "rule": quoted(rule)})
}

fn in_body(edge: &Edge) -> Value {
    let place = quoted(&edge.place);
    let (kind, arguments) = match &edge.given {
        Given::Value(value) => ("Json", format!("{place}, {}", raw(&value.to_string()))),
        Given::Text(length) => ("Text", format!("{place}, {}", literal::count(*length))),
        Given::Nothing => ("Without", place),
    };
    json!({"kind": kind, "arguments": arguments, "rule": quoted(&edge.rule)})
}

/// The kinds of edges that some request has.
pub(super) fn kinds(requests: &[Value]) -> HashSet<String> {
    let lists = ["refused", "allowed"].into_iter();
    let lists = lists.flat_map(|name| requests.iter().map(move |request| &request[name]));
    let edges = lists.filter_map(Value::as_array).flatten();
    edges
        .filter_map(|edge| Some(edge["kind"].as_str()?.to_owned()))
        .collect()
}

/// Requests for rows that are not there, or below such: the tables of the tests are empty.
pub(super) fn missing(samples: &Samples<'_>) -> Vec<Value> {
    let api = samples.api;
    let made = |operation: &&Operation| match &operation.answer {
        Answer::Crud(crud) => {
            let one = match crud.verb {
                Verb::Get | Verb::Delete => true,
                // Before the row is looked for, the body must say what the path says.
                Verb::Replace { .. } | Verb::Update { .. } => !repeats(api, crud),
                Verb::Create { .. } => crud.below.is_some(),
                Verb::List(_) => false,
            };
            one && api
                .table(&crud.table)
                .is_some_and(|table| table.existing.is_none())
        }
        Answer::Fixed(_) | Answer::NotImplemented(_) => false,
    };
    api.operations()
        .filter(|operation| is_testable(api, operation))
        .filter(made)
        .filter_map(|operation| valid(samples, operation))
        .collect()
}

/// Whether a body says what the path says: which row is above.
fn repeats(api: &Api, crud: &Crud) -> bool {
    let body = match &crud.verb {
        Verb::Create { body } | Verb::Replace { body } | Verb::Update { body } => *body,
        Verb::List(_) | Verb::Get | Verb::Delete => return false,
    };
    let table = api.table(&crud.table).zip(crud.below.as_ref());
    let above = table.and_then(|(table, path)| table.above(path));
    match api.types.get(body).map(|def| &def.shape) {
        Some(TypeShape::Struct(body)) => {
            above.is_some_and(|above| body.field(&above.column).is_some())
        }
        Some(TypeShape::Enum(_) | TypeShape::Union(_)) | None => false,
    }
}

/// A valid request, with nothing in it that need not be.
pub(super) fn valid(samples: &Samples<'_>, operation: &Operation) -> Option<Value> {
    let body = match &operation.body {
        None => None,
        Some(body) => match &body.content {
            Content::Json(ty) => Some(self::body(JSON, &samples.value(ty)?.to_string())),
            Content::Form(ty) => Some(self::body(FORM, &form::form(&samples.value(ty)?)?)),
            Content::Bytes(names) => Some(self::body(&form::media_type(names), "x")),
            Content::Multipart(_) => return None,
        },
    };
    let at = target(samples, operation)?;
    Some(json!({
        "label": quoted(&operation.label()),
        "method": operation.method,
        "url": quoted(&at.url),
        "headers": quoted(&at.headers),
        "body": literal::option(body),
    }))
}
