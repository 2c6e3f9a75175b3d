//! TLS for https: who is trusted, who we are, and the handshake.

use std::io;
use std::sync::Arc;

use anyhow::Context as _;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::route::{Authorities, Trust};
use crate::sample::{Failure, FailureKind};

/// What a connection needs for its handshake; one for all, so that sessions are resumed.
#[derive(Debug, Clone)]
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
}

impl Tls {
    /// `protocol` is what is offered to the server: `h2` or `http/1.1`. Without it, a server that
    /// knows HTTP/2 may expect it.
    pub(super) fn new(host: &str, trust: &Trust, protocol: &str) -> anyhow::Result<Self> {
        // Named, because a process with two providers has no default one.
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .context("cannot set up TLS")?;
        let config = match &trust.authorities {
            Authorities::Public => config.with_root_certificates(RootCertStore {
                roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
            }),
            Authorities::Only(certificates) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates {
                    roots
                        .add(certificate.clone())
                        .context("a certificate of `--cacert` cannot be used")?;
                }
                config.with_root_certificates(roots)
            }
            Authorities::Anybody => config
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(Anybody(provider))),
        };
        let mut config = match &trust.identity {
            None => config.with_no_client_auth(),
            Some(identity) => config
                .with_client_auth_cert(identity.chain.clone(), identity.key.clone_key())
                .context("the certificate of `--cert` and the key of `--key` cannot be used")?,
        };
        config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        let name = ServerName::try_from(host.to_owned())
            .with_context(|| format!("`{host}` cannot be the name of a TLS server"))?;
        Ok(Self {
            config: Arc::new(config),
            name,
        })
    }
}

/// A broken handshake as a failure.
pub(super) fn failure(broken: &io::Error) -> Failure {
    let refusal = rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol);
    let inner = broken.get_ref();
    if inner.and_then(|inner| inner.downcast_ref()) == Some(&refusal) {
        // What HTTP/1.1 offers is refused by nobody.
        return no_http2();
    }
    Failure::new(FailureKind::Tls, format!("TLS handshake: {broken}"))
}

/// A server that did not agree to HTTP/2.
pub(super) fn no_http2() -> Failure {
    Failure::protocol("the server does not offer HTTP/2 (`h2`) in the TLS handshake")
}

/// Takes any certificate, but not a server that does not own the one it shows.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
