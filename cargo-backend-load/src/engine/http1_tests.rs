//! Canned answers, cut at every byte: what a server sends must not depend on how it arrives.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Exchange, Http1, MAX_HEAD_BYTES};
use crate::sample::{Answer, Failure, Refusal};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

/// What comes of one request when the server sends `pieces` and then closes.
async fn exchange(pieces: &[&[u8]], answers_head: bool) -> Result<Exchange, Failure> {
    let (ours, mut theirs) = tokio::io::duplex(1 << 20);
    let mut http = Http1::new(ours);
    let server = async move {
        let mut request = [0; REQUEST.len()];
        theirs.read_exact(&mut request).await.expect("a request");
        for piece in pieces {
            theirs.write_all(piece).await.expect("room in the pipe");
            // Lets the client read this piece alone.
            tokio::task::yield_now().await;
        }
    };
    let (outcome, ()) = tokio::join!(http.exchange(REQUEST, answers_head, None), server);
    outcome
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(work)
}

/// Sends the answer whole, byte by byte, and in two pieces cut at every place.
fn check_as(answer: &str, answers_head: bool, expected: &Result<(u16, u64, bool), Failure>) {
    let expected = expected
        .clone()
        .map(|(status, body_bytes, reusable)| Exchange {
            answer: Answer {
                status,
                body_bytes,
                refusal: None,
            },
            reusable,
        });
    let bytes = answer.as_bytes();
    block_on(async {
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(exchange(&single, answers_head).await, expected);
        for cut in 0..=bytes.len() {
            let (first, second) = bytes.split_at(cut);
            let outcome = exchange(&[first, second], answers_head).await;
            assert_eq!(outcome, expected, "cut at {cut}");
        }
    });
}

fn check(answer: &str, expected: (u16, u64, bool)) {
    check_as(answer, false, &Ok(expected));
}

fn refused(answer: &str, expected: Failure) {
    check_as(answer, false, &Err(expected));
}

#[test]
fn a_content_length_ends_the_body() {
    check(
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        (200, 5, true),
    );
    check(
        "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",
        (500, 0, true),
    );
}

#[test]
fn chunks_end_the_body() {
    check(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n",
        (200, 5, true),
    );
}

#[test]
fn without_a_length_the_close_ends_the_body() {
    check("HTTP/1.1 200 OK\r\n\r\nhello", (200, 5, false));
    check(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        (200, 3, false),
    );
}

#[test]
fn interim_answers_are_passed_over() {
    check(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 1\r\n\r\nx",
        (201, 1, true),
    );
}

#[test]
fn some_answers_have_no_body_whatever_they_say() {
    check("HTTP/1.1 204 None\r\n\r\n", (204, 0, true));
    check(
        "HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n",
        (304, 0, true),
    );
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    check_as(head, true, &Ok((200, 0, true)));
}

#[test]
fn a_server_can_end_the_connection_with_its_answer() {
    check(
        "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 1\r\n\r\nx",
        (200, 1, false),
    );
    check(
        "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
        (200, 1, false),
    );
    check(
        "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
        (200, 1, true),
    );
}

#[test]
fn chunks_and_a_length_together_are_not_trusted_twice() {
    check(
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        (200, 0, false),
    );
}

#[test]
fn an_early_close_says_how_far_it_came() {
    refused(
        "",
        Failure::closed("the server closed the connection without an answer"),
    );
    refused(
        "HTTP/1.1 200",
        Failure::closed("the server closed the connection within the head of its answer"),
    );
    refused(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
        Failure::closed("the server closed the connection after 3 of 5 bytes"),
    );
    refused(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
        Failure::closed("the server closed the connection before the last chunk"),
    );
}

#[test]
fn what_is_not_http_is_refused() {
    refused(
        "SSH-2.0-OpenSSH_9.2\r\n",
        Failure::protocol("the answer is not HTTP/1.1: invalid HTTP version"),
    );
    refused(
        "HTTP/1.1 101 Switching\r\n\r\n",
        Failure::protocol("the server answered with the status 101, which nothing asked for"),
    );
    refused(
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        Failure::protocol("the Content-Length of the answer is not a number"),
    );
    refused(
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        Failure::protocol("the answer has two Content-Lengths that differ"),
    );
}

#[test]
fn a_head_may_be_long_but_not_endless() {
    let head = |filler: usize| {
        format!(
            "HTTP/1.1 200 OK\r\nX: {}\r\nContent-Length: 2\r\n\r\nok",
            "x".repeat(filler)
        )
    };
    block_on(async {
        let long = exchange(&[head(60_000).as_bytes()], false).await;
        assert_eq!(long.map(|outcome| outcome.answer.body_bytes), Ok(2));
        let endless = exchange(&[head(MAX_HEAD_BYTES).as_bytes()], false).await;
        assert_eq!(
            endless,
            Err(Failure::protocol(
                "the head of the answer is longer than 64 KiB"
            ))
        );
    });
}

#[test]
fn bodies_of_any_length_are_counted() {
    block_on(async {
        for length in [1, 16 * 1024 - 40, 16 * 1024, 16 * 1024 + 1, 300_000] {
            let plain = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{}",
                "b".repeat(length)
            );
            let mut chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned();
            for piece in vec![b'c'; length].chunks(7_001) {
                let text = std::str::from_utf8(piece).expect("ASCII");
                chunked.push_str(&[&format!("{:x}", piece.len()), "\r\n", text, "\r\n"].concat());
            }
            chunked.push_str("0\r\n\r\n");
            for answer in [plain, chunked] {
                let outcome = exchange(&[answer.as_bytes()], false).await;
                let outcome = outcome.map(|outcome| (outcome.answer.body_bytes, outcome.reusable));
                assert_eq!(outcome, Ok((length as u64, true)));
            }
        }
    });
}

#[test]
fn a_second_request_uses_the_same_connection() {
    block_on(async {
        let (ours, mut theirs) = tokio::io::duplex(1 << 12);
        let mut http = Http1::new(ours);
        for status in [200, 404] {
            let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 1\r\n\r\nx");
            theirs.write_all(answer.as_bytes()).await.expect("room");
            let outcome = http
                .exchange(REQUEST, false, None)
                .await
                .expect("an answer");
            assert_eq!((outcome.answer.status, outcome.reusable), (status, true));
        }
    });
}

#[test]
fn unasked_bytes_end_the_connection() {
    block_on(async {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\n";
        let outcome = exchange(&[answer], false).await.expect("an answer");
        assert!(!outcome.reusable);
    });
}

#[test]
fn a_refusal_says_when_to_come_back() {
    let text = "HTTP/1.1 429 Slow Down\r\nRetry-After: 7\r\nRateLimit-Limit: 10\r\n\
                Content-Length: 0\r\n\r\n";
    let outcome = block_on(exchange(&[text.as_bytes()], false));
    let refusal = outcome.map(|exchange| exchange.answer.refusal);
    let expected = Refusal {
        retry_after_s: Some(7),
        tells_limit: true,
    };
    assert_eq!(refusal, Ok(Some(expected)));
}
