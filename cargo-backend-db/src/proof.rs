//! Asks the planner. `EXPLAIN` without `ANALYZE` runs nothing.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::introspect::Connection;
use cargo_backend_shared::schema::Schema;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use crate::findings::MissingIndex;
use crate::sql::{self, NewIndex};

/// How the planner would look rows up by these columns, in the engine's own words.
pub(crate) async fn lookup_plan(
    connection: &mut Connection,
    schema: &Schema,
    missing: &MissingIndex,
) -> anyhow::Result<String> {
    let Some(table) = schema.tables.get(&missing.table) else {
        return Ok(String::new());
    };
    let name = if table.namespace.is_empty() {
        sql::quoted(&table.name, schema.dialect)
    } else {
        format!(
            "{}.{}",
            sql::quoted(&table.namespace, schema.dialect),
            sql::quoted(&table.name, schema.dialect)
        )
    };
    match connection {
        Connection::Sqlite(sqlite) => {
            // Bound to nothing, every parameter is NULL; the plan is the same.
            let condition = conditions(missing, schema.dialect, |_| "?".to_owned());
            let explain = format!("EXPLAIN QUERY PLAN SELECT * FROM {name} WHERE {condition}");
            let rows = sqlx::query(AssertSqlSafe(explain))
                .fetch_all(&mut *sqlite)
                .await?;
            let steps: Vec<String> = rows
                .iter()
                .map(|row| row.try_get("detail"))
                .collect::<Result<_, _>>()?;
            Ok(steps.join("; "))
        }
        Connection::MySql(mysql) => {
            let condition = conditions(missing, schema.dialect, |column| {
                format!("(SELECT MAX({column}) FROM {name})")
            });
            let explain = format!("EXPLAIN SELECT * FROM {name} WHERE {condition}");
            let row = sqlx::query(AssertSqlSafe(explain))
                .fetch_one(&mut *mysql)
                .await?;
            let key: Option<String> = row.try_get("key")?;
            let access: Option<String> = row.try_get("type")?;
            Ok(format!(
                "access type {}, key {}",
                access.as_deref().unwrap_or("none"),
                key.as_deref().unwrap_or("none")
            ))
        }
        Connection::Postgres(postgres) => {
            // A value that is not known at planning time makes the estimate that of an average value.
            let condition = conditions(missing, schema.dialect, |column| {
                format!("(SELECT {column} FROM {name} LIMIT 1)")
            });
            let explain = format!("EXPLAIN SELECT * FROM {name} WHERE {condition}");
            let lines: Vec<String> = sqlx::query_scalar(AssertSqlSafe(explain))
                .fetch_all(&mut *postgres)
                .await?;
            Ok(lines.first().cloned().unwrap_or_default())
        }
    }
}

fn conditions(missing: &MissingIndex, dialect: Dialect, value: impl Fn(&str) -> String) -> String {
    let all: Vec<String> = missing
        .columns
        .iter()
        .map(|column| {
            let column = sql::quoted(column, dialect);
            format!("{column} = {}", value(&column))
        })
        .collect();
    all.join(" AND ")
}

/// How the planner would look rows up if `index` were there, tried on an empty copy in memory.
/// Only SQLite can do that without touching the database; elsewhere there is no answer.
pub(crate) async fn plan_with_index(
    schema: &Schema,
    missing: &MissingIndex,
    index: &NewIndex,
) -> anyhow::Result<Option<String>> {
    if schema.dialect != Dialect::Sqlite {
        return Ok(None);
    }
    let mut copy = SqliteConnection::connect("sqlite::memory:").await?;
    let table = schema.tables.get(&missing.table);
    let definitions = table.into_iter().flat_map(|table| {
        let made = table.indexes.values().map(|index| index.definition.clone());
        table.definition.clone().into_iter().chain(made)
    });
    let new = sql::create_index(index, schema.dialect);
    for statement in definitions.chain([new]).filter(|sql| !sql.is_empty()) {
        sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut copy)
            .await?;
    }
    let mut copy = Connection::Sqlite(copy);
    lookup_plan(&mut copy, schema, missing).await.map(Some)
}
