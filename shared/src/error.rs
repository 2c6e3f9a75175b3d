//! What the door does with an error that came all the way up.

use std::fmt;
use std::io;

use crate::diagnostic::Faults;
use crate::exit::ExitStatus;
use crate::terminal::Terminal;

/// What to do about an error, carried in its chain and printed last.
#[derive(Debug)]
struct Advice {
    hint: String,
    message: String,
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Says what to do about a failure, beside what failed.
pub trait Hint<T> {
    /// Adds context that says what we were doing, and a hint that says what the user can do.
    ///
    /// # Errors
    /// The error it was called on, with the context around it.
    fn hint(self, doing: impl Into<String>, hint: impl Into<String>) -> anyhow::Result<T>;
}

impl<T, E> Hint<T> for Result<T, E>
where
    Self: anyhow::Context<T, E>,
{
    fn hint(self, doing: impl Into<String>, hint: impl Into<String>) -> anyhow::Result<T> {
        anyhow::Context::with_context(self, || Advice {
            hint: hint.into(),
            message: doing.into(),
        })
    }
}

/// A plain failure with its remedy.
#[must_use]
pub fn failure(message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    anyhow::Error::msg("").context(Advice {
        hint: hint.into(),
        message: message.into(),
    })
}

/// Prints an error once and says how the run ended. A reader that went away (`| head`) is no error.
#[must_use]
pub fn report(error: &anyhow::Error, terminal: &Terminal) -> ExitStatus {
    let broken_pipe = error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    });
    if broken_pipe {
        return ExitStatus::Clean;
    }
    if let Some(faults) = error.downcast_ref::<Faults>() {
        for diagnostic in &faults.0 {
            terminal.diagnostic(diagnostic);
        }
        return ExitStatus::CouldNotRun;
    }
    let mut chain: Vec<String> = Vec::new();
    for cause in error.chain() {
        let text = cause.to_string();
        // Libraries repeat their cause in their own message; a person needs it once.
        let repeats = chain.last().is_some_and(|last| last.ends_with(&text));
        if !text.is_empty() && !repeats {
            chain.push(text);
        }
    }
    terminal.error(&chain.join(": "), hint_of(error));
    ExitStatus::CouldNotRun
}

fn hint_of(error: &anyhow::Error) -> Option<&str> {
    // Walks the whole chain; with several hints the outermost one is printed.
    error
        .downcast_ref::<Advice>()
        .map(|advice| advice.hint.as_str())
        .filter(|hint| !hint.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_outermost_hint_is_the_one_that_is_printed() {
        let inner: Result<(), _> = Err(io::Error::other("disk full"));
        let failed = inner
            .hint("cannot write `a`", "free some room")
            .hint("cannot save", "save elsewhere")
            .expect_err("it failed");
        assert_eq!(hint_of(&failed), Some("save elsewhere"));
        assert_eq!(
            format!("{failed:#}"),
            "cannot save: cannot write `a`: disk full"
        );
    }

    #[test]
    fn a_hint_is_found_below_other_context() {
        let failed = failure("no room", "make some").context("cannot save");
        assert_eq!(hint_of(&failed), Some("make some"));
    }
}
