//! The report as a person reads it.

use std::time::Duration;

use snapbox::{assert_data_eq, str};

use super::{bytes, grouped, microseconds, progress, render, share};
use crate::recorder::Recorder;
use crate::report::json::{Configuration, LoadReport, TargetReport};
use crate::request::{Method, Request, Target};
use crate::sample::{Answer, Failure, Sample};
use crate::summary::{Facts, summarize};

/// The report of a run of two seconds, without its colours.
fn report(samples: &[Sample], cpu_ms: u64, interrupted: bool) -> String {
    let mut recorder = Recorder::new();
    recorder.connections = 51;
    for sample in samples {
        recorder.record(sample);
    }
    let facts = Facts {
        elapsed: Duration::from_secs(2),
        concurrency: 50,
        cpu: Duration::from_millis(cpu_ms),
        threads: 2,
    };
    let request = Request {
        method: Method::get(),
        target: Target::parse("http://ann:secret@localhost:8080/orders").expect("a URL"),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let configuration = Configuration {
        concurrency: 50,
        duration_ms: 30_000,
        timeout_ms: 30_000,
    };
    let report = LoadReport::new(
        "2026-11-21T00:00:00Z".into(),
        interrupted,
        TargetReport::of(&request),
        configuration,
        summarize(&recorder, &facts),
        &recorder.latency.histogram_us,
    );
    let mut plain = String::new();
    let text = render(&report);
    let mut parts = text.split('\u{1b}');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_code, rest)| rest));
    }
    plain
}

fn answered(status: u16, latency_us: u64) -> Sample {
    Sample {
        finished: Duration::from_millis(1_500),
        latency: Duration::from_micros(latency_us),
        result: Ok(Answer {
            status,
            body_bytes: 1_200,
        }),
    }
}

#[test]
fn a_run_with_everything_in_it() {
    let mut samples: Vec<Sample> = (0..2_998).map(|index| answered(200, 500 + index)).collect();
    samples.push(answered(503, 1_200_000));
    samples.push(Sample {
        result: Err(Failure::closed(
            "the server closed the connection without an answer",
        )),
        ..answered(0, 1)
    });
    assert_data_eq!(
        report(&samples, 3_900, true),
        str![[r#"
GET http://localhost:8080/orders
50 users for 2.00 s, interrupted of 30.00 s

Requests  finished        3,000  1,500/s
          ok              2,998  99.93 %
          failed              2  0.07 %

Latency   min            500 µs
          average       2.40 ms
          p50           2.00 ms
          p90           3.20 ms
          p95           3.35 ms
          p99           3.47 ms
          p99.9         3.50 ms
          max            1.20 s

Statuses  200             2,998
          503                 1

Errors    closed early        1  the server closed the connection without an answer

Transfer  bodies         3.6 MB  1.8 MB/s
          connections        51  1 reopened

warning: generator-limited: this side used 98 % of the processor time it could get, so the server may be better than these figures
note: each user waits for its answer, so a stall hides the requests it held back (coordinated omission)

"#]]
    );
}

#[test]
fn a_run_in_which_nothing_was_answered() {
    assert_data_eq!(
        report(&[], 10, false),
        str![[r#"
GET http://localhost:8080/orders
50 users for 2.00 s

Requests  finished       0  0.0/s
          ok             0  0.00 %
          failed         0  0.00 %

Transfer  bodies       0 B  0 B/s
          connections   51  1 reopened

note: each user waits for its answer, so a stall hides the requests it held back (coordinated omission)

"#]]
    );
}

#[test]
fn figures_have_the_unit_that_suits_them() {
    assert_eq!(microseconds(999.0), "999 µs");
    assert_eq!(microseconds(999.6), "1.00 ms");
    assert_eq!(microseconds(123_456.0), "123.5 ms");
    assert_eq!(microseconds(61_000_000.0), "61.00 s");
    assert_eq!(bytes(999.0), "999 B");
    assert_eq!(bytes(1_500_000.0), "1.5 MB");
    assert_eq!(grouped(1_234_567), "1,234,567");
    assert_eq!(grouped(123), "123");
}

#[test]
fn a_share_does_not_hide_the_last_one() {
    assert_eq!(share(0.0, 0), "0.00 %");
    assert_eq!(share(0.001, 1), "< 0.01 %");
    assert_eq!(share(99.999, 9), "> 99.99 %");
    assert_eq!(share(100.0, 9), "100.00 %");
}

#[test]
fn who_watches_sees_one_line() {
    assert_eq!(
        progress(12_345.6, 1_234, 1),
        "12,346/s · p95 1.23 ms · 1 error"
    );
}
