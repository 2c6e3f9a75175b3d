//! The report for programs. Fields are only ever added; a change of meaning gets a new `schema`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer as _, V2DeflateSerializer};
use serde::Serialize;

use crate::request::Request;
use crate::summary::Summary;

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
    latency_histogram: EncodedHistogram,
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
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Configuration {
    /// Users at the same time.
    pub(crate) concurrency: u64,
    /// Length that the run was meant to have, in milliseconds.
    pub(crate) duration_ms: u64,
    /// How long one request could take, in milliseconds.
    pub(crate) timeout_ms: u64,
}

/// All latencies, so that runs can be merged and compared without loss.
#[derive(Debug, Serialize)]
struct EncodedHistogram {
    unit: &'static str,
    encoding: &'static str,
    data: String,
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
        latency_us: &Histogram<u64>,
    ) -> Self {
        Self {
            schema: SCHEMA,
            tool_version: env!("CARGO_PKG_VERSION"),
            started_at,
            interrupted,
            target,
            configuration,
            summary,
            latency_histogram: EncodedHistogram {
                unit: "us",
                encoding: "hdr-v2-deflate-base64",
                data: encoded(latency_us),
            },
        }
    }

    /// The report as a file holds it.
    pub(crate) fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

fn encoded(histogram: &Histogram<u64>) -> String {
    let mut bytes = Vec::new();
    V2DeflateSerializer::new()
        .serialize(histogram, &mut bytes)
        .expect("a Vec takes any bytes, and no count exceeds 2^63");
    BASE64.encode(bytes)
}

#[cfg(test)]
mod tests {
    use hdrhistogram::serialization::Deserializer;

    use super::*;

    #[test]
    fn the_histogram_can_be_read_back() {
        let mut histogram = Histogram::new(3).expect("three digits");
        for value in [1, 100, 100, 70_000] {
            histogram.record(value).expect("it grows");
        }
        let bytes = BASE64.decode(encoded(&histogram)).expect("base64");
        let read: Histogram<u64> = Deserializer::new()
            .deserialize(&mut bytes.as_slice())
            .expect("HDR V2");
        assert_eq!(read.count_at(100), 2);
        assert_eq!(read.len(), 4);
    }
}
