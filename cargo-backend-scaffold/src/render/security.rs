//! The context of `src/api/security.rs`: who may call which operation.

use serde_json::{Value, json};

use crate::api::security::{KeyPlace, Requirement, Scheme, SchemeKind};
use crate::api::{Api, Operation};
use crate::render::rust_type::quoted;

/// Whether any operation asks who calls.
pub(super) fn is_secured(api: &Api) -> bool {
    api.operations()
        .any(|operation| !operation.security.is_empty())
}

/// What a handler does about its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caller {
    /// Nobody asks.
    Open,
    /// A caller may say who it is.
    Optional,
    /// A caller must.
    Required,
}

pub(super) fn caller(operation: &Operation) -> Caller {
    let open = |requirement: &Requirement| requirement.needs.is_empty();
    match operation.security.as_slice() {
        [] => Caller::Open,
        // `[{}]` says that nobody is asked.
        [only] if open(only) => Caller::Open,
        all if all.iter().any(open) => Caller::Optional,
        _ => Caller::Required,
    }
}

/// The kinds of schemes that some operation uses.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Kinds {
    pub(crate) bearer: bool,
    pub(crate) basic: bool,
    pub(crate) key: bool,
}

pub(super) fn kinds(api: &Api) -> Kinds {
    let mut kinds = Kinds::default();
    let needs = api
        .operations()
        .flat_map(|operation| &operation.security)
        .flat_map(|requirement| &requirement.needs);
    for scheme in needs.filter_map(|need| api.schemes.get(need.scheme)) {
        match scheme.kind {
            SchemeKind::Bearer => kinds.bearer = true,
            SchemeKind::Basic => kinds.basic = true,
            SchemeKind::Key { .. } => kinds.key = true,
            SchemeKind::Other(_) => {}
        }
    }
    kinds
}

pub(super) fn context(api: &Api) -> Value {
    let schemes: Vec<Value> = api
        .schemes
        .iter()
        .enumerate()
        .filter(|(id, _)| is_used(api, *id))
        .map(|(_, scheme)| {
            let kind = match &scheme.kind {
                SchemeKind::Bearer => "Kind::Bearer".to_owned(),
                SchemeKind::Basic => "Kind::Basic".to_owned(),
                SchemeKind::Key { place, name } => {
                    let place = match place {
                        KeyPlace::Header => "Header",
                        KeyPlace::Query => "Query",
                        KeyPlace::Cookie => "Cookie",
                    };
                    format!("Kind::{place}({})", quoted(name))
                }
                SchemeKind::Other(_) => "Kind::Other".to_owned(),
            };
            json!({
                "ident": constant(scheme),
                "name": quoted(&scheme.name),
                "label": scheme.name.replace('`', "'"),
                "kind": kind,
            })
        })
        .collect();
    let operations: Vec<Value> = api
        .operations()
        .filter(|operation| caller(operation) != Caller::Open)
        .map(|operation| {
            let alternatives: Vec<String> = operation
                .security
                .iter()
                .map(|requirement| alternative(api, requirement))
                .collect();
            json!({
                "method": operation.method,
                "route": quoted(&operation.route()),
                "alternatives": alternatives.join(", "),
            })
        })
        .collect();
    json!({
        "schemes": schemes,
        "operations": operations,
        "realm": quoted(&api.title.replace(['"', '\\'], "'")),
    })
}

/// The name of the constant that holds a scheme.
fn constant(scheme: &Scheme) -> String {
    format!("SCHEME_{}", scheme.ident.plain().to_uppercase())
}

fn is_used(api: &Api, id: usize) -> bool {
    api.operations()
        .flat_map(|operation| &operation.security)
        .flat_map(|requirement| &requirement.needs)
        .any(|need| need.scheme == id)
}

fn alternative(api: &Api, requirement: &Requirement) -> String {
    let needs = requirement.needs.iter().filter_map(|need| {
        let scheme = api.schemes.get(need.scheme)?;
        let scopes: Vec<String> = need.scopes.iter().map(|scope| quoted(scope)).collect();
        Some(format!(
            "Need {{ scheme: &{}, scopes: &[{}] }}",
            constant(scheme),
            scopes.join(", ")
        ))
    });
    format!("&[{}]", needs.collect::<Vec<_>>().join(", "))
}
