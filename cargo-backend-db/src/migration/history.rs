//! The table that remembers what was applied: sqlx's own (`_sqlx_migrations`), so that
//! `sqlx migrate` and a service that migrates at its start see the same history.

use std::time::Duration;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::introspect::{Connection, HISTORY_TABLE};
use sqlx::{AssertSqlSafe, Row as _};

use super::{Applied, Checksum, Migration, Version, record};

/// Runs a query on any engine.
macro_rules! execute {
    ($connection:expr, $sql:expr $(, $bind:expr)*) => {
        match $connection {
            Connection::MySql(c) => {
                sqlx::query(AssertSqlSafe(question_marks(&$sql)))$(.bind($bind))*.execute(&mut *c).await?.rows_affected()
            }
            Connection::Postgres(c) => {
                sqlx::query(AssertSqlSafe($sql))$(.bind($bind))*.execute(&mut *c).await?.rows_affected()
            }
            Connection::Sqlite(c) => {
                sqlx::query(AssertSqlSafe($sql))$(.bind($bind))*.execute(&mut *c).await?.rows_affected()
            }
        }
    };
}

pub(super) use execute;

/// MySQL knows only `?`; our parameters stand in the order of their numbers.
pub(super) fn question_marks(sql: &str) -> String {
    (1..=6).fold(sql.to_owned(), |sql, n| sql.replace(&format!("${n}"), "?"))
}

/// Makes the tables where they are missing; a user who may not make tables needs them to be there.
/// Call it with the lock held: two sessions that make one at once fail on PostgreSQL.
pub(crate) async fn ensure(connection: &mut Connection) -> anyhow::Result<()> {
    if !exists(connection, HISTORY_TABLE).await? {
        create(connection).await?;
    }
    if !exists(connection, record::TABLE).await? {
        record::ensure(connection).await?;
    }
    Ok(())
}

async fn create(connection: &mut Connection) -> sqlx::Result<()> {
    let (time, now, bytes) = match connection {
        Connection::Postgres(_) => ("TIMESTAMPTZ", "now()", "BYTEA"),
        Connection::MySql(_) | Connection::Sqlite(_) => ("TIMESTAMP", "CURRENT_TIMESTAMP", "BLOB"),
    };
    let create = format!(
        "CREATE TABLE IF NOT EXISTS {HISTORY_TABLE} (
            version BIGINT PRIMARY KEY,
            description TEXT NOT NULL,
            installed_on {time} NOT NULL DEFAULT {now},
            success BOOLEAN NOT NULL,
            checksum {bytes} NOT NULL,
            execution_time BIGINT NOT NULL
        )"
    );
    execute!(connection, create);
    Ok(())
}

/// The history in the order of versions; empty where there is no table yet.
pub(crate) async fn read(connection: &mut Connection) -> anyhow::Result<Vec<Applied>> {
    let select = format!(
        "SELECT version, description, success, checksum FROM {HISTORY_TABLE} ORDER BY version"
    );
    if !exists(connection, HISTORY_TABLE).await? {
        return Ok(Vec::new());
    }
    macro_rules! rows {
        ($connection:expr) => {{
            sqlx::query(AssertSqlSafe(select))
                .fetch_all(&mut *$connection)
                .await?
                .iter()
                .map(|row| {
                    Ok(Applied {
                        version: Version(row.try_get("version")?),
                        description: row.try_get("description")?,
                        success: row.try_get("success")?,
                        checksum: Checksum(row.try_get("checksum")?),
                        edit: None,
                    })
                })
                .collect()
        }};
    }
    match connection {
        Connection::Postgres(c) => rows!(c),
        Connection::MySql(c) => rows!(c),
        Connection::Sqlite(c) => rows!(c),
    }
}

/// Whether a migration is in the history, and whether it was finished.
///
/// # Errors
/// When the server is gone.
pub(crate) async fn entered(
    connection: &mut Connection,
    version: Version,
) -> sqlx::Result<Option<bool>> {
    let select = format!("SELECT success FROM {HISTORY_TABLE} WHERE version = $1");
    macro_rules! ask {
        ($connection:expr, $sql:expr) => {
            sqlx::query_scalar(AssertSqlSafe($sql))
                .bind(version.0)
                .fetch_optional(&mut *$connection)
                .await
        };
    }
    match connection {
        Connection::Postgres(c) => ask!(c, select),
        Connection::MySql(c) => ask!(c, question_marks(&select)),
        Connection::Sqlite(c) => ask!(c, select),
    }
}

/// Whether a table is there, where statements without a schema would find it.
pub(crate) async fn exists(connection: &mut Connection, table: &str) -> sqlx::Result<bool> {
    macro_rules! ask {
        ($connection:expr, $sql:expr) => {
            sqlx::query_scalar($sql)
                .bind(table)
                .fetch_one(&mut *$connection)
                .await
        };
    }
    match connection {
        Connection::Postgres(c) => ask!(c, "SELECT to_regclass($1) IS NOT NULL"),
        Connection::MySql(c) => ask!(
            c,
            "SELECT EXISTS (SELECT 1 FROM information_schema.tables
                            WHERE table_schema = DATABASE() AND table_name = ?)"
        ),
        Connection::Sqlite(c) => ask!(
            c,
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1)"
        ),
    }
}

/// Enters a migration: how long it took, or none while one without a transaction begins.
///
/// # Errors
/// When it is in the history already, or the server is gone.
pub(crate) async fn insert(
    connection: &mut Connection,
    migration: &Migration,
    took: Option<Duration>,
) -> anyhow::Result<()> {
    let insert = format!(
        "INSERT INTO {HISTORY_TABLE} (version, description, success, checksum, execution_time)
         VALUES ($1, $2, $3, $4, $5)"
    );
    execute!(
        connection,
        insert,
        migration.version.0,
        migration.description.clone(),
        took.is_some(),
        migration.up.checksum().0,
        took.map_or(-1, nanoseconds)
    );
    record::keep(connection, migration).await?;
    Ok(())
}

/// What [`insert`] does for a migration that is done, as statements that PostgreSQL takes in one message with
/// a COMMIT behind them.
pub(crate) fn insertion(migration: &Migration, took: Duration) -> String {
    let row = record::Row::of(migration, Dialect::Postgres);
    let version = migration.version.to_string();
    let bytes = |checksum: &Checksum| format!("decode('{checksum:x}', 'hex')");
    // Whatever a file set `standard_conforming_strings` to.
    let text = |text: &str| format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"));
    let kept = record::insert(
        Dialect::Postgres,
        [
            &version,
            &bytes(&row.checksum),
            &bytes(&row.form),
            &row.text.map_or_else(|| "NULL".to_owned(), text),
            &text(record::TOOL),
        ],
    );
    format!(
        "INSERT INTO {HISTORY_TABLE} (version, description, success, checksum, execution_time)
         VALUES ({version}, {}, TRUE, {}, {}); {kept}",
        text(&migration.description),
        bytes(&row.checksum),
        nanoseconds(took)
    )
}

/// As sqlx counts.
fn nanoseconds(took: Duration) -> i64 {
    i64::try_from(took.as_nanos()).unwrap_or(i64::MAX)
}

/// Says that the text of a file is what was applied, as it is now.
///
/// # Errors
/// When the server is gone.
pub(crate) async fn accept(
    connection: &mut Connection,
    migration: &Migration,
) -> anyhow::Result<()> {
    let update = format!("UPDATE {HISTORY_TABLE} SET checksum = $1 WHERE version = $2");
    execute!(
        connection,
        update,
        migration.up.checksum().0,
        migration.version.0
    );
    record::keep(connection, migration).await?;
    Ok(())
}

/// How far a migration that runs outside a transaction has come. It stands in the column in which sqlx
/// keeps the time that a finished one took: -1 at the beginning, -2 one mark further.
pub(crate) async fn marks(connection: &mut Connection, version: Version) -> sqlx::Result<usize> {
    let select = format!("SELECT execution_time FROM {HISTORY_TABLE} WHERE version = $1");
    macro_rules! time {
        ($connection:expr, $sql:expr) => {
            sqlx::query_scalar(AssertSqlSafe($sql))
                .bind(version.0)
                .fetch_one(&mut *$connection)
                .await?
        };
    }
    let time: i64 = match connection {
        Connection::MySql(c) => time!(c, question_marks(&select)),
        Connection::Postgres(c) => time!(c, select),
        Connection::Sqlite(c) => time!(c, select),
    };
    Ok(usize::try_from(-1 - time).unwrap_or(0))
}

/// Writes down how far it has come, as [`marks`] reads it.
pub(crate) async fn mark(
    connection: &mut Connection,
    version: Version,
    marks: usize,
) -> sqlx::Result<()> {
    let update = format!("UPDATE {HISTORY_TABLE} SET execution_time = $1 WHERE version = $2");
    let time = -1 - i64::try_from(marks).unwrap_or(0);
    execute!(connection, update, time, version.0);
    Ok(())
}

/// Says that a migration that ran outside a transaction is done, and how long it took.
pub(crate) async fn finish(
    connection: &mut Connection,
    version: Version,
    took: Duration,
) -> anyhow::Result<()> {
    let update = format!(
        "UPDATE {HISTORY_TABLE} SET success = TRUE, execution_time = $1 WHERE version = $2"
    );
    execute!(connection, update, nanoseconds(took), version.0);
    Ok(())
}

/// Forgets a migration that was undone; false when somebody else did already.
pub(crate) async fn delete(connection: &mut Connection, version: Version) -> anyhow::Result<bool> {
    record::forget(connection, version).await?;
    let delete = format!("DELETE FROM {HISTORY_TABLE} WHERE version = $1");
    Ok(execute!(connection, delete, version.0) == 1)
}
