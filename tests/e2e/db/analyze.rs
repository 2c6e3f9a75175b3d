use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::{Project, Run};
use snapbox::{assert_data_eq, str};

use super::{postgres_shop, sqlite_shop};

/// The rules that fired, each with its message.
pub(super) fn findings(project: &Project) -> Vec<String> {
    let run = project.run(Plugin::Db, &["analyze", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    json_findings(&run)
}

pub(super) fn json_findings(run: &Run) -> Vec<String> {
    run.stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .filter(|message| message["reason"] == "finding")
        .map(|found| {
            format!(
                "{}: {}",
                found["rule"].as_str().unwrap_or(""),
                found["message"]
            )
        })
        .collect()
}

#[test]
fn a_missing_index_is_proved_by_sqlites_own_plan() {
    let (project, _) = sqlite_shop();
    assert_data_eq!(
        project.run(Plugin::Db, &["analyze"]).good(),
        str![[r#"
sqlite://[ROOT]/test.db (SQLite): 2 tables, 20,500 rows

warning[foreign-key-without-index]: `orders(customer_id)` refers to `customers`, and no index leads with it
  = `orders` has 20,000 rows
  = looking rows up by customer_id today: SCAN orders
  help: cargo backend-db suggest-indexes --output migrations

1 warning from 7 rules; the database was only read

"#]]
    );
}

#[test]
fn a_missing_index_is_proved_by_postgres_own_plan() {
    let (project, _) = postgres_shop("analyze_missing");
    assert_data_eq!(
        project.run(Plugin::Db, &["analyze"]).good(),
        str![[r#"
postgres://postgres@127.0.0.1:[..]/analyze_missing (PostgreSQL): 2 tables, about 20,500 rows

warning[foreign-key-without-index]: `orders(customer_id)` refers to `customers`, and no index leads with it
  = `orders` has 20,000 rows
  = looking rows up by customer_id today: Seq Scan on orders (cost [..])
  help: cargo backend-db suggest-indexes --output migrations

1 warning from 7 rules; the database was only read

"#]]
    );
}

#[test]
fn deny_makes_a_finding_the_answer_no() {
    let (project, _) = sqlite_shop();
    for (line, code) in [
        (&["analyze"][..], 0),
        (&["analyze", "--deny", "warning"][..], 1),
        (&["analyze", "--deny", "note"][..], 1),
    ] {
        assert_eq!(project.run(Plugin::Db, line).code, Some(code), "{line:?}");
    }
}

fn every_rule_fires_on_its_pathology_and_not_on_the_healthy_twin(
    project: &Project,
    database: &TestDatabase,
) {
    database.execute(
        "CREATE TABLE events (at TEXT);
         CREATE INDEX orders_total ON orders (total_cents);
         CREATE INDEX orders_total_id ON orders (total_cents, id);",
    );
    assert_eq!(
        findings(project),
        [
            "duplicate-index: \"index `orders_total` on `orders` is covered by `orders_total_id`\"",
            "foreign-key-without-index: \"`orders(customer_id)` refers to `customers`, and no index leads with it\"",
            "table-without-primary-key: \"`events` has no primary key\"",
        ]
    );
    database.execute(
        "DROP TABLE events;
         CREATE TABLE events (at TEXT PRIMARY KEY);
         DROP INDEX orders_total;
         CREATE INDEX orders_customer ON orders (customer_id, id);",
    );
    assert_eq!(findings(project), Vec::<String>::new());
}

#[test]
fn rules_on_sqlite() {
    let (project, database) = sqlite_shop();
    every_rule_fires_on_its_pathology_and_not_on_the_healthy_twin(&project, &database);
}

#[test]
fn rules_on_postgres() {
    let (project, database) = postgres_shop("analyze_rules");
    every_rule_fires_on_its_pathology_and_not_on_the_healthy_twin(&project, &database);
}

#[test]
fn what_only_postgres_can_have_is_found_there_and_not_on_the_healthy_twin() {
    let (project, database) = postgres_shop("analyze_postgres_only");
    database.execute(
        "CREATE INDEX orders_customer ON orders (customer_id);
         CREATE TABLE tickets (id serial PRIMARY KEY, order_id bigint REFERENCES orders (id));
         CREATE INDEX tickets_order ON tickets (order_id);
         SELECT setval('tickets_id_seq', 1800000000);
         ALTER TABLE orders ADD CONSTRAINT cheap CHECK (total_cents < 10) NOT VALID;
         UPDATE customers SET name = 'same' WHERE id < 3;",
    );
    // It fails on the two equal names, and leaves its index behind.
    database.fail("CREATE UNIQUE INDEX CONCURRENTLY customers_name ON customers (name)");
    assert_eq!(
        json_findings(&project.run(Plugin::Db, &["analyze", "--json"])),
        [
            "key-near-exhaustion: \"`tickets.id` has used 83 % of its values\"",
            "constraint-not-validated: \"constraint `cheap` on `orders` was never validated\"",
            "foreign-key-type-mismatch: \"`tickets.order_id` is bigint, and `orders.id` that it refers to is integer\"",
            "invalid-index: \"index `customers_name` on `customers` is invalid\"",
        ]
    );
    assert_eq!(
        project.run(Plugin::Db, &["analyze"]).code,
        Some(1),
        "one of them is an error"
    );
    database.execute(
        "SELECT setval('tickets_id_seq', 18000);
         ALTER TABLE tickets ALTER order_id TYPE integer;
         UPDATE orders SET total_cents = 5;
         ALTER TABLE orders VALIDATE CONSTRAINT cheap;
         UPDATE customers SET name = 'other' WHERE id = 1;",
    );
    database.execute("REINDEX INDEX CONCURRENTLY customers_name");
    assert_eq!(findings(&project), Vec::<String>::new());
}

#[test]
fn reading_cannot_write() {
    let (project, sqlite) = sqlite_shop();
    let (_, postgres) = postgres_shop("analyze_read_only");
    for database in [sqlite, postgres] {
        let refused = database.fails_when_reading("DELETE FROM orders");
        assert!(
            refused.contains("read-only") || refused.contains("readonly"),
            "{refused}"
        );
    }
    drop(project);
}

#[test]
fn reading_never_waits_long_for_a_lock_and_never_writes() {
    let (project, database) = postgres_shop("analyze_session");
    // A table that is locked for everybody does not hold the catalogue up.
    let held = database.hold("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
    let run = project.run(Plugin::Db, &["analyze"]);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    assert!(run.stderr.contains("lock timeout"), "{}", run.stderr);
    drop(held);
    assert_eq!(project.run(Plugin::Db, &["analyze"]).code, Some(0));
}

#[test]
fn postgres_unique_partial_expression_and_descending_indexes_are_no_duplicates() {
    let (project, database) = postgres_shop("analyze_no_duplicates");
    database.execute(
        "CREATE INDEX orders_customer ON orders (customer_id);
         CREATE UNIQUE INDEX a ON orders (customer_id, id);
         CREATE INDEX b ON orders (total_cents, id);
         CREATE INDEX c ON orders (total_cents DESC);
         CREATE INDEX d ON orders (total_cents) WHERE customer_id > 5;
         CREATE INDEX e ON orders ((total_cents / 100));
         CREATE INDEX f ON orders USING hash (total_cents);
         CREATE INDEX g ON orders (total_cents) INCLUDE (customer_id);",
    );
    // `a` starts with the key of `orders_customer`: that one is a true duplicate.
    assert_eq!(
        findings(&project),
        ["duplicate-index: \"index `orders_customer` on `orders` is covered by `a`\""]
    );
}

#[test]
fn names_with_quotes_capitals_and_unicode_are_read_and_written() {
    for (project, database) in [sqlite_shop(), postgres_shop("analyze_names")] {
        database.execute(
            r#"CREATE TABLE "Größe ""x""" (id INTEGER PRIMARY KEY);
               CREATE TABLE "Order Line" (
                   id INTEGER PRIMARY KEY,
                   "Größe Id" INTEGER REFERENCES "Größe ""x""" (id)
               );"#,
        );
        let folder = project.path().join("migrations").display().to_string();
        let _written = project
            .run(Plugin::Db, &["suggest-indexes", "--output", &folder])
            .good();
        let _applied = project.run(Plugin::Db, &["migrate"]).good();
        assert_eq!(findings(&project), Vec::<String>::new());
        assert!(
            database.schema().tables["Order Line"]
                .indexes
                .contains_key("Order Line_Größe Id_idx")
        );
    }
}

#[test]
fn analysing_never_writes() {
    let (project, database) = sqlite_shop();
    let before = (database.schema(), project.files());
    let _read = project.run(Plugin::Db, &["analyze"]).good();
    let _read = project.run(Plugin::Db, &["suggest-indexes"]).good();
    let _read = project
        .run(Plugin::Db, &["status", "--migrations", "."])
        .good();
    assert_eq!((database.schema(), project.files()), before);
}

#[test]
fn every_rule_explains_itself() {
    let project = Project::empty();
    let rules = project.run(Plugin::Db, &["explain"]).good();
    assert_data_eq!(
        rules.as_str(),
        str![[r#"
constraint-not-validated: a constraint that was added NOT VALID and never validated
duplicate-index: an index whose keys another index starts with
foreign-key-type-mismatch: a foreign key whose two sides have different types
foreign-key-without-index: a foreign key whose columns no index leads with
invalid-index: an index that no query uses and every write maintains
key-near-exhaustion: a generated key that is about to run out of values
table-without-primary-key: a table whose rows have no identity

"#]]
    );
    for rule in rules.lines().filter_map(|line| line.split_once(':')) {
        assert!(
            project
                .run(Plugin::Db, &["explain", rule.0])
                .good()
                .contains("## Why")
        );
    }
}
