//! What the figures of a run suggest, each with the figure that says so.

use serde::Serialize;

use crate::profile::Model;
use crate::summary::{Limit, Summary};

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Advice {
    /// What it is about; a kebab-case name that never changes.
    pub(crate) about: &'static str,
    /// What the figures show.
    pub(crate) reason: String,
    /// What to do.
    pub(crate) action: &'static str,
}

/// So many seconds are needed before the course of a run says anything.
const FEWEST_SECONDS: usize = 6;
/// With fewer requests, p99 is the slowest of them.
const FEWEST_REQUESTS: u64 = 100;

/// What the figures suggest, the weightiest first.
///
/// `keeps_alive` is whether connections were meant to be used again.
pub(crate) fn advise(summary: &Summary, model: Model, keeps_alive: bool) -> Vec<Advice> {
    let about = [
        generator(summary),
        rate_limit(summary),
        timeouts(summary),
        server_errors(summary),
        keeps_alive.then(|| reconnects(summary)).flatten(),
        growing(summary),
        cold_start(summary),
        hidden_stall(summary, model),
        few_requests(summary),
    ];
    about.into_iter().flatten().collect()
}

fn generator(summary: &Summary) -> Option<Advice> {
    let generator = &summary.generator;
    let (reason, action) = match generator.limits.first()? {
        Limit::Cpu => (
            format!(
                "{:.0} % of the generator's processor time was used",
                generator.cpu_percent
            ),
            "load from a machine of its own, or with fewer users: these figures are the generator's",
        ),
        Limit::PoolExhausted => (
            format!(
                "{} requests waited because too few may be in flight",
                generator.starved + summary.unsent
            ),
            "allow more in flight with `--concurrency`, or load at a rate that the server can take",
        ),
        Limit::LateSends => (
            "requests were sent later than they were due".to_owned(),
            "load from a quieter machine: the lateness is part of these latencies",
        ),
    };
    Some(Advice {
        about: "generator",
        reason,
        action,
    })
}

fn rate_limit(summary: &Summary) -> Option<Advice> {
    let refused = *summary.statuses.get(&429)?;
    Some(Advice {
        about: "rate-limit",
        reason: format!("{refused} requests were answered with 429"),
        action: "stay below the server's limit with `--rps`, or lift it for the test: the rest of \
                 the figures is that of refused requests",
    })
}

fn timeouts(summary: &Summary) -> Option<Advice> {
    let errors = summary.errors.iter();
    let late: u64 = errors
        .filter(|error| error.kind.is_timeout())
        .map(|error| error.count)
        .sum();
    (late > 0).then(|| Advice {
        about: "timeouts",
        reason: format!("{late} requests were not answered in time"),
        action: "requests that were given up have no latency, so the quantiles look better than \
                 they are: raise `--timeout`, or lower the load",
    })
}

fn server_errors(summary: &Summary) -> Option<Advice> {
    let errors: u64 = summary.statuses.range(500..).map(|(_, count)| count).sum();
    (errors * 100 > summary.requests).then(|| Advice {
        about: "server-errors",
        reason: format!(
            "{errors} of {} requests were answered with 5xx",
            summary.requests
        ),
        action: "look into the server's log first: errors are often faster than answers, and the \
                 latencies hold both",
    })
}

fn reconnects(summary: &Summary) -> Option<Advice> {
    let often = summary.requests > 0 && summary.reconnects * 10 > summary.requests;
    often.then(|| Advice {
        about: "keep-alive",
        reason: format!(
            "{} connections were opened again for {} requests",
            summary.reconnects, summary.requests
        ),
        action: "let the server keep connections open: every new one costs a handshake that is \
                 part of the latency",
    })
}

/// Whether the last third of a run was slower than the first one.
fn growing(summary: &Summary) -> Option<Advice> {
    let medians = medians_us(summary);
    if medians.len() < FEWEST_SECONDS {
        return None;
    }
    let third = medians.len() / 3;
    let (first, last) = (
        middle(&medians[..third])?,
        middle(&medians[medians.len() - third..])?,
    );
    (last * 2 > first * 3).then(|| Advice {
        about: "growing-latency",
        reason: format!(
            "the median went from {} to {} between the first and the last third",
            milliseconds(first),
            milliseconds(last)
        ),
        action: "look for something that fills up: a queue, a cache without a limit, a table without \
                 an index; a longer run shows whether it goes on",
    })
}

/// Whether the first second was much slower than the others.
fn cold_start(summary: &Summary) -> Option<Advice> {
    let medians = medians_us(summary);
    let (first, others) = medians.split_first()?;
    let usual = middle(others)?;
    (others.len() + 1 >= FEWEST_SECONDS && *first > usual * 2).then(|| Advice {
        about: "cold-start",
        reason: format!(
            "the median of the first second was {}, later {}",
            milliseconds(*first),
            milliseconds(usual)
        ),
        action: "leave the cold start out with `--warm-up 5s`",
    })
}

/// Whether a closed run stalled longer than its quantiles tell.
fn hidden_stall(summary: &Summary, model: Model) -> Option<Advice> {
    let latency = summary.latency?;
    (model == Model::Closed && latency.max_us > 100_000 && latency.max_us > 20 * latency.p99_us)
        .then(|| Advice {
            about: "hidden-stall",
            reason: format!(
                "the slowest answer took {}, p99 is {}",
                milliseconds(latency.max_us),
                milliseconds(latency.p99_us)
            ),
            action: "load at a rate with `--rps`: it counts every request that such a stall holds \
                     back, users that wait for their answers do not",
        })
}

fn few_requests(summary: &Summary) -> Option<Advice> {
    (summary.requests > 0 && summary.requests < FEWEST_REQUESTS).then(|| Advice {
        about: "few-requests",
        reason: format!("there were only {} requests", summary.requests),
        action: "run longer before you trust p99: it is the slowest of them",
    })
}

fn milliseconds(us: u64) -> String {
    format!("{:.1} ms", us as f64 / 1e3)
}

fn medians_us(summary: &Summary) -> Vec<u64> {
    let seconds = summary.seconds.iter();
    seconds
        .filter_map(|second| second.latency.map(|latency| latency.p50_us))
        .collect()
}

fn middle(values: &[u64]) -> Option<u64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::recording::Recording;
    use crate::sample::{Answer, Failure, FailureKind, Sample};
    use crate::summary::{Facts, summarize};
    use crate::tally::Tally;

    fn sample(latency_us: u64, status: u16) -> Sample {
        Sample {
            finished: Duration::ZERO,
            latency: Duration::from_micros(latency_us),
            first_byte: None,
            pace: None,
            expected: None,
            result: Ok(Answer {
                status,
                body_bytes: 0,
                refusal: None,
            }),
        }
    }

    /// The subjects of the advice on a run with these samples in each second.
    fn about(seconds: &[Vec<Sample>], reconnects: u64) -> Vec<&'static str> {
        let mut recording = Recording::new();
        for (second, samples) in (0..).zip(seconds) {
            let mut tally = Tally::new();
            tally.reconnects = if second == 0 { reconnects } else { 0 };
            for sample in samples {
                tally.record(sample);
            }
            recording.add(second, &tally);
        }
        recording.close(1);
        let facts = Facts {
            elapsed: Duration::from_secs(1),
            ..Facts::default()
        };
        let advice = advise(&summarize(&recording, &facts), Model::Closed, true);
        advice.iter().map(|advice| advice.about).collect()
    }

    fn even(latencies_us: &[u64]) -> Vec<Vec<Sample>> {
        let seconds = latencies_us.iter();
        seconds
            .map(|latency_us| vec![sample(*latency_us, 200); 1_000])
            .collect()
    }

    #[test]
    fn a_sound_run_needs_no_advice() {
        assert_eq!(about(&even(&[100; 9]), 0), Vec::<&str>::new());
    }

    #[test]
    fn each_figure_has_its_advice() {
        assert_eq!(about(&[vec![sample(1, 200); 10]], 0), ["few-requests"]);
        let mut refused = even(&[100]);
        refused[0].push(sample(1, 429));
        assert_eq!(about(&refused, 0), ["rate-limit"]);
        let mut failing = even(&[100]);
        failing[0].extend(vec![sample(1, 503); 11]);
        assert_eq!(about(&failing, 0), ["server-errors"]);
        let mut hung = even(&[100]);
        hung[0].push(Sample {
            result: Err(Failure::new(FailureKind::Timeout, "late")),
            ..sample(1, 0)
        });
        assert_eq!(about(&hung, 0), ["timeouts"]);
        assert_eq!(about(&even(&[100]), 101), ["keep-alive"]);
        let mut stalled = even(&[100]);
        stalled[0].push(sample(900_000, 200));
        assert_eq!(about(&stalled, 0), ["hidden-stall"]);
    }

    #[test]
    fn the_course_of_a_run_has_its_advice() {
        let growing = [100, 110, 120, 130, 150, 180, 190, 200, 220];
        assert_eq!(about(&even(&growing), 0), ["growing-latency"]);
        let cold = [500, 100, 100, 100, 100, 100, 100, 100, 100];
        assert_eq!(about(&even(&cold), 0), ["cold-start"]);
        assert_eq!(about(&even(&cold[..3]), 0), Vec::<&str>::new());
    }
}
