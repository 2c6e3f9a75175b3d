//! The report of an earlier run, as far as a later one is compared with it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::comparison::{Change, Ratio, unpaired};

/// What makes a run the kind of run it is, as pointers into its report.
const KIND: [&str; 8] = [
    "/target/method",
    "/target/url",
    "/target/header_names",
    "/target/body_bytes",
    "/configuration/model",
    "/configuration/concurrency",
    "/configuration/begin",
    "/configuration/stages",
];
const SCHEMA: &str = "cargo-backend-load/report/1";
/// Seconds that are drawn together: neighbours resemble each other.
const TOGETHER: usize = 3;

/// Why a text is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BaselineError {
    #[error("it is not the JSON report of a load")]
    NoReport,
    #[error("its histograms cannot be read")]
    Histograms,
}

/// A run with its seconds.
#[derive(Debug)]
pub(crate) struct Baseline {
    report: Value,
    seconds: Vec<Histogram<u64>>,
}

/// A figure in both runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Compared {
    pub(crate) figure: &'static str,
    /// Later to earlier; absent when there are too few seconds.
    pub(crate) ratio: Option<Ratio>,
}

/// How a run compares with an earlier one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Comparison {
    /// When the earlier one began.
    pub(crate) baseline_started_at: String,
    /// What the average latency says.
    pub(crate) change: Change,
    /// The smallest change that matters, a share.
    pub(crate) min_effect: f64,
    pub(crate) figures: Vec<Compared>,
}

/// A figure of a second.
type Of = fn(&Histogram<u64>) -> f64;

#[derive(Deserialize)]
struct Histograms {
    seconds: Vec<String>,
}

impl Baseline {
    pub(crate) fn parse(text: &str) -> Result<Self, BaselineError> {
        let report: Value =
            serde_json::from_str(text).map_err(|_no_json| BaselineError::NoReport)?;
        if report["schema"] != SCHEMA {
            return Err(BaselineError::NoReport);
        }
        let histograms = Histograms::deserialize(&report["latency_histogram"]);
        let histograms = histograms.map_err(|_other_shape| BaselineError::Histograms)?;
        let seconds: Option<Vec<_>> = histograms.seconds.iter().map(|text| read(text)).collect();
        Ok(Self {
            seconds: seconds.ok_or(BaselineError::Histograms)?,
            report,
        })
    }

    /// In what the kind of this run differs from a later one, in words. Of the later report, target
    /// and configuration are enough.
    pub(crate) fn differences(&self, later: &Value) -> Vec<String> {
        KIND.iter()
            .filter_map(|pointer| {
                let (ours, theirs) = (self.report.pointer(pointer), later.pointer(pointer));
                let show = |value: Option<&Value>| value.map_or("nothing".into(), Value::to_string);
                (ours != theirs).then(|| {
                    let name = pointer.rsplit('/').next().unwrap_or_default();
                    format!("{name} was {} and is {}", show(ours), show(theirs))
                })
            })
            .collect()
    }

    /// Compares a later run with this one.
    pub(crate) fn compare(&self, later: &Self, min_effect: f64) -> Comparison {
        let figures: [(&'static str, Of); 4] = [
            ("average", Histogram::mean),
            ("p50", |second| second.value_at_quantile(0.5) as f64),
            ("p95", |second| second.value_at_quantile(0.95) as f64),
            ("p99", |second| second.value_at_quantile(0.99) as f64),
        ];
        let figures: Vec<Compared> = figures
            .into_iter()
            .map(|(figure, of)| Compared {
                figure,
                ratio: unpaired(&self.series(of), &later.series(of), TOGETHER),
            })
            .collect();
        let average = figures.first().and_then(|average| average.ratio);
        Comparison {
            baseline_started_at: self.report["started_at"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
            change: average.map_or(Change::Inconclusive, |average| average.change(min_effect)),
            min_effect,
            figures,
        }
    }

    fn series(&self, figure: Of) -> Vec<f64> {
        let seconds = self.seconds.iter();
        seconds
            .filter(|second| !second.is_empty())
            .map(figure)
            .collect()
    }
}

fn read(text: &str) -> Option<Histogram<u64>> {
    let bytes = BASE64.decode(text).ok()?;
    Deserializer::new().deserialize(&mut bytes.as_slice()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::encoded;

    /// A report of so many seconds, each with answers that take about so long.
    fn report(url: &str, seconds: u64, around_us: u64) -> String {
        let seconds: Vec<String> = (0..seconds)
            .map(|second| {
                let mut histogram = Histogram::new(3).expect("three digits");
                for index in 0..100 {
                    let value = around_us + (second * 37 + index * 11) % 50;
                    histogram.record(value).expect("it grows");
                }
                BASE64.encode(encoded(&histogram))
            })
            .collect();
        serde_json::json!({
            "schema": SCHEMA, "started_at": "2026-11-21T00:00:00Z",
            "target": {"method": "GET", "url": url},
            "configuration": {"model": "closed", "concurrency": 50},
            "latency_histogram": {"seconds": seconds}
        })
        .to_string()
    }

    fn baseline(url: &str, seconds: u64, around_us: u64) -> Baseline {
        Baseline::parse(&report(url, seconds, around_us)).expect("a report")
    }

    #[test]
    fn a_slower_run_is_found() {
        let before = baseline("http://a/", 30, 1_000);
        let change = |around_us| {
            before
                .compare(&baseline("http://a/", 30, around_us), 0.05)
                .change
        };
        assert_eq!(change(1_000), Change::NoDifference);
        assert_eq!(change(1_100), Change::Slower);
        assert_eq!(change(900), Change::Faster);
        let short = before.compare(&baseline("http://a/", 5, 2_000), 0.05);
        assert_eq!(short.change, Change::Inconclusive);
        assert_eq!(short.baseline_started_at, "2026-11-21T00:00:00Z");
    }

    #[test]
    fn runs_of_different_kinds_are_told_apart() {
        let (one, other) = (baseline("http://a/", 1, 1), baseline("http://b/", 1, 1));
        assert_eq!(
            one.differences(&other.report),
            ["url was \"http://a/\" and is \"http://b/\""]
        );
        assert_eq!(one.differences(&one.report), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let refused = |text: &str| Baseline::parse(text).map(|_| ());
        assert_eq!(refused("{}"), Err(BaselineError::NoReport));
        assert_eq!(refused("no json"), Err(BaselineError::NoReport));
        let broken = report("http://a/", 1, 1).replace("seconds\":[\"", "seconds\":[\"!");
        assert_eq!(refused(&broken), Err(BaselineError::Histograms));
    }
}
