//! `lint --trace`: what migrations really do, in a scratch database.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::{Project, Run};
use snapbox::{assert_data_eq, str};

fn trace(project: &Project, more: &[&str]) -> Run {
    let all = ["lint", "change.sql", "--trace", "--same-server"];
    project.run(Plugin::Db, &[&all[..], more].concat())
}

fn project(database: &TestDatabase, change: &str) -> Project {
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    project.file("change.sql", change);
    project
}

/// Of each finding, what it is about and what it says.
fn found(run: &Run) -> Vec<String> {
    let lines = run
        .stdout
        .lines()
        .filter(|line| line.contains("\"finding\""));
    let told = lines.map(|line| {
        let finding: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let word = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        let line = finding["location"]["line"].as_u64().expect("a line");
        format!(
            "{line} {} {}: {}",
            word("severity"),
            word("rule"),
            word("message")
        )
    });
    told.collect()
}

#[test]
fn a_trace_says_what_postgres_really_did() {
    let database = TestDatabase::postgres("lint_trace");
    database.execute(
        "CREATE TABLE orders (id bigint PRIMARY KEY, total integer, note varchar(20));
         CREATE TABLE empty (id bigint PRIMARY KEY, total integer);
         INSERT INTO orders SELECT n, n FROM generate_series(1, 20000) n;
         ANALYZE;",
    );
    let before = database.schema();
    let project = project(
        &database,
        "\u{feff}ALTER TABLE orders ALTER COLUMN note TYPE text;
         ALTER TABLE orders ALTER COLUMN total TYPE bigint;
         -- backend-db:allow(scan) nobody works at night
         ALTER TABLE orders ADD CHECK (total >= 0);
         ALTER TABLE empty ALTER COLUMN total TYPE bigint;
         UPDATE orders SET note = 'x' WHERE id = 1;
         CREATE INDEX ON orders (total);",
    );
    let told = trace(&project, &["--json"]);
    assert_eq!(told.code, Some(1), "{}", told.stderr);
    let seen: Vec<String> = found(&told)
        .into_iter()
        .filter(|line| line.contains("Lock"))
        .collect();
    assert_data_eq!(
        seen.join("\n"),
        str![[r#"
1 note trace: `public.orders` was held under AccessExclusiveLock, for a moment
2 error rewrite: `public.orders` was written anew under AccessExclusiveLock
5 note rewrite: `public.empty` was written anew under AccessExclusiveLock
7 error scan: `public.orders` was read to its end under AccessExclusiveLock
"#]]
    );
    assert_eq!(
        database.schema(),
        before,
        "nothing was done to the database"
    );
    assert!(database.scratch_left().is_empty());
}

#[test]
fn a_trace_needs_no_database_but_a_place() {
    let database = TestDatabase::postgres("lint_trace_place");
    let project = Project::empty();
    project.file(
        "change.sql",
        "CREATE TABLE a (id integer);\nINSERT INTO a VALUES (1);\nALTER TABLE b ADD c integer;\n",
    );
    let all = ["lint", "change.sql", "--trace"];
    let refused = project.run(Plugin::Db, &all).refused();
    assert!(
        refused.contains("--trace needs a place for a scratch database"),
        "{refused}"
    );
    let placed = [&all[..], &["--dev-url", database.url()]].concat();
    assert_data_eq!(
        project.run(Plugin::Db, &placed).refused(),
        str![[r#"
error: `change.sql` failed: relation "b" does not exist
 --> change.sql:3:1
  |
3 | ALTER TABLE b ADD c integer;
  | ^^^^^
  help: nothing was changed: it was a dry run

"#]]
    );
}

#[test]
fn a_trace_asks_mariadb_for_the_best_way() {
    let database = TestDatabase::mariadb("lint_trace_mariadb");
    database.execute("CREATE TABLE orders (id int PRIMARY KEY, total int, note varchar(20));");
    let project = project(
        &database,
        "ALTER TABLE orders ADD COLUMN at date;
         CREATE INDEX by_total ON orders (total);
         ALTER TABLE orders MODIFY total bigint;
         ALTER TABLE orders ADD FULLTEXT INDEX by_note (note);
         ALTER TABLE orders DROP COLUMN at, ALGORITHM=INPLACE;",
    );
    let told = trace(&project, &["--json"]);
    let seen: Vec<String> = found(&told)
        .into_iter()
        .filter(|line| line.contains("ALGORITHM="))
        .collect();
    assert_data_eq!(
        seen.join("\n"),
        str![[r#"
1 note trace: the server takes ALGORITHM=INSTANT, LOCK=NONE at best
2 note trace: the server takes ALGORITHM=NOCOPY, LOCK=NONE at best
3 error rewrite: the server takes ALGORITHM=COPY, LOCK=SHARED at best
4 error lock: the server takes ALGORITHM=INPLACE, LOCK=SHARED at best
"#]]
    );
}
