//! The arguments, as types.

use std::path::PathBuf;

use cargo_backend_shared::cli::GlobalArgs;
use cargo_backend_shared::commands::{ConfigArgs, InitArgs};
use clap::{Args, Parser, Subcommand};

const EXAMPLES: &str = "\
Examples:
  # A service in ./orders with a working implementation on SQLite
  cargo backend-scaffold openapi.yaml --framework axum

  # On PostgreSQL, in a folder and with a name of your choice
  cargo backend-scaffold openapi.yaml --database postgres --output services/shop --name shop

  # From the tables of a database that is there already
  cargo backend-scaffold --from-db postgres://postgres@127.0.0.1/shop

  # In CI: is the generated code what the document says?
  cargo backend-scaffold openapi.yaml --output services/shop --check";

#[derive(Debug, Parser)]
#[command(
    name = "cargo backend-scaffold",
    bin_name = "cargo backend-scaffold",
    version,
    about = "Turn an OpenAPI document into a complete, layered Rust service",
    long_about = None,
    subcommand_negates_reqs = true,
    args_conflicts_with_subcommands = true,
    after_help = EXAMPLES
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) generate: Option<GenerateArgs>,
}

impl AsRef<GlobalArgs> for Cli {
    fn as_ref(&self) -> &GlobalArgs {
        &self.global
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Say what changed between two documents, and what of it breaks callers
    Diff(DiffArgs),
    /// Start a service from nothing: a small document and everything around it
    New(NewArgs),
    /// Read the routes of axum and actix-web services from their source, as an OpenAPI document
    Spec(SpecArgs),
    /// List the templates, or take some into your workspace to change them
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Write a commented `Backend.toml`
    Init(InitArgs),
    /// Show every setting and where it comes from
    Config(ConfigArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # A service in ./notes that keeps notes on SQLite, and its document
  cargo backend-scaffold new notes

  # On PostgreSQL, in a folder of your choice
  cargo backend-scaffold new shop --database postgres --output services/shop

  # What would be written
  cargo backend-scaffold new notes --dry-run")]
pub(crate) struct NewArgs {
    /// The name of the package
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// The folder of the service, inside the workspace [default: <workspace>/<name>]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// The database of the service: sqlite, postgres or mariadb [default: Backend.toml, else sqlite]
    #[arg(long, value_name = "NAME")]
    pub(crate) database: Option<String>,

    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # The document of the service in this folder, on stdout
  cargo backend-scaffold spec

  # Into a file; what cannot be known from the source is listed, and makes the exit status 1
  cargo backend-scaffold spec --package shop --output openapi.yaml --strict

  # In CI: is the document what the code says?
  cargo backend-scaffold spec --output openapi.yaml --check")]
pub(crate) struct SpecArgs {
    /// The package that serves [default: the one of this folder, else the only one with routes]
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,

    /// The file to write; the ending says whether YAML or JSON [default: YAML on stdout]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Write nothing, and exit with 1 if the file would change
    #[arg(long, requires = "output")]
    pub(crate) check: bool,

    /// Exit with 1, and write nothing, if anything cannot be known from the source
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TemplateCommand {
    /// Name every template, whose its files are, and where your own stands
    List,
    /// Write templates into `.backend-scaffold/templates`, where they go before the embedded ones
    Eject(EjectArgs),
}

#[derive(Debug, Args)]
pub(crate) struct EjectArgs {
    /// The templates, as `template list` names them
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<String>,

    /// Overwrite templates that are there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  # In a pull request: exit status 1 when callers would break
  git show origin/main:openapi.yaml > before.yaml
  cargo backend-scaffold diff before.yaml openapi.yaml --format github

  # As a table for the description of a release
  cargo backend-scaffold diff v1.yaml v2.yaml --format markdown --no-fail")]
pub(crate) struct DiffArgs {
    /// The document as callers know it
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,

    /// The document as it will be
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,

    /// Exit with 0 whatever changed
    #[arg(long)]
    pub(crate) no_fail: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Options")]
pub(crate) struct GenerateArgs {
    /// The document: OpenAPI 3.0 or 3.1 or Swagger 2.0, YAML or JSON
    #[arg(value_name = "SPEC", required_unless_present = "from_db")]
    pub(crate) spec: Option<PathBuf>,

    /// Make document and service from the tables of a database: a URL of PostgreSQL or SQLite, or a
    /// file that `cargo backend-db schema --format json` has written
    #[arg(long, value_name = "URL|FILE", conflicts_with = "spec")]
    pub(crate) from_db: Option<String>,

    /// The framework of the service: axum [default: Backend.toml, else axum]
    #[arg(long, value_name = "NAME")]
    pub(crate) framework: Option<String>,

    /// The folder of the service, inside the workspace [default: <workspace>/<name>]
    #[arg(long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// The database of the service: sqlite or postgres [default: Backend.toml, else sqlite]
    #[arg(long, value_name = "NAME")]
    pub(crate) database: Option<String>,

    /// The name of the package [default: the output folder's, else the document's title]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Show what would change, and write nothing
    #[arg(long, conflicts_with = "check")]
    pub(crate) dry_run: bool,

    /// Print what was understood, the model that the service is made of, as JSON, and write nothing
    #[arg(long, conflicts_with_all = ["check", "dry_run"])]
    pub(crate) dump_api: bool,

    /// Write nothing, and exit with 1 if anything would change
    #[arg(long)]
    pub(crate) check: bool,

    /// Overwrite generated files that were edited by hand
    #[arg(long)]
    pub(crate) force: bool,
}
