//! The report as a person reads it.

use std::time::Duration;

use snapbox::{assert_data_eq, str};

use super::{progress, render};
use crate::driver::Glance;
use crate::profile::Model;
use crate::recording::Recording;
use crate::report::example::{self, Example, answered};
use crate::report::json::LoadReport;
use crate::sample::{Failure, Pace, Sample};
use crate::tally::Tally;

/// The report without its colours.
fn plain(report: &LoadReport) -> String {
    let text = render(report);
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or("", |(_code, rest)| rest));
    }
    plain
}

fn report(model: Model, samples: &[Sample], cpu_ms: u64, interrupted: bool) -> String {
    plain(
        &Example {
            model,
            samples,
            cpu_ms,
            interrupted,
            thresholds: &[],
        }
        .report(),
    )
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
        report(Model::Closed, &samples, 3_900, true),
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
hint: the slowest answer took 1200.0 ms, p99 is 3.5 ms: load at a rate with `--rps`: it counts every request that such a stall holds back, users that wait for their answers do not
note: each user waits for its answer, so a stall hides the requests it held back (coordinated omission)

"#]]
    );
}

#[test]
fn a_run_in_which_nothing_was_answered() {
    assert_data_eq!(
        report(Model::Closed, &[], 10, false),
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
fn a_run_at_a_rate_that_could_not_be_kept() {
    let samples: Vec<Sample> = (0..100)
        .map(|index| Sample {
            pace: Some(Pace {
                service: Duration::from_millis(1),
                lateness: Duration::from_millis(2 * index),
                waited: true,
            }),
            ..answered(200, 1_000 + 2_000 * index)
        })
        .collect();
    assert_data_eq!(
        report(Model::Open, &samples, 10, false),
        str![[r#"
GET http://localhost:8080/orders
50 requests/s, at most 50 in flight, for 2.00 s

Requests  finished          100  50.0/s
          ok                100  100.00 %
          failed              0  0.00 %
          unfinished          3  on their way at the end

Latency   min           1.00 ms
          average      100.0 ms
          p50          99.01 ms
          p90          179.1 ms
          p95          189.1 ms
          p99          197.1 ms
          p99.9        199.0 ms
          max          199.0 ms

Service   p50           1.00 ms
          p99           1.00 ms
          max           1.00 ms

Sent late p50          98.05 ms
          p99          196.1 ms
          max          198.0 ms

Statuses  200               100

Transfer  bodies       120.0 kB  60.0 kB/s
          connections        51  1 reopened

warning: generator-limited: 49 requests waited because 50 were in flight already: a larger `--concurrency` would have sent them in time
note: latencies count from the time at which a request was due; Service counts from its first byte sent

"#]]
    );
}

#[test]
fn thresholds_stand_beside_what_they_judge() {
    assert_data_eq!(
        plain(&example::judged()),
        str![[r#"
GET http://localhost:8080/orders
50 users for 2.00 s

Requests    finished            1,001  501/s
            ok                  1,000  99.90 %
            failed                  1  0.10 %

Latency     min                500 µs
            average           1.00 ms
            p50                999 µs
            p90               1.40 ms
            p95               1.45 ms
            p99               1.49 ms
            p99.9             1.50 ms
            max               1.50 ms

Thresholds  p99<200ms         1.49 ms  met
            error-rate<0.01%   0.10 %  missed
            p99.99<1s         1.50 ms  inconclusive: it needs at least 10000 answers, and there were 1000

Statuses    200                 1,000

Errors      closed early            1  the server said <b>|</b>

Transfer    bodies             1.2 MB  600.0 kB/s
            connections            51  1 reopened

note: each user waits for its answer, so a stall hides the requests it held back (coordinated omission)

"#]]
    );
}

#[test]
fn who_watches_sees_one_line() {
    let mut recording = Recording::new();
    let line = |recording: &Recording, is_warm_up| {
        progress(&Glance {
            recording,
            is_warm_up,
            blocks: None,
        })
    };
    assert_eq!(line(&recording, true), "warming up");
    let mut tally = Tally::new();
    for sample in [answered(200, 1_234), answered(503, 1_234)] {
        tally.record(&sample);
    }
    recording.add(0, &tally);
    recording.close(50);
    assert_eq!(
        line(&recording, false),
        "2.0/s · p50 1.23 ms · p95 1.23 ms · p99 1.23 ms · 1 error · 50 users"
    );
}
