//! What the report says is what the server saw.

use std::time::Duration;

use crate::command::{Folder, load, number};
use crate::server::{Server, Temper};

const USERS: u64 = 8;

/// A short run with eight users.
fn run(server: &Server, args: &[&str]) -> serde_json::Value {
    let mut all = vec!["-c", "8", "-d", "600ms"];
    all.extend(args);
    let said = load(&server.url(), &all);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:?}");
    said.summary()
}

/// What was sent is what the server saw: finished, or on its way at the end.
fn assert_same_count(server: &Server, summary: &serde_json::Value) {
    let told = number(summary, "requests");
    let unfinished = number(summary, "unfinished");
    assert!(unfinished <= USERS, "{summary:#}");
    let seen = server.requests();
    // The end may cut a request off before all of it was written.
    assert!(
        (told..=told + unfinished).contains(&seen),
        "told {told} and {unfinished}, seen {seen}"
    );
    assert!(told > USERS, "{summary:#}");
}

#[test]
fn the_server_counts_the_same_requests() {
    let server = Server::start(Temper::Status(200));
    let summary = run(&server, &[]);
    assert_same_count(&server, &summary);
    let requests = number(&summary, "requests");
    assert_eq!(number(&summary, "ok"), requests);
    assert_eq!(number(&summary, "failed"), 0);
    assert_eq!(number(&summary["statuses"], "200"), requests);
    assert_eq!(number(&summary, "body_bytes"), 2 * requests);
    assert_eq!(number(&summary["seconds"][0], "requests"), requests);
    // One connection for each user, and the one that found the server.
    assert_eq!(number(&summary, "connections_opened"), USERS);
    assert_eq!(number(&summary, "reconnects"), 0);
    assert_eq!(server.connections(), USERS + 1);
    let per_second = summary["requests_per_second"].as_f64().expect("a number");
    assert!((per_second * 0.6 - requests as f64).abs() < 1.0);
}

#[test]
fn a_slow_server_shows_in_the_latency() {
    let server = Server::start(Temper::Slow(Duration::from_millis(20)));
    let summary = run(&server, &[]);
    assert_same_count(&server, &summary);
    let latency = &summary["latency"];
    assert!(number(latency, "min_us") >= 20_000, "{latency:#}");
    assert!(number(latency, "p50_us") >= 20_000, "{latency:#}");
    let order = [
        "min_us", "p50_us", "p90_us", "p95_us", "p99_us", "p99_9_us", "max_us",
    ];
    assert!(order.map(|name| number(latency, name)).is_sorted());
    // Eight users, each at most once in 20 ms.
    assert!(number(&summary, "requests") <= USERS * 30);
}

#[test]
fn the_first_byte_is_told_beside_the_last_one() {
    let delay = Duration::from_millis(50);
    for args in [&[][..], &["--rps", "100"]] {
        let server = Server::start(Temper::Parted(delay));
        let summary = run(&server, args);
        let (first, last) = (&summary["first_byte"], &summary["latency"]);
        assert!(number(last, "min_us") >= 50_000, "{summary:#}");
        // The head does not wait; half of the delay is room for a busy machine.
        assert!(number(first, "p50_us") < 25_000, "{summary:#}");
    }
    let server = Server::start(Temper::Parted(delay));
    let said = Folder::new().run(&[server.url(), "-d".into(), "200ms".into()]);
    assert!(said.stdout.contains("first byte"), "{said:?}");
    assert!(said.stdout.contains("connect "), "{said:?}");
}

#[test]
fn an_answer_that_comes_at_once_begins_when_it_ends() {
    let server = Server::start(Temper::Slow(Duration::from_millis(10)));
    let summary = run(&server, &[]);
    assert_eq!(summary["first_byte"], summary["latency"]);
}

#[test]
fn answers_of_5xx_are_failures() {
    let server = Server::start(Temper::Moody);
    let summary = run(&server, &[]);
    assert_same_count(&server, &summary);
    assert_eq!(
        number(&summary, "failed"),
        number(&summary["statuses"], "503")
    );
    assert_eq!(number(&summary, "ok"), number(&summary["statuses"], "200"));
    assert_eq!(summary["errors"], serde_json::json!([]));
}

#[test]
fn chunks_are_read_to_the_end() {
    let server = Server::start(Temper::Chunked);
    let summary = run(&server, &[]);
    assert_same_count(&server, &summary);
    let requests = number(&summary, "requests");
    assert_eq!(number(&summary, "body_bytes"), 7 * requests);
    assert_eq!(number(&summary, "reconnects"), 0);
}

#[test]
fn a_server_that_closes_is_dialled_again() {
    let server = Server::start(Temper::Closing);
    let summary = run(&server, &[]);
    assert_same_count(&server, &summary);
    let requests = number(&summary, "requests");
    assert_eq!(number(&summary, "ok"), requests);
    let opened = number(&summary, "connections_opened");
    assert!(
        (requests..=requests + USERS).contains(&opened),
        "{summary:#}"
    );
    assert_eq!(number(&summary, "reconnects"), opened - USERS);
}

#[test]
fn head_is_answered_without_a_body() {
    let server = Server::start(Temper::Status(200));
    let summary = run(&server, &["--method", "HEAD"]);
    assert_same_count(&server, &summary);
    assert_eq!(number(&summary, "body_bytes"), 0);
    assert_eq!(number(&summary, "reconnects"), 0);
}

#[test]
fn method_headers_and_body_arrive_as_given() {
    let server = Server::start(Temper::Status(200));
    let folder = Folder::new();
    folder.file("order.json", "{\"id\":7}");
    let url = server.url().replace("//", "//ann:s%3Acret@") + "orders?a=b";
    let said = folder.run(&[
        &url,
        "-c",
        "1",
        "-d",
        "100ms",
        "-H",
        "X-Trace: a:b",
        "--body",
        "@order.json",
    ]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let address = server.address();
    assert_eq!(
        server.last().replace("\r\n", "\n"),
        format!(
            "POST /orders?a=b HTTP/1.1\nHost: {address}\nUser-Agent: cargo-backend-load/{}\n\
             Accept: */*\nAuthorization: Basic YW5uOnM6Y3JldA==\nX-Trace: a:b\n\
             Content-Length: 8\n\n{{\"id\":7}}",
            env!("CARGO_PKG_VERSION")
        )
    );
}

#[test]
fn settings_of_the_project_are_the_defaults() {
    let server = Server::start(Temper::Status(200));
    let folder = Folder::new();
    folder.file("Cargo.toml", "[workspace]\n");
    folder.file(
        "Backend.toml",
        "[load]\nconcurrency = 3\nduration = \"200ms\"\ntimeout = \"2s\"\n",
    );
    let said = folder.run(&[server.url(), "--json".into()]);
    let expected = serde_json::json!({
        "model": "closed", "concurrency": 3, "begin": 3.0, "stages": [],
        "warm_up_ms": 0, "duration_ms": 200, "timeout_ms": 2000,
        "expected_status": null
    });
    assert_eq!(said.json()["configuration"], expected);
    assert_eq!(server.connections(), 4);
}
