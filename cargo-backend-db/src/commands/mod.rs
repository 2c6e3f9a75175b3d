//! The verbs: each reads, decides and writes, and leaves the how to the rooms below.

mod adopt;
mod analyze;
mod compare;
mod dry_run;
mod explain;
mod lint;
mod migrate;
mod repair;
mod rollback;
mod schema;
mod status;
mod suggest_indexes;

use std::future::Future;
use std::path::PathBuf;

use anyhow::Context as _;
use cargo_backend_shared::cli::{Context, Project};
use cargo_backend_shared::commands as shared;
use cargo_backend_shared::config::DatabaseConfig;
use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::introspect::{self, Access, Connection};

use crate::cli::{
    Cli, Command, ConfirmArgs, DatabaseArgs, FolderArgs, MigrateCommand, ScratchArgs,
};
use crate::plan::Obstacle;

/// Runs the verb.
pub(crate) fn run(cli: Cli, cx: &Context) -> anyhow::Result<ExitStatus> {
    if !matches!(
        cli.command,
        Command::Analyze(_) | Command::Explain(_) | Command::Lint(_) | Command::Schema(_)
    ) {
        cx.plain()?;
    }
    match cli.command {
        Command::Analyze(args) => block_on(cx, analyze::run(&args, cx)),
        Command::SuggestIndexes(args) => block_on(cx, suggest_indexes::run(&args, cx)),
        Command::Lint(args) => block_on(cx, lint::run(&args, cx)),
        Command::Schema(args) => block_on(cx, schema::run(&args, cx)),
        Command::Compare(args) => block_on(cx, compare::run(&args, cx)),
        Command::Migrate(args) => match &args.command {
            Some(MigrateCommand::New(new)) => migrate::new(new, cx),
            Some(MigrateCommand::Repair(args)) => block_on(cx, repair::run(args, cx)),
            None => block_on(cx, migrate::run(&args, cx)),
        },
        Command::Rollback(args) => block_on(cx, rollback::run(&args, cx)),
        Command::Status(args) => block_on(cx, status::run(&args, cx)),
        Command::Adopt(args) => block_on(cx, adopt::run(&args, cx)),
        Command::Explain(args) => explain::run(&args, cx),
        Command::Init(args) => shared::init(&args, cx),
        Command::Config(args) => shared::config(&args, cx),
    }
}

/// Runs a future until it ends or Ctrl-C comes. Dropping it closes the connection, and the server
/// rolls the open transaction back.
fn block_on(
    cx: &Context,
    future: impl Future<Output = anyhow::Result<ExitStatus>>,
) -> anyhow::Result<ExitStatus> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        tokio::select! {
            ended = future => ended,
            _ = tokio::signal::ctrl_c() => {
                cx.terminal.warn("interrupted; an open transaction is rolled back");
                Ok(ExitStatus::Interrupted)
            }
        }
    })
}

/// The database that the flags and settings name, opened.
async fn open(
    project: &Project,
    args: &DatabaseArgs,
    access: Access,
) -> anyhow::Result<(DatabaseUrl, Connection)> {
    let url = project.config.database.url(args.database_url.as_deref())?;
    let connection = introspect::connect(&url, access, "cargo-backend-db").await?;
    Ok((url, connection))
}

/// Where a scratch database is made: a server is written to only when it was named for that.
fn scratch_server(
    args: &ScratchArgs,
    url: Option<&DatabaseUrl>,
    what: &str,
) -> anyhow::Result<DatabaseUrl> {
    let dev_url = args.dev_url.as_deref().map(DatabaseUrl::parse);
    match (dev_url.transpose()?, url) {
        (Some(named), Some(url)) if named.dialect() != url.dialect() => Err(failure(
            format!(
                "--dev-url is {}, the database {}",
                named.dialect(),
                url.dialect()
            ),
            "a schema can only be loaded into the engine it was read from",
        )),
        (Some(named), _) => Ok(named),
        // SQLite's is in memory.
        (None, Some(url)) if args.same_server || url.dialect() == Dialect::Sqlite => {
            Ok(url.clone())
        }
        (None, _) => Err(failure(
            format!("{what} needs a place for a scratch database"),
            "name a server with --dev-url, or allow it on the database's own with --same-server",
        )),
    }
}

/// The migrations folder that the flags and settings name.
fn folder(cx: &Context, project: &Project, args: &FolderArgs) -> PathBuf {
    match &args.migrations {
        Some(folder) => cx.directory.join(folder),
        None => project.workspace.root.join(&project.config.db.migrations),
    }
}

/// Refuses to write to a protected database unless it was named.
fn confirm(database: &DatabaseConfig, from_flag: bool, args: &ConfirmArgs) -> anyhow::Result<()> {
    let name = database.name.as_deref().unwrap_or("database");
    if from_flag || !database.protected || args.yes_really.as_deref() == Some(name) {
        return Ok(());
    }
    Err(failure(
        format!("`{name}` is protected"),
        format!("to change it all the same, add --yes-really {name}"),
    ))
}

fn refuse(obstacle: &Obstacle) -> anyhow::Error {
    failure(obstacle.to_string(), obstacle.hint())
}
