//! `adopt`.

use std::path::{Path, PathBuf};

use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::file_set::{self, ChangeKind, FileChange, FileSet};
use cargo_backend_shared::introspect::{self, Access};

use crate::adopt::{self, Plan, Tool, folder, old_history};
use crate::cli::AdoptArgs;
use crate::migration::{Applied, Migration, dir, history};
use crate::{apply, report};

pub(super) async fn run(args: &AdoptArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let source = cx.directory.join(&args.source);
    let tool = match args.from {
        Some(from) => from.into(),
        None => folder::tool(&source)?,
    };
    let target = super::folder(cx, &project, &args.folder);
    two_folders(&source, &target, tool)?;
    let sources = folder::sources(&source, tool)?;
    let access = if args.dry_run {
        Access::ReadOnly
    } else {
        let from_flag = args.database.database_url.is_some();
        super::confirm(&project.config.database, from_flag, &args.confirm)?;
        Access::ReadWrite
    };
    let (url, mut connection) = super::open(&project, &args.database, access).await?;
    if !args.dry_run {
        apply::take(&mut connection, &cx.terminal).await?;
    }
    let table = args.table.as_deref().unwrap_or_else(|| tool.table());
    let old = old_history::read(&mut connection, tool, table, &sources).await?;
    if old.is_none() {
        report::adopt::no_history(&cx.terminal, tool, table);
    }
    let existing = match target.exists() {
        true => dir::read(&target)?,
        false => Vec::new(),
    };
    let mut plan = adopt::plan(url.dialect(), &sources, &old.unwrap_or_default());
    if tool == Tool::SeaOrm {
        let schema = introspect::schema(&mut connection).await?;
        report::compare::unsupported(&cx.terminal, schema.unsupported.iter());
        adopt::baseline(&mut plan, &sources, (schema, table), &existing);
    }
    if report::adopt::obstacles(&cx.terminal, tool, &plan, args.ignore_missing)? {
        return Ok(ExitStatus::No);
    }
    let history = history::read(&mut connection).await?;
    let entering = entering(&plan, &history)?;
    let (root, changes) = files(&project, (&target, &existing), &plan)?;
    if args.dry_run {
        report::files(&cx.terminal, &changes, true)?;
    } else {
        file_set::write(&root, &changes)?;
        report::files(&cx.terminal, &changes, false)?;
        if !entering.is_empty() {
            apply::enter(&mut connection, &entering).await?;
        }
    }
    connection.close().await?;
    report::adopt::adopted(
        &cx.terminal,
        &url,
        tool,
        &plan,
        (entering.len(), args.dry_run),
    )
}

/// Only golang-migrate names its files as we do; beside those of another tool ours would be there twice.
fn two_folders(source: &Path, target: &Path, tool: Tool) -> anyhow::Result<()> {
    let same = match (source.canonicalize(), target.canonicalize()) {
        (Ok(source), Ok(target)) => source == target,
        _ => false,
    };
    if same && tool != Tool::GolangMigrate {
        return Err(failure(
            format!("the migrations of {tool} are in the folder where ours would be written"),
            "name another one for ours with --migrations, and in `[db] migrations` of `Backend.toml`",
        ));
    }
    Ok(())
}

/// What is applied and not in our history yet.
fn entering<'a>(plan: &'a Plan, history: &[Applied]) -> anyhow::Result<Vec<&'a Migration>> {
    let mut entering = Vec::new();
    for (migration, _) in plan.migrations.iter().filter(|(_, applied)| *applied) {
        let known = history.iter().find(|own| own.version == migration.version);
        match known {
            None => entering.push(migration),
            Some(own) if own.checksum == migration.up.checksum() => {}
            Some(_) => {
                return Err(failure(
                    format!("migration {migration} is in our history already, with another text"),
                    "`cargo backend-db status` lists them; what was taken over is changed by new migrations",
                ));
            }
        }
    }
    Ok(entering)
}

/// The files, none of which may replace another text or have the version of another.
fn files(
    project: &Project,
    (target, existing): (&Path, &[Migration]),
    plan: &Plan,
) -> anyhow::Result<(PathBuf, Vec<FileChange>)> {
    let (root, prefix) = super::migrate::place(project, target);
    let mut files = FileSet::new();
    for (migration, _) in &plan.migrations {
        let clash = existing
            .iter()
            .find(|own| own.version == migration.version && own.up.file != migration.up.file);
        if let Some(clash) = clash {
            return Err(failure(
                format!(
                    "`{}` has the version of `{}` already",
                    clash.up.file, migration.up.file
                ),
                "take over into a folder of its own, with --migrations",
            ));
        }
        for script in std::iter::once(&migration.up).chain(&migration.down) {
            files.insert(prefix.join(&script.file), script.text.clone());
        }
    }
    let changes = files.plan(&root, &project.config.rules.protected_paths)?;
    match changes
        .iter()
        .find(|change| change.kind == ChangeKind::Update)
    {
        Some(other) => Err(failure(
            format!(
                "`{}` is there already, with another text",
                other.path.display()
            ),
            "what was taken over is changed by new migrations; restore it, or remove it to take it over again",
        )),
        None => Ok((root, changes)),
    }
}
