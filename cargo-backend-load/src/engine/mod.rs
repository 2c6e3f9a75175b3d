//! The socket and nothing else: finds the server, dials, and exchanges requests for answers.

mod chunks;
mod http1;
mod http2;
mod redirect;
pub(crate) mod request;
pub(crate) mod route;
mod stream;
mod tls;
pub(crate) mod watchdog;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpStream, UnixStream};
use tokio::time::Instant;
use tokio_rustls::TlsConnector;

use crate::request::{Request, Target};
use crate::sample::{Answer, Dial, Failure, FailureKind};
use http1::Http1;
use http2::Http2;
use redirect::Follow;
use route::{Limits, Route};
use stream::{Socket, Stream};
use tls::Tls;

/// A server that was found and answered a dial; the run uses this one address.
#[derive(Debug)]
pub(crate) struct Server {
    place: Place,
    tls: Option<Tls>,
    http2: bool,
    closes: bool,
    limits: Limits,
}

#[derive(Debug, Clone)]
enum Place {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => path.display().fmt(f),
        }
    }
}

/// Why a server cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProbeError {
    #[error("the host name `{host}` cannot be found")]
    Name { host: String, source: io::Error },
    #[error("{0}")]
    Dial(Failure),
    #[error(transparent)]
    Setup(#[from] anyhow::Error),
}

/// A request made ready for the wire, once for all times it is sent.
#[derive(Debug)]
pub(crate) struct Prepared {
    bytes: Vec<u8>,
    /// Answers to HEAD have no body.
    is_head: bool,
    message: Option<http2::Message>,
    /// Absent where redirects are answers like others.
    follow: Option<Box<Follow>>,
}

impl Prepared {
    pub(crate) fn new(request: &Request, route: &Route) -> anyhow::Result<Self> {
        let follow = (route.redirects > 0).then(|| {
            Box::new(Follow {
                request: request.clone(),
                most: route.redirects,
            })
        });
        Ok(Self {
            follow,
            ..Self::encoded(request, route.closes, route.http2)?
        })
    }

    fn encoded(request: &Request, closes: bool, http2: bool) -> anyhow::Result<Self> {
        Ok(Self {
            bytes: request::encode(request, closes),
            is_head: request.method.is_head(),
            message: http2.then(|| http2::message(request)).transpose()?,
            follow: None,
        })
    }
}

/// Finds the addresses of a target and dials each until one answers. Sends no request.
pub(crate) async fn probe(target: &Target, route: Route) -> Result<Server, ProbeError> {
    let host = target.host();
    let tls = if target.is_tls() {
        let protocol = if route.http2 { "h2" } else { "http/1.1" };
        Some(Tls::new(&host, &route.trust, protocol)?)
    } else {
        None
    };
    let mut last = ProbeError::Dial(Failure::new(
        FailureKind::Connect,
        format!("the host name `{host}` has no address"),
    ));
    for place in places(&host, target.port(), &route).await? {
        let server = Server {
            place,
            tls: tls.clone(),
            http2: route.http2,
            closes: route.closes,
            limits: route.limits,
        };
        match server.dial().await {
            Ok(_greeting) => return Ok(server),
            Err(why) => last = ProbeError::Dial(why),
        }
    }
    Err(last)
}

async fn places(host: &str, port: u16, route: &Route) -> Result<Vec<Place>, ProbeError> {
    if let Some(path) = &route.unix_socket {
        return Ok(vec![Place::Unix(path.clone())]);
    }
    let given = route.resolve.iter();
    let given: Vec<Place> = given
        .filter(|resolve| resolve.port == port && resolve.host.eq_ignore_ascii_case(host))
        .map(|resolve| Place::Tcp(SocketAddr::new(resolve.address, port)))
        .collect();
    if !given.is_empty() {
        return Ok(given);
    }
    let unknown = |source| ProbeError::Name {
        host: host.to_owned(),
        source,
    };
    let found = tokio::net::lookup_host((host, port)).await;
    Ok(found.map_err(unknown)?.map(Place::Tcp).collect())
}

impl Server {
    /// Whether it is known to be on this machine.
    pub(crate) fn is_local(&self) -> bool {
        match &self.place {
            Place::Tcp(address) => address.ip().is_loopback(),
            Place::Unix(_) => true,
        }
    }

    async fn dial(&self) -> Result<(Open, Dial), Failure> {
        let begun = Instant::now();
        let late = FailureKind::ConnectTimeout;
        let socket = within(self.limits.connect, late, self.connect()).await?;
        let connect = begun.elapsed();
        let (stream, tls) = match &self.tls {
            None => (Stream::Plain(socket), None),
            Some(tls) => {
                let shake = async {
                    let connector = TlsConnector::from(Arc::clone(&tls.config));
                    let stream = connector.connect(tls.name.clone(), socket).await;
                    stream.map_err(|why| tls::failure(&why))
                };
                let stream = within(self.limits.tls, FailureKind::TlsTimeout, shake).await?;
                let took = begun.elapsed() - connect;
                (Stream::Tls(Box::new(stream)), Some(took))
            }
        };
        let open = if self.http2 {
            if !stream.may_speak_http2() {
                return Err(tls::no_http2());
            }
            Open::Http2(Http2::greet(stream).await?)
        } else {
            Open::Http1(Http1::new(stream))
        };
        Ok((open, Dial { connect, tls }))
    }

    async fn connect(&self) -> Result<Socket, Failure> {
        let socket = match &self.place {
            Place::Tcp(address) => TcpStream::connect(address).await.and_then(|stream| {
                // A request is one write: nothing is gained by waiting for more.
                stream.set_nodelay(true)?;
                Ok(Socket::Tcp(stream))
            }),
            Place::Unix(path) => UnixStream::connect(path).await.map(Socket::Unix),
        };
        socket.map_err(|why| {
            let kind = if why.kind() == io::ErrorKind::ConnectionRefused {
                FailureKind::Refused
            } else {
                FailureKind::Connect
            };
            Failure::new(kind, format!("connecting to {}: {why}", self.place))
        })
    }
}

/// The outcome of the work, or a failure of this kind when there is a limit and it has passed.
async fn within<T>(
    limit: Option<Duration>,
    late: FailureKind,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let Some(limit) = limit else {
        return work.await;
    };
    let outcome = tokio::time::timeout(limit, work).await;
    outcome.unwrap_or_else(|_late| Err(Failure::late(late, limit)))
}

#[cfg(test)]
mod hyper_tests;

#[derive(Debug)]
enum Open {
    Http1(Http1<Stream>),
    Http2(Http2),
}

/// The connection of one user: dialled when it is needed, kept while the server lets us.
#[derive(Debug)]
pub(crate) struct Connection {
    server: Arc<Server>,
    open: Option<Open>,
    dials: Vec<Dial>,
    first_byte: Option<Instant>,
    /// Where the last answer redirects to.
    location: Option<String>,
    redirects: u32,
}

impl Connection {
    pub(crate) fn new(server: Arc<Server>) -> Self {
        Self {
            server,
            open: None,
            dials: Vec::new(),
            first_byte: None,
            location: None,
            redirects: 0,
        }
    }

    /// Dials unless the connection is open.
    pub(crate) async fn open(&mut self) -> Result<(), Failure> {
        if self.open.is_none() {
            let (open, dial) = self.server.dial().await?;
            self.open = Some(open);
            self.dials.push(dial);
        }
        Ok(())
    }

    /// Whether connections came about since they were taken last.
    pub(crate) fn has_dialled(&self) -> bool {
        !self.dials.is_empty()
    }

    /// The connections that came about since this was asked last.
    pub(crate) fn take_dials(&mut self) -> Vec<Dial> {
        std::mem::take(&mut self.dials)
    }

    /// When the last answer began; `None` when all of it came at once.
    pub(crate) fn first_byte(&self) -> Option<Instant> {
        self.first_byte
    }

    /// How many redirects the last request followed.
    pub(crate) fn redirects(&self) -> u32 {
        self.redirects
    }

    /// Sends a request and reads the whole answer, and goes where it says if that is wanted. Cancelling it closes the connection, since an
    /// answer that was not read to its end would be taken for the next one.
    pub(crate) async fn exchange(&mut self, request: &Prepared) -> Result<Answer, Failure> {
        self.redirects = 0;
        let answer = self.hop(request).await?;
        match (&request.follow, self.location.take()) {
            // Boxed: all the requests that are not redirected need no room for it.
            (Some(follow), Some(location)) => Box::pin(self.follow(follow, answer, location)).await,
            (_, _) => Ok(answer),
        }
    }

    async fn hop(&mut self, request: &Prepared) -> Result<Answer, Failure> {
        self.open().await?;
        let Some(mut open) = self.open.take() else {
            return Err(Failure::closed("the connection is gone"));
        };
        let first_byte = self.server.limits.first_byte;
        let exchange = match (&mut open, &request.message) {
            (Open::Http2(http), Some(message)) => http.exchange(message, first_byte).await?,
            (Open::Http1(http), _) => {
                http.exchange(&request.bytes, request.is_head, first_byte)
                    .await?
            }
            (Open::Http2(_), None) => return Err(Failure::protocol("no message for HTTP/2")),
        };
        (self.first_byte, self.location) = match &mut open {
            Open::Http1(http) => (http.first_byte(), http.location.take()),
            Open::Http2(http) => (http.first_byte, http.location.take()),
        };
        if exchange.reusable && !self.server.closes {
            self.open = Some(open);
        }
        Ok(exchange.answer)
    }
}
