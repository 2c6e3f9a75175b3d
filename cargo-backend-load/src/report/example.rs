//! A run of two seconds for the tests of all forms.

use std::time::Duration;

use super::json::{Configuration, Judgement, LoadReport, TargetReport};
use crate::advice::advise;
use crate::profile::{Model, Plan, Profile, Rhythm, Stage};
use crate::recording::Recording;
use crate::request::{Method, Request, Target};
use crate::sample::{Answer, Failure, Sample};
use crate::summary::{Facts, summarize};
use crate::tally::Tally;
use crate::threshold::Threshold;

/// Users and rate are both 50.
pub(super) struct Example<'a> {
    pub(super) model: Model,
    pub(super) samples: &'a [Sample],
    pub(super) cpu_ms: u64,
    pub(super) interrupted: bool,
    pub(super) thresholds: &'a [&'a str],
}

/// An answer in the second half of the second second.
pub(super) fn answered(status: u16, latency_us: u64) -> Sample {
    Sample {
        finished: Duration::from_millis(1_500),
        latency: Duration::from_micros(latency_us),
        first_byte: None,
        pace: None,
        expected: None,
        result: Ok(Answer {
            status,
            body_bytes: 1_200,
            refusal: None,
        }),
    }
}

/// A thousand answers, a failure, and a threshold for each verdict.
pub(super) fn judged() -> LoadReport {
    let mut samples: Vec<Sample> = (0..1_000).map(|index| answered(200, 500 + index)).collect();
    samples.push(Sample {
        result: Err(Failure::closed("the server said <b>|</b>")),
        ..answered(0, 1)
    });
    Example {
        model: Model::Closed,
        samples: &samples,
        cpu_ms: 10,
        interrupted: false,
        thresholds: &["p99<200ms", "error-rate<0.01%", "p99.99<1s"],
    }
    .report()
}

impl Example<'_> {
    pub(super) fn report(&self) -> LoadReport {
        let mut tally = Tally::new();
        tally.connections = 51;
        tally.reconnects = 1;
        for sample in self.samples {
            tally.record(sample);
        }
        let mut recording = Recording::new();
        recording.add(1, &tally);
        recording.close(50);
        let facts = Facts {
            elapsed: Duration::from_secs(2),
            cpu: Duration::from_millis(self.cpu_ms),
            threads: 2,
            unfinished: 3,
            ..Facts::default()
        };
        let request = Request {
            method: Method::get(),
            target: Target::parse("http://ann:secret@localhost:8080/orders").expect("a URL"),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let length = Duration::from_secs(30);
        let stage = Stage {
            length,
            target: 50.0,
        };
        let plan = Plan {
            model: self.model,
            profile: Profile::new(50.0, Duration::ZERO, &[stage]),
            users: 50,
            warm_up: Duration::ZERO,
            rhythm: Rhythm::Seconds,
        };
        let summary = summarize(&recording, &facts);
        let judge = |text: &&str| {
            let threshold = Threshold::parse(text).expect("a threshold");
            threshold.judge(&summary, &recording.total.latency)
        };
        let judgement = Judgement {
            thresholds: self.thresholds.iter().map(judge).collect(),
            recommendations: advise(&summary, self.model, true),
            comparison: None,
        };
        LoadReport::new(
            "2026-11-21T00:00:00Z".into(),
            self.interrupted,
            TargetReport::of(&request),
            Configuration::new(&plan, &[], length, None),
            summary,
            judgement,
            &recording,
        )
    }
}
