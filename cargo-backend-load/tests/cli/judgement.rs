//! Thresholds, what counts as success, and the forms in which the answer is told.

use std::time::Duration;

use crate::command::{Folder, load, number};
use crate::server::{Server, Temper};

/// A server slow enough that this side has time to spare.
fn slow() -> Server {
    Server::start(Temper::Slow(Duration::from_millis(10)))
}

#[test]
fn thresholds_decide_the_exit_status() {
    let server = slow();
    let code = |thresholds: &[&str]| {
        let mut args = vec!["-c", "2", "-d", "300ms"];
        for threshold in thresholds {
            args.extend(["--threshold", threshold]);
        }
        let said = load(&server.url(), &args);
        (said.code, said.json()["thresholds"].clone())
    };
    assert_eq!(code(&["p50>=10ms", "p50<20s", "error-rate<1%"]).0, Some(0));
    let (status, judged) = code(&["p50<1ms", "error-rate<1%"]);
    assert_eq!(status, Some(1));
    assert_eq!(judged[0]["verdict"], "missed");
    assert_eq!(judged[0]["unit"], "us");
    assert_eq!(judged[1]["verdict"], "met");
    assert_eq!(judged[1]["actual"], 0.0);
    // At most 60 answers cannot tell what one in ten thousand is like.
    let (status, judged) = code(&["p99.99<1s", "p50<1ms"]);
    assert_eq!(status, Some(3));
    assert_eq!(judged[0]["verdict"], "inconclusive");
    assert_eq!(judged[1]["verdict"], "missed");
}

#[test]
fn a_pool_that_was_exhausted_judges_nothing() {
    let server = Server::start(Temper::Slow(Duration::from_millis(150)));
    let said = load(
        &server.url(),
        &[
            "--rps",
            "100",
            "-d",
            "1s",
            "-c",
            "2",
            "--threshold",
            "p50<60s",
        ],
    );
    assert_eq!(said.code, Some(3), "{said:?}");
    assert_eq!(
        said.json()["thresholds"][0]["why"],
        "the generator was the limit"
    );
}

#[test]
fn an_expected_status_is_the_success() {
    let server = Server::start(Temper::Status(400));
    let args = ["-c", "2", "-d", "200ms", "--expect-status"];
    let said = load(&server.url(), &[&args[..], &["400"]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(number(&said.summary(), "failed"), 0);
    let said = load(&server.url(), &[&args[..], &["201"]].concat());
    assert_eq!(said.code, Some(1));
    assert!(
        said.stderr
            .contains("none was answered with a status of 201"),
        "{said:?}"
    );
}

#[test]
fn every_form_is_told_on_stdout_and_in_a_file() {
    let server = slow();
    let folder = Folder::new();
    for (form, file, begins) in [
        ("markdown", "load.md", "# GET http://127.0.0.1:"),
        ("junit", "load.xml", "<?xml version="),
        ("csv", "load.csv", "second,requests,failed,"),
        ("github", "load.json", "::notice title=p50<1s met::GET "),
    ] {
        let said = folder.run(&[
            &server.url(),
            "-c",
            "2",
            "-d",
            "200ms",
            "--threshold",
            "p50<1s",
            "--format",
            form,
            "--report",
            file,
        ]);
        assert_eq!(said.code, Some(0), "{said:?}");
        assert!(said.stdout.starts_with(begins), "{said:?}");
        let written = fs_err::read_to_string(folder.path().join(file)).expect("a report");
        if form == "github" {
            assert!(written.starts_with("{\n"), "{written}");
        } else {
            assert_eq!(said.stdout, written);
        }
    }
}

#[test]
fn a_report_can_go_to_several_files() {
    let server = slow();
    let folder = Folder::new();
    let args = [
        "-c", "1", "-d", "100ms", "--report", "a.json", "--report", "b.xml", "--report", "c.html",
    ];
    let said = folder.run(&[&[&server.url()[..]], &args[..]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    for file in ["a.json", "b.xml", "c.html"] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
}

#[test]
fn a_rate_limit_is_proved() {
    let server = Server::start(Temper::Limiting(40));
    let args = ["--rps", "100", "-d", "4s", "--expect-rate-limit"];
    let said = load(&server.url(), &args);
    assert_eq!(said.code, Some(0), "{said:?}");
    let judged = said.json()["thresholds"][0].clone();
    assert_eq!(judged["verdict"], "met");
    assert_eq!(
        judged["why"],
        "Retry-After is 1 s, a RateLimit header tells the limit, and service returned"
    );
    let passed = judged["actual"].as_f64().expect("a rate");
    // Its windows are not our seconds.
    assert!((20.0..=60.0).contains(&passed), "{judged}");
    // One more than was due: afterwards.
    assert_eq!(server.requests(), 401);
}

#[test]
fn a_rate_limit_that_is_not_there_is_missed() {
    let server = slow();
    let args = ["--rps", "50", "-d", "500ms", "--expect-rate-limit=10/s"];
    let said = load(&server.url(), &args);
    assert_eq!(said.code, Some(1), "{said:?}");
    let judged = said.json()["thresholds"][0].clone();
    assert_eq!(judged["threshold"], "rate-limit=10/s");
    assert_eq!(judged["why"], "no request was answered with 429");
}
