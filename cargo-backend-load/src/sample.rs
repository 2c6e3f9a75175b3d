//! What one request came to: the noun that the engine makes and the recorder counts.

use std::time::Duration;

use serde::Serialize;

/// One request, from its first byte sent (or the dialling before it) to its last byte read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    /// When it was finished, counted from the start of the run.
    pub(crate) finished: Duration,
    /// How long it took.
    pub(crate) latency: Duration,
    /// What came back.
    pub(crate) result: Result<Answer, Failure>,
}

/// A complete answer of the server, whatever its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The length of the body in bytes, without the framing of chunks.
    pub(crate) body_bytes: u64,
}

impl Answer {
    /// Whether the status counts as success: 2xx and 3xx do.
    pub(crate) fn is_ok(self) -> bool {
        (200..400).contains(&self.status)
    }
}

/// A request that got no complete answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct Failure {
    /// What it is counted as.
    pub(crate) kind: FailureKind,
    /// What happened, in a sentence.
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }

    pub(crate) fn protocol(detail: impl Into<String>) -> Self {
        Self::new(FailureKind::Protocol, detail)
    }

    pub(crate) fn closed(detail: impl Into<String>) -> Self {
        Self::new(FailureKind::Closed, detail)
    }
}

/// The kinds of failure, as reports name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FailureKind {
    /// Nobody listens at the address.
    Refused,
    /// No connection could be made for another reason.
    Connect,
    /// The TLS handshake failed, or TLS broke later.
    Tls,
    /// The answer was not complete in time.
    Timeout,
    /// The server closed or reset the connection before the answer was complete.
    Closed,
    /// What came back is not HTTP/1.1.
    Protocol,
}

impl FailureKind {
    /// The kind in words.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Refused => "connection refused",
            Self::Connect => "no connection",
            Self::Tls => "TLS",
            Self::Timeout => "timeout",
            Self::Closed => "closed early",
            Self::Protocol => "not HTTP/1.1",
        }
    }
}
