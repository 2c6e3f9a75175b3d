//! SQLite: counted, because it keeps no estimate until ANALYZE; sizes from `dbstat`
//! (<https://www.sqlite.org/dbstat.html>), which the bundled library has.

use cargo_backend_shared::database_url::Dialect;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row as _};

use super::live::{keep, whole};
use super::{IndexUse, Section, Statistics, TableUse};
use crate::sql;

const SERVER: &str = "
    SELECT sqlite_version() AS version, p.page_count * s.page_size AS bytes,
           f.freelist_count * s.page_size AS free_bytes
    FROM pragma_page_count p, pragma_page_size s, pragma_freelist_count f";

const TABLES: &str = "
    SELECT name FROM pragma_table_list
    WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

const HAS_STATISTICS: &str = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'";

const ANALYSED: &str = "SELECT DISTINCT tbl FROM sqlite_stat1";

/// Tables have no `tbl_name` of another; indexes do.
const SIZES: &str = "
    SELECT s.type, s.tbl_name AS \"table\", d.name, d.pgsize AS bytes
    FROM dbstat d JOIN sqlite_schema s ON s.type IN ('index', 'table') AND s.name = d.name
    WHERE d.aggregate = TRUE";

pub(super) async fn read(connection: &mut SqliteConnection) -> anyhow::Result<Statistics> {
    let mut statistics = Statistics::default();
    let read = server(connection, &mut statistics).await;
    keep(&mut statistics.lost, Section::Server, read)?;
    let read = tables(connection, &mut statistics).await;
    keep(&mut statistics.lost, Section::Tables, read)?;
    let read = sizes(connection, &mut statistics).await;
    keep(&mut statistics.lost, Section::Indexes, read)?;
    Ok(statistics)
}

async fn server(
    connection: &mut SqliteConnection,
    statistics: &mut Statistics,
) -> sqlx::Result<()> {
    let row = sqlx::query(SERVER).fetch_one(connection).await?;
    let server = &mut statistics.server;
    server.version = row.try_get("version")?;
    server.bytes = Some(whole(row.try_get("bytes")?));
    server.free_bytes = Some(whole(row.try_get("free_bytes")?));
    Ok(())
}

async fn tables(
    connection: &mut SqliteConnection,
    statistics: &mut Statistics,
) -> sqlx::Result<()> {
    for row in sqlx::query(TABLES).fetch_all(&mut *connection).await? {
        let name: String = row.try_get("name")?;
        let count = format!(
            "SELECT count(*) FROM {}",
            sql::quoted(&name, Dialect::Sqlite)
        );
        let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count))
            .fetch_one(&mut *connection)
            .await?;
        let used = TableUse {
            live_rows: whole(rows),
            ..TableUse::default()
        };
        statistics.rows.insert(name.clone(), whole(rows));
        statistics.tables.insert(name, used);
    }
    let has_statistics: i64 = sqlx::query_scalar(HAS_STATISTICS)
        .fetch_one(&mut *connection)
        .await?;
    if has_statistics > 0 {
        for row in sqlx::query(ANALYSED).fetch_all(&mut *connection).await? {
            if let Some(table) = statistics.tables.get_mut(row.try_get::<&str, _>("tbl")?) {
                table.analysed = true;
            }
        }
    }
    Ok(())
}

async fn sizes(connection: &mut SqliteConnection, statistics: &mut Statistics) -> sqlx::Result<()> {
    for row in sqlx::query(SIZES).fetch_all(&mut *connection).await? {
        let bytes = Some(whole(row.try_get("bytes")?));
        let table: String = row.try_get("table")?;
        if row.try_get::<&str, _>("type")? == "table" {
            if let Some(used) = statistics.tables.get_mut(&table) {
                used.bytes = bytes;
            }
            continue;
        }
        let used = IndexUse {
            bytes,
            ..IndexUse::default()
        };
        statistics
            .indexes
            .insert((table, row.try_get("name")?), used);
    }
    Ok(())
}
