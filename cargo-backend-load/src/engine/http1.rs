//! HTTP/1.1 over any stream: one write, then reads until the answer has ended.
//!
//! Bodies are counted, not kept. Nothing here knows names or TLS.

use std::io;
use std::mem::MaybeUninit;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::Instant;

use super::chunks::Chunks;
use super::redirect::is_redirect;
use super::within;
use crate::sample::{Answer, Failure, FailureKind, Refusal};

/// The head of an answer may not be longer.
pub(super) const MAX_HEAD_BYTES: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;
const BUFFER_BYTES: usize = 8 * 1024;

/// One connection; the bytes `start..end` of the buffer are read and not yet understood.
#[derive(Debug)]
pub(super) struct Http1<S> {
    stream: S,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Whether a part of the answer is here, and when that was where more had to be waited for.
    has_begun: bool,
    first_byte: Option<Instant>,
    /// Where the last answer redirects to.
    pub(super) location: Option<String>,
}

/// An answer, and whether the connection can carry another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exchange {
    pub(super) answer: Answer,
    pub(super) reusable: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    length: usize,
    status: u16,
    framing: Framing,
    keep_alive: bool,
    refusal: Option<Refusal>,
}

/// Where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Framing {
    Nothing,
    Length(u64),
    Chunked,
    UntilClose,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Http1<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            buffer: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            has_begun: false,
            first_byte: None,
            location: None,
        }
    }

    /// When the first part of the last answer came; `None` when all of it came at once.
    pub(super) fn first_byte(&self) -> Option<Instant> {
        self.first_byte
    }

    /// Sends a request and reads its answer to the end; its head must come within `first_byte`.
    /// After a failure, or when the answer says
    /// that it is not reusable, the connection must be dropped.
    pub(super) async fn exchange(
        &mut self,
        request: &[u8],
        answers_head: bool,
        first_byte: Option<Duration>,
    ) -> Result<Exchange, Failure> {
        (self.has_begun, self.first_byte, self.location) = (false, None, None);
        let asked = self.ask(request, answers_head);
        let head = within(first_byte, FailureKind::FirstByteTimeout, asked).await?;
        let body_bytes = match head.framing {
            Framing::Nothing => 0,
            Framing::Length(length) => self.skip(length).await?,
            Framing::Chunked => self.skip_chunks().await?,
            Framing::UntilClose => self.skip_all().await?,
        };
        // Bytes that nobody asked for would be taken for the next answer.
        let reusable =
            head.keep_alive && head.framing != Framing::UntilClose && self.start == self.end;
        Ok(Exchange {
            answer: Answer {
                status: head.status,
                body_bytes,
                refusal: head.refusal,
            },
            reusable,
        })
    }

    async fn ask(&mut self, request: &[u8], answers_head: bool) -> Result<Head, Failure> {
        let sent = self.send(request).await;
        match (self.read_head(answers_head).await, sent) {
            (Ok(head), _) => Ok(head),
            // A server may refuse a long body by answering and closing while we still write:
            // only without an answer does the broken write matter.
            (Err(_), Err(broken)) => Err(failure(&broken, "sending the request")),
            (Err(why), Ok(())) => Err(why),
        }
    }

    async fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request).await?;
        self.stream.flush().await
    }

    /// Reads more into the buffer; 0 at the end of the stream.
    async fn fill(&mut self) -> Result<usize, Failure> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            if self.end == self.buffer.len() {
                self.buffer.resize(MAX_HEAD_BYTES, 0);
            }
        }
        // What came before was just read. Most answers come whole and need no look at the clock.
        if self.has_begun && self.first_byte.is_none() {
            self.first_byte = Some(Instant::now());
        }
        self.has_begun = true;
        let read = self.stream.read(&mut self.buffer[self.end..]).await;
        let read = read.map_err(|broken| failure(&broken, "reading the answer"))?;
        self.end += read;
        Ok(read)
    }

    async fn read_head(&mut self, answers_head: bool) -> Result<Head, Failure> {
        loop {
            if self.start < self.end {
                let bytes = &self.buffer[self.start..self.end];
                if let Some(head) = parse_head(bytes, answers_head)? {
                    if is_redirect(head.status) {
                        self.location = location(&bytes[..head.length]);
                    }
                    self.start += head.length;
                    // 100 Continue, 103 Early Hints: the answer is still to come.
                    if (100..200).contains(&head.status) {
                        continue;
                    }
                    return Ok(head);
                }
                if bytes.len() >= MAX_HEAD_BYTES {
                    return Err(Failure::protocol(format!(
                        "the head of the answer is longer than {} KiB",
                        MAX_HEAD_BYTES / 1024
                    )));
                }
            }
            let began = self.start < self.end;
            if self.fill().await? == 0 {
                return Err(Failure::closed(if began {
                    "the server closed the connection within the head of its answer"
                } else {
                    "the server closed the connection without an answer"
                }));
            }
        }
    }

    async fn skip(&mut self, length: u64) -> Result<u64, Failure> {
        let mut left = length;
        loop {
            let here = left.min((self.end - self.start) as u64);
            // Not more than the buffer holds, so it fits.
            self.start += here as usize;
            left -= here;
            if left == 0 {
                return Ok(length);
            }
            if self.fill().await? == 0 {
                return Err(Failure::closed(format!(
                    "the server closed the connection after {} of {length} bytes",
                    length - left
                )));
            }
        }
    }

    async fn skip_chunks(&mut self) -> Result<u64, Failure> {
        let mut chunks = Chunks::new();
        loop {
            self.start += chunks.feed(&self.buffer[self.start..self.end])?;
            if chunks.is_done() {
                return Ok(chunks.body_bytes());
            }
            if self.fill().await? == 0 {
                return Err(Failure::closed(
                    "the server closed the connection before the last chunk",
                ));
            }
        }
    }

    async fn skip_all(&mut self) -> Result<u64, Failure> {
        let mut length = 0;
        loop {
            length += (self.end - self.start) as u64;
            self.start = self.end;
            if self.fill().await? == 0 {
                return Ok(length);
            }
        }
    }
}

/// The head at the beginning of `bytes`, or `None` while it is incomplete.
fn parse_head(bytes: &[u8], answers_head: bool) -> Result<Option<Head>, Failure> {
    let mut headers = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut []);
    let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(
        &mut response,
        bytes,
        &mut headers,
    );
    let length = match parsed {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(why) => {
            return Err(Failure::protocol(format!(
                "the answer is not HTTP/1.1: {why}"
            )));
        }
    };
    let status = response.code.unwrap_or_default();
    if !(100..=999).contains(&status) || status == 101 {
        return Err(Failure::protocol(format!(
            "the server answered with the status {status}, which nothing asked for"
        )));
    }
    let is_new = response.version == Some(1);
    let mut keep_alive = is_new;
    let mut length_given = Ok(None);
    let mut transfer_encoding = None;
    for header in response.headers.iter() {
        if header.name.eq_ignore_ascii_case("content-length") {
            length_given = length_given.and_then(|before| content_length(header.value, before));
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            transfer_encoding = Some(header.value);
        } else if header.name.eq_ignore_ascii_case("connection") {
            for option in header.value.split(|byte| *byte == b',') {
                match option.trim_ascii() {
                    close if close.eq_ignore_ascii_case(b"close") => keep_alive = false,
                    keep if keep.eq_ignore_ascii_case(b"keep-alive") => keep_alive = true,
                    _ => {}
                }
            }
        }
    }
    let framing = match (transfer_encoding, length_given) {
        // What such an answer says of its length does not matter, so it may be nonsense.
        _ if answers_head || status < 200 || matches!(status, 204 | 304) => Framing::Nothing,
        // HTTP/1.0 knows no codings: where such an answer ends is anybody's guess (RFC 9112, 6.1).
        (Some(_), _) if !is_new => {
            return Err(Failure::protocol(
                "the answer is HTTP/1.0 and has a Transfer-Encoding",
            ));
        }
        (Some(codings), length) => {
            // Both together is how answers are smuggled: the length is ignored and the connection
            // is not trusted again (RFC 9112, section 6.3).
            keep_alive &= matches!(length, Ok(None));
            let last = codings.rsplit(|byte| *byte == b',').next();
            if last.is_some_and(|last| last.trim_ascii().eq_ignore_ascii_case(b"chunked")) {
                Framing::Chunked
            } else {
                Framing::UntilClose
            }
        }
        (None, Ok(Some(length))) => Framing::Length(length),
        (None, Ok(None)) => Framing::UntilClose,
        (None, Err(why)) => return Err(why),
    };
    Ok(Some(Head {
        length,
        status,
        framing,
        keep_alive,
        refusal: (status == 429).then(|| {
            let mut refusal = Refusal::default();
            for header in response.headers.iter() {
                refusal.read(header.name, header.value);
            }
            refusal
        }),
    }))
}

/// Where a redirect leads; its head was read before.
fn location(head: &[u8]) -> Option<String> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    response.parse(head).ok()?;
    let mut headers = response.headers.iter();
    let location = headers.find(|header| header.name.eq_ignore_ascii_case("location"))?;
    Some(String::from_utf8_lossy(location.value).into_owned())
}

/// The length, which may be given several times if it is always the same (RFC 9110, section 8.6).
fn content_length(value: &[u8], before: Option<u64>) -> Result<Option<u64>, Failure> {
    let text = std::str::from_utf8(value).unwrap_or_default();
    text.split(',').try_fold(before, |before, number| {
        let number = number.trim();
        let length: u64 = Some(number)
            .filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| Failure::protocol("the Content-Length of the answer is not a number"))?;
        if before.is_some_and(|before| before != length) {
            return Err(Failure::protocol(
                "the answer has two Content-Lengths that differ",
            ));
        }
        Ok(Some(length))
    })
}

/// A broken stream as a failure.
fn failure(broken: &io::Error, doing: &str) -> Failure {
    // rustls reports what breaks TLS as invalid data.
    let kind = if broken.kind() == io::ErrorKind::InvalidData {
        FailureKind::Tls
    } else {
        FailureKind::Closed
    };
    Failure::new(kind, format!("{doing}: {broken}"))
}

#[cfg(test)]
#[path = "http1_tests.rs"]
mod tests;
