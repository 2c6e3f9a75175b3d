//! What the cargo-backend plugins share: the door (arguments, output, exit status), the project
//! (workspace, `Backend.toml`), findings, files, and the models that travel between plugins.
//!
//! Not a public API. The plugins pin it with `=`.

pub mod cli;
pub mod commands;
pub mod config;
pub mod database_url;
pub mod diagnostic;
pub mod error;
pub mod exit;
pub mod file_set;
#[cfg(feature = "introspect")]
pub mod introspect;
#[cfg(feature = "openapi")]
pub mod openapi;
pub mod report_file;
pub mod rule;
pub mod schema;
pub mod terminal;
pub mod workspace;
