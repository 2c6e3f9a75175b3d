//! The context of `tests/generated.rs`.

use std::collections::HashSet;

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::api::table::{Column, Listing, Member, Table, Verb};
use crate::api::types::{Shape, Struct, TypeId, TypeShape};
use crate::api::{Answer, Api, Content, Operation, Place};
use crate::render::cases::{is_reachable, reject, secured};
use crate::render::data::users;
use crate::render::rust_type::quoted;
use crate::render::sample;

pub(super) fn context(api: &Api) -> Value {
    let mut rejections = Vec::new();
    for operation in api.operations() {
        reject(api, operation, &mut rejections);
    }
    let stubs: Vec<Value> = api
        .operations()
        .filter(|operation| matches!(operation.answer, Answer::NotImplemented(_)))
        .filter_map(|operation| stub(api, operation))
        .collect();
    let round_trips: Vec<Value> = api
        .tables
        .iter()
        .filter_map(|table| round_trip(api, table))
        .collect();
    let uses_json = stubs
        .iter()
        .any(|stub| stub["body"] != "None::<serde_json::Value>")
        || !round_trips.is_empty();
    json!({
        "rejections": rejections,
        "methods": methods(api),
        "shapes": super::shapes::promises(api),
        "secured_cases": secured(api),
        "stubs": stubs,
        "round_trips": round_trips,
        "uses_json_macro": uses_json,
    })
}

/// A path with something in its parameters.
pub(super) fn path(api: &Api, operation: &Operation) -> Option<String> {
    let mut path = operation.url().to_owned();
    for parameter in operation
        .parameters
        .iter()
        .filter(|p| p.place == Place::Path)
    {
        let value = sample::value(api, &parameter.ty)?;
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        path = path.replace(&format!("{{{}}}", parameter.name), &value);
    }
    Some(path)
}

/// For every path, a method that it does not have.
fn methods(api: &Api) -> Vec<Value> {
    let mut routes: IndexMap<String, Vec<&Operation>> = IndexMap::new();
    for operation in api.operations() {
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
            let path = path(api, operation)?;
            Some(json!({
                "method": free,
                "path": quoted(&path),
                "label": quoted(&format!("{free} {}", operation.path)),
            }))
        })
        .collect()
}

fn stub(api: &Api, operation: &Operation) -> Option<Value> {
    let simple = operation
        .parameters
        .iter()
        .all(|p| p.place == Place::Path || !p.required);
    let body = match &operation.body {
        None => "None::<serde_json::Value>".to_owned(),
        Some(body) => match &body.content {
            Content::Json(ty) => format!("Some(json!({}))", sample::value(api, ty)?),
            Content::Form(_) | Content::Multipart(_) | Content::Bytes(_) => return None,
        },
    };
    if !simple || operation.method == "HEAD" {
        return None;
    }
    Some(json!({
        "name": operation.ident.plain(),
        "method": operation.method,
        "path": quoted(&path(api, operation)?),
        "label": quoted(&operation.label()),
        "body": body,
    }))
}

/// Whether the row is the whole answer.
fn is_bare(operation: &Operation) -> bool {
    !matches!(&operation.answer, Answer::Crud(crud) if crud.envelope.is_some())
}

/// Create, get, list, replace, update and delete of one table, with the rows it refers to.
fn round_trip(api: &Api, table: &Table) -> Option<Value> {
    // No migration makes this table, and nobody knows what else it demands of a row.
    if table.existing.is_some() {
        return None;
    }
    if !users(api, table).all(|(operation, _)| is_reachable(api, operation) && is_bare(operation)) {
        return None;
    }
    let mut steps = Vec::new();
    let mut made = Vec::new();
    step(api, table, &mut steps, &mut made)?;
    let (_, create) = creation(api, table)?;
    let status = |wanted: fn(&Verb) -> bool| {
        users(api, table)
            .find(|(_, verb)| wanted(verb))
            .and_then(|(operation, _)| operation.responses.first())
            .map(|response| response.status)
    };
    let body_of = |wanted: fn(&Verb) -> Option<TypeId>| {
        users(api, table)
            .find_map(|(_, verb)| wanted(verb))
            .and_then(|id| structure(api, id))
    };
    let replace = body_of(|verb| match verb {
        Verb::Replace { body } => Some(*body),
        Verb::List(_) | Verb::Create { .. } | Verb::Get | Verb::Update { .. } | Verb::Delete => {
            None
        }
    });
    let update = body_of(|verb| match verb {
        Verb::Update { body } => Some(*body),
        Verb::List(_) | Verb::Create { .. } | Verb::Get | Verb::Replace { .. } | Verb::Delete => {
            None
        }
    });
    let replace_body = match replace {
        Some(shape) => Some(body(api, table, shape)?),
        None => None,
    };
    let key = table.key()?;
    let update_body = match update {
        Some(shape) => Some(body(api, table, shape)?),
        None => None,
    };
    let list = users(api, table).find_map(|(operation, verb)| match verb {
        Verb::List(listing) if !operation.parameters.iter().any(|p| p.required) => Some(listing),
        Verb::List(_)
        | Verb::Create { .. }
        | Verb::Get
        | Verb::Replace { .. }
        | Verb::Update { .. }
        | Verb::Delete => None,
    });
    let no_default_filter = list.is_some_and(|listing| {
        users(api, table).all(|(operation, verb)| {
            !matches!(verb, Verb::List(_))
                || operation.parameters.iter().all(|p| {
                    p.ty.default.is_none()
                        || !listing.filters.iter().any(|(name, _)| *name == p.name)
                })
        })
    });
    Some(json!({
        "name": table.ident.plain(),
        "steps": steps,
        "binding": binding(table),
        "key": key.property,
        "path": table.path,
        "item_path": format!("{}/{{}}", table.path),
        "get": status(|verb| matches!(verb, Verb::Get)),
        "kept": kept(api, create),
        "list": status(|verb| matches!(verb, Verb::List(_))).filter(|_| no_default_filter),
        "list_member": list.map(member),
        "replace": status(|verb| matches!(verb, Verb::Replace { .. })),
        "replace_body": replace_body,
        "update": status(|verb| matches!(verb, Verb::Update { .. })),
        "update_body": update_body,
        "delete": status(|verb| matches!(verb, Verb::Delete)),
    }))
}

fn member(listing: &Listing) -> String {
    let members = listing.wrapper.iter().flat_map(|wrapper| &wrapper.members);
    let items = members
        .into_iter()
        .find(|(_, member)| *member == Member::Items);
    items.map_or_else(String::new, |(name, _)| format!("[{}]", quoted(name)))
}

/// Creates a row after those it refers to.
fn step(api: &Api, table: &Table, steps: &mut Vec<Value>, made: &mut Vec<String>) -> Option<()> {
    if made.contains(&table.name) {
        return Some(());
    }
    if table.existing.is_some() {
        return None;
    }
    made.push(table.name.clone());
    let (operation, shape) = creation(api, table)?;
    for column in table
        .columns
        .iter()
        .filter(|column| column.references.is_some())
    {
        let given = shape
            .field(&column.property)
            .is_some_and(|field| field.required);
        let target = column.references.as_ref().and_then(|name| api.table(name));
        if given && column.references.as_ref() == Some(&table.name) {
            return None;
        }
        if let Some(target) = target.filter(|_| given) {
            step(api, target, steps, made)?;
        }
    }
    let response = operation.responses.first()?;
    // Without the row in the response, nobody knows its key.
    response.content.as_ref()?;
    steps.push(json!({
        "binding": binding(table),
        "body": body(api, table, shape)?,
        "path": table.path,
        "table": table.name,
        "status": response.status,
        "key": table.key()?.property,
    }));
    Some(())
}

fn binding(table: &Table) -> String {
    format!("{}_key", table.singular.plain())
}

fn creation<'a>(api: &'a Api, table: &'a Table) -> Option<(&'a Operation, &'a Struct)> {
    users(api, table).find_map(|(operation, verb)| match verb {
        Verb::Create { body, .. } if !operation.parameters.iter().any(|p| p.required) => {
            Some((operation, structure(api, *body)?))
        }
        Verb::List(_)
        | Verb::Create { .. }
        | Verb::Get
        | Verb::Replace { .. }
        | Verb::Update { .. }
        | Verb::Delete => None,
    })
}

fn structure(api: &Api, id: TypeId) -> Option<&Struct> {
    match &api.types.get(id)?.shape {
        TypeShape::Struct(shape) => Some(shape),
        TypeShape::Enum(_) | TypeShape::Union(_) => None,
    }
}

/// The required properties of a body; keys of other rows stand as the variables that hold them.
fn body(api: &Api, table: &Table, shape: &Struct) -> Option<String> {
    let mut members = Vec::new();
    for field in shape.fields.iter().filter(|field| field.required) {
        let target = table
            .column(&field.name)
            .and_then(|column: &Column| column.references.as_ref())
            .and_then(|name| api.table(name));
        let value = match target {
            Some(target) => binding(target),
            None => sample::value(api, &field.ty)?.to_string(),
        };
        members.push(format!("{}: {value}", quoted(&field.name)));
    }
    Some(format!("json!({{{}}})", members.join(", ")))
}

/// Properties that come back as they were sent. Times and numbers have other notations.
fn kept(api: &Api, shape: &Struct) -> Vec<(String, String)> {
    shape
        .fields
        .iter()
        .filter(|field| field.required && matches!(field.ty.shape, Shape::Text(_)))
        .filter_map(|field| {
            let value = sample::value(api, &field.ty)?;
            Some((field.name.clone(), value.to_string()))
        })
        .collect()
}
