//! PostgreSQL: `pg_class.reltuples` (an estimate; -1 before the first ANALYZE) and relation sizes.

use cargo_backend_shared::schema::Table;
use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::Statistics;

const ROWS: &str = "
    SELECT n.nspname::text AS namespace, c.relname::text AS name, c.reltuples::bigint AS rows
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)'";

const INDEX_BYTES: &str = "
    SELECT n.nspname::text AS namespace, t.relname::text AS name, i.relname::text AS index,
           pg_relation_size(i.oid) AS bytes
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE n.nspname !~ '^(pg_|information_schema)'";

pub(super) async fn read(connection: &mut PgConnection) -> anyhow::Result<Statistics> {
    let mut statistics = Statistics::default();
    for row in sqlx::query(ROWS).fetch_all(&mut *connection).await? {
        let table = Table::new(row.try_get("namespace")?, row.try_get("name")?);
        if let Ok(rows) = u64::try_from(row.try_get::<i64, _>("rows")?) {
            statistics.rows.insert(table.key(), rows);
        }
    }
    for row in sqlx::query(INDEX_BYTES).fetch_all(&mut *connection).await? {
        let table = Table::new(row.try_get("namespace")?, row.try_get("name")?);
        let bytes = u64::try_from(row.try_get::<i64, _>("bytes")?).unwrap_or(0);
        statistics
            .index_bytes
            .insert((table.key(), row.try_get("index")?), bytes);
    }
    Ok(statistics)
}
