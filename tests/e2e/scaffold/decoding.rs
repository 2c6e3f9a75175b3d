//! Parameters in every style, forms and files, as a service reads them.

use cargo_backend_tests::service::{Answer, Service};

use super::built;

const NAME: &str = "scaffold-e2e-forms";

fn get(service: &Service, path: &str, cookie: &str) -> Answer {
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\nx-point: x=1,y=2\r\nconnection: close\r\n\r\n"
    );
    service.send_raw(&request).expect("an answer")
}

fn post(service: &Service, path: &str, media_type: &str, body: &str) -> Answer {
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    service.send_raw(&request).expect("an answer")
}

/// What the service says it has read, without blanks.
#[track_caller]
fn read(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let text = answer.json().as_str().unwrap_or_default().to_owned();
    text.split_whitespace().collect()
}

/// The fields and codes of a rejection.
#[track_caller]
fn faults(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 400, "{}", answer.body);
    let body = answer.json();
    let details = body["error"]["details"].as_array().expect("details");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    details
        .iter()
        .map(|detail| (text(&detail["field"]), text(&detail["code"])))
        .collect()
}

fn parameters(service: &Service) {
    let path = "/search/1,2/.a.b/;corner=x,3,y,4/x=5,y=6.5";
    let answer = get(service, path, "session=7; tabs=a,b");
    let plain = read(&answer);
    for part in [
        "range:[1,2]",
        r#"labels:["a","b"]"#,
        "corner:Point{x:3,y:4.0}",
        "area:Point{x:5,y:6.5}",
        "x_point:Some(Point{x:1,y:2.0",
        "session:7",
        r#"tabs:Some(["a","b"])"#,
        "filter:None",
        "near:None",
    ] {
        assert!(plain.contains(part), "{part}: {plain}");
    }
    let query = "filter[name]=n&filter[at][x]=1&filter[at][y]=2&filter[tags]=a&filter[tags]=b&x=8&y=9&far=x,10,y,11&sizes=1%7C2&words=a%20b&ids[]=3&ids[]=4&where=%7B%22x%22%3A1%2C%22y%22%3A2%7D";
    let styled = read(&get(service, &format!("{path}?{query}"), "session=7"));
    for part in [
        r#"filter:Some(Filter{name:Some("n"),at:Some(Point{x:1,y:2.0}),tags:Some(["a","b"])})"#,
        "near:Some(Point{x:8,y:9.0})",
        "far:Some(Point{x:10,y:11.0})",
        "sizes:Some([1,2])",
        r#"words:Some(["a","b"])"#,
        "ids:Some([3,4])",
        "where_:Some(Point{x:1,y:2.0})",
    ] {
        let part = part.replace("where_", "r#where");
        let unescaped = part.replace("r#where", "where");
        assert!(
            styled.contains(&part) || styled.contains(&unescaped),
            "{part}: {styled}"
        );
    }
    let wrong = get(
        service,
        "/search/1,a/.a/;corner=x,3/x=5,y=6?filter[at][x]=q&filter[at][y]=1&where=%7B",
        "session=0",
    );
    let pairs = faults(&wrong);
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(field, code)| (field.as_str(), code.as_str()))
        .collect();
    assert_eq!(
        pairs,
        [
            ("range[1]", "type"),
            ("corner.y", "required"),
            ("filter.at.x", "type"),
            ("where", "malformed_json"),
            ("session", "minimum"),
        ]
    );
    let absent = get(service, path, "other=1");
    assert_eq!(faults(&absent)[0].0, "session");
}

/// A text is that of one alternative, as it is read.
fn alternatives(service: &Service) {
    let read = |path: &str| service.get(path).expect("an answer");
    let thing = "/things/7?near=abc&sort=down";
    let all = self::read(&read(thing));
    for part in [
        "thing:Variant3(7)",
        "near:Some(Variant2(\"abc\"))",
        "sort:Some(Variant2(Down))",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    let id = self::read(&read("/things/00000000-0000-0000-0000-000000000001"));
    assert!(id.contains("00000000-0000-0000-0000-000000000001"), "{id}");
    let wrong = faults(&read("/things/77?near=A&sort=left"));
    let fields: Vec<&str> = wrong.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["thing", "near", "sort"]);
}

fn forms(service: &Service) {
    let form = "application/x-www-form-urlencoded";
    let body = "amount=5&paid=true&items[0][price]=1&items[0][name]=a+b&items[1][price]=2&expand[]=x&expand[]=y&notes[k]=6&target=";
    let all = read(&post(service, "/orders", form, body));
    for part in [
        "amount:5",
        "paid:Some(true)",
        r#"items:Some([Item{price:1,name:Some("ab")},Item{price:2,name:None}])"#,
        r#"expand:Some(["x","y"])"#,
        r#"notes:Some({"k":6})"#,
        "target:Some(Variant2(Empty))",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    let union = read(&post(
        service,
        "/orders",
        form,
        "amount=1&target[x]=1&target[y]=2",
    ));
    assert!(union.contains("Point{x:1,y:2.0}"), "{union}");
    let wrong = post(
        service,
        "/orders",
        form,
        "amount=0&paid=maybe&more=1&items[0][name]=a",
    );
    let mut pairs = faults(&wrong);
    pairs.sort();
    let fields: Vec<&str> = pairs.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["amount", "items[0].price", "more", "paid"]);
    // A name may be empty, and is none that this object knows.
    let nameless = post(service, "/orders", form, "=x&amount=1");
    assert_eq!(
        faults(&nameless),
        [(String::new(), "unknown_property".to_owned())]
    );
    assert_eq!(post(service, "/orders", "text/plain", "x").status, 415);
    let absent = service.send("POST", "/orders", "").expect("an answer");
    assert_eq!(absent.status, 400);
}

fn files(service: &Service) {
    let boundary = "multipart/form-data; boundary=XX";
    let part = |head: &str, body: &str| {
        format!("--XX\r\ncontent-disposition: form-data; {head}\r\n\r\n{body}\r\n")
    };
    let body = [
        part(
            "name=\"photo\"; filename=\"a.png\"\r\ncontent-type: image/png",
            "\u{1}P",
        ),
        part("name=\"more\"; filename=\"b\"", "1"),
        part("name=\"more\"; filename=\"c\"", "2"),
        part("name=\"title\"", "hello"),
        part(
            "name=\"at\"\r\ncontent-type: application/json",
            "{\"x\": 1, \"y\": 2}",
        ),
        part("name=\"size\"", "3"),
        "--XX--\r\n".to_owned(),
    ]
    .concat();
    let all = read(&post(service, "/photos", boundary, &body));
    for part in [
        r#"photo:Upload{name:Some("a.png"),media_type:Some("image/png"),bytes:[1,80]}"#,
        r#"more:Some([Upload{name:Some("b"),media_type:None,bytes:[49]},Upload{name:Some("c"),media_type:None,bytes:[50]}])"#,
        r#"title:"hello""#,
        "at:Some(Point{x:1,y:2.0})",
        "size:Some(3)",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    let lacking = [
        part("name=\"title\"", &"t".repeat(30)),
        "--XX--\r\n".to_owned(),
    ]
    .concat();
    let pairs = faults(&post(service, "/photos", boundary, &lacking));
    let fields: Vec<&str> = pairs.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["photo", "title"]);
    let broken = post(service, "/photos", boundary, "--XX\r\nnothing");
    assert_eq!(broken.status, 400, "{}", broken.body);
    let other = post(service, "/photos", "application/json", "{}");
    assert_eq!(other.status, 415, "{}", other.body);
}

/// Bodies that nobody holds in memory: in, out, and as events.
fn streams(service: &Service) {
    let put = |media_type: &str, length: usize| {
        let body = "x".repeat(length);
        let request = format!(
            "PUT /films/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{media_type}content-length: {length}\r\n\r\n{body}"
        );
        service.send_raw(&request).expect("an answer")
    };
    let kept = put("content-type: video/mp4\r\n", 90_000);
    assert_eq!((kept.status, kept.body.as_str()), (200, "90000"));
    assert_eq!(
        put("content-type: application/octet-stream\r\n", 0).body,
        "0"
    );
    let refused = put("content-type: text/plain\r\n", 3);
    assert_eq!(refused.status, 415, "{}", refused.body);
    assert_eq!(
        faults(&put("", 0)),
        [(String::new(), "required".to_owned())]
    );
    // Chunks tell no length: the limit is met on the way.
    let chunk = format!("{:x}\r\n{}\r\n", 60_000, "x".repeat(60_000));
    let request = format!(
        "PUT /films/a HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: video/mp4\r\ntransfer-encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n"
    );
    let long = service.send_raw(&request).expect("an answer");
    assert_eq!(long.status, 413, "{}", long.body);

    let film = service.get("/films/a").expect("an answer");
    assert!(
        film.head.contains("content-type: video/mp4"),
        "{}",
        film.head
    );
    assert!(
        film.body.contains("a\r\n") && film.body.contains("reel 2"),
        "{}",
        film.body
    );
    let ticks = service.get("/ticks").expect("an answer");
    assert!(
        ticks.head.contains("content-type: text/event-stream"),
        "{}",
        ticks.head
    );
    for tick in 1..=3 {
        assert!(
            ticks.body.contains(&format!("data: {tick}\n\n")),
            "{}",
            ticks.body
        );
    }
}

#[test]
fn every_style_of_parameter_forms_and_files_are_read() {
    let shown = |response: &str| format!("Ok({response}::Ok(format!(\"{{request:?}}\").into()))");
    let thing = shown("FindThingResponse");
    let (search, order, photo) = (
        shown("SearchResponse"),
        shown("OrderResponse"),
        shown("SendPhotoResponse"),
    );
    let keep = r"{
            let (mut film, mut length) = (request.body, 0);
            while let Some(chunk) = film.chunk().await? {
                length += i64::try_from(chunk.len()).unwrap_or(i64::MAX);
            }
            Ok(KeepFilmResponse::Ok(length))
        }";
    let show = r#"{
            let pieces = futures_util::stream::iter([Ok(request.name), Ok::<_, std::io::Error>(", reel 2".to_owned())]);
            Ok(ShowFilmResponse::Ok {
                content_length: None,
                body: axum::body::Body::from_stream(pieces),
            })
        }"#;
    let tick = r"{
            use futures_util::StreamExt as _;
            let TickRequest {} = request;
            let ticks = futures_util::stream::iter(1..=3);
            let events = ticks.map(|tick| axum::response::sse::Event::default().data(tick.to_string()));
            Ok(TickResponse::Ok(crate::api::stream::Events::new(events)))
        }";
    let answers = [
        ("search", search.as_str()),
        ("order", &order),
        ("sendPhoto", &photo),
        ("findThing", &thing),
        ("keepFilm", keep),
        ("showFilm", show),
        ("tick", tick),
    ];
    let project = built::written("forms.yaml", NAME, &answers);
    let service = built::start(&project, NAME, &[("MAX_BODY_BYTES", "100000")]);
    parameters(&service);
    alternatives(&service);
    forms(&service);
    files(&service);
    streams(&service);
}
