//! Which columns refer to rows of other tables, and the order of tables that comes of it.

use crate::api::Operation;
use crate::api::table::{ColumnKind, Table};
use crate::lower::tables::collection_of;

/// Whether an operation that writes rows says what happens to one that clashes with others.
pub(super) fn expects_conflicts(table: &Table, operations: &[&Operation]) -> bool {
    operations.iter().any(|operation| {
        let writes = match operation.method.as_str() {
            "POST" => operation.path == table.path,
            "PUT" | "PATCH" => collection_of(&operation.path) == Some(&table.path),
            _ => false,
        };
        writes && operation.describes(409)
    })
}

/// A column `customerId` of the type of the key of `customers` refers to it, where the document knows
/// that a row can be refused for what other rows are: it would be valid otherwise.
pub(super) fn refer(tables: &mut [Table], operations: &[&Operation]) {
    let keys: Vec<(String, String, Option<ColumnKind>)> = tables
        .iter()
        .filter(|table| !table.has_key_within())
        .map(|table| {
            let name = format!("{}_id", table.singular.plain());
            (
                name,
                table.name.clone(),
                table.key().map(|key| key.kind.clone()),
            )
        })
        .collect();
    for table in tables {
        if !expects_conflicts(table, operations) {
            continue;
        }
        for column in table.columns.iter_mut().skip(1) {
            if column.existing.is_some() || column.references.is_some() {
                continue;
            }
            let target = keys.iter().find(|(name, _, kind)| {
                name == column.ident.plain() && kind.as_ref() == Some(&column.kind)
            });
            column.references = target.map(|(_, table, _)| table.clone());
        }
    }
}

/// A table after those it refers to. In a circle, the reference that closes it is given up.
pub(super) fn in_order(mut tables: Vec<Table>) -> Vec<Table> {
    let mut ordered: Vec<Table> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let ready = tables.iter().position(|table| {
            table
                .columns
                .iter()
                .filter_map(|column| column.references.as_ref())
                .all(|target| {
                    *target == table.name || ordered.iter().any(|earlier| earlier.name == *target)
                })
        });
        let mut next = tables.remove(ready.unwrap_or(0));
        for column in &mut next.columns {
            let known = column.references.as_ref().is_none_or(|target| {
                *target == next.name || ordered.iter().any(|earlier| earlier.name == *target)
            });
            if !known {
                column.references = None;
            }
        }
        ordered.push(next);
    }
    ordered
}
