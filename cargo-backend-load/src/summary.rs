//! The figures of a run, worked out from what was recorded. Every name ends with its unit.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

use crate::recording::{Recording, Second};
use crate::sample::FailureKind;
use crate::tally::{LatencySummary, Tally};

/// From this share of its processor time on, the generator itself may be what was measured.
const CPU_LIMIT_PERCENT: f64 = 90.0;
/// From this share of all cores' time on, whoever runs on the machine waits for a core.
const MACHINE_LIMIT_PERCENT: f64 = 95.0;
/// Requests that are sent later than this are late, whatever the server takes: a thread that
/// sleeps to an absolute time wakes within a tenth of it on an idle machine.
const LATE_US: u64 = 1_000;
/// Above this share of the latency itself, lateness decides what the latency says.
const LATE_PERCENT: u64 = 10;

/// What the run itself was, beside its samples.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts {
    /// From the end of the warm-up to the end.
    pub(crate) elapsed: Duration,
    /// Processor time that this process used meanwhile.
    pub(crate) cpu: Duration,
    /// Share of the time of all cores of this machine that was used meanwhile, by anybody.
    pub(crate) machine_cpu_percent: Option<f64>,
    /// Whether the server is known to be on this machine too.
    pub(crate) shares_machine: bool,
    /// Threads that could use it.
    pub(crate) threads: usize,
    /// Requests that were finished in the warm-up.
    pub(crate) warm_up_requests: u64,
    /// Requests that were on their way at the end.
    pub(crate) unfinished: u64,
    /// Requests that were due and never sent.
    pub(crate) unsent: u64,
}

/// The figures of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Summary {
    /// Length of the run in milliseconds, without the warm-up.
    pub(crate) elapsed_ms: f64,
    /// Finished requests.
    pub(crate) requests: u64,
    /// Finished requests per second.
    pub(crate) requests_per_second: f64,
    /// Requests answered with the expected status, or else with 2xx or 3xx.
    pub(crate) ok: u64,
    /// All other finished requests.
    pub(crate) failed: u64,
    /// Share of the failed requests, 0 to 100.
    pub(crate) failed_percent: f64,
    /// Requests that were on their way at the end; in no other figure.
    pub(crate) unfinished: u64,
    /// Open model: requests that were due and never sent; in no other figure.
    pub(crate) unsent: u64,
    /// Requests finished in the warm-up; in no other figure.
    pub(crate) warm_up_requests: u64,
    /// Latencies of complete answers; absent when there was none. In an open model they count
    /// from the time at which the request was due.
    pub(crate) latency: Option<LatencySummary>,
    /// Open model: latencies counted from the first byte sent.
    pub(crate) service: Option<LatencySummary>,
    /// Open model: how much later than due requests were sent.
    pub(crate) lateness: Option<LatencySummary>,
    /// How long answers took to begin, from the first byte sent (or the dialling before it).
    pub(crate) first_byte: Option<LatencySummary>,
    /// How long connecting took, in the warm-up too.
    pub(crate) connect: Option<LatencySummary>,
    /// How long TLS handshakes took, in the warm-up too.
    pub(crate) tls: Option<LatencySummary>,
    /// Bodies received, without heads and framing.
    pub(crate) body_bytes: u64,
    /// Bodies received per second.
    pub(crate) body_bytes_per_second: f64,
    /// Connections that were opened, in the warm-up too.
    pub(crate) connections_opened: u64,
    /// Connections opened beyond the first one of each user.
    pub(crate) reconnects: u64,
    /// Answers by status.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Requests without a complete answer, by kind.
    pub(crate) errors: Vec<ErrorCount>,
    /// What the run cost on this side.
    pub(crate) generator: Generator,
    /// Requests by the second in which they finished.
    pub(crate) seconds: Vec<Second>,
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
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Generator {
    /// Threads that drove the users.
    pub(crate) threads: usize,
    /// Share of those threads' processor time that was used, 0 to 100.
    pub(crate) cpu_percent: f64,
    /// Share of the time of all cores of this machine that was used, by anybody, 0 to 100; absent
    /// where the system does not tell.
    pub(crate) machine_cpu_percent: Option<f64>,
    /// Whether the server is on this machine too and the machine was at its limit. The figures are
    /// the server's, and it would be better with a machine of its own.
    pub(crate) crowded: bool,
    /// Whether the figures may be the generator's and not the server's.
    pub(crate) limited: bool,
    /// Why.
    pub(crate) limits: Vec<Limit>,
    /// Open model: requests that waited longer than 100 ms for a free user.
    pub(crate) starved: u64,
}

/// What held the generator back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Limit {
    /// Its processor time was used up.
    Cpu,
    /// Requests were sent later than they were due.
    LateSends,
    /// All the requests that may be in flight were.
    PoolExhausted,
}

pub(crate) fn summarize(recording: &Recording, facts: &Facts) -> Summary {
    let total = &recording.total;
    let requests = total.requests();
    Summary {
        elapsed_ms: facts.elapsed.as_secs_f64() * 1e3,
        requests,
        requests_per_second: per_second(requests, facts.elapsed),
        ok: total.ok,
        failed: total.failed,
        failed_percent: percent(total.failed as f64, requests as f64),
        unfinished: facts.unfinished,
        unsent: facts.unsent,
        warm_up_requests: facts.warm_up_requests,
        latency: total.latency.summary(),
        service: total.service.summary(),
        lateness: total.lateness.summary(),
        first_byte: total.first_byte().summary(),
        connect: total.connect.summary(),
        tls: total.tls.summary(),
        body_bytes: total.body_bytes,
        body_bytes_per_second: per_second(total.body_bytes, facts.elapsed),
        connections_opened: total.connections,
        reconnects: total.reconnects,
        statuses: total.statuses.clone(),
        errors: total
            .failures
            .iter()
            .map(|(kind, known)| ErrorCount {
                kind: *kind,
                count: known.count,
                example: known.example.clone(),
            })
            .collect(),
        generator: generator(total, facts),
        seconds: recording.seconds.clone(),
    }
}

fn generator(total: &Tally, facts: &Facts) -> Generator {
    let cpu_percent = percent(
        facts.cpu.as_secs_f64(),
        facts.elapsed.as_secs_f64() * facts.threads as f64,
    );
    let late_us = LATE_US.max(total.latency.at_us(0.99) * LATE_PERCENT / 100);
    let exhausted = total.starved > 0 || facts.unsent > 0;
    let limits: Vec<Limit> = [
        (Limit::Cpu, cpu_percent >= CPU_LIMIT_PERCENT),
        (Limit::PoolExhausted, exhausted),
        // What waited for a free user was late for that reason.
        (
            Limit::LateSends,
            !exhausted && total.lateness.at_us(0.99) > late_us,
        ),
    ]
    .into_iter()
    .filter_map(|(limit, reached)| reached.then_some(limit))
    .collect();
    Generator {
        threads: facts.threads,
        cpu_percent,
        machine_cpu_percent: facts.machine_cpu_percent,
        crowded: facts.shares_machine
            && facts
                .machine_cpu_percent
                .is_some_and(|percent| percent >= MACHINE_LIMIT_PERCENT),
        limited: !limits.is_empty(),
        limits,
        starved: total.starved,
    }
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
    use crate::sample::{Answer, Failure, Pace, Sample};

    fn facts(elapsed_ms: u64, cpu_ms: u64) -> Facts {
        Facts {
            elapsed: Duration::from_millis(elapsed_ms),
            cpu: Duration::from_millis(cpu_ms),
            threads: 2,
            ..Facts::default()
        }
    }

    fn answered(latency_us: u64, status: u16) -> Sample {
        Sample {
            finished: Duration::from_millis(10),
            latency: Duration::from_micros(latency_us),
            first_byte: None,
            pace: None,
            expected: None,
            result: Ok(Answer {
                status,
                body_bytes: 50,
                refusal: None,
            }),
        }
    }

    fn recording(samples: &[Sample], connections: u64) -> Recording {
        let mut tally = Tally::new();
        tally.connections = connections;
        tally.reconnects = 1;
        for sample in samples {
            tally.record(sample);
        }
        let mut recording = Recording::new();
        recording.add(0, &tally);
        recording.close(2);
        recording
    }

    #[test]
    fn the_figures_follow_from_the_samples() {
        let failed = Sample {
            result: Err(Failure::closed("gone")),
            ..answered(1_000_000, 0)
        };
        let samples = [
            answered(100, 200),
            answered(200, 200),
            answered(600, 503),
            failed,
        ];
        let recording = recording(&samples, 3);
        let latency = Some(LatencySummary {
            min_us: 100,
            avg_us: 300.0,
            p50_us: 200,
            p90_us: 600,
            p95_us: 600,
            p99_us: 600,
            p99_9_us: 600,
            max_us: 600,
        });
        let expected = Summary {
            elapsed_ms: 500.0,
            requests: 4,
            requests_per_second: 8.0,
            ok: 2,
            failed: 2,
            failed_percent: 50.0,
            unfinished: 0,
            unsent: 0,
            warm_up_requests: 0,
            latency,
            service: None,
            lateness: None,
            first_byte: latency,
            connect: None,
            tls: None,
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
                machine_cpu_percent: None,
                crowded: false,
                limited: false,
                limits: Vec::new(),
                starved: 0,
            },
            seconds: vec![Second {
                requests: 4,
                failed: 2,
                users: 2,
                latency,
                histogram: recording.seconds[0].histogram.clone(),
            }],
        };
        assert_eq!(summarize(&recording, &facts(500, 100)), expected);
    }

    #[test]
    fn a_run_without_an_answer_has_no_latency() {
        let summary = summarize(&Recording::new(), &facts(0, 0));
        assert_eq!(summary.latency, None);
        assert_eq!(
            (summary.requests_per_second, summary.failed_percent),
            (0.0, 0.0)
        );
    }

    #[test]
    fn a_generator_that_used_nine_tenths_of_its_time_was_the_limit() {
        let limits = |cpu_ms| {
            summarize(&Recording::new(), &facts(1000, cpu_ms))
                .generator
                .limits
        };
        assert_eq!(limits(1_799), []);
        assert_eq!(limits(1_800), [Limit::Cpu]);
    }

    #[test]
    fn a_shared_machine_at_its_limit_is_a_caution_and_no_limit() {
        let generator = |percent, shares_machine| {
            let facts = Facts {
                machine_cpu_percent: Some(percent),
                shares_machine,
                ..facts(1000, 10)
            };
            summarize(&Recording::new(), &facts).generator
        };
        assert!(generator(95.0, true).crowded);
        assert!(!generator(94.0, true).crowded);
        // What else runs beside the generator is seen when requests are sent late.
        assert!(!generator(95.0, false).crowded);
        assert!(!generator(95.0, true).limited);
    }

    #[test]
    fn a_generator_that_sends_late_was_the_limit() {
        let limits = |lateness_us: u64, latency_us: u64, waited: bool| {
            let sample = Sample {
                pace: Some(Pace {
                    service: Duration::from_micros(100),
                    lateness: Duration::from_micros(lateness_us),
                    waited,
                }),
                ..answered(latency_us, 200)
            };
            summarize(&recording(&[sample], 1), &facts(1000, 10))
                .generator
                .limits
        };
        assert_eq!(limits(900, 1_000, false), []);
        assert_eq!(limits(1_100, 1_200, false), [Limit::LateSends]);
        // A tenth of what the server takes may be ours.
        assert_eq!(limits(1_100, 12_000, false), []);
        assert_eq!(limits(150_000, 160_000, true), [Limit::PoolExhausted]);
    }

    #[test]
    fn what_was_due_and_not_sent_exhausted_the_pool() {
        let facts = Facts {
            unsent: 1,
            ..facts(1000, 10)
        };
        let generator = summarize(&Recording::new(), &facts).generator;
        assert_eq!(generator.limits, [Limit::PoolExhausted]);
    }
}
