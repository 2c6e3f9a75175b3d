//! The figures of a report in words, row by row, for people: as text and as a page.

use super::json::{Configuration, LoadReport};
use super::units::{actual, bytes, count, grouped, level, microseconds, rate, ratio, share};
use crate::comparison::Change;
use crate::profile::Model;
use crate::summary::{Limit, Summary};
use crate::tally::LatencySummary;
use crate::threshold::Verdict;

/// A line of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) figure: String,
    pub(super) remark: String,
    /// How the remark is meant.
    pub(super) mood: Mood,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Plain,
    Good,
    Doubtful,
    Bad,
    Dim,
}

impl Row {
    fn in_mood(self, mood: Mood) -> Self {
        Self { mood, ..self }
    }
}

/// All sections that have something to say.
pub(super) fn sections(report: &LoadReport) -> Vec<(&'static str, Vec<Row>)> {
    let summary = &report.summary;
    let brief = |latency: &Option<LatencySummary>| latency.as_ref().map_or_else(Vec::new, brief);
    let mut sections = vec![
        ("Requests", requests(report)),
        (
            "Latency",
            summary.latency.as_ref().map_or_else(Vec::new, latency),
        ),
        ("Service", brief(&summary.service)),
        ("Sent late", brief(&summary.lateness)),
        ("Phases", phases(summary)),
        ("Thresholds", thresholds(report)),
        ("Compared", compared(report)),
        ("Statuses", statuses(summary)),
        ("Errors", errors(summary)),
        ("Transfer", transfer(summary)),
    ];
    sections.retain(|(_title, rows)| !rows.is_empty());
    sections
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

/// What keeps the figures from being the server's.
pub(super) fn warnings(report: &LoadReport) -> Vec<String> {
    let generator = &report.summary.generator;
    let warnings = generator.limits.iter().map(|limit| match limit {
        Limit::Cpu => format!(
            "generator-limited: this side used {:.0} % of the processor time it could get, so the \
             server may be better than these figures",
            generator.cpu_percent
        ),
        Limit::LateSends => format!(
            "generator-limited: one request in a hundred was sent {} late or later, which is part \
             of its latency",
            report
                .summary
                .lateness
                .map_or_else(String::new, |lateness| microseconds(lateness.p99_us as f64))
        ),
        Limit::PoolExhausted => format!(
            "generator-limited: {} waited because {} were in flight already: a larger \
             `--concurrency` would have sent them in time",
            count(generator.starved + report.summary.unsent, "request"),
            grouped(report.configuration.concurrency)
        ),
    });
    let crowded = generator.crowded && generator.limits.is_empty();
    let caution = crowded.then(|| {
        format!(
            "server and generator share a machine that is at its limit ({:.0} % of its processor \
             time was used, {:.0} % of the threads here): with a machine of its own the server \
             may be better than these figures",
            generator.machine_cpu_percent.unwrap_or_default(),
            generator.cpu_percent
        )
    });
    warnings.chain(caution).collect()
}

/// What the latencies of such a run mean.
pub(super) fn note(model: Model) -> &'static str {
    match model {
        Model::Closed => {
            "each user waits for its answer, so a stall hides the requests it held back \
             (coordinated omission)"
        }
        Model::Open => {
            "latencies count from the time at which a request was due; Service counts from its \
             first byte sent"
        }
    }
}

fn requests(report: &LoadReport) -> Vec<Row> {
    let summary = &report.summary;
    // In a closed model there is always one for each user: not worth a line.
    let unfinished = match report.configuration.model {
        Model::Closed => 0,
        Model::Open => summary.unfinished,
    };
    let ok_percent = if summary.requests == 0 {
        0.0
    } else {
        100.0 - summary.failed_percent
    };
    let mood = if summary.failed > 0 {
        Mood::Bad
    } else {
        Mood::Good
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
            grouped(summary.failed),
            share(summary.failed_percent, summary.failed),
        )
        .in_mood(mood),
    ];
    for (name, number, remark) in [
        (
            "redirected",
            summary.redirects,
            "sent again to where the answer said",
        ),
        ("warm-up", summary.warm_up_requests, "not in these figures"),
        ("unfinished", unfinished, "on their way at the end"),
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

/// Where the time of a request goes, as far as it was not all at once.
fn phases(summary: &Summary) -> Vec<Row> {
    let whole = summary.service.or(summary.latency);
    let first_byte = summary
        .first_byte
        .filter(|_first| summary.first_byte != whole);
    let phases = [
        ("connect", summary.connect),
        ("TLS", summary.tls),
        ("first byte", first_byte),
    ];
    let row = |(name, phase): (&str, Option<LatencySummary>)| {
        let phase = phase?;
        let [p50, p99, max] =
            [phase.p50_us, phase.p99_us, phase.max_us].map(|us| microseconds(us as f64));
        Some(row(name, p50, format!("p50; p99 {p99}, max {max}")))
    };
    phases.into_iter().filter_map(row).collect()
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
            let (word, mood) = match judged.verdict {
                Verdict::Met => ("met", Mood::Good),
                Verdict::Missed => ("missed", Mood::Bad),
                Verdict::Inconclusive => ("inconclusive", Mood::Doubtful),
            };
            let why = judged.why.as_ref();
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            let remark = format!("{word}{why}");
            row(judged.threshold.clone(), actual(judged), remark).in_mood(mood)
        })
        .collect()
}

/// The verdict of a comparison with an earlier run.
pub(super) fn change(change: Change) -> &'static str {
    match change {
        Change::Faster => "faster",
        Change::Slower => "slower",
        Change::NoDifference => "no difference seen",
        Change::Inconclusive => "inconclusive: too few seconds",
    }
}

/// The run beside an earlier one.
fn compared(report: &LoadReport) -> Vec<Row> {
    let Some(comparison) = &report.judgement.comparison else {
        return Vec::new();
    };
    let figures = comparison.figures.iter().map(|figure| {
        let (ratio, interval) = ratio(figure.ratio);
        row(figure.figure, ratio, interval)
    });
    let mood = match comparison.change {
        Change::Faster => Mood::Good,
        Change::Slower => Mood::Bad,
        Change::NoDifference => Mood::Plain,
        Change::Inconclusive => Mood::Doubtful,
    };
    let word = change(comparison.change);
    let since = format!("{word}, since {}", comparison.baseline_started_at);
    figures
        .chain([row("verdict", String::new(), since).in_mood(mood)])
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
            error.example.clone(),
        )
        .in_mood(Mood::Dim)
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

fn row(name: impl Into<String>, figure: String, remark: String) -> Row {
    Row {
        name: name.into(),
        figure,
        remark,
        mood: Mood::Plain,
    }
}
