//! The answer of `analyze` in all its forms.

mod human;
mod json;
mod words;

use cargo_backend_shared::database_url::{DatabaseUrl, Dialect};
use cargo_backend_shared::diagnostic::Severity;
use cargo_backend_shared::schema::Schema;
use cargo_backend_shared::terminal::{Format, Terminal};

use crate::findings::Judgement;
use crate::statistics::Statistics;

/// What was read and what was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Analysis<'a> {
    pub(crate) url: &'a DatabaseUrl,
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

/// Writes the answer.
pub(crate) fn print(terminal: &Terminal, analysis: &Analysis<'_>) -> anyhow::Result<()> {
    match terminal.format() {
        Format::Json => json::lines(terminal, analysis),
        Format::Human => Ok(terminal.answer(&human::render(analysis, terminal.verbosity()))?),
    }
}
