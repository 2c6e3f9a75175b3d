//! Rows of a table, from here to there, as text: that works for every type.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Table;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgConnection;

use crate::proof::sample::{ROWS, given};
use crate::sql::quoted;

/// How many rows go in one statement.
const BATCH: usize = 1_000;

/// Copies a part of a table: whole pages, taken evenly (`TABLESAMPLE SYSTEM`).
pub(in super::super) async fn copy(
    live: &mut PgConnection,
    copy: &mut PgConnection,
    table: &Table,
    rows: Option<u64>,
) -> anyhow::Result<()> {
    // Its rows are those of the table that it is a part of.
    if table.partition_of.is_some() {
        return Ok(());
    }
    let ident = |name: &str| quoted(name, Dialect::Postgres);
    let name = format!("{}.{}", ident(&table.namespace), ident(&table.name));
    let sample = match rows {
        Some(rows) if rows > ROWS => {
            let per_million = ROWS * 1_000_000 / rows;
            let (percent, rest) = (per_million / 10_000, per_million % 10_000);
            format!(" TABLESAMPLE SYSTEM ({percent}.{rest:04}) REPEATABLE (1)")
        }
        Some(_) | None => String::new(),
    };
    let select = format!("SELECT x::text FROM {name} x{sample} LIMIT {}", ROWS * 2);
    let texts: Vec<Option<String>> = sqlx::query_scalar(AssertSqlSafe(select))
        .fetch_all(live)
        .await?;
    let given = given(table);
    let columns: Vec<String> = given.iter().map(|column| ident(column)).collect();
    let values: Vec<String> = columns
        .iter()
        .map(|column| format!("(r).{column}"))
        .collect();
    // OFFSET 0 keeps the text from being read once a column.
    let insert = format!(
        "INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE
         SELECT {} FROM (SELECT t::{name} AS r FROM unnest($1::text[]) t OFFSET 0) s",
        columns.join(", "),
        values.join(", ")
    );
    for batch in texts.chunks(BATCH) {
        sqlx::query(AssertSqlSafe(insert.clone()))
            .bind(batch)
            .execute(&mut *copy)
            .await?;
    }
    sqlx::raw_sql(AssertSqlSafe(format!("ANALYZE {name}")))
        .execute(copy)
        .await?;
    Ok(())
}
