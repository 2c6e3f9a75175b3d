//! The flags of `lint`.

use std::path::PathBuf;

use cargo_backend_shared::database_url::Dialect;
use clap::{Args, ValueEnum};

use super::{DatabaseArgs, FolderArgs, ScratchArgs};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo backend-db lint                                  # the migrations that are pending
  cargo backend-db lint migrations/20261121093000_add_email.up.sql
  cargo backend-db lint --format github                  # annotations in CI
  cargo backend-db lint --fix --dry-run
  cargo backend-db lint --trace --same-server            # what they really do, in a scratch database
  cargo backend-db lint --database-url postgres://localhost/shop   # weighed by the sizes there

`-- backend-db:allow(RULE) reason` above a statement, or behind it, allows it.")]
pub(crate) struct LintArgs {
    /// SQL files, or folders of them [default: the migrations that are pending, or all of them where
    /// no database is known]
    #[arg(value_name = "FILES")]
    pub(crate) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) folder: FolderArgs,

    /// Write the safe form where there is one, and what finishes it as a migration of its own
    #[arg(long)]
    pub(crate) fix: bool,

    /// Show what --fix would write, and write nothing
    #[arg(long, requires = "fix")]
    pub(crate) dry_run: bool,

    /// Run the files in a scratch database, and say which locks, rewrites and scans there really were
    /// (MySQL, MariaDB: the best ALGORITHM and LOCK that the server takes)
    #[arg(long)]
    pub(crate) trace: bool,

    #[command(flatten)]
    pub(crate) scratch: ScratchArgs,

    /// Whose SQL it is [default: that of the database, else PostgreSQL]
    #[arg(long, value_name = "ENGINE")]
    pub(crate) engine: Option<Engine>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Postgres,
    Mysql,
    Sqlite,
}

impl From<Engine> for Dialect {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Postgres => Self::Postgres,
            Engine::Mysql => Self::MySql,
            Engine::Sqlite => Self::Sqlite,
        }
    }
}
