//! Values for statements whose own are gone. EXPLAIN wants one for each, and what it answers hangs on
//! them: they come from the rows. Of an equality it is the one in the middle; of a range one that leaves a
//! tenth.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "sqlparser has a hundred tokens; all but a few go through as they are"
)]

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Schema, Table};
use sqlparser::dialect::MySqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};
use sqlx::AssertSqlSafe;
use sqlx::mysql::MySqlConnection;

use crate::sql::quoted;
use crate::workload::Query;

/// How a value is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    /// By its place in the order of its column, which reads all of the column.
    ByOrder,
    /// The first that comes, which reads next to nothing.
    Any,
}

/// A part of a statement.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// The value that is compared with this column; at so many percent of its order.
    Value(String, u8),
}

/// The statement with values in the place of `?` and `(...)`.
pub(super) async fn filled(
    connection: &mut MySqlConnection,
    schema: &Schema,
    text: &str,
    pick: Pick,
) -> sqlx::Result<String> {
    let mut filled = String::new();
    for part in parts(text) {
        match part {
            Part::Text(text) => filled.push_str(&text),
            Part::Value(column, percent) => {
                let value = match table_of(schema, text, &column) {
                    Some(table) => {
                        let place = (pick == Pick::ByOrder).then_some(percent);
                        value(connection, table, &column, place).await?
                    }
                    None => None,
                };
                filled.push_str(value.as_deref().unwrap_or("1"));
            }
        }
    }
    Ok(filled)
}

/// The values are marked with the column in front of them.
fn parts(text: &str) -> Vec<Part> {
    // What performance_schema makes of a list.
    let text = text.replace("(...)", "(?)");
    let Ok(tokens) = Tokenizer::new(&MySqlDialect {}, &text).tokenize() else {
        return vec![Part::Text(text)];
    };
    let mut parts = Vec::new();
    let (mut column, mut percent, mut between) = (String::new(), 50, false);
    for token in tokens {
        match &token {
            Token::Placeholder(_) if column.is_empty() => parts.push(Part::Text("1".to_owned())),
            Token::Placeholder(_) => {
                parts.push(Part::Value(column.clone(), percent));
                // BETWEEN has a second one.
                percent = if between { 95 } else { 50 };
                between = false;
                continue;
            }
            Token::Word(word) => {
                match word.value.to_lowercase().as_str() {
                    "between" => (percent, between) = (85, true),
                    "limit" | "offset" => column.clear(),
                    "in" | "like" | "and" | "or" | "not" | "is" => {}
                    _ => {
                        column.clone_from(&word.value);
                        percent = 50;
                    }
                }
                parts.push(Part::Text(token.to_string()));
            }
            Token::Gt | Token::GtEq => {
                percent = 90;
                parts.push(Part::Text(token.to_string()));
            }
            Token::Lt | Token::LtEq => {
                percent = 10;
                parts.push(Part::Text(token.to_string()));
            }
            Token::Whitespace(Whitespace::SingleLineComment { .. }) => {
                parts.push(Part::Text("\n".to_owned()));
            }
            _ => parts.push(Part::Text(token.to_string())),
        }
    }
    parts
}

/// The first table of the statement that has the column.
fn table_of<'a>(schema: &'a Schema, text: &str, column: &str) -> Option<&'a Table> {
    let query = Query {
        text: text.to_owned(),
        calls: 1,
        total_us: None,
    };
    schema.tables.values().find(|table| {
        let mut columns = table.columns.iter();
        columns.any(|known| known.name.eq_ignore_ascii_case(column)) && query.mentions(&table.name)
    })
}

/// The value at a place in the order of a column, or any, as a literal; none where there are no rows.
async fn value(
    connection: &mut MySqlConnection,
    table: &Table,
    column: &str,
    percent: Option<u8>,
) -> sqlx::Result<Option<String>> {
    let (name, column) = (
        quoted(&table.name, Dialect::MySql),
        quoted(column, Dialect::MySql),
    );
    let order = match percent {
        Some(percent) => {
            let count = format!("SELECT COUNT({column}) FROM {name}");
            let rows: i64 = sqlx::query_scalar(AssertSqlSafe(count))
                .fetch_one(&mut *connection)
                .await?;
            let place = (rows - 1).max(0) * i64::from(percent) / 100;
            format!("ORDER BY {column} LIMIT 1 OFFSET {place}")
        }
        None => "LIMIT 1".to_owned(),
    };
    let value = format!(
        "SELECT CAST(QUOTE({column}) AS CHAR) FROM {name} WHERE {column} IS NOT NULL {order}"
    );
    sqlx::query_scalar(AssertSqlSafe(value))
        .fetch_optional(connection)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let shown = parts(text).into_iter().map(|part| match part {
            Part::Text(text) => text,
            Part::Value(column, percent) => format!("<{column} {percent}>"),
        });
        shown.collect()
    }

    #[test]
    fn each_value_is_that_of_its_column() {
        assert_eq!(
            shown(
                "SELECT * FROM `o` WHERE `o` . `status` = ? AND `at` > ? AND `id` IN (...) LIMIT ?"
            ),
            "SELECT * FROM `o` WHERE `o` . `status` = <status 50> AND `at` > <at 90> AND `id` IN (<id 50>) LIMIT 1"
        );
        assert_eq!(
            shown("DELETE FROM o WHERE at BETWEEN ? AND ? AND kind = 'a?' OR total <= ?"),
            "DELETE FROM o WHERE at BETWEEN <at 85> AND <at 95> AND kind = 'a?' OR total <= <total 10>"
        );
    }
}
