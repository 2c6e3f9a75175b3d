//! What the report says beside the server's own log, request by request.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::Value;

use crate::command::{load, number};
use crate::server::{Entry, Server, Temper};

/// The way there and back, and threads that wait for a core on a busy machine. The steps between
/// the server's times are larger.
const NOISE_US: u64 = 25_000;

/// The quantiles of a report beside those of the server; the first one that does not fit.
fn compare(told: &Value, log: &[Entry]) -> Result<(), String> {
    let mut seen: Vec<Duration> = log.iter().map(|entry| entry.took).collect();
    seen.sort_unstable();
    let at = |quantile: f64| {
        let rank = (quantile * seen.len() as f64).ceil() as usize;
        seen[rank.clamp(1, seen.len()) - 1]
    };
    let total: Duration = seen.iter().sum();
    for (name, seen) in [
        ("min_us", at(0.0)),
        ("p50_us", at(0.5)),
        ("p90_us", at(0.9)),
        ("p95_us", at(0.95)),
        ("p99_us", at(0.99)),
        ("max_us", at(1.0)),
        ("avg_us", total / seen.len() as u32),
    ] {
        let told = told[name].as_f64().unwrap_or_default();
        let seen = seen.as_micros() as f64;
        // Three digits are kept; beyond them only the way can be added, never taken away.
        let (least, most) = (seen * 0.999 - 1_000.0, seen * 1.001 + NOISE_US as f64);
        if !(least..=most).contains(&told) {
            return Err(format!("{name}: told {told} µs, seen {seen} µs"));
        }
    }
    Ok(())
}

/// A run against a server of varied times: the report's summary, and what the server logged of
/// the requests that the report counts.
fn varied(args: &[&str]) -> (Value, Vec<Entry>) {
    let server = Server::start(Temper::Varied);
    let said = load(&server.url(), args);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:?}");
    let summary = said.summary();
    let mut log = server.log();
    let told = number(&summary, "requests") as usize;
    let unfinished = number(&summary, "unfinished") as usize;
    assert!(
        (told..=told + unfinished).contains(&log.len()),
        "{summary:#}"
    );
    assert!(told > 100, "p99 needs a hundred: {summary:#}");
    // In the order of their answers: what comes after the last one told was on its way.
    log.truncate(told);
    (summary, log)
}

#[test]
fn users_are_told_what_the_server_saw() {
    let (summary, log) = varied(&["-c", "12", "-d", "1500ms"]);
    assert_eq!(compare(&summary["latency"], &log), Ok(()));
}

#[test]
fn a_rate_is_told_what_the_server_saw() {
    let (summary, log) = varied(&["--rps", "150", "-d", "1500ms"]);
    assert_eq!(number(&summary, "unfinished"), 0);
    assert_eq!(compare(&summary["service"], &log), Ok(()));
    // Sent in time, they count from the same moment.
    assert_eq!(compare(&summary["latency"], &log), Ok(()));
}

#[test]
fn stages_are_told_what_the_server_saw() {
    let stages = ["--stage", "700ms:16", "--stage", "1s:16"];
    let (summary, log) = varied(&stages);
    assert_eq!(compare(&summary["latency"], &log), Ok(()));
    let stages = [
        "--rps",
        "50",
        "--stage",
        "700ms:150",
        "--stage",
        "700ms:150",
    ];
    let (summary, log) = varied(&stages);
    assert_eq!(compare(&summary["service"], &log), Ok(()));
}

/// The figures of these times, kept as the program keeps them.
fn figures(times: &[Duration]) -> Value {
    let mut histogram = Histogram::<u64>::new(3).expect("three digits");
    for time in times {
        let recorded = histogram.record(time.as_micros() as u64);
        recorded.expect("it grows");
    }
    let at = |quantile| histogram.value_at_quantile(quantile);
    serde_json::json!({
        "min_us": histogram.min(), "avg_us": histogram.mean(), "max_us": histogram.max(),
        "p50_us": at(0.5), "p90_us": at(0.9), "p95_us": at(0.95), "p99_us": at(0.99),
    })
}

#[test]
fn a_wrong_histogram_does_not_fit_the_log() {
    let (_summary, log) = varied(&["--rps", "150", "-d", "1500ms"]);
    let times: Vec<Duration> = log.iter().map(|entry| entry.took).collect();
    assert_eq!(compare(&figures(&times), &log), Ok(()));

    let mut sorted = times.clone();
    sorted.sort_unstable();
    // The slowest were lost, the fastest were lost, buckets are read one octave up, the unit is
    // wrong.
    let (slow, fast) = (sorted.len() * 9 / 10, sorted.len() * 3 / 5);
    for planted in [
        sorted[..slow].to_vec(),
        sorted[fast..].to_vec(),
        times.iter().map(|time| *time * 2).collect(),
        times.iter().map(|time| *time / 1_000).collect(),
    ] {
        let outcome = compare(&figures(&planted), &log);
        assert!(outcome.is_err(), "{:#}", figures(&planted));
    }
}

/// How many requests the server ended in this way.
fn logged(log: &[Entry], outcome: &str) -> u64 {
    log.iter().filter(|entry| entry.outcome == outcome).count() as u64
}

/// How many errors of a kind the report tells.
fn errors(summary: &Value, kind: &str) -> u64 {
    let errors = summary["errors"].as_array().expect("a list");
    let found = errors.iter().find(|error| error["kind"] == kind);
    found.map_or(0, |error| number(error, "count"))
}

#[test]
fn every_failure_is_told_as_the_server_meant_it() {
    let server = Server::start(Temper::Failing);
    let said = load(&server.url(), &["--rps", "200", "-d", "1s"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let (summary, log) = (said.summary(), server.log());
    assert_eq!((log.len(), number(&summary, "requests")), (200, 200));
    for status in ["200", "404", "503"] {
        assert_eq!(number(&summary["statuses"], status), logged(&log, status));
    }
    for kind in ["closed", "protocol"] {
        assert_eq!(
            errors(&summary, kind),
            logged(&log, kind),
            "{kind}: {summary:#}"
        );
    }
    assert_eq!(number(&summary, "ok"), 40);
    assert_eq!(number(&summary, "failed"), 160);
}

#[test]
fn every_request_that_hangs_is_told() {
    let server = Server::start(Temper::Forgetful);
    let args = ["--rps", "100", "-d", "1s", "--timeout", "250ms"];
    let said = load(&server.url(), &args);
    assert_eq!(said.code, Some(0), "{said:?}");
    let (summary, log) = (said.summary(), server.log());
    assert_eq!((log.len(), number(&summary, "requests")), (100, 100));
    assert_eq!(errors(&summary, "timeout"), 25, "{summary:#}");
    assert_eq!(logged(&log, "timeout"), 25);
    assert_eq!(number(&summary["statuses"], "200"), logged(&log, "200"));
    // What hung has no latency: it would pull the quantiles to the time limit.
    assert!(number(&summary["latency"], "max_us") < 250_000);
}
