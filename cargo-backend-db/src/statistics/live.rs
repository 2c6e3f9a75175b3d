//! Asks the server.

use cargo_backend_shared::introspect::Connection;

use super::{Statistics, mysql, postgres, sqlite};

/// Reads the facts of all tables.
pub(crate) async fn read(connection: &mut Connection) -> anyhow::Result<Statistics> {
    match connection {
        Connection::Postgres(connection) => postgres::read(connection).await,
        Connection::MySql(connection) => mysql::read(connection).await,
        Connection::Sqlite(connection) => sqlite::read(connection).await,
    }
}
