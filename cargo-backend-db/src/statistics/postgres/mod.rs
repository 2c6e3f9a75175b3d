//! PostgreSQL: the statistics views, each read once for all tables. Columns that came or went
//! between versions are read through the version; nothing here takes a lock that a table held
//! ACCESS EXCLUSIVE would refuse.

mod activity;
mod statements;

use cargo_backend_shared::schema::Table;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row as _};

use super::live::{keep, whole};
use super::{
    Age, Autovacuum, Cache, Connections, IndexUse, KeyUse, Section, Server, Statistics, TableUse,
    Temporary,
};

/// Since when the figures count: the last reset of this database's, or of the server's, which a
/// crash makes too.
const SERVER: &str = "
    SELECT current_setting('server_version') AS version, d.oid::bigint AS oid,
           current_setting('server_version_num')::int AS number,
           pg_database_size(d.oid) AS bytes, pg_is_in_recovery() AS standby,
           extract(epoch FROM now() - coalesce(s.stats_reset, w.stats_reset))::bigint AS counting,
           s.blks_hit, s.blks_read, current_setting('block_size')::bigint AS page_bytes,
           s.temp_files, s.temp_bytes, s.numbackends::bigint AS here,
           (SELECT sum(numbackends)::bigint FROM pg_stat_database) AS everywhere,
           d.datconnlimit::bigint AS datconnlimit,
           current_setting('max_connections')::bigint
             - current_setting('superuser_reserved_connections')::bigint AS connections,
           (SELECT count(*) FROM pg_stat_replication) AS replicas,
           age(d.datfrozenxid)::bigint AS xid_age, mxid_age(d.datminmxid)::bigint AS multixact_age,
           current_setting('autovacuum_freeze_max_age')::bigint AS xid_limit,
           current_setting('autovacuum_multixact_freeze_max_age')::bigint AS multixact_limit,
           current_setting('autovacuum')::bool AS autovacuum,
           current_setting('autovacuum_vacuum_threshold')::bigint AS threshold,
           (current_setting('autovacuum_vacuum_scale_factor')::float8 * 100)::bigint AS scale_percent,
           (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
           pg_has_role('pg_read_all_stats', 'USAGE') AS sees_all
    FROM pg_database d
    JOIN pg_stat_database s ON s.datid = d.oid
    CROSS JOIN pg_stat_bgwriter w
    WHERE d.datname = current_database()";

/// The server does not say when a database was made; its first file does, to superusers.
const MADE: &str = "
    SELECT extract(epoch FROM now() - f.modification)::bigint
    FROM pg_stat_file('base/' || $1 || '/PG_VERSION', true) f WHERE f.modification IS NOT NULL";

/// What another session has locked, or waits to lock, so that nobody can read it.
const LOCKED: &str = "
    (SELECT l.relation FROM pg_locks l
     WHERE l.mode = 'AccessExclusiveLock' AND l.relation IS NOT NULL AND l.pid <> pg_backend_pid()
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))";

/// Hardly anything changed since `pg_class.relpages` was set. Asking the file system instead opens
/// the relation, 12 µs each: with thousands of them, that is most of the time.
const AS_ANALYSED: &str = "(c.reltuples >= 0 AND pg_stat_get_mod_since_analyze(c.oid) < 1000)";

/// Ordinary and partitioned tables; `pg_class.reltuples` is an estimate, -1 before the first ANALYZE.
/// The functions behind `pg_stat_all_tables` are called, because the view groups by table to add up
/// the scans of its indexes, which takes longer than all the rest.
const TABLES: &str = "
    SELECT n.nspname::text AS namespace, c.relname::text AS name, c.relkind = 'p' AS partitioned,
           c.oid IN {locked} AS locked, c.reltuples::bigint AS rows,
           CASE WHEN c.relpages < 64 AND {as_analysed} THEN {page} * c.relpages
                WHEN c.oid NOT IN {locked} THEN pg_relation_size(c.oid) END AS bytes,
           CASE WHEN c.reltoastrelid <> 0 AND NOT {as_analysed} AND c.oid NOT IN {locked}
                     OR (SELECT x.relpages FROM pg_class x WHERE x.oid = c.reltoastrelid) > 0
                THEN pg_relation_size(c.reltoastrelid) END AS toast_bytes,
           pg_stat_get_numscans(c.oid) AS scans, pg_stat_get_tuples_returned(c.oid) AS scanned_rows,
           pg_stat_get_live_tuples(c.oid) AS live, pg_stat_get_dead_tuples(c.oid) AS dead,
           pg_stat_get_mod_since_analyze(c.oid) AS modified,
           extract(epoch FROM now() - greatest(pg_stat_get_last_vacuum_time(c.oid),
               pg_stat_get_last_autovacuum_time(c.oid)))::bigint AS vacuumed,
           extract(epoch FROM now() - greatest(pg_stat_get_last_analyze_time(c.oid),
               pg_stat_get_last_autoanalyze_time(c.oid)))::bigint AS analysed,
           CASE WHEN c.relkind = 'r' THEN age(c.relfrozenxid)::bigint END AS xid_age,
           CASE WHEN c.relkind = 'r' THEN mxid_age(c.relminmxid)::bigint END AS multixact_age,
           coalesce(c.reloptions::text[], '{}') AS options
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)'
    ORDER BY 1, 2";

const INDEXES: &str = "
    SELECT n.nspname::text AS namespace, c.relname::text AS name, i.relname::text AS index,
           CASE WHEN i.relpages < 64 AND {as_analysed} THEN {page} * i.relpages
                WHEN i.oid NOT IN {locked} THEN pg_relation_size(i.oid) END AS bytes,
           pg_stat_get_numscans(i.oid) AS scans,
           x.indisreplident AS replica_identity, p.index_relid IS NOT NULL AS building
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_stat_progress_create_index p ON p.index_relid = i.oid
    WHERE n.nspname !~ '^(pg_|information_schema)'";

/// The bytes of one entry's columns, of plain trees from 1 MiB on. Who may not read a column does not
/// see its width, and then there is none. A query of its own: inside the one for indexes it makes the
/// planner expect so much that it compiles the whole (JIT), which takes longer than all the rest.
const WIDTHS: &str = "
    SELECT n.nspname::text AS namespace, c.relname::text AS name, i.relname::text AS index,
           c.reltuples::bigint AS entries, sum(w.avg_width)::bigint AS width
    FROM pg_class i
    JOIN pg_index x ON x.indexrelid = i.oid AND x.indexprs IS NULL AND x.indpred IS NULL
    JOIN pg_am m ON m.oid = i.relam AND m.amname = 'btree'
    JOIN pg_class c ON c.oid = x.indrelid AND c.reltuples >= 0
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^(pg_|information_schema)'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (x.indkey::int2[])
    LEFT JOIN pg_stats w ON w.schemaname = n.nspname AND w.tablename = c.relname
         AND w.attname = a.attname AND NOT w.inherited
    WHERE i.relkind = 'i' AND i.relpages >= 128
    GROUP BY 1, 2, 3, 4 HAVING bool_and(w.avg_width IS NOT NULL)";

/// From here on an index is worth a look at its widths.
const LARGE_BYTES: u64 = 128 * 8_192;

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

/// What the queries after the first need to know.
struct Role {
    version: i32,
    superuser: bool,
    sees_all: bool,
    database: i64,
}

pub(super) async fn read(connection: &mut PgConnection) -> anyhow::Result<Statistics> {
    let mut statistics = Statistics::default();
    let lost = &mut statistics.lost;
    let row = sqlx::query(SERVER).fetch_one(&mut *connection).await;
    let row = row.and_then(|row| Ok((server(&row)?, role(&row)?)));
    let mut role = None;
    if let Some((server, known)) = keep(lost, Section::Server, row)? {
        statistics.server = server;
        role = Some(known);
    }
    if let Some(role) = &role
        && role.superuser
        && !statistics.server.standby
    {
        let made = sqlx::query_scalar(MADE).bind(role.database.to_string());
        let made: Option<i64> = made.fetch_optional(&mut *connection).await.ok().flatten();
        let counting = statistics.server.counting_s;
        statistics.server.counting_s = counting.into_iter().chain(made.map(whole)).min();
    }
    let rows = fetch(connection, TABLES).await;
    let rows = rows.and_then(|rows| rows.iter().try_for_each(|row| table(&mut statistics, row)));
    keep(&mut statistics.lost, Section::Tables, rows)?;
    let rows = fetch(connection, INDEXES).await;
    let rows = rows.and_then(|rows| rows.iter().try_for_each(|row| index(&mut statistics, row)));
    keep(&mut statistics.lost, Section::Indexes, rows)?;
    let sizes = statistics.indexes.values().filter_map(|index| index.bytes);
    if sizes.max() >= Some(LARGE_BYTES) {
        let rows = fetch(connection, WIDTHS).await;
        let rows =
            rows.and_then(|rows| rows.iter().try_for_each(|row| width(&mut statistics, row)));
        keep(&mut statistics.lost, Section::Indexes, rows)?;
    }
    let rows = fetch(connection, KEYS).await;
    let rows = rows.and_then(|rows| rows.iter().map(key).collect());
    if let Some(keys) = keep(&mut statistics.lost, Section::Keys, rows)? {
        statistics.keys = keys;
    }
    statements::read(connection, role.as_ref(), &mut statistics).await?;
    activity::read(connection, role.as_ref(), &mut statistics).await?;
    Ok(statistics)
}

async fn fetch(connection: &mut PgConnection, query: &str) -> sqlx::Result<Vec<PgRow>> {
    let query = query
        .replace("{locked}", LOCKED)
        .replace("{as_analysed}", AS_ANALYSED)
        .replace("{page}", "current_setting('block_size')::bigint");
    sqlx::query(AssertSqlSafe(query))
        .fetch_all(connection)
        .await
}

fn role(row: &PgRow) -> sqlx::Result<Role> {
    let superuser = row
        .try_get::<Option<bool>, _>("superuser")?
        .unwrap_or(false);
    Ok(Role {
        version: row.try_get("number")?,
        superuser,
        sees_all: superuser || row.try_get("sees_all")?,
        database: row.try_get("oid")?,
    })
}

/// A figure that is never negative, or none.
fn figure(row: &PgRow, column: &str) -> sqlx::Result<Option<u64>> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(whole))
}

/// The same where the server always has one.
fn count(row: &PgRow, column: &str) -> sqlx::Result<u64> {
    Ok(figure(row, column)?.unwrap_or(0))
}

fn server(row: &PgRow) -> sqlx::Result<Server> {
    let everywhere = Connections {
        used: count(row, "everywhere")?,
        limit: count(row, "connections")?,
        set_by: "max_connections less what is reserved for superusers",
    };
    let here = match row.try_get::<i64, _>("datconnlimit")? {
        limit if limit >= 0 => Some(Connections {
            used: count(row, "here")?,
            limit: whole(limit),
            set_by: "the CONNECTION LIMIT of the database",
        }),
        _ => None,
    };
    let fullest = here
        .into_iter()
        .chain([everywhere])
        .max_by_key(|c| c.used * 1_000 / c.limit.max(1));
    let age = |counter, age: &str, limit: &str| -> sqlx::Result<Age> {
        Ok(Age {
            table: None,
            counter,
            age: count(row, age)?,
            forced_at: count(row, limit)?,
        })
    };
    Ok(Server {
        version: row.try_get("version")?,
        bytes: figure(row, "bytes")?,
        counting_s: figure(row, "counting")?,
        free_bytes: None,
        standby: row.try_get("standby")?,
        replicas: count(row, "replicas")?,
        cache: Some(Cache {
            hits: count(row, "blks_hit")?,
            reads: count(row, "blks_read")?,
            page_bytes: count(row, "page_bytes")?,
        }),
        connections: fullest,
        temporary: Some(Temporary {
            files: count(row, "temp_files")?,
            bytes: count(row, "temp_bytes")?,
        }),
        ages: vec![
            age(TRANSACTIONS, "xid_age", "xid_limit")?,
            age(MULTIXACTS, "multixact_age", "multixact_limit")?,
        ],
        autovacuum: Some(Autovacuum {
            enabled: row.try_get("autovacuum")?,
            threshold: count(row, "threshold")?,
            scale_percent: count(row, "scale_percent")?,
        }),
    })
}

const TRANSACTIONS: &str = "transaction ids";
const MULTIXACTS: &str = "multixact ids";

fn table(statistics: &mut Statistics, row: &PgRow) -> sqlx::Result<()> {
    let name = Table::new(row.try_get("namespace")?, row.try_get("name")?).key();
    if let Ok(rows) = u64::try_from(row.try_get::<i64, _>("rows")?) {
        statistics.rows.insert(name.clone(), rows);
    }
    let options: Vec<String> = row.try_get("options")?;
    for (counter, column, option) in [
        (TRANSACTIONS, "xid_age", "autovacuum_freeze_max_age="),
        (
            MULTIXACTS,
            "multixact_age",
            "autovacuum_multixact_freeze_max_age=",
        ),
    ] {
        let own = options.iter().find_map(|text| text.strip_prefix(option));
        let own = own.and_then(|limit| limit.parse().ok());
        let general = statistics.server.ages.iter();
        let general = general.clone().find(|age| age.counter == counter);
        if let (Some(age), Some(limit)) = (
            figure(row, column)?,
            own.or(general.map(|age| age.forced_at)),
        ) {
            statistics.server.ages.push(Age {
                table: Some(name.clone()),
                counter,
                age,
                forced_at: limit,
            });
        }
    }
    let used = TableUse {
        partitioned: row.try_get("partitioned")?,
        locked: row.try_get("locked")?,
        bytes: figure(row, "bytes")?,
        counting_s: None,
        toast_bytes: count(row, "toast_bytes")?,
        scans: count(row, "scans")?,
        scanned_rows: count(row, "scanned_rows")?,
        index_scans: 0,
        live_rows: count(row, "live")?,
        dead_rows: count(row, "dead")?,
        modified_rows: count(row, "modified")?,
        vacuumed_s: figure(row, "vacuumed")?,
        analysed_s: figure(row, "analysed")?,
        // A reset forgets when, but not that nothing was modified since.
        analysed: figure(row, "analysed")?.is_some()
            || count(row, "modified")? < count(row, "live")?,
        autovacuum_off: options
            .iter()
            .any(|text| text == "autovacuum_enabled=false"),
    };
    statistics.tables.insert(name, used);
    Ok(())
}

fn index(statistics: &mut Statistics, row: &PgRow) -> sqlx::Result<()> {
    let table = Table::new(row.try_get("namespace")?, row.try_get("name")?).key();
    let used = IndexUse {
        bytes: figure(row, "bytes")?,
        scans: figure(row, "scans")?,
        least_bytes: None,
        building: row.try_get("building")?,
        replica_identity: row.try_get("replica_identity")?,
    };
    if let Some(table) = statistics.tables.get_mut(&table) {
        table.index_scans += used.scans.unwrap_or(0);
    }
    statistics
        .indexes
        .insert((table, row.try_get("index")?), used);
    Ok(())
}

fn width(statistics: &mut Statistics, row: &PgRow) -> sqlx::Result<()> {
    let table = Table::new(row.try_get("namespace")?, row.try_get("name")?).key();
    if let Some(index) = (statistics.indexes).get_mut(&(table, row.try_get("index")?)) {
        let least = least_bytes(count(row, "width")?, count(row, "entries")?);
        index.least_bytes = Some(least);
    }
    Ok(())
}

/// The size of a new tree (<https://www.postgresql.org/docs/current/storage-page-layout.html>): each
/// entry has a header of 8 bytes and a pointer of 4, columns are aligned to 8, and nine tenths of a
/// page are filled. Equal keys share an entry since version 13, so that it may be smaller still.
fn least_bytes(width: u64, entries: u64) -> u64 {
    const PAGE: u64 = 8_192;
    const FILLED: u64 = (PAGE - 24 - 16) * 9 / 10;
    let entry = 8 + width.next_multiple_of(8) + 4;
    (entries.saturating_mul(entry) / FILLED + 2) * PAGE
}

fn key(row: &PgRow) -> sqlx::Result<KeyUse> {
    let table = Table::new(row.try_get("namespace")?, row.try_get("name")?);
    Ok(KeyUse {
        table: table.key(),
        column: row.try_get("column")?,
        last: whole(row.try_get("last")?),
        maximum: whole(row.try_get("maximum")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `CREATE TABLE t AS SELECT i::bigint FROM generate_series(1, 1000000) i; CREATE INDEX …` makes
    /// an index of 22,487,040 bytes on PostgreSQL 15.
    #[test]
    fn the_size_of_a_new_tree_is_close_to_a_real_one() {
        let real = 22_487_040;
        let estimated = least_bytes(8, 1_000_000);
        assert!(estimated.abs_diff(real) < real / 50, "{estimated}");
    }
}
