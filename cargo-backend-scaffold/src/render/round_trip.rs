//! What a table must keep, step by step, for the generated tests.

use serde_json::{Value, json};

use crate::api::table::{Column, Listing, Member, Origin, Table, Verb, Wrapper};
use crate::api::types::{Shape, Struct, TypeId, TypeRef, TypeShape};
use crate::api::{Answer, Api, Operation};
use crate::render::cases::is_reachable;
use crate::render::data::users;
use crate::render::rust_type::quoted;
use crate::render::sample::{Samples, optional};

/// Create, get, list, replace, update and delete of one table, with the rows it refers to, and what
/// the rows that are there forbid.
pub(super) fn round_trip(samples: &Samples<'_>, table: &Table) -> Option<Value> {
    let api = samples.api;
    // No migration makes this table, and nobody knows what else it demands of a row.
    if table.existing.is_some() {
        return None;
    }
    if !users(api, table).all(|(operation, _)| is_reachable(api, operation)) {
        return None;
    }
    let mut steps = Vec::new();
    let mut made = Vec::new();
    step(samples, table, &mut steps, &mut made)?;
    let (operation, create) = creation(api, table)?;
    let changed = |wanted: fn(&Verb) -> Option<TypeId>| {
        let found = users(api, table).find_map(|(_, verb)| wanted(verb));
        found.and_then(|id| structure(api, id))
    };
    let body = |shape: Option<&Struct>| match shape {
        Some(shape) => body(samples, table, shape, Keys::Made).map(Some),
        None => Some(None),
    };
    let (replace, update) = (changed(replaced), changed(updated));
    let (listed, list) = listing(api, table).unzip();
    Some(json!({
        "name": table.ident.plain(),
        "steps": steps,
        "binding": binding(table),
        "key": table.key()?.property,
        "path": table.path,
        "item_path": format!("{}/{{}}", table.path),
        "taken": is_taken(table, create).then(|| operation.conflict()),
        "dangling": dangling(samples, table, create),
        "dangling_status": operation.conflict(),
        "referred": referred(api, table, create),
        "get": status(api, table, |verb| matches!(verb, Verb::Get)),
        "found": users(api, table).find(|(_, verb)| matches!(verb, Verb::Get)).map(|(get, _)| row(get)),
        "kept": kept(samples, create),
        "list": listed,
        "list_member": list.map(|list| place(list.wrapper.as_ref())),
        "replace": status(api, table, |verb| matches!(verb, Verb::Replace { .. })),
        "replace_body": body(replace)?,
        "update": status(api, table, |verb| matches!(verb, Verb::Update { .. })),
        "update_body": body(update)?,
        "delete": status(api, table, |verb| matches!(verb, Verb::Delete)),
    }))
}

/// The status of the first success of the operation that does this.
fn status(api: &Api, table: &Table, wanted: fn(&Verb) -> bool) -> Option<u16> {
    let (operation, _) = users(api, table).find(|(_, verb)| wanted(verb))?;
    operation.responses.first().map(|response| response.status)
}

fn replaced(verb: &Verb) -> Option<TypeId> {
    match verb {
        Verb::Replace { body } => Some(*body),
        Verb::List(_) | Verb::Create { .. } | Verb::Get | Verb::Update { .. } | Verb::Delete => {
            None
        }
    }
}

fn updated(verb: &Verb) -> Option<TypeId> {
    match verb {
        Verb::Update { body } => Some(*body),
        Verb::List(_) | Verb::Create { .. } | Verb::Get | Verb::Replace { .. } | Verb::Delete => {
            None
        }
    }
}

/// The list of the table and the status of its success, if a list shows every row when nothing is asked.
fn listing<'a>(api: &'a Api, table: &'a Table) -> Option<(u16, &'a Listing)> {
    let lists = || {
        users(api, table).filter_map(|(operation, verb)| match verb {
            Verb::List(listing) => Some((operation, listing)),
            Verb::Create { .. }
            | Verb::Get
            | Verb::Replace { .. }
            | Verb::Update { .. }
            | Verb::Delete => None,
        })
    };
    let (operation, listing) =
        lists().find(|(operation, _)| !operation.parameters.iter().any(|each| each.required))?;
    let hides = |operation: &Operation| {
        operation.parameters.iter().any(|each| {
            let filters = |(name, _): &(String, _)| *name == each.name;
            each.ty.default.is_some() && listing.filters.iter().any(filters)
        })
    };
    if lists().any(|(operation, _)| hides(operation)) {
        return None;
    }
    Some((operation.responses.first()?.status, listing))
}

/// Whether the same row cannot be there twice.
fn is_taken(table: &Table, create: &Struct) -> bool {
    let given = |column: &&Column| {
        let field = create.field(&column.property);
        field.is_some_and(|field| field.required)
    };
    let key = table.key_columns().first().filter(|_| table.keys == 1);
    let own_key = key.filter(|key| key.origin == Origin::Caller);
    let mut columns = table.columns.iter().filter(given);
    columns
        .any(|column| column.unique || own_key.is_some_and(|key| key.property == column.property))
}

/// A body that refers to a row which is not there.
fn dangling(samples: &Samples<'_>, table: &Table, create: &Struct) -> Option<String> {
    let refers = table.columns.iter().any(|column| {
        let field = create.field(&column.property);
        column.references.is_some() && field.is_some_and(|field| field.required)
    });
    if !refers {
        return None;
    }
    body(samples, table, create, Keys::Unknown)
}

/// The rows that this one refers to and that cannot be deleted while it is there.
fn referred(api: &Api, table: &Table, create: &Struct) -> Vec<Value> {
    let targets = table.columns.iter().filter_map(|column| {
        let field = create.field(&column.property);
        let target = column.references.as_ref()?;
        api.table(target)
            .filter(|_| field.is_some_and(|field| field.required))
    });
    targets
        .filter_map(|target| {
            let (operation, _) = users(api, target).find(|(operation, verb)| {
                let alone = operation
                    .parameters
                    .iter()
                    .filter(|each| each.required)
                    .count()
                    == 1;
                matches!(verb, Verb::Delete) && alone
            })?;
            Some(json!({
                "binding": binding(target),
                "item_path": format!("{}/{{}}", target.path),
                "table": target.name,
                "status": operation.conflict(),
            }))
        })
        .collect()
}

/// Where the rows stand in an object around them, or the one row, as an index.
fn place(wrapper: Option<&Wrapper>) -> String {
    let Some(wrapper) = wrapper else {
        return String::new();
    };
    let mut members = wrapper.members.iter();
    let found = members.find_map(|(name, member)| match member {
        Member::Items => Some(format!("[{}]", quoted(name))),
        Member::Object(below) if below.says(&Member::Items) => {
            Some(format!("[{}]{}", quoted(name), place(Some(below))))
        }
        Member::Object(_)
        | Member::Total
        | Member::Limit
        | Member::Offset
        | Member::Page
        | Member::Pages
        | Member::Next
        | Member::More
        | Member::Absent => None,
    });
    found.unwrap_or_default()
}

/// Where the row stands in the answer of the operation.
fn row(operation: &Operation) -> String {
    match &operation.answer {
        Answer::Crud(crud) => place(crud.envelope.as_ref()),
        Answer::Fixed(_) | Answer::NotImplemented(_) => String::new(),
    }
}

/// Creates a row after those it refers to.
fn step(
    samples: &Samples<'_>,
    table: &Table,
    steps: &mut Vec<Value>,
    made: &mut Vec<String>,
) -> Option<()> {
    let api = samples.api;
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
            step(samples, target, steps, made)?;
        }
    }
    let response = operation.responses.first()?;
    // Without the row in the response, nobody knows its key.
    response.content.as_ref()?;
    steps.push(json!({
        "binding": binding(table),
        "row": row(operation),
        "body": body(samples, table, shape, Keys::Made)?,
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

/// Which rows the keys in a body are those of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    /// Rows of earlier steps, held by variables.
    Made,
    /// No rows.
    Unknown,
}

/// The required properties of a body, and as many others as it needs.
fn body(samples: &Samples<'_>, table: &Table, shape: &Struct, keys: Keys) -> Option<String> {
    let mut members = Vec::new();
    let least = shape.count.map_or(0, |(least, _)| least);
    let required = shape.fields.iter().filter(|field| field.required);
    let others = optional(shape).filter(|field| refers(table, &field.name).is_none());
    let missing = least.saturating_sub(required.clone().count());
    for field in required.chain(others.take(missing)) {
        let target = refers(table, &field.name).and_then(|name| samples.api.table(name));
        let value = match (target, keys) {
            (Some(target), Keys::Made) => binding(target),
            (Some(_), Keys::Unknown) => unknown(samples, &field.ty)?,
            (None, _) => samples.value(&field.ty)?.to_string(),
        };
        members.push(format!("{}: {value}", quoted(&field.name)));
    }
    Some(format!("json!({{{}}})", members.join(", ")))
}

/// The table whose row a property names.
fn refers<'t>(table: &'t Table, property: &str) -> Option<&'t String> {
    table
        .column(property)
        .and_then(|column| column.references.as_ref())
}

/// A key that no row has: the database counts from one, and nobody makes this UUID.
fn unknown(samples: &Samples<'_>, ty: &TypeRef) -> Option<String> {
    if matches!(ty.shape, Shape::Uuid) {
        return samples.value(ty).map(|value| value.to_string());
    }
    let Shape::Int(rule) = &ty.shape else {
        return None;
    };
    let step = rule.multiple_of.unwrap_or(1);
    let free = rule.max.is_none() && rule.one_of.is_empty();
    free.then(|| (987_654_321 / step * step).to_string())
}

/// Properties that come back as they were sent. Times and numbers have other notations.
fn kept(samples: &Samples<'_>, shape: &Struct) -> Vec<(String, String)> {
    shape
        .fields
        .iter()
        .filter(|field| field.required && matches!(field.ty.shape, Shape::Text(_)))
        .filter_map(|field| {
            let value = samples.value(&field.ty)?;
            Some((field.name.clone(), value.to_string()))
        })
        .collect()
}
