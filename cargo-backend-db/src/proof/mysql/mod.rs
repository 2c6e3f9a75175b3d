//! MySQL and MariaDB: the first row of `EXPLAIN`, which is the outer table.

pub(super) mod sample;
mod session;
mod unproved;
mod values;

use std::collections::BTreeMap;

use cargo_backend_shared::schema::Schema;
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::selection;
use crate::advise::Found;
use crate::workload::Query;
use session::Session;
pub(super) use unproved::search as search_unproved;

pub(super) async fn plan(connection: &mut MySqlConnection, query: &str) -> anyhow::Result<String> {
    let row = sqlx::query(AssertSqlSafe(format!("EXPLAIN {query}")))
        .fetch_one(connection)
        .await?;
    let word = |column: &str| -> sqlx::Result<String> {
        let value: Option<String> = row.try_get(column)?;
        Ok(value.unwrap_or_else(|| "none".to_owned()))
    };
    Ok(format!(
        "access type {}, key {}",
        word("type")?,
        word("key")?
    ))
}

/// Which indexes would help these statements, built over the rows of a scratch database.
pub(super) async fn search_built(
    scratch: &mut MySqlConnection,
    schema: &Schema,
    queries: &[Query],
) -> anyhow::Result<Found> {
    let mut session = Session::new(scratch, schema);
    // What performance_schema counts of writes is forgotten with each restart.
    selection::select(&mut session, queries, &BTreeMap::new()).await
}
