//! TLS over real sockets: who is trusted, and who we are.

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::engine::route::{Authorities, Identity, Route, Trust};
use crate::engine::{Connection, Prepared, probe};
use crate::request::{Method, Request, Target};
use crate::sample::FailureKind;

// Self-signed for `localhost`, valid until 2126; the key guards nothing.
const CERTIFICATE: &[u8] = include_bytes!("../../tests/data/localhost.der");
const KEY: &[u8] = include_bytes!("../../tests/data/localhost.key.der");

fn certificate() -> CertificateDer<'static> {
    CertificateDer::from(CERTIFICATE)
}

fn key() -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(KEY))
}

/// Whether the server wants to know who we are.
fn acceptor(asks: bool) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("TLS");
    let config = if asks {
        let mut roots = RootCertStore::empty();
        roots.add(certificate()).expect("a certificate");
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        config.with_client_cert_verifier(verifier.build().expect("a verifier"))
    } else {
        config.with_no_client_auth()
    };
    let config = config
        .with_single_cert(vec![certificate()], key())
        .expect("the certificate fits the key");
    TlsAcceptor::from(Arc::new(config))
}

/// Two requests to such a server: the lengths of the answers and how often it was dialled.
async fn exchange(asks: bool, trust: Trust) -> Result<(u64, usize), FailureKind> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let acceptor = acceptor(asks);
    let serve = tokio::spawn(async move {
        loop {
            let (stream, _peer) = listener.accept().await.expect("a connection");
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await.ok()?;
                loop {
                    let mut byte = [0; 4096];
                    if stream.read(&mut byte).await.ok()? == 0 {
                        return None::<()>;
                    }
                    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
                    stream.write_all(answer).await.ok()?;
                    stream.flush().await.ok()?;
                }
            });
        }
    });
    let request = Request {
        method: Method::get(),
        target: Target::parse(&format!("https://localhost:{port}/")).expect("a URL"),
        headers: Vec::new(),
        body: Vec::new(),
    };
    let route = Route {
        trust,
        ..Route::default()
    };
    let prepared = Prepared::new(&request, &route).expect("a request");
    let outcome = async {
        let server = probe(&request.target, route)
            .await
            .map_err(|why| match why {
                crate::engine::ProbeError::Dial(failure) => failure.kind,
                crate::engine::ProbeError::Name { .. } | crate::engine::ProbeError::Setup(_) => {
                    FailureKind::Connect
                }
            })?;
        let mut connection = Connection::new(Arc::new(server));
        let mut length = 0;
        for _request in 0..2 {
            let answer = connection.exchange(&prepared).await;
            length += answer.map_err(|failure| failure.kind)?.body_bytes;
        }
        Ok((length, connection.take_dials().len()))
    };
    let outcome = outcome.await;
    serve.abort();
    outcome
}

fn trusting(authorities: Authorities) -> Trust {
    Trust {
        authorities,
        identity: None,
    }
}

#[tokio::test]
async fn a_trusted_server_answers_over_tls() {
    let trust = trusting(Authorities::Only(vec![certificate()]));
    assert_eq!(exchange(false, trust).await, Ok((4, 1)));
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_is_refused() {
    let refused = exchange(false, trusting(Authorities::Public)).await;
    assert_eq!(refused, Err(FailureKind::Tls));
}

#[tokio::test]
async fn whoever_trusts_anybody_gets_an_answer() {
    assert_eq!(
        exchange(false, trusting(Authorities::Anybody)).await,
        Ok((4, 1))
    );
}

#[tokio::test]
async fn a_server_that_asks_is_told_who_we_are() {
    let trust = Trust {
        authorities: Authorities::Anybody,
        identity: Some(Identity {
            chain: vec![certificate()],
            key: key(),
        }),
    };
    assert_eq!(exchange(true, trust).await, Ok((4, 1)));
}

#[tokio::test]
async fn a_server_that_asks_in_vain_refuses() {
    // With TLS 1.3 the client has finished its handshake when the server refuses.
    let refused = exchange(true, trusting(Authorities::Anybody)).await;
    assert!(
        matches!(refused, Err(FailureKind::Tls | FailureKind::Closed)),
        "{refused:?}"
    );
}
