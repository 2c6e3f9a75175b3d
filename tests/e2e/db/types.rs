//! `compare --types`: the row structs of a workspace follow the schema.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::{Project, Run};
use snapbox::{assert_data_eq, str};

const MANIFEST: &str = "\
[package]
name = \"shop\"
edition = \"2024\"

[dependencies]
chrono = \"0.4\"
";

const ROWS: &str = "\
//! What the tables hold.

// backend-db:row(orders)
#[derive(Debug, sqlx::FromRow)]
pub struct Order {
    pub id: i32,
    /// As the customer wrote it.
    pub note: String,
    pub gone: bool,
}
";

fn shop(name: &str) -> (Project, TestDatabase) {
    let database = TestDatabase::postgres(name);
    database.execute("CREATE TABLE orders (id integer PRIMARY KEY, note text NOT NULL)");
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    project.file("Cargo.toml", MANIFEST);
    project.file("src/lib.rs", "pub mod rows;\n");
    project.file("src/rows.rs", ROWS);
    project.file(
        "schema.sql",
        "CREATE TABLE orders (id bigint PRIMARY KEY, note text, at timestamptz NOT NULL DEFAULT now());",
    );
    (project, database)
}

fn compare(project: &Project, more: &[&str]) -> Run {
    let all = ["compare", "schema.sql", "--same-server", "--types"];
    project.run(Plugin::Db, &[&all[..], more].concat())
}

#[test]
fn the_structs_of_the_workspace_follow_the_target() {
    let (project, _database) = shop("types_follow");
    assert_eq!(compare(&project, &["--check"]).code, Some(1));
    assert_eq!(project.read("src/rows.rs"), ROWS, "a check writes nothing");
    let written = compare(&project, &["--output", "migrations"]);
    assert!(
        written.stderr.contains("   Refreshed src/rows.rs\n"),
        "{}",
        written.stderr
    );
    drop(written.good());
    assert_data_eq!(
        project.read("src/rows.rs"),
        str![[r#"
//! What the tables hold.

// backend-db:row(orders)
#[derive(Debug, sqlx::FromRow)]
pub struct Order {
    pub id: i64,
    /// As the customer wrote it.
    pub note: Option<String>,
    pub at: chrono::DateTime<chrono::Utc>,
}

"#]]
    );
    drop(project.run(Plugin::Db, &["migrate"]).good());
    assert_eq!(compare(&project, &["--check"]).code, Some(0));
}

#[test]
fn a_mark_that_means_nothing_is_told_with_its_place() {
    let (project, _database) = shop("types_bad");
    // Nothing is written, the migrations neither.
    let compare = |project: &Project| compare(project, &["--output", "migrations"]).refused();
    project.file("src/rows.rs", &ROWS.replace("row(orders)", "row(oders)"));
    assert_data_eq!(
        compare(&project),
        str![[r#"
error: there is no table or view `oders`
 --> src/rows.rs:3:1
  |
3 | // backend-db:row(oders)
  | ^^
  help: name it as the schema does, or take the mark away

"#]]
    );
    project.file("src/rows.rs", "");
    assert_data_eq!(
        compare(&project),
        str![[r#"
error: no struct of the workspace is marked
hint: write `// backend-db:row(TABLE)` above the struct that holds its rows

"#]]
    );
    assert!(!project.path().join("migrations").exists());
}
