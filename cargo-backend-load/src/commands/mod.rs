//! The verbs.

mod compare;
mod engine;
mod plan;
mod quick;
mod reach;
mod request;
mod route;

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::commands;
use cargo_backend_shared::exit::ExitStatus;

use crate::cli::{Cli, Command};

/// Runs the verb that the command line names; a URL alone is a quick run.
pub(crate) fn run(cli: Cli, cx: &Context) -> anyhow::Result<ExitStatus> {
    match cli.command {
        Some(Command::Compare(args)) => compare::run(&args, cx),
        Some(Command::Init(args)) => commands::init(&args, cx.plain()?),
        Some(Command::Config(args)) => commands::config(&args, cx.plain()?),
        None => quick::run(&cli.quick, cx),
    }
}
