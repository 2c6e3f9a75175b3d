//! MySQL and MariaDB: the first row of `EXPLAIN`, which is the outer table.

use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Row as _};

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
