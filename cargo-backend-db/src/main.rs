//! `cargo backend-db`.

use std::process::ExitCode;

fn main() -> ExitCode {
    cargo_backend_db::main()
}
