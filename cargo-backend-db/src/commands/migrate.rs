//! `migrate` and `migrate new`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::file_set::{self, FileSet};
use cargo_backend_shared::introspect::{Access, Connection};

use super::dry_run;
use crate::cli::{MigrateArgs, NewArgs};
use crate::migration::{Migration, Version, dir, directive, history, record};
use crate::trial::Candidate;
use crate::{apply, plan, report};

pub(super) async fn run(args: &MigrateArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    dry_run::only_with(args.dry_run, &args.scratch)?;
    let project = cx.project()?;
    let folder = match &args.file {
        Some(file) => folder_of(&cx.directory.join(file))?,
        None => super::folder(cx, &project, &args.folder),
    };
    let migrations = dir::read(&folder)?;
    let only = args
        .file
        .as_deref()
        .map(|file| chosen(&migrations, file))
        .transpose()?;
    let access = if args.dry_run {
        Access::ReadOnly
    } else {
        super::confirm(
            &project.config.database,
            args.database.database_url.is_some(),
            &args.confirm,
        )?;
        Access::ReadWrite
    };
    let (url, mut connection) = super::open(&project, &args.database, access).await?;
    if !args.dry_run {
        apply::lock(&mut connection, &cx.terminal).await?;
    }
    let mut history = history::read(&mut connection).await?;
    record::edits(&mut connection, &migrations, &mut history).await?;
    report::reformatted(&cx.terminal, &plan::entries(&migrations, &history));
    if !args.dry_run {
        record::catch_up(&mut connection, &migrations, &history).await?;
    }
    // The history says how far it came; on SQLite nothing is ever half done by us.
    if url.dialect() != Dialect::Sqlite {
        history = plan::without_stopped(&migrations, history);
    }
    let mut pending =
        plan::pending(&migrations, &history).map_err(|obstacle| super::refuse(&obstacle))?;
    if let Some(only) = only {
        pending.retain(|migration| migration.version == only.version);
    }
    if let Some(to) = args.to {
        known(&migrations, to)?;
        pending.retain(|migration| migration.version <= Version(to));
    }
    directive::check(pending.iter().map(|migration| &migration.up))?;
    if args.dry_run {
        let flags = dry_run::Flags {
            database: &args.database,
            scratch: &args.scratch,
            confirm: &args.confirm,
        };
        let candidates = candidates(&mut connection, &pending).await?;
        return dry_run::run((cx, &project), &flags, (&url, connection), &candidates).await;
    }
    let mut applied = 0;
    let lock_timeout = project.config.db.lock_timeout;
    let runner = apply::Runner::new(&mut connection, &url, &cx.terminal, lock_timeout).await?;
    for migration in pending {
        let progress = cx.terminal.progress(&format!("Applying {migration}"), None);
        let started = Instant::now();
        let done = apply::up(&mut connection, migration, &runner).await?;
        progress.finish();
        if done {
            applied += 1;
            report::step(&cx.terminal, "Applied", migration, started.elapsed())?;
        }
    }
    connection.close().await?;
    report::finished(&cx.terminal, &url, applied, "applied")
}

/// The scripts to be tried, each from where a run that was stopped left it.
async fn candidates<'a>(
    connection: &mut Connection,
    pending: &[&'a Migration],
) -> anyhow::Result<Vec<Candidate<'a>>> {
    let history = history::read(connection).await?;
    let mut candidates = Vec::new();
    for migration in pending {
        let stopped = history.iter().any(|own| own.version == migration.version);
        let done = match stopped {
            true => apply::done(connection, migration.version).await?,
            false => 0,
        };
        candidates.push(Candidate {
            script: &migration.up,
            done,
        });
    }
    Ok(candidates)
}

/// `migrate new NAME`: an empty pair, which `migrate` refuses until somebody writes it.
pub(super) fn new(args: &NewArgs, cx: &Context) -> anyhow::Result<ExitStatus> {
    let project = cx.project()?;
    let folder = super::folder(cx, &project, &args.folder);
    let (up, down) = dir::file_names(next_version(&folder)?, &args.name)?;
    let (root, prefix) = place(&project, &folder);
    let mut files = FileSet::new();
    files.insert(
        prefix.join(&up),
        format!("-- {}: the way forward.\n", args.name),
    );
    files.insert(
        prefix.join(down),
        format!("-- {}: the way back; undo all of {up}.\n", args.name),
    );
    let changes = files.plan(&root, &project.config.rules.protected_paths)?;
    file_set::write(&root, &changes)?;
    report::files(&cx.terminal, &changes, false)?;
    Ok(ExitStatus::Clean)
}

/// A migration to be written: its name, the way forward and the way back.
pub(super) type Pair = (String, String, String);

/// Writes migrations into the folder, each later than the one before, or shows them on `--dry-run`.
pub(super) fn write(
    cx: &Context,
    project: &Project,
    folder: &Path,
    pairs: impl IntoIterator<Item = Pair>,
    dry_run: bool,
) -> anyhow::Result<()> {
    let folder = cx.directory.join(folder);
    let mut version = next_version(&folder)?;
    let mut files = FileSet::new();
    let (root, prefix) = place(project, &folder);
    for (name, forward, back) in pairs {
        let (up, down) = dir::file_names(version, &name)?;
        files.insert(prefix.join(up), forward);
        files.insert(prefix.join(down), back);
        version = Version(version.0 + 1);
    }
    let changes = files.plan(&root, &project.config.rules.protected_paths)?;
    if !dry_run {
        file_set::write(&root, &changes)?;
    }
    report::files(&cx.terminal, &changes, dry_run)
}

/// The version of a migration that is written now into a folder, which may not be there yet.
pub(super) fn next_version(folder: &Path) -> anyhow::Result<Version> {
    let existing = if folder.exists() {
        dir::read(folder)?
    } else {
        Vec::new()
    };
    let now = jiff::Timestamp::now().strftime("%Y%m%d%H%M%S").to_string();
    Ok(dir::next_version(
        Version(now.parse().unwrap_or(0)),
        &existing,
    ))
}

/// A root for a [`FileSet`] and the folder below it: the workspace, so that protected paths hold,
/// or the folder itself where it lies elsewhere.
pub(super) fn place(project: &Project, folder: &Path) -> (PathBuf, PathBuf) {
    match folder.strip_prefix(&project.workspace.root) {
        Ok(inside) => (project.workspace.root.clone(), inside.to_path_buf()),
        Err(_outside) => (folder.to_path_buf(), PathBuf::new()),
    }
}

/// Refuses a version that no migration has: a slip of the pen would apply too little or undo too much.
pub(super) fn known(migrations: &[Migration], version: i64) -> anyhow::Result<()> {
    if migrations
        .iter()
        .any(|migration| migration.version == Version(version))
    {
        return Ok(());
    }
    Err(failure(
        format!("no migration has the version {version}"),
        "`cargo backend-db status` lists them",
    ))
}

fn folder_of(file: &Path) -> anyhow::Result<PathBuf> {
    match file.parent() {
        Some(folder) if file.is_file() => Ok(folder.to_path_buf()),
        _ => Err(failure(
            format!("there is no migration `{}`", file.display()),
            "give the path of an .up.sql file",
        )),
    }
}

fn chosen<'a>(migrations: &'a [Migration], file: &Path) -> anyhow::Result<&'a Migration> {
    let name = file.file_name().unwrap_or_default();
    migrations
        .iter()
        .find(|migration| *migration.up.file == *name)
        .ok_or_else(|| {
            failure(
                format!("`{}` is not the up file of a migration", file.display()),
                "migrations are named <version>_<name>.up.sql",
            )
        })
}
