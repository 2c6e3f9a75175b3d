//! Rows of a table, from here to there, as the literals that the server writes.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Column, Table};
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Row as _};

use crate::proof::sample::{ROWS, given};
use crate::sql::quoted;

/// From so many places of a large table rows are taken.
const SLICES: u64 = 20;

/// How many bytes go in one statement: a sixteenth of what servers take by default.
const BATCH_BYTES: usize = 1 << 20;

fn ident(name: &str) -> String {
    quoted(name, Dialect::MySql)
}

/// Copies a part of a table: slices along its key where that is a number, else its first rows.
pub(in super::super) async fn copy(
    live: &mut MySqlConnection,
    copy: &mut MySqlConnection,
    table: &Table,
    rows: Option<u64>,
) -> anyhow::Result<()> {
    let given = given(table);
    let columns = table
        .columns
        .iter()
        .filter(|column| given.contains(&column.name.as_str()));
    let literals: Vec<String> = columns.map(literal).collect();
    let name = ident(&table.name);
    let select = format!(
        "SELECT CAST(CONCAT_WS(', ', {}) AS CHAR) FROM {name}",
        literals.join(", ")
    );
    let mut texts = Vec::new();
    for filter in slices(live, table, rows).await? {
        let slice: Vec<Option<String>> =
            sqlx::query_scalar(AssertSqlSafe(format!("{select}{filter}")))
                .fetch_all(&mut *live)
                .await?;
        texts.extend(slice.into_iter().flatten());
    }
    let names: Vec<String> = given.iter().map(|column| ident(column)).collect();
    let head = format!("INSERT IGNORE INTO {name} ({}) VALUES ", names.join(", "));
    let mut batch = String::new();
    for text in &texts {
        if batch.len() + text.len() > BATCH_BYTES && !batch.is_empty() {
            run(copy, format!("{head}{batch}")).await?;
            batch.clear();
        }
        let comma = if batch.is_empty() { "" } else { ", " };
        batch.push_str(comma);
        batch.push('(');
        batch.push_str(text);
        batch.push(')');
    }
    if !batch.is_empty() {
        run(copy, format!("{head}{batch}")).await?;
    }
    run(copy, format!("ANALYZE TABLE {name}")).await?;
    Ok(())
}

async fn run(connection: &mut MySqlConnection, sql: String) -> sqlx::Result<()> {
    let run = sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await;
    run.map(|_| ())
}

/// What a column holds, as SQL that can be written back: bytes where a text could be read in another
/// character set.
fn literal(column: &Column) -> String {
    let name = ident(&column.name);
    let r#type = column.r#type.split(['(', ' ']).next().unwrap_or_default();
    let value = match r#type.to_lowercase().as_str() {
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "binary"
        | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "geometry" | "point"
        | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
        | "geometrycollection" => {
            format!("IF(LENGTH({name}) = 0, '\\'\\'', CONCAT('0x', HEX({name})))")
        }
        "bit" => format!("CONCAT('b\\'', BIN({name} + 0), '\\'')"),
        "json" => format!("QUOTE(CAST({name} AS CHAR))"),
        _ => format!("QUOTE({name})"),
    };
    // Literals of several character sets cannot be joined otherwise.
    format!("CONVERT(IF({name} IS NULL, 'NULL', {value}) USING utf8mb4)")
}

/// The ends of the statements that read the sample.
async fn slices(
    live: &mut MySqlConnection,
    table: &Table,
    rows: Option<u64>,
) -> sqlx::Result<Vec<String>> {
    let first = vec![format!(" LIMIT {ROWS}")];
    let [key] = table.primary_key.as_slice() else {
        return Ok(first);
    };
    let is_number = table
        .columns
        .iter()
        .any(|column| column.name == *key && column.r#type.contains("int"));
    if !is_number || rows.is_some_and(|rows| rows <= ROWS) {
        return Ok(first);
    }
    let key = ident(key);
    let ends = format!(
        "SELECT CAST(MIN({key}) AS SIGNED) AS low, CAST(MAX({key}) AS SIGNED) AS high FROM {}",
        ident(&table.name)
    );
    let row = sqlx::query(AssertSqlSafe(ends)).fetch_one(live).await?;
    let (low, high): (Option<i64>, Option<i64>) = (row.try_get("low")?, row.try_get("high")?);
    let (Some(low), Some(high)) = (low, high) else {
        return Ok(first);
    };
    let width = (i128::from(high) - i128::from(low) + 1).max(1);
    let slices = i128::from(SLICES);
    let each = ROWS / SLICES;
    Ok((0..slices)
        .map(|n| {
            let from = i128::from(low) + width * n / slices;
            let to = i128::from(low) + width * (n + 1) / slices;
            format!(" WHERE {key} >= {from} AND {key} < {to} ORDER BY {key} LIMIT {each}")
        })
        .collect())
}
