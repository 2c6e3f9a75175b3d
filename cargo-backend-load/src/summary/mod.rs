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
    /// Redirects that were followed; in no other figure but the latency.
    pub(crate) redirects: u64,
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
        redirects: total.redirects,
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
mod tests;
