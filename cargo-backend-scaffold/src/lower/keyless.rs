//! Resources whose rows have no key of their own: views, and tables without one.

use std::collections::HashSet;

use crate::api::ident::{Ident, Names, singular};
use crate::api::table::{Column, Table};
use crate::api::types::{Struct, TypeDef};
use crate::api::{Content, Operation};
use crate::lower::tables::{RESERVED, body, column, creation, items};

/// The tables behind lists whose rows name a table without a key.
pub(super) fn tables(
    operations: &[&Operation],
    taken: &mut HashSet<String>,
    types: &[TypeDef],
) -> Vec<Table> {
    let mut found = Vec::new();
    for list in operations {
        let Some(name) = keyless(list, types).filter(|name| taken.insert(name.plain().to_owned()))
        else {
            continue;
        };
        let create = creation(operations, &list.path);
        found.extend(without_key(&name, list, create, types));
    }
    found
}

/// The name of a resource whose rows have no key of their own: a view, or a table without one.
fn keyless(list: &Operation, types: &[TypeDef]) -> Option<Ident> {
    let shown = listed(list, types)?;
    let named = shown.table.as_ref()?;
    let last = list.path.rsplit('/').next()?;
    let plain = list.method == "GET" && named.key.is_empty() && !list.path.contains('{');
    plain.then(|| Ident::new(last, "rows"))
}

/// The rows of a list.
fn listed<'a>(list: &Operation, types: &'a [TypeDef]) -> Option<&'a Struct> {
    match &list.responses.first()?.content {
        Some(Content::Json(ty)) => items(&ty.shape, types),
        Some(Content::Form(_) | Content::Multipart(_) | Content::Bytes(_)) | None => None,
    }
}

fn without_key(
    name: &Ident,
    list: &Operation,
    create: Option<&Operation>,
    types: &[TypeDef],
) -> Option<Table> {
    let shown = listed(list, types)?;
    let named = shown.table.as_ref()?;
    let body = create.and_then(|create| body(create, types));
    let mut idents = Names::with(RESERVED);
    let columns: Option<Vec<Column>> = shown
        .fields
        .iter()
        .map(|field| {
            let caller = body.is_some_and(|(_, body)| body.field(&field.name).is_some());
            column(field, types, &mut idents, caller, false)
        })
        .collect();
    Some(Table {
        name: name.plain().to_owned(),
        ident: name.clone(),
        singular: Ident::new(&singular(name.plain()), "row"),
        path: list.path.clone(),
        existing: Some(named.sql.clone()),
        keys: 0,
        columns: columns?,
        filters: Vec::new(),
        counted: false,
        paged: false,
        listed: false,
        above: Vec::new(),
    })
}
