//! The answer of `lint` in all its forms.

mod github;
mod sarif;

use cargo_backend_shared::diagnostic::Severity;
use cargo_backend_shared::terminal::{self, Form, Terminal, paint, style};
use serde::Serialize;

use crate::lint::{Finding, LINTS};
use crate::statistics::counted;

/// What was looked at, and what was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer<'a> {
    pub(crate) findings: &'a [Finding],
    pub(crate) files: usize,
    /// How the database is named that told the sizes; none without one.
    pub(crate) database: Option<&'a str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingLine<'a> {
    #[serde(flatten)]
    diagnostic: &'a cargo_backend_shared::diagnostic::Diagnostic,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<&'a str>,
    /// Whether `--fix` writes the safe form.
    fixable: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    files: usize,
    rules: usize,
    database: Option<&'a str>,
    errors: usize,
    warnings: usize,
    notes: usize,
    fixable: usize,
}

impl Answer<'_> {
    fn count(&self, severity: Severity) -> usize {
        let findings = self.findings.iter();
        let same = findings.filter(|found| found.diagnostic.severity == severity);
        same.count()
    }

    fn summary(&self) -> Summary<'_> {
        Summary {
            files: self.files,
            rules: LINTS.len(),
            database: self.database,
            errors: self.count(Severity::Error),
            warnings: self.count(Severity::Warning),
            notes: self.count(Severity::Note),
            fixable: self.findings.iter().filter(|f| f.fix.is_some()).count(),
        }
    }
}

/// Writes it.
pub(crate) fn print(terminal: &Terminal, form: Form, answer: &Answer<'_>) -> anyhow::Result<()> {
    match form {
        Form::Json => json(terminal, answer)?,
        Form::Sarif => terminal.answer(&sarif::render(answer))?,
        Form::Github => terminal.answer(&github::render(answer))?,
        Form::Human | Form::Markdown | Form::Junit | Form::Csv | Form::Sql => {
            terminal.answer(&human(answer))?;
        }
    }
    Ok(())
}

fn json(terminal: &Terminal, answer: &Answer<'_>) -> std::io::Result<()> {
    for found in answer.findings {
        let line = FindingLine {
            diagnostic: &found.diagnostic,
            table: found.table.as_deref(),
            fixable: found.fix.is_some(),
        };
        terminal.message("finding", &line)?;
    }
    terminal.message("lint-finished", &answer.summary())
}

fn human(answer: &Answer<'_>) -> String {
    let mut text = String::new();
    for found in answer.findings {
        text.push_str(&terminal::render(&found.diagnostic));
        text.push_str("\n\n");
    }
    let summary = answer.summary();
    let parts = [
        (summary.errors, "error", style::BAD),
        (summary.warnings, "warning", style::WARN),
        (summary.notes, "note", style::HINT),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, what, look)| paint(look, &counted(count as u64, what)))
        .collect();
    let tally = if parts.is_empty() {
        paint(style::GOOD, "nothing found")
    } else {
        parts.join(", ")
    };
    text.push_str(&tally);
    text.push_str(" in ");
    text.push_str(&counted(answer.files as u64, "file"));
    match answer.database {
        Some(database) => {
            text.push_str("; sizes are those of ");
            text.push_str(database);
        }
        None => text.push_str("; no database was asked for sizes"),
    }
    if summary.fixable > 0 {
        text.push_str("; `--fix` writes the safe form of ");
        text.push_str(&summary.fixable.to_string());
    }
    text.push('\n');
    text
}
