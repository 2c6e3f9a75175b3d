//! HTTP/2 through hyper: a connection with one request on its way at a time.

use std::fmt;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Body as _;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::http1::Exchange;
use super::redirect::is_redirect;
use super::request::fields;
use super::within;
use crate::request::Request;
use crate::sample::{Answer, Failure, FailureKind, Refusal};

/// The request as hyper wants it.
pub(crate) type Message = hyper::Request<Full<Bytes>>;

/// Headers of HTTP/1.1 connections, which HTTP/2 forbids (RFC 9113, section 8.2.2).
const FORBIDDEN: [&str; 5] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];

/// Puts the request together; the authority takes the place of the `Host` header.
pub(super) fn message(request: &Request) -> anyhow::Result<Message> {
    let fields = fields(request);
    let host = fields
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("host"))
        .map_or_else(|| request.target.authority(), |(_, host)| host.clone());
    let scheme = if request.target.is_tls() {
        "https"
    } else {
        "http"
    };
    let uri = format!("{scheme}://{host}{}", request.target.path_and_query());
    let mut message = hyper::Request::builder()
        .method(request.method.to_string().as_str())
        .uri(uri);
    for (name, value) in &fields {
        let lower = name.to_ascii_lowercase();
        if lower != "host" && !FORBIDDEN.contains(&lower.as_str()) {
            message = message.header(name, value);
        }
    }
    message
        .body(Full::new(Bytes::from(request.body.clone())))
        .context("the request cannot be sent over HTTP/2")
}

pub(super) struct Http2 {
    sender: SendRequest<Full<Bytes>>,
    /// When the head of the last answer came; `None` when it was all there was.
    pub(super) first_byte: Option<Instant>,
    /// Where the last answer redirects to.
    pub(super) location: Option<String>,
}

impl fmt::Debug for Http2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Http2")
    }
}

impl Http2 {
    /// Greets the server. The connection lives in a task of its own, until this is dropped.
    pub(super) async fn greet<S>(stream: S) -> Result<Self, Failure>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .map_err(|broken| failure(&broken))?;
        tokio::spawn(async {
            // What breaks the connection breaks the request on it, which tells.
            drop(connection.await);
        });
        Ok(Self {
            sender,
            first_byte: None,
            location: None,
        })
    }

    /// Sends a request and reads its answer to the end; the head must come within `first_byte`.
    pub(super) async fn exchange(
        &mut self,
        message: &Message,
        first_byte: Option<Duration>,
    ) -> Result<Exchange, Failure> {
        let sent = async {
            let ready = self.sender.ready().await;
            ready.map_err(|broken| failure(&broken))?;
            let response = self.sender.send_request(message.clone()).await;
            response.map_err(|broken| failure(&broken))
        };
        let response = within(first_byte, FailureKind::FirstByteTimeout, sent).await?;
        let status = response.status().as_u16();
        let refusal = (status == 429).then(|| {
            let mut refusal = Refusal::default();
            for (name, value) in response.headers() {
                refusal.read(name.as_str(), value.as_bytes());
            }
            refusal
        });
        let location = response.headers().get("location");
        let location = location.filter(|_location| is_redirect(status));
        self.location =
            location.map(|location| String::from_utf8_lossy(location.as_bytes()).into_owned());
        let mut body = response.into_body();
        self.first_byte = (!body.is_end_stream()).then(Instant::now);
        let mut body_bytes = 0;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|broken| failure(&broken))?;
            body_bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        Ok(Exchange {
            answer: Answer {
                status,
                body_bytes,
                refusal,
            },
            reusable: !self.sender.is_closed(),
        })
    }
}

/// A broken connection as a failure, with the innermost reason.
fn failure(broken: &hyper::Error) -> Failure {
    let mut reason: &dyn std::error::Error = broken;
    let mut is_io = false;
    while let Some(inner) = reason.source() {
        reason = inner;
        is_io |= inner.is::<std::io::Error>();
    }
    let closed =
        is_io || broken.is_closed() || broken.is_canceled() || broken.is_incomplete_message();
    let kind = if closed {
        FailureKind::Closed
    } else {
        FailureKind::Protocol
    };
    Failure::new(kind, format!("HTTP/2: {reason}"))
}
