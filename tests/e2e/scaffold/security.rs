//! Who may call: tokens whose keys are rotated, keys in every place, names and passwords.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cargo_backend_tests::plugin::repository;
use cargo_backend_tests::service::{Answer, Service};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use super::built;

const NAME: &str = "scaffold-e2e-secured";

fn key(name: &str) -> Vec<u8> {
    let path = repository().join("tests/golden/keys").join(name);
    fs_err::read(path).expect("a key of this repository")
}

fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("after 1970").as_secs();
    i64::try_from(now).expect("not that late") + seconds
}

fn claims(seconds: i64, scope: &str) -> Value {
    json!({"sub": "ann", "exp": in_seconds(seconds), "scope": scope, "iss": "us", "aud": "shop"})
}

/// A token that one of the keys has signed.
fn token(name: &str, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some(name.to_owned());
    let key = EncodingKey::from_rsa_pem(&key(&format!("{name}.pem"))).expect("a key");
    jsonwebtoken::encode(&header, claims, &key).expect("a token")
}

fn send(service: &Service, line: &str, headers: &[&str]) -> Answer {
    let headers: String = headers
        .iter()
        .map(|header| format!("{header}\r\n"))
        .collect();
    let request = format!("{line} HTTP/1.1\r\nhost: x\r\n{headers}connection: close\r\n\r\n");
    service.send_raw(&request).expect("an answer")
}

#[track_caller]
fn refused(answer: &Answer, status: u16, challenge: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert!(
        answer.head.contains(challenge),
        "{challenge}: {}",
        answer.head
    );
}

fn tokens(service: &Service) {
    let bearer = |token: &str| format!("authorization: Bearer {token}");
    let list = "GET /reports";
    let good = token("first", &claims(60, ""));
    let answer = send(service, list, &[&bearer(&good)]);
    assert_eq!((answer.status, answer.json()), (200, json!("ann")));
    refused(
        &send(service, list, &[]),
        401,
        "www-authenticate: bearer realm=\"secured\"",
    );
    assert!(
        send(service, list, &[])
            .head
            .contains("application/problem+json")
    );
    let invalid = "error=\"invalid_token\"";
    let late = token("first", &claims(-120, ""));
    refused(&send(service, list, &[&bearer(&late)]), 401, invalid);
    let mut foreign = claims(60, "");
    foreign["aud"] = json!("other");
    let foreign = token("first", &foreign);
    refused(&send(service, list, &[&bearer(&foreign)]), 401, invalid);
    let unknown = token("second", &claims(60, ""));
    refused(&send(service, list, &[&bearer(&unknown)]), 401, invalid);
    // The public key as a secret: the algorithm is the service's to choose, not the token's.
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("first".to_owned());
    let secret = EncodingKey::from_secret(&key("first.public.pem"));
    let confused = jsonwebtoken::encode(&header, &claims(60, ""), &secret).expect("a token");
    refused(&send(service, list, &[&bearer(&confused)]), 401, invalid);
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4iLCJleHAiOjk5OTk5OTk5OTl9.";
    refused(&send(service, list, &[&bearer(unsigned)]), 401, invalid);

    let write = "POST /reports";
    let weak = send(service, write, &[&bearer(&good)]);
    refused(
        &weak,
        403,
        "error=\"insufficient_scope\", scope=\"reports:write\"",
    );
    assert!(
        weak.head.contains("application/problem+json"),
        "{}",
        weak.head
    );
    let strong = token("first", &claims(60, "a reports:write"));
    let without_body = send(service, write, &[&bearer(&strong)]);
    assert_eq!(without_body.status, 422, "{}", without_body.body);

    let anybody = |headers: &[&str]| send(service, "GET /anybody", headers);
    assert_eq!(anybody(&[]).json(), json!("nobody"));
    assert_eq!(anybody(&[&bearer(&good)]).json(), json!("ann"));
    refused(&anybody(&[&bearer("x")]), 401, invalid);
    assert_eq!(send(service, "GET /open", &[&bearer("x")]).status, 204);
    assert_eq!(send(service, "DELETE /reports", &[]).status, 405);
}

fn keys_and_names(service: &Service) {
    let basic = "authorization: Basic Ym9iOmI6Mg=="; // bob:b:2
    for (line, headers) in [
        ("GET /machines", &["x-key: k1"][..]),
        ("PUT /machines?key=k1", &[]),
        ("POST /machines", &["cookie: a=b; session=k1"]),
        ("DELETE /machines", &["x-key: k1", basic]),
    ] {
        let answer = send(service, line, headers);
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!("robot")),
            "{line}"
        );
    }
    for (line, headers) in [
        ("GET /machines", &["x-key: k2"][..]),
        ("PUT /machines?key=", &[]),
        ("POST /machines", &["cookie: session=k"]),
        ("DELETE /machines", &["x-key: k1"]),
        ("DELETE /machines", &[basic]),
    ] {
        refused(&send(service, line, headers), 401, "www-authenticate: ");
    }
    assert_eq!(send(service, "GET /people", &[basic]).json(), json!("bob"));
    assert_eq!(
        send(service, "GET /people", &["x-key: k1"]).json(),
        json!("robot")
    );
    let wrong = ["authorization: Basic Ym9iOmI="];
    refused(
        &send(service, "GET /people", &wrong),
        401,
        "basic realm=\"secured\"",
    );
    for line in ["GET /certificates", "GET /strangers"] {
        refused(&send(service, line, &[basic]), 401, "www-authenticate: ");
    }
}

#[test]
fn only_who_may_call_comes_in_and_keys_are_rotated() {
    let subject = |response: &str| format!("Ok({response}::Ok(request.caller.subject))");
    let operations = [
        ("listReports", "ListReportsResponse"),
        ("writeReport", "WriteReportResponse"),
        ("byHeader", "ByHeaderResponse"),
        ("byQuery", "ByQueryResponse"),
        ("byCookie", "ByCookieResponse"),
        ("byBoth", "ByBothResponse"),
        ("byName", "ByNameResponse"),
        ("byCertificate", "ByCertificateResponse"),
        ("byNothing", "ByNothingResponse"),
    ];
    let mut answers: Vec<(&str, String)> = operations
        .iter()
        .map(|(id, response)| (*id, subject(response)))
        .collect();
    let anybody = "Ok(AnybodyResponse::Ok(request.caller.map_or_else(|| \"nobody\".to_owned(), |caller| caller.subject)))";
    answers.push(("anybody", anybody.to_owned()));
    answers.push((
        "open",
        "{ let OpenRequest {} = request; Ok(OpenResponse::NoContent) }".to_owned(),
    ));
    let answers: Vec<(&str, &str)> = answers
        .iter()
        .map(|(id, answer)| (*id, answer.as_str()))
        .collect();
    let project = built::written("secured.yaml", NAME, &answers);
    let jwks = |name: &str| String::from_utf8(key(&format!("{name}.jwks.json"))).expect("JSON");
    let file = project.file("keys.json", &jwks("first"));
    let file = file.to_string_lossy().into_owned();
    let settings = [
        ("JWT_KEY_FILE", file.as_str()),
        ("JWT_ISSUER", "us"),
        ("JWT_AUDIENCE", "shop"),
        ("API_KEYS", "robot:k1"),
        ("BASIC_USERS", "ann:a,bob:b:2"),
    ];
    let service = built::start(&project, NAME, &settings);
    tokens(&service);
    keys_and_names(&service);
    // The other key takes over, and the service goes on.
    project.file("keys.json", &jwks("second"));
    let bearer = format!("authorization: Bearer {}", token("second", &claims(60, "")));
    let mut status = 0;
    for _ in 0..20 {
        status = send(&service, "GET /reports", &[&bearer]).status;
        if status == 200 {
            break;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(status, 200);
    let before = format!("authorization: Bearer {}", token("first", &claims(60, "")));
    assert_eq!(send(&service, "GET /reports", &[&before]).status, 401);
}
