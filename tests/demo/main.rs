//! `cargo demo`: the loop once, in a folder of its own that stays to be looked at.

use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context as _, bail};
use cargo_backend_shared::error;
use cargo_backend_shared::exit::ExitStatus;
use cargo_backend_shared::terminal::{Color, Format, Terminal, Verbosity};
use cargo_backend_tests::demo::{Demo, Load};
use cargo_backend_tests::plugin::repository;
use cargo_backend_tests::project::Project;

fn main() -> ExitCode {
    let terminal = Terminal::new(Color::Auto, Verbosity::Normal, Format::Human, false);
    match run(&terminal) {
        Ok(()) => ExitStatus::Clean.into(),
        Err(failure) => error::report(&failure, &terminal).into(),
    }
}

fn run(terminal: &Terminal) -> anyhow::Result<()> {
    let started = Instant::now();
    build_tools(terminal)?;
    let project = Project::workspace().keep();
    let load = Load {
        concurrency: 10,
        duration: "5s".to_owned(),
    };
    let outcome = Demo::new(&project, terminal)?.run(&load)?;
    terminal.status("Finished", &format!("in {} s", started.elapsed().as_secs()));
    terminal.answer(&format!(
        "\n{outcome}\nWritten to {}:",
        project.path().display()
    ))?;
    for path in &outcome.written {
        terminal.answer(&format!("  {}", path.display()))?;
    }
    Ok(())
}

/// `cargo run` builds this program alone; the plugins that it runs lie beside it. Cargo shows its
/// own progress.
fn build_tools(terminal: &Terminal) -> anyhow::Result<()> {
    let started = Instant::now();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(repository())
        .args(["build", "--package", "cargo-backend-tests", "--bins"])
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("the plugins do not build");
    }
    let seconds = started.elapsed().as_secs_f64();
    terminal.status("Built", &format!("the three plugins ({seconds:.1} s)"));
    Ok(())
}
