//! Statements that a database has to answer, with how often.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "sqlparser has a hundred tokens; all but a few go through as they are"
)]

use std::sync::Arc;

use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;

use crate::statistics::Statement;

/// A statement to be made faster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) text: String,
    /// How often it was called; 1 where nobody counted.
    pub(crate) calls: u64,
    /// The time of all calls in µs, where it was measured.
    pub(crate) total_us: Option<u64>,
}

impl Query {
    /// Whether a table of this name, without its schema, is named.
    pub(crate) fn mentions(&self, table: &str) -> bool {
        let statement = Statement {
            text: self.text.clone(),
            ..Statement::default()
        };
        statement.mentions(table)
    }
}

/// The statements that a server counted, as far as an index can help them.
pub(crate) fn counted(statements: &[Statement], dialect: Dialect) -> Vec<Query> {
    statements
        .iter()
        .filter(|statement| statement.reads() && !statement.text.is_empty())
        .map(|statement| {
            let rows = statement.rows / statement.calls.max(1);
            Query {
                text: match dialect {
                    Dialect::Postgres => with_limit(&statement.text, rows),
                    Dialect::MySql | Dialect::Sqlite => with_unnamed_limit(&statement.text, rows),
                },
                calls: statement.calls,
                total_us: Some(statement.total_us),
            }
        })
        .collect()
}

/// Those that name a table of the schema: a server counts the questions about its catalogue too.
pub(crate) fn about(queries: Vec<Query>, schema: &Schema) -> Vec<Query> {
    let about = |query: &Query| {
        let mut tables = schema.tables.values();
        tables.any(|table| query.mentions(&table.name))
    };
    queries.into_iter().filter(about).collect()
}

/// The statements of a file, divided by semicolons. `-- calls: 500` before one weighs it.
///
/// # Errors
/// When a quote or comment is not closed, with its place.
pub(crate) fn parse(file: &str, text: &str, dialect: Dialect) -> Result<Vec<Query>, Faults> {
    let tokens = match dialect {
        Dialect::Postgres => tokenizer(&PostgreSqlDialect {}, text).tokenize(),
        Dialect::MySql => tokenizer(&MySqlDialect {}, text).tokenize(),
        Dialect::Sqlite => tokenizer(&SQLiteDialect {}, text).tokenize(),
    }
    .map_err(|fault| {
        let location = Location {
            file: file.to_owned(),
            line: usize::try_from(fault.location.line).unwrap_or(1),
            column: usize::try_from(fault.location.column).unwrap_or(1),
            source: Some(Arc::from(text)),
        };
        let message = format!("the workload cannot be read: {}", fault.message);
        Faults::from(Diagnostic::error(message).at(location))
    })?;
    let mut queries = Vec::new();
    let mut open = String::new();
    let mut calls = None;
    for token in tokens.into_iter().chain([Token::SemiColon]) {
        match token {
            Token::SemiColon => {
                if !open.trim().is_empty() {
                    queries.push(Query {
                        text: open.trim().to_owned(),
                        calls: calls.take().unwrap_or(1),
                        total_us: None,
                    });
                }
                open.clear();
            }
            Token::Whitespace(Whitespace::SingleLineComment { comment, .. }) => {
                let count = comment.trim().strip_prefix("calls:");
                calls = count.and_then(|count| count.trim().parse().ok()).or(calls);
                open.push('\n');
            }
            other => open.push_str(&other.to_string()),
        }
    }
    Ok(queries)
}

/// pg_stat_statements takes the number out of `LIMIT 10`, and a planner that does not know it expects
/// a tenth of all rows: the rows that came back on average stand in for it. The parameters after it
/// move up.
fn with_limit(text: &str, rows: u64) -> String {
    let Ok(tokens) = tokenizer(&PostgreSqlDialect {}, text).tokenize() else {
        return text.to_owned();
    };
    let mut gone = None;
    let mut after_limit = false;
    let mut changed = String::new();
    for token in &tokens {
        match token {
            Token::Placeholder(name) if after_limit && gone.is_none() => {
                gone = name.strip_prefix('$').and_then(|n| n.parse::<u32>().ok());
                changed.push_str(&rows.max(1).to_string());
            }
            other => changed.push_str(&other.to_string()),
        }
        let blank = matches!(token, Token::Whitespace(_));
        after_limit = token.to_string().eq_ignore_ascii_case("limit") || (after_limit && blank);
    }
    match gone {
        Some(gone) => without_parameter(&changed, gone),
        None => text.to_owned(),
    }
}

/// The same in the words of MySQL, whose parameters have no numbers.
fn with_unnamed_limit(text: &str, rows: u64) -> String {
    let rows = rows.max(1);
    let limited = text
        .replace("LIMIT ? , ?", "LIMIT ?")
        .replace("LIMIT ?, ?", "LIMIT ?");
    limited.replace("LIMIT ?", &format!("LIMIT {rows}"))
}

fn without_parameter(text: &str, gone: u32) -> String {
    let tokens = tokenizer(&PostgreSqlDialect {}, text).tokenize();
    let moved = |name: &str| {
        let number: Option<u32> = name.strip_prefix('$')?.parse().ok();
        number
            .filter(|number| *number > gone)
            .map(|number| format!("${}", number - 1))
    };
    tokens
        .unwrap_or_default()
        .iter()
        .map(|token| match token {
            Token::Placeholder(name) => moved(name).unwrap_or_else(|| name.clone()),
            other => other.to_string(),
        })
        .collect()
}

/// Quotes keep what they escape: the tokens become text again.
fn tokenizer<'a>(dialect: &'a dyn sqlparser::dialect::Dialect, text: &'a str) -> Tokenizer<'a> {
    Tokenizer::new(dialect, text).with_unescape(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_divided_by_semicolons_outside_of_quotes() {
        let text = "-- calls: 500\nSELECT ';' AS a;\n\n/* ; */ SELECT 2;\n";
        let queries = parse("w.sql", text, Dialect::Postgres).expect("good");
        let shown: Vec<(&str, u64)> = queries.iter().map(|q| (q.text.as_str(), q.calls)).collect();
        assert_eq!(shown, [("SELECT ';' AS a", 500), ("/* ; */ SELECT 2", 1)]);
    }

    #[test]
    fn a_quote_within_quotes_stays_as_it_was() {
        for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
            let queries = parse("w.sql", "SELECT 'it''s'", dialect).expect("good");
            assert_eq!(queries[0].text, "SELECT 'it''s'");
        }
        assert_eq!(
            with_limit("SELECT 'it''s' LIMIT $1", 5),
            "SELECT 'it''s' LIMIT 5"
        );
    }

    #[test]
    fn a_quote_that_is_not_closed_is_shown_with_its_place() {
        let fault = parse("w.sql", "SELECT 1;\nSELECT 'x", Dialect::Postgres).expect_err("open");
        assert!(fault.to_string().starts_with("w.sql:2:8: "), "{fault}");
    }

    #[test]
    fn a_limit_of_mysql_gets_its_number_too() {
        assert_eq!(
            with_unnamed_limit("SELECT `a` FROM `t` WHERE `b` = ? LIMIT ? , ?", 0),
            "SELECT `a` FROM `t` WHERE `b` = ? LIMIT 1"
        );
    }

    #[test]
    fn the_number_of_a_limit_is_put_back() {
        assert_eq!(
            with_limit("SELECT a FROM t WHERE b = $1 LIMIT $2 OFFSET $3", 20),
            "SELECT a FROM t WHERE b = $1 LIMIT 20 OFFSET $2"
        );
        assert_eq!(
            with_limit("SELECT a FROM t WHERE b = $1", 20),
            "SELECT a FROM t WHERE b = $1"
        );
    }
}
