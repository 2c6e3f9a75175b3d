//! A file per verb.

mod ci;
mod diff;
mod generate;
mod new;
mod spec;
mod target;
mod template;

use cargo_backend_shared::cli::Context;
use cargo_backend_shared::commands::{config, init};
use cargo_backend_shared::error::failure;
use cargo_backend_shared::exit::ExitStatus;

use crate::cli::{Cli, Command};

pub(crate) fn run(cli: Cli, cx: &Context) -> anyhow::Result<ExitStatus> {
    match (cli.command, cli.generate) {
        (Some(Command::Diff(args)), _) => diff::run(&args, cx),
        (Some(Command::New(args)), _) => new::run(&args, cx),
        (Some(Command::Spec(args)), _) => spec::run(&args, cx),
        (Some(Command::Template(command)), _) => template::run(&command, cx),
        (Some(Command::Init(args)), _) => init(&args, cx),
        (Some(Command::Config(args)), _) => config(&args, cx),
        (None, Some(args)) => generate::run(&args, cx),
        (None, None) => Err(failure(
            "no OpenAPI document was given",
            "name one: cargo backend-scaffold openapi.yaml",
        )),
    }
}
