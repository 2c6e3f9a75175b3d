//! Scripts that are really run and leave nothing behind: in a transaction of the database itself that is
//! rolled back, or in a scratch database with the same schema and no rows.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::error::failure;
use cargo_backend_shared::introspect::{self, Connection};
use cargo_backend_shared::schema::Schema;

use crate::apply::{self, fault};
use crate::ddl;
use crate::diff::hazard::{Online, Seen};
use crate::migration::Script;
use crate::probe;
use crate::scratch::Scratch;
use crate::split::{Piece, split};
use crate::trace::Trace;

/// What a failure leaves behind.
const NOTHING: &str = "nothing was changed: it was a dry run";

/// A script to be tried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a> {
    pub(crate) script: &'a Script,
    /// How many of its statements a run that was stopped has done already.
    pub(crate) done: usize,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) before: Schema,
    pub(crate) after: Schema,
    pub(crate) scripts: Vec<Tried>,
}

/// A script that was tried.
#[derive(Debug)]
pub(crate) struct Tried {
    pub(crate) script: Script,
    /// Whether it runs in a transaction.
    pub(crate) transaction: bool,
    pub(crate) statements: Vec<Step>,
}

/// One statement of it.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) sql: String,
    pub(crate) took: Duration,
    /// The locks, rewrites and scans that were seen, where the engine shows them within a transaction
    /// (PostgreSQL).
    pub(crate) seen: Option<Vec<Seen>>,
    /// How the table was changed (MySQL and MariaDB).
    pub(crate) online: Option<Online>,
}

/// Whether a script can be undone by rolling one transaction back: it runs in one, and does not end it.
pub(crate) fn can_be_rolled_back(dialect: Dialect, script: &Script) -> bool {
    let ends = |piece: &Piece| {
        let text = &script.sql()[piece.span.clone()];
        let first = text.split_whitespace().next().unwrap_or_default();
        let ends = [
            "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE",
        ];
        ends.iter().any(|word| first.eq_ignore_ascii_case(word))
    };
    let pieces = split(dialect, script.sql());
    // A text that nobody could read is sent whole, and may hold anything.
    let read = dialect != Dialect::Postgres || pieces.iter().all(|piece| piece.statement.is_some());
    apply::is_transactional(dialect, script) && read && !pieces.iter().any(ends)
}

/// Runs scripts in a transaction, and rolls it back. Until then their locks are held.
///
/// # Errors
/// When the server refuses a statement.
pub(crate) async fn rolled_back(
    connection: &mut Connection,
    candidates: &[Candidate<'_>],
    lock_timeout: Duration,
) -> anyhow::Result<Trial> {
    let begin = match connection.dialect() {
        Dialect::Sqlite => "BEGIN IMMEDIATE".to_owned(),
        Dialect::Postgres | Dialect::MySql => {
            format!(
                "BEGIN; SET LOCAL lock_timeout = {}",
                lock_timeout.as_millis()
            )
        }
    };
    apply::statement(connection, begin).await?;
    let number = transaction(connection).await?;
    let tried = within(connection, candidates).await;
    if tried.is_ok() && transaction(connection).await? != number {
        return Err(failure(
            "a script ended the transaction of the dry run, and what came before it is done",
            "look at the schema; and play such scripts in a scratch database, with --dev-url",
        ));
    }
    let undone = apply::statement(connection, "ROLLBACK".to_owned()).await;
    let tried = tried.map_err(|fault| fault::told(fault, None))?;
    undone.context("cannot roll the dry run back")?;
    Ok(tried)
}

/// The number of the transaction that is open (PostgreSQL; SQLite refuses a ROLLBACK without one).
async fn transaction(connection: &mut Connection) -> sqlx::Result<Option<i64>> {
    let Connection::Postgres(postgres) = connection else {
        return Ok(None);
    };
    let number = sqlx::query_scalar("SELECT txid_current()");
    number.fetch_one(postgres).await.map(Some)
}

async fn within(
    connection: &mut Connection,
    candidates: &[Candidate<'_>],
) -> anyhow::Result<Trial> {
    let before = ddl::printable(introspect::schema_in_transaction(connection).await?);
    let mut scripts = Vec::new();
    for candidate in candidates {
        scripts.push(traced(connection, *candidate).await?);
    }
    let after = ddl::printable(introspect::schema_in_transaction(connection).await?);
    Ok(Trial {
        before,
        after,
        scripts,
    })
}

/// Runs scripts as a runner would, in a scratch database with this schema.
///
/// # Errors
/// When the server refuses a statement, or the scratch database cannot be made.
pub(crate) async fn in_scratch(
    schema: Schema,
    candidates: &[Candidate<'_>],
    on: &DatabaseUrl,
) -> anyhow::Result<Trial> {
    let mut scratch = Scratch::create(on).await?;
    let tried = copied(&mut scratch, schema, candidates).await;
    scratch.drop().await?;
    tried.map_err(|fault| fault::told(fault, None))
}

async fn copied(
    scratch: &mut Scratch,
    schema: Schema,
    candidates: &[Candidate<'_>],
) -> anyhow::Result<Trial> {
    let before = ddl::printable(schema);
    scratch.copy(&before).await?;
    let connection = &mut scratch.connection;
    let mut scripts = Vec::new();
    for candidate in candidates {
        let script = candidate.script;
        scripts.push(if apply::is_transactional(connection.dialect(), script) {
            apply::statement(connection, "BEGIN".to_owned()).await?;
            let tried = traced(connection, *candidate).await?;
            apply::statement(connection, "COMMIT".to_owned()).await?;
            tried
        } else {
            one_by_one(connection, *candidate).await?
        });
    }
    let after = ddl::printable(introspect::schema(connection).await?);
    Ok(Trial {
        before,
        after,
        scripts,
    })
}

/// Runs a script within the transaction that is open, and watches each statement.
async fn traced(connection: &mut Connection, candidate: Candidate<'_>) -> anyhow::Result<Tried> {
    let mut trace = watch(connection).await?;
    let mut statements = Vec::new();
    for piece in remaining(connection.dialect(), candidate) {
        statements.push(one(connection, candidate.script, &piece, trace.as_mut()).await?);
    }
    Ok(tried(candidate, true, statements))
}

/// Runs a script without a transaction of ours. What may run in one is watched in its own.
async fn one_by_one(
    connection: &mut Connection,
    candidate: Candidate<'_>,
) -> anyhow::Result<Tried> {
    let script = candidate.script;
    let mut statements = Vec::new();
    for piece in remaining(connection.dialect(), candidate) {
        let text = &script.sql()[piece.span.clone()];
        let together =
            (piece.statement.as_ref()).is_some_and(|statement| !apply::is_alone(statement, text));
        if together {
            apply::statement(connection, "BEGIN".to_owned()).await?;
            let mut trace = watch(connection).await?;
            statements.push(one(connection, script, &piece, trace.as_mut()).await?);
            apply::statement(connection, "COMMIT".to_owned()).await?;
        } else {
            statements.push(one(connection, script, &piece, None).await?);
        }
    }
    Ok(tried(candidate, false, statements))
}

async fn watch(connection: &mut Connection) -> sqlx::Result<Option<Trace>> {
    match connection {
        Connection::Postgres(postgres) => Trace::begin(postgres).await.map(Some),
        Connection::MySql(_) | Connection::Sqlite(_) => Ok(None),
    }
}

async fn one(
    connection: &mut Connection,
    script: &Script,
    piece: &Piece,
    trace: Option<&mut Trace>,
) -> anyhow::Result<Step> {
    let began = Instant::now();
    let online = match connection {
        Connection::MySql(mysql) => probe::run(mysql, &script.sql()[piece.span.clone()]).await,
        Connection::Postgres(_) | Connection::Sqlite(_) => None,
    };
    if online.is_none() {
        fault::run(connection, script, piece.span.clone(), NOTHING).await?;
    }
    let took = began.elapsed();
    let seen = match (connection, trace) {
        (Connection::Postgres(postgres), Some(trace)) => Some(trace.next(postgres).await?),
        _ => None,
    };
    Ok(Step {
        sql: script.sql()[piece.span.clone()].to_owned(),
        took,
        seen,
        online,
    })
}

/// The statements that are still to be run.
fn remaining(dialect: Dialect, candidate: Candidate<'_>) -> impl Iterator<Item = Piece> {
    let pieces = split(dialect, candidate.script.sql());
    pieces.into_iter().skip(candidate.done)
}

fn tried(candidate: Candidate<'_>, transaction: bool, statements: Vec<Step>) -> Tried {
    Tried {
        script: candidate.script.clone(),
        transaction,
        statements,
    }
}
