//! HTTP servers of many tempers, each with a count of its own.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// How the server treats a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Temper {
    /// Answers at once with this status and a body of two bytes.
    Status(u16),
    /// Answers every other request with 503.
    Moody,
    /// Answers after a while.
    Slow(Duration),
    /// Takes 20, 60, 140 or 260 ms: two fifths, two fifths, 17 and 3 of a hundred.
    Varied,
    /// One of five after the other: 200, 404, 503, closed without an answer, no HTTP.
    Failing,
    /// Never answers every fourth request, and answers the others at once.
    Forgetful,
    /// Answers nothing for the first of these times, counted from the first request, and at once
    /// for the second, over and over.
    Stalling(Duration, Duration),
    /// Takes requests and never answers.
    Hung,
    /// Lets so many requests of each second through.
    Limiting(usize),
    /// Redirects by path: `/to-end` to `/end`, `/post` likewise with 307, `/loop` to itself, `/away` to
    /// another host; answers what is sent elsewhere with its own first line.
    Redirecting,
    /// Sends the head at once and the body after a while.
    Parted(Duration),
    /// Sends half an answer and nothing more.
    Halfway,
    /// Answers in chunks.
    Chunked,
    /// Answers without a length and closes.
    Closing,
    /// Closes without an answer.
    Rude,
    /// Says something that is not HTTP.
    Foreign,
}

/// How a server is reached.
pub(crate) enum Door {
    Plain,
    Tls(tokio_rustls::TlsAcceptor),
    /// A socket at this path; the address leads nowhere.
    Unix(PathBuf),
    /// HTTP/2 from the first byte; it answers at once whatever its temper.
    Http2,
    /// HTTP/2 over TLS, where both sides agree on it; it answers at once whatever its temper.
    Http2Tls(tokio_rustls::TlsAcceptor),
}

/// Runs until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    seen: Arc<Seen>,
    _runtime: Runtime,
}

/// What the server knows of one request that it answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// When it had arrived whole.
    pub(crate) arrived: Instant,
    /// How long the answer took from there.
    pub(crate) took: Duration,
    /// The status, or the kind of error that the client must see.
    pub(crate) outcome: &'static str,
}

#[derive(Debug, Default)]
struct Seen {
    requests: AtomicU64,
    connections: AtomicU64,
    begun: OnceLock<Instant>,
    /// The present second and its requests.
    window: Mutex<(u64, usize)>,
    last: Mutex<String>,
    log: Mutex<Vec<Entry>>,
}

impl Server {
    pub(crate) fn start(temper: Temper) -> Self {
        Self::behind(Door::Plain, temper)
    }

    /// A server that is reached in this way.
    pub(crate) fn behind(door: Door, temper: Temper) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .expect("a free port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Seen::default());
        let shared = Arc::clone(&seen);
        match door {
            Door::Plain => runtime.spawn(async move {
                loop {
                    let (stream, _peer) = listener.accept().await.expect("connections");
                    stream.set_nodelay(true).expect("a socket");
                    shared.connections.fetch_add(1, Ordering::Relaxed);
                    tokio::spawn(serve(stream, temper, Arc::clone(&shared)));
                }
            }),
            Door::Tls(acceptor) => runtime.spawn(async move {
                loop {
                    let (stream, _peer) = listener.accept().await.expect("connections");
                    shared.connections.fetch_add(1, Ordering::Relaxed);
                    let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
                    tokio::spawn(async move {
                        let stream = acceptor.accept(stream).await.ok()?;
                        serve(stream, temper, shared).await
                    });
                }
            }),
            Door::Unix(path) => runtime.spawn(async move {
                let listener = tokio::net::UnixListener::bind(path).expect("a free path");
                loop {
                    let (stream, _peer) = listener.accept().await.expect("connections");
                    shared.connections.fetch_add(1, Ordering::Relaxed);
                    tokio::spawn(serve(stream, temper, Arc::clone(&shared)));
                }
            }),
            Door::Http2 => runtime.spawn(async move {
                loop {
                    let (stream, _peer) = listener.accept().await.expect("connections");
                    shared.connections.fetch_add(1, Ordering::Relaxed);
                    tokio::spawn(serve_http2(stream, Arc::clone(&shared)));
                }
            }),
            Door::Http2Tls(acceptor) => runtime.spawn(async move {
                loop {
                    let (stream, _peer) = listener.accept().await.expect("connections");
                    shared.connections.fetch_add(1, Ordering::Relaxed);
                    let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
                    tokio::spawn(async move {
                        let stream = acceptor.accept(stream).await.ok()?;
                        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
                        serve_http2(stream, shared).await;
                        Some(())
                    });
                }
            }),
        };
        Self {
            address,
            seen,
            _runtime: runtime,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Requests that arrived whole.
    pub(crate) fn requests(&self) -> u64 {
        self.seen.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn connections(&self) -> u64 {
        self.seen.connections.load(Ordering::Relaxed)
    }

    /// The requests that were answered, in the order of their answers.
    pub(crate) fn log(&self) -> Vec<Entry> {
        self.seen.log.lock().expect("nobody panicked").clone()
    }

    /// The request that arrived last, head and body.
    pub(crate) fn last(&self) -> String {
        self.seen.last.lock().expect("nobody panicked").clone()
    }
}

/// Answers every request with 200 and two bytes.
async fn serve_http2<S>(stream: S, seen: Arc<Seen>)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let answer =
        hyper::service::service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            seen.requests.fetch_add(1, Ordering::Relaxed);
            *seen.last.lock().expect("nobody panicked") = format!(
                "{} {} {:?}",
                request.method(),
                request.uri(),
                request.version()
            );
            let body = http_body_util::Full::new(bytes::Bytes::from_static(b"ok"));
            async move { Ok::<_, std::convert::Infallible>(hyper::Response::new(body)) }
        });
    let executor = hyper_util::rt::TokioExecutor::new();
    let connection = hyper::server::conn::http2::Builder::new(executor);
    let served = connection.serve_connection(hyper_util::rt::TokioIo::new(stream), answer);
    // The client leaves without a word.
    drop(served.await);
}

/// Serves one connection; `None` when the client has gone.
async fn serve<S>(mut stream: S, temper: Temper, seen: Arc<Seen>) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut buffer = Vec::new();
    loop {
        let request = read_request(&mut stream, &mut buffer).await?;
        let number = seen.requests.fetch_add(1, Ordering::Relaxed);
        *seen.last.lock().ok()? = request.clone();
        let arrived = Instant::now();
        let outcome = outcome(temper, number);
        let answer = match temper {
            Temper::Status(status) => plain(status, &request),
            Temper::Moody => plain(if number.is_multiple_of(2) { 200 } else { 503 }, &request),
            Temper::Slow(delay) => {
                tokio::time::sleep(delay).await;
                plain(200, &request)
            }
            Temper::Varied => {
                tokio::time::sleep(varied(number)).await;
                plain(200, &request)
            }
            Temper::Failing => match outcome {
                "closed" => String::new(),
                "protocol" => "220 mail.example.org ESMTP\r\n\r\n".into(),
                status => plain(status.parse().ok()?, &request),
            },
            Temper::Forgetful if outcome == "timeout" => {
                seen.note(arrived, outcome)?;
                std::future::pending().await
            }
            Temper::Forgetful => plain(200, &request),
            Temper::Stalling(stall, flow) => {
                let begun = seen.begun.get_or_init(Instant::now);
                let period = stall + flow;
                let into = begun.elapsed().as_nanos() % period.as_nanos();
                let into = Duration::from_nanos(u64::try_from(into).ok()?);
                tokio::time::sleep(stall.saturating_sub(into)).await;
                plain(200, &request)
            }
            Temper::Limiting(most) => seen.limited(most, &request)?,
            Temper::Redirecting => redirecting(&request),
            Temper::Parted(delay) => {
                let head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
                stream.write_all(head).await.ok()?;
                tokio::time::sleep(delay).await;
                "ok".into()
            }
            Temper::Halfway => {
                let half = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf";
                stream.write_all(half).await.ok()?;
                std::future::pending().await
            }
            Temper::Hung => std::future::pending().await,
            Temper::Chunked => {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n".into()
            }
            Temper::Closing => "HTTP/1.1 200 OK\r\n\r\nuntil the end".into(),
            Temper::Rude => return None,
            Temper::Foreign => "220 mail.example.org ESMTP\r\n".into(),
        };
        stream.write_all(answer.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
        seen.note(arrived, outcome)?;
        if matches!(temper, Temper::Closing) || outcome == "closed" {
            return None;
        }
    }
}

/// How the request of this number ends, where it matters.
fn outcome(temper: Temper, number: u64) -> &'static str {
    if matches!(temper, Temper::Failing) {
        ["200", "404", "503", "closed", "protocol"][(number % 5) as usize]
    } else if matches!(temper, Temper::Forgetful) && number.is_multiple_of(4) {
        "timeout"
    } else {
        "200"
    }
}

/// How long the request of this number takes; slow ones are spread over each hundred.
fn varied(number: u64) -> Duration {
    Duration::from_millis(match number * 37 % 100 {
        0..40 => 20,
        40..80 => 60,
        80..97 => 140,
        _ => 260,
    })
}

impl Seen {
    /// Lets so many requests of each second through.
    fn limited(&self, most: usize, request: &str) -> Option<String> {
        let second = self.begun.get_or_init(Instant::now).elapsed().as_secs();
        let mut window = self.window.lock().ok()?;
        if window.0 != second {
            *window = (second, 0);
        }
        window.1 += 1;
        Some(if window.1 <= most {
            plain(200, request)
        } else {
            "HTTP/1.1 429 X\r\nRetry-After: 1\r\nRateLimit-Limit: 1\r\nContent-Length: 0\r\n\r\n"
                .into()
        })
    }

    fn note(&self, arrived: Instant, outcome: &'static str) -> Option<()> {
        let took = arrived.elapsed();
        let entry = Entry {
            arrived,
            took,
            outcome,
        };
        self.log.lock().ok()?.push(entry);
        Some(())
    }
}

fn redirecting(request: &str) -> String {
    let line = request.lines().next().unwrap_or_default();
    let path = line.split(' ').nth(1).unwrap_or_default();
    let (status, location) = match path {
        "/to-end" => (302, "end?a=b"),
        "/post" => (307, "/end"),
        "/loop" => (301, "/loop"),
        "/away" => (302, "http://ann:secret@other.invalid:81/end"),
        _ => {
            let body = line.trim_end_matches(" HTTP/1.1");
            return format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    };
    format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 2\r\n\r\nno")
}

fn plain(status: u16, request: &str) -> String {
    let body = if request.starts_with("HEAD ") {
        ""
    } else {
        "ok"
    };
    format!("HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\n{body}")
}

async fn read_request<S>(stream: &mut S, buffer: &mut Vec<u8>) -> Option<String>
where
    S: AsyncRead + Unpin,
{
    loop {
        let text = String::from_utf8_lossy(buffer).into_owned();
        if let Some(head) = text.find("\r\n\r\n") {
            let length: usize = text[..head]
                .lines()
                .find_map(|line| line.strip_prefix("Content-Length: "))
                .map_or(0, |length| length.parse().expect("a number"));
            let whole = head + 4 + length;
            if buffer.len() >= whole {
                buffer.drain(..whole);
                return Some(text[..whole].to_owned());
            }
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}
