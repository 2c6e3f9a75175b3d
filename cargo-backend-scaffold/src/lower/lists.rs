//! Resources that only lists show: nothing is at `/stations/{id}`, and yet a station has an id.

use std::collections::HashSet;

use crate::api::ident::{Ident, singular};
use crate::api::table::{ColumnKind, Table};
use crate::api::types::{Field, Struct, TypeDef};
use crate::api::{Content, Operation};
use crate::lower::tables::{creation, items, structure, table};

/// The tables behind lists whose rows have a key, and are no item's. Rows that another table has are
/// found there, `/pet/findByStatus` those of `/pet`: they are in `known`.
pub(super) fn tables<'a>(
    operations: &[&Operation],
    taken: &mut HashSet<String>,
    known: &mut Vec<&'a Struct>,
    types: &'a [TypeDef],
) -> Vec<Table> {
    let mut found = Vec::new();
    let lists = operations
        .iter()
        .filter(|operation| operation.method == "GET");
    let mut lists: Vec<_> = lists
        .map(|list| (list, creation(operations, &list.path)))
        .collect();
    // Of two lists of the same rows, it is the one that is added to.
    lists.sort_by_key(|(_, create)| create.is_none());
    for (list, create) in lists {
        if list.path.contains('{') {
            continue;
        }
        let name = Ident::new(list.path.rsplit('/').next().unwrap_or_default(), "rows");
        let Some(shown) = rows(list, types).filter(|_| !taken.contains(name.plain())) else {
            continue;
        };
        if known.iter().any(|known| std::ptr::eq(*known, shown)) {
            continue;
        }
        let table = key(shown, &name, types)
            .and_then(|key| table(&list.path, &name, shown, &[key], create, types));
        if let Some(mut table) = table {
            table.listed = true;
            taken.insert(name.plain().to_owned());
            known.push(shown);
            found.push(table);
        }
    }
    found
}

/// The rows of a list, be it in an object around it.
pub(super) fn rows<'a>(list: &Operation, types: &'a [TypeDef]) -> Option<&'a Struct> {
    let Some(Content::Json(ty)) = &list.responses.first()?.content else {
        return None;
    };
    items(&ty.shape, types).or_else(|| {
        let (_, around) = structure(ty, types)?;
        let mut lists = around.fields.iter().filter(|field| !field.ty.nullable);
        lists.find_map(|field| items(&field.ty.shape, types))
    })
}

/// What names a row: `id`, or `stationId` of a station.
pub(super) fn key<'a>(shown: &'a Struct, name: &Ident, types: &[TypeDef]) -> Option<&'a Field> {
    let own = format!("{}_id", singular(name.plain()));
    let names = |field: &&Field| field.ident.plain() == "id" || field.ident.plain() == own;
    let key = shown.fields.iter().find(names)?;
    let kind = key.ty.shape.kind(types)?;
    let plain = matches!(
        kind,
        ColumnKind::Int { .. } | ColumnKind::Text | ColumnKind::Uuid
    );
    (plain && !key.ty.nullable && shown.fields.len() > 1).then_some(key)
}
