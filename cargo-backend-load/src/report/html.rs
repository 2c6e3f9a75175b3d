//! The report as one page that needs nothing else. What it says is chosen here and in the other
//! forms, how it looks in the template.

use cargo_backend_templates::render as template;
use serde::Serialize;

use super::chart::Chart;
use super::json::LoadReport;
use super::sections::{self, Row};
use super::units::{grouped, microseconds, milliseconds, rate, share};
use super::{charts, sections::Mood};
use crate::advice::Advice;
use crate::threshold::Verdict;

#[derive(Debug, Serialize)]
struct Page<'a> {
    title: String,
    load: String,
    started_at: &'a str,
    tool_version: &'static str,
    verdict: Option<Badge>,
    tiles: Vec<Tile>,
    warnings: Vec<String>,
    charts: Vec<Chart>,
    tables: Vec<Table>,
    recommendations: &'a [Advice],
    note: &'static str,
}

#[derive(Debug, Serialize)]
struct Badge {
    class: &'static str,
    text: &'static str,
}

#[derive(Debug, Serialize)]
struct Tile {
    name: &'static str,
    figure: String,
    remark: String,
    is_bad: bool,
}

#[derive(Debug, Serialize)]
struct Table {
    title: &'static str,
    has_remarks: bool,
    rows: Vec<TableRow>,
}

#[derive(Debug, Serialize)]
struct TableRow {
    name: String,
    figure: String,
    remark: String,
    class: &'static str,
}

pub(super) fn render(report: &LoadReport) -> anyhow::Result<String> {
    let summary = &report.summary;
    let model = report.configuration.model;
    let mut drawn = charts::course(&summary.seconds, summary.elapsed_ms / 1e3, model);
    drawn.extend(charts::spread(report.latency_us()));
    let page = Page {
        title: report.target.title(),
        load: format!(
            "{} for {}",
            sections::load(&report.configuration),
            milliseconds(summary.elapsed_ms)
        ),
        started_at: &report.started_at,
        tool_version: env!("CARGO_PKG_VERSION"),
        verdict: report.judgement.verdict().map(badge),
        tiles: tiles(report),
        warnings: sections::warnings(report),
        charts: drawn,
        tables: sections::sections(report)
            .into_iter()
            .map(|(title, rows)| table(title, rows))
            .collect(),
        recommendations: &report.judgement.recommendations,
        note: sections::note(model),
    };
    Ok(template("report", "load.html.tera", &page)?)
}

fn badge(verdict: Verdict) -> Badge {
    let (class, text) = match verdict {
        Verdict::Met => ("met", "all thresholds met"),
        Verdict::Missed => ("missed", "a threshold was missed"),
        Verdict::Inconclusive => ("inconclusive", "inconclusive"),
    };
    Badge { class, text }
}

fn tiles(report: &LoadReport) -> Vec<Tile> {
    let summary = &report.summary;
    let mut tiles = vec![
        Tile {
            name: "requests",
            figure: format!("{}/s", rate(summary.requests_per_second)),
            remark: format!("{} finished", grouped(summary.requests)),
            is_bad: false,
        },
        Tile {
            name: "failed",
            figure: share(summary.failed_percent, summary.failed),
            remark: format!("{} requests", grouped(summary.failed)),
            is_bad: summary.failed > 0,
        },
    ];
    if let Some(latency) = &summary.latency {
        let quantiles = [
            ("p50", latency.p50_us, "half were faster"),
            ("p95", latency.p95_us, "19 of 20 were"),
            ("p99", latency.p99_us, "99 of 100 were"),
            ("slowest", latency.max_us, "of all answers"),
        ];
        tiles.extend(quantiles.map(|(name, us, remark)| Tile {
            name,
            figure: microseconds(us as f64),
            remark: remark.to_owned(),
            is_bad: false,
        }));
    }
    tiles
}

/// The class of a remark in the template.
fn class(mood: Mood) -> &'static str {
    match mood {
        Mood::Plain | Mood::Dim => "soft",
        Mood::Good => "met",
        Mood::Doubtful => "inconclusive",
        Mood::Bad => "missed",
    }
}

fn table(title: &'static str, rows: Vec<Row>) -> Table {
    Table {
        title,
        has_remarks: rows.iter().any(|row| !row.remark.is_empty()),
        rows: rows
            .into_iter()
            .map(|row| TableRow {
                name: row.name,
                figure: row.figure,
                remark: row.remark,
                class: class(row.mood),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::example;

    #[test]
    fn the_page_holds_everything_it_needs() {
        let page = render(&example::judged()).expect("it fits");
        assert!(page.starts_with("<!doctype html>"));
        assert!(page.contains("<title>GET http://localhost:8080/orders – load report</title>"));
        assert!(page.contains("Latency over time") && page.contains("Spread of the latency"));
        assert!(page.contains("prefers-color-scheme: dark"));
        for outside in ["<script", "<link", "src=", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(!page.contains("NaN") && !page.contains("inf"), "{page}");
    }

    #[test]
    fn nothing_that_a_server_says_is_markup() {
        let page = render(&example::judged()).expect("it fits");
        assert!(page.contains("the server said &lt;b&gt;|&lt;"), "{page}");
        assert!(!page.contains("<b>|"));
    }
}
