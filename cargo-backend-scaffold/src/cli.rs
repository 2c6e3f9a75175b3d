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
    /// Write a commented `Backend.toml`
    Init(InitArgs),
    /// Show every setting and where it comes from
    Config(ConfigArgs),
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Options")]
pub(crate) struct GenerateArgs {
    /// The document: OpenAPI 3.0 or 3.1 or Swagger 2.0, YAML or JSON
    #[arg(value_name = "SPEC", required = true)]
    pub(crate) spec: PathBuf,

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

    /// Write nothing, and exit with 1 if anything would change
    #[arg(long)]
    pub(crate) check: bool,

    /// Overwrite generated files that were edited by hand
    #[arg(long)]
    pub(crate) force: bool,
}
