//! A schema as the statements that make it, in an order in which they run on an empty database.

pub(crate) mod mysql;
pub(crate) mod order;
pub(crate) mod postgres;
mod sqlite;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;

/// The statements, without their semicolons.
pub(crate) fn statements(schema: &Schema) -> Vec<String> {
    match schema.dialect {
        Dialect::Postgres => postgres::statements(schema),
        Dialect::MySql => mysql::statements(schema),
        Dialect::Sqlite => sqlite::statements(schema),
    }
}

/// The part of a schema that its statements make. What a failed build left behind cannot be made
/// on purpose, and what the server does not show cannot be printed; both are reported.
pub(crate) fn printable(mut schema: Schema) -> Schema {
    let mut left = std::mem::take(&mut schema.unsupported);
    for (name, table) in &mut schema.tables {
        table.indexes.retain(|index, definition| {
            if !definition.valid {
                left.push(format!("index {index} on {name}: it is invalid"));
            }
            definition.valid
        });
    }
    schema.unsupported = left;
    schema
}

/// A text in quotes, as every engine reads it.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
