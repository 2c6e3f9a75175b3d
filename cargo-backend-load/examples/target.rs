//! A server that costs little, to load with: `target [--tls | --http2] [--stall] [--work TURNS]`.
//! It prints its address, answers every request with a small JSON document, and says what it
//! counted when its standard input ends.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const BODY: &str = r#"{"id":4711,"customer":"Ada Lovelace","total":"12.50","paid":true}"#;
const STALL: Duration = Duration::from_secs(1);
const PERIOD: Duration = Duration::from_secs(10);

static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// What is done to an answer before it is sent.
#[derive(Debug, Clone, Copy)]
struct Temper {
    /// Since when it stalls, one second in every ten.
    stalls: Option<Instant>,
    /// Turns of a loop: work that takes the same time everywhere on a machine.
    work: u64,
}

impl Temper {
    async fn treat(self) {
        if let Some(begun) = self.stalls {
            let into = begun.elapsed().as_millis() % PERIOD.as_millis();
            let into = Duration::from_millis(into as u64);
            if into < STALL {
                tokio::time::sleep(STALL - into).await;
            }
        }
        let mut sum = 0_u64;
        for turn in 0..self.work {
            sum = std::hint::black_box(sum.wrapping_add(turn));
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |name: &str| arguments.iter().any(|argument| argument == name);
    let number = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let temper = Temper {
        stalls: given("--stall").then(Instant::now),
        work: number("--work").unwrap_or(0),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{}", listener.local_addr()?)?;
    stdout.flush()?;
    if given("--http2") {
        runtime.spawn(http2(listener));
    } else if given("--tls") {
        runtime.spawn(tls(listener, acceptor()?, temper));
    } else {
        runtime.spawn(plain(listener, temper));
    }
    std::io::stdin().read_to_end(&mut Vec::new())?;
    writeln!(stdout, "{}", REQUESTS.load(Ordering::Relaxed))?;
    runtime.shutdown_background();
    Ok(())
}

async fn plain(listener: TcpListener, temper: Temper) {
    while let Ok((stream, _peer)) = listener.accept().await {
        stream.set_nodelay(true).ok();
        tokio::spawn(serve(stream, temper));
    }
}

async fn tls(listener: TcpListener, acceptor: TlsAcceptor, temper: Temper) {
    while let Ok((stream, _peer)) = listener.accept().await {
        stream.set_nodelay(true).ok();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, temper).await;
            }
        });
    }
}

async fn http2(listener: TcpListener) {
    use hyper_util::rt::{TokioExecutor, TokioIo};
    type Request = hyper::Request<hyper::body::Incoming>;
    while let Ok((stream, _peer)) = listener.accept().await {
        stream.set_nodelay(true).ok();
        let answer = hyper::service::service_fn(|_request: Request| async {
            REQUESTS.fetch_add(1, Ordering::Relaxed);
            let body = http_body_util::Full::new(bytes::Bytes::from_static(BODY.as_bytes()));
            Ok::<_, std::convert::Infallible>(hyper::Response::new(body))
        });
        let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        tokio::spawn(async move {
            connection
                .serve_connection(TokioIo::new(stream), answer)
                .await
        });
    }
}

fn acceptor() -> Result<TlsAcceptor, rustls::Error> {
    let certificate = include_bytes!("../tests/data/localhost.der").as_slice();
    let key = include_bytes!("../tests/data/localhost.key.der").as_slice();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(certificate)],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)),
        )?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Answers GET requests, several in one read too; they have no body.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, temper: Temper) {
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    let keep_alive = answer.replacen("\r\n", "\r\nConnection: keep-alive\r\n", 1);
    let mut buffer = vec![0; 8 * 1024];
    let mut end = 0;
    loop {
        let Ok(read @ 1..) = stream.read(&mut buffer[end..]).await else {
            return;
        };
        end += read;
        while let Some(head) = buffer[..end]
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
        {
            REQUESTS.fetch_add(1, Ordering::Relaxed);
            temper.treat().await;
            // ab speaks HTTP/1.0 and must be told that the connection stays.
            let is_old = buffer[..head]
                .windows(9)
                .any(|window| window == b" HTTP/1.0");
            let answer = if is_old { &keep_alive } else { &answer };
            if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
                return;
            }
            buffer.copy_within(head + 4..end, 0);
            end -= head + 4;
        }
        if end == buffer.len() {
            return;
        }
    }
}
