//! What the planner knows about columns (`pg_stats`), and how often tables are written.

use std::collections::BTreeMap;

use cargo_backend_shared::schema::key;
use sqlx::Row as _;
use sqlx::postgres::PgConnection;

use crate::advise::candidate::ColumnFacts;

/// `n_distinct` is a share of the rows when it is negative. Values come as text, in the form in which
/// a condition has them between its quotes.
const COLUMNS: &str = "
    SELECT s.schemaname::text AS namespace, s.tablename::text AS name, s.attname::text AS column,
           CASE WHEN s.n_distinct >= 0 THEN s.n_distinct
                ELSE -s.n_distinct * greatest(c.reltuples, 0) END::float8 AS distinct,
           s.null_frac::float8 AS nulls, s.avg_width AS width,
           coalesce(s.most_common_vals::text::text[], '{}') AS common,
           coalesce(s.most_common_freqs::float8[], '{}') AS shares
    FROM pg_stats s
    JOIN pg_namespace n ON n.nspname = s.schemaname
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT s.inherited";

const WRITES: &str = "
    SELECT schemaname::text AS namespace, relname::text AS name,
           n_tup_ins + n_tup_upd + n_tup_del AS writes
    FROM pg_stat_user_tables";

/// By table and column.
pub(super) type Facts = BTreeMap<String, BTreeMap<String, ColumnFacts>>;

pub(super) async fn columns(connection: &mut PgConnection) -> anyhow::Result<Facts> {
    let mut facts = Facts::new();
    for row in sqlx::query(COLUMNS).fetch_all(connection).await? {
        let values: Vec<String> = row.try_get("common")?;
        let shares: Vec<f64> = row.try_get("shares")?;
        let width: i32 = row.try_get("width")?;
        let column = ColumnFacts {
            distinct: row.try_get("distinct")?,
            null_share: row.try_get("nulls")?,
            common: values.into_iter().zip(shares).collect(),
            width: u32::try_from(width).unwrap_or(0),
        };
        let table = key(row.try_get("namespace")?, row.try_get("name")?);
        facts
            .entry(table)
            .or_default()
            .insert(row.try_get("column")?, column);
    }
    Ok(facts)
}

/// Rows that were inserted, updated or deleted since the figures of use began, by table.
pub(super) async fn writes(connection: &mut PgConnection) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut writes = BTreeMap::new();
    for row in sqlx::query(WRITES).fetch_all(connection).await? {
        let table = key(row.try_get("namespace")?, row.try_get("name")?);
        let count: i64 = row.try_get("writes")?;
        writes.insert(table, u64::try_from(count).unwrap_or(0));
    }
    Ok(writes)
}
