//! The flags of `compare`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::{DatabaseArgs, ScratchArgs};

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("writes").multiple(true), after_help = "\
Examples:
  cargo backend-db compare schema.sql --same-server
  cargo backend-db compare schema.sql --same-server --output migrations
  cargo backend-db compare schema.sql --same-server --rename orders.note=orders.remark
  cargo backend-db compare schema.sql --same-server --output migrations --types
      The row structs of the workspace, too
  cargo backend-db compare postgres://app@staging/shop          # another database
  cargo backend-db compare migrations --check --dev-url postgres://postgres@localhost/postgres
      Exit 1 when the database is not what its migrations make")]
pub(crate) struct CompareArgs {
    /// What the database should be: an SQL file or a folder of them, another database, or what
    /// `schema --json` printed
    #[arg(value_name = "FILE|DIR|URL")]
    pub(crate) target: String,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) scratch: ScratchArgs,

    /// Write the migrations and their rollbacks into this folder, once they are proved in a scratch
    /// database
    #[arg(long, value_name = "DIR", group = "writes")]
    pub(crate) output: Option<PathBuf>,

    /// What the migration is called
    #[arg(long, value_name = "NAME", default_value = "change_schema")]
    pub(crate) name: String,

    /// Show the files that would be written, and write nothing
    #[arg(long, requires = "writes")]
    pub(crate) dry_run: bool,

    /// Also make the row structs of the workspace follow the target: those below a comment
    /// `// backend-db:row(TABLE)`
    #[arg(long, group = "writes")]
    pub(crate) types: bool,

    /// Exit 1 when there is any difference
    #[arg(long, conflicts_with = "output")]
    pub(crate) check: bool,

    /// Plain statements in one migration, for a database that nobody uses meanwhile
    #[arg(long)]
    pub(crate) offline: bool,

    /// What is only called otherwise, so that its rows stay: a table, view, type or sequence, a
    /// column (`orders.note=remark`), or a value of an enumeration (repeatable)
    #[arg(long, value_name = "OLD=NEW")]
    pub(crate) rename: Vec<String>,

    /// Accept a danger that was named (repeatable)
    #[arg(long, value_name = "HAZARD")]
    pub(crate) allow: Vec<Danger>,
}

/// What a change may do to those who use the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Danger {
    /// Values are lost for good
    DataLoss,
    /// A table is written anew while nobody can read it
    Rewrite,
    /// A table is read to its end while nobody can read or write it
    Scan,
    /// Writers wait until an index is built
    Lock,
}
