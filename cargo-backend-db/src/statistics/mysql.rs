//! MySQL and MariaDB: `information_schema` of the connected database, and performance_schema where
//! it is switched on (MariaDB leaves it off).

use std::collections::BTreeMap;

use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, Row as _};

use super::live::{keep, whole};
use super::{
    Cache, Connections, IndexUse, KeyUse, Lost, Section, Server, Session, Statement, Statistics,
    TableUse,
};

/// Of the whole server, because it counts nothing else by database.
const STATUS: &str = "
    SHOW GLOBAL STATUS WHERE Variable_name IN
        ('Uptime', 'Threads_connected', 'Innodb_buffer_pool_reads',
         'Innodb_buffer_pool_read_requests', 'Innodb_page_size')";

const SERVER: &str = "
    SELECT CAST(VERSION() AS CHAR) AS version, CAST(@@max_connections AS SIGNED) AS connections,
           CAST(@@performance_schema AS SIGNED) AS performance_schema";

const COUNTED: &str = "
    SELECT (SELECT CAST(enabled AS CHAR) FROM performance_schema.setup_instruments
            WHERE name = 'wait/io/table/sql/handler') AS handler,
           (SELECT CAST(enabled AS CHAR) FROM performance_schema.setup_consumers
            WHERE name = 'statements_digest') AS digests";

const TABLES: &str = "
    SELECT CAST(table_name AS CHAR) AS name, CAST(table_rows AS SIGNED) AS number,
           CAST(data_length AS SIGNED) AS bytes, CAST(index_length AS SIGNED) AS index_bytes,
           CAST(TIMESTAMPDIFF(SECOND, create_time, NOW()) AS SIGNED) AS made
    FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'";

/// The next value is the last one and one.
const KEYS: &str = "
    SELECT CAST(t.table_name AS CHAR) AS `table`, CAST(c.column_name AS CHAR) AS `column`,
           CAST(t.auto_increment AS UNSIGNED) - 1 AS last, CAST(c.column_type AS CHAR) AS type
    FROM information_schema.tables t
    JOIN information_schema.columns c
         ON c.table_schema = t.table_schema AND c.table_name = t.table_name
            AND c.extra LIKE '%auto_increment%'
    WHERE t.table_schema = DATABASE() AND t.auto_increment > 1
    ORDER BY 1, 2";

/// Only reads: every write has to maintain an index whether anybody wants it or not.
const INDEXES: &str = "
    SELECT CAST(object_name AS CHAR) AS `table`, CAST(index_name AS CHAR) AS name,
           CAST(SUM(count_read) AS SIGNED) AS scans
    FROM performance_schema.table_io_waits_summary_by_index_usage
    WHERE object_schema = DATABASE() AND index_name IS NOT NULL
    GROUP BY object_name, index_name";

/// By their text: of statements that are sent several at once, MariaDB gives the same one another
/// digest each time.
const STATEMENTS: &str = "
    SELECT CAST(digest_text AS CHAR) AS query, CAST(SUM(count_star) AS SIGNED) AS calls,
           CAST(SUM(sum_timer_wait) / 1000000 AS SIGNED) AS total_us,
           CAST(SUM(sum_rows_sent + sum_rows_affected) AS SIGNED) AS number,
           CAST(SUM(sum_rows_examined) AS SIGNED) AS examined,
           CAST(SUM(sum_no_index_used) AS SIGNED) AS full_scans,
           CAST((SELECT SUM(sum_timer_wait) / 1000000
                 FROM performance_schema.events_statements_summary_by_digest
                 WHERE schema_name = DATABASE()) AS SIGNED) AS everything_us
    FROM performance_schema.events_statements_summary_by_digest
    WHERE schema_name = DATABASE() AND digest_text IS NOT NULL
    GROUP BY digest_text
    ORDER BY SUM(sum_timer_wait) DESC LIMIT 400";

const SESSIONS: &str = "
    SELECT CAST(p.id AS SIGNED) AS id, CAST(p.user AS CHAR) AS user,
           CAST(p.command = 'Sleep' AS SIGNED) AS idle,
           CAST(TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS SIGNED) AS transaction,
           CAST(p.time AS SIGNED) AS state, CAST(COALESCE(t.trx_query, p.info, '') AS CHAR) AS query
    FROM information_schema.innodb_trx t
    JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
    WHERE p.db = DATABASE() AND p.id <> CONNECTION_ID()
    ORDER BY t.trx_started, p.id";

/// What `sys.innodb_lock_waits` is made of, without the function in it that needs a right of its own.
const WAITS: &str = "
    SELECT CAST(r.trx_mysql_thread_id AS SIGNED) AS waiting,
           CAST(b.trx_mysql_thread_id AS SIGNED) AS blocking
    FROM {waits}
    ORDER BY 1, 2";

const WAITS_MARIADB: &str = "information_schema.innodb_lock_waits w
    JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_trx_id
    JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_trx_id";

const WAITS_MYSQL: &str = "performance_schema.data_lock_waits w
    JOIN information_schema.innodb_trx b ON b.trx_id = w.blocking_engine_transaction_id
    JOIN information_schema.innodb_trx r ON r.trx_id = w.requesting_engine_transaction_id";

pub(super) async fn read(connection: &mut MySqlConnection) -> anyhow::Result<Statistics> {
    let mut statistics = Statistics::default();
    let read = server(connection).await;
    let counts = match keep(&mut statistics.lost, Section::Server, read)? {
        Some((server, counts)) => {
            statistics.server = server;
            counts
        }
        None => false,
    };
    let rows = sqlx::query(TABLES).fetch_all(&mut *connection).await;
    let read = rows.and_then(|rows| rows.iter().try_for_each(|row| table(&mut statistics, row)));
    keep(&mut statistics.lost, Section::Tables, read)?;
    let rows = sqlx::query(KEYS).fetch_all(&mut *connection).await;
    let read = rows.and_then(|rows| rows.iter().filter_map(|row| key(row).transpose()).collect());
    if let Some(keys) = keep(&mut statistics.lost, Section::Keys, read)? {
        statistics.keys = keys;
    }
    let counted = counted(connection, counts).await?;
    match counted.indexes {
        Ok(()) => {
            let rows = sqlx::query(INDEXES).fetch_all(&mut *connection).await;
            let read = rows.and_then(|rows| rows.iter().map(index).collect());
            if let Some(indexes) = keep(&mut statistics.lost, Section::Indexes, read)? {
                statistics.indexes = indexes;
            }
        }
        Err(lost) => drop(statistics.lost.insert(Section::Indexes, lost)),
    }
    match counted.statements {
        Ok(()) => {
            let rows = sqlx::query(STATEMENTS).fetch_all(&mut *connection).await;
            let read =
                rows.and_then(|rows| rows.iter().map(statement).collect::<sqlx::Result<Vec<_>>>());
            if let Some(read) = keep(&mut statistics.lost, Section::Statements, read)? {
                statistics.statements_total_us = read.first().map_or(0, |(_, total)| *total);
                statistics.statements = read.into_iter().map(|(statement, _)| statement).collect();
            }
        }
        Err(lost) => drop(statistics.lost.insert(Section::Statements, lost)),
    }
    let is_mariadb = statistics.server.version.contains("MariaDB");
    let read = sessions(connection, is_mariadb).await;
    if let Some(sessions) = keep(&mut statistics.lost, Section::Sessions, read)? {
        statistics.sessions = sessions;
    }
    Ok(statistics)
}

/// Whether performance_schema counts the use of indexes and the statements.
struct Counted {
    indexes: Result<(), Lost>,
    statements: Result<(), Lost>,
}

/// It can be on and count nothing: zero would then look like an index that nobody reads.
async fn counted(connection: &mut MySqlConnection, on: bool) -> sqlx::Result<Counted> {
    if !on {
        let off = || {
            let why = "performance_schema is switched off";
            let remedy = "performance_schema = ON in the server's configuration, and a restart";
            Err(Lost::new(why, remedy))
        };
        return Ok(Counted {
            indexes: off(),
            statements: off(),
        });
    }
    let row = match sqlx::query(COUNTED).fetch_one(connection).await {
        Ok(row) => row,
        // Who may not read this may not read the figures either, and is told there.
        Err(sqlx::Error::Database(_)) => {
            return Ok(Counted {
                indexes: Ok(()),
                statements: Ok(()),
            });
        }
        Err(error) => return Err(error),
    };
    let state = |column: &str, table: &str, name: &str| -> sqlx::Result<Result<(), Lost>> {
        let on = row.try_get::<Option<String>, _>(column)?.as_deref() == Some("YES");
        Ok(if on {
            Ok(())
        } else {
            Err(Lost::new(
                format!("performance_schema does not count them: `{name}` is off"),
                format!(
                    "UPDATE performance_schema.{table} SET enabled = 'YES' WHERE name = '{name}'"
                ),
            ))
        })
    };
    Ok(Counted {
        indexes: state("handler", "setup_instruments", "wait/io/table/sql/handler")?,
        statements: state("digests", "setup_consumers", "statements_digest")?,
    })
}

/// The server, and whether its performance_schema counts.
async fn server(connection: &mut MySqlConnection) -> sqlx::Result<(Server, bool)> {
    let row = sqlx::query(SERVER).fetch_one(&mut *connection).await?;
    let mut status: BTreeMap<String, u64> = BTreeMap::new();
    for row in sqlx::raw_sql(STATUS).fetch_all(&mut *connection).await? {
        let value: String = row.try_get(1)?;
        let name: String = row.try_get(0)?;
        status.extend(value.parse().ok().map(|value| (name.to_lowercase(), value)));
    }
    let figure = |name: &str| status.get(name).copied();
    let server = Server {
        version: row.try_get("version")?,
        counting_s: figure("uptime"),
        cache: figure("innodb_buffer_pool_read_requests").map(|asked| {
            let reads = figure("innodb_buffer_pool_reads").unwrap_or(0);
            Cache {
                hits: asked.saturating_sub(reads),
                reads,
                page_bytes: figure("innodb_page_size").unwrap_or(0),
            }
        }),
        connections: figure("threads_connected")
            .zip(row.try_get::<i64, _>("connections").ok().map(whole))
            .map(|(used, limit)| Connections {
                used,
                limit,
                set_by: "max_connections",
            }),
        ..Server::default()
    };
    Ok((server, row.try_get::<i64, _>("performance_schema")? != 0))
}

fn table(statistics: &mut Statistics, row: &MySqlRow) -> sqlx::Result<()> {
    let name: String = row.try_get("name")?;
    let rows: Option<i64> = row.try_get("number")?;
    if let Some(rows) = rows.and_then(|rows| u64::try_from(rows).ok()) {
        statistics.rows.insert(name.clone(), rows);
    }
    let bytes = row.try_get::<Option<i64>, _>("bytes")?.map(whole);
    let index_bytes = row.try_get::<Option<i64>, _>("index_bytes")?.map(whole);
    let whole_table = bytes
        .zip(index_bytes)
        .map(|(table, indexes)| table + indexes);
    let size = statistics.server.bytes.get_or_insert_default();
    *size += whole_table.unwrap_or(0);
    let used = TableUse {
        bytes,
        counting_s: row.try_get::<Option<i64>, _>("made")?.map(whole),
        analysed: true,
        ..TableUse::default()
    };
    statistics.tables.insert(name, used);
    Ok(())
}

fn key(row: &MySqlRow) -> sqlx::Result<Option<KeyUse>> {
    let Some(maximum) = maximum(row.try_get("type")?) else {
        return Ok(None);
    };
    Ok(Some(KeyUse {
        table: row.try_get("table")?,
        column: row.try_get("column")?,
        last: row.try_get::<u64, _>("last")?,
        maximum,
    }))
}

fn index(row: &MySqlRow) -> sqlx::Result<((String, String), IndexUse)> {
    let used = IndexUse {
        scans: Some(whole(row.try_get("scans")?)),
        ..IndexUse::default()
    };
    Ok(((row.try_get("table")?, row.try_get("name")?), used))
}

/// A statement, and the time of all of them.
fn statement(row: &MySqlRow) -> sqlx::Result<(Statement, u64)> {
    let figure = |column| -> sqlx::Result<u64> { Ok(whole(row.try_get(column)?)) };
    let statement = Statement {
        text: row.try_get("query")?,
        calls: figure("calls")?,
        total_us: figure("total_us")?,
        rows: figure("number")?,
        rows_examined: Some(figure("examined")?),
        full_scans: Some(figure("full_scans")?),
        temporary_bytes: 0,
    };
    Ok((statement, figure("everything_us")?))
}

async fn sessions(
    connection: &mut MySqlConnection,
    is_mariadb: bool,
) -> sqlx::Result<Vec<Session>> {
    let mut sessions = Vec::new();
    for row in sqlx::query(SESSIONS).fetch_all(&mut *connection).await? {
        sessions.push(Session {
            id: row.try_get("id")?,
            user: row.try_get("user")?,
            application: String::new(),
            idle: row.try_get::<i64, _>("idle")? != 0,
            transaction_s: whole(row.try_get("transaction")?),
            state_s: whole(row.try_get("state")?),
            query: row.try_get("query")?,
            blocked_by: Vec::new(),
        });
    }
    let waits = if is_mariadb {
        WAITS_MARIADB
    } else {
        WAITS_MYSQL
    };
    let query = AssertSqlSafe(WAITS.replace("{waits}", waits));
    for row in sqlx::query(query).fetch_all(&mut *connection).await? {
        let waiting: i64 = row.try_get("waiting")?;
        let blocking: i64 = row.try_get("blocking")?;
        let session = sessions.iter_mut().find(|session| session.id == waiting);
        if let Some(session) = session.filter(|s| !s.blocked_by.contains(&blocking)) {
            session.blocked_by.push(blocking);
        }
    }
    Ok(sessions)
}

/// The largest value of an integer type such as `int(10) unsigned`.
fn maximum(r#type: &str) -> Option<u64> {
    let bits = match r#type.split(['(', ' ']).next()? {
        "tinyint" => 8,
        "smallint" => 16,
        "mediumint" => 24,
        "int" => 32,
        "bigint" => 64,
        _ => return None,
    };
    let bits = if r#type.contains("unsigned") {
        bits
    } else {
        bits - 1
    };
    Some(u64::MAX >> (64 - bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_value_follows_from_the_type() {
        assert_eq!(maximum("int(11)"), Some(2_147_483_647));
        assert_eq!(maximum("tinyint unsigned"), Some(255));
        assert_eq!(maximum("bigint(20) unsigned"), Some(u64::MAX));
        assert_eq!(maximum("decimal(10,0)"), None);
    }
}
