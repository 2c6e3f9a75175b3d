//! What `adopt` found, and did.

use cargo_backend_shared::database_url::DatabaseUrl;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::terminal::{Format, Terminal, paint, style};

use crate::adopt::{Plan, Tool};

/// The tool has never run on this database, or keeps its history elsewhere.
pub(crate) fn no_history(terminal: &Terminal, tool: Tool, table: &str) {
    terminal.warn(&format!(
        "there is no table `{table}`: nothing counts as applied by {tool}; where it has another name, give --table"
    ));
}

/// Says what keeps the migrations from being taken over; whether there is any such thing.
pub(crate) fn obstacles(
    terminal: &Terminal,
    tool: Tool,
    plan: &Plan,
    ignore_missing: bool,
) -> anyhow::Result<bool> {
    for edited in &plan.edited {
        terminal.warn(&format!("`{edited}` was edited after {tool} applied it"));
    }
    let missing = |key: &String| format!("{key} is applied, and there is no file");
    let program = |(file, applied): &(String, bool)| match applied {
        true => format!("`{file}` is applied, and is a program: there is no SQL to take over"),
        false => format!("`{file}` is a program that is not applied: run it by {tool} first"),
    };
    let missing: Vec<String> = plan.missing.iter().map(missing).collect();
    if ignore_missing {
        for left_out in &missing {
            terminal.warn(&format!("{left_out}: it is left out"));
        }
    }
    let stop: Vec<String> = (missing.into_iter().filter(|_| !ignore_missing))
        .chain(plan.programs.iter().map(program))
        .collect();
    for obstacle in &stop {
        match terminal.format() {
            Format::Json => {
                terminal.message("obstacle", &serde_json::json!({ "what": obstacle }))?;
            }
            Format::Human => terminal.answer(&paint(style::BAD, obstacle))?,
        }
    }
    if !stop.is_empty() {
        let hint = match plan.missing.is_empty() || ignore_missing {
            true => "nothing was taken over",
            false => {
                "nothing was taken over; restore the files, or leave these out with --ignore-missing"
            }
        };
        terminal.warn(hint);
    }
    Ok(!stop.is_empty())
}

/// Every migration as it stands now, and the end.
pub(crate) fn adopted(
    terminal: &Terminal,
    url: &DatabaseUrl,
    tool: Tool,
    plan: &Plan,
    (entered, dry_run): (usize, bool),
) -> anyhow::Result<ExitStatus> {
    let last = plan.migrations.iter().rev().find(|(_, applied)| *applied);
    let last = last.map(|(migration, _)| migration.version);
    for (migration, applied) in &plan.migrations {
        let state = if *applied { "applied" } else { "pending" };
        match terminal.format() {
            Format::Json => terminal.message(
                "adopted",
                &serde_json::json!({
                    "version": migration.version,
                    "description": migration.description,
                    "state": state,
                    "file": migration.up.file,
                    "reversible": migration.down.is_some(),
                }),
            )?,
            Format::Human => {
                let late = match !applied && Some(migration.version) < last {
                    true => "  (older than the last one that is applied)",
                    false => "",
                };
                let way_back = match migration.down {
                    Some(_) => "",
                    None => "  (no down file)",
                };
                terminal.answer(&format!("{state} {migration}{way_back}{late}"))?;
            }
        }
    }
    let entered = match (entered, dry_run) {
        (count, true) => format!("{count} would be entered in the history of {url}"),
        (0, false) => "the history says all of it already".to_owned(),
        (count, false) => format!("{count} entered in the history of {url}; nothing was run"),
    };
    let count = plan.migrations.len();
    match terminal.format() {
        Format::Json => terminal.message(
            "finished",
            &serde_json::json!({ "database": url.to_string(), "migrations": count }),
        )?,
        Format::Human => {
            terminal.status(
                "Finished",
                &format!("{count} migrations of {tool}, {entered}"),
            );
        }
    }
    Ok(ExitStatus::Clean)
}
