//! Asks the planner, today and as if an index were there. `EXPLAIN` without `ANALYZE` runs nothing.

mod mysql;
mod postgres;
mod sample;
mod selection;
mod sqlite;
mod whatif;

use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::introspect::Connection;
use cargo_backend_shared::schema::{Schema, Table};

use crate::advise::{Found, Proof};
use crate::findings::MissingIndex;
use crate::sql::{self, NewIndex};
use crate::statistics::Statistics;
use crate::workload::Query;

/// What lets an index be tried.
const NO_PLACE_ON_POSTGRES: &str = "`CREATE EXTENSION hypopg` in this database lets indexes be tried, \
    or a server for a scratch database (--dev-url URL, --same-server)";
const NO_PLACE_ON_MYSQL: &str = "MySQL and MariaDB have no hypothetical indexes; with --dev-url URL or \
    --same-server it is tried over sampled rows in a scratch database";

/// How the planner looks rows up by these columns now, in the engine's own words.
pub(crate) async fn lookup_plan(
    connection: &mut Connection,
    schema: &Schema,
    missing: &MissingIndex,
) -> anyhow::Result<String> {
    let Some(table) = schema.tables.get(&missing.table) else {
        return Ok(String::new());
    };
    match connection {
        Connection::MySql(mysql) => {
            mysql::plan(mysql, &lookup(table, missing, schema.dialect)).await
        }
        Connection::Postgres(postgres) => {
            postgres::plan(postgres, &lookup(table, missing, schema.dialect)).await
        }
        Connection::Sqlite(sqlite) => {
            sqlite::plan(sqlite, &lookup(table, missing, schema.dialect)).await
        }
    }
}

/// How it would if `index` were there. Nothing is built: hypopg's indexes live in the session, and
/// SQLite gets an empty copy in memory.
pub(crate) async fn plan_with_index(
    connection: &mut Connection,
    schema: &Schema,
    missing: &MissingIndex,
    index: &NewIndex,
) -> anyhow::Result<Proof> {
    let Some(table) = schema.tables.get(&missing.table) else {
        return Ok(Proof::NotTried {
            why: "the table is gone",
        });
    };
    let lookup = lookup(table, missing, schema.dialect);
    match connection {
        Connection::MySql(_) => Ok(Proof::NotTried {
            why: "MySQL and MariaDB have no hypothetical indexes",
        }),
        Connection::Postgres(postgres) => postgres::with_index(postgres, &lookup, index).await,
        Connection::Sqlite(_) => sqlite::with_index(table, &lookup, index).await,
    }
}

/// Which indexes would make these statements faster, as the planner says. Where nothing can be tried
/// otherwise, it is tried on the server `on`, if one is named.
pub(crate) async fn search(
    connection: &mut Connection,
    on: Option<&DatabaseUrl>,
    schema: &Schema,
    statistics: &Statistics,
    queries: &[Query],
) -> anyhow::Result<Found> {
    match connection {
        Connection::Postgres(postgres) => {
            if let Some(found) = postgres::search(postgres, schema, queries).await? {
                return Ok(found);
            }
        }
        Connection::Sqlite(_) if queries.is_empty() => {
            return Ok(Found::NotTried {
                why: "SQLite counts none; name a file of them with --workload".to_owned(),
            });
        }
        Connection::Sqlite(sqlite) => {
            return sqlite::search(sqlite, schema, &statistics.rows, queries).await;
        }
        Connection::MySql(_) => {}
    }
    if let Some(on) = on {
        return sample::search(connection, on, schema, statistics, queries).await;
    }
    match connection {
        Connection::MySql(mysql) => {
            mysql::search_unproved(mysql, schema, queries, NO_PLACE_ON_MYSQL).await
        }
        Connection::Postgres(_) | Connection::Sqlite(_) => Ok(Found::NotTried {
            why: NO_PLACE_ON_POSTGRES.to_owned(),
        }),
    }
}

/// The statement whose plan is asked for.
fn lookup(table: &Table, missing: &MissingIndex, dialect: Dialect) -> String {
    let name = if table.namespace.is_empty() {
        sql::quoted(&table.name, dialect)
    } else {
        format!(
            "{}.{}",
            sql::quoted(&table.namespace, dialect),
            sql::quoted(&table.name, dialect)
        )
    };
    let conditions: Vec<String> = missing
        .columns
        .iter()
        .map(|column| {
            let column = sql::quoted(column, dialect);
            match dialect {
                // Bound to nothing, every parameter is NULL; the plan is the same.
                Dialect::Sqlite => format!("{column} = ?"),
                // A value that is not known at planning time makes the estimate that of an
                // average value.
                Dialect::Postgres => format!("{column} = (SELECT {column} FROM {name} LIMIT 1)"),
                Dialect::MySql => format!("{column} = (SELECT max({column}) FROM {name})"),
            }
        })
        .collect();
    format!("SELECT * FROM {name} WHERE {}", conditions.join(" AND "))
}
