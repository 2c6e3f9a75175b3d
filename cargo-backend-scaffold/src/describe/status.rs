//! The statuses of HTTP by the names that the frameworks give them.

/// Number and name, as RFC 9110 and its kin register them.
const STATUSES: &[(u16, &str)] = &[
    (100, "Continue"),
    (101, "Switching Protocols"),
    (200, "OK"),
    (201, "Created"),
    (202, "Accepted"),
    (203, "Non Authoritative Information"),
    (204, "No Content"),
    (205, "Reset Content"),
    (206, "Partial Content"),
    (207, "Multi Status"),
    (300, "Multiple Choices"),
    (301, "Moved Permanently"),
    (302, "Found"),
    (303, "See Other"),
    (304, "Not Modified"),
    (307, "Temporary Redirect"),
    (308, "Permanent Redirect"),
    (400, "Bad Request"),
    (401, "Unauthorized"),
    (402, "Payment Required"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (406, "Not Acceptable"),
    (407, "Proxy Authentication Required"),
    (408, "Request Timeout"),
    (409, "Conflict"),
    (410, "Gone"),
    (411, "Length Required"),
    (412, "Precondition Failed"),
    (413, "Payload Too Large"),
    (414, "Uri Too Long"),
    (415, "Unsupported Media Type"),
    (416, "Range Not Satisfiable"),
    (417, "Expectation Failed"),
    (418, "Im A Teapot"),
    (421, "Misdirected Request"),
    (422, "Unprocessable Entity"),
    (423, "Locked"),
    (424, "Failed Dependency"),
    (425, "Too Early"),
    (426, "Upgrade Required"),
    (428, "Precondition Required"),
    (429, "Too Many Requests"),
    (431, "Request Header Fields Too Large"),
    (451, "Unavailable For Legal Reasons"),
    (500, "Internal Server Error"),
    (501, "Not Implemented"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
    (505, "Http Version Not Supported"),
    (507, "Insufficient Storage"),
    (508, "Loop Detected"),
    (511, "Network Authentication Required"),
];

/// The status of `StatusCode::NOT_FOUND` or `HttpResponse::NotFound()`.
pub(super) fn by_name(name: &str) -> Option<u16> {
    let plain = |text: &str| text.replace(['_', ' '], "").to_ascii_lowercase();
    let wanted = plain(name);
    STATUSES
        .iter()
        .find(|(_, known)| plain(known) == wanted)
        .map(|(number, _)| *number)
}

/// What a status says.
pub(super) fn reason(status: u16) -> &'static str {
    let known = STATUSES.iter().find(|(number, _)| *number == status);
    known.map_or("A response", |(_, reason)| reason)
}

#[cfg(test)]
mod tests {
    use super::by_name;

    #[test]
    fn both_frameworks_names_are_known() {
        assert_eq!(by_name("UNPROCESSABLE_ENTITY"), Some(422));
        assert_eq!(by_name("UnprocessableEntity"), Some(422));
        assert_eq!(by_name("Ok"), Some(200));
        assert_eq!(by_name("IM_A_TEAPOT"), Some(418));
        assert_eq!(by_name("from_u16"), None);
    }
}
