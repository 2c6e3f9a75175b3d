//! The report for people: a few aligned columns, understandable without its colours.

use std::fmt::Write as _;

use anstyle::Style;
use cargo_backend_shared::terminal::{paint, style};

use super::json::LoadReport;
use super::sections::{self, Mood, Row};
use super::units::{count, microseconds, milliseconds, rate};
use crate::driver::Glance;

/// The whole report.
pub(crate) fn render(report: &LoadReport) -> String {
    let sections = sections::sections(report);
    let width = |column: fn(&Row) -> &str| {
        let rows = sections.iter().flat_map(|(_title, rows)| rows);
        rows.map(|row| column(row).chars().count())
            .max()
            .unwrap_or(0)
    };
    // The usual titles keep their column when a longer one is there.
    let titles = if report.judgement.thresholds.is_empty() {
        10
    } else {
        12
    };
    let (names, figures) = (width(|row| &row.name), width(|row| &row.figure));
    let mut text = heading(report);
    for (title, rows) in &sections {
        text.push('\n');
        for (index, row) in rows.iter().enumerate() {
            let title = if index == 0 { title } else { "" };
            let title = paint(style::HEAD, &format!("{title:<titles$}"));
            let (name, figure) = (&row.name, &row.figure);
            let remark = match &row.remark {
                nothing if nothing.is_empty() => String::new(),
                remark => paint(look(row.mood), remark),
            };
            let line = format!("{title}{name:<names$}  {figure:>figures$}  {remark}");
            writeln!(text, "{}", line.trim_end()).expect("a String takes any text");
        }
    }
    text.push_str(&notes(report));
    text
}

fn look(mood: Mood) -> Style {
    match mood {
        Mood::Plain => Style::new(),
        Mood::Good => style::GOOD,
        Mood::Doubtful => style::WARN,
        Mood::Bad => style::BAD,
        Mood::Dim => style::DIM,
    }
}

fn notes(report: &LoadReport) -> String {
    let line = |look, word: &str, text: &str| format!("{}: {text}", paint(look, word));
    let warnings = sections::warnings(report);
    let warnings = warnings
        .iter()
        .map(|warning| line(style::WARN, "warning", warning));
    let advice = report.judgement.recommendations.iter();
    // What the generator could do is said by the warning already.
    let advice = advice
        .filter(|advice| advice.about != "generator")
        .map(|advice| format!("{}: {}", advice.reason, advice.action))
        .map(|advice| line(style::HINT, "hint", &advice));
    let model = sections::note(report.configuration.model);
    let note = line(style::HINT, "note", model);
    let lines: Vec<String> = warnings.chain(advice).chain([note]).collect();
    format!("\n{}\n", lines.join("\n"))
}

/// One line for a person who watches: what the last second was like.
pub(crate) fn progress(glance: &Glance<'_>) -> String {
    if let Some(blocks) = glance.blocks.filter(|blocks| *blocks > 0) {
        return format!("{} loaded", count(blocks.into(), "block"));
    }
    let total = &glance.recording.total;
    let Some(last) = glance.recording.seconds.last() else {
        return if glance.is_warm_up {
            "warming up".to_owned()
        } else {
            "loading".to_owned()
        };
    };
    let latency = last.latency.map_or_else(String::new, |latency| {
        format!(
            " · p50 {} · p95 {} · p99 {}",
            microseconds(latency.p50_us as f64),
            microseconds(latency.p95_us as f64),
            microseconds(latency.p99_us as f64)
        )
    });
    format!(
        "{}/s{latency} · {} · {}",
        rate(last.requests as f64),
        count(total.failed, "error"),
        count(last.users, "user")
    )
}

fn heading(report: &LoadReport) -> String {
    let configuration = &report.configuration;
    let planned = milliseconds(configuration.duration_ms as f64);
    let stopped = if report.interrupted {
        format!(", {} of {planned}", paint(style::WARN, "interrupted"))
    } else {
        String::new()
    };
    let warm_up = match configuration.warm_up_ms {
        0 => String::new(),
        warm_up_ms => format!(" after {} of warm-up", milliseconds(warm_up_ms as f64)),
    };
    format!(
        "{}\n{} for {}{warm_up}{stopped}\n",
        paint(style::HEAD, &report.target.title()),
        sections::load(configuration),
        milliseconds(report.summary.elapsed_ms)
    )
}

#[cfg(test)]
#[path = "human_tests.rs"]
mod tests;
