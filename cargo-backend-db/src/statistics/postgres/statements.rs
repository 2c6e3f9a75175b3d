//! pg_stat_statements (<https://www.postgresql.org/docs/current/pgstatstatements.html>).

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Row as _};

use super::super::live::{keep, whole};
use super::super::{Lost, Section, Statement, Statistics};
use super::{Role, count};

/// The extension may live in any schema, and not be loaded into the server.
const EXTENSION: &str = "
    SELECT quote_ident(n.nspname) AS namespace, e.extversion AS version
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_stat_statements'";

/// One row a statement, whoever ran it: the 200 that took the most time and the 200 that were
/// called most. What an ORM asks inside a function is left out where the version can tell.
const STATEMENTS: &str = "
    SELECT left(s.query, 10000) AS query, s.calls, s.rows, s.total_us, s.temporary, s.everything_us
    FROM (SELECT max(p.query) AS query, sum(p.calls)::bigint AS calls, sum(p.rows)::bigint AS rows,
                 (sum(p.total_exec_time) * 1000)::bigint AS total_us,
                 sum(p.temp_blks_written)::bigint * current_setting('block_size')::bigint AS temporary,
                 (sum(sum(p.total_exec_time)) OVER () * 1000)::bigint AS everything_us,
                 row_number() OVER (ORDER BY sum(p.total_exec_time) DESC) AS by_time,
                 row_number() OVER (ORDER BY sum(p.calls) DESC) AS by_calls
          FROM {namespace}.pg_stat_statements p
          WHERE p.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND p.queryid IS NOT NULL {toplevel}
          GROUP BY p.queryid) s
    WHERE s.by_time <= 200 OR s.by_calls <= 200
    ORDER BY s.total_us DESC, s.query";

/// `toplevel` came with version 1.9 (PostgreSQL 14).
const TOPLEVEL_SINCE: i32 = 140_000;

pub(super) async fn read(
    connection: &mut PgConnection,
    role: Option<&Role>,
    statistics: &mut Statistics,
) -> anyhow::Result<()> {
    let rows = fetch(connection, role).await;
    match rows {
        Ok(Ok(rows)) => {
            if let Some(first) = rows.first() {
                statistics.statements_total_us = count(first, "everything_us")?;
            }
            let read = rows.iter().map(statement).collect::<sqlx::Result<_>>();
            if let Some(read) = keep(&mut statistics.lost, Section::Statements, read)? {
                statistics.statements = read;
            }
        }
        Ok(Err(missing)) => {
            statistics.lost.insert(Section::Statements, missing);
        }
        Err(error) => {
            keep::<()>(&mut statistics.lost, Section::Statements, Err(error))?;
            // 55000: the view is there, the library behind it is not.
            if let Some(lost) = statistics.lost.get_mut(&Section::Statements)
                && lost.why.contains("shared_preload_libraries")
            {
                lost.remedy = PRELOAD.to_owned();
            }
        }
    }
    Ok(())
}

const PRELOAD: &str =
    "shared_preload_libraries = 'pg_stat_statements' in postgresql.conf, and a restart";

async fn fetch(
    connection: &mut PgConnection,
    role: Option<&Role>,
) -> sqlx::Result<Result<Vec<PgRow>, Lost>> {
    let Some(extension) = sqlx::query(EXTENSION)
        .fetch_optional(&mut *connection)
        .await?
    else {
        return Ok(Err(Lost::new(
            "pg_stat_statements is not installed",
            format!("CREATE EXTENSION pg_stat_statements in this database, and {PRELOAD}"),
        )));
    };
    let Some(role) = role.filter(|role| role.sees_all) else {
        return Ok(Err(Lost::new(
            "this role sees only its own statements",
            "GRANT pg_monitor TO the role that analyses",
        )));
    };
    let toplevel = if role.version >= TOPLEVEL_SINCE {
        "AND p.toplevel"
    } else {
        ""
    };
    let query = STATEMENTS
        .replace("{namespace}", extension.try_get("namespace")?)
        .replace("{toplevel}", toplevel);
    let rows = sqlx::query(AssertSqlSafe(query))
        .fetch_all(connection)
        .await?;
    Ok(Ok(rows))
}

fn statement(row: &PgRow) -> sqlx::Result<Statement> {
    Ok(Statement {
        text: row.try_get("query")?,
        calls: count(row, "calls")?,
        total_us: count(row, "total_us")?,
        rows: whole(row.try_get("rows")?),
        rows_examined: None,
        full_scans: None,
        temporary_bytes: count(row, "temporary")?,
    })
}
