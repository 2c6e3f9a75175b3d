//! The same answers through hyper: two readings of HTTP/1.1 by different people must agree.

use http_body_util::{BodyExt as _, Empty};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

use super::http1::Http1;

/// Status and length of the body, or nothing when the answer cannot be understood.
type Outcome = Option<(u16, u64)>;

/// How many answers are made up.
const GENERATED: u64 = 460;

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len() as u64) as usize]
    }
}

/// An answer put together from odd parts; some fit, some do not.
fn generated(seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let mut answer = String::new();
    if dice.roll(6) == 0 {
        answer += dice.pick(&[
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        ]);
    }
    answer += dice.pick(&[
        "HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTQ/1.1",
    ]);
    answer += " ";
    answer += dice.pick(&["200", "200", "204", "304", "404", "500", "599", "20", "2x0"]);
    answer += dice.pick(&[" OK", "", " ", " Not At All"]);
    answer += "\r\n";
    for _header in 0..dice.roll(4) {
        answer += dice.pick(&[
            "Server: x\r\n",
            "X-Empty:\r\n",
            "Connection: close\r\n",
            "Connection: keep-alive\r\n",
            "connection: Upgrade, Close\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Set-Cookie: a=b; c\r\n",
            "X-Tab:\ta\tb\r\n",
            "No Colon\r\n",
            "X-High: \u{e9}\r\n",
        ]);
    }
    let body = &"hello, world! this is a body"[..dice.roll(28) as usize];
    let rest = match dice.roll(6) {
        0 => format!("\r\n{body}"),
        1 => format!("Content-Length: {}\r\n\r\n{body}", body.len()),
        2 => {
            let wrong = dice.pick(&["0", "5", "100", "abc", "-1", "+3", "", "1, 1", "007"]);
            format!("content-length: {wrong}\r\n\r\n{body}")
        }
        3 => {
            let second = dice.pick(&["3", "4"]);
            format!("Content-Length: 3\r\nContent-Length: {second}\r\n\r\nabc")
        }
        _ => chunked(&mut dice, body),
    };
    answer + &rest
}

fn chunked(dice: &mut Dice, body: &str) -> String {
    let codings = [
        "chunked",
        "Chunked",
        "gzip, chunked",
        "chunked ",
        "identity",
    ];
    let coding = dice.pick(&codings);
    let size = dice.pick(&["", "0", ";a=b", ";a=\"b\"", " ", "\t", "x"]);
    let (prefix, suffix) = if size == "0" { ("0", "") } else { ("", size) };
    let end = dice.pick(&["\r\n", "X-Sum: 1\r\n\r\n", "\r\n", "", "\n"]);
    let chunk = if body.is_empty() {
        String::new()
    } else {
        format!("{prefix}{:x}{suffix}\r\n{body}\r\n", body.len())
    };
    format!("Transfer-Encoding: {coding}\r\n\r\n{chunk}0\r\n{end}")
}

/// Answers that others have stumbled over.
const PICKED: [&str; 44] = [
    "",
    "\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\n\n",
    "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1  200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length:2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: 2 \r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no",
    "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nX-Null: a\0b\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\nok",
    "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\n0\n\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\nC: d\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000000000002\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nok",
    "220 mail.example.org ESMTP\r\n",
];

async fn serve(mut stream: DuplexStream, pieces: &[&[u8]]) {
    let mut request = [0; 4096];
    // In one piece: it is short, and the pipe is empty.
    let length = stream.read(&mut request).await.expect("a request");
    assert!(length > 0);
    for piece in pieces {
        // A client that has understood enough may be gone.
        if stream.write_all(piece).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

async fn ours(pieces: &[&[u8]]) -> Outcome {
    let (client, server) = tokio::io::duplex(1 << 16);
    let mut http = Http1::new(client);
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let (outcome, ()) = tokio::join!(http.exchange(request, false, None), serve(server, pieces));
    let answer = outcome.ok()?.answer;
    Some((answer.status, answer.body_bytes))
}

async fn hypers(pieces: &[&[u8]]) -> Outcome {
    let (client, server) = tokio::io::duplex(1 << 16);
    let ask = async {
        let io = TokioIo::new(client);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.ok()?;
        let exchange = async move {
            let request = hyper::Request::builder()
                .header("host", "a")
                .body(Empty::<bytes::Bytes>::new())
                .ok()?;
            let response = sender.send_request(request).await.ok()?;
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.ok()?.to_bytes();
            Some((status, body.len() as u64))
        };
        let (outcome, _closed) = tokio::join!(exchange, connection);
        outcome
    };
    let (outcome, ()) = tokio::join!(ask, serve(server, pieces));
    outcome
}

/// What both make of an answer, however it is cut.
async fn both(answer: &str) -> (Outcome, Outcome) {
    let bytes = answer.as_bytes();
    let (ours_whole, hypers_whole) = (ours(&[bytes]).await, hypers(&[bytes]).await);
    for cut in 0..bytes.len() {
        let (first, second) = bytes.split_at(cut);
        let pieces = [first, second];
        assert_eq!(ours(&pieces).await, ours_whole, "{answer:?} cut at {cut}");
        assert_eq!(
            hypers(&pieces).await,
            hypers_whole,
            "{answer:?} cut at {cut}"
        );
    }
    (ours_whole, hypers_whole)
}

#[test]
fn five_hundred_odd_answers_mean_the_same_to_hyper() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let picked = PICKED.iter().map(|answer| (*answer).to_owned());
    let answers: Vec<String> = picked.chain((0..GENERATED).map(generated)).collect();
    let understood = runtime.block_on(async {
        let mut understood = 0;
        let mut differing = Vec::new();
        for answer in &answers {
            let (ours, hypers) = both(answer).await;
            if ours != hypers {
                differing.push((answer, ours, hypers));
            }
            understood += usize::from(ours.is_some());
        }
        assert!(
            differing.is_empty(),
            "{} differ: {differing:#?}",
            differing.len()
        );
        understood
    });
    assert!(answers.len() >= 500);
    // Neither a list of refusals nor one of plain answers.
    assert!(
        (150..400).contains(&understood),
        "{understood} of {}",
        answers.len()
    );
}
