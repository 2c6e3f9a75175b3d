//! `migrate repair`.

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::Access;

use crate::cli::RepairArgs;
use crate::migration::{Applied, Edit, Migration, Version, dir, history, record};
use crate::{apply, report};

pub(super) async fn run(args: &RepairArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let migrations = dir::read(&super::folder(cx, &project, &args.folder))?;
    for version in &args.versions {
        super::migrate::known(&migrations, *version)?;
    }
    super::confirm(
        &project.config.database,
        args.database.database_url.is_some(),
        &args.confirm,
    )?;
    let (url, mut connection) = super::open(&project, &args.database, Access::ReadWrite).await?;
    apply::lock(&mut connection, &cx.terminal).await?;
    let mut history = history::read(&mut connection).await?;
    record::edits(&mut connection, &migrations, &mut history).await?;
    let mut repaired = 0;
    for migration in accepted(&migrations, &history, &args.versions)? {
        history::accept(&mut connection, migration).await?;
        report::repaired(&cx.terminal, migration)?;
        repaired += 1;
    }
    connection.close().await?;
    report::finished(&cx.terminal, &url, repaired, "repaired")
}

/// The files whose text is to count as applied: those of which only the form was edited, and those that
/// are named.
fn accepted<'a>(
    migrations: &'a [Migration],
    history: &[Applied],
    named: &[i64],
) -> anyhow::Result<Vec<&'a Migration>> {
    let edited = |version: Version| {
        let applied = history.iter().find(|applied| applied.version == version);
        applied.filter(|applied| applied.success && applied.edit.is_some())
    };
    for version in named {
        if edited(Version(*version)).is_none() {
            return Err(failure(
                format!("migration {version} was not edited after it was applied"),
                "`cargo backend-db status` says how each of them stands",
            ));
        }
    }
    let chosen = |migration: &&Migration| {
        edited(migration.version).is_some_and(|applied| {
            applied.edit == Some(Edit::Form) || named.contains(&migration.version.0)
        })
    };
    Ok(migrations.iter().filter(chosen).collect())
}
