//! `cargo backend-load`: load-tests an HTTP service.

fn main() -> std::process::ExitCode {
    cargo_backend_load::main()
}
