//! XML beside JSON: the same rows by either, what is refused, and who gets which.

use cargo_backend_tests::service::{Answer, Service};
use serde_json::{Value, json};

use super::built;

const NAME: &str = "scaffold-e2e-xml";

/// Sends a body of a media type, and asks for one.
fn ask(service: &Service, line: &str, (media_type, body): (&str, &str), accept: &str) -> Answer {
    let given = if media_type.is_empty() {
        String::new()
    } else {
        let length = body.len();
        format!("content-type: {media_type}\r\ncontent-length: {length}\r\n")
    };
    let accept = if accept.is_empty() {
        String::new()
    } else {
        format!("accept: {accept}\r\n")
    };
    let request =
        format!("{line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{given}{accept}\r\n{body}");
    service.send_raw(&request).expect("an answer")
}

fn in_xml(service: &Service, line: &str, body: &str) -> Answer {
    ask(service, line, ("application/xml", body), "")
}

/// What is left of an element once the declaration is gone.
#[track_caller]
fn xml(answer: &Answer, status: u16, media_type: &str) -> String {
    assert_eq!(answer.status, status, "{}", answer.body);
    let said = format!("content-type: {media_type}\r\n");
    assert!(answer.head.contains(&said), "{}", answer.head);
    let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    let rest = answer.body.strip_prefix(declaration);
    rest.expect("the declaration").to_owned()
}

/// The pointers of a rejection.
#[track_caller]
fn pointers(answer: &Answer, status: u16) -> Vec<String> {
    assert_eq!(answer.status, status, "{}", answer.body);
    let body = answer.json();
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    let pointer = |error: &Value| error["pointer"].as_str().unwrap_or_default().to_owned();
    errors.iter().map(pointer).collect()
}

/// A parcel that is valid, with more in it.
fn parcel(more: &str) -> String {
    format!(
        "<parcel xmlns='urn:parcels' c='A1'><status>sent</status><kilograms>2.5</kilograms><tag>T</tag>{more}<to><street>Via 1</street><geo:town xmlns:geo='urn:geo'>Roma</geo:town></to></parcel>"
    )
}

/// The row that a body makes, without its id.
#[track_caller]
fn made(service: &Service, body: &str) -> Value {
    let answer = in_xml(service, "POST /parcels", body);
    assert_eq!(answer.status, 201, "{body}: {}", answer.body);
    let mut row = answer.json();
    let row = row.as_object_mut().expect("a row");
    row.remove("id").expect("it has an id");
    row.retain(|_, value| !value.is_null());
    Value::Object(row.clone())
}

fn row(more: &Value) -> Value {
    let mut row = json!({
        "code": "A1",
        "status": "sent",
        "weight": 2.5,
        "tags": ["T"],
        "to": {"street": "Via 1", "city": "Roma"},
    });
    let members = row.as_object_mut().expect("it is an object");
    members.extend(more.as_object().cloned().unwrap_or_default());
    row
}

/// The same row, sent as JSON and as XML, is the same in both.
fn both_ways(service: &Service) {
    let body = json!({
        "code": "A1",
        "status": "sent",
        "weight": 2.5,
        "pieces": 3,
        "fragile": true,
        "note": " a<b>&\"' ü\n\tc",
        "insured": 0,
        "due": "2026-12-24",
        "tags": ["X", " Y "],
        "stops": [{"place": "Rome", "minutes": 5}, {"place": "Bari"}],
        "to": {"street": "Via 1", "city": "Roma"},
    });
    let given = ("application/json", body.to_string());
    let given = (given.0, given.1.as_str());
    let first = ask(service, "POST /parcels", given, "application/xml");
    let first = xml(&first, 201, "application/xml");
    let second = ask(service, "POST /parcels", ("application/xml", &first), "");
    assert_eq!(second.status, 422, "an id is read-only: {}", second.body);
    assert_eq!(pointers(&second, 422), ["id"]);
    let id = first
        .split("id=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let id = id.expect("an id").to_owned();
    let unnamed = first.replace(&format!(" id=\"{id}\""), "");
    let second = ask(service, "POST /parcels", ("application/xml", &unnamed), "");
    assert_eq!(second.status, 201, "{}", second.body);
    let mut sent = body;
    sent["id"] = second.json()["id"].clone();
    assert_eq!(second.json(), sent);
    let expected = format!(
        "<parcel xmlns=\"urn:parcels\" id=\"{id}\" c=\"A1\"><status>sent</status><kilograms>2.5</kilograms><pieces>3</pieces><fragile>true</fragile><note> a&lt;b&gt;&amp;&quot;&apos; ü\n\tc</note><insured>0</insured><due>2026-12-24</due><tag>X</tag><tag> Y </tag><route><stop minutes=\"5\"><place>Rome</place></stop><stop><place>Bari</place></stop></route><to><street>Via 1</street><geo:town xmlns:geo=\"urn:geo\">Roma</geo:town></to></parcel>"
    );
    assert_eq!(first, expected);
    let line = format!("GET /parcels/{id}");
    let got = ask(service, &line, ("", ""), "application/xml");
    assert_eq!(xml(&got, 200, "application/xml"), expected);
    sent["id"] = id.parse::<i64>().expect("a number").into();
    assert_eq!(ask(service, &line, ("", ""), "").json(), sent);

    // Replaced in `text/xml`, which this operation names; the list has attributes and rows.
    let line = format!("PUT /parcels/{id}");
    let replaced = ask(service, &line, ("text/xml", &parcel("")), "text/xml");
    let replaced = xml(&replaced, 200, "text/xml");
    let nil = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:nil=\"true\"";
    assert!(
        replaced.contains("<tag>T</tag>") && replaced.contains("<kilograms>2.5</kilograms>"),
        "{replaced}"
    );
    assert!(replaced.contains(&format!("<note {nil}/>")), "{replaced}");
    let listed = ask(service, "GET /parcels?limit=1", ("", ""), "application/xml");
    let listed = xml(&listed, 200, "application/xml");
    assert_eq!(listed, format!("<parcels total=\"2\">{replaced}</parcels>"));
    let none = ask(
        service,
        "GET /parcels?status=lost",
        ("", ""),
        "application/xml",
    );
    assert_eq!(
        xml(&none, 200, "application/xml"),
        "<parcels total=\"0\"></parcels>"
    );
}

/// Who gets what: RFC 9110, 12.5.1.
fn negotiation(service: &Service) {
    for (accept, is_xml) in [
        ("", false),
        ("*/*", false),
        ("application/*", false),
        ("application/xml", true),
        ("text/xml", true),
        ("application/json, application/xml", false),
        ("application/json;q=0.5, application/xml;q=0.9", true),
        ("application/xml;q=0.2, */*;q=0.1", true),
        ("application/xml;q=0, */*", false),
        ("application/json;q=0, */*;q=0.001", true),
        ("image/png", false),
        ("APPLICATION/XML ; Q=0.3", true),
    ] {
        let answer = ask(service, "GET /parcels", ("", ""), accept);
        let said = answer.head.contains("content-type: application/xml");
        assert_eq!(
            (answer.status, said),
            (200, is_xml),
            "{accept}: {}",
            answer.head
        );
        assert!(answer.head.contains("vary: accept"), "{}", answer.head);
        let refused = ask(service, "GET /parcels/0", ("", ""), accept);
        let said = refused
            .head
            .contains("content-type: application/problem+xml");
        assert_eq!(
            (refused.status, said),
            (400, is_xml),
            "{accept}: {}",
            refused.head
        );
        assert!(refused.head.contains("vary: accept"), "{}", refused.head);
    }
    let exact = ask(
        service,
        "GET /parcels/0",
        ("", ""),
        "application/problem+xml",
    );
    assert_eq!(
        xml(&exact, 400, "application/problem+xml"),
        "<problem xmlns=\"urn:ietf:rfc:7807\"><type>validation_failed</type><title>Bad Request</title><status>400</status><detail>the request is not valid</detail><errors><error><pointer>id</pointer><detail>it must be at least 1</detail></error></errors></problem>"
    );
    // What no operation raises is a problem as well.
    let nowhere = ask(service, "GET /nowhere", ("", ""), "application/xml");
    let nowhere = xml(&nowhere, 404, "application/problem+xml");
    assert!(
        nowhere.contains("<status>404</status><detail>"),
        "{nowhere}"
    );
    let head = ask(service, "HEAD /parcels", ("", ""), "application/xml");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert!(
        head.head.contains("content-type: application/xml"),
        "{}",
        head.head
    );
}

/// All the ways to write one thing.
fn edges(service: &Service) {
    let same = |body: &str, more: Value| assert_eq!(made(service, body), row(&more), "{body}");
    same(&parcel(""), json!({}));
    same(
        &format!(
            "\u{feff}<?xml version='1.0' encoding='utf-8'?>\n<!-- a -->{}\n<?pi?>",
            parcel("")
        ),
        json!({}),
    );
    same(
        &parcel("<route> <stop minutes=' 7 '><place>P</place></stop>\n</route>"),
        json!({"stops": [{"place": "P", "minutes": 7}]}),
    );
    same(
        &parcel("<tag>A</tag><pieces> 2 </pieces><tag>B</tag>"),
        json!({"tags": ["T", "A", "B"], "pieces": 2}),
    );
    same(
        &parcel("<note><![CDATA[<x>&amp;]]> y</note>"),
        json!({"note": "<x>&amp; y"}),
    );
    same(
        &parcel("<note>&lt;&gt;&amp;&quot;&apos;&#65;&#x42;\r\nC</note>"),
        json!({"note": "<>&\"'AB\nC"}),
    );
    same(&parcel("<note>a<!-- b -->c</note>"), json!({"note": "ac"}));
    same(
        &parcel("<fragile>\n false</fragile><due>\t2026-01-02 </due>"),
        json!({"fragile": false, "due": "2026-01-02"}),
    );
    let nil = "xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'";
    same(
        &parcel(&format!(
            "<insured>null</insured><due> null </due><note {nil}/>"
        )),
        json!({}),
    );
    // Prefixes are the caller's to choose.
    let prefixed = "<q:parcel xmlns:q='urn:parcels' xmlns:g='urn:geo' c='A1'><q:status>sent</q:status><q:kilograms>25e-1</q:kilograms><q:tag>T</q:tag><q:to><q:street>Via 1</q:street><g:town>Roma</g:town></q:to></q:parcel>";
    same(prefixed, json!({}));
}

/// The same rules and the same rejections as in JSON.
fn refused(service: &Service) {
    let post = |body: &str| in_xml(service, "POST /parcels", body);
    for (body, wanted) in [
        (parcel("<note>a</note><note>b</note>"), &["note"][..]),
        (parcel("<pieces>0</pieces><pieces>x</pieces>"), &["pieces"]),
        (
            parcel("<pieces>1.5</pieces><fragile>1</fragile><insured>-1</insured>"),
            &["pieces", "fragile", "insured"],
        ),
        (parcel("<tag>A</tag><tag></tag>"), &["tags[2]"]),
        (
            parcel("<route><stop><place/></stop><stop minutes='x'/></route>"),
            &["stops[0].place", "stops[1].place", "stops[1].minutes"],
        ),
        (parcel("<route><halt/></route>"), &["stops"]),
        (
            parcel("<weight>1</weight><id>7</id><other a='b'/>"),
            &["<id>", "<weight>", "other"],
        ),
        (parcel("text"), &["#text"]),
        (parcel("").replace("<tag>T</tag>", ""), &["tags"]),
        (parcel("").replace("c='A1'", "c='a' d='1'"), &["code", "d"]),
        (parcel("").replace("c='A1'", ""), &["code"]),
        (
            parcel("").replace("'urn:geo'", "'urn:else'"),
            &["to.city", "to.town"],
        ),
        (
            parcel("").replace("<status>sent</status>", "<status>Sent</status>"),
            &["status"],
        ),
        ("<parcel/>".to_owned(), &[""]),
        ("<parcels xmlns='urn:parcels'/>".to_owned(), &[""]),
        ("<parcel xmlns='urn:parcels'>x</parcel>".to_owned(), &[""]),
    ] {
        let mut found = pointers(&post(&body), 422);
        found.sort();
        let mut wanted = wanted.to_vec();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{body}");
    }
}

/// What is no XML, or more than is read.
fn malformed(service: &Service) {
    let post = |body: &str| in_xml(service, "POST /parcels", body);
    let laughs: String = (1..10)
        .map(|level| {
            let before = format!("&l{};", level - 1).repeat(10);
            format!("<!ENTITY l{level} \"{before}\">")
        })
        .collect();
    let laughs = format!(
        "<!DOCTYPE l [<!ENTITY l0 \"ha\">{laughs}]>{}",
        parcel("<note>&l9;</note>")
    );
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    for body in [
        "",
        " ",
        "<",
        "{}",
        "<parcel xmlns='urn:parcels'>",
        "<parcel></other>",
        "<parcel/><parcel/>",
        "<parcel/>x",
        "<p:parcel/>",
        "<parcel a='1' a='2'/>",
        "<parcel>&nbsp;</parcel>",
        "<parcel a='&nbsp;'/>",
        "<parcel>&#0;</parcel>",
        "<parcel>\u{1}</parcel>",
        "<?xml version='1.0' encoding='utf-16'?><parcel/>",
        "<!DOCTYPE parcel SYSTEM 'file:///etc/passwd'><parcel/>",
        &parcel("")[..60],
        &laughs,
        &deep,
    ] {
        let shown = body.get(..60).unwrap_or(body);
        let answer = post(body);
        assert_eq!(answer.status, 400, "{shown}: {}", answer.body);
        let problem = answer.json();
        let kind = problem["type"].as_str().unwrap_or_default();
        assert_eq!(kind, "malformed_xml", "{shown}: {}", answer.body);
    }
}

/// Bodies that say little, and those of other media types.
fn other_bodies(service: &Service) {
    let post = |body: &str| in_xml(service, "POST /parcels", body);
    let blank = post(&parcel("<due/><note/><insured/>"));
    assert_eq!(pointers(&blank, 422), ["note", "insured", "due"]);
    // An element around no items is a list without any, which is too short here.
    let empty = post(&parcel("<route/>"));
    assert_eq!(pointers(&empty, 422), ["stops"]);
    let said = empty.json()["errors"][0]["detail"].clone();
    assert_eq!(said, "it needs at least 1 items");
    let other = ask(service, "POST /parcels", ("text/plain", &parcel("")), "");
    assert_eq!(other.status, 415, "{}", other.body);
    let json = ask(service, "POST /labels", ("application/json", "{}"), "");
    assert_eq!(json.status, 415, "only XML is named here: {}", json.body);
    let absent = ask(service, "POST /parcels", ("", ""), "");
    assert_eq!(pointers(&absent, 422), [""]);
}

/// XML alone, and alternatives in it: of two that look alike, the one that fits.
fn alternatives(service: &Service) {
    let print = |target: &str| {
        let body = format!("<label>{target}<extra><a_x0020_b>1</a_x0020_b></extra></label>");
        let answer = in_xml(service, "POST /labels", &body);
        (xml(&answer, 200, "application/xml"), body)
    };
    for target in [
        "<target><kind>web</kind><url>80</url></target>",
        "<target><kind>printer</kind><dpi>80</dpi></target>",
    ] {
        let (printed, sent) = print(target);
        assert_eq!(printed, sent);
    }
    let wrong = "<label><target><kind>printer</kind><dpi>1</dpi></target></label>";
    let wrong = in_xml(service, "POST /labels", wrong);
    assert_eq!(pointers(&wrong, 422), ["target"]);
}

/// An alternative without a type lets everything in that is no object.
fn no_object(service: &Service) {
    let send = |body: &str| ask(service, "POST /hints", ("application/json", body), "");
    for (body, understood) in [
        (
            "{\"text\": \"a\"}",
            "Variant1(HintVariant1 { text: \"a\" })",
        ),
        ("{\"number\": 3}", "Variant2(HintVariant2 { number: 3 })"),
        ("[1]", "NoObject(Array [Number(1)])"),
        ("null", "NoObject(Null)"),
        ("\"a\"", "NoObject(String(\"a\"))"),
    ] {
        let answer = send(body);
        assert_eq!(answer.status, 200, "{body}: {}", answer.body);
        assert_eq!(answer.json(), understood, "{body}");
    }
    for body in ["{}", "{\"number\": 10}", "{\"text\": \"a\", \"number\": 1}"] {
        assert_eq!(pointers(&send(body), 422), [""], "{body}");
    }
    let hint = ask(
        service,
        "POST /hints",
        ("application/json", "7"),
        "text/xml",
    );
    let hint = xml(&hint, 200, "application/xml");
    assert_eq!(hint, "<hint>NoObject(Number(7))</hint>");
}

#[test]
fn rows_are_read_and_written_in_xml_as_in_json() {
    let echo = "Ok(PrintLabelResponse::Ok(request.body))";
    let shown = "Ok(SendHintResponse::Ok(format!(\"{:?}\", request.body)))";
    let answers = [("printLabel", echo), ("sendHint", shown)];
    let project = built::written("xml.yaml", NAME, &answers);
    let url = format!("sqlite://{}", project.path().join("service.db").display());
    fs_err::File::create(project.path().join("service.db")).expect("an empty database");
    let service = super::served(&project, NAME, &url);
    both_ways(&service);
    negotiation(&service);
    edges(&service);
    refused(&service);
    malformed(&service);
    other_bodies(&service);
    alternatives(&service);
    no_object(&service);
}
