//! `analyze` of a folder of SQL files: what they say is judged, what only use can tell is not known.

use cargo_backend_tests::database::{TestDatabase, server};
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

use super::SHOP;

fn folder() -> Project {
    let project = Project::empty();
    project.file("migrations/1_shop.up.sql", SHOP);
    project.file(
        "migrations/1_shop.down.sql",
        "DROP TABLE orders, customers;",
    );
    project.file(
        "migrations/2_events.up.sql",
        "-- no-transaction\nCREATE INDEX CONCURRENTLY orders_total ON orders (total_cents)",
    );
    project
}

fn analyze(project: &Project, more: &[&str]) -> cargo_backend_tests::project::Run {
    project.run(Plugin::Db, &[&["analyze", "migrations"], more].concat())
}

#[test]
fn files_are_loaded_into_a_scratch_database_and_judged() {
    let project = folder();
    let url = server("TEST_POSTGRES_URL");
    let told = analyze(&project, &["--dev-url", &url]).good();
    assert_data_eq!(
        told,
        str![[r#"
[ROOT]/migrations (PostgreSQL [..]): 2 tables
...
warning[foreign-key-without-index]: `orders(customer_id)` refers to `customers`, and no index leads with it
...
not known: [..] — files do not say how a database is used: cargo backend-db analyze URL of a live database
...
"#]]
    );
    let left = TestDatabase::at(url).scratch_left();
    assert_eq!(left, Vec::<String>::new());
}

#[test]
fn sqlite_needs_no_server() {
    let mut project = folder();
    project.file(
        "migrations/2_events.up.sql",
        "CREATE VIEW v AS SELECT id FROM orders;",
    );
    let database = TestDatabase::sqlite(project.path());
    project.variable("DATABASE_URL", database.url());
    let told = analyze(&project, &[]).good();
    assert!(told.contains("foreign-key-without-index"), "{told}");
}

#[test]
fn a_fault_in_a_file_is_shown_in_its_place() {
    let project = folder();
    project.file(
        "migrations/3_bad.up.sql",
        "CREATE TABLE a (\n    id integer,\n    x nonsense\n);",
    );
    let run = analyze(&project, &["--dev-url", &server("TEST_POSTGRES_URL")]);
    assert_data_eq!(
        run.refused(),
        str![[r#"
error: type "nonsense" does not exist
 --> 3_bad.up.sql:3:7
  |
3 |     x nonsense
  |       ^^^^^^^^

"#]]
    );
}

#[test]
fn a_place_for_the_scratch_database_has_to_be_named() {
    let project = folder();
    assert_data_eq!(
        analyze(&project, &[]).refused(),
        str![[r#"
error: a folder of SQL files needs a place for a scratch database
hint: name a server with --dev-url, or allow it on the database's own with --same-server

"#]]
    );
    project.file("empty/readme.txt", "nothing");
    let run = project.run(Plugin::Db, &["analyze", "empty"]);
    assert!(run.refused().contains("there is no SQL file in"));
}
