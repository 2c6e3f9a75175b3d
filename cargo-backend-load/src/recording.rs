//! A run second by second. A second that is over keeps its histogram as it goes into the report,
//! deflated to a few kilobytes, so that an hour fits in some ten megabytes.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer};
use serde::Serialize;

use crate::tally::{LatencySummary, Tally};

/// What was recorded of a run so far.
#[derive(Debug)]
pub(crate) struct Recording {
    /// All seconds that are over.
    pub(crate) total: Tally,
    /// Those seconds one by one.
    pub(crate) seconds: Vec<Second>,
    open: BTreeMap<u32, Tally>,
}

/// One second of a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Second {
    /// Requests that finished in it.
    pub(crate) requests: u64,
    /// Those of them that failed.
    pub(crate) failed: u64,
    /// Users at its end; in an open model requests in flight.
    pub(crate) users: u64,
    /// Latencies of complete answers; absent when there was none.
    pub(crate) latency: Option<LatencySummary>,
    /// The latencies in HDR V2.
    #[serde(skip)]
    pub(crate) histogram: Vec<u8>,
}

impl Recording {
    pub(crate) fn new() -> Self {
        Self {
            total: Tally::new(),
            seconds: Vec::new(),
            open: BTreeMap::new(),
        }
    }

    /// Adds what was counted in a second; what comes too late for its own goes to the next one.
    pub(crate) fn add(&mut self, second: u32, part: &Tally) {
        let second = second.max(self.seconds.len() as u32);
        self.open
            .entry(second)
            .or_insert_with(Tally::new)
            .merge(part);
    }

    /// Ends all seconds before `second`, at which there were `users`.
    pub(crate) fn close_before(&mut self, second: u32, users: u64) {
        for index in self.seconds.len() as u32..second {
            let tally = self.open.remove(&index).unwrap_or_else(Tally::new);
            self.total.merge(&tally);
            self.seconds.push(Second {
                requests: tally.requests(),
                failed: tally.failed,
                users,
                latency: tally.latency.summary(),
                histogram: encoded(&tally.latency.histogram_us),
            });
        }
    }

    /// Ends all seconds that anything was counted in.
    pub(crate) fn close(&mut self, users: u64) {
        if let Some((last, _)) = self.open.last_key_value() {
            self.close_before(last + 1, users);
        }
    }
}

/// A histogram as HDR V2, deflated.
pub(crate) fn encoded(histogram: &Histogram<u64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new()
        .serialize(histogram, &mut bytes)
        .expect("a Vec takes any bytes, and no count exceeds 2^63");
    bytes
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hdrhistogram::serialization::Deserializer;

    use super::*;

    fn tally(latencies_us: &[u64]) -> Tally {
        let mut tally = Tally::new();
        for latency_us in latencies_us {
            tally.latency.record(Duration::from_micros(*latency_us));
            tally.ok += 1;
        }
        tally
    }

    fn read(bytes: &[u8]) -> Histogram<u64> {
        Deserializer::new()
            .deserialize(&mut &*bytes)
            .expect("HDR V2")
    }

    #[test]
    fn the_seconds_merge_to_the_whole() {
        let mut recording = Recording::new();
        recording.add(0, &tally(&[1, 100]));
        recording.add(0, &tally(&[100]));
        recording.close_before(1, 7);
        recording.add(2, &tally(&[70_000]));
        // Too late for its own second.
        recording.add(0, &tally(&[3]));
        recording.close(0);
        let requests: Vec<u64> = recording.seconds.iter().map(|s| s.requests).collect();
        assert_eq!(requests, [3, 1, 1]);
        assert_eq!(recording.seconds[0].users, 7);
        let mut merged = Histogram::new(3).expect("three digits");
        for second in &recording.seconds {
            merged.add(read(&second.histogram)).expect("it grows");
        }
        assert_eq!(merged, recording.total.latency.histogram_us);
        assert_eq!(merged.count_at(100), 2);
        assert_eq!(merged.len(), 5);
    }

    #[test]
    fn a_busy_second_fits_in_a_few_kilobytes() {
        let mut busy = Tally::new();
        for index in 0..100_000_u64 {
            let spread = index * 2_654_435_761 % 10_000;
            busy.latency
                .record(Duration::from_micros(spread * spread / 1_000));
        }
        assert!(encoded(&busy.latency.histogram_us).len() < 16_000);
    }
}
