//! Whether one series of measurements is slower than another one, or whether that is chance.
//!
//! Ratios are compared as logarithms. How sure they are is asked of the measurements themselves by
//! the studentised bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap, chapter 12):
//! its intervals stay honest where there are few measurements, those of plain quantiles do not.

use serde::Serialize;

/// So many samples are drawn from the measurements.
const RESAMPLES: usize = 2_000;
/// Fewer measurements than this say nothing.
const FEWEST: usize = 6;

/// A ratio of the later to the earlier, and between what it is with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Ratio {
    pub(crate) ratio: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// What a ratio of latencies says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    Faster,
    Slower,
    NoDifference,
    /// There was too little to say anything.
    Inconclusive,
}

impl Ratio {
    /// The interval must lie beyond the smallest effect that matters, a share such as 0.01.
    pub(crate) fn change(self, min_effect: f64) -> Change {
        let limit = 1.0 + min_effect;
        if self.low > limit {
            Change::Slower
        } else if self.high < 1.0 / limit {
            Change::Faster
        } else {
            Change::NoDifference
        }
    }
}

/// The ratio of paired measurements, each pair under the same conditions; `None` when there are
/// too few of them.
pub(crate) fn paired(pairs: &[(f64, f64)]) -> Option<Ratio> {
    let logs: Vec<f64> = pairs
        .iter()
        .filter(|(before, after)| *before > 0.0 && *after > 0.0)
        .map(|(before, after)| (after / before).ln())
        .collect();
    let mut dice = Dice::new();
    interval(logs.len(), |draw| {
        let drawn: Vec<f64> = match draw {
            Draw::All => logs.clone(),
            Draw::Some => (0..logs.len())
                .map(|_| logs[dice.roll(logs.len())])
                .collect(),
        };
        let (mean, variance) = moments(&drawn);
        (mean, variance / drawn.len() as f64)
    })
}

/// The ratio of two series that have nothing to do with each other, such as the seconds of two
/// runs; neighbours resemble each other, so that `together` of them are drawn at once.
pub(crate) fn unpaired(before: &[f64], after: &[f64], together: usize) -> Option<Ratio> {
    let logs = |series: &[f64]| -> Vec<f64> {
        let chunks = series.chunks_exact(together.max(1));
        chunks
            .map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64)
            .filter(|mean| *mean > 0.0)
            .map(f64::ln)
            .collect()
    };
    let (before, after) = (logs(before), logs(after));
    let mut dice = Dice::new();
    interval(before.len().min(after.len()), |draw| {
        let mut half = |series: &[f64]| {
            let drawn: Vec<f64> = match draw {
                Draw::All => series.to_vec(),
                Draw::Some => (0..series.len())
                    .map(|_| series[dice.roll(series.len())])
                    .collect(),
            };
            let (mean, variance) = moments(&drawn);
            (mean, variance / drawn.len() as f64)
        };
        let (earlier, later) = (half(&before), half(&after));
        (later.0 - earlier.0, later.1 + earlier.1)
    })
}

/// What is drawn: the measurements themselves, or as many at random.
#[derive(Debug, Clone, Copy)]
enum Draw {
    All,
    Some,
}

/// The interval around an estimate; `estimate` gives its value and its variance.
fn interval(count: usize, mut estimate: impl FnMut(Draw) -> (f64, f64)) -> Option<Ratio> {
    if count < FEWEST {
        return None;
    }
    let (value, variance) = estimate(Draw::All);
    let mut distances: Vec<f64> = (0..RESAMPLES)
        .map(|_| estimate(Draw::Some))
        .filter(|(_, variance)| *variance > 0.0)
        .map(|(drawn, variance)| (drawn - value) / variance.sqrt())
        .collect();
    distances.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        let index = (distances.len() as f64 * share) as usize;
        distances.get(index.min(distances.len().saturating_sub(1)))
    };
    // Measurements that are all alike leave no doubt.
    let (upper, lower) = (at(0.975).unwrap_or(&0.0), at(0.025).unwrap_or(&0.0));
    let error = variance.sqrt();
    Some(Ratio {
        ratio: value.exp(),
        low: (value - upper * error).exp(),
        high: (value - lower * error).exp(),
    })
}

/// Mean and variance.
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (mean, squares / (count - 1.0).max(1.0))
}

/// Numbers that look random and are the same every time, so that the same figures always come to
/// the same verdict. Constants: Knuth's MMIX generator.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        Self(0x5DEE_CE66)
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % sides.max(1) as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pairs around 1 ms with some noise; the second of each is `factor` times as long.
    fn pairs(count: usize, noise: f64, factor: f64, seed: u64) -> Vec<(f64, f64)> {
        let mut dice = Dice(seed);
        let mut noisy = |value: f64| {
            // The sum of twelve dice is close to normal, with a variance of one.
            let sum: f64 = (0..12).map(|_| dice.roll(1_000_000) as f64 / 1e6).sum();
            value * (1.0 + noise * (sum - 6.0))
        };
        (0..count)
            .map(|_| (noisy(1_000.0), noisy(1_000.0 * factor)))
            .collect()
    }

    #[test]
    fn the_same_is_seldom_called_different() {
        let wrong = (0..400)
            .filter(|seed| {
                let ratio = paired(&pairs(12, 0.03, 1.0, *seed * 7_919)).expect("enough");
                ratio.change(0.0) != Change::NoDifference
            })
            .count();
        // One in twenty is what 95 % means; the rest is room for the luck of 400 draws.
        assert!((5..=40).contains(&wrong), "{wrong} of 400");
    }

    #[test]
    fn five_percent_are_found() {
        for seed in 0..50 {
            let ratio = paired(&pairs(20, 0.02, 1.05, seed * 7_919)).expect("enough");
            assert_eq!(ratio.change(0.01), Change::Slower, "{ratio:?}");
            let ratio = paired(&pairs(20, 0.02, 0.95, seed * 7_919)).expect("enough");
            assert_eq!(ratio.change(0.01), Change::Faster, "{ratio:?}");
            assert_eq!(ratio.change(0.2), Change::NoDifference, "{ratio:?}");
        }
    }

    #[test]
    fn two_runs_are_compared_by_their_seconds() {
        let (before, after): (Vec<f64>, Vec<f64>) = pairs(60, 0.02, 1.1, 1).into_iter().unzip();
        let ratio = unpaired(&before, &after, 3).expect("enough");
        assert_eq!(ratio.change(0.05), Change::Slower, "{ratio:?}");
        let ratio = unpaired(&before, &before, 3).expect("enough");
        assert_eq!(ratio.ratio, 1.0);
        assert_eq!(ratio.change(0.01), Change::NoDifference, "{ratio:?}");
    }

    #[test]
    fn a_handful_says_nothing() {
        assert_eq!(paired(&pairs(5, 0.01, 2.0, 1)), None);
        assert_eq!(unpaired(&[1.0; 100], &[2.0; 5], 1), None);
        // Nothing was measured in some of them.
        assert_eq!(paired(&[(0.0, 1.0); 20]), None);
    }

    #[test]
    fn measurements_that_are_all_alike_leave_no_doubt() {
        let ratio = paired(&[(100.0, 110.0); 10]).expect("enough");
        assert!((ratio.low - 1.1).abs() < 1e-9 && (ratio.high - 1.1).abs() < 1e-9);
    }
}
