//! SQLite: counted, because it keeps no estimate until ANALYZE; sizes from `dbstat`
//! (<https://www.sqlite.org/dbstat.html>), which the bundled library has.

use cargo_backend_shared::database_url::Dialect;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::Statistics;
use crate::sql;

const TABLES: &str = "
    SELECT name FROM pragma_table_list
    WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

const INDEX_BYTES: &str = "
    SELECT s.tbl_name AS \"table\", d.name, d.pgsize AS bytes
    FROM dbstat d JOIN sqlite_schema s ON s.type = 'index' AND s.name = d.name
    WHERE d.aggregate = TRUE";

pub(super) async fn read(connection: &mut SqliteConnection) -> anyhow::Result<Statistics> {
    let mut statistics = Statistics::default();
    for row in sqlx::query(TABLES).fetch_all(&mut *connection).await? {
        let name: String = row.try_get("name")?;
        let count = format!(
            "SELECT count(*) FROM {}",
            sql::quoted(&name, Dialect::Sqlite)
        );
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(&mut *connection)
            .await?;
        statistics
            .rows
            .insert(name, u64::try_from(rows).unwrap_or(0));
    }
    for row in sqlx::query(INDEX_BYTES).fetch_all(&mut *connection).await? {
        let bytes = u64::try_from(row.try_get::<i64, _>("bytes")?).unwrap_or(0);
        statistics
            .index_bytes
            .insert((row.try_get("table")?, row.try_get("name")?), bytes);
    }
    Ok(statistics)
}
