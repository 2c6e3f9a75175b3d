//! Counts of samples: what a second, or a whole run, came to. It takes the same room however many
//! samples it has seen.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::sample::{Dial, Failure, FailureKind, Refusal, Sample};

/// Latencies keep three significant digits: 1,234 µs may be told as 1,235 µs.
const SIGNIFICANT_DIGITS: u8 = 3;
/// A request that waited longer than this for a free user found the pool exhausted.
pub(crate) const STARVED: Duration = Duration::from_millis(100);

/// Everything that is known about a run, or a part of one.
#[derive(Debug, Clone)]
pub(crate) struct Tally {
    /// Requests with a complete answer of the expected status.
    pub(crate) ok: u64,
    /// All the others.
    pub(crate) failed: u64,
    /// Latencies of complete answers, whatever their status; from the time a request was due in
    /// an open model, from its first byte sent in a closed one.
    pub(crate) latency: Latencies,
    /// Open model only: latencies from the first byte sent.
    pub(crate) service: Latencies,
    /// Answers that came in several parts.
    pub(crate) parted: Option<Box<Parted>>,
    /// Open model only: how much later than due the requests were sent.
    pub(crate) lateness: Latencies,
    /// Open model only: requests that waited long because all users were busy.
    pub(crate) starved: u64,
    /// How long connecting took, over TCP or to a Unix socket.
    pub(crate) connect: Latencies,
    /// How long TLS handshakes took.
    pub(crate) tls: Latencies,
    /// Bodies received, in bytes.
    pub(crate) body_bytes: u64,
    /// Connections that came about.
    pub(crate) connections: u64,
    /// Those of them that were not their user's first.
    pub(crate) reconnects: u64,
    /// Redirects that were followed.
    pub(crate) redirects: u64,
    /// Answers by status.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// What the first refusals (429) said about coming back.
    pub(crate) refusal: Option<Refusal>,
    /// Requests without a complete answer.
    pub(crate) failures: BTreeMap<FailureKind, FailureCount>,
}

/// Latencies in microseconds: exact at both ends and in sum, three digits in between.
#[derive(Debug, Clone)]
pub(crate) struct Latencies {
    pub(crate) histogram_us: Histogram<u64>,
    pub(crate) min_us: u64,
    pub(crate) max_us: u64,
    pub(crate) sum_us: u128,
}

/// Answers that came in several parts; all others begin and end at once, so that the time to their
/// first byte need not be kept beside the one to their last.
#[derive(Debug, Clone)]
pub(crate) struct Parted {
    /// From the first byte sent to the first one received.
    first_byte: Latencies,
    /// From the first byte sent to the last one received.
    service: Latencies,
}

/// Latencies in microseconds, summed up.
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

/// How often something failed, and what it said the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailureCount {
    pub(crate) count: u64,
    pub(crate) example: String,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            ok: 0,
            failed: 0,
            latency: Latencies::new(),
            service: Latencies::new(),
            parted: None,
            lateness: Latencies::new(),
            starved: 0,
            connect: Latencies::new(),
            tls: Latencies::new(),
            body_bytes: 0,
            connections: 0,
            reconnects: 0,
            redirects: 0,
            statuses: BTreeMap::new(),
            refusal: None,
            failures: BTreeMap::new(),
        }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.ok + self.failed
    }

    pub(crate) fn record(&mut self, sample: &Sample) {
        if let Some(pace) = &sample.pace {
            self.lateness.record(pace.lateness);
            self.starved += u64::from(pace.waited && pace.lateness > STARVED);
        }
        match &sample.result {
            Ok(answer) => {
                self.latency.record(sample.latency);
                if let Some(pace) = &sample.pace {
                    self.service.record(pace.service);
                }
                if let Some(first_byte) = sample.first_byte {
                    let parted = self.parted.get_or_insert_with(Parted::new);
                    parted.first_byte.record(first_byte);
                    parted.service.record(sample.service());
                }
                self.body_bytes += answer.body_bytes;
                *self.statuses.entry(answer.status).or_default() += 1;
                self.refusal = self.refusal.or(answer.refusal);
            }
            Err(failure) => self.count_failure(failure),
        }
        if sample.is_ok() {
            self.ok += 1;
        } else {
            self.failed += 1;
        }
    }

    /// Counts a connection that came about.
    pub(crate) fn record_dial(&mut self, dial: &Dial) {
        self.connections += 1;
        self.connect.record(dial.connect);
        if let Some(tls) = dial.tls {
            self.tls.record(tls);
        }
    }

    fn count_failure(&mut self, failure: &Failure) {
        self.failures
            .entry(failure.kind)
            .and_modify(|known| known.count += 1)
            .or_insert_with(|| FailureCount {
                count: 1,
                example: failure.detail.clone(),
            });
    }

    /// How long answers took to begin, from the first byte sent.
    pub(crate) fn first_byte(&self) -> Latencies {
        let all = match self.service.count() {
            0 => &self.latency,
            _ => &self.service,
        };
        match &self.parted {
            None => all.clone(),
            Some(parted) => all.with(&parted.first_byte, &parted.service),
        }
    }

    /// Adds what another one counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.ok += other.ok;
        self.failed += other.failed;
        self.latency.merge(&other.latency);
        self.service.merge(&other.service);
        if let Some(theirs) = &other.parted {
            let parted = self.parted.get_or_insert_with(Parted::new);
            parted.first_byte.merge(&theirs.first_byte);
            parted.service.merge(&theirs.service);
        }
        self.lateness.merge(&other.lateness);
        self.starved += other.starved;
        self.connect.merge(&other.connect);
        self.tls.merge(&other.tls);
        self.body_bytes += other.body_bytes;
        self.connections += other.connections;
        self.reconnects += other.reconnects;
        self.redirects += other.redirects;
        self.refusal = self.refusal.or(other.refusal);
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        for (kind, theirs) in &other.failures {
            self.failures
                .entry(*kind)
                .and_modify(|known| known.count += theirs.count)
                .or_insert_with(|| theirs.clone());
        }
    }
}

impl Parted {
    fn new() -> Box<Self> {
        Box::new(Self {
            first_byte: Latencies::new(),
            service: Latencies::new(),
        })
    }
}

impl Latencies {
    pub(crate) fn new() -> Self {
        // Grows as far as the slowest request makes it.
        let histogram_us =
            Histogram::new(SIGNIFICANT_DIGITS).expect("three digits are in the range of 0 to 5");
        Self {
            histogram_us,
            min_us: u64::MAX,
            max_us: 0,
            sum_us: 0,
        }
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        // A request takes at most a day.
        let latency_us = latency.as_micros() as u64;
        // Not `saturating_record`: it clamps to the present range instead of growing.
        self.histogram_us
            .record(latency_us)
            .expect("a histogram that grows takes a day in microseconds");
        self.min_us = self.min_us.min(latency_us);
        self.max_us = self.max_us.max(latency_us);
        self.sum_us += u128::from(latency_us);
    }

    fn merge(&mut self, other: &Self) {
        self.histogram_us
            .add(&other.histogram_us)
            .expect("both histograms grow as they need to");
        self.min_us = self.min_us.min(other.min_us);
        self.max_us = self.max_us.max(other.max_us);
        self.sum_us += other.sum_us;
    }

    /// These with some of them, `longer`, exchanged for as many that are `shorter`.
    fn with(&self, shorter: &Self, longer: &Self) -> Self {
        let mut histogram_us = self.histogram_us.clone();
        histogram_us
            .subtract(&longer.histogram_us)
            .expect("they are among these");
        // Known exactly unless the longest one was exchanged; then to three digits.
        let kept_us = if self.max_us > longer.max_us {
            self.max_us
        } else {
            histogram_us.max().min(self.max_us)
        };
        histogram_us
            .add(&shorter.histogram_us)
            .expect("a histogram grows as it needs to");
        Self {
            histogram_us,
            min_us: self.min_us.min(shorter.min_us),
            max_us: kept_us.max(shorter.max_us),
            sum_us: self.sum_us + shorter.sum_us - longer.sum_us,
        }
    }

    pub(crate) fn count(&self) -> u64 {
        self.histogram_us.len()
    }

    /// The latency that `quantile` (0 to 1) of the requests did not exceed, in microseconds.
    pub(crate) fn at_us(&self, quantile: f64) -> u64 {
        // The histogram answers with the upper end of a range; the ends are known exactly.
        self.histogram_us
            .value_at_quantile(quantile)
            .clamp(self.min_us.min(self.max_us), self.max_us)
    }

    /// The mean in microseconds; `None` when there is none.
    pub(crate) fn average_us(&self) -> Option<f64> {
        (self.count() > 0).then(|| self.sum_us as f64 / self.count() as f64)
    }

    /// The usual figures; `None` when there are none.
    pub(crate) fn summary(&self) -> Option<LatencySummary> {
        Some(LatencySummary {
            avg_us: self.average_us()?,
            min_us: self.min_us,
            p50_us: self.at_us(0.5),
            p90_us: self.at_us(0.9),
            p95_us: self.at_us(0.95),
            p99_us: self.at_us(0.99),
            p99_9_us: self.at_us(0.999),
            max_us: self.max_us,
        })
    }
}

#[cfg(test)]
mod tests;
