//! `cargo backend-scaffold` as a program.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_backend_scaffold::main()
}
