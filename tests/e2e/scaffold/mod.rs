//! `cargo backend-scaffold`: what it refuses, what it leaves alone, and a service that runs.

mod belonging;
mod below;
mod built;
mod ci_file;
mod database;
mod decoding;
mod difference;
mod documents;
mod generated_tests;
mod limits;
mod new;
mod regeneration;
mod security;
mod spec;
mod templates;
mod unanswered;
mod xml;

use std::path::Path;

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::{Plugin, repository, target_profile};
use cargo_backend_tests::project::Project;
use cargo_backend_tests::service::Service;
use serde_json::{Value, json};
use snapbox::{assert_data_eq, str};

const SMALL: &str = "openapi: 3.0.3\ninfo: {title: Small, version: '1'}\npaths:\n  /things/{id}:\n    get:\n      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n      responses: {'204': {description: ok}}\n";

/// Runs in a workspace where nothing may have changed afterwards, and gives what was said.
fn refused(document: &str, arguments: &[&str]) -> String {
    let project = Project::workspace();
    project.file("api.yaml", document);
    let before = project.files();
    let said = project
        .run(Plugin::Scaffold, &[&["api.yaml"], arguments].concat())
        .refused();
    assert_eq!(project.files(), before, "nothing was written");
    said
}

#[test]
fn a_malformed_document_is_named_with_line_and_column() {
    let said = refused("openapi: 3.0.3\ninfo: {title: T\npaths: {}\n", &[]);
    assert!(
        said.starts_with("error: the document is malformed"),
        "{said}"
    );
    assert!(said.contains("--> api.yaml:3:"), "{said}");
    assert_data_eq!(
        refused("openapi: 3.0.3\ninfo: {}\nopenapi: 3.0.3\n", &[]),
        str![[r#"
error: the document is malformed: duplicated key in mapping
 --> api.yaml:3:1
  |
3 | openapi: 3.0.3
  | ^^^^^^^
  help: remove or rename one of the two keys

"#]]
    );
}

#[test]
fn another_version_is_refused_at_its_version() {
    assert_data_eq!(
        refused(
            "openapi: 4.0.0\ninfo: {title: T, version: '1'}\npaths: {}\n",
            &[]
        ),
        str![[r#"
error: `openapi: 4.0.0` is not read, only OpenAPI 3.0 and 3.1 and Swagger 2.0
 --> api.yaml:1:10
  |
1 | openapi: 4.0.0
  |          ^^^^^
  help: convert the document to OpenAPI 3.1

"#]]
    );
}

#[test]
fn a_reference_that_leads_nowhere_is_named() {
    let document = SMALL.replace("{type: integer}", "{$ref: '#/components/schemas/Id'}");
    let said = refused(&document, &[]);
    assert!(
        said.contains("error: `#/components/schemas/Id` leads nowhere"),
        "{said}"
    );
    assert!(said.contains("--> api.yaml:6:"), "{said}");
}

#[test]
fn a_pattern_that_rust_cannot_use_is_refused() {
    let document = SMALL.replace("{type: integer}", "{type: string, pattern: '(a'}");
    let said = refused(&document, &[]);
    assert!(
        said.contains("error: the pattern `(a` cannot be used"),
        "{said}"
    );
}

#[test]
fn an_unknown_framework_or_database_is_named_with_where_it_came_from() {
    assert_data_eq!(
        refused(SMALL, &["--framework", "rocket"]),
        str![[r#"
error: there is no framework `rocket` (from --framework)
hint: choose one of: axum

"#]]
    );
    let project = Project::workspace();
    project.file("api.yaml", SMALL);
    project.file("Backend.toml", "[scaffold]\ndatabase = \"oracle\"\n");
    assert_data_eq!(
        project.run(Plugin::Scaffold, &["api.yaml"]).refused(),
        str![[r#"
error: there is no database `oracle` for a service (from Backend.toml:2)
hint: choose one of: sqlite, postgres, mariadb

"#]]
    );
}

#[test]
fn a_missing_document_and_a_folder_elsewhere_are_refused() {
    let project = Project::workspace();
    let said = project.run(Plugin::Scaffold, &["none.yaml"]).refused();
    assert!(
        said.contains("cannot read the OpenAPI document `none.yaml`"),
        "{said}"
    );
    let said = refused(SMALL, &["--output", "../elsewhere"]);
    assert!(said.contains("is outside the workspace"), "{said}");
    let said = refused(SMALL, &["--name", "serde"]);
    assert!(
        said.contains("`serde` cannot be the name of the package"),
        "{said}"
    );
    let said = project.run(Plugin::Scaffold, &[]).refused();
    assert!(said.contains("<SPEC>"), "{said}");
}

#[test]
fn outside_of_a_workspace_nothing_is_generated() {
    let project = Project::empty();
    project.file("api.yaml", SMALL);
    let said = project.run(Plugin::Scaffold, &["api.yaml"]).refused();
    assert!(said.contains("there is no workspace"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_written_leaves_nothing_behind() {
    let project = Project::workspace();
    project.file("api.yaml", SMALL);
    let before = project.files();
    let _locked = project.read_only_folder("locked");
    let said = project
        .run_unprivileged(Plugin::Scaffold, &["api.yaml", "--output", "locked/small"])
        .refused();
    assert!(said.contains("cannot write into `[ROOT]`"), "{said}");
    assert_eq!(project.files(), before);
}

#[test]
fn a_dry_run_shows_and_a_check_says_no_and_neither_writes() {
    let project = Project::workspace();
    project.file("api.yaml", SMALL);
    let before = project.files();
    let shown = project
        .run(Plugin::Scaffold, &["api.yaml", "--dry-run"])
        .good();
    assert!(shown.contains("+++ b/small/src/main.rs"), "{shown}");
    let checked = project.run(Plugin::Scaffold, &["api.yaml", "--check"]);
    assert_eq!(checked.code, Some(1), "{}", checked.stderr);
    assert!(
        checked.stdout.contains("create small/Cargo.toml"),
        "{}",
        checked.stdout
    );
    assert_eq!(project.files(), before);
}

#[test]
fn the_second_run_writes_nothing_and_edits_by_hand_survive() {
    let project = Project::workspace();
    project.file("api.yaml", SMALL);
    let _first = project.run(Plugin::Scaffold, &["api.yaml"]).good();
    let before = project.files();
    let second = project.run(Plugin::Scaffold, &["api.yaml"]).good();
    assert!(second.contains("0 files created, 0 updated"), "{second}");
    assert_eq!(project.files(), before);

    let mine = project.read("small/src/service/things.rs") + "\n// mine\n";
    project.file("small/src/service/things.rs", &mine);
    let _third = project.run(Plugin::Scaffold, &["api.yaml"]).good();
    assert_eq!(project.read("small/src/service/things.rs"), mine);

    let edited = project.read("small/src/api/types.rs") + "// mine\n";
    project.file("small/src/api/types.rs", &edited);
    let said = project.run(Plugin::Scaffold, &["api.yaml"]).refused();
    assert!(
        said.contains("`src/api/types.rs` was edited by hand"),
        "{said}"
    );
    assert_eq!(project.read("small/src/api/types.rs"), edited);
    let _forced = project
        .run(Plugin::Scaffold, &["api.yaml", "--force"])
        .good();
    assert_ne!(project.read("small/src/api/types.rs"), edited);
}

#[test]
fn every_line_of_json_is_an_object() {
    let project = Project::workspace();
    project.file("api.yaml", SMALL);
    let lines = project
        .run(Plugin::Scaffold, &["api.yaml", "--json"])
        .good();
    let objects: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let last = objects.last().expect("a summary");
    assert_eq!(last["reason"], "summary");
    assert_eq!(last["package"], "small");
}

#[test]
fn the_golden_service_is_what_the_tool_generates() {
    let mut command = std::process::Command::new(Plugin::Scaffold.path());
    let output = command
        .current_dir(repository())
        .args([
            "examples/orders/openapi.yaml",
            "--output",
            "tests/golden/orders",
            "--check",
        ])
        .output()
        .expect("the plugin was built beside this test");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
}

/// A workspace with the example's service under a name of its own, compiled without a warning.
fn compiled(name: &str, database: &str) -> Project {
    let project = Project::workspace();
    let document = fs_err::read_to_string(repository().join("examples/orders/openapi.yaml"));
    project.file("openapi.yaml", &document.expect("the example"));
    let line = ["openapi.yaml", "--name", name, "--database", database];
    let _generated = project.run(Plugin::Scaffold, &line).good();
    built::build(&project, name);
    project
}

/// The service on a database with its tables.
fn served(project: &Project, name: &str, url: &str) -> Service {
    let folder = format!("{name}/migrations");
    let migrations: Vec<String> = project
        .files()
        .into_iter()
        .filter(|(path, _)| {
            path.starts_with(&folder) && path.to_string_lossy().ends_with(".up.sql")
        })
        .map(|(_, bytes)| String::from_utf8(bytes).expect("SQL"))
        .collect();
    let database = TestDatabase::at(url.to_owned());
    for statements in migrations {
        database.execute(&statements);
    }
    let program = target_profile().join(name);
    Service::start(&program, project.path(), url).expect("it serves")
}

/// Sends a request, whose answer must have that status and, if it is a rejection, the envelope.
fn expect(service: &Service, method: &str, path: &str, body: &Value, status: u16) -> Value {
    let text = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let answer = service.send(method, path, &text).expect("an answer");
    assert_eq!(
        answer.status, status,
        "{method} {path} {body}: {}",
        answer.body
    );
    if status >= 400 {
        let request_id = &answer.json()["error"]["requestId"];
        assert!(request_id.is_string(), "{}", answer.body);
    }
    answer.json()
}

fn exercise(service: &Service) {
    let send = |method: &str, path: &str, body: Value, status: u16| -> Value {
        expect(service, method, path, &body, status)
    };
    let customer = send(
        "POST",
        "/customers",
        json!({"name": "Åsa", "email": "a@example.com"}),
        201,
    );
    let id = &customer["id"];
    let again = json!({"name": "B", "email": "a@example.com"});
    let taken = send("POST", "/customers", again, 409);
    assert_eq!(taken["error"]["details"][0]["field"], "email");

    let order = json!({"customerId": id, "status": "paid", "totalCents": 5, "note": "x"});
    let order = send("POST", "/orders", order, 201);
    let path = format!("/orders/{}", order["id"]);
    assert_eq!(send("GET", &path, Value::Null, 200), order);
    let kept = send("PATCH", &path, json!({"totalCents": 6}), 200);
    assert_eq!(
        (&kept["note"], &kept["totalCents"]),
        (&json!("x"), &json!(6))
    );
    let cleared = send("PATCH", &path, json!({"note": null}), 200);
    assert_eq!(
        (&cleared["note"], &cleared["totalCents"]),
        (&Value::Null, &json!(6))
    );
    send("PATCH", &path, json!({"status": null}), 422);
    send("PATCH", &path, json!({"staus": "paid"}), 422);

    let listed = |query: &str| send("GET", &format!("/orders?{query}"), Value::Null, 200);
    assert_eq!(
        listed(&format!("customerId={id}&status=paid")),
        json!([cleared])
    );
    assert_eq!(listed("status=shipped"), json!([]));
    assert_eq!(listed("limit=1&offset=1"), json!([]));
    send("GET", "/orders?limit=0", Value::Null, 400);

    let faults = json!({"customerId": 1, "status": "lost", "totalCents": -1});
    let faults = send("POST", "/orders", faults, 422);
    assert_eq!(faults["error"]["details"][0]["code"], "enum");
    assert_eq!(faults["error"]["details"][1]["code"], "minimum");
    let dangling = json!({"customerId": 999, "status": "paid", "totalCents": 1});
    let dangling = send("POST", "/orders", dangling, 409);
    assert_eq!(dangling["error"]["details"][0]["field"], "customerId");

    send(
        "POST",
        &format!("{path}/refund"),
        json!({"amountCents": 1}),
        501,
    );
    send("DELETE", &format!("/customers/{id}"), Value::Null, 409);
    send("DELETE", &path, Value::Null, 204);
    send("GET", &path, Value::Null, 404);
    send("PUT", "/orders", Value::Null, 405);
    send("GET", "/nowhere", Value::Null, 404);
    let named =
        "GET /nowhere HTTP/1.1\r\nhost: x\r\nx-request-id: mine-1\r\nconnection: close\r\n\r\n";
    let named = service.send_raw(named).expect("an answer");
    assert_eq!(named.json()["error"]["requestId"], "mine-1");
    assert!(
        named.head.contains("x-request-id: mine-1"),
        "{}",
        named.head
    );
}

#[test]
fn a_generated_service_compiles_without_a_warning_and_serves_from_sqlite() {
    let name = "scaffold-e2e-sqlite";
    let project = compiled(name, "sqlite");
    let file = project.path().join("service.db");
    fs_err::File::create(Path::new(&file)).expect("an empty file is an empty database");
    exercise(&served(
        &project,
        name,
        &format!("sqlite://{}", file.display()),
    ));
}

#[test]
fn a_generated_service_compiles_without_a_warning_and_serves_from_postgres() {
    let name = "scaffold-e2e-postgres";
    let project = compiled(name, "postgres");
    let database = TestDatabase::postgres("scaffold_e2e");
    exercise(&served(&project, name, database.url()));
}

#[test]
fn a_generated_service_compiles_without_a_warning_and_serves_from_mariadb() {
    let name = "scaffold-e2e-mariadb";
    let project = compiled(name, "mariadb");
    let database = TestDatabase::mariadb("scaffold_e2e");
    exercise(&served(&project, name, database.url()));
}

#[test]
fn what_was_understood_is_printed_and_nothing_is_written() {
    let project = Project::workspace();
    let document = fs_err::read_to_string(repository().join("examples/orders/openapi.yaml"));
    project.file("openapi.yaml", &document.expect("the example"));
    let before = project.files();
    let printed = project
        .run(Plugin::Scaffold, &["openapi.yaml", "--dump-api"])
        .good();
    let api: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(api["title"], "Orders");
    let groups = api["groups"].as_array().expect("groups");
    let names: Vec<&str> = groups
        .iter()
        .flat_map(|group| group["operations"].as_array().expect("operations"))
        .filter_map(|operation| operation["id"].as_str())
        .collect();
    assert!(names.contains(&"refundOrder"), "{names:?}");
    assert_eq!(project.files(), before);
}
