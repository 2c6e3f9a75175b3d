//! `lint`: what is dangerous in migrations, before they run.

use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::{Project, Run};
use serde_json::Value;
use snapbox::{assert_data_eq, str};

use super::migrate::write;
use super::postgres_shop;

fn lint(project: &Project, more: &[&str]) -> Run {
    project.run(Plugin::Db, &[&["lint"], more].concat())
}

fn answer(run: &Run, code: i32) -> String {
    assert_eq!(run.code, Some(code), "{}{}", run.stdout, run.stderr);
    run.stdout.clone()
}

/// Two dangers and one that somebody has thought about.
fn folder() -> Project {
    let project = Project::empty();
    write(
        &project,
        "1_index",
        "CREATE INDEX orders_total ON orders (total_cents);\n",
        "DROP INDEX orders_total;",
    );
    write(
        &project,
        "2_gone",
        "-- backend-db:allow(drop-column) nothing reads it since 2.3\n\
         ALTER TABLE orders DROP COLUMN note;\n\
         ALTER TABLE orders\n    DROP COLUMN total_cents;\n",
        "SELECT 1;",
    );
    project
}

#[test]
fn a_danger_is_shown_in_its_place_with_what_to_do_instead() {
    let project = folder();
    assert_data_eq!(
        answer(&lint(&project, &[]), 1),
        str![[r#"
error[index-without-concurrently]: writers of `orders` wait while this index is built
 --> migrations/1_index.up.sql:1:1
  |
1 | CREATE INDEX orders_total ON orders (total_cents);
  | ^^^^^^
  = SHARE on orders until the end of the transaction: every writer waits
  help: build it CONCURRENTLY, alone in a file that begins with `-- no-transaction`

error[drop-column]: `orders.total_cents` and its data are dropped
 --> migrations/2_gone.up.sql:4:5
  |
4 |     DROP COLUMN total_cents;
  |     ^^^^
  = ACCESS EXCLUSIVE on orders until the end of the transaction: every reader and writer waits
  help: deploy code that does not name it first; then allow this with the reason

2 errors in 2 files; no database was asked for sizes; `--fix` writes the safe form of 1

"#]]
    );
}

#[test]
fn programs_get_lines_annotations_and_sarif() {
    let project = folder();
    let lines: Vec<Value> = answer(&lint(&project, &["--json"]), 1)
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["rule"], "index-without-concurrently");
    assert_eq!(lines[0]["location"]["line"], 1);
    assert_eq!(lines[0]["fixable"], true);
    assert_eq!(lines[1]["location"]["file"], "migrations/2_gone.up.sql");
    assert_eq!(lines[2]["errors"], 2);
    let annotations = answer(&lint(&project, &["--format", "github"]), 1);
    let first = annotations.lines().next().unwrap_or_default();
    assert!(
        first.starts_with("::error file=migrations/1_index.up.sql,line=1,col=1,title=index-without-concurrently::writers of"),
        "{first}"
    );
    let sarif: Value = serde_json::from_str(&answer(&lint(&project, &["--format", "sarif"]), 1))
        .expect("SARIF is JSON");
    let results = &sarif["runs"][0]["results"];
    assert_eq!(results.as_array().map(Vec::len), Some(2));
    let region = &results[1]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region["startLine"], 4);
}

#[test]
fn a_database_says_how_large_the_tables_are_and_what_is_applied() {
    let (project, database) = postgres_shop("lint_sizes");
    database.execute("CREATE TABLE empty (id bigint PRIMARY KEY, a integer); ANALYZE");
    write(
        &project,
        "1_old",
        "ALTER TABLE customers DROP COLUMN name;",
        "SELECT 1;",
    );
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    write(
        &project,
        "2_indexes",
        "CREATE INDEX a ON orders (total_cents);\nCREATE INDEX b ON customers (id);\nCREATE INDEX c ON empty (a);",
        "SELECT 1;",
    );
    let told = answer(&lint(&project, &["--json"]), 1);
    let lines: Vec<Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let size = lines[0]["evidence"][1].as_str().expect("text");
    assert!(size.starts_with("orders has 20,000 rows, "), "{size}");
    write(
        &project,
        "3_again",
        "CREATE TABLE IF NOT EXISTS orders (id bigint);\nALTER TABLE orders DROP COLUMN total_cents;",
        "SELECT 1;",
    );
    let again = answer(&lint(&project, &["migrations/3_again.up.sql"]), 1);
    assert!(
        again.contains("error[drop-column]"),
        "it is no new table: {again}"
    );
    let shown: Vec<String> = lines[..lines.len() - 1]
        .iter()
        .map(|line| format!("{} {}", line["severity"], line["table"]))
        .collect();
    assert_eq!(shown, ["\"error\" \"orders\"", "\"note\" \"customers\""]);
}

#[test]
fn a_fault_is_shown_in_its_place_and_a_wrong_comment_too() {
    let project = Project::empty();
    project.file("a.sql", "SELECT 1;\nALTER TABLE t ADD COLUMN;\n");
    let said = lint(&project, &["a.sql"]).refused();
    assert!(said.contains(" --> a.sql:2:"), "{said}");
    project.file("b.sql", "-- backend-db:allow(drop-colum)\nSELECT 1;\n");
    assert_data_eq!(
        answer(&lint(&project, &["b.sql"]), 0),
        str![[r#"
warning: there is no rule `drop-colum` to be allowed
 --> b.sql:1:1
  |
1 | -- backend-db:allow(drop-colum)
  | ^^
  help: `cargo backend-db explain` lists the rules

warning: a rule is allowed without a reason
 --> b.sql:1:1
  |
1 | -- backend-db:allow(drop-colum)
  | ^^
  help: say behind the parenthesis why it does no harm here

2 warnings in 1 file; no database was asked for sizes

"#]]
    );
    let said = lint(&project, &["c.sql"]).refused();
    assert!(said.contains("there is no file `c.sql`"), "{said}");
}

#[test]
fn the_safe_form_is_written_with_what_finishes_it_and_both_run() {
    let (project, database) = postgres_shop("lint_fix");
    let before = database.schema();
    write(
        &project,
        "20260101000000_index",
        "CREATE INDEX orders_total ON orders (total_cents);\n",
        "DROP INDEX orders_total;",
    );
    write(
        &project,
        "20260101000001_rules",
        "ALTER TABLE customers ALTER COLUMN name SET NOT NULL;\n\
         ALTER TABLE orders ADD CONSTRAINT cheap CHECK (total_cents < 1000000);\n",
        "ALTER TABLE orders DROP CONSTRAINT cheap;",
    );
    let untouched = project.files();
    let shown = answer(&lint(&project, &["--fix", "--dry-run"]), 0);
    assert!(
        shown.contains("+CREATE INDEX CONCURRENTLY orders_total"),
        "{shown}"
    );
    assert_eq!(project.files(), untouched);
    let told = answer(&lint(&project, &["--fix"]), 0);
    assert!(told.contains("nothing found in 4 files"), "{told}");
    assert_eq!(
        project.read("migrations/20260101000000_index.up.sql"),
        "-- no-transaction\nCREATE INDEX CONCURRENTLY orders_total ON orders (total_cents);\n"
    );
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    let after = database.schema();
    let checks = &after.tables["orders"].checks;
    assert!(checks["cheap"].validated, "{checks:?}");
    assert!(after.tables["orders"].indexes["orders_total"].valid);
    let again = lint(
        &project,
        &["--fix", "migrations/20260101000001_rules.up.sql"],
    );
    assert_eq!(again.code, Some(0), "it is safe, and stays as it is");
    assert_ne!(after, before);
}

#[test]
fn other_engines_have_their_own_grammar_and_their_own_rules() {
    let project = Project::empty();
    project.file(
        "mysql.sql",
        "ALTER TABLE `orders` MODIFY `total` BIGINT, ALGORITHM=INPLACE;\n\
         ALTER TABLE `orders` ADD COLUMN `note` VARCHAR(9);\n\
         FROBNICATE;\nDELETE FROM `orders`;\n",
    );
    let told = answer(
        &lint(&project, &["--engine", "mysql", "--json", "mysql.sql"]),
        1,
    );
    let shown: Vec<String> = told
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|line: &Value| line["reason"] == "finding")
        .map(|line| format!("{} {}", line["location"]["line"], line["rule"]))
        .collect();
    assert_eq!(
        shown,
        [
            "2 \"alter-without-algorithm\"",
            "3 null",
            "4 \"unbounded-change\""
        ]
    );
    project.file(
        "sqlite.sql",
        "ALTER TABLE orders ADD COLUMN at TEXT DEFAULT CURRENT_TIMESTAMP;\nPRAGMA user_version = 5;\n",
    );
    let told = answer(&lint(&project, &["--engine", "sqlite", "sqlite.sql"]), 1);
    assert!(told.starts_with("error[unaddable-column]"), "{told}");
    assert!(told.contains("1 error in 1 file"), "{told}");
}

#[test]
fn bodies_marks_and_line_ends_of_other_systems_are_read() {
    let project = Project::empty();
    project.file(
        "odd.sql",
        "\u{feff}CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $body$\r\nBEGIN\r\n  \
         DROP TABLE a; -- not now\r\nEND $body$;\r\nDO $$ BEGIN PERFORM 1; END $$;\r\n\
         ALTER TABLE \"Ö;x\" DROP COLUMN \"a\"\"b\";\r\n",
    );
    let told = answer(&lint(&project, &["--json", "odd.sql"]), 1);
    let first: Value = serde_json::from_str(told.lines().next().unwrap_or_default()).expect("JSON");
    assert_eq!(first["message"], "`Ö;x.a\"b` and its data are dropped");
    assert_eq!(first["location"]["line"], 6);
    assert_eq!(told.lines().count(), 2, "{told}");
}
