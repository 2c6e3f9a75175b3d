//! What surrounds every request: protective headers, other origins, and how often one may call.

use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use cargo_backend_tests::service::{Answer, Service};

use super::built;

const NAME: &str = "scaffold-e2e-limits";

/// Its rejections are problems (RFC 9457), also those of limits.
const DOCUMENT: &str = "
openapi: 3.1.0
info: {title: Limits, version: '1'}
paths:
  /state:
    get:
      operationId: getState
      responses:
        '200':
          description: ok
          content: {application/json: {schema: {type: object, required: [state], properties: {state: {const: good}}}}}
        4XX:
          description: no
          content: {application/problem+json: {schema: {type: object, required: [title, status], properties: {title: {type: string}, status: {type: integer}}}}}
";

fn send(service: &Service, line: &str, headers: &str) -> Answer {
    let request = format!("{line} HTTP/1.1\r\nhost: x\r\n{headers}connection: close\r\n\r\n");
    service.send_raw(&request).expect("an answer")
}

fn protective_headers(service: &Service) {
    for (line, status) in [("GET /state", 200), ("GET /nothing", 404)] {
        let answer = send(service, line, "origin: https://app.example\r\n");
        assert_eq!(answer.status, status, "{}", answer.body);
        for header in [
            "x-content-type-options: nosniff",
            "x-frame-options: deny",
            "content-security-policy: default-src 'none'; frame-ancestors 'none'",
            "strict-transport-security: max-age=",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
        ] {
            assert!(
                answer.head.contains(header),
                "{line} {header}: {}",
                answer.head
            );
        }
    }
}

fn origins(project: &Project, without: &Service) {
    let preflight = "origin: https://app.example\r\naccess-control-request-method: GET\r\naccess-control-request-headers: authorization\r\n";
    let refused = send(without, "OPTIONS /state", preflight);
    assert_eq!(refused.status, 405, "{}", refused.body);
    assert!(!refused.head.contains("access-control"), "{}", refused.head);

    let settings = [(
        "CORS_ALLOWED_ORIGINS",
        "https://app.example, https://b.example",
    )];
    let service = built::start(project, NAME, &settings);
    let allowed = send(&service, "OPTIONS /state", preflight);
    assert_eq!(allowed.status, 200, "{}", allowed.body);
    for header in [
        "access-control-allow-origin: https://app.example",
        "access-control-allow-methods: get",
        "access-control-allow-headers: authorization",
        "access-control-max-age: 3600",
    ] {
        assert!(allowed.head.contains(header), "{header}: {}", allowed.head);
    }
    let called = send(&service, "GET /state", "origin: https://b.example\r\n");
    assert!(
        called.head.contains("allow-origin: https://b.example"),
        "{}",
        called.head
    );
    let stranger = send(&service, "GET /state", "origin: https://c.example\r\n");
    assert!(
        !stranger.head.contains("allow-origin:"),
        "{}",
        stranger.head
    );
}

fn how_often(project: &Project) {
    let settings = [
        ("RATE_LIMIT_PER_SECOND", "1"),
        ("RATE_LIMIT_BURST", "3"),
        ("TRUSTED_PROXIES", "1"),
    ];
    let service = built::start(project, NAME, &settings);
    let call = |from: &str| {
        send(
            &service,
            "GET /state",
            &format!("x-forwarded-for: {from}\r\n"),
        )
    };
    for _ in 0..3 {
        assert_eq!(call("203.0.113.1").status, 200);
    }
    let refused = call("198.51.100.9, 203.0.113.1");
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert!(refused.head.contains("retry-after: 1"), "{}", refused.head);
    assert!(
        refused.head.contains("application/problem+json"),
        "{}",
        refused.head
    );
    assert_eq!(refused.json()["status"], 429, "{}", refused.body);
    assert_eq!(call("203.0.113.2").status, 200, "another address");
    // Whoever watches over the service is always let in.
    for _ in 0..9 {
        assert_eq!(service.get("/health/live").expect("an answer").status, 200);
    }
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert_eq!(call("203.0.113.1").status, 200, "a second later");
}

#[test]
fn answers_are_protected_and_nobody_calls_too_often() {
    let project = Project::workspace();
    project.file("limits.yaml", DOCUMENT);
    let _generated = project
        .run(Plugin::Scaffold, &["limits.yaml", "--name", NAME])
        .good();
    built::build(&project, NAME);
    let service = built::start(&project, NAME, &[]);
    protective_headers(&service);
    origins(&project, &service);
    how_often(&project);
}
