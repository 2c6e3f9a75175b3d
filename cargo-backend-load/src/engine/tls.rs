//! TLS for https: who is trusted, and the handshake.

use std::sync::Arc;

use anyhow::Context as _;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};

/// What a connection needs for its handshake; one for all, so that sessions are resumed.
#[derive(Debug, Clone)]
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
}

impl Tls {
    /// Trusts the authorities that browsers trust.
    pub(super) fn new(host: &str) -> anyhow::Result<Self> {
        let roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        Self::trusting(roots, host)
    }

    fn trusting(roots: RootCertStore, host: &str) -> anyhow::Result<Self> {
        // Named, because a process with two providers has no default one.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .context("cannot set up TLS")?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Without this, a server that knows HTTP/2 may expect it.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let name = ServerName::try_from(host.to_owned())
            .with_context(|| format!("`{host}` cannot be the name of a TLS server"))?;
        Ok(Self {
            config: Arc::new(config),
            name,
        })
    }
}

#[cfg(test)]
mod tests {
    use rustls::ServerConfig;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;
    use crate::engine::{Connection, Server};

    // Self-signed for `localhost`, valid until 2126; the key guards nothing.
    const CERTIFICATE: &[u8] = include_bytes!("../../tests/data/localhost.der");
    const KEY: &[u8] = include_bytes!("../../tests/data/localhost.key.der");

    fn acceptor() -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS")
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(CERTIFICATE)],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(KEY)),
            )
            .expect("the certificate fits the key");
        TlsAcceptor::from(Arc::new(config))
    }

    #[tokio::test]
    async fn a_trusted_server_answers_over_tls() {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from(CERTIFICATE))
            .expect("a certificate");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let server = Server {
            address: listener.local_addr().expect("an address"),
            tls: Some(Tls::trusting(roots, "localhost").expect("a name")),
        };
        let serve = async {
            let (stream, _peer) = listener.accept().await.expect("a connection");
            let mut stream = acceptor().accept(stream).await.expect("a handshake");
            for _request in 0..2 {
                let mut request = [0; 4];
                stream.read_exact(&mut request).await.expect("a request");
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                    .await
                    .expect("the client reads");
                stream.flush().await.expect("the client reads");
            }
        };
        let mut connection = Connection::new(Arc::new(server));
        let ask = async {
            for _request in 0..2 {
                let answer = connection.exchange(b"GET ", false).await;
                assert_eq!(answer.map(|answer| answer.body_bytes), Ok(2));
            }
        };
        tokio::join!(ask, serve);
        assert_eq!(connection.take_dialled(), 1);
    }

    #[tokio::test]
    async fn a_server_that_nobody_vouches_for_is_refused() {
        let tls = Tls::new("localhost").expect("a name");
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let acceptor = acceptor();
        let (refused, _alert) = tokio::join!(
            TlsConnector::from(tls.config).connect(tls.name, ours),
            acceptor.accept(theirs)
        );
        let why = refused.expect_err("nobody signed it").to_string();
        assert!(why.contains("invalid peer certificate"), "{why}");
    }
}
