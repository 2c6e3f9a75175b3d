//! Redirects: followed only when asked for, only to the server that was named, and not for ever.

use serde_json::Value;

use crate::command::{Said, load, number};
use crate::server::{Server, Temper};

/// A hundred requests to a path.
fn run(server: &Server, path: &str, args: &[&str]) -> Said {
    let always = ["--rps", "200", "-d", "500ms"];
    let url = format!("{}{path}", server.url());
    load(&url, &[&always[..], args].concat())
}

fn only_error(summary: &Value) -> (&str, u64, &str) {
    let errors = summary["errors"].as_array().expect("a list");
    assert_eq!(errors.len(), 1, "{summary:#}");
    let text = |name: &str| errors[0][name].as_str().expect("a text");
    (text("kind"), number(&errors[0], "count"), text("example"))
}

#[test]
fn a_redirect_is_an_answer_unless_it_shall_be_followed() {
    let server = Server::start(Temper::Redirecting);
    let said = run(&server, "to-end", &[]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = said.summary();
    assert_eq!(number(&summary["statuses"], "302"), 100);
    assert_eq!(number(&summary, "redirects"), 0);
    assert_eq!(server.requests(), 100);
}

#[test]
fn each_hop_is_counted() {
    let server = Server::start(Temper::Redirecting);
    let said = run(&server, "to-end", &["--follow-redirects", "--body", "{}"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let summary = said.summary();
    assert_eq!(number(&summary["statuses"], "200"), 100);
    assert_eq!(number(&summary, "requests"), 100);
    assert_eq!(number(&summary, "redirects"), 100);
    assert_eq!(server.requests(), 200);
    // Two bytes of the redirect and those of the last answer; POST has become GET.
    assert_eq!(number(&summary, "body_bytes"), 100 * (2 + 12));
    assert!(server.last().starts_with("GET /end?a=b HTTP/1.1\r\n"));
    assert!(!server.last().contains("Content-Length"));

    let said = run(&server, "post", &["--follow-redirects=1", "--body", "{}"]);
    assert_eq!(number(&said.summary()["statuses"], "200"), 100);
    assert!(server.last().starts_with("POST /end HTTP/1.1\r\n"));
}

#[test]
fn a_loop_ends() {
    let server = Server::start(Temper::Redirecting);
    let said = run(&server, "loop", &["--follow-redirects=3"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let summary = said.summary();
    assert_eq!(
        only_error(&summary),
        ("redirect", 100, "more than 3 redirects")
    );
    assert_eq!(number(&summary, "redirects"), 300);
    assert_eq!(server.requests(), 400);
    assert_eq!(number(&summary, "reconnects"), 0);
}

#[test]
fn nobody_else_is_loaded() {
    let server = Server::start(Temper::Redirecting);
    let said = run(&server, "away", &["--follow-redirects"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let summary = said.summary();
    let why = "a redirect to `http://other.invalid:81`, which nobody asked to load";
    assert_eq!(only_error(&summary), ("redirect", 100, why));
    assert_eq!(server.requests(), 100);
    assert!(!said.stdout.contains("secret"));
}
