//! How rows are put in order by their keys.

use serde_json::{Value, json};

use crate::api::table::{Column, ColumnKind, Table};
use crate::render::data::escaped;
use crate::render::rust_type::Rust;
use crate::render::sql::{column_name, write_parts};

/// What goes on behind a row: its key as a type, the condition, and the key of a row.
pub(super) fn after(table: &Table, rust: &Rust<'_>) -> Value {
    let keys = table.key_columns();
    let types: Vec<String> = keys.iter().map(|key| rust.column(&key.kind)).collect();
    let names: Vec<String> = keys.iter().map(column_name).collect();
    let of_row: Vec<String> = keys
        .iter()
        .map(|key| format!("&last.{}", key.ident.snake))
        .collect();
    let binds: Vec<Value> = keys
        .iter()
        .enumerate()
        .map(|(index, key)| {
            let lent = if key.kind == ColumnKind::Text {
                ".clone()"
            } else {
                ""
            };
            let parts = write_parts(key);
            let before = if index == 0 { "" } else { ", " };
            json!({
                "value": format!("after.{index}{lent}"),
                "before": escaped(&format!("{before}{}", parts.first().map_or("", String::as_str))),
                "after": escaped(parts.get(1).map_or("", String::as_str)),
            })
        })
        .collect();
    json!({
        "type": format!("({},)", types.join(", ")),
        "start": escaped(&format!("({}) > (", names.join(", "))),
        "binds": binds,
        "row": format!("({},)", of_row.join(", ")),
    })
}

/// The texts around the places of a value, where there is more than the value itself.
pub(super) fn pushes(column: &Column) -> Option<Vec<String>> {
    let parts = write_parts(column);
    let more = parts.iter().any(|part| !part.is_empty());
    more.then(|| parts.iter().map(|part| escaped(part)).collect())
}

/// Rows come in the order of their keys, or of all columns that can be ordered.
pub(super) fn order(table: &Table) -> String {
    let orderly = |column: &&Column| !matches!(column.kind, ColumnKind::Json(_));
    let columns: Vec<String> = if table.keys > 0 {
        table.key_columns().iter().map(column_name).collect()
    } else {
        table
            .columns
            .iter()
            .filter(orderly)
            .map(column_name)
            .collect()
    };
    columns.join(", ")
}
