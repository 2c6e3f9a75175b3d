//! The tests that a service is generated with: they fail until what the document promises is there,
//! and say what is missing.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::{Plugin, repository};
use cargo_backend_tests::project::Project;

use super::built::{failed, tested};

fn golden(path: &str) -> String {
    let path = repository().join("tests/golden").join(path);
    fs_err::read_to_string(path).expect("a file of this repository")
}

/// The example's service on a database.
fn orders(name: &str, database: &str) -> Project {
    let project = Project::workspace();
    let document = repository().join("examples/orders/openapi.yaml");
    let document = fs_err::read_to_string(document).expect("the example");
    project.file("openapi.yaml", &document);
    let line = ["openapi.yaml", "--name", name, "--database", database];
    let _made = project.run(Plugin::Scaffold, &line).good();
    project
}

/// What a person writes for the one operation that no table answers.
fn write_refund(project: &Project, name: &str) {
    let path = format!("{name}/src/service/orders.rs");
    let text = project.read(&path);
    let stub = "Err(ApiError::not_implemented(\"refundOrder\"))";
    let (before, after) = text.split_once(stub).expect("nobody has written it");
    let (head, argument) = before.rsplit_once("_request").expect("it is not used");
    let body = golden("by_hand/refundOrder.rs");
    project.file(&path, &format!("{head}request{argument}{body}{after}"));
}

#[test]
fn the_tests_fail_until_every_operation_is_written_and_where_a_rule_is_not_kept() {
    let name = "scaffold-e2e-tested";
    let project = orders(name, "sqlite");
    let stub = tested(&project, name);
    assert_eq!(
        failed(&stub),
        ["every_operation_answers_as_the_document_says"],
        "{}{}",
        stub.stdout,
        stub.stderr
    );
    let missing = "POST /orders/{orderId}/refund is not written yet: write `refund_order` in `src/service/orders.rs`";
    assert!(stub.stdout.contains(missing), "{}", stub.stdout);

    write_refund(&project, name);
    let _all_pass = tested(&project, name).good();

    let types = format!("{name}/src/api/types.rs");
    let sound = project.read(&types);
    let planted = sound.replace(".min(1).max(200)", ".min(2).max(201)");
    assert_ne!(planted, sound, "the example has a text of 1 to 200");
    project.file(&types, &planted);
    let found = tested(&project, name);
    assert_eq!(
        failed(&found),
        [
            "what_lies_beyond_an_edge_is_refused",
            "what_lies_within_is_let_in"
        ]
    );
    for named in [
        "POST /customers, maxLength: 200: Text(\"/name\", 201)",
        "POST /customers, minLength: 1: Text(\"/name\", 1)",
    ] {
        assert!(found.stdout.contains(named), "{named}: {}", found.stdout);
    }
}

#[test]
fn a_service_that_is_whole_passes_its_tests_at_once() {
    let name = "scaffold-e2e-tested-library";
    let project = Project::workspace();
    project.file("library.yaml", &golden("documents/library.yaml"));
    let line = ["library.yaml", "--name", name];
    let _made = project.run(Plugin::Scaffold, &line).good();
    let text = project.read(&format!("{name}/tests/generated.rs"));
    assert!(!text.contains("every_operation_answers"), "{text}");
    assert!(text.contains("\"minProperties: 1\""), "{text}");
    let _all_pass = tested(&project, name).good();
}

#[test]
fn what_clashes_and_what_is_not_there_is_asked_on_every_server() {
    let servers = [
        ("postgres", TestDatabase::postgres("generated_tests")),
        ("mariadb", TestDatabase::mariadb("generated_tests")),
    ];
    for (database, server) in servers {
        let name = format!("scaffold-e2e-tested-{database}");
        let mut project = orders(&name, database);
        project.variable("DATABASE_URL", server.url());
        write_refund(&project, &name);
        let text = project.read(&format!("{name}/tests/generated.rs"));
        for asked in [
            "create the same again",
            "refer to what is not there",
            "delete what is referred to, of customers",
        ] {
            assert!(text.contains(asked), "{asked}: {text}");
        }
        let _all_pass = tested(&project, &name).good();
        // Uniqueness is the table's: without it, the document's 409 is never seen.
        let migrations = format!("{name}/migrations/00000000000001_create_customers.up.sql");
        let table = project.read(&migrations);
        let planted = table.replace(" UNIQUE", "");
        assert_ne!(planted, table, "an address belongs to one customer");
        project.file(&migrations, &planted);
        let found = tested(&project, &name);
        assert_eq!(
            failed(&found),
            ["customers_are_kept_as_they_were_sent"],
            "{}",
            found.stdout
        );
    }
}

#[test]
fn a_service_of_tables_that_are_there_says_what_its_tests_leave_out() {
    let name = "scaffold-e2e-tested-tables";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("shop.db");
    fs_err::File::create(&file).expect("an empty file is an empty database");
    let url = format!("sqlite://{}", file.display());
    TestDatabase::at(url.clone()).execute(&golden("databases/shop.sqlite.sql"));
    let project = Project::workspace();
    let line = ["--from-db", &url, "--name", name];
    let _made = project.run(Plugin::Scaffold, &line).good();
    let text = project.read(&format!("{name}/tests/generated.rs"));
    let left_out = "//! empty. What is asked needs no row: who may call, what is refused and how.";
    assert!(text.contains(left_out), "{text}");
    let _all_pass = tested(&project, name).good();
    let router = format!("{name}/src/api/router.rs");
    let sound = project.read(&router);
    let planted = sound.replace(".min(1).max(500)", ".max(500)");
    assert_ne!(planted, sound, "a page has at least one row");
    project.file(&router, &planted);
    let found = tested(&project, name);
    assert_eq!(failed(&found), ["what_lies_beyond_an_edge_is_refused"]);
}
