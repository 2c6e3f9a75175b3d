//! What a run must reach, and whether it did.

use serde::Serialize;

use crate::summary::Summary;
use crate::tally::Latencies;

/// A condition such as `p99<200ms`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Threshold {
    /// As the user wrote it.
    text: String,
    metric: Metric,
    operator: Operator,
    /// In the unit of the metric.
    limit: f64,
}

/// A figure that can be judged.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Metric {
    /// A quantile of the latency, 0 to 1.
    Quantile(f64),
    Minimum,
    Average,
    Maximum,
    /// Share of the failed requests in percent.
    ErrorRate,
    /// Finished requests per second.
    Rate,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// Why a text is not a threshold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ThresholdError {
    #[error("`{0}` has no `<`, `<=`, `>` or `>=`")]
    NoOperator(String),
    #[error("`{0}` is not a figure: there are p50 to p99.99, min, avg, max, error-rate and rps")]
    Metric(String),
    #[error("`{0}` is not a time such as `200ms`")]
    Time(String),
    #[error("`{0}` is not a share such as `1%`")]
    Percent(String),
    #[error("`{0}` is not a number of requests per second such as `1000`")]
    Rate(String),
}

/// A threshold and what came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Judged {
    /// The threshold as the user wrote it.
    pub(crate) threshold: String,
    /// What it was, in `unit`; absent when there is nothing to judge.
    pub(crate) actual: Option<f64>,
    pub(crate) unit: Unit,
    pub(crate) verdict: Verdict,
    /// What keeps the figures from carrying a verdict.
    pub(crate) why: Option<String>,
}

/// What the number of a threshold counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Unit {
    #[serde(rename = "us")]
    Microseconds,
    #[serde(rename = "percent")]
    Percent,
    #[serde(rename = "per-second")]
    PerSecond,
}

/// Whether a threshold was reached; the later ones decide over the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    Met,
    Missed,
    /// The figures cannot carry an answer.
    Inconclusive,
}

impl Threshold {
    pub(crate) fn parse(text: &str) -> Result<Self, ThresholdError> {
        let at = text
            .find(['<', '>'])
            .ok_or_else(|| ThresholdError::NoOperator(text.to_owned()))?;
        let (name, rest) = text.split_at(at);
        let or_equal = rest.as_bytes().get(1) == Some(&b'=');
        let (operator, value) = match (rest.starts_with('<'), or_equal) {
            (true, true) => (Operator::AtMost, &rest[2..]),
            (true, false) => (Operator::Below, &rest[1..]),
            (false, true) => (Operator::AtLeast, &rest[2..]),
            (false, false) => (Operator::Above, &rest[1..]),
        };
        let metric = Metric::parse(name.trim())
            .ok_or_else(|| ThresholdError::Metric(name.trim().to_owned()))?;
        let value = value.trim();
        let owned = || value.to_owned();
        let limit = match metric.unit() {
            Unit::Microseconds => {
                microseconds(value).ok_or_else(|| ThresholdError::Time(owned()))?
            }
            Unit::Percent => value
                .strip_suffix('%')
                .and_then(number)
                .ok_or_else(|| ThresholdError::Percent(owned()))?,
            Unit::PerSecond => {
                number(value.trim_end_matches("/s")).ok_or_else(|| ThresholdError::Rate(owned()))?
            }
        };
        Ok(Self {
            text: text.to_owned(),
            metric,
            operator,
            limit,
        })
    }

    /// Judges a run by its figures. Those of a generator that was itself the limit are not the
    /// server's, and a quantile needs at least one request beyond it.
    pub(crate) fn judge(&self, summary: &Summary, latencies: &Latencies) -> Judged {
        let actual = self.metric.of(summary, latencies);
        let why = self.doubt(summary, latencies);
        let verdict = match actual {
            Some(actual) if why.is_none() => {
                if self.operator.holds(actual, self.limit) {
                    Verdict::Met
                } else {
                    Verdict::Missed
                }
            }
            Some(_) | None => Verdict::Inconclusive,
        };
        Judged {
            threshold: self.text.clone(),
            actual,
            unit: self.metric.unit(),
            verdict,
            why,
        }
    }

    fn doubt(&self, summary: &Summary, latencies: &Latencies) -> Option<String> {
        if summary.generator.limited {
            return Some("the generator was the limit".to_owned());
        }
        let needed = match self.metric {
            // 1 / (1 - 0.99) is a little more than 100 in binary.
            Metric::Quantile(quantile) => (1.0 / (1.0 - quantile) - 1e-6).ceil() as u64,
            Metric::Minimum | Metric::Average | Metric::Maximum => 1,
            Metric::ErrorRate | Metric::Rate if summary.requests == 0 => {
                return Some("no request was finished".to_owned());
            }
            Metric::ErrorRate | Metric::Rate => return None,
        };
        let answers = latencies.count();
        (answers < needed)
            .then(|| format!("it needs at least {needed} answers, and there were {answers}"))
    }
}

impl Metric {
    fn parse(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "min" => Self::Minimum,
            "avg" => Self::Average,
            "max" => Self::Maximum,
            "error-rate" => Self::ErrorRate,
            "rps" => Self::Rate,
            other => {
                let percent = number(other.strip_prefix('p')?)?;
                let in_range = percent > 0.0 && percent <= 99.999;
                Self::Quantile(in_range.then_some(percent / 100.0)?)
            }
        })
    }

    fn unit(self) -> Unit {
        match self {
            Self::Quantile(_) | Self::Minimum | Self::Average | Self::Maximum => Unit::Microseconds,
            Self::ErrorRate => Unit::Percent,
            Self::Rate => Unit::PerSecond,
        }
    }

    fn of(self, summary: &Summary, latencies: &Latencies) -> Option<f64> {
        let latency = summary.latency.as_ref();
        match self {
            Self::Quantile(quantile) => latency.map(|_| latencies.at_us(quantile) as f64),
            Self::Minimum => latency.map(|latency| latency.min_us as f64),
            Self::Average => latency.map(|latency| latency.avg_us),
            Self::Maximum => latency.map(|latency| latency.max_us as f64),
            Self::ErrorRate => (summary.requests > 0).then_some(summary.failed_percent),
            Self::Rate => Some(summary.requests_per_second),
        }
    }
}

impl Operator {
    fn holds(self, actual: f64, limit: f64) -> bool {
        match self {
            Self::Below => actual < limit,
            Self::AtMost => actual <= limit,
            Self::Above => actual > limit,
            Self::AtLeast => actual >= limit,
        }
    }
}

fn number(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

fn microseconds(text: &str) -> Option<f64> {
    let units = [("us", 1.0), ("µs", 1.0), ("ms", 1e3), ("s", 1e6)];
    units
        .into_iter()
        .find_map(|(unit, factor)| Some(number(text.strip_suffix(unit)?)? * factor))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::recording::Recording;
    use crate::sample::{Answer, Sample};
    use crate::summary::{Facts, summarize};
    use crate::tally::Tally;

    /// Judges a second of 1,000 answers that took 1 to 1,000 ms; 20 of them were 503.
    fn judged(text: &str, cpu_ms: u64) -> (Option<f64>, Verdict, Option<String>) {
        judged_of(1_000, text, cpu_ms)
    }

    fn judged_of(answers: u64, text: &str, cpu_ms: u64) -> (Option<f64>, Verdict, Option<String>) {
        let mut tally = Tally::new();
        for index in 1..=answers {
            tally.record(&Sample {
                finished: Duration::ZERO,
                latency: Duration::from_millis(index),
                first_byte: None,
                pace: None,
                expected: None,
                result: Ok(Answer {
                    status: if index % 50 == 0 { 503 } else { 200 },
                    body_bytes: 0,
                    refusal: None,
                }),
            });
        }
        let mut recording = Recording::new();
        recording.add(0, &tally);
        recording.close(1);
        let facts = Facts {
            elapsed: Duration::from_secs(1),
            cpu: Duration::from_millis(cpu_ms),
            threads: 1,
            ..Facts::default()
        };
        let summary = summarize(&recording, &facts);
        let threshold = Threshold::parse(text).expect("the test gives a threshold");
        let judged = threshold.judge(&summary, &recording.total.latency);
        assert_eq!(judged.threshold, text);
        (judged.actual, judged.verdict, judged.why)
    }

    #[test]
    fn a_threshold_holds_or_not() {
        use Verdict::{Met, Missed};
        for (text, actual, verdict) in [
            ("error-rate<2%", 2.0, Missed),
            ("error-rate <= 2%", 2.0, Met),
            ("rps>999", 1_000.0, Met),
            ("rps>=1000.5/s", 1_000.0, Missed),
            ("min<2ms", 1_000.0, Met),
            ("avg<0.5s", 500_500.0, Missed),
            ("max>999ms", 1_000_000.0, Met),
        ] {
            assert_eq!(judged(text, 0), (Some(actual), verdict, None), "{text}");
        }
        assert_eq!(judged("p50<501ms", 0).1, Met);
        assert_eq!(judged("p99.9<999000us", 0).1, Missed);
    }

    #[test]
    fn a_limited_generator_judges_nothing() {
        for text in ["p50<1s", "error-rate<1%", "rps>1"] {
            let (_actual, verdict, why) = judged(text, 950);
            assert_eq!(verdict, Verdict::Inconclusive);
            assert_eq!(why.as_deref(), Some("the generator was the limit"));
        }
    }

    #[test]
    fn a_quantile_needs_a_request_beyond_it() {
        assert_eq!(judged_of(100, "p99<1s", 0).1, Verdict::Met);
        assert_eq!(
            judged_of(99, "p99<1s", 0).2.as_deref(),
            Some("it needs at least 100 answers, and there were 99")
        );
        assert_eq!(judged_of(1_000, "p99.9<2s", 0).1, Verdict::Met);
        let nothing = judged_of(0, "error-rate<1%", 0);
        assert_eq!((nothing.0, nothing.1), (None, Verdict::Inconclusive));
    }

    #[test]
    fn what_is_no_threshold_says_why() {
        let refused = |text| {
            Threshold::parse(text)
                .expect_err("no threshold")
                .to_string()
        };
        assert_eq!(refused("p99=1s"), "`p99=1s` has no `<`, `<=`, `>` or `>=`");
        assert!(refused("latency<1s").starts_with("`latency` is not a figure"));
        assert!(refused("p100<1s").starts_with("`p100` is not a figure"));
        assert!(
            refused("pNaN<1s").starts_with("`pnan` is not")
                || refused("pNaN<1s").starts_with("`pNaN` is not")
        );
        assert_eq!(refused("p99<200"), "`200` is not a time such as `200ms`");
        assert_eq!(refused("error-rate<1"), "`1` is not a share such as `1%`");
        assert!(refused("rps>fast").starts_with("`fast` is not a number"));
    }
}
