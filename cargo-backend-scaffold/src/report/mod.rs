//! What a run did, for people and for programs.

mod difference;
mod spec;

use std::path::{Path, PathBuf};

use cargo_backend_shared::file_set::{ChangeKind, FileChange};
use cargo_backend_shared::terminal::{Format, Terminal};
use serde::Serialize;

use crate::api::{Answer, Api};

pub(crate) use difference::{difference, unread};
pub(crate) use spec::{Written, spec};

/// A run that ended.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pub(crate) api: &'a Api,
    pub(crate) changes: &'a [FileChange],
    /// Methods that were added to hand-written files.
    pub(crate) appended: &'a [(String, PathBuf)],
    pub(crate) package: &'a str,
    pub(crate) output: &'a Path,
    pub(crate) dry_run: bool,
    pub(crate) in_memory_url: &'a str,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a Path,
    change: &'static str,
}

#[derive(Serialize)]
struct Endpoint<'a> {
    method: &'a str,
    path: &'a str,
    operation: &'a str,
    answer: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct Summary<'a> {
    package: &'a str,
    output: &'a Path,
    created: usize,
    updated: usize,
    unchanged: usize,
    dry_run: bool,
}

fn word(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Create => "create",
        ChangeKind::Update => "update",
        ChangeKind::Unchanged => "unchanged",
    }
}

fn count(changes: &[FileChange], kind: ChangeKind) -> usize {
    changes.iter().filter(|change| change.kind == kind).count()
}

fn endpoints<'a>(run: &Run<'a>) -> Vec<Endpoint<'a>> {
    run.api
        .operations()
        .map(|operation| {
            let mut appended = run.appended.iter();
            let added = appended.find(|(name, _)| *name == operation.ident.snake);
            let (answer, table, reason) = match (added, &operation.answer) {
                (Some((_, path)), _) => {
                    let reason = format!("its stub was added to `{}`", path.display());
                    ("501", None, Some(reason))
                }
                (None, Answer::Crud(crud)) => ("crud", Some(crud.table.as_str()), None),
                (None, Answer::Fixed(_)) => ("fixed", None, None),
                (None, Answer::NotImplemented(reason)) => ("501", None, Some(reason.clone())),
            };
            Endpoint {
                method: &operation.method,
                path: &operation.path,
                operation: &operation.id,
                answer,
                table,
                reason,
            }
        })
        .collect()
}

/// Says what was done and what can be done now.
pub(crate) fn run(run: &Run<'_>, terminal: &Terminal) -> anyhow::Result<()> {
    let endpoints = endpoints(run);
    if terminal.format() == Format::Json {
        for change in run.changes {
            let (path, change) = (change.path.as_path(), word(change.kind));
            terminal.message("file", &File { path, change })?;
        }
        for endpoint in &endpoints {
            terminal.message("endpoint", endpoint)?;
        }
        terminal.message(
            "summary",
            &Summary {
                package: run.package,
                output: run.output,
                created: count(run.changes, ChangeKind::Create),
                updated: count(run.changes, ChangeKind::Update),
                unchanged: count(run.changes, ChangeKind::Unchanged),
                dry_run: run.dry_run,
            },
        )?;
        return Ok(());
    }
    if run.dry_run {
        for change in run
            .changes
            .iter()
            .filter(|change| change.kind != ChangeKind::Unchanged)
        {
            terminal.answer(&change.diff())?;
        }
        terminal.status("Checked", "nothing was written");
        return Ok(());
    }
    terminal.answer(&text(run, &endpoints))?;
    terminal.status(
        "Generated",
        &format!("`{}` in {}", run.package, run.output.display()),
    );
    Ok(())
}

fn text(run: &Run<'_>, endpoints: &[Endpoint<'_>]) -> String {
    let width =
        |length: fn(&Endpoint<'_>) -> usize| endpoints.iter().map(length).max().unwrap_or(0);
    let (methods, paths) = (width(|e| e.method.len()), width(|e| e.path.len()));
    let mut lines: Vec<String> = endpoints
        .iter()
        .map(|endpoint| {
            let answer = match (endpoint.table, endpoint.reason.as_deref()) {
                (Some(table), _) => format!("table {table}"),
                (None, None) if endpoint.answer == "fixed" => {
                    "what the document leaves no choice about".to_owned()
                }
                (None, reason) => format!("501: {}", reason.unwrap_or("nobody has written it yet")),
            };
            format!(
                "{:methods$}  {:paths$}  {answer}",
                endpoint.method, endpoint.path
            )
        })
        .collect();
    lines.push(String::new());
    lines.push(format!(
        "{} files created, {} updated, {} unchanged",
        count(run.changes, ChangeKind::Create),
        count(run.changes, ChangeKind::Update),
        count(run.changes, ChangeKind::Unchanged),
    ));
    let (package, output) = (run.package, run.output.display());
    lines.push(String::new());
    lines.push("next:".to_owned());
    lines.push(format!("  cargo test -p {package}"));
    let mut tables = run.api.tables.iter();
    if tables.any(|table| table.existing.is_some()) {
        lines.push(format!("  DATABASE_URL=… cargo run -p {package}"));
        return lines.join("\n");
    }
    lines.push(format!(
        "  MIGRATE_ON_START=true MIGRATIONS_DIR={output}/migrations DATABASE_URL={} cargo run -p {package}",
        run.in_memory_url
    ));
    lines.join("\n")
}

/// Lists what is not as it would be generated.
pub(crate) fn drift(changes: &[FileChange], terminal: &Terminal) -> anyhow::Result<bool> {
    let drifted: Vec<&FileChange> = changes
        .iter()
        .filter(|change| change.kind != ChangeKind::Unchanged)
        .collect();
    for change in &drifted {
        match terminal.format() {
            Format::Json => {
                let (path, change) = (change.path.as_path(), word(change.kind));
                terminal.message("drift", &File { path, change })?;
            }
            Format::Human => {
                terminal.answer(&format!("{} {}", word(change.kind), change.path.display()))?;
            }
        }
    }
    if drifted.is_empty() {
        terminal.status("Checked", "the service is what its document says");
    } else {
        terminal.status(
            "Drifted",
            "run the same command without --check to write these files",
        );
    }
    Ok(!drifted.is_empty())
}
