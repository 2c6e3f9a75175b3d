//! Documents of other versions and of several files: what is said about them, and what comes of them.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::{Plugin, repository};
use cargo_backend_tests::project::Project;

/// A workspace with the files of `tests/golden/documents`.
fn documents() -> Project {
    let project = Project::workspace();
    for name in [
        "closed.yaml",
        "newer.yaml",
        "older.yaml",
        "files/api.yaml",
        "files/paths/pets.yaml",
        "files/schemas/Owner.yaml",
    ] {
        let path = repository().join("tests/golden/documents").join(name);
        let text = fs_err::read_to_string(path).expect("a document of this repository");
        project.file(name, &text);
    }
    project
}

/// The text of a file that was generated.
fn generated(project: &Project, path: &str) -> String {
    fs_err::read_to_string(project.path().join(path)).expect("it was generated")
}

#[test]
fn what_3_1_says_and_is_not_served_is_named_with_its_place() {
    let project = documents();
    let run = project.run(Plugin::Scaffold, &["newer.yaml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let said = run.stderr;
    for (message, place) in [
        ("`patternProperties` is not enforced", "newer.yaml:38:7"),
        (
            "webhooks are sent by a service and not served: `drawn`",
            "newer.yaml:19:1",
        ),
        (
            "`GET /shapes/{id}#secret` is not served: a URL cannot tell it from `GET /shapes/{shape}`",
            "newer.yaml:13:5",
        ),
    ] {
        assert!(
            said.contains(message) && said.contains(place),
            "{message}: {said}"
        );
    }
    let types = generated(&project, "newer/src/api/types.rs");
    for part in [
        "pub radius: f64",
        "Number::new().above(0.0)",
        "Some(\"round\")",
        "Asc2",
    ] {
        assert!(types.contains(part), "{part}: {types}");
    }
}

#[test]
fn a_security_scheme_that_nobody_describes_is_named_and_lets_nobody_in() {
    let project = documents();
    let run = project.run(Plugin::Scaffold, &["closed.yaml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let message = "the security scheme `nowhere` is not described: nobody comes in by it";
    let said = run.stderr;
    assert!(
        said.contains(message) && said.contains("closed.yaml:7:18"),
        "{said}"
    );
    let security = generated(&project, "closed/src/api/security.rs");
    assert!(security.contains("Kind::Other"), "{security}");
}

#[test]
fn swagger_2_0_becomes_routes_bodies_and_parts_of_segments() {
    let project = documents();
    let _generated = project.run(Plugin::Scaffold, &["older.yaml"]).good();
    let router = generated(&project, "older/src/api/router.rs");
    let router = router.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "\"ending\", &[\"photo.\", \"\"], 0, \"ending\"",
        "input.multipart(true, &of::<SendPhotoBody>())",
        "use fancy_regex::Regex",
        "of::<Pet>()",
    ] {
        assert!(router.contains(part), "{part}: {router}");
    }
}

#[test]
fn types_of_other_files_have_the_names_of_their_files() {
    let project = documents();
    let run = project.run(Plugin::Scaffold, &["files/api.yaml"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let said = run.stderr;
    assert!(said.contains("files/schemas/Owner.yaml:6:3"), "{said}");
    let types = generated(&project, "multi/src/api/types.rs");
    assert!(types.contains("pub struct Owner {"), "{types}");
    assert!(types.contains("pub friend: Option<Box<Self>>"), "{types}");
}

#[test]
fn modules_may_be_called_as_keywords_are() {
    let project = Project::workspace();
    let row = "{type: object, required: [id, name], properties: {id: {type: integer, readOnly: true}, name: {type: string}}}";
    let ok = "{description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Type'}}}}";
    let key = "[{name: id, in: path, required: true, schema: {type: integer}}]";
    let document = format!(
        "openapi: 3.0.3\ninfo: {{title: Words, version: '1'}}\npaths:\n  /type:\n    post:\n      tags: [type]\n      requestBody: {{required: true, content: {{application/json: {{schema: {{$ref: '#/components/schemas/Type'}}}}}}}}\n      responses: {{'201': {ok}}}\n  /type/{{id}}:\n    get:\n      tags: [type]\n      parameters: {key}\n      responses: {{'200': {ok}}}\n  /static:\n    get:\n      tags: [static]\n      responses: {{'204': {{description: ok}}}}\ncomponents:\n  schemas:\n    Type: {row}\n"
    );
    project.file("words.yaml", &document);
    let _generated = project.run(Plugin::Scaffold, &["words.yaml"]).good();
    let services = generated(&project, "words/src/service/mod.rs");
    assert!(
        services.contains("pub mod r#static;\npub mod r#type;\n"),
        "{services}"
    );
    assert!(
        generated(&project, "words/src/service/static.rs").contains("impl StaticApi for Service")
    );
    let again = project.run(Plugin::Scaffold, &["words.yaml"]).good();
    assert!(again.contains("0 files created, 0 updated"), "{again}");
}

const TICKETS: &str = "
openapi: 3.0.3
info: {title: Tickets, version: '1'}
paths:
  /tickets:
    post:
      operationId: createTicket
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Ticket'}}}}
      responses: {'201': {description: made, content: {application/json: {schema: {$ref: '#/components/schemas/Ticket'}}}}}
  /tickets/{id}:
    get:
      operationId: getTicket
      parameters: [{name: id, in: path, required: true, schema: {type: integer, format: int64}}]
      responses: {'200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/Ticket'}}}}}
components:
  schemas:
    Ticket: {type: object, required: [note], properties: {id: {type: integer, format: int64}, note: {type: string}}}
";

/// The callers of an API may name a row by a number, or leave that to the database.
#[test]
fn rows_are_numbered_where_callers_do_not_choose_the_number() {
    let project = Project::workspace();
    project.file("tickets.yaml", TICKETS);
    let databases = [
        ("sqlite", TestDatabase::sqlite(project.path())),
        ("postgres", TestDatabase::postgres("scaffold_numbered")),
        ("mariadb", TestDatabase::mariadb("scaffold_numbered")),
    ];
    for (name, database) in databases {
        let line = ["tickets.yaml", "--name", name, "--database", name];
        let _generated = project.run(Plugin::Scaffold, &line).good();
        let migration = "migrations/00000000000001_create_tickets.up.sql";
        database.execute(&generated(&project, &format!("{name}/{migration}")));
        let source = generated(&project, &format!("{name}/src/data/tickets.rs"));
        let insert = source.split('"').find(|text| text.starts_with("INSERT"));
        let insert = insert.expect("a statement that adds a row");
        for id in ["NULL", "7", "NULL", "3", "NULL"] {
            let first = insert.replacen('?', id, 1).replace("$1", id);
            database.execute(&first.replace(['?'], "'n'").replace("$2", "'n'"));
        }
        let ids = database.texts("SELECT cast(id AS char(9)) FROM tickets ORDER BY id");
        let ids: Vec<&str> = ids.iter().map(|id| id.trim()).collect();
        assert_eq!(ids, ["1", "3", "7", "8", "9"], "{name}");
    }
}
