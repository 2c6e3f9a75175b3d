//! Counts samples. What it holds grows with the length of a run in seconds and with the spread of
//! its latencies, never with the number of its requests.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::sample::{Failure, FailureKind, Sample};

/// Latencies keep three significant digits: 1,234 µs may be told as 1,235 µs.
const SIGNIFICANT_DIGITS: u8 = 3;

/// Everything that is known about a run, or a part of one.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    /// Requests with a complete answer of 2xx or 3xx.
    pub(crate) ok: u64,
    /// All the others.
    pub(crate) failed: u64,
    /// Latencies of complete answers, whatever their status.
    pub(crate) latency: Latencies,
    /// Bodies received, in bytes.
    pub(crate) body_bytes: u64,
    /// Connections that came about.
    pub(crate) connections: u64,
    /// Answers by status.
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// Requests without a complete answer.
    pub(crate) failures: BTreeMap<FailureKind, FailureCount>,
    /// Requests by the second in which they finished.
    pub(crate) seconds: Vec<Second>,
}

/// Latencies in microseconds: exact at both ends and in sum, three digits in between.
#[derive(Debug, Clone)]
pub(crate) struct Latencies {
    pub(crate) histogram_us: Histogram<u64>,
    pub(crate) min_us: u64,
    pub(crate) max_us: u64,
    pub(crate) sum_us: u128,
}

/// How often something failed, and what it said the first time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FailureCount {
    pub(crate) count: u64,
    pub(crate) example: String,
}

/// One second of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Second {
    pub(crate) requests: u32,
    pub(crate) failed: u32,
}

impl Recorder {
    pub(crate) fn new() -> Self {
        Self {
            ok: 0,
            failed: 0,
            latency: Latencies::new(),
            body_bytes: 0,
            connections: 0,
            statuses: BTreeMap::new(),
            failures: BTreeMap::new(),
            seconds: Vec::new(),
        }
    }

    pub(crate) fn requests(&self) -> u64 {
        self.ok + self.failed
    }

    pub(crate) fn record(&mut self, sample: &Sample) {
        let ok = match &sample.result {
            Ok(answer) => {
                self.latency.record(sample.latency);
                self.body_bytes += answer.body_bytes;
                *self.statuses.entry(answer.status).or_default() += 1;
                answer.is_ok()
            }
            Err(failure) => {
                self.count_failure(failure);
                false
            }
        };
        if ok {
            self.ok += 1;
        } else {
            self.failed += 1;
        }
        // A run is at most a day long.
        let index = sample.finished.as_secs() as usize;
        if index >= self.seconds.len() {
            self.seconds.resize(index + 1, Second::default());
        }
        self.seconds[index].requests += 1;
        self.seconds[index].failed += u32::from(!ok);
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

    /// Adds what another recorder counted.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.ok += other.ok;
        self.failed += other.failed;
        self.latency.merge(&other.latency);
        self.body_bytes += other.body_bytes;
        self.connections += other.connections;
        for (status, count) in &other.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        for (kind, theirs) in &other.failures {
            self.failures
                .entry(*kind)
                .and_modify(|known| known.count += theirs.count)
                .or_insert_with(|| theirs.clone());
        }
        if self.seconds.len() < other.seconds.len() {
            self.seconds.resize(other.seconds.len(), Second::default());
        }
        for (ours, theirs) in self.seconds.iter_mut().zip(&other.seconds) {
            ours.requests += theirs.requests;
            ours.failed += theirs.failed;
        }
    }
}

impl Latencies {
    fn new() -> Self {
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

    fn record(&mut self, latency: Duration) {
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

    /// The latency that `quantile` (0 to 1) of the requests did not exceed, in microseconds.
    pub(crate) fn at_us(&self, quantile: f64) -> u64 {
        // The histogram answers with the upper end of a range; the ends are known exactly.
        self.histogram_us
            .value_at_quantile(quantile)
            .clamp(self.min_us.min(self.max_us), self.max_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Answer;

    /// Numbers that look random and are the same every time.
    fn numbers(seed: u64, count: usize) -> Vec<u64> {
        let mut state = seed;
        std::iter::repeat_with(|| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // Spreads over all magnitudes from 1 µs to 67 s.
            (state >> 20) % (1 << (1 + (state >> 59) % 26))
        })
        .take(count)
        .collect()
    }

    fn answer(latency_us: u64, status: u16, finished_ms: u64) -> Sample {
        Sample {
            finished: Duration::from_millis(finished_ms),
            latency: Duration::from_micros(latency_us),
            result: Ok(Answer {
                status,
                body_bytes: 10,
            }),
        }
    }

    #[test]
    fn quantiles_agree_with_a_sorted_list() {
        for seed in 1..20 {
            let mut all = numbers(seed, 1 + seed as usize * 97);
            // Recorded in two halves and merged, as a run does it.
            let mut parts = [Recorder::new(), Recorder::new()];
            for (index, latency_us) in all.iter().enumerate() {
                parts[index % 2].record(&answer(*latency_us, 200, 0));
            }
            let [mut merged, other] = parts;
            merged.merge(&other);
            all.sort_unstable();
            for quantile in [0.5, 0.9, 0.95, 0.99, 0.999] {
                let rank = (quantile * all.len() as f64).ceil() as usize;
                let exact = all[rank.clamp(1, all.len()) - 1];
                let told = merged.latency.at_us(quantile);
                let allowed = exact / 1000 + 1;
                assert!(
                    told.abs_diff(exact) <= allowed,
                    "seed {seed}, {quantile}: {told} instead of {exact}"
                );
            }
            assert_eq!(merged.latency.min_us, all[0]);
            assert_eq!(merged.latency.max_us, all[all.len() - 1]);
            let sum: u64 = all.iter().sum();
            assert_eq!(merged.latency.sum_us, u128::from(sum));
        }
    }

    #[test]
    fn two_hundreds_and_three_hundreds_are_success_and_the_rest_is_not() {
        let mut recorder = Recorder::new();
        for status in [200, 204, 302, 400, 404, 500] {
            recorder.record(&answer(1, status, 0));
        }
        assert_eq!((recorder.ok, recorder.failed), (3, 3));
        assert_eq!(recorder.statuses.len(), 6);
        assert_eq!(recorder.body_bytes, 60);
    }

    #[test]
    fn failures_have_no_latency_and_keep_their_first_words() {
        let mut recorder = Recorder::new();
        for detail in ["first", "second"] {
            recorder.record(&Sample {
                finished: Duration::ZERO,
                latency: Duration::from_secs(1),
                result: Err(Failure::closed(detail)),
            });
        }
        assert_eq!(recorder.latency.histogram_us.len(), 0);
        assert_eq!(recorder.latency.at_us(0.5), 0);
        let known = FailureCount {
            count: 2,
            example: "first".into(),
        };
        assert_eq!(recorder.failures.get(&FailureKind::Closed), Some(&known));
    }

    #[test]
    fn requests_are_counted_in_the_second_in_which_they_finish() {
        let mut early = Recorder::new();
        early.record(&answer(1, 200, 999));
        let mut late = Recorder::new();
        late.record(&answer(1, 500, 2_000));
        early.merge(&late);
        let second = |requests, failed| Second { requests, failed };
        assert_eq!(early.seconds, [second(1, 0), second(0, 0), second(1, 1)]);
    }

    #[test]
    fn a_hundred_thousand_requests_take_no_more_room_than_a_thousand() {
        let mut recorder = Recorder::new();
        let mut room = Vec::new();
        for count in [1_000, 100_000] {
            for latency_us in numbers(7, count) {
                recorder.record(&answer(latency_us % 1_000_000, 200, 0));
            }
            room.push((
                recorder.latency.histogram_us.distinct_values(),
                recorder.seconds.len(),
            ));
        }
        assert_eq!(room[0], room[1]);
    }
}
