//! The answer of `analyze` in all its forms.

mod charts;
mod html;
mod human;
mod json;
mod markdown;
mod sarif;
mod tables;
mod words;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Severity;
use cargo_backend_shared::schema::Schema;
use cargo_backend_shared::terminal::{Form, Terminal};

use crate::findings::Judgement;
use crate::statistics::Statistics;

/// What was read and what was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Analysis<'a> {
    /// How it is named: its URL without the password, or a folder.
    pub(crate) database: &'a str,
    pub(crate) schema: &'a Schema,
    pub(crate) statistics: &'a Statistics,
    pub(crate) judgement: &'a Judgement,
}

impl Analysis<'_> {
    fn count(&self, severity: Severity) -> usize {
        let findings = self.judgement.findings.iter();
        findings
            .filter(|finding| finding.diagnostic.severity == severity)
            .count()
    }

    /// Whether the server counts how tables are used.
    fn counts_use(&self) -> bool {
        self.schema.dialect == Dialect::Postgres
    }

    fn checked(&self) -> usize {
        self.judgement.rules - self.judgement.not_checked.len()
    }
}

/// What a report file can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    Json,
    Html,
    Markdown,
    Sarif,
}

/// The endings of report files and the forms they choose.
pub(crate) const ENDINGS: &[&str] = &["html", "json", "md", "sarif"];

impl Document {
    /// The form that an ending chooses.
    pub(crate) fn of_ending(ending: &str) -> Option<Self> {
        Some(match ending {
            "json" => Self::Json,
            "html" => Self::Html,
            "md" => Self::Markdown,
            "sarif" => Self::Sarif,
            _ => return None,
        })
    }
}

/// The report as it is written to stdout or to a file.
pub(crate) fn document(document: Document, analysis: &Analysis<'_>) -> anyhow::Result<String> {
    Ok(match document {
        Document::Json => json::document(analysis)?,
        Document::Html => html::render(analysis)?,
        Document::Markdown => markdown::render(analysis),
        Document::Sarif => sarif::render(analysis),
    })
}

/// Writes the answer.
pub(crate) fn print(
    terminal: &Terminal,
    form: Form,
    analysis: &Analysis<'_>,
) -> anyhow::Result<()> {
    match form {
        Form::Json => return json::lines(terminal, analysis),
        Form::Markdown => terminal.answer(&markdown::render(analysis))?,
        Form::Sarif => terminal.answer(&sarif::render(analysis))?,
        Form::Human | Form::Junit | Form::Github | Form::Csv | Form::Sql => {
            terminal.answer(&human::render(analysis, terminal.verbosity()))?;
        }
    }
    Ok(())
}
