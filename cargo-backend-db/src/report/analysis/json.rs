//! For programs: a line for each thing on stdout, or the whole as one document.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::{Diagnostic, Severity};
use cargo_backend_shared::terminal::Terminal;
use serde::Serialize;

use super::{Analysis, words};
use crate::findings::{Finding, NotChecked, SuggestedMigration};
use crate::statistics::{Lost, Section};

#[derive(Debug, Serialize)]
struct FindingLine<'a> {
    #[serde(flatten)]
    diagnostic: &'a Diagnostic,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct LostLine<'a> {
    section: Section,
    #[serde(flatten)]
    lost: &'a Lost,
}

/// What is known of the whole. Fields are null where the server does not tell.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    database: String,
    dialect: Dialect,
    version: &'a str,
    tables: usize,
    rows: u64,
    bytes: Option<u64>,
    /// For how many seconds use has been counted.
    counting_s: Option<u64>,
    standby: bool,
    /// The rules that this engine can break.
    rules: usize,
    rules_checked: usize,
    not_checked: &'a [NotChecked],
    errors: usize,
    warnings: usize,
    notes: usize,
    not_read: &'a [String],
}

/// The whole as one object.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    #[serde(flatten)]
    summary: Summary<'a>,
    findings: Vec<FindingLine<'a>>,
    not_known: Vec<LostLine<'a>>,
    suggested_migrations: Vec<SuggestedMigration>,
}

/// The whole as one document.
pub(super) fn document(analysis: &Analysis<'_>) -> serde_json::Result<String> {
    let document = Document {
        schema: "cargo-backend-db/analysis/1",
        summary: summary(analysis),
        findings: analysis.judgement.findings.iter().map(line).collect(),
        not_known: lost(analysis),
        suggested_migrations: analysis.judgement.migrations(),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

pub(super) fn lines(terminal: &Terminal, analysis: &Analysis<'_>) -> anyhow::Result<()> {
    for finding in &analysis.judgement.findings {
        terminal.message("finding", &line(finding))?;
    }
    for lost in lost(analysis) {
        terminal.message("not-known", &lost)?;
    }
    for migration in analysis.judgement.migrations() {
        terminal.message("suggested-migration", &migration)?;
    }
    Ok(terminal.message("analysis-finished", &summary(analysis))?)
}

fn line(finding: &Finding) -> FindingLine<'_> {
    FindingLine {
        diagnostic: &finding.diagnostic,
        table: finding.table.as_deref(),
    }
}

fn lost<'a>(analysis: &Analysis<'a>) -> Vec<LostLine<'a>> {
    let lost = analysis.statistics.lost.iter();
    lost.map(|(section, lost)| LostLine {
        section: *section,
        lost,
    })
    .collect()
}

fn summary<'a>(analysis: &Analysis<'a>) -> Summary<'a> {
    let server = &analysis.statistics.server;
    Summary {
        database: analysis.database.to_owned(),
        dialect: analysis.schema.dialect,
        version: &server.version,
        tables: analysis.schema.tables.len(),
        rows: words::rows(analysis),
        bytes: server.bytes,
        counting_s: server.counting_s,
        standby: server.standby,
        rules: analysis.judgement.rules,
        rules_checked: analysis.checked(),
        not_checked: &analysis.judgement.not_checked,
        errors: analysis.count(Severity::Error),
        warnings: analysis.count(Severity::Warning),
        notes: analysis.count(Severity::Note),
        not_read: &analysis.schema.unsupported,
    }
}
