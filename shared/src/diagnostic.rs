//! A finding as a value: what is wrong, where, how we know, what to do. Printing is the terminal's.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Should be dealt with.
    Warning,
    /// Makes the answer "no", or stops the run.
    Error,
}

/// A place in a text file. Lines and columns count from 1; columns count characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The file as the user named it.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// 1-based column, in characters.
    pub column: usize,
    /// The whole text of the file, for the snippet.
    #[serde(skip)]
    pub source: Option<Arc<str>>,
}

impl Location {
    /// The place of a byte offset in `source`; an offset past the end is the end.
    #[must_use]
    pub fn of_offset(file: impl Into<String>, source: &Arc<str>, offset: usize) -> Self {
        let before = source.get(..offset).unwrap_or(source);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            file: file.into(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            source: Some(Arc::clone(source)),
        }
    }

    /// The byte range of this place in its source: the word there, so that a snippet can underline it.
    pub(crate) fn span(&self) -> Option<std::ops::Range<usize>> {
        let source = self.source.as_ref()?;
        let line_start: usize = source
            .split_inclusive('\n')
            .take(self.line - 1)
            .map(str::len)
            .sum();
        let line = source.get(line_start..)?.split('\n').next()?;
        let start = line
            .char_indices()
            .nth(self.column - 1)
            .map_or(line.len(), |(byte, _)| byte);
        let word = line[start..]
            .find(|c: char| !(c.is_alphanumeric() || "_-./$#\"'".contains(c)))
            .unwrap_or(line.len() - start)
            .max(usize::from(start < line.len()));
        // A cut inside a multi-byte character would not be a valid range.
        let end = (start + word..=line.len()).find(|&end| line.is_char_boundary(end))?;
        Some(line_start + start..line_start + end)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How much it weighs.
    pub severity: Severity,
    /// The rule that found it, in kebab-case; absent for plain faults of the input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What is wrong: lower case, no full stop, names in backticks.
    pub message: String,
    /// Where in a file, if it is about a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// What was measured or read that proves it, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Diagnostic {
    /// A finding of any weight.
    #[must_use]
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            rule: None,
            message: message.into(),
            location: None,
            evidence: Vec::new(),
            help: None,
        }
    }

    /// An error.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    /// A warning.
    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// A note.
    #[must_use]
    pub fn note(message: impl Into<String>) -> Self {
        Self::new(Severity::Note, message)
    }

    /// Names the rule.
    #[must_use]
    pub fn rule(mut self, name: impl Into<String>) -> Self {
        self.rule = Some(name.into());
        self
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    /// Adds one line of proof.
    #[must_use]
    pub fn evidence(mut self, line: impl Into<String>) -> Self {
        self.evidence.push(line.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// Faults of the input that stop the run. The door prints each with its snippet and exits 2.
#[derive(Debug)]
pub struct Faults(pub Vec<Diagnostic>);

impl From<Diagnostic> for Faults {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, diagnostic) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("; ")?;
            }
            if let Some(location) = &diagnostic.location {
                write!(f, "{location}: ")?;
            }
            f.write_str(&diagnostic.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_becomes_line_and_column_in_characters() {
        let source: Arc<str> = "a = 1\nünï = 2\n".into();
        let at = Location::of_offset("Backend.toml", &source, "a = 1\nünï ".len());
        assert_eq!(at.to_string(), "Backend.toml:2:5");
    }

    #[test]
    fn the_span_of_a_place_is_the_word_there() {
        let source: Arc<str> = "a = 1\nünï = twenty\n".into();
        let at = Location {
            file: "f".into(),
            line: 2,
            column: 7,
            source: Some(Arc::clone(&source)),
        };
        assert_eq!(&source[at.span().expect("source is there")], "twenty");
    }

    #[test]
    fn a_place_past_the_end_of_its_line_has_an_empty_span_there() {
        let source: Arc<str> = "ab\n".into();
        let at = Location {
            file: "f".into(),
            line: 1,
            column: 9,
            source: Some(source),
        };
        assert_eq!(at.span(), Some(2..2));
    }
}
