//! What people and programs read.

pub(crate) mod adopt;
pub(crate) mod analysis;
pub(crate) mod compare;
pub(crate) mod lint;
pub(crate) mod rules;
mod sarif;
mod schema;
pub(crate) mod trial;

use std::time::Duration;

use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::file_set::{ChangeKind, FileChange};
use cargo_backend_shared::terminal::{Format, Terminal, paint, style};
use serde::Serialize;

pub(crate) use schema::{round_trip, schema};

use crate::advise::{self, Grounds, NamedGain, Proof, Suggestion};
use crate::apply::rows::Loss;
use crate::diff::hazard::Hazard;
use crate::migration::Migration;
use crate::plan::{Entry, State};
use crate::sql;

/// The answer of `suggest-indexes`: SQL that can be piped into a client. Of so many statements so many
/// were looked at; none where statements could not be looked at.
pub(crate) fn suggestions(
    terminal: &Terminal,
    dialect: Dialect,
    suggestions: &[Suggestion],
    looked_at: Option<(usize, usize)>,
) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        table: &'a str,
        /// The columns of the foreign key that it serves; empty where it serves none.
        columns: &'a [String],
        index: &'a str,
        sql: String,
        plan_today: &'a str,
        /// Null where it could not be tried.
        plan_with_index: Option<&'a str>,
        proof: &'a str,
        /// False where nothing could be tried.
        proved: bool,
        gains: &'a [NamedGain],
        bytes: Option<u64>,
        writes: Option<u64>,
    }
    if suggestions.is_empty() {
        let told = match looked_at {
            None => "every foreign key has its index; of statements nothing is known".to_owned(),
            Some((planned, statements)) if planned == statements => {
                "no index is missing".to_owned()
            }
            Some((planned, statements)) => {
                format!("nothing to suggest; {planned} of {statements} statements were looked at")
            }
        };
        terminal.status("Finished", &told);
    }
    for suggestion in suggestions {
        let (plan, means) = match (&suggestion.proof, &suggestion.grounds) {
            (Some(Proof::Tried { plan, means }), _) => (Some(plan.as_str()), *means),
            (Some(Proof::NotTried { why }), _) => (None, *why),
            (None, Some(Grounds::Proved(means) | Grounds::Unproved(means))) => (None, &**means),
            (None, None) => (None, ""),
        };
        match terminal.format() {
            Format::Json => terminal.message(
                "suggested-index",
                &Line {
                    table: &suggestion.table,
                    columns: suggestion.missing.as_ref().map_or(&[], |key| &key.columns),
                    index: &suggestion.index.name,
                    sql: sql::create_index(&suggestion.index, dialect),
                    plan_today: &suggestion.plan_today,
                    plan_with_index: plan,
                    proof: means,
                    proved: suggestion.is_proved(),
                    gains: &suggestion.gains,
                    bytes: suggestion.bytes,
                    writes: suggestion.writes,
                },
            )?,
            Format::Human => {
                terminal.answer(&advise::up(std::slice::from_ref(suggestion), dialect))?;
            }
        }
    }
    Ok(())
}

/// The message of a finding with its proof and what to do, a line each.
fn told(diagnostic: &Diagnostic) -> String {
    let mut text = diagnostic.message.clone();
    for more in diagnostic.evidence.iter().chain(&diagnostic.help) {
        text.push('\n');
        text.push_str(more);
    }
    text
}

/// Files that were written, or would be.
pub(crate) fn files(
    terminal: &Terminal,
    changes: &[FileChange],
    dry_run: bool,
) -> anyhow::Result<()> {
    changed(terminal, "Created", changes, dry_run)
}

/// Row structs that were refreshed, or would be.
pub(crate) fn refreshed(
    terminal: &Terminal,
    changes: &[FileChange],
    structs: usize,
    shown: bool,
) -> anyhow::Result<()> {
    changed(terminal, "Refreshed", changes, shown)?;
    if changes.is_empty() && terminal.format() == Format::Human {
        let structs = crate::statistics::counted(structs as u64, "row struct");
        terminal.status("Finished", &format!("{structs} as the schema has it"));
    }
    Ok(())
}

/// What was done to files, in a word, or their differences where nothing was.
fn changed(
    terminal: &Terminal,
    verb: &str,
    changes: &[FileChange],
    shown: bool,
) -> anyhow::Result<()> {
    for change in changes {
        let path = change.path.display().to_string();
        match (terminal.format(), shown) {
            (Format::Json, _) => terminal.message(
                "file",
                &serde_json::json!({ "path": path, "written": !shown }),
            )?,
            (Format::Human, true) => terminal.answer(&change.diff())?,
            (Format::Human, false) if change.kind == ChangeKind::Unchanged => {}
            (Format::Human, false) => terminal.status(verb, &path),
        }
    }
    Ok(())
}

/// One migration that was applied or undone.
pub(crate) fn step(
    terminal: &Terminal,
    verb: &str,
    migration: &Migration,
    took: Duration,
) -> anyhow::Result<()> {
    match terminal.format() {
        Format::Json => terminal.message(
            "migration",
            &serde_json::json!({
                "action": verb.to_lowercase(),
                "version": migration.version,
                "description": migration.description,
                "milliseconds": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            }),
        )?,
        Format::Human => terminal.status(verb, &format!("{migration} ({} ms)", took.as_millis())),
    }
    Ok(())
}

/// Edits that a server would not notice, and `sqlx` would.
pub(crate) fn reformatted(terminal: &Terminal, entries: &[Entry]) {
    for entry in entries {
        if entry.state == State::Reformatted {
            terminal.warn(&format!(
                "comments or white space of migration {} were edited after it was applied; `sqlx` refuses it until `cargo backend-db migrate repair` accepts it",
                entry.version
            ));
        }
    }
}

/// One migration whose file counts as applied as it is now.
pub(crate) fn repaired(terminal: &Terminal, migration: &Migration) -> anyhow::Result<()> {
    match terminal.format() {
        Format::Json => terminal.message(
            "migration",
            &serde_json::json!({
                "action": "repaired",
                "version": migration.version,
                "description": migration.description,
            }),
        )?,
        Format::Human => terminal.status("Repaired", &migration.to_string()),
    }
    Ok(())
}

/// A rollback that would lose something, which nobody accepted: nothing was undone.
pub(crate) fn loses(terminal: &Terminal, losses: &[Loss]) -> anyhow::Result<ExitStatus> {
    for loss in losses {
        match terminal.format() {
            Format::Json => terminal.message(
                "refused",
                &serde_json::json!({ "hazard": Hazard::DataLoss, "what": loss.what, "rows": loss.rows }),
            )?,
            Format::Human => {
                let name = paint(style::BAD, &Hazard::DataLoss.to_string());
                let words = loss.in_words();
                terminal.answer(&format!("{name}: {words} would be lost for good"))?;
            }
        }
    }
    terminal.warn("nothing was undone; to accept it, add --allow data-loss");
    Ok(ExitStatus::No)
}

/// The end of `migrate` and `rollback`.
pub(crate) fn finished(
    terminal: &Terminal,
    url: &DatabaseUrl,
    count: usize,
    done: &str,
) -> anyhow::Result<ExitStatus> {
    match (terminal.format(), count) {
        (Format::Json, _) => terminal.message(
            "finished",
            &serde_json::json!({ "database": url.to_string(), "migrations": count }),
        )?,
        (Format::Human, 0) => terminal.status("Finished", "there is nothing to do"),
        (Format::Human, 1) => terminal.status("Finished", &format!("1 migration {done} on {url}")),
        (Format::Human, count) => {
            terminal.status("Finished", &format!("{count} migrations {done} on {url}"));
        }
    }
    Ok(ExitStatus::Clean)
}

/// The answer of `status`.
pub(crate) fn status(
    terminal: &Terminal,
    url: &DatabaseUrl,
    entries: &[Entry],
) -> anyhow::Result<()> {
    if terminal.format() == Format::Human {
        terminal.answer(&paint(style::HEAD, &url.to_string()))?;
        if entries.is_empty() {
            terminal.answer("no migrations")?;
        }
    }
    for entry in entries {
        let (word, look) = match entry.state {
            State::Applied => ("applied", style::GOOD),
            State::Pending => ("pending", style::HINT),
            State::Reformatted => ("reformatted", style::WARN),
            State::Changed => ("changed", style::BAD),
            State::Missing => ("missing", style::BAD),
            State::Failed => ("failed", style::BAD),
        };
        match terminal.format() {
            Format::Json => terminal.message("migration", entry)?,
            Format::Human => {
                let way_back = if entry.reversible || entry.state == State::Missing {
                    ""
                } else {
                    "  (no down file)"
                };
                terminal.answer(&format!(
                    "{} {:<14} {}{way_back}",
                    paint(look, &format!("{word:<8}")),
                    entry.version,
                    entry.description
                ))?;
            }
        }
    }
    Ok(())
}
