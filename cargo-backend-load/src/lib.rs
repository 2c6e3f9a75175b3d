//! `cargo backend-load`: virtual users load an HTTP service, and the answer tells what it did.
//!
//! goose drives the users (`driver`), the sockets and the clock are our own (`engine`), what was
//! measured is counted in `recorder` and turned into figures in `summary`.

mod cli;
mod commands;
mod driver;
mod engine;
mod interrupt;
mod recorder;
mod report;
mod report_file;
mod request;
mod sample;
mod silence;
mod summary;

use std::process::ExitCode;

use cargo_backend_shared::cli::Plugin;

const PLUGIN: Plugin = Plugin {
    name: "backend-load",
    version: env!("CARGO_PKG_VERSION"),
};

/// Runs the plugin with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    cargo_backend_shared::cli::main(PLUGIN, commands::run)
}
