//! Servers that do not do what they should, and runs that are broken off.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::command::{Folder, Said, load, number};
use crate::server::{Server, Temper};

#[test]
fn a_hung_server_does_not_hold_the_run() {
    let server = Server::start(Temper::Hung);
    let begun = Instant::now();
    let said = load(&server.url(), &["-c", "4", "-d", "500ms"]);
    // Far below the 30 s that a request may take; generous, because machines are.
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr
            .starts_with("error: no request was answered before the run ended\n"),
        "{said:?}"
    );
    let summary = said.summary();
    assert_eq!(number(&summary, "requests"), 0);
    assert_eq!(number(&summary, "connections_opened"), 4);
    assert_eq!(summary["latency"], serde_json::Value::Null);
    assert_eq!(server.requests(), 4);
}

/// Every request of such a server fails, and all for one reason.
fn check_all_fail(temper: Temper, args: &[&str], kind: &str, example: &str) {
    let server = Server::start(temper);
    let mut all = vec!["-c", "4", "-d", "500ms"];
    all.extend(args);
    let said = load(&server.url(), &all);
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(
        said.stderr.starts_with("error: no request succeeded"),
        "{said:?}"
    );
    let summary = said.summary();
    let failed = number(&summary, "failed");
    assert!(failed > 0);
    assert_eq!(failed, number(&summary, "requests"));
    assert_eq!(
        summary["errors"],
        serde_json::json!([{"kind": kind, "count": failed, "example": example}])
    );
}

#[test]
fn a_request_that_takes_too_long_is_a_timeout() {
    let example = "no complete answer within 100ms";
    check_all_fail(Temper::Hung, &["--timeout", "100ms"], "timeout", example);
}

#[test]
fn a_head_that_takes_too_long_is_told_apart() {
    let example = "no head of an answer within 100ms";
    let args = ["--first-byte-timeout", "100ms"];
    check_all_fail(Temper::Hung, &args, "first-byte-timeout", example);
    // The head came in time, the rest did not.
    let example = "no complete answer within 150ms";
    let args = ["--first-byte-timeout", "100ms", "--timeout", "150ms"];
    check_all_fail(Temper::Halfway, &args, "timeout", example);
}

#[test]
fn a_connection_that_closes_early_is_named_so() {
    let example = "the server closed the connection without an answer";
    check_all_fail(Temper::Rude, &[], "closed", example);
}

#[test]
fn a_server_of_another_protocol_is_named_so() {
    let example = "the answer is not HTTP/1.1: invalid HTTP version";
    check_all_fail(Temper::Foreign, &[], "protocol", example);
}

#[test]
fn a_run_without_any_success_says_no() {
    let server = Server::start(Temper::Status(500));
    let said = load(&server.url(), &["-c", "2", "-d", "200ms"]);
    assert_eq!(said.code, Some(1));
    let summary = said.summary();
    assert_eq!(
        number(&summary["statuses"], "500"),
        number(&summary, "failed")
    );
}

#[test]
fn an_interrupted_run_is_reported() {
    let server = Server::start(Temper::Status(200));
    let folder = Folder::new();
    let run = folder.start(&[&server.url(), "--json", "-c", "2", "-d", "60s"]);
    let waiting = Instant::now();
    while server.requests() < 10 {
        assert!(
            waiting.elapsed() < Duration::from_secs(20),
            "it never began"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    let sent = Command::new("kill")
        .args(["-INT", &run.id().to_string()])
        .status()
        .expect("kill is there");
    assert!(sent.success());
    let said = Said::from(run.wait_with_output().expect("it ends"));
    assert!(waiting.elapsed() < Duration::from_secs(30));
    assert_eq!(said.code, Some(130), "{said:?}");
    assert_eq!(said.json()["interrupted"], true);
    assert!(number(&said.summary(), "ok") > 0);
}

#[test]
fn a_server_that_is_gone_in_the_middle_is_refused_now_and_then() {
    let server = Server::start(Temper::Status(200));
    let folder = Folder::new();
    let run = folder.start(&[&server.url(), "--json", "-c", "2", "-d", "1s"]);
    let waiting = Instant::now();
    // With two users, all but the last two are answered.
    while server.requests() < 10 {
        assert!(
            waiting.elapsed() < Duration::from_secs(20),
            "it never began"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(server);
    let said = Said::from(run.wait_with_output().expect("it ends"));
    assert_eq!(said.code, Some(0), "{said:?}");
    let errors = said.summary()["errors"].clone();
    let refused: Vec<u64> = errors
        .as_array()
        .expect("a list")
        .iter()
        .filter(|error| error["kind"] == "refused")
        .map(|error| number(error, "count"))
        .collect();
    assert_eq!(refused.len(), 1, "{errors:#}");
    // Two users that pause 10 ms after each refusal.
    assert!(refused[0] <= 200, "{errors:#}");
}
