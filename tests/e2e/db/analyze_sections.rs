//! What cannot be read is said, with what brings it, and the rest is told all the same.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use serde_json::Value;
use sqlx::Connection as _;

use super::postgres_shop;

struct Known {
    /// Section and remedy.
    lost: Vec<(String, String)>,
    unchecked: Vec<String>,
    summary: Value,
}

fn analyze(project: &Project, url: &str) -> Known {
    let line = ["analyze", "--json", "--database-url", url];
    let answer = project.run(Plugin::Db, &line).good();
    let lines: Vec<Value> = answer
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let summary = lines.last().expect("a summary").clone();
    let not_checked = summary["notChecked"].as_array().expect("a list");
    Known {
        lost: lines
            .iter()
            .filter(|line| line["reason"] == "not-known")
            .map(|line| (text(&line["section"]), text(&line["remedy"])))
            .collect(),
        unchecked: not_checked.iter().map(|rule| text(&rule["rule"])).collect(),
        summary,
    }
}

fn pairs(lost: &[(String, String)]) -> Vec<(&str, &str)> {
    lost.iter()
        .map(|(section, remedy)| (&**section, &**remedy))
        .collect()
}

/// The URL with another user.
fn as_user(url: &str, user: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (_, place) = rest.split_once('@').expect("a user");
    format!("{scheme}://{user}@{place}")
}

#[test]
fn a_role_without_rights_on_postgres_is_told_which_it_needs() {
    let (project, database) = postgres_shop("sections_rights");
    database.execute(
        "CREATE EXTENSION pg_stat_statements; DROP ROLE IF EXISTS sections_reader;
         CREATE ROLE sections_reader LOGIN",
    );
    let url = as_user(database.url(), "sections_reader");
    let known = analyze(&project, &url);
    let grant = "GRANT pg_monitor TO the role that analyses";
    assert_eq!(
        pairs(&known.lost),
        [
            ("statements", grant),
            ("sessions", grant),
            (
                "planner",
                "GRANT pg_read_all_data TO the role that analyses"
            )
        ]
    );
    for rule in ["blocked-session", "n-plus-one", "slow-statement"] {
        assert!(known.unchecked.iter().any(|name| name == rule), "{rule}");
    }
    assert_eq!(known.summary["rows"], 20_500);
    assert_eq!(known.summary["rulesChecked"], 19);
    database.execute("GRANT pg_monitor, pg_read_all_data TO sections_reader");
    assert_eq!(analyze(&project, &url).lost, []);
    database.execute("DROP ROLE sections_reader");
}

#[test]
fn a_role_with_one_connection_is_enough() {
    let (project, database) = postgres_shop("sections_one");
    database.execute(
        "DROP ROLE IF EXISTS sections_one; CREATE ROLE sections_one LOGIN CONNECTION LIMIT 1;
         GRANT pg_monitor, pg_read_all_data TO sections_one; CREATE EXTENSION pg_stat_statements",
    );
    let known = analyze(&project, &as_user(database.url(), "sections_one"));
    assert_eq!(known.lost, []);
    assert_eq!(known.summary["rows"], 20_500);
    database.execute("DROP ROLE sections_one");
}

#[test]
fn a_user_without_rights_on_mariadb_is_told_which_it_needs() {
    let project = Project::empty();
    let database = TestDatabase::mariadb("sections_rights");
    database.execute(
        "CREATE TABLE orders (id BIGINT PRIMARY KEY);
         CREATE OR REPLACE USER sections_reader@'%';
         GRANT SELECT ON sections_rights.* TO sections_reader@'%';",
    );
    let url = as_user(database.url(), "sections_reader");
    let known = analyze(&project, &url);
    let grant = "GRANT PROCESS, SELECT ON *.* TO the user that analyses";
    assert_eq!(
        pairs(&known.lost),
        [
            ("indexes", grant),
            ("statements", grant),
            ("sessions", grant)
        ]
    );
    database.execute("GRANT PROCESS, SELECT ON *.* TO sections_reader@'%'");
    assert_eq!(analyze(&project, &url).lost, []);
    database.execute("DROP USER sections_reader@'%'");
}

#[test]
fn figures_that_were_reset_a_minute_ago_prove_nothing_that_was_not_used() {
    let (project, database) = postgres_shop("sections_reset");
    database.execute("CREATE INDEX one ON orders (total_cents); SELECT pg_stat_reset()");
    let known = analyze(&project, database.url());
    let counting = known.summary["countingS"].as_u64().expect("seconds");
    assert!(counting < 60, "{counting}");
    assert!(known.unchecked.iter().any(|rule| rule == "unused-index"));
    let human = project.run(Plugin::Db, &["analyze"]).good();
    assert!(
        human.contains("below 24 hours it proves nothing that something was not used"),
        "{human}"
    );
}

#[test]
fn an_empty_database_has_nothing_and_says_so() {
    let project = Project::empty();
    let sqlite = TestDatabase::sqlite(project.path());
    let postgres = TestDatabase::postgres("sections_empty");
    let mariadb = TestDatabase::mariadb("sections_empty");
    for database in [sqlite, postgres, mariadb] {
        let known = analyze(&project, database.url());
        assert_eq!(known.summary["tables"], 0);
        assert_eq!(known.summary["warnings"], 0);
        assert!(known.summary["bytes"].is_u64() || database.url().starts_with("mysql"));
    }
}

#[test]
fn a_table_that_is_locked_keeps_the_planner_from_being_asked_and_nothing_else() {
    let mut project = Project::empty();
    let database = TestDatabase::postgres("sections_locked");
    database.execute(
        "CREATE TABLE customers (id bigint PRIMARY KEY);
         CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);
         INSERT INTO customers VALUES (1);
         INSERT INTO orders SELECT i, 1 FROM generate_series(1, 5000) i; ANALYZE",
    );
    project.variable("DATABASE_URL", database.url());
    let held = database.hold("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
    let answer = project.run(Plugin::Db, &["analyze"]).good();
    drop(held);
    let not_asked = "today: not asked, for another session has locked the table";
    assert!(answer.contains(not_asked), "{answer}");
    assert!(answer.contains("`orders` has 5,000 rows"), "{answer}");
}

#[test]
fn a_sqlite_file_that_is_locked_is_waited_for_and_then_named() {
    let project = Project::empty();
    let database = TestDatabase::sqlite(project.path());
    database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let mut holder = runtime
        .block_on(sqlx::SqliteConnection::connect(database.url()))
        .expect("it opens");
    runtime
        .block_on(sqlx::raw_sql("BEGIN EXCLUSIVE").execute(&mut holder))
        .expect("it locks");
    let line = ["analyze", "--database-url", database.url()];
    let said = project.run(Plugin::Db, &line).refused();
    assert!(said.contains("database is locked"), "{said}");
    drop(holder);
}
