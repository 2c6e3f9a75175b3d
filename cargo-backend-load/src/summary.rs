//! The figures of a run, worked out from what was recorded. Every name ends with its unit.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::recorder::{Latencies, Recorder, Second};
use crate::sample::FailureKind;

/// From this share of its processor time on, the generator itself may be what was measured.
const GENERATOR_LIMIT_PERCENT: f64 = 90.0;

/// What the run itself was, beside its samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// From the first request to the end.
    pub(crate) elapsed: Duration,
    /// Users at the same time.
    pub(crate) concurrency: u64,
    /// Processor time that this process used meanwhile.
    pub(crate) cpu: Duration,
    /// Threads that could use it.
    pub(crate) threads: usize,
}

/// The figures of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// Length of the run in milliseconds.
    pub(crate) elapsed_ms: f64,
    /// Finished requests; those in flight at the end are not counted.
    pub(crate) requests: u64,
    /// Finished requests per second.
    pub(crate) requests_per_second: f64,
    /// Requests answered with 2xx or 3xx.
    pub(crate) ok: u64,
    /// All other requests.
    pub(crate) failed: u64,
    /// Share of the failed requests, 0 to 100.
    pub(crate) failed_percent: f64,
    /// Latencies of complete answers; absent when there was none.
    pub(crate) latency: Option<LatencySummary>,
    /// Bodies received, without heads and framing.
    pub(crate) body_bytes: u64,
    /// Bodies received per second.
    pub(crate) body_bytes_per_second: f64,
    /// Connections that were opened.
    pub(crate) connections_opened: u64,
    /// Connections opened beyond the first one of each user.
    pub(crate) reconnects: u64,
    /// Answers by status.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Requests without a complete answer, by kind.
    pub(crate) errors: Vec<ErrorCount>,
    /// What the run cost on this side.
    pub(crate) generator: Generator,
    /// Requests by second.
    pub(crate) seconds: Vec<Second>,
}

/// Latencies in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct LatencySummary {
    pub(crate) min_us: u64,
    pub(crate) avg_us: f64,
    pub(crate) p50_us: u64,
    pub(crate) p90_us: u64,
    pub(crate) p95_us: u64,
    pub(crate) p99_us: u64,
    pub(crate) p99_9_us: u64,
    pub(crate) max_us: u64,
}

/// Failed requests of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ErrorCount {
    pub(crate) kind: FailureKind,
    pub(crate) count: u64,
    /// What the first one said.
    pub(crate) example: String,
}

/// The load generator itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Generator {
    /// Threads that drove the users.
    pub(crate) threads: usize,
    /// Share of those threads' processor time that was used, 0 to 100.
    pub(crate) cpu_percent: f64,
    /// Whether the generator was too busy for the figures to be the server's.
    pub(crate) limited: bool,
}

pub(crate) fn summarize(recorder: &Recorder, facts: &Facts) -> Summary {
    let requests = recorder.requests();
    let cpu_percent = percent(
        facts.cpu.as_secs_f64(),
        facts.elapsed.as_secs_f64() * facts.threads as f64,
    );
    Summary {
        elapsed_ms: facts.elapsed.as_secs_f64() * 1e3,
        requests,
        requests_per_second: per_second(requests, facts.elapsed),
        ok: recorder.ok,
        failed: recorder.failed,
        failed_percent: percent(recorder.failed as f64, requests as f64),
        latency: latency(&recorder.latency),
        body_bytes: recorder.body_bytes,
        body_bytes_per_second: per_second(recorder.body_bytes, facts.elapsed),
        connections_opened: recorder.connections,
        reconnects: recorder.connections.saturating_sub(facts.concurrency),
        statuses: recorder.statuses.clone(),
        errors: recorder
            .failures
            .iter()
            .map(|(kind, known)| ErrorCount {
                kind: *kind,
                count: known.count,
                example: known.example.clone(),
            })
            .collect(),
        generator: Generator {
            threads: facts.threads,
            cpu_percent,
            limited: cpu_percent >= GENERATOR_LIMIT_PERCENT,
        },
        seconds: recorder.seconds.clone(),
    }
}

fn latency(latencies: &Latencies) -> Option<LatencySummary> {
    let answers = latencies.histogram_us.len();
    (answers > 0).then(|| LatencySummary {
        min_us: latencies.min_us,
        avg_us: latencies.sum_us as f64 / answers as f64,
        p50_us: latencies.at_us(0.5),
        p90_us: latencies.at_us(0.9),
        p95_us: latencies.at_us(0.95),
        p99_us: latencies.at_us(0.99),
        p99_9_us: latencies.at_us(0.999),
        max_us: latencies.max_us,
    })
}

fn per_second(count: u64, elapsed: Duration) -> f64 {
    if elapsed.is_zero() {
        return 0.0;
    }
    count as f64 / elapsed.as_secs_f64()
}

fn percent(part: f64, whole: f64) -> f64 {
    if whole == 0.0 {
        return 0.0;
    }
    part * 100.0 / whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Answer, Failure, Sample};

    fn facts(elapsed_ms: u64, cpu_ms: u64) -> Facts {
        Facts {
            elapsed: Duration::from_millis(elapsed_ms),
            concurrency: 2,
            cpu: Duration::from_millis(cpu_ms),
            threads: 2,
        }
    }

    #[test]
    fn the_figures_follow_from_the_samples() {
        let mut recorder = Recorder::new();
        recorder.connections = 3;
        for (latency_us, status) in [(100, 200), (200, 200), (600, 503)] {
            recorder.record(&Sample {
                finished: Duration::from_millis(10),
                latency: Duration::from_micros(latency_us),
                result: Ok(Answer {
                    status,
                    body_bytes: 50,
                }),
            });
        }
        recorder.record(&Sample {
            finished: Duration::from_millis(400),
            latency: Duration::from_secs(1),
            result: Err(Failure::closed("gone")),
        });
        let expected = Summary {
            elapsed_ms: 500.0,
            requests: 4,
            requests_per_second: 8.0,
            ok: 2,
            failed: 2,
            failed_percent: 50.0,
            latency: Some(LatencySummary {
                min_us: 100,
                avg_us: 300.0,
                p50_us: 200,
                p90_us: 600,
                p95_us: 600,
                p99_us: 600,
                p99_9_us: 600,
                max_us: 600,
            }),
            body_bytes: 150,
            body_bytes_per_second: 300.0,
            connections_opened: 3,
            reconnects: 1,
            statuses: BTreeMap::from([(200, 2), (503, 1)]),
            errors: vec![ErrorCount {
                kind: FailureKind::Closed,
                count: 1,
                example: "gone".into(),
            }],
            generator: Generator {
                threads: 2,
                cpu_percent: 10.0,
                limited: false,
            },
            seconds: vec![Second {
                requests: 4,
                failed: 2,
            }],
        };
        assert_eq!(summarize(&recorder, &facts(500, 100)), expected);
    }

    #[test]
    fn a_run_without_an_answer_has_no_latency() {
        let summary = summarize(&Recorder::new(), &facts(0, 0));
        assert_eq!(summary.latency, None);
        assert_eq!(
            (summary.requests_per_second, summary.failed_percent),
            (0.0, 0.0)
        );
    }

    #[test]
    fn a_generator_that_used_nine_tenths_of_its_time_was_the_limit() {
        let limited = |cpu_ms| {
            summarize(&Recorder::new(), &facts(1000, cpu_ms))
                .generator
                .limited
        };
        assert!(!limited(1_799));
        assert!(limited(1_800));
    }
}
