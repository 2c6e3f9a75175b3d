//! What cannot run says what, where, and what to do; it ends with 2 and writes nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use snapbox::{IntoData, assert_data_eq, str};

use crate::command::Folder;
use crate::server::{Server, Temper};

fn refused(args: &[&str], expected: impl IntoData) {
    let folder = Folder::new();
    let said = folder.run(args);
    assert_data_eq!(said.stderr.clone(), expected);
    assert_eq!((said.code, said.stdout.as_str()), (Some(2), ""), "{said:?}");
    let left = fs_err::read_dir(folder.path()).expect("the folder is ours");
    assert_eq!(left.count(), 0);
}

#[test]
fn a_server_that_is_not_there() {
    // Port 1 is reserved, and nobody listens there.
    refused(
        &["http://127.0.0.1:1/", "--report", "load.json"],
        str![[r#"
error: cannot reach `http://127.0.0.1:1/`: connecting to 127.0.0.1:1: Connection refused (os error 111)
hint: start the server, or check that it listens on port 1 of `127.0.0.1`

"#]],
    );
}

#[test]
fn a_host_that_nobody_knows() {
    refused(
        &["http://no-such-host.invalid/"],
        str![[r#"
error: cannot reach `http://no-such-host.invalid/`: the host name `no-such-host.invalid` cannot be found: [..]
hint: is the host name spelled right?

"#]],
    );
}

#[test]
fn https_to_a_server_without_tls() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = server.local_addr().expect("an address");
    let answering = std::thread::spawn(move || {
        let (mut stream, _peer) = server.accept().expect("a connection");
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .expect("the client reads");
        // Closing with bytes unread would reset the connection.
        stream.read(&mut [0; 4096]).expect("a greeting")
    });
    refused(
        &[&format!("https://{address}/")],
        str![[r#"
error: cannot reach `https://127.0.0.1:[..]/`: TLS handshake: received corrupt message of type InvalidContentType
hint: the certificate must be valid for `127.0.0.1`, or see `--cacert` and `--insecure`; a server without TLS is named with http://

"#]],
    );
    answering.join().expect("no panic");
}

#[test]
fn what_is_not_http() {
    refused(
        &["localhost:8080"],
        str![[r#"
error: `localhost:8080` does not begin with `http://` or `https://`
hint: write `http://localhost:8080`, or see `--help` for the other commands

"#]],
    );
    refused(
        &["ftp://example.org/file"],
        str![[r#"
error: `ftp://example.org/file` does not begin with `http://` or `https://`
hint: only HTTP can be loaded

"#]],
    );
    refused(
        &["http://exa mple/"],
        str![[r#"
error: `http://exa mple/` is not a URL
hint: write it like `http://localhost:8080/path`

"#]],
    );
    refused(
        &["confg"],
        str![[r#"
error: `confg` does not begin with `http://` or `https://`
hint: write `http://confg`, or see `--help` for the other commands

"#]],
    );
}

#[test]
fn a_header_that_is_none() {
    refused(
        &["http://127.0.0.1:1/", "--header", "no-colon"],
        str![[r#"
error: the header `no-colon` has no colon
hint: write it as `--header 'Name: value'`

"#]],
    );
    refused(
        &["http://127.0.0.1:1/", "--header", "Content-Length: 4"],
        str![[r#"
error: the header `Content-Length` is worked out from the body
hint: leave it out

"#]],
    );
}

#[test]
fn a_method_that_is_none() {
    refused(
        &["http://127.0.0.1:1/", "--method", "GET IT"],
        str![[r#"
error: `GET IT` cannot be a method
hint: a method is one word, such as `GET` or `DELETE`

"#]],
    );
}

#[test]
fn a_body_that_is_not_there() {
    refused(
        &["http://127.0.0.1:1/", "--body", "@missing.json"],
        str![[r#"
error: cannot read the body from `missing.json`: failed to open file `[..]/missing.json`: No such file or directory (os error 2)
hint: `--body @FILE` sends a file, `--body TEXT` sends the text itself

"#]],
    );
}

#[test]
fn figures_that_make_no_sense() {
    refused(
        &["http://127.0.0.1:1/", "--duration", "30"],
        str![[r#"
error: invalid value '30' for '--duration <TIME>': `30` is not a duration such as `500ms`, `30s` or `1m30s`

For more information, try '--help'.

"#]],
    );
    refused(
        &["http://127.0.0.1:1/", "--duration", "0s"],
        str![[r#"
error: invalid value '0s' for '--duration <TIME>': `0s` is too short: it must be at least `1ms`

For more information, try '--help'.

"#]],
    );
    refused(
        &["http://127.0.0.1:1/", "--concurrency", "0"],
        str![[r#"
error: invalid value '0' for '--concurrency <USERS>': `0` is not a number of users such as `50`

For more information, try '--help'.

"#]],
    );
}

#[test]
fn nothing_to_load() {
    refused(
        &[],
        str![[r#"
error: the following required arguments were not provided:
  <URL>

Usage: cargo backend-load [OPTIONS] <URL>
       cargo backend-load <COMMAND>

For more information, try '--help'.

"#]],
    );
}

#[test]
fn a_report_that_cannot_be_written_is_found_before_the_run() {
    let server = Server::start(Temper::Status(200));
    let url = server.url();
    refused(
        &[&url, "--report", "no/such/folder/load.json"],
        str![[r#"
error: cannot write the report in `[..]/no/such/folder`: No such file or directory (os error 2)
hint: name a file in a folder that exists and can be written

"#]],
    );
    refused(
        &[&url, "--report", "load.txt"],
        str![[r#"
error: `load.txt` does not end with `.json`, `.html`, `.md`, `.xml` or `.csv`
hint: the ending chooses the form of the report; .xml is JUnit

"#]],
    );
    refused(
        &[&url, "--report", "/proc/load.json"],
        str![[r#"
error: cannot write the report in `/proc`: No such file or directory (os error 2)
hint: name a file in a folder that exists and can be written

"#]],
    );
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_other_verbs_need_no_url() {
    let folder = Folder::new();
    folder.file("Cargo.toml", "[workspace]\n");
    let said = folder.run(&["init"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = folder.run(&["config"]);
    assert!(said.stdout.contains("load.concurrency"), "{said:?}");
}

#[test]
fn shapes_that_come_to_nothing() {
    refused(
        &["http://127.0.0.1:1/", "--stage", "10s:0"],
        str![[r#"
error: the stages come to nothing
hint: give at least one that has a length and a level, such as `--stage 30s:100`

"#]],
    );
    refused(
        &["http://127.0.0.1:1/", "--stage", "10s:5", "--warm-up", "1s"],
        str![[r#"
error: there is nobody to warm up with: the stages begin at no users
hint: add `--concurrency USERS` or `--rps RATE` to say where they begin

"#]],
    );
    refused(
        &["http://127.0.0.1:1/", "--stage", "ten:5"],
        str![[r#"
error: invalid value 'ten:5' for '--stage <TIME:LEVEL>': `ten` is not a duration such as `500ms`, `30s` or `1m30s`

For more information, try '--help'.

"#]],
    );
}

#[test]
fn more_users_than_the_system_has_sockets() {
    let script = format!(
        "ulimit -n 128 && exec '{}' http://127.0.0.1:1/ -c 100",
        env!("CARGO_BIN_EXE_cargo-backend-load")
    );
    let said = std::process::Command::new("sh")
        .args(["-c", &script])
        .output()
        .expect("a shell");
    assert_eq!(said.status.code(), Some(2));
    assert_data_eq!(
        said.stderr,
        str![[r#"
error: 100 users need more sockets than the 64 that the system allows
hint: raise the limit of open files (`ulimit -n`), or load with fewer users

"#]]
    );
}

#[test]
fn thresholds_that_are_none() {
    refused(
        &["http://127.0.0.1:1/", "--threshold", "p99<200"],
        str![[r#"
error: invalid value 'p99<200' for '--threshold <CONDITION>': `200` is not a time such as `200ms`

For more information, try '--help'.

"#]],
    );
    refused(
        &["http://127.0.0.1:1/", "--threshold", "latency<1s"],
        str![[r#"
error: invalid value 'latency<1s' for '--threshold <CONDITION>': `latency` is not a figure: there are p50 to p99.99, min, avg, max, error-rate and rps

For more information, try '--help'.

"#]],
    );
    refused(
        &["http://127.0.0.1:1/", "--expect-status", "700"],
        str![[r#"
error: invalid value '700' for '--expect-status <STATUS>': 700 is not in 200..600

For more information, try '--help'.

"#]],
    );
}

#[test]
fn forms_that_an_answer_does_not_have() {
    refused(
        &["config", "--format", "csv"],
        str![[r#"
error: this answer has no such form
hint: use `--format human` or `--format json`

"#]],
    );
    refused(
        &["http://127.0.0.1:1/", "--format", "sarif"],
        str![[r#"
error: invalid value 'sarif' for '--format <FORMAT>'
  [possible values: human, json, markdown, junit, github, csv]

For more information, try '--help'.

"#]],
    );
}

#[test]
fn certificates_that_are_none() {
    refused(
        &["https://127.0.0.1:1/", "--cacert", "missing.pem"],
        str![[r#"
error: cannot read `missing.pem`: failed to open file `[..]/missing.pem`: No such file or directory (os error 2)
hint: name a PEM file that exists and can be read

"#]],
    );
    refused(
        &["https://127.0.0.1:1/", "--cacert", "/dev/null"],
        str![[r#"
error: `/dev/null` holds no certificate
hint: a PEM file has a line `-----BEGIN CERTIFICATE-----`

"#]],
    );
    refused(
        &["https://127.0.0.1:1/", "--cert", "a.pem"],
        str![[r#"
error: the following required arguments were not provided:
  --key <FILE>

Usage: cargo backend-load [OPTIONS] <URL>
       cargo backend-load <COMMAND>

For more information, try '--help'.

"#]],
    );
    refused(
        &["http://127.0.0.1:1/", "--resolve", "localhost:80"],
        str![[r#"
error: invalid value 'localhost:80' for '--resolve <HOST:PORT:ADDRESS>': `localhost:80` is not a host, a port and an IP address such as `example.org:443:127.0.0.1`

For more information, try '--help'.

"#]],
    );
    refused(
        &["http://localhost/", "--unix-socket", "/nowhere/at.sock"],
        str![[r#"
error: cannot reach `http://localhost/`: connecting to /nowhere/at.sock: No such file or directory (os error 2)
hint: name a socket that a server listens on

"#]],
    );
}
