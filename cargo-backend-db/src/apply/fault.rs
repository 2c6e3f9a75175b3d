//! A statement of a script that failed, with its place: the server's own where it tells one.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};
use cargo_backend_shared::introspect::Connection;
use futures_util::StreamExt as _;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::postgres::{PgDatabaseError, PgErrorPosition};
use sqlx::{AssertSqlSafe, Either};

use crate::migration::Script;
use crate::split::split;

/// What stands in an error chain above the server's refusal of a statement.
#[derive(Debug)]
pub(crate) struct Failing {
    /// What failed: a sentence without its cause.
    doing: String,
    file: String,
    text: Arc<str>,
    /// The first byte that was sent to the server, and the characters that were sent before it: its
    /// places count from there.
    sent: usize,
    before: usize,
    /// The statement in them that failed.
    statement: Range<usize>,
    /// What is left now, and what to do.
    hint: &'static str,
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.doing)
    }
}

impl Failing {
    /// One statement of a script, which was sent alone.
    pub(super) fn one(
        script: &Script,
        statement: Range<usize>,
        doing: String,
        hint: &'static str,
    ) -> Self {
        Self {
            doing,
            file: script.file.clone(),
            text: Arc::from(script.sql()),
            sent: statement.start,
            before: 0,
            statement,
            hint,
        }
    }
}

/// Statements of ours that are sent in one message with a script, which saves a round trip.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Before<'a> {
    pub(crate) text: &'a str,
    /// How many statements it has.
    pub(crate) count: usize,
}

/// Runs a part of a script as one message; `hint` says what is left when it fails.
///
/// # Errors
/// When the server refuses a statement: with a [`Failing`] around its refusal.
pub(crate) async fn run(
    connection: &mut Connection,
    script: &Script,
    part: Range<usize>,
    hint: &'static str,
) -> anyhow::Result<()> {
    run_after(connection, Before::default(), script, part, hint).await
}

/// The same, behind statements of ours.
///
/// # Errors
/// As [`run`].
pub(super) async fn run_after(
    connection: &mut Connection,
    before: Before<'_>,
    script: &Script,
    part: Range<usize>,
    hint: &'static str,
) -> anyhow::Result<()> {
    let sql = format!("{}{}", before.text, &script.sql()[part.clone()]);
    let Err((done, fault)) = counted(connection, sql).await else {
        return Ok(());
    };
    let pieces = split(connection.dialect(), script.sql());
    let inside: Vec<_> = (pieces.into_iter())
        .map(|piece| piece.span)
        .filter(|span| span.start >= part.start && span.end <= part.end)
        .collect();
    let own = done.saturating_sub(before.count);
    let statement = inside.get(own).or(inside.last()).cloned();
    let failing = Failing {
        sent: part.start,
        before: before.text.chars().count(),
        ..Failing::one(
            script,
            statement.unwrap_or(part),
            format!("`{}` failed", script.file),
            hint,
        )
    };
    Err(anyhow::Error::from(fault).context(failing))
}

/// Runs statements; where one fails, with the count of those that were done.
async fn counted(connection: &mut Connection, sql: String) -> Result<(), (usize, sqlx::Error)> {
    let sql = sqlx::raw_sql(AssertSqlSafe(sql));
    macro_rules! count {
        ($connection:expr) => {{
            let mut results = sql.fetch_many($connection);
            let mut done = 0;
            while let Some(result) = results.next().await {
                match result {
                    Ok(Either::Left(_)) => done += 1,
                    Ok(Either::Right(_)) => {}
                    Err(fault) => return Err((done, fault)),
                }
            }
        }};
    }
    match connection {
        Connection::Postgres(postgres) => count!(postgres),
        Connection::MySql(mysql) => count!(mysql),
        Connection::Sqlite(sqlite) => count!(sqlite),
    }
    Ok(())
}

/// The refusal as a person reads it: with file, line and column, and the line itself. `more` is what else
/// is known about it. An error that is no refusal of a statement stays as it is.
pub(crate) fn told(fault: anyhow::Error, more: Option<String>) -> anyhow::Error {
    let (Some(failing), Some(refusal)) = (fault.downcast_ref::<Failing>(), sqlx_fault(&fault))
    else {
        return match more {
            Some(more) => fault.context(more),
            None => fault,
        };
    };
    let Some(refused) = refusal.as_database_error() else {
        return fault;
    };
    let offset = failing
        .sent_offset(refusal)
        .unwrap_or(failing.statement.start);
    let location = Location::of_offset(&failing.file, &failing.text, offset);
    let message = format!("{}: {}", failing.doing, refused.message());
    let mut diagnostic = Diagnostic::error(message)
        .at(location)
        .help(remedy(refusal).unwrap_or(failing.hint));
    let left = remedy(refusal).map(|_| failing.hint.to_owned());
    let postgres = refused.try_downcast_ref::<PgDatabaseError>();
    diagnostic.evidence = postgres
        .into_iter()
        .flat_map(|refused| [refused.detail(), refused.hint()])
        .flatten()
        .map(str::to_owned)
        .chain(more)
        .chain(left)
        .collect();
    Faults::from(diagnostic).into()
}

/// Says what is left, once that is known.
pub(super) fn leaving(mut fault: anyhow::Error, hint: &'static str) -> anyhow::Error {
    if let Some(failing) = fault.downcast_mut::<Failing>() {
        failing.hint = hint;
    }
    fault
}

/// The database's error in a chain.
pub(super) fn sqlx_fault(fault: &anyhow::Error) -> Option<&sqlx::Error> {
    fault.chain().find_map(|cause| cause.downcast_ref())
}

/// What to do about a refusal that has nothing to do with what is left.
pub(crate) fn remedy(fault: &sqlx::Error) -> Option<&'static str> {
    let refused = fault.as_database_error()?;
    let number = refused
        .try_downcast_ref::<MySqlDatabaseError>()
        .map(MySqlDatabaseError::number);
    match (refused.code().as_deref(), number) {
        // insufficient_privilege
        (Some("42501"), _) | (_, Some(1044 | 1142 | 1143 | 1227 | 1370)) => Some(
            "this user lacks the right to do that: grant it, or run the migrations as the owner of the tables",
        ),
        _ if refused.message().contains("readonly database") => {
            Some("the file, or the folder that it lies in, may not be written to by this user")
        }
        _ => None,
    }
}

impl Failing {
    /// Where the server says that the fault is: a byte of the text.
    fn sent_offset(&self, fault: &sqlx::Error) -> Option<usize> {
        let refused = fault.as_database_error()?;
        if let Some(refused) = refused.try_downcast_ref::<PgDatabaseError>() {
            let Some(PgErrorPosition::Original(character)) = refused.position() else {
                return None;
            };
            let sent = &self.text[self.sent..];
            let character = character.saturating_sub(1 + self.before);
            let inside = sent.char_indices().nth(character);
            return Some(self.sent + inside.map_or(sent.len(), |(offset, _)| offset));
        }
        let statement = &self.text[self.statement.clone()];
        let named = named(refused.message())?;
        let mut places = statement.match_indices(named);
        // A word that stands there twice may be the one or the other.
        match (places.next(), places.next()) {
            (Some((place, _)), None) => Some(self.statement.start + place),
            _ => None,
        }
    }
}

/// The words of a script that a message of MySQL or SQLite quotes: the rest of the text from the fault on,
/// or the name that is not known.
fn named(message: &str) -> Option<&str> {
    let between = |before: &str, after: &str| {
        let (_, rest) = message.split_once(before)?;
        let end = rest.rfind(after)?;
        Some(&rest[..end])
    };
    between("near '", "' at line")
        .or_else(|| between("near \"", "\":"))
        .or_else(|| {
            ["no such table: ", "no such column: ", "no such function: "]
                .iter()
                .find_map(|before| message.split_once(before))
                .map(|(_, name)| name)
        })
        .filter(|named| !named.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_quote_the_text_at_the_fault() {
        for (message, expected) in [
            (
                "You have an error in your SQL syntax; check the manual for the right syntax to use near 'TABEL x (a 'b')' at line 1",
                Some("TABEL x (a 'b')"),
            ),
            ("near \"TABEL\": syntax error", Some("TABEL")),
            ("no such table: nowhere", Some("nowhere")),
            ("UNIQUE constraint failed: t.a", None),
            ("You have an error near '' at line 3", None),
        ] {
            assert_eq!(named(message), expected, "{message}");
        }
    }
}
