//! What a dry run saw.

use cargo_backend_shared::database_url::DatabaseUrl;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::schema::Schema;
use cargo_backend_shared::terminal::{Format, Terminal, paint, style};
use similar::TextDiff;

use crate::diff::hazard::{Online, Seen};
use crate::trial::{Step, Trial, Tried};
use crate::{ddl, difference};

/// Where it was played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Place {
    /// In the database, in a transaction that was rolled back.
    Transaction,
    /// In a scratch database.
    Scratch,
}

/// The statements with what they did, and how the schema would change.
pub(crate) fn trial(
    terminal: &Terminal,
    url: &DatabaseUrl,
    place: Place,
    trial: &Trial,
) -> anyhow::Result<ExitStatus> {
    for script in &trial.scripts {
        self::script(terminal, script)?;
    }
    let changes = difference::between(&trial.before, &trial.after)?;
    let count = trial.scripts.len();
    match terminal.format() {
        Format::Json => terminal.message(
            "dry-run",
            &serde_json::json!({
                "database": url.to_string(),
                "scripts": count,
                "place": place,
                "differences": changes,
            }),
        )?,
        Format::Human if count == 0 => terminal.status("Finished", "there is nothing to do"),
        Format::Human => {
            terminal.answer(&shown(&trial.before, &trial.after))?;
            let place = match place {
                Place::Transaction => "in a transaction that was rolled back",
                Place::Scratch => "in a scratch database, without rows",
            };
            terminal.status(
                "Finished",
                &format!("played through {place}; {url} is as it was"),
            );
        }
    }
    Ok(ExitStatus::Clean)
}

fn script(terminal: &Terminal, tried: &Tried) -> anyhow::Result<()> {
    let how = match tried.transaction {
        true => "in a transaction",
        false => "without a transaction",
    };
    let file = &tried.script.file;
    match terminal.format() {
        Format::Json => terminal.message(
            "planned-script",
            &serde_json::json!({
                "file": file,
                "transaction": tried.transaction,
                "sql": tried.script.text,
            }),
        )?,
        Format::Human => {
            terminal.answer(&paint(style::HEAD, &format!("-- {file} ({how})")))?;
        }
    }
    for step in &tried.statements {
        match terminal.format() {
            Format::Json => terminal.message(
                "tried-statement",
                &serde_json::json!({
                    "file": file,
                    "sql": step.sql,
                    "milliseconds": step.took.as_secs_f64() * 1_000.0,
                    "seen": step.seen,
                    "online": step.online,
                }),
            )?,
            Format::Human => terminal.answer(&format!(
                "{};\n{}",
                step.sql,
                paint(style::DIM, &format!("-- {}", did(step)))
            ))?,
        }
    }
    if terminal.format() == Format::Human {
        terminal.answer("")?;
    }
    Ok(())
}

/// How long a statement took, and what it did to the tables that were there.
fn did(step: &Step) -> String {
    let table = |seen: &Seen| {
        let mut words = format!("{} on {}", seen.lock, seen.table);
        if seen.rewritten {
            words.push_str(", written anew");
        }
        if seen.scanned {
            words.push_str(", read to its end");
        }
        words
    };
    let seen = step.seen.iter().flatten().map(table);
    let took = format!("{} ms", step.took.as_millis());
    let online = step.online.map(|online| {
        let Online { algorithm, lock } = online;
        format!("ALGORITHM={algorithm}, LOCK={lock}")
    });
    std::iter::once(took)
        .chain(seen)
        .chain(online)
        .collect::<Vec<String>>()
        .join("; ")
}

/// How the statements that make the schema would change.
fn shown(before: &Schema, after: &Schema) -> String {
    let text = |schema: &Schema| {
        let statements = ddl::statements(schema).into_iter();
        statements
            .map(|statement| format!("{statement};\n"))
            .collect::<String>()
    };
    let (before, after) = (text(before), text(after));
    if before == after {
        return "-- the schema would stay as it is\n".to_owned();
    }
    TextDiff::from_lines(&before, &after)
        .unified_diff()
        .context_radius(2)
        .header("schema today", "schema afterwards")
        .to_string()
}
