//! The socket and nothing else: finds the server, dials, and exchanges requests for answers.

mod chunks;
mod http1;
pub(crate) mod request;
mod stream;
mod tls;
pub(crate) mod watchdog;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::request::Target;
use crate::sample::{Answer, Failure, FailureKind};
use http1::Http1;
use stream::Stream;
use tls::Tls;

/// A server that was found and answered a dial; the run uses this one address.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    tls: Option<Tls>,
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

/// Finds the addresses of a target and dials each until one answers. Sends no request.
pub(crate) async fn probe(target: &Target) -> Result<Server, ProbeError> {
    let host = target.host();
    let tls = if target.is_tls() {
        Some(Tls::new(&host)?)
    } else {
        None
    };
    let unknown = |source| ProbeError::Name {
        host: host.clone(),
        source,
    };
    let addresses = tokio::net::lookup_host((host.as_str(), target.port()))
        .await
        .map_err(unknown)?;
    let mut last = ProbeError::Dial(Failure::new(
        FailureKind::Connect,
        format!("the host name `{host}` has no address"),
    ));
    for address in addresses {
        let server = Server {
            address,
            tls: tls.clone(),
        };
        match server.dial().await {
            Ok(_greeting) => return Ok(server),
            Err(why) => last = ProbeError::Dial(why),
        }
    }
    Err(last)
}

impl Server {
    async fn dial(&self) -> Result<Http1<Stream>, Failure> {
        let stream = TcpStream::connect(self.address).await.map_err(|why| {
            let kind = if why.kind() == io::ErrorKind::ConnectionRefused {
                FailureKind::Refused
            } else {
                FailureKind::Connect
            };
            Failure::new(kind, format!("connecting to {}: {why}", self.address))
        })?;
        // A request is one write: nothing is gained by waiting for more.
        stream.set_nodelay(true).map_err(|why| {
            Failure::new(
                FailureKind::Connect,
                format!("setting up the socket: {why}"),
            )
        })?;
        let stream = match &self.tls {
            None => Stream::Plain(stream),
            Some(tls) => {
                let connector = TlsConnector::from(Arc::clone(&tls.config));
                let stream = connector.connect(tls.name.clone(), stream).await;
                Stream::Tls(Box::new(stream.map_err(|why| {
                    Failure::new(FailureKind::Tls, format!("TLS handshake: {why}"))
                })?))
            }
        };
        Ok(Http1::new(stream))
    }
}

/// The connection of one user: dialled when it is needed, kept while the server lets us.
#[derive(Debug)]
pub(crate) struct Connection {
    server: Arc<Server>,
    open: Option<Http1<Stream>>,
    dialled: u64,
}

impl Connection {
    pub(crate) fn new(server: Arc<Server>) -> Self {
        Self {
            server,
            open: None,
            dialled: 0,
        }
    }

    /// Dials unless the connection is open.
    pub(crate) async fn open(&mut self) -> Result<(), Failure> {
        if self.open.is_none() {
            self.open = Some(self.server.dial().await?);
            self.dialled += 1;
        }
        Ok(())
    }

    /// How many connections came about since this was asked last.
    pub(crate) fn take_dialled(&mut self) -> u64 {
        std::mem::take(&mut self.dialled)
    }

    /// Sends a request and reads the whole answer. Cancelling it closes the connection, since an
    /// answer that was not read to its end would be taken for the next one.
    pub(crate) async fn exchange(
        &mut self,
        request: &[u8],
        answers_head: bool,
    ) -> Result<Answer, Failure> {
        self.open().await?;
        let Some(mut http) = self.open.take() else {
            return Err(Failure::closed("the connection is gone"));
        };
        let exchange = http.exchange(request, answers_head).await?;
        if exchange.reusable {
            self.open = Some(http);
        }
        Ok(exchange.answer)
    }
}
