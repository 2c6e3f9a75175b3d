//! The report for people: a few aligned columns, understandable without its colours.

use std::fmt::Write as _;

use cargo_backend_shared::terminal::{paint, style};

use super::json::{Configuration, LoadReport};
use super::units::{actual, bytes, count, grouped, level, microseconds, milliseconds, rate, share};
use crate::driver::Glance;
use crate::profile::Model;
use crate::summary::{Limit, Summary};
use crate::tally::LatencySummary;
use crate::threshold::Verdict;

/// A line of a section: name, figure, remark.
type Row = (String, String, String);

/// The whole report.
pub(crate) fn render(report: &LoadReport) -> String {
    let summary = &report.summary;
    let sections = [
        ("Requests", requests(summary)),
        (
            "Latency",
            summary.latency.as_ref().map_or_else(Vec::new, latency),
        ),
        (
            "Service",
            summary.service.as_ref().map_or_else(Vec::new, brief),
        ),
        (
            "Sent late",
            summary.lateness.as_ref().map_or_else(Vec::new, brief),
        ),
        ("Thresholds", thresholds(report)),
        ("Statuses", statuses(summary)),
        ("Errors", errors(summary)),
        ("Transfer", transfer(summary)),
    ];
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
    let (names, figures) = (width(|row| &row.0), width(|row| &row.1));
    let mut text = heading(report);
    for (title, rows) in sections.iter().filter(|(_title, rows)| !rows.is_empty()) {
        text.push('\n');
        for (index, (name, figure, remark)) in rows.iter().enumerate() {
            let title = if index == 0 { title } else { "" };
            let title = paint(style::HEAD, &format!("{title:<titles$}"));
            let line = format!("{title}{name:<names$}  {figure:>figures$}  {remark}");
            writeln!(text, "{}", line.trim_end()).expect("a String takes any text");
        }
    }
    text.push_str(&notes(report));
    text
}

/// One line for a person who watches: what the last second was like.
pub(crate) fn progress(glance: &Glance<'_>) -> String {
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
        load(configuration),
        milliseconds(report.summary.elapsed_ms)
    )
}

/// What was asked for, such as `50 users` or `10 → 500 requests/s, at most 1,000 in flight`.
pub(super) fn load(configuration: &Configuration) -> String {
    let mut levels = vec![configuration.begin];
    levels.extend(configuration.stages.iter().map(|stage| stage.target));
    levels.dedup();
    let path: Vec<String> = levels.into_iter().map(level).collect();
    let path = path.join(" → ");
    match configuration.model {
        Model::Closed if path == "1" => "1 user".to_owned(),
        Model::Closed => format!("{path} users"),
        Model::Open => format!(
            "{path} requests/s, at most {} in flight,",
            grouped(configuration.concurrency)
        ),
    }
}

fn requests(summary: &Summary) -> Vec<Row> {
    let ok_percent = if summary.requests == 0 {
        0.0
    } else {
        100.0 - summary.failed_percent
    };
    let failed = grouped(summary.failed);
    let (failed, look) = if summary.failed > 0 {
        (failed, style::BAD)
    } else {
        (failed, style::GOOD)
    };
    let mut rows = vec![
        row(
            "finished",
            grouped(summary.requests),
            format!("{}/s", rate(summary.requests_per_second)),
        ),
        row("ok", grouped(summary.ok), share(ok_percent, summary.ok)),
        row(
            "failed",
            failed,
            paint(look, &share(summary.failed_percent, summary.failed)),
        ),
    ];
    for (name, number, remark) in [
        ("warm-up", summary.warm_up_requests, "not in these figures"),
        ("unfinished", summary.unfinished, "on their way at the end"),
        ("not sent", summary.unsent, "due, but no user was free"),
    ] {
        if number > 0 {
            rows.push(row(name, grouped(number), remark.to_owned()));
        }
    }
    rows
}

/// The middle and the end of a distribution.
fn brief(latency: &LatencySummary) -> Vec<Row> {
    [
        ("p50", latency.p50_us),
        ("p99", latency.p99_us),
        ("max", latency.max_us),
    ]
    .into_iter()
    .map(|(name, us)| row(name, microseconds(us as f64), String::new()))
    .collect()
}

fn latency(latency: &LatencySummary) -> Vec<Row> {
    [
        ("min", latency.min_us as f64),
        ("average", latency.avg_us),
        ("p50", latency.p50_us as f64),
        ("p90", latency.p90_us as f64),
        ("p95", latency.p95_us as f64),
        ("p99", latency.p99_us as f64),
        ("p99.9", latency.p99_9_us as f64),
        ("max", latency.max_us as f64),
    ]
    .into_iter()
    .map(|(name, us)| row(name, microseconds(us), String::new()))
    .collect()
}

fn thresholds(report: &LoadReport) -> Vec<Row> {
    let judged = report.judgement.thresholds.iter();
    judged
        .map(|judged| {
            let (word, look) = match judged.verdict {
                Verdict::Met => ("met", style::GOOD),
                Verdict::Missed => ("missed", style::BAD),
                Verdict::Inconclusive => ("inconclusive", style::WARN),
            };
            let why = judged.why.as_ref();
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            row(
                judged.threshold.clone(),
                actual(judged),
                format!("{}{why}", paint(look, word)),
            )
        })
        .collect()
}

fn statuses(summary: &Summary) -> Vec<Row> {
    let all = summary.statuses.iter();
    all.map(|(status, count)| row(status.to_string(), grouped(*count), String::new()))
        .collect()
}

fn errors(summary: &Summary) -> Vec<Row> {
    let all = summary.errors.iter();
    all.map(|error| {
        row(
            error.kind.title(),
            grouped(error.count),
            paint(style::DIM, &error.example),
        )
    })
    .collect()
}

fn transfer(summary: &Summary) -> Vec<Row> {
    let reconnects = match summary.reconnects {
        0 => String::new(),
        several => format!("{} reopened", grouped(several)),
    };
    vec![
        row(
            "bodies",
            bytes(summary.body_bytes as f64),
            format!("{}/s", bytes(summary.body_bytes_per_second)),
        ),
        row(
            "connections",
            grouped(summary.connections_opened),
            reconnects,
        ),
    ]
}

fn notes(report: &LoadReport) -> String {
    let generator = &report.summary.generator;
    let warnings = generator.limits.iter().map(|limit| {
        let why = match limit {
            Limit::Cpu => format!(
                "this side used {:.0} % of the processor time it could get, so the server may be \
                 better than these figures",
                generator.cpu_percent
            ),
            Limit::LateSends => format!(
                "one request in a hundred was sent {} late or later, which is part of its latency",
                report
                    .summary
                    .lateness
                    .map_or_else(String::new, |lateness| {
                        microseconds(lateness.p99_us as f64)
                    })
            ),
            Limit::PoolExhausted => format!(
                "{} waited because {} were in flight already: a larger `--concurrency` would have \
                 sent them in time",
                count(generator.starved + report.summary.unsent, "request"),
                grouped(report.configuration.concurrency)
            ),
        };
        format!(
            "{}: generator-limited: {why}",
            paint(style::WARN, "warning")
        )
    });
    let model = match report.configuration.model {
        Model::Closed => {
            "each user waits for its answer, so a stall hides the requests it held back \
             (coordinated omission)"
        }
        Model::Open => {
            "latencies count from the time at which a request was due; Service counts from its \
             first byte sent"
        }
    };
    let note = format!("{}: {model}", paint(style::HINT, "note"));
    let advice = report.judgement.recommendations.iter();
    // What the generator could do is said by the warning already.
    let advice = advice
        .filter(|advice| advice.about != "generator")
        .map(|advice| {
            let hint = paint(style::HINT, "hint");
            format!("{hint}: {}: {}", advice.reason, advice.action)
        });
    let lines: Vec<String> = warnings.chain(advice).chain([note]).collect();
    format!("\n{}\n", lines.join("\n"))
}

fn row(name: impl Into<String>, figure: String, remark: String) -> Row {
    (name.into(), figure, remark)
}

#[cfg(test)]
#[path = "human_tests.rs"]
mod tests;
