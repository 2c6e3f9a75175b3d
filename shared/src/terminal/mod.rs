//! The only door to stdout and stderr: answers go to stdout, talk goes to stderr.

mod progress;
mod snippet;

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Severity};

pub use progress::Progress;
pub use snippet::render;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set or `TERM=dumb`.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The form of the answer on stdout, where there are only these two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Human,
    /// JSON lines for programs: objects with a `reason`, fields are only ever added.
    Json,
}

/// What `--format` can be; each plugin supports some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Form {
    /// For people.
    #[default]
    Human,
    /// JSON lines for programs: objects with a `reason`, fields are only ever added.
    Json,
    /// A page for a pull request or a wiki.
    Markdown,
    /// JUnit XML, as CI systems read it.
    Junit,
    /// Annotations of GitHub Actions.
    Github,
    /// A table for spreadsheets.
    Csv,
    /// SARIF 2.1.0, as code scanning reads it.
    Sarif,
    /// Statements.
    Sql,
}

impl Form {
    /// How answers look that have no other form than these two.
    #[must_use]
    pub fn format(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Human
            | Self::Markdown
            | Self::Junit
            | Self::Github
            | Self::Csv
            | Self::Sarif
            | Self::Sql => Format::Human,
        }
    }
}

/// How talkative stderr is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors and warnings only.
    Quiet,
    /// Status lines too.
    Normal,
    /// Details too.
    Verbose,
}

/// Colours by meaning, so that the same thing looks the same in all three plugins.
pub mod style {
    use super::{AnsiColor, Style};

    /// Done, good, faster.
    pub const GOOD: Style = AnsiColor::Green.on_default().bold();
    /// Worth a look.
    pub const WARN: Style = AnsiColor::Yellow.on_default().bold();
    /// Wrong, failed, slower.
    pub const BAD: Style = AnsiColor::Red.on_default().bold();
    /// A heading.
    pub const HEAD: Style = Style::new().bold();
    /// Less important.
    pub const DIM: Style = Style::new().dimmed();
    /// A hint or a name to notice.
    pub const HINT: Style = AnsiColor::Cyan.on_default().bold();
}

/// Wraps `text` in a style. The terminal strips it again where colours are not wanted.
#[must_use]
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// The door. Decides colours per stream, hides progress when nobody looks.
#[derive(Debug)]
pub struct Terminal {
    stdout: ColorChoice,
    stderr: ColorChoice,
    verbosity: Verbosity,
    format: Format,
    live: bool,
}

impl Terminal {
    /// A terminal as the flags and the environment ask for it. `ci` is whether `CI` is set.
    #[must_use]
    pub fn new(color: Color, verbosity: Verbosity, format: Format, ci: bool) -> Self {
        let choose = |auto: ColorChoice| match color {
            Color::Auto => auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        let stderr = choose(AutoStream::choice(&io::stderr()));
        Self {
            stdout: choose(AutoStream::choice(&io::stdout())),
            stderr,
            verbosity,
            format,
            live: io::stderr().is_terminal()
                && verbosity > Verbosity::Quiet
                && format == Format::Human
                && !ci
                && AutoStream::choice(&io::stderr()) != ColorChoice::Never,
        }
    }

    /// The form of the answer that was asked for.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// How much stderr says.
    #[must_use]
    pub fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Whether a person watches stderr: decides on progress bars and live views.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Writes the answer, or a part of it, to stdout; adds the newline if it is missing.
    ///
    /// # Errors
    /// When stdout cannot be written; a broken pipe ends the run cleanly at the door.
    pub fn answer(&self, text: &str) -> io::Result<()> {
        let mut stdout = AutoStream::new(io::stdout().lock(), self.stdout);
        stdout.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            stdout.write_all(b"\n")?;
        }
        stdout.flush()
    }

    /// Writes one JSON line `{"reason":…,"v":1,…body}` to stdout.
    ///
    /// # Errors
    /// When stdout cannot be written or `body` is not a JSON object.
    pub fn message<T: Serialize>(&self, reason: &str, body: &T) -> io::Result<()> {
        #[derive(Serialize)]
        struct Envelope<'a, T> {
            reason: &'a str,
            v: u8,
            #[serde(flatten)]
            body: &'a T,
        }
        let line = serde_json::to_string(&Envelope { reason, v: 1, body })?;
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "{line}")?;
        stdout.flush()
    }

    /// A status line on stderr, as cargo writes them: verb right-aligned in twelve columns.
    pub fn status(&self, verb: &str, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.talk(&format!(
                "{} {text}",
                paint(style::GOOD, &format!("{verb:>12}"))
            ));
        }
    }

    /// A detail that only `--verbose` shows.
    pub fn detail(&self, text: &str) {
        if self.verbosity == Verbosity::Verbose {
            self.talk(text);
        }
    }

    /// A warning on stderr.
    pub fn warn(&self, text: &str) {
        self.talk(&format!("{}: {text}", paint(style::WARN, "warning")));
    }

    /// An error on stderr with what to do about it.
    pub fn error(&self, text: &str, hint: Option<&str>) {
        let mut lines = format!("{}: {text}", paint(style::BAD, "error"));
        if let Some(hint) = hint {
            write!(lines, "\n{}: {hint}", paint(style::HINT, "hint"))
                .expect("a String takes any text");
        }
        self.talk(&lines);
    }

    /// A finding on stderr, with the lines of the file that it is about.
    pub fn diagnostic(&self, diagnostic: &Diagnostic) {
        self.talk(&render(diagnostic));
    }

    /// A progress bar (with a total) or a spinner (without). Hidden unless a person looks.
    #[must_use]
    pub fn progress(&self, text: &str, total: Option<u64>) -> Progress {
        Progress::new(self.live, text, total)
    }

    fn talk(&self, text: &str) {
        let mut stderr = AutoStream::new(io::stderr().lock(), self.stderr);
        // Nobody is left to be told that stderr is gone.
        drop(writeln!(stderr, "{text}"));
    }
}

/// The style that goes with a severity.
#[must_use]
pub fn severity_style(severity: Severity) -> Style {
    match severity {
        Severity::Error => style::BAD,
        Severity::Warning => style::WARN,
        Severity::Note => style::HINT,
    }
}
