//! Runs migrations against a database, one runner at a time.
//!
//! PostgreSQL: a session-level advisory lock under the number that `sqlx migrate` uses, taken by
//! polling `pg_try_advisory_lock`: a session that blocks in `pg_advisory_lock` holds a snapshot, and
//! CREATE INDEX CONCURRENTLY would wait for it until the server calls it a deadlock.
//! MySQL and MariaDB: `GET_LOCK` under sqlx's name, polled too. Their DDL commits by itself, so a
//! migration never runs in a transaction there, and one that fails is remembered as half done.
//! SQLite: `BEGIN IMMEDIATE` around each migration, and the history is read again inside it.

mod autocommit;
mod patience;
mod statements;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::error::{Hint as _, failure};
use cargo_backend_shared::introspect::Connection;
use cargo_backend_shared::terminal::Terminal;
use sqlx::{AssertSqlSafe, Executor as _};

pub(crate) use patience::Runner;
use patience::{ATTEMPTS, Blocker};

use crate::migration::history;
use crate::migration::{Migration, Script, Version};

/// How long to wait for another runner before giving up.
const LOCK_PATIENCE: Duration = Duration::from_secs(60);
const ROLLED_BACK: &str = "nothing was changed: the transaction was rolled back";
const GOES_ON: &str = "what came before it is done: when the cause is gone, `cargo backend-db migrate` goes on with it, and `cargo backend-db rollback` undoes it all by the down file";
const HALF_DONE: &str = "it ran outside a transaction: what came before the failing statement is done; `cargo backend-db rollback` undoes it by the down file";
const LOCK_POLL: Duration = Duration::from_millis(200);

/// Takes the lock, then makes the history table if it is missing.
///
/// # Errors
/// When another runner holds it for a minute.
pub(crate) async fn lock(connection: &mut Connection, terminal: &Terminal) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut told = false;
    while !try_lock(connection).await? {
        if started.elapsed() > LOCK_PATIENCE {
            return Err(failure(
                format!(
                    "another migration of this database has been running for {} s",
                    LOCK_PATIENCE.as_secs()
                ),
                "wait for it, or look for it among the server's sessions",
            ));
        }
        if !told {
            terminal.status("Waiting", "for another migration of this database");
            told = true;
        }
        tokio::time::sleep(LOCK_POLL).await;
    }
    history::ensure(connection)
        .await
        .context("cannot make the history table")
}

/// Takes the lock if nobody has it. SQLite locks for each migration instead.
async fn try_lock(connection: &mut Connection) -> anyhow::Result<bool> {
    match connection {
        Connection::Postgres(postgres) => {
            let name: String = sqlx::query_scalar("SELECT current_database()")
                .fetch_one(&mut *postgres)
                .await?;
            let lock = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)");
            Ok(lock.bind(lock_number(&name)).fetch_one(postgres).await?)
        }
        Connection::MySql(mysql) => {
            let name: String = sqlx::query_scalar("SELECT DATABASE()")
                .fetch_one(&mut *mysql)
                .await
                .context("the URL names no database")?;
            let lock: Option<i64> = sqlx::query_scalar("SELECT GET_LOCK(?, 0)")
                .bind(format!("{:x}", lock_number(&name)))
                .fetch_one(mysql)
                .await?;
            Ok(lock == Some(1))
        }
        Connection::Sqlite(_) => Ok(true),
    }
}

/// The number under which `sqlx migrate` locks a database (sqlx-postgres, `generate_lock_id`).
fn lock_number(database: &str) -> i64 {
    const CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
    0x3d32_ad9e * i64::from(CRC.checksum(database.as_bytes()))
}

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
    let started = Instant::now();
    let done = run(connection, migration, &migration.up, Way::Up, runner).await?;
    if done {
        history::finish(connection, migration.version, started.elapsed()).await?;
    }
    Ok(done)
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

/// Tries again where only a lock was in the way.
async fn run(
    connection: &mut Connection,
    migration: &Migration,
    script: &Script,
    way: Way,
    runner: &Runner<'_>,
) -> anyhow::Result<bool> {
    let pid = match connection {
        Connection::Postgres(postgres) => patience::pid(postgres).await?,
        Connection::MySql(_) | Connection::Sqlite(_) => {
            return once(connection, migration, script, way, runner.lock_timeout).await;
        }
    };
    let mut attempt = 1;
    loop {
        let mut blocker = Blocker::default();
        let tried = once(connection, migration, script, way, runner.lock_timeout);
        let ended = tokio::select! {
            ended = tried => ended,
            () = blocker.watch(runner, pid) => Ok(false),
        };
        let fault = match ended {
            Err(fault) if patience::is_worth_another_try(&fault) => fault,
            ended => return ended,
        };
        let who = blocker.0.unwrap_or_else(|| "another session".to_owned());
        if attempt == ATTEMPTS {
            let told = format!("{who} holds the lock that it needs, after {attempt} attempts");
            return Err(fault.context(told));
        }
        let pause = patience::pause(attempt, runner.lock_timeout);
        runner.terminal.status(
            "Waiting",
            &format!(
                "`{}` for {who}; again in {:.1} s ({attempt} of {ATTEMPTS})",
                script.file,
                pause.as_secs_f64()
            ),
        );
        tokio::time::sleep(pause).await;
        attempt += 1;
    }
}

async fn once(
    connection: &mut Connection,
    migration: &Migration,
    script: &Script,
    way: Way,
    lock_timeout: Duration,
) -> anyhow::Result<bool> {
    let milliseconds = lock_timeout.as_millis();
    if !is_transactional(connection.dialect(), script) {
        return without_transaction(connection, migration, script, way, lock_timeout).await;
    }
    let begin = match connection.dialect() {
        Dialect::Sqlite => "BEGIN IMMEDIATE",
        Dialect::Postgres | Dialect::MySql => "BEGIN",
    };
    statement(connection, begin.to_owned()).await?;
    let done = within_transaction(connection, migration, script, way, milliseconds).await;
    let end = if matches!(done, Ok(true)) {
        "COMMIT"
    } else {
        "ROLLBACK"
    };
    let ended = statement(connection, end.to_owned()).await;
    // The failure of the script says more than that of the ROLLBACK after it.
    let done = done?;
    ended?;
    Ok(done)
}

async fn without_transaction(
    connection: &mut Connection,
    migration: &Migration,
    script: &Script,
    way: Way,
    lock_timeout: Duration,
) -> anyhow::Result<bool> {
    let entered = entered(connection, migration).await?;
    match (way, entered) {
        (Way::Up, Some(true)) | (Way::Down, None) => return Ok(false),
        (Way::Up, None) if connection.dialect() != Dialect::Sqlite => {
            history::insert(connection, migration, false).await?;
        }
        // What was begun goes on.
        (Way::Up, Some(false) | None) | (Way::Down, Some(_)) => {}
    }
    match connection {
        Connection::Postgres(_) => {
            let version = (way == Way::Up).then_some(migration.version);
            statements::run(connection, script, version, lock_timeout).await?;
        }
        Connection::MySql(_) => {
            let version = (way == Way::Up).then_some(migration.version);
            autocommit::run(connection, script, version).await?;
        }
        Connection::Sqlite(_) => return own_transaction(connection, migration, script, way).await,
    }
    if way == Way::Down {
        history::delete(connection, migration.version).await?;
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
    let commit = script.text.rfind("\nCOMMIT;").map(|place| place + 1);
    let (before, after) = script.text.split_at(commit.unwrap_or(script.text.len()));
    let ran = async {
        statement(connection, before.to_owned()).await?;
        match way {
            Way::Up => history::insert(connection, migration, true).await?,
            Way::Down => {
                history::delete(connection, migration.version).await?;
            }
        }
        anyhow::Ok(statement(connection, after.to_owned()).await?)
    };
    if let Err(fault) = ran.await {
        let undone = statement(connection, "ROLLBACK".to_owned()).await.is_ok();
        let left = if undone { ROLLED_BACK } else { HALF_DONE };
        return Err(fault).hint(format!("`{}` failed", script.file), left);
    }
    Ok(true)
}

async fn within_transaction(
    connection: &mut Connection,
    migration: &Migration,
    script: &Script,
    way: Way,
    milliseconds: u128,
) -> anyhow::Result<bool> {
    if let Connection::Postgres(_) = connection {
        statement(
            connection,
            format!("SET LOCAL lock_timeout = {milliseconds}"),
        )
        .await?;
    }
    if is_done(connection, migration, way).await? {
        return Ok(false);
    }
    statement(connection, script.text.clone())
        .await
        .hint(format!("`{}` failed", script.file), ROLLED_BACK)?;
    match way {
        Way::Up => history::insert(connection, migration, true).await?,
        Way::Down => {
            history::delete(connection, migration.version).await?;
        }
    }
    Ok(true)
}

/// Whether another runner was faster, between reading the history and getting here.
async fn is_done(
    connection: &mut Connection,
    migration: &Migration,
    way: Way,
) -> anyhow::Result<bool> {
    let entered = entered(connection, migration).await?.is_some();
    Ok(entered == (way == Way::Up))
}

/// Whether a migration is in the history, and whether it was finished.
async fn entered(
    connection: &mut Connection,
    migration: &Migration,
) -> anyhow::Result<Option<bool>> {
    let history = history::read(connection).await?;
    let mut history = history.iter();
    let own = history.find(|applied| applied.version == migration.version);
    Ok(own.map(|applied| applied.success))
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

async fn statement(connection: &mut Connection, sql: String) -> sqlx::Result<()> {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql));
    match connection {
        Connection::Postgres(postgres) => postgres.execute(sql).await.map(|_| ()),
        Connection::MySql(mysql) => mysql.execute(sql).await.map(|_| ()),
        Connection::Sqlite(sqlite) => sqlite.execute(sql).await.map(|_| ()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_number_is_that_of_sqlx() {
        // crc32("shop") = 0x0fbf5cd7… would be guesswork: the check value of CRC-32/ISO-HDLC is
        // that of "123456789".
        assert_eq!(lock_number("123456789"), 0x3d32_ad9e * 0xcbf4_3926);
    }
}
