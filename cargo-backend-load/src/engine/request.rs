//! The request as bytes: written out once, sent many times.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::request::Request;

/// The bytes of the whole request, head and body. `closes` asks the server to close the connection
/// after its answer.
pub(super) fn encode(request: &Request, closes: bool) -> Vec<u8> {
    let mut head = format!(
        "{} {} HTTP/1.1\r\n",
        request.method,
        request.target.path_and_query()
    );
    let mut fields = fields(request);
    let says = fields
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("connection"));
    if closes && !says {
        fields.push(("Connection".to_owned(), "close".to_owned()));
    }
    for (name, value) in &fields {
        for part in [name, ": ", value, "\r\n"] {
            head.push_str(part);
        }
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&request.body);
    bytes
}

/// All headers of a request as names and values: those that the user gave, and what we say where
/// he does not.
pub(super) fn fields(request: &Request) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    let mut add = |name: &str, value: &str| fields.push((name.to_owned(), value.to_owned()));
    let given = |name: &str| {
        request
            .headers
            .iter()
            .any(|header| header.name.eq_ignore_ascii_case(name))
    };
    if !given("host") {
        add("Host", &request.target.authority());
    }
    if !given("user-agent") {
        add(
            "User-Agent",
            concat!("cargo-backend-load/", env!("CARGO_PKG_VERSION")),
        );
    }
    if !given("accept") {
        add("Accept", "*/*");
    }
    if let Some(credentials) = request.target.credentials()
        && !given("authorization")
    {
        let pair = [&credentials.user[..], b":", &credentials.password[..]].concat();
        add("Authorization", &format!("Basic {}", BASE64.encode(pair)));
    }
    for header in &request.headers {
        add(&header.name, &header.value);
    }
    if !request.body.is_empty() || request.method.sends_body() {
        add("Content-Length", &request.body.len().to_string());
    }
    fields
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;
    use crate::request::{Header, Method, Target};

    fn encoded(method: Method, url: &str, headers: &[&str], body: &str) -> String {
        let request = Request {
            method,
            target: Target::parse(url).expect("the test gives a URL"),
            headers: headers
                .iter()
                .map(|text| Header::parse(text).expect("the test gives a header"))
                .collect(),
            body: body.into(),
        };
        String::from_utf8(encode(&request, false))
            .expect("the test writes UTF-8")
            .replace("\r\n", "\n")
    }

    #[test]
    fn a_plain_request_says_who_asks() {
        assert_data_eq!(
            encoded(Method::get(), "http://localhost:8080/a?b=c", &[], ""),
            str![[r#"
GET /a?b=c HTTP/1.1
Host: localhost:8080
User-Agent: cargo-backend-load/[..]
Accept: */*


"#]]
        );
    }

    #[test]
    fn what_the_user_gives_replaces_what_we_would_say() {
        assert_data_eq!(
            encoded(
                Method::post(),
                "https://ann:pw@localhost/",
                &["host: shop", "Accept: text/plain", "User-Agent: me"],
                "{}"
            ),
            str![[r#"
POST / HTTP/1.1
Authorization: Basic YW5uOnB3
host: shop
Accept: text/plain
User-Agent: me
Content-Length: 2

{}
"#]]
        );
    }

    #[test]
    fn an_empty_post_says_that_it_is_empty() {
        assert!(
            encoded(Method::post(), "http://localhost/", &[], "").contains("Content-Length: 0\n")
        );
    }
}
