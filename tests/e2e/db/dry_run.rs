//! `--dry-run`: all is run, and nothing is left behind.

use cargo_backend_tests::database::{TestDatabase, server};
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

use super::migrate::{status, write};
use super::{empty_mariadb, empty_postgres, postgres_shop, sqlite_shop};

/// Everything that a dry run could leave behind on an engine.
fn traces(database: &TestDatabase) -> (cargo_backend_shared::schema::Schema, Vec<String>) {
    let tables = if database.url().starts_with("sqlite") {
        "SELECT name FROM sqlite_schema ORDER BY 1"
    } else if database.url().starts_with("mysql") {
        "SELECT CAST(table_name AS CHAR) FROM information_schema.tables
         WHERE table_schema = DATABASE() ORDER BY 1"
    } else {
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
    };
    (database.schema(), database.texts(tables))
}

#[test]
fn on_postgres_locks_rewrites_and_times_are_those_that_were_seen() {
    let (project, database) = postgres_shop("dry_run");
    write(
        &project,
        "1_note",
        "ALTER TABLE orders ADD COLUMN note TEXT;\nALTER TABLE orders ALTER COLUMN id TYPE bigint;\n",
        "ALTER TABLE orders DROP COLUMN note;",
    );
    write(
        &project,
        "2_later",
        "CREATE TABLE later (id integer REFERENCES orders (id));",
        "DROP TABLE later;",
    );
    let before = traces(&database);
    assert_data_eq!(
        project.run(Plugin::Db, &["migrate", "--dry-run"]).good(),
        str![[r#"
-- 1_note.up.sql (in a transaction)
ALTER TABLE orders ADD COLUMN note TEXT;
-- [..] ms; AccessExclusiveLock on public.orders
ALTER TABLE orders ALTER COLUMN id TYPE bigint;
-- [..] ms; AccessExclusiveLock on public.orders, written anew, read to its end

-- 2_later.up.sql (in a transaction)
CREATE TABLE later (id integer REFERENCES orders (id));
-- [..] ms

--- schema today
+++ schema afterwards
@@ [..] @@
[..]
[..]
+CREATE TABLE "public"."later" (
+    "id" integer
...

"#]]
    );
    assert_eq!(traces(&database), before, "not even a history table");
    assert_eq!(status(&project), ["pending 1", "pending 2"]);
}

#[test]
fn rows_are_really_changed_and_given_back() {
    let (project, database) = postgres_shop("dry_run_rows");
    write(
        &project,
        "1_unique",
        "UPDATE orders SET total_cents = 1;\nCREATE UNIQUE INDEX ON orders (total_cents);",
        "SELECT 1;",
    );
    let said = project.run(Plugin::Db, &["migrate", "--dry-run"]);
    assert_eq!(said.code, Some(2));
    for part in [
        "1_unique.up.sql:2:1",
        "Key (total_cents)=(1) is duplicated.",
        "nothing was changed: it was a dry run",
    ] {
        assert!(said.stderr.contains(part), "{part}: {}", said.stderr);
    }
    let sum = database.texts("SELECT sum(total_cents)::text FROM orders");
    assert_eq!(sum, ["200010000"]);
}

#[test]
fn what_cannot_be_rolled_back_is_played_in_a_scratch_database() {
    let (project, database) = postgres_shop("dry_run_concurrently");
    let up = "-- no-transaction\nCREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id);\nALTER TABLE orders ADD COLUMN note TEXT;\n";
    write(&project, "1_index", up, "DROP INDEX orders_customer;");
    assert_data_eq!(
        project.run(Plugin::Db, &["migrate", "--dry-run"]).refused(),
        str![[r#"
error: `1_index.up.sql` cannot be rolled back with its transaction: a dry run of it needs a place for a scratch database
hint: name a server with --dev-url, or allow it on the database's own with --same-server

"#]]
    );
    let before = traces(&database);
    let run = project.run(
        Plugin::Db,
        &["migrate", "--dry-run", "--same-server", "--json"],
    );
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let lines: Vec<serde_json::Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let reasons: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["reason"].as_str())
        .collect();
    assert_eq!(
        reasons,
        [
            "planned-script",
            "tried-statement",
            "tried-statement",
            "dry-run"
        ]
    );
    assert_eq!(
        lines[1]["seen"],
        serde_json::Value::Null,
        "it runs in no transaction"
    );
    assert_eq!(lines[2]["seen"][0]["lock"], "AccessExclusiveLock");
    assert_eq!(lines[3]["place"], "scratch");
    assert_eq!(lines[3]["differences"][0]["object"], "tables orders");
    assert_eq!(traces(&database), before);
    assert_eq!(database.scratch_left(), Vec::<String>::new());
}

/// A COMMIT in the middle of a file would keep what came before it.
fn a_commit_of_its_own_changes_nothing(project: &Project, database: &TestDatabase) {
    let up = "CREATE TABLE a (id integer PRIMARY KEY);\nCOMMIT;\nCREATE TABLE b (id integer PRIMARY KEY);\n";
    write(project, "1_commit", up, "SELECT 1;");
    let before = traces(database);
    let plain = project.run(Plugin::Db, &["migrate", "--dry-run"]);
    let scratch = project.run(Plugin::Db, &["migrate", "--dry-run", "--same-server"]);
    assert_eq!(
        traces(database),
        before,
        "{} {}",
        plain.stderr,
        scratch.stderr
    );
}

#[test]
fn a_commit_of_its_own_changes_nothing_on_postgres() {
    let (project, database) = postgres_shop("dry_run_commit");
    a_commit_of_its_own_changes_nothing(&project, &database);
}

#[test]
fn a_commit_of_its_own_changes_nothing_on_sqlite() {
    let (project, database) = sqlite_shop();
    a_commit_of_its_own_changes_nothing(&project, &database);
}

#[test]
fn on_sqlite_a_table_that_is_built_anew_is_played_in_memory() {
    let (project, database) = sqlite_shop();
    write(
        &project,
        "1_anew",
        "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\nCREATE TABLE customers__new (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO customers__new SELECT id, name FROM customers;\nDROP TABLE customers;\nALTER TABLE customers__new RENAME TO customers;\nCOMMIT;\nPRAGMA foreign_keys = ON;\n",
        "SELECT 1;",
    );
    let before = traces(&database);
    let run = project.run(Plugin::Db, &["migrate", "--dry-run"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("played through in a scratch database, without rows"),
        "{}",
        run.stderr
    );
    assert!(
        run.stdout
            .contains("+CREATE TABLE \"customers\" (id INTEGER PRIMARY KEY, name TEXT);"),
        "{}",
        run.stdout
    );
    assert_eq!(traces(&database), before);
}

#[test]
fn on_mariadb_where_statements_commit_by_themselves_a_scratch_database_is_needed() {
    let (project, database) = empty_mariadb("dry_run");
    database.execute("CREATE TABLE orders (id integer PRIMARY KEY)");
    write(
        &project,
        "1_note",
        "ALTER TABLE orders ADD COLUMN note TEXT;",
        "ALTER TABLE orders DROP COLUMN note;",
    );
    let before = traces(&database);
    assert_data_eq!(
        project.run(Plugin::Db, &["migrate", "--dry-run"]).refused(),
        str![[r#"
error: a dry run needs a place for a scratch database
hint: name a server with --dev-url, or allow it on the database's own with --same-server

"#]]
    );
    let elsewhere = server("TEST_MYSQL_URL");
    let answer = project
        .run(
            Plugin::Db,
            &["migrate", "--dry-run", "--dev-url", &elsewhere],
        )
        .good();
    assert!(answer.contains("+    `note` text NULL,"), "{answer}");
    assert_eq!(traces(&database), before);
}

#[test]
fn the_way_back_is_tried_too() {
    let (project, database) = empty_postgres("dry_run_back");
    write(
        &project,
        "1_one",
        "CREATE TABLE one (id integer PRIMARY KEY);",
        "DROP TABLE one;",
    );
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    let before = traces(&database);
    let answer = project.run(Plugin::Db, &["rollback", "--dry-run"]).good();
    for part in [
        "-- 1_one.down.sql (in a transaction)",
        "-CREATE TABLE \"public\".\"one\"",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    assert_eq!(traces(&database), before);
    assert_eq!(status(&project), ["applied 1"]);
    database.execute("CREATE VIEW all_of_it AS SELECT * FROM one");
    let said = project
        .run(Plugin::Db, &["rollback", "--dry-run"])
        .refused();
    assert!(
        said.contains("cannot drop table one because other objects depend on it"),
        "{said}"
    );
    assert!(said.contains("1_one.down.sql:1:1"), "{said}");
}

#[test]
fn a_place_for_a_dry_run_is_no_place_for_a_run() {
    let (project, _) = sqlite_shop();
    write(
        &project,
        "1_one",
        "CREATE TABLE one (id INTEGER);",
        "DROP TABLE one;",
    );
    assert_data_eq!(
        project
            .run(Plugin::Db, &["migrate", "--same-server"])
            .refused(),
        str![[r#"
error: --dev-url and --same-server say where a dry run is played, and this is none
hint: add --dry-run, or leave them out

"#]]
    );
    assert_eq!(status(&project), ["pending 1"]);
}
