//! Bars as shapes: where each part of each bar is. The template draws them.

use cargo_backend_shared::diagnostic::Severity;
use serde::Serialize;

use super::{Analysis, words};
use crate::statistics::{bytes_in_words, counted, milliseconds_in_words};

/// The length of the longest bar, in the units of the picture.
const LENGTH: f64 = 780.0;
/// How many bars there are at most.
const MOST: usize = 12;

/// Some bars with one scale.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Chart {
    title: &'static str,
    about: String,
    height: usize,
    bars: Vec<Bar>,
    legend: Vec<Item>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Bar {
    /// From the top.
    y: usize,
    label: String,
    /// Where the figure stands, behind the bar.
    end: f64,
    figure: String,
    parts: Vec<Part>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Part {
    class: &'static str,
    x: f64,
    width: f64,
    /// Shown when it is pointed at.
    text: String,
}

#[derive(Debug, PartialEq, Serialize)]
struct Item {
    class: &'static str,
    label: &'static str,
}

/// The height of a bar with its label and the room below it.
const STEP: usize = 40;

/// A bar before it has a place: label, figure, and its parts with class, amount and text.
type Row = (String, String, Vec<(&'static str, u64, String)>);

fn chart(
    title: &'static str,
    about: impl Into<String>,
    rows: Vec<Row>,
    legend: &[(&'static str, &'static str)],
) -> Option<Chart> {
    let total = |row: &Row| row.2.iter().map(|(_, amount, _)| amount).sum::<u64>();
    let longest = rows
        .iter()
        .map(total)
        .max()
        .filter(|longest| *longest > 0)?;
    let scale = LENGTH / longest as f64;
    let bars: Vec<Bar> = rows
        .into_iter()
        .enumerate()
        .map(|(n, (label, figure, amounts))| {
            let mut x = 0.0;
            let mut parts = Vec::new();
            for (class, amount, text) in amounts.into_iter().filter(|(_, amount, _)| *amount > 0) {
                let width = tenth(amount as f64 * scale).max(1.0);
                parts.push(Part {
                    class,
                    x: tenth(x),
                    width,
                    text,
                });
                x += width;
            }
            Bar {
                y: n * STEP,
                label,
                end: tenth(x + 8.0),
                figure,
                parts,
            }
        })
        .collect();
    Some(Chart {
        title,
        about: about.into(),
        height: bars.len() * STEP,
        bars,
        legend: legend
            .iter()
            .map(|(class, label)| Item { class, label })
            .collect(),
    })
}

fn tenth(place: f64) -> f64 {
    (place * 10.0).round() / 10.0
}

/// Every chart that there are figures for.
pub(super) fn all(analysis: &Analysis<'_>) -> Vec<Chart> {
    let charts = [
        severities(analysis),
        sizes(analysis),
        statements(analysis),
        cache(analysis),
    ];
    charts.into_iter().flatten().collect()
}

fn severities(analysis: &Analysis<'_>) -> Option<Chart> {
    let rows = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (words::severity(severity), analysis.count(severity) as u64))
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| {
            let text = counted(count, word);
            (text.clone(), String::new(), vec![(word, count, text)])
        })
        .collect();
    chart("Findings by severity", "", rows, &[])
}

fn sizes(analysis: &Analysis<'_>) -> Option<Chart> {
    let statistics = analysis.statistics;
    let mut tables: Vec<(u64, Row)> = Vec::new();
    for (name, used) in &statistics.tables {
        let of_table = statistics
            .indexes
            .iter()
            .filter(|((table, _), _)| table == name);
        let indexes: u64 = of_table.filter_map(|(_, index)| index.bytes).sum();
        let parts = [
            ("heap", "rows", used.bytes.unwrap_or(0)),
            ("toast", "long values", used.toast_bytes),
            ("index", "indexes", indexes),
        ];
        let total = parts.iter().map(|(.., bytes)| bytes).sum();
        let parts = parts
            .into_iter()
            .map(|(class, what, bytes)| {
                (
                    class,
                    bytes,
                    format!("{name}: {what} {}", bytes_in_words(bytes)),
                )
            })
            .collect();
        tables.push((total, (name.clone(), bytes_in_words(total), parts)));
    }
    tables.sort_by_key(|(total, _)| std::cmp::Reverse(*total));
    let all = tables.len();
    let rows: Vec<Row> = tables.into_iter().take(MOST).map(|(_, row)| row).collect();
    let about = if all > MOST {
        format!("The {MOST} largest of {all}.")
    } else {
        "All of them, the largest first.".to_owned()
    };
    let legend = [
        ("heap", "rows"),
        ("toast", "long values"),
        ("index", "indexes"),
    ];
    chart("Sizes of tables", about, rows, &legend)
}

fn statements(analysis: &Analysis<'_>) -> Option<Chart> {
    let statistics = analysis.statistics;
    let total = statistics.statements_total_us.max(1);
    // Below a thousandth there is nothing to see.
    let shows = |us: u64| us.saturating_mul(1_000) >= total;
    let statements = statistics.statements.iter();
    let mut heaviest: Vec<_> = statements.filter(|s| shows(s.total_us)).collect();
    heaviest.sort_by_key(|statement| std::cmp::Reverse(statement.total_us));
    let rows = heaviest
        .into_iter()
        .take(MOST)
        .map(|statement| {
            let percent = statement.total_us as f64 * 100.0 / total as f64;
            let text = format!(
                "{}, {} each",
                counted(statement.calls, "call"),
                milliseconds_in_words(statement.mean_us())
            );
            (
                statement.shown(),
                format!("{percent:.1} %"),
                vec![("statement", statement.total_us, text)],
            )
        })
        .collect();
    let about = "Shares of the execution time of all statements of this database.";
    chart("Where the time goes", about, rows, &[])
}

fn cache(analysis: &Analysis<'_>) -> Option<Chart> {
    let cache = analysis.statistics.server.cache?;
    let all = cache.hits.saturating_add(cache.reads);
    let percent = cache.hits as f64 * 100.0 / all.max(1) as f64;
    let rows = vec![(
        "pages asked for".to_owned(),
        format!("{percent:.1} % from memory"),
        vec![
            (
                "hit",
                cache.hits,
                format!("{} in memory", counted(cache.hits, "page")),
            ),
            (
                "read",
                cache.reads,
                format!("{} read", counted(cache.reads, "page")),
            ),
        ],
    )];
    let about = format!(
        "Pages that were in the server's own memory, {}.",
        analysis.statistics.counted_for()
    );
    let legend = [("hit", "in memory"), ("read", "read from outside")];
    chart("Cache", about, rows, &legend)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_bar_is_as_long_as_the_picture_and_the_smallest_can_be_seen() {
        let row = |amounts: &[u64]| -> Row {
            let parts = amounts
                .iter()
                .map(|amount| ("heap", *amount, String::new()));
            (String::new(), String::new(), parts.collect())
        };
        let drawn = chart("a", "", vec![row(&[600, 400]), row(&[1, 0])], &[]).expect("a chart");
        let places = |bar: &Bar| -> Vec<(f64, f64)> {
            bar.parts.iter().map(|part| (part.x, part.width)).collect()
        };
        assert_eq!(places(&drawn.bars[0]), [(0.0, 468.0), (468.0, 312.0)]);
        assert_eq!(places(&drawn.bars[1]), [(0.0, 1.0)]);
        assert_eq!(drawn.height, 80);
        assert_eq!(chart("a", "", vec![row(&[0])], &[]), None);
    }
}
