//! `suggest-indexes`.

use std::path::Path;

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::error::Hint as _;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::{self, Access};
use cargo_backend_shared::schema::Schema;

use crate::advise::{self, Found, Suggestion};
use crate::cli::SuggestArgs;
use crate::statistics::{Section, Statistics, live, shown};
use crate::workload::{self, Query};
use crate::{proof, report};

/// How many statements that could not be planned are shown.
const SHOWN: usize = 3;

pub(super) async fn run(args: &SuggestArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let (url, mut connection) = super::open(&project, &args.database, Access::ReadOnly).await?;
    let scratch = args.scratch.dev_url.is_some() || args.scratch.same_server;
    let on = scratch
        .then(|| super::scratch_server(&args.scratch, Some(&url), "a proof"))
        .transpose()?;
    let progress = cx.terminal.progress("Reading the catalogue", None);
    let schema = introspect::schema(&mut connection).await?;
    let statistics = live::read(&mut connection).await?;
    let queries = match &args.workload {
        Some(file) => workload_of(file, cx, schema.dialect)?,
        None => {
            let counted = workload::counted(&statistics.statements, schema.dialect);
            workload::about(counted, &schema)
        }
    };
    progress.text("Trying indexes for the statements");
    let found = match statistics.lost.get(&Section::Statements) {
        Some(lost) if queries.is_empty() => Found::NotTried {
            why: format!("{}: {}", lost.why, lost.remedy),
        },
        _ => proof::search(&mut connection, on.as_ref(), &schema, &statistics, &queries).await?,
    };
    let mut suggestions = advise::suggestions(&schema, &statistics, &queries, &found);
    progress.text("Asking the planner");
    for suggestion in &mut suggestions {
        // What a statement gains is proved already.
        if let (Some(missing), []) = (&suggestion.missing, suggestion.gains.as_slice()) {
            suggestion.plan_today = proof::lookup_plan(&mut connection, &schema, missing).await?;
            let index = &suggestion.index;
            let proof = proof::plan_with_index(&mut connection, &schema, missing, index).await?;
            suggestion.proof = Some(proof);
        }
    }
    connection.close().await?;
    progress.finish();

    tell(cx, args, &queries, &found);
    if never_analysed(&schema, &statistics, &found) {
        cx.terminal.warn(
            "SQLite's planner has no statistics of this database; run ANALYZE, so that it plans as \
             is shown here",
        );
    }
    if let Some(folder) = args.output.as_ref().filter(|_| !suggestions.is_empty()) {
        let pairs = migrations(&suggestions, schema.dialect);
        super::migrate::write(cx, &project, folder, pairs, args.dry_run)?;
    } else {
        let looked_at = match &found {
            Found::Searched { unplanned, .. } => {
                Some((queries.len() - unplanned.len(), queries.len()))
            }
            Found::NotTried { .. } => None,
        };
        report::suggestions(&cx.terminal, schema.dialect, &suggestions, looked_at)?;
    }
    Ok(ExitStatus::Clean)
}

/// The statements of a file.
fn workload_of(file: &Path, cx: &Context, dialect: Dialect) -> anyhow::Result<Vec<Query>> {
    let text = fs_err::read_to_string(cx.directory.join(file))
        .hint("cannot read the workload", "name a file of SQL statements")?;
    let name = file.display().to_string();
    Ok(workload::parse(&name, &text, dialect)?)
}

/// What was not looked at, and why.
fn tell(cx: &Context, args: &SuggestArgs, queries: &[Query], found: &Found) {
    match found {
        Found::NotTried { why } if args.workload.is_none() => {
            let told = format!("statements were not looked at: {why}");
            cx.terminal.status("Note", &told);
        }
        Found::NotTried { why } => {
            let told = format!("the statements were not looked at: {why}");
            cx.terminal.warn(&told);
        }
        Found::Searched { unplanned, .. } => {
            for (place, fault) in unplanned.iter().take(SHOWN) {
                let text = queries.get(*place).map_or("", |query| query.text.as_str());
                let text = shown(text);
                cx.terminal
                    .warn(&format!("`{text}` could not be planned: {fault}"));
            }
            if unplanned.len() > SHOWN {
                let more = unplanned.len() - SHOWN;
                cx.terminal.warn(&format!("and {more} more"));
            }
        }
    }
}

/// Whether indexes were tried on figures that SQLite's own planner does not have (`sqlite_stat1`).
fn never_analysed(schema: &Schema, statistics: &Statistics, found: &Found) -> bool {
    let tried = matches!(found, Found::Searched { .. });
    let mut tables = statistics.tables.values();
    tried && schema.dialect == Dialect::Sqlite && !tables.any(|table| table.analysed)
}

/// The migrations that make the indexes.
fn migrations(
    suggestions: &[Suggestion],
    dialect: Dialect,
) -> impl Iterator<Item = super::migrate::Pair> {
    batches(suggestions, dialect).into_iter().map(move |batch| {
        let name = match batch {
            [one] => format!("add_{}", one.index.name),
            several => format!("add_{}_indexes", several.len()),
        };
        let (up, down) = (advise::up(batch, dialect), advise::down(batch, dialect));
        (name, up, down)
    })
}

/// CONCURRENTLY needs a file of its own; elsewhere one migration holds all.
fn batches(suggestions: &[Suggestion], dialect: Dialect) -> Vec<&[Suggestion]> {
    match dialect {
        Dialect::Postgres => suggestions.chunks(1).collect(),
        Dialect::Sqlite | Dialect::MySql => vec![suggestions],
    }
}
