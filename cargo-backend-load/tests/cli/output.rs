//! Where the answer goes, and what it never says.

use snapbox::{assert_data_eq, str};

use crate::command::{Folder, load};
use crate::server::{Server, Temper};

#[test]
fn a_person_reads_a_table() {
    let server = Server::start(Temper::Status(200));
    let said = Folder::new().run(&[&server.url(), "-c", "2", "-d", "200ms"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:?}");
    assert_data_eq!(
        said.stdout,
        str![[r#"
GET http://127.0.0.1:[..]/
2 users for 200.0 ms

Requests  finished  [..]/s
          ok  [..]  100.00 %
          failed  [..]  0.00 %
...
Latency   min  [..]s
          average  [..]s
          p50  [..]s
          p90  [..]s
          p95  [..]s
          p99  [..]s
          p99.9  [..]s
          max  [..]s

Phases    connect  [..]s  p50; p99 [..]s, max [..]s

Statuses  200  [..]

Transfer  bodies  [..]B  [..]B/s
          connections[..]2
...
note: each user waits for its answer, so a stall hides the requests it held back (coordinated omission)

"#]]
    );
}

#[test]
fn cargo_passes_its_own_word_along() {
    let server = Server::start(Temper::Status(200));
    let url = server.url();
    let said = Folder::new().run(&["backend-load", &url, "-c", "1", "-d", "50ms", "--json"]);
    assert_eq!(said.json()["target"]["url"], url);
}

#[test]
fn the_report_also_goes_to_a_file() {
    let server = Server::start(Temper::Status(200));
    let folder = Folder::new();
    folder.file("load.json", "an older report");
    let said = folder.run(&[
        &server.url(),
        "-c",
        "2",
        "-d",
        "200ms",
        "--json",
        "--report",
        "load.json",
    ]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let text = fs_err::read_to_string(folder.path().join("load.json")).expect("a report");
    let written: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let mut answered = said.json();
    // The envelope of a line on stdout.
    let line = answered.as_object_mut().expect("an object");
    assert_eq!(line.remove("reason"), Some("load-report".into()));
    assert_eq!(line.remove("v"), Some(1.into()));
    assert_eq!(answered, written);
    assert_eq!(written["schema"], "cargo-backend-load/report/1");
    assert_eq!(
        written["latency_histogram"]["encoding"],
        "hdr-v2-deflate-base64"
    );
    let started_at = written["started_at"].as_str().expect("a time");
    assert!(
        started_at.ends_with('Z') && started_at.len() == 20,
        "{started_at}"
    );
    let names: Vec<_> = fs_err::read_dir(folder.path())
        .expect("the folder is ours")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names, ["load.json"]);
}

#[test]
fn secrets_are_never_repeated() {
    let server = Server::start(Temper::Status(200));
    let url = server.url().replace("//", "//ann:hunter2@");
    let folder = Folder::new();
    let secret = "Authorization: Bearer hunter2";
    for format in ["human", "json"] {
        let said = folder.run(&[
            &url,
            "-H",
            secret,
            "-c",
            "1",
            "-d",
            "50ms",
            "--format",
            format,
            "--verbose",
            "--report",
            "load.json",
        ]);
        assert_eq!(said.code, Some(0), "{said:?}");
        let report = fs_err::read_to_string(folder.path().join("load.json")).expect("a report");
        for text in [&said.stdout, &said.stderr, &report] {
            assert!(!text.contains("hunter2"), "{text}");
        }
        assert!(report.contains("\"Authorization\""), "{report}");
    }
    assert!(server.last().contains("Authorization: Bearer hunter2\r\n"));
    for broken in [
        "http://ann:hunter2@host:port/",
        "ann:hunter2@host",
        "ftp://ann:hunter2@host",
    ] {
        let said = load(broken, &["-H", "Authorization hunter2"]);
        assert_eq!(said.code, Some(2));
        assert!(!said.stderr.contains("hunter2"), "{}", said.stderr);
    }
    let said = load("http://ann:hunter2@127.0.0.1:1/", &[]);
    assert!(!said.stderr.contains("hunter2"), "{}", said.stderr);
}
