//! How much is in what a rollback takes away.

use cargo_backend_shared::introspect::Connection;
use cargo_backend_shared::schema::Schema;
use sqlx::AssertSqlSafe;

use crate::loss::Lost;
use crate::sql::quoted;

/// Counting stops here: a person needs to know no more.
const MOST: i64 = 1_000_000;

/// Something that is lost, with the rows that have a value there.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Loss {
    /// `column orders.note`.
    pub(crate) what: String,
    /// At least one; [`MOST`] and one for more than that.
    pub(crate) rows: i64,
}

impl Loss {
    /// `20000 rows of column orders.note`.
    pub(crate) fn in_words(&self) -> String {
        match self.rows {
            1 => format!("1 row of {}", self.what),
            rows if rows > MOST => format!("more than {MOST} rows of {}", self.what),
            rows => format!("{rows} rows of {}", self.what),
        }
    }
}

/// Counts rows; what holds none is no loss.
///
/// # Errors
/// When a table cannot be read.
pub(crate) async fn count(
    connection: &mut Connection,
    schema: &Schema,
    lost: &[Lost],
) -> anyhow::Result<Vec<Loss>> {
    let dialect = connection.dialect();
    let mut losses = Vec::new();
    for lost in lost {
        let Some(table) = schema.tables.get(&lost.table) else {
            continue;
        };
        let name = [&table.namespace, &table.name]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(|part| quoted(part, dialect))
            .collect::<Vec<_>>()
            .join(".");
        let filled = lost.column.as_ref().map_or_else(String::new, |column| {
            format!(" WHERE {} IS NOT NULL", quoted(column, dialect))
        });
        let limit = MOST + 1;
        let select =
            format!("SELECT count(*) FROM (SELECT 1 FROM {name}{filled} LIMIT {limit}) AS lost");
        let select = AssertSqlSafe(select);
        let rows: i64 = match connection {
            Connection::Postgres(c) => sqlx::query_scalar(select).fetch_one(c).await?,
            Connection::MySql(c) => sqlx::query_scalar(select).fetch_one(c).await?,
            Connection::Sqlite(c) => sqlx::query_scalar(select).fetch_one(c).await?,
        };
        if rows > 0 {
            let what = lost.to_string();
            losses.push(Loss { what, rows });
        }
    }
    Ok(losses)
}
