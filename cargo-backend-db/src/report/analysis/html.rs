//! One page that needs nothing else. What it says is chosen here, how it looks in the template.

use cargo_backend_shared::diagnostic::Severity;
use cargo_backend_templates::render as template;
use serde::Serialize;

use super::charts::{self, Chart};
use super::tables::{self, TableFacts};
use super::{Analysis, words};
use crate::findings::SuggestedMigration;
use crate::statistics::{bytes_in_words, grouped};

#[derive(Debug, Serialize)]
struct Page<'a> {
    title: String,
    about: String,
    since: Option<String>,
    tool_version: &'static str,
    tiles: Vec<Tile>,
    findings: Vec<Card<'a>>,
    charts: Vec<Chart>,
    not_known: Vec<String>,
    not_checked: Vec<String>,
    not_read: &'a [String],
    migrations: Vec<SuggestedMigration>,
    tables: Vec<TableFacts>,
    has_use: bool,
}

#[derive(Debug, Serialize)]
struct Tile {
    name: &'static str,
    figure: String,
    class: &'static str,
}

#[derive(Debug, Serialize)]
struct Card<'a> {
    severity: &'static str,
    rule: &'a str,
    message: &'a str,
    evidence: &'a [String],
    help: Option<&'a str>,
}

pub(super) fn render(analysis: &Analysis<'_>) -> anyhow::Result<String> {
    let findings = analysis.judgement.findings.iter();
    let page = Page {
        title: analysis.database.to_owned(),
        about: format!("{}: {}", words::engine(analysis), words::extent(analysis)),
        since: words::since(analysis),
        tool_version: env!("CARGO_PKG_VERSION"),
        tiles: tiles(analysis),
        findings: findings
            .map(|finding| Card {
                severity: words::severity(finding.diagnostic.severity),
                rule: finding.diagnostic.rule.as_deref().unwrap_or_default(),
                message: &finding.diagnostic.message,
                evidence: &finding.diagnostic.evidence,
                help: finding.diagnostic.help.as_deref(),
            })
            .collect(),
        charts: charts::all(analysis),
        not_known: words::not_known(analysis),
        not_checked: words::not_checked(analysis),
        not_read: &analysis.schema.unsupported,
        migrations: analysis.judgement.migrations(),
        tables: tables::all(analysis),
        has_use: analysis.counts_use(),
    };
    Ok(template("report", "analyze.html.tera", &page)?)
}

fn tiles(analysis: &Analysis<'_>) -> Vec<Tile> {
    let count = |severity| analysis.count(severity) as u64;
    let tile = |name, figure, class| Tile {
        name,
        figure,
        class,
    };
    let when = |count: u64, class| if count > 0 { class } else { "" };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let mut tiles = vec![
        tile("errors", grouped(errors), when(errors, "error")),
        tile("warnings", grouped(warnings), when(warnings, "warning")),
        tile("notes", grouped(count(Severity::Note)), ""),
        tile(
            "rules",
            format!("{} of {}", analysis.checked(), analysis.judgement.rules),
            "",
        ),
        tile("tables", grouped(analysis.schema.tables.len() as u64), ""),
        tile("rows", grouped(words::rows(analysis)), ""),
    ];
    if let Some(bytes) = analysis.statistics.server.bytes {
        tiles.push(tile("size", bytes_in_words(bytes), ""));
    }
    if let Some(connections) = &analysis.statistics.server.connections {
        tiles.push(tile(
            "connections",
            format!(
                "{} of {}",
                grouped(connections.used),
                grouped(connections.limit)
            ),
            "",
        ));
    }
    tiles
}
