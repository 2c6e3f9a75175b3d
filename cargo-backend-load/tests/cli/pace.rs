//! Rates, stages and warm-ups, checked against what the server saw.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::command::{Said, load, number};
use crate::server::{Entry, Server, Temper};

fn summary(said: &Said) -> Value {
    assert_eq!(said.stderr, "", "{said:?}");
    said.summary()
}

/// A quantile of a sorted list.
fn quantile(sorted: &[Duration], quantile: f64) -> Duration {
    let rank = (quantile * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

#[test]
fn a_rate_sends_every_request_that_is_due() {
    let server = Server::start(Temper::Status(200));
    let said = load(&server.url(), &["--rps", "200", "-d", "1s"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = summary(&said);
    assert_eq!(number(&summary, "requests"), 200);
    assert_eq!(number(&summary, "unsent"), 0);
    assert_eq!(server.requests(), 200);
    assert_eq!(summary["requests_per_second"], 200.0);
    for kind in ["latency", "service", "lateness"] {
        assert!(number(&summary[kind], "max_us") > 0, "{summary:#}");
    }
    assert!(number(&summary["latency"], "p50_us") >= number(&summary["service"], "p50_us"));
    assert_eq!(said.json()["configuration"]["model"], "open");
}

#[test]
fn a_rate_is_kept_evenly() {
    let server = Server::start(Temper::Status(200));
    let said = load(&server.url(), &["--rps", "100", "-d", "1s"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let log = server.log();
    let first = log[0].arrived;
    let since = |entry: &Entry| entry.arrived - first;
    // The last of 100 is due 0.99 s after the first one and never sent before.
    let last = log.iter().map(since).max().expect("a hundred");
    assert!(last >= Duration::from_millis(900), "{last:?}");
    // A burst would send the half of them in a tenth of the time.
    let early = log
        .iter()
        .filter(|entry| since(entry) < Duration::from_millis(100));
    assert!(early.count() <= 50);
}

#[test]
fn a_stall_counts_for_every_request_it_held_back() {
    // At 200/s, the stall of the first half second holds back 100 of 400 requests.
    let (stall, flow) = (Duration::from_millis(500), Duration::from_secs(60));
    let server = Server::start(Temper::Stalling(stall, flow));
    let said = load(&server.url(), &["--rps", "200", "-d", "2s"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = summary(&said);
    assert_eq!(number(&summary, "requests"), 400);
    assert_eq!(server.requests(), 400);
    // Sent in time, they wait at the server: its own log tells the same quantiles.
    let mut took: Vec<Duration> = server.log().iter().map(|entry| entry.took).collect();
    took.sort_unstable();
    for (name, at) in [("p90_us", 0.9), ("p95_us", 0.95), ("p99_us", 0.99)] {
        let (told, seen) = (number(&summary["latency"], name), quantile(&took, at));
        // What we see is what the server saw and the way there and back.
        assert!(
            u128::from(told) + 1_000 >= seen.as_micros(),
            "{name}: told {told} µs, seen {seen:?}"
        );
    }
    // A quarter of all waits, evenly from 500 ms down to nothing.
    assert!(
        number(&summary["latency"], "p90_us") >= 250_000,
        "{summary:#}"
    );
    assert!(
        number(&summary["latency"], "p99_us") >= 450_000,
        "{summary:#}"
    );
}

#[test]
fn a_pool_that_is_too_small_is_told() {
    let server = Server::start(Temper::Slow(Duration::from_millis(150)));
    let said = load(&server.url(), &["--rps", "100", "-d", "1s", "-c", "2"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = summary(&said);
    assert_eq!(summary["generator"]["limited"], true);
    let limits = summary["generator"]["limits"].as_array().expect("a list");
    assert!(limits.contains(&"pool-exhausted".into()), "{limits:?}");
    // Two users answer 13 in a second; the rest was due and is told.
    let told = ["requests", "unfinished", "unsent"].map(|name| number(&summary, name));
    assert_eq!(told.iter().sum::<u64>(), 100, "{summary:#}");
    assert!(number(&summary, "unsent") > 50, "{summary:#}");
}

#[test]
fn a_hung_server_does_not_hold_a_run_at_a_rate() {
    let server = Server::start(Temper::Hung);
    let begun = Instant::now();
    let said = load(&server.url(), &["--rps", "50", "-d", "500ms"]);
    // Far below the 30 s that a request may take; generous, because machines are.
    assert!(begun.elapsed() < Duration::from_secs(12));
    assert_eq!(said.code, Some(1), "{said:?}");
    let summary = said.summary();
    assert_eq!(number(&summary, "requests"), 0);
    assert_eq!(number(&summary, "unfinished"), 25);
    assert_eq!(server.requests(), 25);
}

#[test]
fn stages_of_a_rate_send_the_area_below_them() {
    let server = Server::start(Temper::Status(200));
    let args = [
        "--rps",
        "0.01",
        "--stage",
        "1s:100",
        "--stage",
        "500ms:100",
        "--stage",
        "0s:40",
    ];
    let said = load(
        &server.url(),
        &[&args[..], &["--stage", "500ms:40"]].concat(),
    );
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = summary(&said);
    // A triangle of 50 (and a sliver), 50 at the top, and 20 after the jump.
    assert_eq!(number(&summary, "requests"), 121);
    assert_eq!(server.requests(), 121);
    let log = server.log();
    let first = log.iter().map(|entry| entry.arrived).min().expect("one");
    let half = Duration::from_millis(500);
    let early = log.iter().filter(|entry| entry.arrived - first < half);
    // 0.5 s into the ramp a quarter of its area is due; a constant rate would have sent 50.
    assert!(early.count() <= 25);
}

#[test]
fn stages_of_users_ramp_up() {
    let server = Server::start(Temper::Slow(Duration::from_millis(20)));
    let args = ["--stage", "1s:10", "--stage", "500ms:10"];
    let said = load(&server.url(), &args);
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = summary(&said);
    let (told, unfinished) = (number(&summary, "requests"), number(&summary, "unfinished"));
    assert!((told..=told + unfinished).contains(&server.requests()));
    // A user needs 20 ms for a request: an area of 10 user seconds allows for at most 500.
    assert!(told <= 500, "{summary:#}");
    assert_eq!(number(&summary, "connections_opened"), 10);
    assert_eq!(said.json()["configuration"]["stages"][0]["target"], 10.0);
}

#[test]
fn a_warm_up_is_not_in_the_figures() {
    // Slow for the first 300 ms and then fast: only the warm-up sees it.
    let (stall, flow) = (Duration::from_millis(300), Duration::from_secs(60));
    for model in [&["-c", "4"][..], &["--rps", "100"]] {
        let server = Server::start(Temper::Stalling(stall, flow));
        let args = [model, &["--warm-up", "600ms", "-d", "600ms"]].concat();
        let said = load(&server.url(), &args);
        assert_eq!(said.code, Some(0), "{said:?}");
        let summary = summary(&said);
        let warm = number(&summary, "warm_up_requests");
        assert!(warm > 0, "{summary:#}");
        let told = warm + number(&summary, "requests");
        let unfinished = number(&summary, "unfinished");
        assert!(
            (told..=told + unfinished).contains(&server.requests()),
            "{summary:#}"
        );
        let counted: u64 = summary["seconds"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|second| number(second, "requests"))
            .sum();
        assert_eq!(counted, number(&summary, "requests"));
        let median = number(&summary["latency"], "p50_us");
        assert!(median < 300_000, "{summary:#}");
    }
}
