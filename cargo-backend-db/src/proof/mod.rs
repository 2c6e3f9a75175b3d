//! Asks the planner, today and as if an index were there. `EXPLAIN` without `ANALYZE` runs nothing.

mod mysql;
mod postgres;
mod sqlite;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::introspect::Connection;
use cargo_backend_shared::schema::{Schema, Table};

use crate::advise::{Found, Proof};
use crate::findings::MissingIndex;
use crate::sql::{self, NewIndex};
use crate::workload::Query;

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

/// Which indexes would make these statements faster, as the planner says.
pub(crate) async fn search(
    connection: &mut Connection,
    schema: &Schema,
    queries: &[Query],
) -> anyhow::Result<Found> {
    match connection {
        Connection::Postgres(postgres) => postgres::search(postgres, schema, queries).await,
        Connection::MySql(_) | Connection::Sqlite(_) => Ok(Found::NotTried {
            why: "statements are looked at on PostgreSQL only".to_owned(),
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
