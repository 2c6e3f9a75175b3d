//! The charts of a run: latency, rate and users over time, and the spread of the latency.

use hdrhistogram::Histogram;

use super::chart::{Chart, Scale};
use super::units::{grouped, level, microseconds, rate};
use crate::profile::Model;
use crate::recording::Second;
use crate::tally::LatencySummary;

/// More points than this cannot be told apart.
const MOST_POINTS: usize = 600;
/// From this ratio of the highest to the lowest on, powers of ten show more.
const WIDE: f64 = 20.0;
/// Bars for each power of ten.
const BARS: i32 = 12;

/// The class and the label of a shape, and the figures it shows.
type Band = (
    (&'static str, &'static str),
    fn(&LatencySummary) -> (u64, u64),
);
type Line = ((&'static str, &'static str), fn(&LatencySummary) -> u64);

/// Some seconds in one point.
#[derive(Debug, Clone, Copy)]
struct Point {
    from: f64,
    to: f64,
    per_second: f64,
    failed_per_second: f64,
    users: f64,
    latency: Option<LatencySummary>,
}

impl Point {
    fn middle(&self) -> f64 {
        f64::midpoint(self.from, self.to)
    }
}

/// The course of a run that is long enough to have one; `length_s` is its length in seconds.
pub(super) fn course(seconds: &[Second], length_s: f64, model: Model) -> Vec<Chart> {
    let whole = length_s.floor() as usize;
    // The last second may be a fraction of one, or what came in after the end.
    let seconds = &seconds[..seconds.len().min(whole)];
    if seconds.len() < 2 {
        return Vec::new();
    }
    let width = seconds.len().div_ceil(MOST_POINTS);
    let points: Vec<Point> = (0..)
        .zip(seconds.chunks(width))
        .map(|(index, chunk)| point(index * width, chunk))
        .collect();
    let x = Scale::between(0.0, seconds.len() as f64);
    let each = match width {
        1 => "second by second".to_owned(),
        several => format!("the worst of each {several} seconds"),
    };
    let mut charts = Vec::new();
    charts.extend(latency(&points, x, &each));
    charts.push(requests(&points, x));
    charts.extend(users(&points, x, model));
    charts
}

fn point(from: usize, seconds: &[Second]) -> Point {
    let count = seconds.len() as f64;
    let sum = |of: fn(&Second) -> u64| seconds.iter().map(of).sum::<u64>() as f64;
    let latencies = seconds.iter().filter_map(|second| second.latency);
    Point {
        from: from as f64,
        to: (from + seconds.len()) as f64,
        per_second: sum(|second| second.requests) / count,
        failed_per_second: sum(|second| second.failed) / count,
        users: sum(|second| second.users) / count,
        latency: latencies.reduce(|one, other| LatencySummary {
            min_us: one.min_us.min(other.min_us),
            avg_us: one.avg_us.max(other.avg_us),
            p50_us: one.p50_us.max(other.p50_us),
            p90_us: one.p90_us.max(other.p90_us),
            p95_us: one.p95_us.max(other.p95_us),
            p99_us: one.p99_us.max(other.p99_us),
            p99_9_us: one.p99_9_us.max(other.p99_9_us),
            max_us: one.max_us.max(other.max_us),
        }),
    }
}

/// Latency over time as bands between its quantiles; `None` without a single answer.
fn latency(points: &[Point], x: Scale, each: &str) -> Option<Chart> {
    let latencies = points.iter().filter_map(|point| point.latency);
    let lowest = latencies.clone().map(|latency| latency.min_us).min()? as f64;
    let highest = latencies.map(|latency| latency.max_us).max()? as f64;
    let y = scale(lowest, highest);
    let about = format!("Quantiles of complete answers, {each}.");
    let mut chart = Chart::new("Latency over time", about, (x, seconds), (y, us));
    let bands: [Band; 3] = [
        (("band-high", "p99 to max"), |l| (l.p99_us, l.max_us)),
        (("band-mid", "p90 to p99"), |l| (l.p90_us, l.p99_us)),
        (("band-low", "min to p90"), |l| (l.min_us, l.p90_us)),
    ];
    for (look, ends) in bands {
        let ends = |latency| {
            let (low, high) = ends(&latency);
            (low as f64, high as f64)
        };
        let values: Vec<_> = points
            .iter()
            .map(|point| (point.middle(), point.latency.map(ends)))
            .collect();
        chart.band(look, (x, y), &values);
    }
    let lines: [Line; 2] = [
        (("p99", "p99"), |l| l.p99_us),
        (("median", "p50"), |l| l.p50_us),
    ];
    for (look, value) in lines {
        let values: Vec<_> = points
            .iter()
            .map(|point| (point.middle(), point.latency.map(|l| value(&l) as f64)))
            .collect();
        chart.line(look, (x, y), &values);
    }
    for point in points {
        let text = point.latency.map_or_else(
            || "no answer".to_owned(),
            |l| {
                format!(
                    "p50 {}, p90 {}, p99 {}, max {}",
                    us(l.p50_us as f64),
                    us(l.p90_us as f64),
                    us(l.p99_us as f64),
                    us(l.max_us as f64)
                )
            },
        );
        let text = format!("{}: {text}", seconds(point.from));
        chart.hover(x, point.from, point.to, text);
    }
    Some(chart)
}

fn requests(points: &[Point], x: Scale) -> Chart {
    let highest = points.iter().map(|point| point.per_second);
    let y = Scale::linear(highest.fold(0.0, f64::max));
    let about = "Finished requests per second; failures stand at the foot.".to_owned();
    let mut chart = Chart::new(
        "Requests and errors over time",
        about,
        (x, seconds),
        (y, level),
    );
    let area: Vec<_> = points
        .iter()
        .map(|point| (point.middle(), Some((0.0, point.per_second))))
        .collect();
    chart.band(("rate-fill", ""), (x, y), &area);
    let failed: Vec<_> = points
        .iter()
        .map(|point| (point.from, point.to, point.failed_per_second))
        .collect();
    chart.bars(("failed", "failed"), (x, y), &failed);
    let line: Vec<_> = points
        .iter()
        .map(|point| (point.middle(), Some(point.per_second)))
        .collect();
    chart.line(("rate", "finished"), (x, y), &line);
    for point in points {
        let text = format!(
            "{}: {}/s, {}/s failed",
            seconds(point.from),
            rate(point.per_second),
            rate(point.failed_per_second)
        );
        chart.hover(x, point.from, point.to, text);
    }
    chart
}

/// Users over time, when there is anything to see.
fn users(points: &[Point], x: Scale, model: Model) -> Option<Chart> {
    let first = points.first()?.users;
    if points.iter().all(|point| (point.users - first).abs() < 0.5) {
        return None;
    }
    let highest = points.iter().map(|point| point.users).fold(0.0, f64::max);
    let y = Scale::linear(highest);
    let (title, about) = match model {
        Model::Closed => ("Users over time", "Users at the end of each second."),
        Model::Open => (
            "Requests in flight over time",
            "Requests on their way at the end of each second.",
        ),
    };
    let mut chart = Chart::new(title, about.to_owned(), (x, seconds), (y, level));
    let line: Vec<_> = points
        .iter()
        .map(|point| (point.middle(), Some(point.users)))
        .collect();
    chart.line(("users", ""), (x, y), &line);
    for point in points {
        let text = format!("{}: {}", seconds(point.from), level(point.users.round()));
        chart.hover(x, point.from, point.to, text);
    }
    Some(chart)
}

/// How often which latency came; `None` without a single answer.
pub(super) fn spread(histogram_us: &Histogram<u64>) -> Option<Chart> {
    if histogram_us.is_empty() {
        return None;
    }
    let lowest = histogram_us.min().max(1) as f64;
    let x = Scale::powers(lowest, histogram_us.max() as f64);
    let step = |index: i32| 10f64.powf(f64::from(index) / f64::from(BARS));
    let bin = |us: f64| (us.max(1.0).log10() * f64::from(BARS)).floor() as i32;
    let mut counts = std::collections::BTreeMap::<i32, u64>::new();
    for value in histogram_us.iter_recorded() {
        let us = value.value_iterated_to() as f64;
        *counts.entry(bin(us)).or_default() += value.count_since_last_iteration();
    }
    let all = histogram_us.len() as f64;
    let bars: Vec<_> = counts
        .iter()
        .map(|(index, count)| (step(*index), step(index + 1), *count as f64 * 100.0 / all))
        .collect();
    let highest = bars.iter().map(|bar| bar.2).fold(0.0, f64::max);
    let y = Scale::linear(highest);
    let about = "Share of complete answers by latency.".to_owned();
    let percent: fn(f64) -> String = |value| format!("{} %", level((value * 10.0).round() / 10.0));
    let mut chart = Chart::new("Spread of the latency", about, (x, us), (y, percent));
    chart.bars(("bar", ""), (x, y), &bars);
    for (name, quantile) in [("p50", 0.5), ("p99", 0.99), ("p95", 0.95)] {
        let value = histogram_us.value_at_quantile(quantile) as f64;
        chart.marker(x, value.max(1.0), name.to_owned());
    }
    for ((from, to, share), count) in bars.iter().zip(counts.values()) {
        let text = format!(
            "{} to {}: {} answers, {share:.2} %",
            us(*from),
            us(*to),
            grouped(*count)
        );
        chart.hover(x, *from, *to, text);
    }
    Some(chart)
}

fn scale(lowest: f64, highest: f64) -> Scale {
    if highest > WIDE * lowest.max(1.0) {
        Scale::powers(lowest, highest)
    } else {
        Scale::linear(highest)
    }
}

fn seconds(value: f64) -> String {
    format!("{} s", level(value))
}

/// At ticks there are round numbers only: no zeros behind the point.
fn us(value: f64) -> String {
    let text = microseconds(value);
    match text.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            let number = number.trim_end_matches('0').trim_end_matches('.');
            format!("{number} {unit}")
        }
        _ => text,
    }
}
