//! `cargo backend-scaffold` as a program of this package, so that the tests can run it.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_backend_scaffold::main()
}
