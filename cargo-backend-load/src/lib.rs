//! `cargo backend-load`: virtual users load an HTTP service, and the answer tells what it did.
//!
//! goose drives the users (`driver`) as the `profile` says, the sockets and the clock are our own
//! (`engine`). What was measured is counted in a `tally` for each second (`recorder`), the seconds
//! are put together (`recording`), turned into figures (`summary`) and judged (`threshold`,
//! `advice`, `rate_limit`,
//! `comparison`).

mod advice;
mod baseline;
mod cli;
mod commands;
mod comparison;
mod driver;
mod duel;
mod engine;
mod interrupt;
mod machine;
mod open_files;
mod profile;
mod rate_limit;
mod recorder;
mod recording;
mod report;
mod report_file;
mod request;
mod sample;
mod silence;
mod summary;
mod tally;
mod threshold;

use std::process::ExitCode;

use cargo_backend_shared::cli::Plugin;
use cargo_backend_shared::terminal::Form;

const PLUGIN: Plugin = Plugin {
    name: "backend-load",
    version: env!("CARGO_PKG_VERSION"),
};

/// The forms of a report.
const FORMS: &[Form] = &[
    Form::Human,
    Form::Json,
    Form::Markdown,
    Form::Junit,
    Form::Github,
    Form::Csv,
];

/// Runs the plugin with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    cargo_backend_shared::cli::main_with_forms(PLUGIN, FORMS, commands::run)
}
