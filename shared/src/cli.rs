//! The door of every plugin: arguments that all three share, and what happens around a command.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, ValueEnum};

use crate::config::{self, Config, Environment};
use crate::error::{self, failure};
use crate::exit::ExitStatus;
use crate::terminal::{Color, Form, Format, Terminal, Verbosity};
use crate::workspace::WorkspaceContext;

/// Who is running.
#[derive(Debug, Clone, Copy)]
pub struct Plugin {
    /// The subcommand as cargo sees it, such as `backend-db`.
    pub name: &'static str,
    /// The version of the plugin.
    pub version: &'static str,
}

// No doc comment: on a flattened struct it would replace the command's own description.
#[derive(Debug, Clone, Default, Args)]
#[expect(
    missing_docs,
    reason = "a doc comment here would become the description of every command"
)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Path to the `Cargo.toml` of the workspace
    #[arg(long, global = true, value_name = "PATH")]
    pub manifest_path: Option<PathBuf>,

    /// Path to `Backend.toml` [default: beside the workspace's `Cargo.toml`]
    #[arg(long, global = true, value_name = "PATH", env = "BACKEND_CONFIG")]
    pub config: Option<PathBuf>,

    /// Use a named environment of `Backend.toml`, such as `[database.staging]`
    #[arg(long, global = true, value_name = "NAME", env = "BACKEND_ENV")]
    pub env: Option<String>,

    /// The form of the answer on stdout
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "human",
        hide_default_value = true
    )]
    pub format: Form,

    /// Short for `--format json`
    #[arg(long, global = true, conflicts_with = "format")]
    pub json: bool,

    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        env = "CARGO_TERM_COLOR",
        hide_env = true
    )]
    pub color: Color,

    /// Say only what went wrong
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// What a command gets besides its own arguments.
#[derive(Debug)]
pub struct Context {
    /// Who is running.
    pub plugin: Plugin,
    /// The door to stdout and stderr.
    pub terminal: Terminal,
    /// The directory the user is in; paths on the command line are relative to it.
    pub directory: PathBuf,
    /// The arguments that all commands share.
    pub global: GlobalArgs,
    /// The environment variables, as they were at the start.
    pub environment: Environment,
}

/// The project a command works on.
#[derive(Debug)]
pub struct Project {
    /// Where it is and what it is made of.
    pub workspace: WorkspaceContext,
    /// Its settings.
    pub config: Config,
}

impl GlobalArgs {
    /// The form of the answer that was asked for, by either flag.
    #[must_use]
    pub fn form(&self) -> Form {
        if self.json { Form::Json } else { self.format }
    }
}

impl Context {
    /// The form of the answer that was asked for.
    #[must_use]
    pub fn format(&self) -> Format {
        self.terminal.format()
    }

    /// For verbs whose answer has one of these forms alone.
    ///
    /// # Errors
    /// When another form was asked for.
    pub fn only(&self, forms: &[Form]) -> anyhow::Result<&Self> {
        if forms.contains(&self.global.form()) {
            return Ok(self);
        }
        let names: Vec<String> = forms
            .iter()
            .filter_map(Form::to_possible_value)
            .map(|form| format!("`--format {}`", form.get_name()))
            .collect();
        Err(failure(
            "this answer has no such form",
            format!("use {}", names.join(" or ")),
        ))
    }

    /// For verbs whose answer is text or JSON.
    ///
    /// # Errors
    /// When another form was asked for.
    pub fn plain(&self) -> anyhow::Result<&Self> {
        self.only(&[Form::Human, Form::Json])
    }

    /// Reads the workspace and `Backend.toml`; unknown keys are warned about.
    ///
    /// # Errors
    /// When `--manifest-path` or `--config` names nothing, or a file cannot be read or understood.
    pub fn project(&self) -> anyhow::Result<Project> {
        let workspace = WorkspaceContext::find(
            &self.directory,
            self.global.manifest_path.as_deref(),
            &self.environment,
        )?;
        let file = match &self.global.config {
            Some(path) => Some(self.directory.join(path)),
            None => Some(workspace.root.join("Backend.toml")).filter(|path| path.is_file()),
        };
        let loaded = config::load(&config::Sources {
            file,
            workspace: &workspace,
            environment: &self.environment,
            environment_name: self.global.env.as_deref(),
        })?;
        for warning in &loaded.warnings {
            self.terminal.diagnostic(warning);
        }
        Ok(Project {
            workspace,
            config: loaded.config,
        })
    }
}

/// Runs a plugin: parses the arguments, runs the command, prints the error if there is one.
///
/// # Panics
/// Never on purpose; a panic anywhere below is a defect.
pub fn main<C>(
    plugin: Plugin,
    run: impl FnOnce(C, &Context) -> anyhow::Result<ExitStatus>,
) -> ExitCode
where
    C: Parser + AsRef<GlobalArgs>,
{
    main_with_forms(plugin, &[Form::Human, Form::Json], run)
}

/// The same for a plugin whose answers have more forms; `--help` shows these, and no other is
/// taken.
///
/// # Panics
/// Never on purpose; a panic anywhere below is a defect.
pub fn main_with_forms<C>(
    plugin: Plugin,
    forms: &'static [Form],
    run: impl FnOnce(C, &Context) -> anyhow::Result<ExitStatus>,
) -> ExitCode
where
    C: Parser + AsRef<GlobalArgs>,
{
    let command = match parse::<C>(forms, arguments(plugin.name, std::env::args_os())) {
        Ok(command) => command,
        Err(usage) => {
            // Help and version are answers; everything else is "could not run".
            let status = if usage.use_stderr() {
                ExitStatus::CouldNotRun
            } else {
                ExitStatus::Clean
            };
            drop(usage.print());
            return status.into();
        }
    };
    let global = command.as_ref().clone();
    let environment = Environment::of_process();
    let terminal = terminal(&global, &environment);
    let directory = match working_directory() {
        Ok(directory) => directory,
        Err(failure) => return error::report(&failure, &terminal).into(),
    };
    let context = Context {
        plugin,
        terminal,
        directory,
        global,
        environment,
    };
    let status =
        run(command, &context).unwrap_or_else(|failure| error::report(&failure, &context.terminal));
    status.into()
}

/// Reads the arguments of a plugin whose answers have these forms.
fn parse<C: Parser>(forms: &'static [Form], arguments: Vec<OsString>) -> clap::error::Result<C> {
    let names = forms.iter().filter_map(ValueEnum::to_possible_value);
    let parser = PossibleValuesParser::new(names)
        .try_map(|name| <Form as ValueEnum>::from_str(&name, false));
    let mut command = C::command().mut_arg("format", |format| format.value_parser(parser));
    let mut matches = command.try_get_matches_from_mut(arguments)?;
    C::from_arg_matches_mut(&mut matches).map_err(|why| why.format(&mut command))
}

fn terminal(global: &GlobalArgs, environment: &Environment) -> Terminal {
    let verbosity = match (global.quiet, global.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, true) => Verbosity::Verbose,
        (false, false) => Verbosity::Normal,
    };
    Terminal::new(
        global.color,
        verbosity,
        global.form().format(),
        environment.get("CI").is_some(),
    )
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks for it")]
fn working_directory() -> anyhow::Result<PathBuf> {
    std::env::current_dir().context("cannot tell the current directory")
}

/// Drops the name that cargo passes on: `cargo backend-db status` runs
/// `cargo-backend-db backend-db status`.
fn arguments(name: &str, all: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut all: Vec<OsString> = all.collect();
    if all.get(1).is_some_and(|first| first == name) {
        all.remove(1);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(all: &[&str]) -> Vec<String> {
        arguments("backend-db", all.iter().map(OsString::from))
            .into_iter()
            .map(|word| word.into_string().expect("the test writes UTF-8"))
            .collect()
    }

    #[test]
    fn cargo_and_direct_calls_mean_the_same() {
        let direct = words(&["cargo-backend-db", "status"]);
        assert_eq!(words(&["cargo-backend-db", "backend-db", "status"]), direct);
    }

    #[derive(Debug, Parser)]
    struct Example {
        #[command(flatten)]
        global: GlobalArgs,
    }

    #[test]
    fn a_plugin_takes_only_the_forms_that_it_has() {
        let form = |forms, name: &str| {
            let words = ["x", "--format", name].map(OsString::from).to_vec();
            parse::<Example>(forms, words).map(|example| example.global.form())
        };
        let two: &[Form] = &[Form::Human, Form::Json];
        assert_eq!(form(two, "json").ok(), Some(Form::Json));
        assert_eq!(form(&[Form::Csv], "csv").ok(), Some(Form::Csv));
        let refused = form(two, "csv").expect_err("not one of the two");
        let text = refused.to_string();
        assert!(text.contains("[possible values: human, json]"), "{text}");
    }

    #[test]
    fn only_the_first_word_is_dropped() {
        assert_eq!(
            words(&["x", "migrate", "new", "backend-db"]),
            ["x", "migrate", "new", "backend-db"]
        );
    }
}
