//! A file of PostgreSQL that runs outside a transaction, statement by statement, so that a run that was
//! killed goes on where it stopped.
//!
//! How many statements are done stands in the history, in the column in which sqlx keeps the time that
//! a finished migration took: -1 for none, -2 for one. A statement that may run in a transaction is
//! counted in that transaction. Of one that may not, such as CREATE INDEX CONCURRENTLY, the catalogue
//! says whether the killed run had finished it.

use anyhow::Context as _;
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::introspect::Connection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _};

use super::fault::Failing;
use super::patience::{self, Runner};
use crate::ddl::postgres::qualified;
use crate::lint::statement::{Kind, Name, Statement};
use crate::migration::{Script, Version};
use crate::split::split;

/// Runs the statements that are not done yet. `version` is that of a migration forward, which is
/// counted; on the way back nothing is.
///
/// # Errors
/// When one fails; those before it are done.
pub(super) async fn run(
    connection: &mut Connection,
    script: &Script,
    version: Option<Version>,
    runner: &Runner<'_>,
) -> anyhow::Result<()> {
    let timeout = format!("SET lock_timeout = {}", runner.lock_timeout.as_millis());
    super::statement(connection, timeout).await?;
    let done = super::marks(connection, version).await?;
    let statements = split(Dialect::Postgres, script.sql());
    let count = statements.len();
    for (place, piece) in statements.iter().enumerate().skip(done) {
        let text = &script.sql()[piece.span.clone()];
        let stopped = version.is_some() && place == done;
        let attempt = async |number| {
            // What an attempt before this one left half built is in the way of the next.
            let resumed = stopped || number > 1;
            let statement = piece.statement.as_ref();
            let ran = one(connection, statement, text, (version, place), resumed).await;
            let doing = super::failed(script, place, count);
            ran.with_context(|| Failing::one(script, piece.span.clone(), doing, super::GOES_ON))
        };
        patience::patiently(runner, &script.file, attempt).await?;
    }
    Ok(())
}

async fn one(
    connection: &mut Connection,
    statement: Option<&Statement>,
    text: &str,
    (version, place): (Option<Version>, usize),
    resumed: bool,
) -> sqlx::Result<()> {
    let alone = statement.is_none_or(|statement| is_alone(statement, text));
    if resumed
        && let Some(statement) = statement
        && let Connection::Postgres(postgres) = connection
    {
        if is_done(postgres, statement).await? {
            return super::mark(connection, version, place + 1).await;
        }
        clean(postgres, statement).await?;
    }
    if alone {
        super::statement(connection, text.to_owned()).await?;
        return super::mark(connection, version, place + 1).await;
    }
    super::counted(connection, text, version, place + 1).await
}

/// Whether it may not run in a transaction.
pub(crate) fn is_alone(statement: &Statement, text: &str) -> bool {
    let words = text.to_uppercase();
    let first: Vec<&str> = words.split_whitespace().take(2).collect();
    let control = matches!(
        statement.kind,
        Kind::Begin | Kind::Commit | Kind::Rollback | Kind::Set(_)
    );
    // A procedure may end transactions itself.
    let commits = match first.as_slice() {
        ["CALL", ..] => true,
        ["DO", ..] => words.contains("COMMIT"),
        _ => false,
    };
    control
        || commits
        || words.contains("CONCURRENTLY")
        || matches!(
            first.as_slice(),
            ["VACUUM" | "CLUSTER" | "REINDEX", ..]
                | ["ALTER", "SYSTEM"]
                | [_, "DATABASE" | "TABLESPACE"]
        )
}

/// Whether the run that was killed had finished the statement and only not counted it.
async fn is_done(connection: &mut PgConnection, statement: &Statement) -> sqlx::Result<bool> {
    if let Kind::CreateIndex(index) = &statement.kind
        && let Some(name) = index.name.as_ref().filter(|_| index.concurrently)
    {
        let name = beside(name, &index.table);
        return Ok(valid(connection, &name).await? == Some(true));
    }
    if let Kind::DropIndex {
        indexes,
        concurrently: true,
        ..
    } = &statement.kind
        && let [index] = indexes.as_slice()
    {
        return Ok(valid(connection, index).await?.is_none());
    }
    Ok(false)
}

/// Drops the half of an index that the killed run left behind: the one of its own statement, and only
/// while it is invalid.
async fn clean(connection: &mut PgConnection, statement: &Statement) -> sqlx::Result<()> {
    let Kind::CreateIndex(index) = &statement.kind else {
        return Ok(());
    };
    let Some(name) = index.name.as_ref().filter(|_| index.concurrently) else {
        return Ok(());
    };
    let name = &beside(name, &index.table);
    if valid(connection, name).await? == Some(false) {
        let quoted = match &name.schema {
            Some(schema) => qualified(schema, &name.name),
            None => crate::ddl::postgres::ident(&name.name),
        };
        let drop = format!("DROP INDEX CONCURRENTLY {quoted}");
        connection
            .execute(sqlx::raw_sql(AssertSqlSafe(drop)))
            .await?;
    }
    Ok(())
}

/// An index is where its table is.
fn beside(index: &str, table: &Name) -> Name {
    Name {
        schema: table.schema.clone(),
        name: index.to_owned(),
    }
}

/// Whether an index is valid (`pg_index.indisvalid`); none where there is no such index.
async fn valid(connection: &mut PgConnection, index: &Name) -> sqlx::Result<Option<bool>> {
    sqlx::query_scalar(
        "SELECT x.indisvalid FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
         JOIN pg_namespace n ON n.oid = i.relnamespace
         WHERE i.relname = $1 AND CASE WHEN $2::text IS NULL THEN pg_table_is_visible(i.oid)
                                       ELSE n.nspname = $2 END",
    )
    .bind(&index.name)
    .bind(&index.schema)
    .fetch_optional(connection)
    .await
}
