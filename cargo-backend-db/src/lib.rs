//! `cargo backend-db`: reads a live database, says what is missing or dangerous with proof, and
//! writes, applies and rolls back migrations.
//!
//! Storeys, and a line may only call downwards: `commands` (read, decide, write) → `apply`,
//! `statistics`, `proof`, `scratch`, `migration::history`, `migration::dir` (they touch the world) and
//! `report` (text) → `findings`, `lint`, `advise`, `ddl`, `difference`, `sql`,
//! `plan` (pure) → `migration`, `statistics`, `shared::schema` (nouns).

use std::process::ExitCode;

use cargo_backend_shared::cli::{self as door, Plugin};
use cargo_backend_shared::terminal::Form;

mod adopt;
mod advise;
mod apply;
mod cli;
mod commands;
mod ddl;
mod diff;
mod difference;
mod findings;
mod lint;
mod loss;
mod migration;
mod plan;
mod probe;
mod proof;
mod rehearsal;
mod report;
mod rows;
mod scratch;
mod split;
mod sql;
mod statistics;
mod trace;
mod trial;
mod workload;

const PLUGIN: Plugin = Plugin {
    name: "backend-db",
    version: env!("CARGO_PKG_VERSION"),
};

/// The forms of the answers; a verb that has fewer says so.
const FORMS: &[Form] = &[
    Form::Human,
    Form::Json,
    Form::Markdown,
    Form::Sarif,
    Form::Github,
    Form::Sql,
];

/// Runs the plugin with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    door::main_with_forms(PLUGIN, FORMS, commands::run)
}
