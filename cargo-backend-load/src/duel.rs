//! Two servers that were loaded in turn, and how they compare.

use std::time::Duration;

use serde::Serialize;

use crate::comparison::{Change, Ratio, paired};
use crate::profile::Rhythm;
use crate::recording::{Recording, Second};
use crate::summary::Summary;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Duel {
    /// Both URLs, the known server first.
    pub(crate) urls: [String; 2],
    /// Rounds of A B B A that were complete.
    pub(crate) rounds: usize,
    /// What the average latency says of the second server.
    pub(crate) change: Change,
    /// What keeps the figures from carrying a verdict.
    pub(crate) why: Option<String>,
    /// The smallest change that matters, a share.
    pub(crate) min_effect: f64,
    /// Open model: how many requests were due in a second; absent in a closed one.
    pub(crate) due_per_second: Option<f64>,
    /// Finished requests of both.
    pub(crate) requests: [u64; 2],
    /// Failed requests of both.
    pub(crate) failed: [u64; 2],
    pub(crate) figures: Vec<Figure>,
}

/// A figure of both servers: the mean over their blocks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: &'static str,
    /// In microseconds, or in requests per second for `rate`.
    pub(crate) values: [f64; 2],
    /// Second to first.
    pub(crate) ratio: Option<Ratio>,
}

/// The figure of a block; `None` when it has none.
type Of = fn(&Second) -> Option<f64>;

impl Duel {
    pub(crate) fn new(
        urls: [String; 2],
        recording: &Recording,
        summary: &Summary,
        (block, min_effect): (Duration, f64),
    ) -> Self {
        let rounds: Vec<&[Second]> = recording.seconds.chunks_exact(4).collect();
        // A tenth of each block is left out.
        let counted_s = block.as_secs_f64() * 0.9;
        let names: [(&'static str, Of); 5] = [
            ("average", |block| {
                block.latency.map(|latency| latency.avg_us)
            }),
            ("p50", |block| {
                block.latency.map(|latency| latency.p50_us as f64)
            }),
            ("p95", |block| {
                block.latency.map(|latency| latency.p95_us as f64)
            }),
            ("p99", |block| {
                block.latency.map(|latency| latency.p99_us as f64)
            }),
            ("rate", |block| Some(block.requests as f64)),
        ];
        let figures: Vec<Figure> = names
            .into_iter()
            .map(|(name, of)| {
                let mut figure = figure(name, &rounds, of);
                if name == "rate" {
                    figure.values = figure.values.map(|requests| requests / counted_s);
                }
                figure
            })
            .collect();
        let average = figures.first().and_then(|average| average.ratio);
        let seen = average.map(|average| average.change(min_effect));
        let (change, why) = match seen {
            None => (
                Change::Inconclusive,
                Some("there were too few rounds with answers from both".to_owned()),
            ),
            // What is seen in spite of a busy generator is there; what is not seen may be hidden.
            Some(Change::NoDifference) if summary.generator.limited => (
                Change::Inconclusive,
                Some("the generator was the limit, which may hide a difference".to_owned()),
            ),
            Some(change) => (change, None),
        };
        let sums = |of: fn(&Second) -> u64| {
            let mut sums = [0; 2];
            for (block, second) in (0..).zip(&recording.seconds) {
                sums[Rhythm::Blocks(Duration::from_secs(1))
                    .server_at(Duration::from_secs(block))] += of(second);
            }
            sums
        };
        Self {
            urls,
            rounds: rounds.len(),
            change,
            why,
            min_effect,
            due_per_second: None,
            requests: sums(|second| second.requests),
            failed: sums(|second| second.failed),
            figures,
        }
    }
}

/// In a round of A B B A both have two blocks; their means make a pair.
fn figure(name: &'static str, rounds: &[&[Second]], of: Of) -> Figure {
    let pairs: Vec<(f64, f64)> = rounds
        .iter()
        .filter_map(|round| {
            let [first, second, third, fourth] = round else {
                return None;
            };
            let mean = |one: &Second, other: &Second| Some(f64::midpoint(of(one)?, of(other)?));
            Some((mean(first, fourth)?, mean(second, third)?))
        })
        .collect();
    let count = pairs.len().max(1) as f64;
    Figure {
        name,
        values: [
            pairs.iter().map(|pair| pair.0).sum::<f64>() / count,
            pairs.iter().map(|pair| pair.1).sum::<f64>() / count,
        ],
        ratio: paired(&pairs),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::summary::{Facts, summarize};
    use crate::tally::Tally;

    /// Rounds in which A takes about 1 ms and B so much longer.
    pub(crate) fn duel(rounds: u32, factor: f64, cpu_ms: u64) -> Duel {
        let mut recording = Recording::new();
        for block in 0..rounds * 4 {
            let is_second = matches!(block % 4, 1 | 2);
            let factor = if is_second { factor } else { 1.0 };
            let mut tally = Tally::new();
            for index in 0..100_u32 {
                // The machine slows down as the run goes on, and there is some noise.
                let us = 1_000.0 + f64::from(block) + f64::from((index * 37 + block * 13) % 50);
                let latency = Duration::from_secs_f64(us * factor / 1e6);
                tally.latency.record(latency);
                tally.ok += 1;
            }
            recording.add(block, &tally);
        }
        recording.close(1);
        let facts = Facts {
            elapsed: Duration::from_secs(1),
            cpu: Duration::from_millis(cpu_ms),
            threads: 1,
            ..Facts::default()
        };
        let summary = summarize(&recording, &facts);
        let urls = ["http://a/".to_owned(), "http://b/".to_owned()];
        let block = Duration::from_millis(250);
        Duel::new(urls, &recording, &summary, (block, 0.01))
    }

    #[test]
    fn the_same_server_twice_is_no_difference() {
        let duel = duel(12, 1.0, 0);
        assert_eq!((duel.change, duel.rounds), (Change::NoDifference, 12));
        assert_eq!(duel.requests, [2_400, 2_400]);
    }

    #[test]
    fn five_percent_are_found_in_spite_of_the_drift() {
        assert_eq!(duel(12, 1.05, 0).change, Change::Slower);
        assert_eq!(duel(12, 0.95, 0).change, Change::Faster);
    }

    #[test]
    fn what_carries_no_verdict_says_why() {
        let limited = duel(12, 1.0, 990);
        assert_eq!(limited.change, Change::Inconclusive);
        assert_eq!(
            limited.why.as_deref(),
            Some("the generator was the limit, which may hide a difference")
        );
        assert_eq!(duel(12, 1.5, 990).change, Change::Slower);
        let short = duel(5, 1.5, 0);
        assert_eq!(short.change, Change::Inconclusive);
        assert!(short.why.is_some());
    }
}
