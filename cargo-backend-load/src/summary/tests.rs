//! Figures worked out by hand.

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
        redirects: 0,
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
