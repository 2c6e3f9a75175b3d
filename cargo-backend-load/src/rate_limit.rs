//! Whether a server limits the rate of requests as it should.

use crate::sample::Refusal;
use crate::summary::Summary;
use crate::threshold::{Judged, Unit, Verdict};

/// A limiter counts in windows of its own, so what it lets through is only about its limit.
const TOLERANCE: f64 = 0.1;
/// The first seconds may be a burst that is allowed; a limit shows in so many after them.
const FEWEST_SECONDS: usize = 2;

/// What the user expects: a limit, and perhaps which one, in requests per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct RateLimit {
    pub(crate) per_second: Option<f64>,
}

/// How a server that limits was found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found<'a> {
    pub(crate) summary: &'a Summary,
    /// What the first refusal said.
    pub(crate) refusal: Option<Refusal>,
    /// The status of a request after the time that the server asked for; `None` when there was no
    /// answer.
    pub(crate) afterwards: Option<u16>,
}

impl RateLimit {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(Self { per_second: None });
        }
        let rate = text.trim_end_matches("/s").parse().ok();
        rate.filter(|rate: &f64| rate.is_finite() && *rate > 0.0)
            .map(|rate| Self {
                per_second: Some(rate),
            })
            .ok_or_else(|| format!("`{text}` is not a limit such as `100/s`"))
    }

    /// Judges the limit like a threshold; the figure is what was let through per second.
    pub(crate) fn judge(self, found: Found<'_>) -> Judged {
        let passed = passed_per_second(found.summary);
        let (verdict, why) = match self.objection(found, passed) {
            Some((verdict, why)) => (verdict, Some(why)),
            None => (Verdict::Met, Some(says(found.refusal))),
        };
        Judged {
            threshold: match self.per_second {
                Some(limit) => format!("rate-limit={limit}/s"),
                None => "rate-limit".to_owned(),
            },
            actual: passed,
            unit: Unit::PerSecond,
            verdict,
            why,
        }
    }

    fn objection(self, found: Found<'_>, passed: Option<f64>) -> Option<(Verdict, String)> {
        let missed = |why: String| Some((Verdict::Missed, why));
        let statuses = &found.summary.statuses;
        let errors: u64 = statuses.range(500..).map(|(_, count)| count).sum();
        if errors > 0 {
            return missed(format!("{errors} requests were answered with 5xx"));
        }
        if !statuses.contains_key(&429) {
            return missed("no request was answered with 429".to_owned());
        }
        match found.afterwards {
            None => return missed("afterwards there was no answer".to_owned()),
            Some(429 | 500..) => return missed("service did not return in time".to_owned()),
            Some(_) => {}
        }
        let limit = self.per_second?;
        let Some(passed) = passed else {
            let why = "the run was too short to measure the limit".to_owned();
            return Some((Verdict::Inconclusive, why));
        };
        ((passed / limit - 1.0).abs() > TOLERANCE).then(|| {
            let why = format!("{limit}/s were expected, give or take a tenth");
            (Verdict::Missed, why)
        })
    }
}

/// What was let through in a whole second, once the limit was reached: the seconds after the first
/// refusal.
fn passed_per_second(summary: &Summary) -> Option<f64> {
    let whole = (summary.elapsed_ms / 1e3) as usize;
    let seconds = &summary.seconds[..summary.seconds.len().min(whole)];
    let reached = seconds.iter().position(|second| second.failed > 0)?;
    let limited = seconds.get(reached + 1..)?;
    let passed: u64 = limited
        .iter()
        .map(|second| second.requests - second.failed)
        .sum();
    (limited.len() >= FEWEST_SECONDS).then(|| passed as f64 / limited.len() as f64)
}

fn says(refusal: Option<Refusal>) -> String {
    let refusal = refusal.unwrap_or_default();
    let after = match refusal.retry_after_s {
        Some(seconds) => format!("Retry-After is {seconds} s"),
        None => "there is no Retry-After".to_owned(),
    };
    let limit = if refusal.tells_limit {
        "a RateLimit header tells the limit"
    } else {
        "no RateLimit header tells the limit"
    };
    format!("{after}, {limit}, and service returned")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::recording::Recording;
    use crate::summary::{Facts, summarize};
    use crate::tally::Tally;

    /// Seconds in each of which so many passed and 50 did not, for this reason.
    fn summary(passed: &[u64], status: u16) -> Summary {
        let mut recording = Recording::new();
        for (second, passed) in (0..).zip(passed) {
            let mut tally = Tally::new();
            (tally.ok, tally.failed) = (*passed, 50);
            tally.statuses = [(200, *passed), (status, 50)].into();
            recording.add(second, &tally);
        }
        recording.close(1);
        let facts = Facts {
            elapsed: Duration::from_secs(passed.len() as u64),
            ..Facts::default()
        };
        summarize(&recording, &facts)
    }

    fn judged(limit: &str, summary: &Summary, afterwards: Option<u16>) -> (Verdict, String) {
        let limit = RateLimit::parse(limit).expect("a limit");
        let refusal = Some(Refusal {
            retry_after_s: Some(1),
            tells_limit: false,
        });
        let judged = limit.judge(Found {
            summary,
            refusal,
            afterwards,
        });
        (judged.verdict, judged.why.unwrap_or_default())
    }

    #[test]
    fn a_limit_that_holds_is_met() {
        // The first second has a burst.
        let summary = summary(&[150, 100, 101, 99], 429);
        let expected = "Retry-After is 1 s, no RateLimit header tells the limit, and service \
                        returned";
        assert_eq!(
            judged("100/s", &summary, Some(200)),
            (Verdict::Met, expected.to_owned())
        );
        assert_eq!(judged("", &summary, Some(200)).0, Verdict::Met);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let limited = summary(&[100, 100, 100], 429);
        let missed = |why: &str| (Verdict::Missed, why.to_owned());
        assert_eq!(
            judged("150/s", &limited, Some(200)),
            missed("150/s were expected, give or take a tenth")
        );
        assert_eq!(
            judged("", &limited, Some(429)),
            missed("service did not return in time")
        );
        assert_eq!(
            judged("", &limited, None),
            missed("afterwards there was no answer")
        );
        assert_eq!(
            judged("", &summary(&[100, 100], 404), Some(200)),
            missed("no request was answered with 429")
        );
        let broken = judged("", &summary(&[100], 503), Some(200));
        assert_eq!(broken, missed("50 requests were answered with 5xx"));
        let short = judged("100/s", &summary(&[100, 100], 429), Some(200));
        assert_eq!(short.0, Verdict::Inconclusive);
    }

    #[test]
    fn a_limit_is_a_rate_or_nothing() {
        assert_eq!(RateLimit::parse("").map(|limit| limit.per_second), Ok(None));
        assert!(RateLimit::parse("-1/s").is_err() && RateLimit::parse("fast").is_err());
    }
}
