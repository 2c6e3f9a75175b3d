//! SQLite: `EXPLAIN QUERY PLAN` (<https://www.sqlite.org/eqp.html>).

mod copy;
mod figures;

use std::collections::BTreeMap;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Schema, Table};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::selection;
use crate::advise::{Found, Proof};
use crate::sql::{self, NewIndex};
use crate::workload::Query;
use copy::Copy;

pub(super) async fn plan(connection: &mut SqliteConnection, query: &str) -> anyhow::Result<String> {
    let rows = sqlx::query(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}")))
        .fetch_all(connection)
        .await?;
    let steps: Vec<String> = rows
        .iter()
        .map(|row| row.try_get("detail"))
        .collect::<Result<_, _>>()?;
    Ok(steps.join("; "))
}

/// Makes the table with all of its indexes and the new one in memory.
pub(super) async fn with_index(
    table: &Table,
    query: &str,
    index: &NewIndex,
) -> anyhow::Result<Proof> {
    let mut copy = SqliteConnection::connect("sqlite::memory:").await?;
    let indexes = table.indexes.values().map(|index| index.definition.clone());
    let definitions = table.definition.clone().into_iter().chain(indexes);
    let new = sql::create_index(index, Dialect::Sqlite);
    for statement in definitions.chain([new]).filter(|sql| !sql.is_empty()) {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut copy)
            .await?;
    }
    let plan = plan(&mut copy, query).await?;
    copy.close().await?;
    Ok(Proof::Tried {
        plan,
        means: "on an empty copy in memory",
    })
}

/// Which indexes would help these statements, as the planner says of a copy. `rows` are those of the
/// tables, as they were counted.
pub(super) async fn search(
    live: &mut SqliteConnection,
    schema: &Schema,
    rows: &BTreeMap<String, u64>,
    queries: &[Query],
) -> anyhow::Result<Found> {
    let mut copy = Copy::of(live, schema, rows).await?;
    // SQLite does not count writes.
    selection::select(&mut copy, queries, &BTreeMap::new()).await
}
