//! Live databases to [`Schema`]: a fixed number of set-based catalogue queries an engine, so that
//! round trips do not grow with the count of tables.

mod connection;
mod mysql;
mod postgres;
mod sqlite;

pub use connection::{Access, Connection, connect};

use crate::schema::Schema;

/// The history table of `sqlx migrate` and of ours; bookkeeping, no part of a schema.
pub const HISTORY_TABLE: &str = "_sqlx_migrations";

/// How the names of all further tables begin that this tool keeps for itself.
pub const OWN_TABLES: &str = "_backend_db_";

/// Whether a table is bookkeeping of migrations: no part of a schema.
#[must_use]
pub fn is_bookkeeping(table: &str) -> bool {
    table == HISTORY_TABLE || table.starts_with(OWN_TABLES)
}

/// Reads the whole schema.
///
/// # Errors
/// When a catalogue query fails.
pub async fn schema(connection: &mut Connection) -> anyhow::Result<Schema> {
    match connection {
        Connection::Postgres(postgres) => postgres::schema(postgres).await,
        Connection::MySql(mysql) => mysql::schema(mysql).await,
        Connection::Sqlite(sqlite) => sqlite::schema(sqlite).await,
    }
}

/// Reads the whole schema within the transaction that is open on this connection, as that transaction
/// sees it; [`schema`] would end it on PostgreSQL.
///
/// # Errors
/// When a catalogue query fails; the transaction is of no use then.
pub async fn schema_in_transaction(connection: &mut Connection) -> anyhow::Result<Schema> {
    match connection {
        Connection::Postgres(postgres) => postgres::schema_in_transaction(postgres).await,
        Connection::MySql(_) | Connection::Sqlite(_) => schema(connection).await,
    }
}
