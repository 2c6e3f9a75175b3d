//! `suggest-indexes`.

use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::file_set::{self, FileSet};
use cargo_backend_shared::introspect::{self, Access};
use cargo_backend_shared::schema::Schema;

use crate::advise::{self, Suggestion};
use crate::cli::SuggestArgs;
use crate::migration::{Version, dir};
use crate::statistics::live;
use crate::{proof, report};

pub(super) async fn run(args: &SuggestArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let (_, mut connection) = super::open(&project, &args.database, Access::ReadOnly).await?;
    let progress = cx.terminal.progress("Reading the catalogue", None);
    let schema = introspect::schema(&mut connection).await?;
    let statistics = live::read(&mut connection).await?;
    let mut suggestions = advise::suggestions(&schema, &statistics);
    progress.text("Asking the planner");
    for suggestion in &mut suggestions {
        let missing = &suggestion.missing;
        suggestion.plan_today = proof::lookup_plan(&mut connection, &schema, missing).await?;
        let index = &suggestion.index;
        let proof = proof::plan_with_index(&mut connection, &schema, missing, index).await?;
        suggestion.proof = Some(proof);
    }
    connection.close().await?;
    progress.finish();

    if args.output.is_some() && !suggestions.is_empty() {
        write(args, cx, &project, &schema, &suggestions)?;
    } else {
        report::suggestions(&cx.terminal, schema.dialect, &suggestions)?;
    }
    Ok(ExitStatus::Clean)
}

/// Writes the migrations, or shows them on `--dry-run`.
fn write(
    args: &SuggestArgs,
    cx: &Context,
    project: &Project,
    schema: &Schema,
    suggestions: &[Suggestion],
) -> anyhow::Result<()> {
    let folder = cx
        .directory
        .join(args.output.as_deref().unwrap_or("migrations".as_ref()));
    let mut version = super::migrate::next_version(&folder)?;
    let mut files = FileSet::new();
    let (root, prefix) = super::migrate::place(project, &folder);
    for batch in batches(suggestions, schema.dialect) {
        let name = match batch {
            [one] => format!("add_{}", one.index.name),
            several => format!("add_{}_indexes", several.len()),
        };
        let (up, down) = dir::file_names(version, &name)?;
        files.insert(prefix.join(up), advise::up(batch, schema.dialect));
        files.insert(prefix.join(down), advise::down(batch, schema.dialect));
        version = Version(version.0 + 1);
    }
    let changes = files.plan(&root, &project.config.rules.protected_paths)?;
    if !args.dry_run {
        file_set::write(&root, &changes)?;
    }
    report::files(&cx.terminal, &changes, args.dry_run)
}

/// CONCURRENTLY needs a file of its own; elsewhere one migration holds all.
fn batches(suggestions: &[Suggestion], dialect: Dialect) -> Vec<&[Suggestion]> {
    match dialect {
        Dialect::Postgres => suggestions.chunks(1).collect(),
        Dialect::Sqlite | Dialect::MySql => vec![suggestions],
    }
}
