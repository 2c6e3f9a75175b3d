//! A script divided into its statements, with the place of each.

use std::any::TypeId;
use std::ops::Range;
use std::sync::Arc;

use cargo_backend_shared::database_url::Dialect;
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, SQLiteDialect};
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Whitespace};

use crate::lint::lines::Lines;
use crate::lint::read;
use crate::lint::statement::Statement;

/// One statement of a script.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Piece {
    /// Where it stands, without what is around it: bytes of the script.
    pub(crate) span: Range<usize>,
    /// What it says, where there is a reader for it (PostgreSQL).
    pub(crate) statement: Option<Statement>,
}

/// The statements of a script; the whole of it where it cannot be read, for a server knows more SQL than
/// any reader.
pub(crate) fn split(dialect: Dialect, text: &str) -> Vec<Piece> {
    let pieces = match dialect {
        Dialect::Postgres => postgres(text),
        Dialect::MySql => by_tokens(&WholeComments(MySqlDialect {}), text),
        Dialect::Sqlite => by_tokens(&SQLiteDialect {}, text),
    };
    pieces.unwrap_or_else(|| {
        vec![Piece {
            span: 0..text.len(),
            statement: None,
        }]
    })
}

fn postgres(text: &str) -> Option<Vec<Piece>> {
    let text: Arc<str> = Arc::from(text);
    let read = read::reader(Dialect::Postgres).statements("", &text).ok()?;
    let piece = |statement: Statement| Piece {
        span: statement.span.clone(),
        statement: Some(statement),
    };
    Some(read.into_iter().map(piece).collect())
}

/// Within a routine, trigger or event a semicolon ends nothing before the END of its body.
fn by_tokens(grammar: &dyn Grammar, text: &str) -> Option<Vec<Piece>> {
    let tokens = Tokenizer::new(grammar, text)
        .with_unescape(false)
        .tokenize_with_location();
    let lines = Lines::of(text);
    let mut pieces = Vec::new();
    let mut open: Option<Range<usize>> = None;
    // The words so far, and how many bodies are open.
    let (mut words, mut depth) = (Vec::<String>::new(), 0_i32);
    for TokenWithSpan { token, span } in tokens.ok()? {
        if let Token::Word(word) = &token {
            let word = word.value.to_uppercase();
            if is_program(&words) {
                depth += deeper(&word, words.last().map(String::as_str));
            }
            words.push(word);
        }
        if token == Token::SemiColon && depth <= 0 {
            pieces.extend(open.take());
            (words, depth) = (Vec::new(), 0);
        } else if !is_blank(&token) {
            let end = lines.offset(text, span.end.line, span.end.column);
            let start = open.map_or_else(
                || lines.offset(text, span.start.line, span.start.column),
                |open| open.start,
            );
            open = Some(start..end);
        }
    }
    pieces.extend(open);
    let piece = |span| Piece {
        span,
        statement: None,
    };
    Some(pieces.into_iter().map(piece).collect())
}

/// MySQL, but with the comments that a server runs as one token each: sqlparser tells the places of their
/// words wrong.
#[derive(Debug)]
struct WholeComments(MySqlDialect);

impl Grammar for WholeComments {
    fn dialect(&self) -> TypeId {
        self.0.dialect()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        self.0.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        self.0.is_identifier_part(ch)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        self.0.is_delimited_identifier_start(ch)
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        self.0.supports_string_literal_backslash_escape()
    }

    fn supports_numeric_prefix(&self) -> bool {
        self.0.supports_numeric_prefix()
    }

    fn requires_single_line_comment_whitespace(&self) -> bool {
        self.0.requires_single_line_comment_whitespace()
    }

    fn ignores_wildcard_escapes(&self) -> bool {
        self.0.ignores_wildcard_escapes()
    }
}

/// White space, or a comment that no server runs.
fn is_blank(token: &Token) -> bool {
    if let Token::Whitespace(Whitespace::MultiLineComment(inside)) = token {
        return !inside.starts_with('!');
    }
    matches!(token, Token::Whitespace(_) | Token::EOF)
}

/// Whether these words begin something with a body.
fn is_program(words: &[String]) -> bool {
    let kinds = ["PROCEDURE", "FUNCTION", "TRIGGER", "EVENT", "PACKAGE"];
    words.first().is_some_and(|first| first == "CREATE")
        && words
            .iter()
            .take(8)
            .any(|word| kinds.contains(&word.as_str()))
}

/// What a word does to the count of open bodies.
fn deeper(word: &str, before: Option<&str>) -> i32 {
    match (word, before) {
        // END IF, END LOOP and the like end what END has ended already.
        ("IF" | "CASE" | "LOOP" | "WHILE" | "REPEAT", Some("END")) => 0,
        // IF EXISTS, and IF (…) as a function, open nothing; neither stands at the beginning.
        ("IF", Some("FUNCTION" | "PROCEDURE" | "TRIGGER" | "EVENT" | "TABLE")) => 0,
        ("BEGIN" | "CASE" | "LOOP" | "WHILE" | "REPEAT" | "IF", _) => 1,
        ("END", _) => -1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(dialect: Dialect, text: &str, expected: &[&str]) {
        let pieces = split(dialect, text);
        let texts: Vec<&str> = pieces
            .iter()
            .map(|piece| &text[piece.span.clone()])
            .collect();
        assert_eq!(texts, expected, "{dialect}");
    }

    #[test]
    fn semicolons_divide_but_in_quotes_and_bodies() {
        let procedure = "CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; SELECT 2; END";
        check(
            Dialect::MySql,
            &format!(
                "-- ä;\nCREATE TABLE a (b text DEFAULT 'x;''y');\n\n{procedure};;DROP TABLE a -- b;"
            ),
            &[
                "CREATE TABLE a (b text DEFAULT 'x;''y')",
                procedure,
                "DROP TABLE a",
            ],
        );
        let trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN
            UPDATE a SET b = CASE WHEN b THEN 1 ELSE 0 END; SELECT 1; END";
        check(
            Dialect::Sqlite,
            &format!("{trigger};\n/* ; */ DROP TABLE a;"),
            &[trigger, "DROP TABLE a"],
        );
        let function = "CREATE FUNCTION f() RETURNS int AS $$SELECT 1;$$ LANGUAGE sql";
        check(
            Dialect::Postgres,
            &format!("{function};\n-- last;\nDROP TABLE a;"),
            &[function, "DROP TABLE a"],
        );
    }

    #[test]
    fn comments_that_mysql_runs_are_statements() {
        check(
            Dialect::MySql,
            "/*!40101 SET NAMES utf8 */;\nSELECT 1;",
            &["/*!40101 SET NAMES utf8 */", "SELECT 1"],
        );
    }

    #[test]
    fn what_cannot_be_read_is_one_statement() {
        for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
            check(
                dialect,
                "SELECT 'open; SELECT 1;",
                &["SELECT 'open; SELECT 1;"],
            );
        }
    }

    #[test]
    fn nothing_but_comments_is_no_statement() {
        for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
            check(dialect, "-- no-transaction\n/* later */\n", &[]);
        }
    }

    #[test]
    fn a_large_script_is_divided_in_a_moment() {
        let text = "INSERT INTO a VALUES (1);\n".repeat(20_000);
        let began = std::time::Instant::now();
        assert_eq!(split(Dialect::Sqlite, &text).len(), 20_000);
        assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
    }
}
