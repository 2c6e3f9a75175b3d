//! A file of MySQL or MariaDB, whose statements that change the schema commit by themselves, one by
//! one, so that a run that was killed goes on where it stopped.
//!
//! How far it came stands in the history, as on PostgreSQL: -1 before the first statement, -2 once it
//! was begun, -3 when it is done. Rows are changed in one transaction with that number. Of a change of
//! the schema that was begun, the server says whether it is done: it refuses to make what is there, or
//! to drop what is not.

use cargo_backend_shared::error::Hint as _;
use cargo_backend_shared::introspect::Connection;
use sqlparser::dialect::MySqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer, Whitespace};
use sqlx::mysql::MySqlDatabaseError;

use crate::migration::{Script, Version};

/// What the server says to a change of the schema that is done already: something exists, or does not.
/// (<https://mariadb.com/kb/en/mariadb-error-code-reference/>)
const DONE: &[u16] = &[
    1007, 1008, 1022, 1050, 1051, 1054, 1060, 1061, 1068, 1072, 1091, 1146, 1304, 1305, 1359, 1360,
    1537, 1539, 1826, 1005,
];

/// Runs the statements that are not done yet. `version` is that of a migration forward, which is
/// counted; on the way back nothing is.
///
/// # Errors
/// When one fails; those before it are done.
pub(super) async fn run(
    connection: &mut Connection,
    script: &Script,
    version: Option<Version>,
) -> anyhow::Result<()> {
    let passed = super::marks(connection, version).await?;
    let statements = divided(&script.text);
    let count = statements.len();
    for (place, text) in statements.iter().enumerate().skip(passed / 2) {
        let begun = version.is_some() && passed == 2 * place + 1;
        let doing = super::failed(script, place, count);
        let ran = one(connection, text, (version, place), begun).await;
        ran.hint(doing, super::GOES_ON)?;
    }
    Ok(())
}

async fn one(
    connection: &mut Connection,
    text: &str,
    (version, place): (Option<Version>, usize),
    begun: bool,
) -> sqlx::Result<()> {
    if changes_rows(text) {
        return super::counted(connection, text, version, 2 * place + 2).await;
    }
    super::mark(connection, version, 2 * place + 1).await?;
    match super::statement(connection, text.to_owned()).await {
        Err(fault) if begun && is_done(&fault) => {}
        Err(fault) => {
            // Refused, so it is not begun: the next run must not take another refusal for success.
            super::mark(connection, version, 2 * place).await?;
            return Err(fault);
        }
        Ok(()) => {}
    }
    super::mark(connection, version, 2 * place + 2).await
}

fn changes_rows(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    ["INSERT", "UPDATE", "DELETE", "REPLACE"]
        .iter()
        .any(|word| first.eq_ignore_ascii_case(word))
}

fn is_done(fault: &sqlx::Error) -> bool {
    let fault = fault.as_database_error();
    let fault = fault.and_then(|fault| fault.try_downcast_ref::<MySqlDatabaseError>());
    fault.is_some_and(|fault| DONE.contains(&fault.number()))
}

/// The statements of a script. Within a routine, trigger or event a semicolon ends nothing before the
/// END of its body; a text that cannot be read is one statement.
fn divided(text: &str) -> Vec<String> {
    let tokens = Tokenizer::new(&MySqlDialect {}, text)
        .with_unescape(false)
        .tokenize();
    let Ok(tokens) = tokens else {
        return vec![text.to_owned()];
    };
    let mut statements = Vec::new();
    let mut open = String::new();
    // The words so far, and how many bodies are open.
    let (mut words, mut depth) = (Vec::<String>::new(), 0_i32);
    for token in tokens.into_iter().chain([Token::SemiColon]) {
        if let Token::Word(word) = &token {
            let word = word.value.to_uppercase();
            if is_program(&words) {
                depth += deeper(&word, words.last().map(String::as_str));
            }
            words.push(word);
        }
        if token == Token::SemiColon && depth <= 0 {
            let statement = std::mem::take(&mut open);
            if !words.is_empty() {
                statements.push(statement.trim().to_owned());
            }
            (words, depth) = (Vec::new(), 0);
            continue;
        }
        let comment = matches!(
            token,
            Token::Whitespace(Whitespace::SingleLineComment { .. })
        );
        if !comment {
            open.push_str(&token.to_string());
        }
    }
    statements
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

    #[test]
    fn semicolons_divide_but_in_quotes_and_bodies() {
        let text =
            "-- first\nCREATE TABLE a (b text DEFAULT 'x;''y');\n\nINSERT INTO a VALUES (';');
            CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT 1; END IF; SELECT 2; END;
            DROP TABLE a";
        let statements = divided(text);
        assert_eq!(statements.len(), 4, "{statements:#?}");
        assert_eq!(statements[0], "CREATE TABLE a (b text DEFAULT 'x;''y')");
        assert!(
            statements[2].ends_with("SELECT 2; END"),
            "{}",
            statements[2]
        );
        assert!(changes_rows(&statements[1]) && !changes_rows(&statements[3]));
    }
}
