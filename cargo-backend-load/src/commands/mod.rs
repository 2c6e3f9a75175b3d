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
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::terminal::Form;

use crate::cli::{Cli, Command};

/// Runs the verb that the command line names; a URL alone is a quick run.
pub(crate) fn run(cli: Cli, cx: &Context) -> anyhow::Result<ExitStatus> {
    match cli.command {
        Some(Command::Compare(args)) => compare::run(&args, plain(cx)?),
        Some(Command::Init(args)) => commands::init(&args, plain(cx)?),
        Some(Command::Config(args)) => commands::config(&args, plain(cx)?),
        None => quick::run(&cli.quick, cx),
    }
}

/// For verbs whose answer is no report.
fn plain(cx: &Context) -> anyhow::Result<&Context> {
    match cx.global.form() {
        Form::Human | Form::Json => Ok(cx),
        Form::Markdown | Form::Junit | Form::Github | Form::Csv => Err(failure(
            "this answer has no such form",
            "use `--format human` or `--format json`",
        )),
    }
}
