//! The history of another tool, which is only read.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::introspect::Connection;
use sqlx::AssertSqlSafe;

use super::{Entry, Source, Tool};
use crate::migration::history;
use crate::sql::quoted;

/// What the tool has applied; none where it never ran on this database.
///
/// # Errors
/// When the table is not the tool's, or says that a migration failed half way.
pub(crate) async fn read(
    connection: &mut Connection,
    tool: Tool,
    table: &str,
    sources: &[Source],
) -> anyhow::Result<Option<Vec<Entry>>> {
    let dialect = connection.dialect();
    let name: Vec<String> = table.split('.').map(|part| quoted(part, dialect)).collect();
    let name = name.join(".");
    let known_as = match dialect {
        Dialect::Postgres => name.as_str(),
        Dialect::MySql | Dialect::Sqlite => table,
    };
    if !history::exists(connection, known_as).await? {
        return Ok(None);
    }
    let read = match tool {
        Tool::Refinery | Tool::Diesel | Tool::SeaOrm | Tool::Dbmate | Tool::Supabase => {
            versions(connection, &name).await
        }
        Tool::GolangMigrate => golang(connection, &name, sources).await,
        Tool::Prisma => prisma(connection, &name).await,
    };
    let read = read.hint(
        format!("`{table}` is not the history of {tool}"),
        "name the tool with --from, and its table with --table",
    )?;
    match read {
        Read::Applied(entries) => Ok(Some(entries)),
        Read::HalfWay(what) => Err(failure(
            format!("{tool} says that migration {what} failed half way"),
            "bring it to an end by that tool first, and tell it so",
        )),
    }
}

enum Read {
    Applied(Vec<Entry>),
    /// This one failed and has been neither repaired nor undone.
    HalfWay(String),
}

async fn versions(connection: &mut Connection, name: &str) -> sqlx::Result<Read> {
    let select = format!(
        "SELECT {} FROM {name}",
        as_text(connection.dialect(), "version")
    );
    let entry = |key| Entry {
        key,
        checksum: None,
    };
    let keys = texts(connection, &select).await?;
    Ok(Read::Applied(keys.into_iter().map(entry).collect()))
}

/// One row with the version that was reached, and whether it failed: all up to it are applied.
async fn golang(connection: &mut Connection, name: &str, sources: &[Source]) -> sqlx::Result<Read> {
    let version = as_text(connection.dialect(), "version");
    let failed = format!("SELECT {version} FROM {name} WHERE dirty");
    if let Some(version) = texts(connection, &failed).await?.pop() {
        return Ok(Read::HalfWay(version));
    }
    let reached = texts(connection, &format!("SELECT {version} FROM {name}")).await?;
    let Some(reached) = reached.first() else {
        return Ok(Read::Applied(Vec::new()));
    };
    let last: i64 = reached.parse().unwrap_or(-1);
    let mut keys: Vec<String> = sources
        .iter()
        .filter(|source| source.version.0 <= last)
        .map(|source| source.key.clone())
        .collect();
    if last >= 0 && !keys.contains(reached) {
        keys.push(reached.clone());
    }
    let entry = |key| Entry {
        key,
        checksum: None,
    };
    Ok(Read::Applied(keys.into_iter().map(entry).collect()))
}

async fn prisma(connection: &mut Connection, name: &str) -> sqlx::Result<Read> {
    let failed = format!(
        "SELECT {} FROM {name} WHERE finished_at IS NULL AND rolled_back_at IS NULL",
        as_text(connection.dialect(), "migration_name")
    );
    if let Some(failed) = texts(connection, &failed).await?.pop() {
        return Ok(Read::HalfWay(failed));
    }
    let both = match connection.dialect() {
        Dialect::MySql => "CONCAT(migration_name, ' ', checksum)",
        Dialect::Postgres | Dialect::Sqlite => "migration_name || ' ' || checksum",
    };
    let applied = format!(
        "SELECT {} FROM {name} WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL",
        as_text(connection.dialect(), both)
    );
    let entry = |row: String| {
        let (key, checksum) = row.rsplit_once(' ').unwrap_or((&row, ""));
        Entry {
            key: key.to_owned(),
            checksum: Some(checksum.to_owned()),
        }
    };
    let rows = texts(connection, &applied).await?;
    Ok(Read::Applied(rows.into_iter().map(entry).collect()))
}

fn as_text(dialect: Dialect, column: &str) -> String {
    match dialect {
        Dialect::MySql => format!("CAST({column} AS CHAR)"),
        Dialect::Postgres | Dialect::Sqlite => format!("CAST({column} AS text)"),
    }
}

/// The first column of all rows, as text.
async fn texts(connection: &mut Connection, select: &str) -> sqlx::Result<Vec<String>> {
    let select = AssertSqlSafe(select.to_owned());
    match connection {
        Connection::Postgres(c) => sqlx::query_scalar(select).fetch_all(c).await,
        Connection::MySql(c) => sqlx::query_scalar(select).fetch_all(c).await,
        Connection::Sqlite(c) => sqlx::query_scalar(select).fetch_all(c).await,
    }
}
