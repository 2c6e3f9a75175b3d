//! What one request came to: the noun that the engine makes and the recorder counts.

use std::time::Duration;

use serde::Serialize;

/// One request, from its first byte sent (or the dialling before it) to its last byte read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    /// When it was finished, counted from the start of what is measured.
    pub(crate) finished: Duration,
    /// How long it took, in an open model from the time at which it was due.
    pub(crate) latency: Duration,
    /// How long its answer took to begin, counted from its first byte sent (or the dialling before
    /// it); `None` when all of it came at once.
    pub(crate) first_byte: Option<Duration>,
    /// How the pace was kept; `None` in a closed model, which has none.
    pub(crate) pace: Option<Pace>,
    /// The status that counts as success instead of the usual ones.
    pub(crate) expected: Option<u16>,
    /// What came back.
    pub(crate) result: Result<Answer, Failure>,
}

/// A request of an open model beside its due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// How long it took from its first byte sent (or the dialling before it).
    pub(crate) service: Duration,
    /// How much later than due it was sent.
    pub(crate) lateness: Duration,
    /// Whether it was due before a user was free for it.
    pub(crate) waited: bool,
}

impl Sample {
    /// How long it took from its first byte sent (or the dialling before it).
    pub(crate) fn service(&self) -> Duration {
        self.pace.map_or(self.latency, |pace| pace.service)
    }

    /// Whether it was answered as it should: with the expected status, or else with 2xx or 3xx.
    pub(crate) fn is_ok(&self) -> bool {
        self.result.as_ref().is_ok_and(|answer| {
            self.expected.map_or_else(
                || (200..400).contains(&answer.status),
                |expected| answer.status == expected,
            )
        })
    }
}

/// A connection that came about, and how long it took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dial {
    pub(crate) connect: Duration,
    /// The TLS handshake; absent without TLS.
    pub(crate) tls: Option<Duration>,
}

/// A complete answer of the server, whatever its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The length of the body in bytes, without the framing of chunks.
    pub(crate) body_bytes: u64,
    /// What an answer of 429 says about coming back; nothing in all others.
    pub(crate) refusal: Option<Refusal>,
}

/// What a server says when it refuses a request because there were too many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The seconds of `Retry-After`.
    pub(crate) retry_after_s: Option<u32>,
    /// Whether it has a header such as `RateLimit` or `X-RateLimit-Limit`.
    pub(crate) tells_limit: bool,
}

impl Refusal {
    /// Takes note of a header.
    pub(crate) fn read(&mut self, name: &str, value: &[u8]) {
        if name.eq_ignore_ascii_case("retry-after") {
            let text = std::str::from_utf8(value).unwrap_or_default();
            self.retry_after_s = text.trim().parse().ok();
        }
        let name = name.to_ascii_lowercase();
        self.tells_limit |= name.trim_start_matches("x-").starts_with("ratelimit");
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

    /// A failure because a time limit has passed.
    pub(crate) fn late(kind: FailureKind, limit: Duration) -> Self {
        Self::new(kind, format!("{} within {limit:?}", kind.missing()))
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
    /// The connection did not come about in its own time limit.
    ConnectTimeout,
    /// The TLS handshake was not over in its own time limit.
    TlsTimeout,
    /// The head of the answer did not come in its own time limit.
    FirstByteTimeout,
    /// The answer was not complete in time.
    Timeout,
    /// The server closed or reset the connection before the answer was complete.
    Closed,
    /// What came back is not HTTP.
    Protocol,
    /// The server redirects to where nobody asked to go, or too often.
    Redirect,
}

impl FailureKind {
    /// The kind in words.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Refused => "connection refused",
            Self::Connect => "no connection",
            Self::Tls => "TLS",
            Self::ConnectTimeout => "connect timeout",
            Self::TlsTimeout => "TLS timeout",
            Self::FirstByteTimeout => "no first byte",
            Self::Timeout => "timeout",
            Self::Closed => "closed early",
            Self::Protocol => "not HTTP",
            Self::Redirect => "redirect",
        }
    }

    /// Whether a time limit had passed.
    pub(crate) fn is_timeout(self) -> bool {
        match self {
            Self::ConnectTimeout | Self::TlsTimeout | Self::FirstByteTimeout | Self::Timeout => {
                true
            }
            Self::Refused
            | Self::Connect
            | Self::Tls
            | Self::Closed
            | Self::Protocol
            | Self::Redirect => false,
        }
    }

    /// What did not come in time, where that is why it failed.
    fn missing(self) -> &'static str {
        match self {
            Self::ConnectTimeout | Self::Refused | Self::Connect => "no connection",
            Self::TlsTimeout | Self::Tls => "no TLS handshake",
            Self::FirstByteTimeout => "no head of an answer",
            Self::Timeout | Self::Closed | Self::Protocol | Self::Redirect => "no complete answer",
        }
    }
}
