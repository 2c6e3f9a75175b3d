//! `cargo backend-scaffold`: an OpenAPI document to a complete, layered Rust service.

mod api;
mod append;
mod cli;
mod commands;
mod format;
mod handwritten;
mod lower;
mod merge;
mod render;
mod report;

use std::process::ExitCode;

use cargo_backend_shared::cli::Plugin;

const PLUGIN: Plugin = Plugin {
    name: "backend-scaffold",
    version: env!("CARGO_PKG_VERSION"),
};

/// Runs the plugin with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    cargo_backend_shared::cli::main(PLUGIN, commands::run)
}
