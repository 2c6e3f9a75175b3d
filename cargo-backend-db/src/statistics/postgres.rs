//! PostgreSQL: `pg_class.reltuples` (an estimate; -1 before the first ANALYZE) and relation sizes.

use cargo_backend_shared::schema::Table;
use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use super::{KeyUse, Statistics};

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

const BUILDING: &str = "
    SELECT n.nspname::text AS namespace, t.relname::text AS name, i.relname::text AS index
    FROM pg_stat_progress_create_index p JOIN pg_class i ON i.oid = p.index_relid
    JOIN pg_class t ON t.oid = p.relid JOIN pg_namespace n ON n.oid = t.relnamespace";

/// Sequences that belong to a column (serial: `a`, identity: `i`) and were used; a sequence whose
/// last value this user may not read has none here.
const KEYS: &str = "
    SELECT n.nspname::text AS namespace, t.relname::text AS name, a.attname::text AS column,
           s.last_value AS last,
           least(s.max_value, CASE a.atttypid WHEN 'int2'::regtype THEN 32767
                 WHEN 'int4'::regtype THEN 2147483647 ELSE 9223372036854775807 END) AS maximum
    FROM pg_sequences s
    JOIN pg_namespace sn ON sn.nspname = s.schemaname
    JOIN pg_class c ON c.relname = s.sequencename AND c.relnamespace = sn.oid
    JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
         AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE s.last_value > 0 AND s.increment_by > 0
    ORDER BY 1, 2, 3";

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
    for row in sqlx::query(BUILDING).fetch_all(&mut *connection).await? {
        let table = Table::new(row.try_get("namespace")?, row.try_get("name")?);
        statistics
            .building
            .insert((table.key(), row.try_get("index")?));
    }
    for row in sqlx::query(KEYS).fetch_all(&mut *connection).await? {
        let table = Table::new(row.try_get("namespace")?, row.try_get("name")?);
        statistics.keys.push(KeyUse {
            table: table.key(),
            column: row.try_get("column")?,
            last: u64::try_from(row.try_get::<i64, _>("last")?).unwrap_or(0),
            maximum: u64::try_from(row.try_get::<i64, _>("maximum")?).unwrap_or(0),
        });
    }
    Ok(statistics)
}
