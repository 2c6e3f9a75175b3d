//! `cargo backend-scaffold`: an OpenAPI document to a complete, layered Rust service.

mod api;
mod append;
mod cli;
mod code;
mod commands;
mod database;
mod describe;
mod difference;
mod format;
mod handwritten;
mod lower;
mod merge;
mod own_templates;
mod render;
mod report;
mod routes;
mod sources;
#[doc(hidden)]
pub mod trial;

use std::process::ExitCode;

use cargo_backend_shared::cli::{self as door, Plugin};
use cargo_backend_shared::terminal::Form;

const PLUGIN: Plugin = Plugin {
    name: "backend-scaffold",
    version: env!("CARGO_PKG_VERSION"),
};

/// The forms of the answers; a verb that has fewer says so.
const FORMS: &[Form] = &[Form::Human, Form::Json, Form::Markdown, Form::Github];

/// Runs the plugin with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    door::main_with_forms(PLUGIN, FORMS, commands::run)
}
