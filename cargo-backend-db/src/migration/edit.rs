//! What was done to a file after it was applied: to its words, or only to its comments and white space.

use cargo_backend_shared::database_url::Dialect;
use sha2::{Digest as _, Sha384};
use similar::TextDiff;
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::tokenizer::{Token, Tokenizer};

use super::{Checksum, Edit, Record, Script};

/// What tells two scripts apart for a server: their tokens, without comments, white space and carriage
/// returns. A text that cannot be divided into tokens stands for itself, without the blanks at the
/// ends of its lines.
fn normal_form(dialect: Dialect, text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let grammar: &dyn Grammar = match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::MySql => &MySqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
    };
    let tokens = Tokenizer::new(grammar, &text)
        .with_unescape(false)
        .tokenize();
    match tokens {
        Ok(tokens) => (tokens.iter())
            .filter(|token| !matches!(token, Token::Whitespace(_)))
            .map(|token| format!("{token}\n"))
            .collect(),
        Err(_unread) => (text.lines())
            .map(|line| format!("{}\n", line.trim_end()))
            .collect(),
    }
}

/// The checksum of a script that comments and white space do not change.
pub(crate) fn form(dialect: Dialect, text: &str) -> Checksum {
    Checksum(Sha384::digest(normal_form(dialect, text)).to_vec())
}

/// What was done to a file. `applied` is its checksum in the history, `record` what was kept of it.
pub(crate) fn of(
    dialect: Dialect,
    file: &Script,
    applied: &Checksum,
    record: Option<&Record>,
) -> Edit {
    if other_line_ends(&file.text, applied) {
        return Edit::Form;
    }
    // What was kept of another text says nothing about this one.
    let record = record.filter(|record| record.checksum == *applied);
    match record {
        Some(record) if record.form == form(dialect, &file.text) => Edit::Form,
        Some(Record {
            text: Some(text), ..
        }) => Edit::Text(Some(diff(text, file))),
        Some(_) | None => Edit::Text(None),
    }
}

/// Whether only the line ends are others, which version control does on its own.
fn other_line_ends(text: &str, applied: &Checksum) -> bool {
    let unix = text.replace("\r\n", "\n");
    let windows = unix.replace('\n', "\r\n");
    [unix, windows]
        .iter()
        .any(|text| Checksum::of(text) == *applied)
}

fn diff(applied: &str, file: &Script) -> String {
    let name = &file.file;
    TextDiff::from_lines(applied, &file.text)
        .unified_diff()
        .context_radius(3)
        .header(&format!("{name} (as applied)"), name)
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPLIED: &str = "-- first\nCREATE TABLE t (\n  a text DEFAULT 'x -- y'\n);\n";

    fn check(dialect: Dialect, edited: &str) -> Edit {
        let file = Script {
            file: "1_t.up.sql".to_owned(),
            text: edited.to_owned(),
        };
        let applied = Checksum::of(APPLIED);
        let record = Record {
            checksum: applied.clone(),
            form: form(dialect, APPLIED),
            text: Some(APPLIED.to_owned()),
        };
        of(dialect, &file, &applied, Some(&record))
    }

    #[test]
    fn comments_and_white_space_are_form() {
        for dialect in [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite] {
            for edited in [
                "CREATE TABLE t (a text DEFAULT 'x -- y');",
                "/* now\n explained */ CREATE  TABLE t(\r\n a text DEFAULT 'x -- y' ) ; -- last",
                &APPLIED.replace('\n', "\r\n"),
                &format!("\u{feff}{APPLIED}"),
            ] {
                assert_eq!(check(dialect, edited), Edit::Form, "{dialect}: {edited}");
            }
        }
    }

    #[test]
    fn words_and_what_stands_in_quotes_are_text() {
        for edited in [
            "CREATE TABLE t (a text DEFAULT 'x --  y');",
            "CREATE TABLE u (a text DEFAULT 'x -- y');",
            "CREATE TABLE t (a text DEFAULT 'x -- y'); SELECT 1;",
        ] {
            assert!(
                matches!(check(Dialect::Postgres, edited), Edit::Text(Some(_))),
                "{edited}"
            );
        }
        let hint = "CREATE TABLE t (a text DEFAULT 'x -- y') /*! ENGINE=MEMORY */;";
        assert!(
            matches!(check(Dialect::MySql, hint), Edit::Text(Some(_))),
            "MySQL runs what stands in such a comment"
        );
    }

    #[test]
    fn a_function_body_is_text() {
        let body = |inside: &str| format!("CREATE FUNCTION f() RETURNS int AS $${inside}$$;");
        let (one, other) = (body("SELECT 1"), body("SELECT  1"));
        assert_ne!(
            form(Dialect::Postgres, &one),
            form(Dialect::Postgres, &other)
        );
    }

    #[test]
    fn the_change_is_shown_where_the_text_was_kept() {
        let Edit::Text(Some(shown)) = check(
            Dialect::Sqlite,
            &APPLIED.replace("t (\n", "t (\n  b int,\n"),
        ) else {
            panic!("the text was kept");
        };
        assert_eq!(
            shown,
            "--- 1_t.up.sql (as applied)\n+++ 1_t.up.sql\n@@ -1,4 +1,5 @@\n -- first\n CREATE TABLE t (\n+  b int,\n   a text DEFAULT 'x -- y'\n );\n"
        );
    }
}
