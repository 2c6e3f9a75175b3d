//! The request that is repeated, as the user described it: URL, method, headers, body.

use std::fmt;

use url::Url;

/// What is sent, over and over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Vec<u8>,
}

/// Where the requests go. It never shows the user name and password that the URL may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    url: Url,
    credentials: Option<Credentials>,
}

/// The user name and password of a URL, decoded.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: Vec<u8>,
    pub(crate) password: Vec<u8>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}

/// Why a text is not a target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TargetError {
    #[error("`{0}` is not a URL")]
    NotAUrl(String),
    #[error("`{0}` does not begin with `http://` or `https://`")]
    NotHttp(String),
}

impl Target {
    pub(crate) fn parse(text: &str) -> Result<Self, TargetError> {
        let shown = without_credentials(text);
        // `localhost:8080` is a URL too, of the scheme `localhost`: look at the text first.
        if !text.contains("://") {
            return Err(TargetError::NotHttp(shown));
        }
        let mut url = Url::parse(text).map_err(|_why| TargetError::NotAUrl(shown.clone()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TargetError::NotHttp(shown));
        }
        let credentials =
            (!url.username().is_empty() || url.password().is_some()).then(|| Credentials {
                user: percent_decoded(url.username()),
                password: percent_decoded(url.password().unwrap_or_default()),
            });
        // Only URLs without a host refuse these, and http has one.
        let taken_out = url.set_username("").and_then(|()| url.set_password(None));
        if taken_out.is_err() {
            return Err(TargetError::NotAUrl(shown));
        }
        url.set_fragment(None);
        Ok(Self { url, credentials })
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host as a name or an address, IPv6 without its brackets.
    pub(crate) fn host(&self) -> String {
        match self.url.host() {
            Some(url::Host::Domain(name)) => name.to_owned(),
            Some(url::Host::Ipv4(address)) => address.to_string(),
            Some(url::Host::Ipv6(address)) => address.to_string(),
            None => String::new(),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(80)
    }

    /// What the `Host` header says: the port only where it is not the usual one.
    pub(crate) fn authority(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Path and query, as the request line has them.
    pub(crate) fn path_and_query(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    pub(crate) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }
}

/// Why a redirect is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RedirectError {
    #[error("a redirect to something that is not a URL")]
    NotAUrl,
    #[error("a redirect to `{0}`, which nobody asked to load")]
    Elsewhere(String),
}

impl Request {
    /// The request that follows a redirect with this status to `location`; only ever to the same
    /// server.
    pub(crate) fn redirected(&self, status: u16, location: &str) -> Result<Self, RedirectError> {
        let joined = self.target.url.join(location);
        let url = joined.map_err(|_why| RedirectError::NotAUrl)?;
        // User name and password are not taken from a server; what it says may be shown.
        let mut target = Target::parse(url.as_str()).map_err(|_why| RedirectError::NotAUrl)?;
        if target.url.origin() != self.target.url.origin() {
            return Err(RedirectError::Elsewhere(
                target.url.origin().ascii_serialization(),
            ));
        }
        target.credentials.clone_from(&self.target.credentials);
        let mut next = Self {
            target,
            ..self.clone()
        };
        // As browsers and curl do (RFC 9110, section 15.4).
        let becomes_get = match status {
            303 => !self.method.is_head(),
            301 | 302 => self.method == Method::post(),
            _ => false,
        };
        if becomes_get {
            next.method = Method::get();
            next.body.clear();
            let describes_body = |header: &Header| {
                let name = header.name.to_ascii_lowercase();
                name.starts_with("content-")
            };
            next.headers.retain(|header| !describes_body(header));
        }
        Ok(next)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

/// A text that may be a URL, without what may be a user name and password. Rather takes too much:
/// it is what messages about unreadable URLs show.
fn without_credentials(text: &str) -> String {
    let Some(at) = text.rfind('@') else {
        return text.to_owned();
    };
    let scheme = text.find("://").map_or(0, |end| end + 3);
    if scheme > at {
        return "***".to_owned();
    }
    format!("{}***{}", &text[..scheme], &text[at..])
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = (bytes[at] == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(escaped.unwrap_or(bytes[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    decoded
}

/// A request method: any token that HTTP allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Method(String);

impl Method {
    /// `None` when the text is not a token.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        is_token(text).then(|| Self(text.to_owned()))
    }

    pub(crate) fn get() -> Self {
        Self("GET".to_owned())
    }

    pub(crate) fn post() -> Self {
        Self("POST".to_owned())
    }

    /// Answers to HEAD have no body, whatever their head says.
    pub(crate) fn is_head(&self) -> bool {
        self.0 == "HEAD"
    }

    /// Methods that mean to send a body say so even when it is empty.
    pub(crate) fn sends_body(&self) -> bool {
        ["POST", "PUT", "PATCH"].contains(&self.0.as_str())
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A header of the request. Its value may be a secret: reports show names only.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Header({}: ***)", self.name)
    }
}

/// Why a text is not a header that can be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeaderError {
    #[error("the header `{0}` has no colon")]
    NoColon(String),
    #[error("`{0}` cannot be the name of a header")]
    Name(String),
    #[error("the value of the header `{0}` holds a control character")]
    Value(String),
    #[error("the header `{0}` is worked out from the body")]
    Ours(String),
}

impl Header {
    pub(crate) fn parse(text: &str) -> Result<Self, HeaderError> {
        // What follows the first word may be a secret.
        let first_word = || {
            text.split_whitespace()
                .next()
                .unwrap_or_default()
                .to_owned()
        };
        let (name, value) = text
            .split_once(':')
            .ok_or_else(|| HeaderError::NoColon(first_word()))?;
        let (name, value) = (name.trim(), value.trim());
        if !is_token(name) {
            return Err(HeaderError::Name(first_word()));
        }
        if value
            .bytes()
            .any(|byte| byte.is_ascii_control() && byte != b'\t')
        {
            return Err(HeaderError::Value(name.to_owned()));
        }
        if ["content-length", "transfer-encoding"].contains(&name.to_ascii_lowercase().as_str()) {
            return Err(HeaderError::Ours(name.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }
}

/// A token of RFC 9110, section 5.6.2.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Target::parse(text)
            .expect_err("the test gives no target")
            .to_string()
    }

    #[test]
    fn a_target_needs_http_or_https() {
        let why = "does not begin with `http://` or `https://`";
        assert_eq!(refused("localhost:8080"), format!("`localhost:8080` {why}"));
        assert_eq!(refused("ftp://x/"), format!("`ftp://x/` {why}"));
        assert_eq!(refused("confg"), format!("`confg` {why}"));
        assert_eq!(refused("http://"), "`http://` is not a URL");
        assert_eq!(refused("http://a:port/"), "`http://a:port/` is not a URL");
    }

    #[test]
    fn a_target_never_shows_its_password() {
        let target = Target::parse("http://ann:s%40cret@localhost:8080/a?b#c").expect("a URL");
        assert_eq!(target.to_string(), "http://localhost:8080/a?b");
        assert!(!format!("{target:?}").contains("cret"));
        let credentials = target.credentials().expect("they were in the URL");
        assert_eq!(credentials.password, b"s@cret");
    }

    #[test]
    fn a_text_that_is_no_target_does_not_show_a_password_either() {
        for text in [
            "http://ann:s3cret@host:port/",
            "ann:s3cret@host",
            "ftp://ann:s3cret@host/x@y",
            "http://ann:s3/cret@host/",
        ] {
            let message = refused(text);
            assert!(!message.contains("s3"), "{message}");
        }
    }

    #[test]
    fn the_authority_names_only_an_unusual_port() {
        let authority = |text| Target::parse(text).expect("a URL").authority();
        assert_eq!(authority("http://example.org:80/"), "example.org");
        assert_eq!(authority("http://[::1]:8080/"), "[::1]:8080");
        let target = Target::parse("https://[::1]").expect("a URL");
        assert_eq!((target.host().as_str(), target.port()), ("::1", 443));
        assert_eq!(target.path_and_query(), "/");
    }

    #[test]
    fn a_header_is_a_name_a_colon_and_a_value() {
        let parse = |text| Header::parse(text).map_err(|why| why.to_string());
        assert_eq!(
            parse("X-Trace:  a:b "),
            Ok(Header {
                name: "X-Trace".into(),
                value: "a:b".into()
            })
        );
        assert_eq!(
            parse("Authorization s3cret"),
            Err("the header `Authorization` has no colon".into())
        );
        assert_eq!(
            parse("X: a\r\nY: b"),
            Err("the value of the header `X` holds a control character".into())
        );
        assert_eq!(
            parse("Content-Length: 3"),
            Err("the header `Content-Length` is worked out from the body".into())
        );
        assert_eq!(
            parse(": x"),
            Err("`:` cannot be the name of a header".into())
        );
    }

    #[test]
    fn any_token_is_a_method() {
        assert!(Method::parse("PURGE").is_some());
        assert_eq!(Method::parse("GET /"), None);
        assert_eq!(Method::parse(""), None);
    }
}
