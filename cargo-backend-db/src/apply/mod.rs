//! Runs migrations against a database, one runner at a time.
//!
//! PostgreSQL: a session-level advisory lock under the number that `sqlx migrate` uses, taken by
//! polling `pg_try_advisory_lock`: a session that blocks in `pg_advisory_lock` holds a snapshot, and
//! CREATE INDEX CONCURRENTLY would wait for it until the server calls it a deadlock.
//! MySQL and MariaDB: `GET_LOCK` under sqlx's name, polled too. Their DDL commits by itself, so a
//! migration never runs in a transaction there, and one that fails is remembered as half done.
//! SQLite: `BEGIN IMMEDIATE` around each migration, and the history is read again inside it.

mod autocommit;
pub(crate) mod fault;
mod lock;
mod patience;
pub(crate) mod rows;
mod statements;

use std::time::{Duration, Instant};

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::error::Hint as _;
use cargo_backend_shared::introspect::Connection;
use sqlx::{AssertSqlSafe, Executor as _};

use fault::Before;
pub(crate) use lock::{lock, take};
pub(crate) use patience::Runner;
pub(crate) use statements::is_alone;

use crate::migration::history;
use crate::migration::{Migration, Script, Version};

const ROLLED_BACK: &str = "nothing was changed: the transaction was rolled back";
const GOES_ON: &str = "what came before it is done: when the cause is gone, `cargo backend-db migrate` goes on with it, and `cargo backend-db rollback` undoes it all by the down file";
const HALF_DONE: &str = "it ran outside a transaction: what came before the failing statement is done; `cargo backend-db rollback` undoes it by the down file";

/// Whether a script runs in a transaction of ours.
pub(crate) fn is_transactional(dialect: Dialect, script: &Script) -> bool {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => !script.no_transaction(),
        Dialect::MySql => false,
    }
}

/// Which way a script goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// Applies one migration and enters it in the history; false when another runner did meanwhile.
///
/// # Errors
/// When the SQL fails. Inside a transaction nothing has happened then; outside one, the history
/// says that it failed half way.
pub(crate) async fn up(
    connection: &mut Connection,
    migration: &Migration,
    runner: &Runner<'_>,
) -> anyhow::Result<bool> {
    run(connection, migration, &migration.up, Way::Up, runner).await
}

/// Undoes one migration and forgets it; false when another runner did meanwhile.
///
/// # Errors
/// When the SQL fails; what holds for [`up`] holds here.
pub(crate) async fn down(
    connection: &mut Connection,
    migration: &Migration,
    script: &Script,
    runner: &Runner<'_>,
) -> anyhow::Result<bool> {
    run(connection, migration, script, Way::Down, runner).await
}

/// Runs a script; what the server refuses is told with its place.
async fn run(
    connection: &mut Connection,
    migration: &Migration,
    script: &Script,
    way: Way,
    runner: &Runner<'_>,
) -> anyhow::Result<bool> {
    let ran = patiently(connection, migration, script, way, runner).await;
    ran.map_err(|fault| fault::told(fault, None))
}

/// Tries again where only a lock was in the way: the whole of a transaction, or the one statement that a
/// script without a transaction came to.
async fn patiently(
    connection: &mut Connection,
    migration: &Migration,
    script: &Script,
    way: Way,
    runner: &Runner<'_>,
) -> anyhow::Result<bool> {
    if !is_transactional(connection.dialect(), script) {
        return without_transaction(connection, migration, script, way, runner).await;
    }
    let attempt = async |_| once(connection, migration, script, way, runner.lock_timeout).await;
    patience::patiently(runner, &script.file, attempt).await
}

async fn once(
    connection: &mut Connection,
    migration: &Migration,
    script: &Script,
    way: Way,
    lock_timeout: Duration,
) -> anyhow::Result<bool> {
    let done = match connection.dialect() {
        Dialect::Sqlite => {
            statement(connection, "BEGIN IMMEDIATE".to_owned()).await?;
            within_transaction(connection, migration, script, way, Before::default()).await
        }
        Dialect::Postgres | Dialect::MySql => {
            let timeout = lock_timeout.as_millis();
            let begin = format!("BEGIN; SET LOCAL lock_timeout = {timeout};\n");
            let begin = Before {
                text: &begin,
                count: 2,
            };
            within_transaction(connection, migration, script, way, begin).await
        }
    };
    if let Ok(Some(end)) = &done {
        let ended = statement(connection, end.clone()).await;
        if ended.is_err() {
            // What failed says more than a ROLLBACK that fails after it.
            drop(statement(connection, "ROLLBACK".to_owned()).await);
        }
        let doing = format!("`{}` failed at the end of its transaction", script.file);
        return ended.hint(doing, ROLLED_BACK).map(|()| true);
    }
    let undone = statement(connection, "ROLLBACK".to_owned()).await;
    // The failure of the script says more than that of the ROLLBACK after it.
    done?;
    undone?;
    Ok(false)
}

async fn without_transaction(
    connection: &mut Connection,
    migration: &Migration,
    script: &Script,
    way: Way,
    runner: &Runner<'_>,
) -> anyhow::Result<bool> {
    let started = Instant::now();
    let entered = history::entered(connection, migration.version).await?;
    match (way, entered) {
        (Way::Up, Some(true)) | (Way::Down, None) => return Ok(false),
        (Way::Up, None) if connection.dialect() != Dialect::Sqlite => {
            history::insert(connection, migration, None).await?;
        }
        // What was begun goes on.
        (Way::Up, Some(false) | None) | (Way::Down, Some(_)) => {}
    }
    match connection {
        Connection::Postgres(_) => {
            let version = (way == Way::Up).then_some(migration.version);
            statements::run(connection, script, version, runner).await?;
        }
        Connection::MySql(_) => {
            let version = (way == Way::Up).then_some(migration.version);
            autocommit::run(connection, script, version, runner).await?;
        }
        Connection::Sqlite(_) => return own_transaction(connection, migration, script, way).await,
    }
    match way {
        Way::Up => history::finish(connection, migration.version, started.elapsed()).await?,
        Way::Down => {
            history::delete(connection, migration.version).await?;
        }
    }
    Ok(true)
}

/// A script of SQLite that brings its own transaction, as a table that is built anew needs it: the
/// history is written within that one, so that a run that is killed has done all of it or nothing.
async fn own_transaction(
    connection: &mut Connection,
    migration: &Migration,
    script: &Script,
    way: Way,
) -> anyhow::Result<bool> {
    let whole = script.sql().len();
    let commit = script.sql().rfind("\nCOMMIT;").map(|place| place + 1);
    let commit = commit.unwrap_or(whole);
    let started = Instant::now();
    let ran = async {
        fault::run(connection, script, 0..commit, HALF_DONE).await?;
        match way {
            Way::Up => history::insert(connection, migration, Some(started.elapsed())).await?,
            Way::Down => {
                history::delete(connection, migration.version).await?;
            }
        }
        fault::run(connection, script, commit..whole, HALF_DONE).await
    };
    let ran = ran.await;
    if let Err(fault) = ran {
        let undone = statement(connection, "ROLLBACK".to_owned()).await.is_ok();
        let left = if undone { ROLLED_BACK } else { HALF_DONE };
        return Err(fault::leaving(fault, left));
    }
    Ok(true)
}

/// Runs a script within the transaction that is open, or that is opened by `begin`; what ends it, unless
/// another runner was faster.
async fn within_transaction(
    connection: &mut Connection,
    migration: &Migration,
    script: &Script,
    way: Way,
    begin: Before<'_>,
) -> anyhow::Result<Option<String>> {
    // Where there is a server, nobody else has the lock under which the history was read.
    if connection.dialect() == Dialect::Sqlite && is_done(connection, migration, way).await? {
        return Ok(None);
    }
    let started = Instant::now();
    let whole = 0..script.sql().len();
    fault::run_after(connection, begin, script, whole, ROLLED_BACK).await?;
    let took = started.elapsed();
    match (way, connection.dialect()) {
        // With the COMMIT in one message: there are as many of them as migrations.
        (Way::Up, Dialect::Postgres) => {
            let entered = history::insertion(migration, took);
            return Ok(Some(format!("{entered}; COMMIT")));
        }
        (Way::Up, Dialect::MySql | Dialect::Sqlite) => {
            history::insert(connection, migration, Some(took)).await?;
        }
        (Way::Down, _) => {
            history::delete(connection, migration.version).await?;
        }
    }
    Ok(Some("COMMIT".to_owned()))
}

/// Whether another runner was faster, between reading the history and getting here.
async fn is_done(
    connection: &mut Connection,
    migration: &Migration,
    way: Way,
) -> anyhow::Result<bool> {
    let entered = history::entered(connection, migration.version).await?;
    Ok(entered.is_some() == (way == Way::Up))
}

/// Enters migrations in the history that another tool has applied: all of them, or none.
///
/// # Errors
/// When the server is gone.
pub(crate) async fn enter(
    connection: &mut Connection,
    migrations: &[&Migration],
) -> anyhow::Result<()> {
    history::ensure(connection).await?;
    statement(connection, "BEGIN".to_owned()).await?;
    for migration in migrations {
        history::insert(connection, migration, Some(Duration::ZERO)).await?;
    }
    Ok(statement(connection, "COMMIT".to_owned()).await?)
}

/// How many statements of a migration are done that a run outside a transaction began.
///
/// # Errors
/// When the server is gone.
pub(crate) async fn done(connection: &mut Connection, version: Version) -> sqlx::Result<usize> {
    let marks = history::marks(connection, version).await?;
    Ok(match connection.dialect() {
        // One for its beginning, one for its end.
        Dialect::MySql => marks / 2,
        Dialect::Postgres | Dialect::Sqlite => marks,
    })
}

/// How far a migration forward has come; on the way back nothing is counted.
async fn marks(connection: &mut Connection, version: Option<Version>) -> sqlx::Result<usize> {
    match version {
        Some(version) => history::marks(connection, version).await,
        None => Ok(0),
    }
}

async fn mark(
    connection: &mut Connection,
    version: Option<Version>,
    marks: usize,
) -> sqlx::Result<()> {
    match version {
        Some(version) => history::mark(connection, version, marks).await,
        None => Ok(()),
    }
}

/// Runs a statement and counts it, both or neither.
async fn counted(
    connection: &mut Connection,
    text: &str,
    version: Option<Version>,
    marks: usize,
) -> sqlx::Result<()> {
    statement(connection, "BEGIN".to_owned()).await?;
    let ran = async {
        statement(connection, text.to_owned()).await?;
        mark(connection, version, marks).await
    };
    let ran = ran.await;
    if let Err(fault) = ran {
        // What failed says more than a ROLLBACK that fails after it.
        drop(statement(connection, "ROLLBACK".to_owned()).await);
        return Err(fault);
    }
    statement(connection, "COMMIT".to_owned()).await
}

/// Which of the statements of a script failed.
fn failed(script: &Script, place: usize, count: usize) -> String {
    match count {
        1 => format!("`{}` failed", script.file),
        _ => format!(
            "`{}` failed at statement {} of {count}",
            script.file,
            place + 1
        ),
    }
}

/// Runs a statement of ours.
///
/// # Errors
/// When the server refuses it.
pub(crate) async fn statement(connection: &mut Connection, sql: String) -> sqlx::Result<()> {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql));
    match connection {
        Connection::Postgres(postgres) => postgres.execute(sql).await.map(|_| ()),
        Connection::MySql(mysql) => mysql.execute(sql).await.map(|_| ()),
        Connection::Sqlite(sqlite) => sqlite.execute(sql).await.map(|_| ()),
    }
}
