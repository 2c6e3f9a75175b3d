//! The command line. Plain comments on flattened structs: clap would show a doc comment there as
//! the description of the whole command.

mod adopt;
mod compare;
mod lint;

use std::path::PathBuf;

use cargo_backend_shared::cli::GlobalArgs;
use cargo_backend_shared::commands::{ConfigArgs, InitArgs};
use cargo_backend_shared::diagnostic::Severity;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use adopt::AdoptArgs;
pub(crate) use compare::{CompareArgs, Danger};
pub(crate) use lint::LintArgs;

const EXAMPLES: &str = "\
Examples:
  cargo backend-db analyze --database-url sqlite://orders.db
      What is missing or dangerous, each finding with its proof
  cargo backend-db suggest-indexes --output migrations
      Write the missing indexes as a migration and its rollback
  cargo backend-db compare schema.sql --same-server --output migrations
      Write the migrations that make the database what the file says
  cargo backend-db migrate --dry-run
      Run it all, show locks, times and the change of the schema, and roll it back

Exit status: 0 clean · 1 the answer is no · 2 could not run · 130 interrupted";

#[derive(Debug, Parser)]
#[command(
    name = "cargo backend-db",
    bin_name = "cargo backend-db",
    version,
    about = "Read a live database, say what is missing or dangerous, and write, apply and roll back migrations",
    after_help = EXAMPLES,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,

    #[command(subcommand)]
    pub(crate) command: Command,
}

impl AsRef<GlobalArgs> for Cli {
    fn as_ref(&self) -> &GlobalArgs {
        &self.global
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what is missing, dangerous or wasted in a live database, with proof
    Analyze(AnalyzeArgs),
    /// Suggest the indexes that are missing, as SQL or as a migration with its rollback
    SuggestIndexes(SuggestArgs),
    /// Print the schema of a live database, as statements or as JSON
    Schema(SchemaArgs),
    /// Say what is dangerous in migrations before they run
    Lint(LintArgs),
    /// Say how a database differs from what it should be, and write the migration that changes it
    Compare(CompareArgs),
    /// Apply the migrations that are pending
    #[command(
        args_conflicts_with_subcommands = false,
        subcommand_negates_reqs = true
    )]
    Migrate(MigrateArgs),
    /// Undo the last migration by its .down.sql file
    Rollback(RollbackArgs),
    /// List migrations: applied, pending, changed, missing or failed
    Status(StatusArgs),
    /// Take over the migrations of refinery, diesel, sea-orm, dbmate, golang-migrate, Prisma or Supabase
    Adopt(AdoptArgs),
    /// Explain a rule of `analyze` or `lint`: why it matters, how it is proved, how to fix it
    Explain(ExplainArgs),
    /// Write a commented Backend.toml
    Init(InitArgs),
    /// Print every setting in force with its origin
    Config(ConfigArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DatabaseArgs {
    /// The database: postgres://…, mysql://… or sqlite://… [default: DATABASE_URL, then Backend.toml]
    #[arg(long, value_name = "URL")]
    pub(crate) database_url: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ScratchArgs {
    /// The server on which a scratch database may be made and dropped
    #[arg(long, value_name = "URL")]
    pub(crate) dev_url: Option<String>,

    /// Make the scratch database on the server of the database itself
    #[arg(long, conflicts_with = "dev_url")]
    pub(crate) same_server: bool,
}

#[derive(Debug, Args)]
pub(crate) struct FolderArgs {
    /// The folder of the migrations [default: `[db] migrations` of Backend.toml, else migrations]
    #[arg(long, value_name = "DIR")]
    pub(crate) migrations: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ConfirmArgs {
    /// Confirm a change to a database that is `protected`, by its name
    #[arg(long, value_name = "NAME")]
    pub(crate) yes_really: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo backend-db analyze
  cargo backend-db analyze postgres://app@localhost/shop --json
  cargo backend-db analyze migrations --dev-url postgres://postgres@localhost/postgres
  cargo backend-db analyze --report analysis.html          # a page with charts
  cargo backend-db analyze --env staging --deny warning   # exit 1 in CI on any warning")]
pub(crate) struct AnalyzeArgs {
    /// A database, or a folder of SQL files that make one: they are loaded into a scratch database
    #[arg(value_name = "URL|DIR", conflicts_with = "database_url")]
    pub(crate) target: Option<String>,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) scratch: ScratchArgs,

    /// Exit 1 when there is a finding of this severity or above
    #[arg(long, value_name = "SEVERITY", default_value = "error")]
    pub(crate) deny: Deny,

    /// Set a threshold of a rule otherwise (repeatable); `explain RULE` lists them
    #[arg(long, value_name = "NAME=NUMBER")]
    pub(crate) threshold: Vec<String>,

    /// Also write the report to this file (repeatable); its ending chooses the form: .html .json .md
    /// .sarif
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    Note,
    Warning,
    Error,
}

impl From<Deny> for Severity {
    fn from(deny: Deny) -> Self {
        match deny {
            Deny::Note => Self::Note,
            Deny::Warning => Self::Warning,
            Deny::Error => Self::Error,
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo backend-db suggest-indexes
  cargo backend-db suggest-indexes --output migrations
  cargo backend-db suggest-indexes --workload queries.sql --output migrations --dry-run
  cargo backend-db suggest-indexes --dev-url mysql://root@localhost/
      Try the indexes over sampled rows in a scratch database there")]
pub(crate) struct SuggestArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) scratch: ScratchArgs,

    /// SQL statements to make faster instead of those that the server counted; `-- calls: 500`
    /// before one weighs it
    #[arg(long, value_name = "FILE")]
    pub(crate) workload: Option<PathBuf>,

    /// Write the migration and its rollback into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Show the files that would be written, and write nothing
    #[arg(long, requires = "output")]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo backend-db schema > schema.sql
  cargo backend-db schema --json > schema.json
  cargo backend-db schema --verify --dev-url postgres://postgres@localhost/postgres
      Load it into a scratch database there, read it back, and compare")]
pub(crate) struct SchemaArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    /// Prove that the statements make the same schema; exit 1 where they do not
    #[arg(long)]
    pub(crate) verify: bool,

    #[command(flatten)]
    pub(crate) scratch: ScratchArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo backend-db migrate --dry-run
  cargo backend-db migrate --dry-run --dev-url postgres://postgres@localhost/postgres
  cargo backend-db migrate
  cargo backend-db migrate --to 20261121093000
  cargo backend-db migrate migrations/20261121093000_add_email.up.sql
  cargo backend-db migrate new add_email")]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) folder: FolderArgs,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,

    /// Apply this migration alone instead of all that are pending
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// Apply up to this version, itself included
    #[arg(long, value_name = "VERSION", conflicts_with = "file")]
    pub(crate) to: Option<i64>,

    /// Run everything and leave nothing behind: show statements, locks, times, and how the schema
    /// would change. It is played in a transaction that is rolled back, or in a scratch database
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) scratch: ScratchArgs,

    #[command(subcommand)]
    pub(crate) command: Option<MigrateCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum MigrateCommand {
    /// Write an empty migration and its rollback
    New(NewArgs),
    /// Let the files count as applied whose comments or white space were edited since
    Repair(RepairArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo backend-db migrate repair
  cargo backend-db migrate repair 20261121093000         # that one although its statements were edited")]
pub(crate) struct RepairArgs {
    /// Migrations whose statements were edited too, where the database is as the files say already
    #[arg(value_name = "VERSION")]
    pub(crate) versions: Vec<i64>,

    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) folder: FolderArgs,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,
}

#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// What it does, such as `add_email_to_customers`
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) folder: FolderArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  cargo backend-db rollback --dry-run
  cargo backend-db rollback
  cargo backend-db rollback --steps 3
  cargo backend-db rollback --to 20261121093000          # that one stays, all later ones go
  cargo backend-db rollback --allow data-loss")]
pub(crate) struct RollbackArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) folder: FolderArgs,

    #[command(flatten)]
    pub(crate) confirm: ConfirmArgs,

    /// How many migrations to undo, the last one first
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) steps: u16,

    /// Undo all that are later than this version; 0 undoes every one
    #[arg(long, value_name = "VERSION", conflicts_with = "steps")]
    pub(crate) to: Option<i64>,

    /// Run everything and leave nothing behind: show statements, locks, times, and how the schema
    /// would change. It is played in a transaction that is rolled back, or in a scratch database
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) scratch: ScratchArgs,

    /// Accept that rows or values are lost for good, which was named
    #[arg(long, value_name = "HAZARD")]
    pub(crate) allow: Option<Irreversible>,
}

/// What a rollback may do that cannot be made good again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Irreversible {
    /// Rows or values are lost for good
    DataLoss,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) database: DatabaseArgs,

    #[command(flatten)]
    pub(crate) folder: FolderArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The rule; without one, all are listed
    #[arg(value_name = "RULE")]
    pub(crate) rule: Option<String>,
}
