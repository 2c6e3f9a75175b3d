//! The report for programs. Fields are only ever added; a change of meaning gets a new `schema`.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdrhistogram::Histogram;
use serde::Serialize;

use crate::advice::Advice;
use crate::baseline::Comparison;
use crate::comparison::Change;
use crate::profile::{Model, Plan, Stage};
use crate::recording::{Recording, encoded};
use crate::request::Request;
use crate::summary::Summary;
use crate::threshold::{Judged, Verdict};

const SCHEMA: &str = "cargo-backend-load/report/1";

/// A run with everything that is needed to understand it later.
#[derive(Debug, Serialize)]
pub(crate) struct LoadReport {
    schema: &'static str,
    tool_version: &'static str,
    /// RFC 3339, UTC.
    pub(crate) started_at: String,
    /// Whether the run was stopped before its time.
    pub(crate) interrupted: bool,
    pub(crate) target: TargetReport,
    pub(crate) configuration: Configuration,
    pub(crate) summary: Summary,
    #[serde(flatten)]
    pub(crate) judgement: Judgement,
    latency_histogram: EncodedHistogram,
    #[serde(skip)]
    latency_us: Histogram<u64>,
}

/// What was asked, without user name, password and the values of headers.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TargetReport {
    method: String,
    url: String,
    header_names: Vec<String>,
    body_bytes: usize,
}

/// How it was asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Configuration {
    /// Who decided when a request was sent.
    #[serde(serialize_with = "model_name")]
    pub(crate) model: Model,
    /// Users at the same time; in an open model the most requests in flight.
    pub(crate) concurrency: u64,
    /// Users, or requests per second, at the start.
    pub(crate) begin: f64,
    /// Where it went from there; empty when it stayed.
    pub(crate) stages: Vec<StageReport>,
    /// Length of the warm-up, in milliseconds.
    pub(crate) warm_up_ms: u64,
    /// Length that the run was meant to have after the warm-up, in milliseconds.
    pub(crate) duration_ms: u64,
    /// How long one request could take, in milliseconds.
    pub(crate) timeout_ms: u64,
    /// The status that counted as success instead of 2xx and 3xx.
    pub(crate) expected_status: Option<u16>,
}

/// A stage: the level goes to its target in this time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct StageReport {
    pub(crate) length_ms: u64,
    pub(crate) target: f64,
}

/// What to make of the figures.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Judgement {
    /// The thresholds in the order in which they were given.
    pub(crate) thresholds: Vec<Judged>,
    /// What the figures suggest, the weightiest first.
    pub(crate) recommendations: Vec<Advice>,
    /// How the run compares with an earlier one, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comparison: Option<Comparison>,
}

impl Judgement {
    /// What decides: inconclusive before missed before met; `None` when nothing was to be judged.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        let comparison = self
            .comparison
            .as_ref()
            .map(|comparison| match comparison.change {
                Change::Faster | Change::NoDifference => Verdict::Met,
                Change::Slower => Verdict::Missed,
                Change::Inconclusive => Verdict::Inconclusive,
            });
        let thresholds = self.thresholds.iter().map(|judged| judged.verdict);
        thresholds.chain(comparison).max()
    }
}

/// All latencies, so that runs can be merged and compared without loss.
#[derive(Debug, Serialize)]
struct EncodedHistogram {
    unit: &'static str,
    encoding: &'static str,
    data: String,
    /// The same second by second.
    seconds: Vec<String>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes every field so"
)]
fn model_name<S: serde::Serializer>(model: &Model, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match model {
        Model::Closed => "closed",
        Model::Open => "open",
    })
}

impl Configuration {
    pub(crate) fn new(
        plan: &Plan,
        stages: &[Stage],
        timeout: Duration,
        expected_status: Option<u16>,
    ) -> Self {
        Self {
            model: plan.model,
            concurrency: plan.users,
            begin: plan.profile.begin(),
            stages: stages
                .iter()
                .map(|stage| StageReport {
                    length_ms: milliseconds(stage.length),
                    target: stage.target,
                })
                .collect(),
            warm_up_ms: milliseconds(plan.warm_up),
            duration_ms: milliseconds(plan.measured()),
            timeout_ms: milliseconds(timeout),
            expected_status,
        }
    }
}

fn milliseconds(span: Duration) -> u64 {
    // Spans are at most two days.
    span.as_millis() as u64
}

impl TargetReport {
    pub(crate) fn of(request: &Request) -> Self {
        Self {
            method: request.method.to_string(),
            url: request.target.to_string(),
            header_names: request
                .headers
                .iter()
                .map(|header| header.name.clone())
                .collect(),
            body_bytes: request.body.len(),
        }
    }

    /// Method and URL in one line.
    pub(crate) fn title(&self) -> String {
        format!("{} {}", self.method, self.url)
    }
}

impl LoadReport {
    pub(crate) fn new(
        started_at: String,
        interrupted: bool,
        target: TargetReport,
        configuration: Configuration,
        summary: Summary,
        judgement: Judgement,
        recording: &Recording,
    ) -> Self {
        Self {
            schema: SCHEMA,
            tool_version: env!("CARGO_PKG_VERSION"),
            started_at,
            interrupted,
            target,
            configuration,
            summary,
            judgement,
            latency_us: recording.total.latency.histogram_us.clone(),
            latency_histogram: EncodedHistogram {
                unit: "us",
                encoding: "hdr-v2-deflate-base64",
                data: BASE64.encode(encoded(&recording.total.latency.histogram_us)),
                seconds: recording
                    .seconds
                    .iter()
                    .map(|second| BASE64.encode(&second.histogram))
                    .collect(),
            },
        }
    }

    /// All latencies.
    pub(crate) fn latency_us(&self) -> &Histogram<u64> {
        &self.latency_us
    }

    /// The report as a file holds it.
    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}
