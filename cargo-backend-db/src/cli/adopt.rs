//! The flags of `adopt`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{ConfirmArgs, DatabaseArgs, FolderArgs};
use crate::adopt::Tool;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo backend-db adopt db/migrations --dry-run
  cargo backend-db adopt prisma/migrations
  cargo backend-db adopt migrations --from diesel --migrations sqlx-migrations
      Nothing is run: files are written, and the history says what is applied already

Its own history stays as it is, and the folder that is taken over, too.")]
pub(crate) struct AdoptArgs {
    /// The folder in which the other tool keeps its migrations
    #[arg(value_name = "FOLDER")]
    pub(crate) source: PathBuf,

    /// The tool [default: the one that the names in the folder belong to]
    #[arg(long, value_name = "TOOL")]
    pub(crate) from: Option<From>,

    /// The table with its history [default: the tool's own]
    #[arg(long, value_name = "TABLE")]
    pub(crate) table: Option<String>,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) folder: FolderArgs,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,

    /// Leave out what is applied and has no file, such as migrations that were deleted on purpose
    #[arg(long)]
    pub(crate) ignore_missing: bool,

    /// Say what would be written and entered, and do neither
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Whose migrations they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum From {
    Refinery,
    Diesel,
    SeaOrm,
    Dbmate,
    GolangMigrate,
    Prisma,
    Supabase,
}

impl core::convert::From<From> for Tool {
    fn from(from: From) -> Self {
        match from {
            From::Refinery => Self::Refinery,
            From::Diesel => Self::Diesel,
            From::SeaOrm => Self::SeaOrm,
            From::Dbmate => Self::Dbmate,
            From::GolangMigrate => Self::GolangMigrate,
            From::Prisma => Self::Prisma,
            From::Supabase => Self::Supabase,
        }
    }
}
