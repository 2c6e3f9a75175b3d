//! The ways to a server: TLS, Unix sockets, addresses that are given, HTTP/2, no keep-alive.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::command::{Folder, Said, load, number};
use crate::server::{Door, Server, Temper};

// Self-signed for `localhost`, valid until 2126; the key guards nothing.
const CERTIFICATE: &[u8] = include_bytes!("../data/localhost.der");
const KEY: &[u8] = include_bytes!("../data/localhost.key.der");

fn tls() -> Server {
    Server::behind(Door::Tls(acceptor(&[])), Temper::Status(200))
}

/// TLS that offers these protocols, best first.
fn acceptor(protocols: &[&str]) -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(CERTIFICATE)],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(KEY)),
        )
        .expect("the certificate fits the key");
    let protocols = protocols.iter();
    config.alpn_protocols = protocols.map(|name| name.as_bytes().to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

fn pem(what: &str, bytes: &[u8]) -> String {
    let text = BASE64.encode(bytes);
    format!("-----BEGIN {what}-----\n{text}\n-----END {what}-----\n")
}

fn assert_counted(server: &Server, said: &Said) {
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = said.summary();
    let (told, unfinished) = (number(&summary, "requests"), number(&summary, "unfinished"));
    assert!(told > 0);
    assert_eq!(number(&summary, "ok"), told, "{summary:#}");
    assert!((told..=told + unfinished).contains(&server.requests()));
}

#[test]
fn tls_needs_somebody_who_vouches() {
    let server = tls();
    let url = format!("https://localhost:{}/", server.address().port());
    let folder = Folder::new();
    folder.file("ca.pem", &pem("CERTIFICATE", CERTIFICATE));
    folder.file("key.pem", &pem("PRIVATE KEY", KEY));
    let run = |args: &[&str]| {
        let always = [&url[..], "-c", "2", "-d", "200ms", "--json"];
        folder.run(&[&always[..], args].concat())
    };
    let refused = run(&[]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("--insecure"), "{refused:?}");
    assert_eq!(server.requests(), 0);

    let said = run(&["--cacert", "ca.pem"]);
    assert_counted(&server, &said);
    let handshakes = &said.summary()["tls"];
    assert!(number(handshakes, "max_us") > 0, "{handshakes}");

    let said = run(&["--insecure", "--cert", "ca.pem", "--key", "key.pem"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let swapped = run(&["--cert", "key.pem", "--key", "ca.pem"]);
    assert_eq!(swapped.code, Some(2), "{swapped:?}");
    for said in [said, swapped] {
        let secret = BASE64.encode(KEY);
        assert!(!said.stdout.contains(&secret[..40]) && !said.stderr.contains(&secret[..40]));
    }
}

#[test]
fn a_unix_socket_is_a_way_too() {
    let folder = Folder::new();
    let path = folder.path().join("http.sock");
    let server = Server::behind(Door::Unix(path.clone()), Temper::Status(200));
    while !path.exists() {
        std::thread::yield_now();
    }
    let args = [
        "http://shop.example/a",
        "--unix-socket",
        "http.sock",
        "--json",
    ];
    let said = folder.run(&[&args[..], &["-c", "2", "-d", "200ms"]].concat());
    assert_counted(&server, &said);
    assert!(
        server
            .last()
            .starts_with("GET /a HTTP/1.1\r\nHost: shop.example\r\n")
    );
}

#[test]
fn an_address_that_is_given_is_not_asked_for() {
    let server = Server::start(Temper::Status(200));
    let port = server.address().port();
    let resolve = format!("shop.invalid:{port}:127.0.0.1");
    let url = format!("http://shop.invalid:{port}/");
    let said = load(&url, &["--resolve", &resolve, "-c", "2", "-d", "200ms"]);
    assert_counted(&server, &said);
    assert!(
        server
            .last()
            .contains(&format!("\r\nHost: shop.invalid:{port}\r\n"))
    );
}

#[test]
fn without_keep_alive_every_request_dials() {
    let server = Server::start(Temper::Status(200));
    let args = ["--no-keep-alive", "--rps", "100", "-d", "300ms"];
    let said = load(&server.url(), &args);
    assert_counted(&server, &said);
    assert!(server.last().contains("\r\nConnection: close\r\n"));
    // What was ready before the start is used up, then each request has its own.
    let summary = said.summary();
    let opened = number(&summary, "connections_opened");
    assert_eq!(opened + 1, server.connections());
    assert!(opened >= number(&summary, "requests"), "{summary:#}");
    // The user asked for it, so nobody advises against it.
    assert!(!said.stdout.contains("keep-alive"), "{said:?}");
}

#[test]
fn http2_is_spoken_when_asked_for() {
    let server = Server::behind(Door::Http2, Temper::Status(200));
    let said = load(&server.url(), &["--http2", "-c", "2", "-d", "200ms"]);
    assert_counted(&server, &said);
    assert_eq!(
        said.summary()["body_bytes"],
        2 * number(&said.summary(), "requests")
    );
    assert_eq!(
        server.last(),
        format!("GET http://{}/ HTTP/2.0", server.address())
    );
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_server_that_does_not_speak_http2_says_so() {
    let server = Server::start(Temper::Foreign);
    let said = load(&server.url(), &["--http2", "-c", "1", "-d", "200ms"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(number(&said.summary(), "failed") > 0);
}

#[test]
fn http2_over_tls_is_agreed_upon_in_the_handshake() {
    let door = Door::Http2Tls(acceptor(&["h2", "http/1.1"]));
    let server = Server::behind(door, Temper::Status(200));
    let port = server.address().port();
    let url = format!("https://localhost:{port}/orders");
    let args = ["--http2", "--insecure", "-c", "2", "-d", "300ms"];
    let said = load(&url, &args);
    assert_counted(&server, &said);
    assert_eq!(
        server.last(),
        format!("GET https://localhost:{port}/orders HTTP/2.0")
    );
    let summary = said.summary();
    assert!(number(&summary["tls"], "max_us") > 0, "{summary:#}");
    // One connection for each user, and the one that found the server.
    assert_eq!(number(&summary, "connections_opened"), 2);
    assert_eq!(server.connections(), 3);
}

#[test]
fn a_server_that_offers_no_http2_is_told() {
    // One says nothing of protocols, the other one knows only the old one.
    for protocols in [&[][..], &["http/1.1"]] {
        let door = Door::Tls(acceptor(protocols));
        let server = Server::behind(door, Temper::Status(200));
        let url = format!("https://localhost:{}/", server.address().port());
        let said = load(&url, &["--http2", "--insecure", "-d", "300ms"]);
        assert_eq!(said.code, Some(2), "{said:?}");
        assert_eq!(
            said.stderr,
            format!(
                "error: cannot reach `{url}`: the server does not offer HTTP/2 (`h2`) in the TLS \
                 handshake\nhint: leave out `--http2`, or switch HTTP/2 on in the server\n"
            )
        );
        assert_eq!(server.requests(), 0);
    }
}
