//! Filters of lists: the field that holds one, and the condition it becomes.

use serde_json::{Value, json};

use crate::api::table::{Column, ColumnKind, Filter};
use crate::render::Database;
use crate::render::data::escaped;
use crate::render::keys::pushes;
use crate::render::rust_type::Rust;
use crate::render::sql::column_name;

/// The field of a filter.
pub(super) fn filter_name(column: &Column, filter: &Filter) -> String {
    if filter.many {
        format!("any_{}", column.ident.plain())
    } else {
        column.ident.snake.clone()
    }
}

/// What the module of the table makes of a filter.
pub(super) fn context(
    column: &Column,
    wanted: &Filter,
    rust: &Rust<'_>,
    database: Database,
) -> Value {
    if wanted.many {
        return several(column, wanted, rust, database);
    }
    let ident = &column.ident.snake;
    let (source, pattern, bind) = match column.kind {
        ColumnKind::Text => (format!("&self.{ident}"), "value", "value.clone()"),
        ColumnKind::Enum(_) => (format!("self.{ident}"), "value", "value.as_str()"),
        ColumnKind::Int { .. }
        | ColumnKind::Number
        | ColumnKind::Bool
        | ColumnKind::Timestamp
        | ColumnKind::Day
        | ColumnKind::Uuid
        | ColumnKind::Json(_) => (format!("self.{ident}"), "value", "value"),
    };
    json!({
        "name": escaped(&column_name(column)),
        "parts": pushes(column),
        "ident": ident,
        "type": rust.column(&column.kind),
        "source": source,
        "pattern": pattern,
        "bind": bind,
    })
}

/// A filter by several values, of which a row has any.
fn several(column: &Column, wanted: &Filter, rust: &Rust<'_>, database: Database) -> Value {
    let name = column_name(column);
    let (item, before, after) = if let ColumnKind::Json(ty) = &column.kind {
        let item = rust.ty(ty.shape.item().unwrap_or(ty));
        let (before, after) = match database {
            Database::Sqlite => (
                format!("EXISTS (SELECT 1 FROM json_each({name}) WHERE value = "),
                ")",
            ),
            Database::Postgres => (format!("{name} @> "), ""),
            Database::MariaDb => (format!("JSON_CONTAINS({name}, "), ")"),
        };
        (item, before, after)
    } else {
        (rust.column(&column.kind), String::new(), "")
    };
    let json = matches!(column.kind, ColumnKind::Json(_));
    let text = item == "String";
    let word = json || matches!(column.kind, ColumnKind::Enum(_));
    let bind = match (json && database != Database::Sqlite, text) {
        (true, true) => "Json(value.clone())",
        (true, false) => "Json(*value)",
        (false, true) => "value.clone()",
        (false, false) if word => "value.as_str()",
        (false, false) => "*value",
    };
    let (start, between, end) = match json {
        true => ("(".to_owned(), " OR ", ")"),
        false => (format!("{name} IN ("), ", ", ")"),
    };
    json!({
        "name": column.ident.plain(),
        "many": true,
        "ident": filter_name(column, wanted),
        "type": format!("Vec<{item}>"),
        "start": escaped(&start),
        "between": between,
        "end": end,
        "before": escaped(&before),
        "after": after,
        "bind": bind,
    })
}
