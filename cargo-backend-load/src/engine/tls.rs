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
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    use super::*;
    use crate::engine::http1::Http1;

    // Self-signed for `localhost`, valid until 2126; the key guards nothing.
    const CERTIFICATE: &[u8] = include_bytes!("../../tests/data/localhost.der");
    const KEY: &[u8] = include_bytes!("../../tests/data/localhost.key.der");

    fn server() -> TlsAcceptor {
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
        let tls = Tls::trusting(roots, "localhost").expect("a name");
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let serve = async {
            let mut stream = server().accept(theirs).await.expect("a handshake");
            let mut request = [0; 4];
            stream.read_exact(&mut request).await.expect("a request");
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                .await
                .expect("the client reads");
            stream.flush().await.expect("the client reads");
        };
        let ask = async {
            let stream = TlsConnector::from(tls.config)
                .connect(tls.name, ours)
                .await
                .expect("a handshake");
            Http1::new(stream).exchange(b"GET ", false).await
        };
        let (outcome, ()) = tokio::join!(ask, serve);
        assert_eq!(outcome.expect("an answer").answer.body_bytes, 2);
    }

    #[tokio::test]
    async fn a_server_that_nobody_vouches_for_is_refused() {
        let tls = Tls::new("localhost").expect("a name");
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let acceptor = server();
        let (refused, _alert) = tokio::join!(
            TlsConnector::from(tls.config).connect(tls.name, ours),
            acceptor.accept(theirs)
        );
        let why = refused.expect_err("nobody signed it").to_string();
        assert!(why.contains("invalid peer certificate"), "{why}");
    }
}
