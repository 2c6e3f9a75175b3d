//! Forty statements on ten tables with twelve indexes missing: all are found, no other is, and they
//! bring what was promised. `WORKLOAD_SCALE` is the number of orders; all tables have 6.9 times as
//! many rows.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use serde_json::Value;
use snapbox::{assert_data_eq, str};

const SCHEMA: &str = include_str!("../../workload/schema.sql");
const STATEMENTS: &str = include_str!("../../workload/statements.sql");

/// The table, the first key, and what else the statement says.
const PLANTED: [(&str, &str, &str); 12] = [
    ("orders", "\"customer_id\"", ""),
    ("order_items", "\"order_id\"", ""),
    ("order_items", "\"product_id\"", ""),
    ("payments", "\"reference\"", ""),
    ("payments", "\"order_id\"", ""),
    ("orders", "\"created_at\"", "WHERE status = 'failed'"),
    ("customers", "(lower(email))", ""),
    ("events", "\"customer_id\"", ""),
    ("sessions", "\"token\"", ""),
    ("messages", "\"recipient_id\"", "WHERE read_at IS NULL"),
    ("reviews", "\"product_id\"", ""),
    ("products", "\"category_id\"", ""),
];

/// How far a measured factor may be from the promised one.
const WITHIN: f64 = 2.0;

fn shop(scale: &str) -> (Project, TestDatabase) {
    let mut project = Project::empty();
    let database = TestDatabase::postgres("workload");
    database.execute("CREATE EXTENSION hypopg");
    // VACUUM may not share a message with other statements.
    let schema = SCHEMA.replace(":scale", scale);
    let (tables, indexes) = schema.split_once("-- These are there").expect("the mark");
    database.execute(tables);
    for statement in indexes.split(';').map(str::trim) {
        let statement = statement.trim_start_matches("already.").trim();
        if !statement.is_empty() {
            database.execute(statement);
        }
    }
    project.variable("DATABASE_URL", database.url());
    project.file("statements.sql", STATEMENTS);
    (project, database)
}

fn suggested(project: &Project, more: &[&str]) -> Vec<Value> {
    let line = ["suggest-indexes", "--workload", "statements.sql", "--json"];
    let run = project.run(Plugin::Db, &[&line, more].concat());
    let told = run.good();
    let lines = told.lines().map(serde_json::from_str);
    let messages: Vec<Value> = lines.collect::<Result<_, _>>().expect("JSON lines");
    messages
        .into_iter()
        .filter(|message| message["reason"] == "suggested-index")
        .collect()
}

/// The median time of a statement that was run before, in ms, as its client sees it.
fn warm_ms(database: &TestDatabase, statement: &str) -> f64 {
    let mut times = database.times_ms(statement, 21);
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn planted(suggestion: &Value, (table, key, more): (&str, &str, &str)) -> bool {
    let sql = suggestion["sql"].as_str().expect("text");
    sql.contains(&format!("\"{table}\" ({key}")) && sql.contains(more)
}

#[test]
fn planted_indexes_are_found_and_bring_what_was_promised() {
    let scale =
        std::env::vars().find_map(|(name, value)| (name == "WORKLOAD_SCALE").then_some(value));
    let (project, database) = shop(scale.as_deref().unwrap_or("60000"));
    let found = suggested(&project, &[]);
    for wanted in PLANTED {
        let count = found.iter().filter(|one| planted(one, wanted)).count();
        assert_eq!(count, 1, "{wanted:?} in {found:#?}");
    }
    for suggestion in &found {
        let gains = suggestion["gains"].as_array().expect("a list");
        assert!(!gains.is_empty(), "somebody gains from {suggestion}");
    }
    assert_eq!(found.len(), PLANTED.len(), "{found:#?}");

    let gains: Vec<(&str, f64, f64)> = found
        .iter()
        .map(|suggestion| {
            let gain = &suggestion["gains"][0];
            let statement = gain["statement"].as_str().expect("text");
            let promised = gain["factor"].as_f64().expect("a number");
            (statement, promised, warm_ms(&database, statement))
        })
        .collect();
    let written = suggested(&project, &["--output", "migrations"]);
    assert_eq!(written, Vec::<Value>::new(), "files instead of an answer");
    assert_eq!(project.run(Plugin::Db, &["migrate"]).code, Some(0));
    database.execute("VACUUM ANALYZE");
    let mut faster = 0;
    let mut kept = 0;
    for (statement, promised, before) in &gains {
        let after = warm_ms(&database, statement);
        let measured = before / after;
        let share = measured / promised;
        println!(
            "{measured:8.1} measured ({before:.3} → {after:.3} ms), {promised:8.1} promised, {share:5.2}: {statement}"
        );
        faster += usize::from(measured > 1.5);
        kept += usize::from((1.0 / WITHIN..=WITHIN).contains(&share));
    }
    println!("{faster} of 12 faster, {kept} within {WITHIN} times of the promise");
    assert!(faster >= 10, "{faster} of 12 are faster");
    // How exact the promise is, is a matter of the machine: the long form checks it.
    if scale.is_some() {
        assert!(kept >= 10, "{kept} of 12 keep the promise");
    }
    assert_eq!(
        suggested(&project, &[]),
        Vec::<Value>::new(),
        "a second run suggests nothing"
    );
}

#[test]
fn a_user_who_may_not_read_is_told_and_not_that_nothing_is_missing() {
    let database = TestDatabase::postgres("workload_rights");
    database.execute(
        "CREATE EXTENSION hypopg;
         CREATE TABLE orders (id integer PRIMARY KEY, note text);
         DROP ROLE IF EXISTS workload_guest;
         CREATE ROLE workload_guest LOGIN;",
    );
    let mut project = Project::empty();
    let url = database.url().replace("postgres@", "workload_guest@");
    project.variable("DATABASE_URL", &url);
    project.file(
        "queries.sql",
        "SELECT 1;\nSELECT note FROM orders WHERE note = 'a';",
    );
    let run = project.run(
        Plugin::Db,
        &["suggest-indexes", "--workload", "queries.sql"],
    );
    assert_eq!(run.code, Some(0));
    assert_data_eq!(
        run.stderr,
        str![[r#"
warning: `SELECT note FROM orders WHERE note = 'a'` could not be planned: permission denied for table orders
    Finished nothing to suggest; 1 of 2 statements were looked at

"#]]
    );
}

#[test]
fn a_workload_that_cannot_be_read_is_shown_in_its_place() {
    let database = TestDatabase::postgres("workload_bad");
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    project.file("queries.sql", "SELECT 1;\nSELECT 'open;\n");
    let line = ["suggest-indexes", "--workload", "queries.sql"];
    assert_data_eq!(
        project.run(Plugin::Db, &line).refused(),
        str![[r#"
error: the workload cannot be read: Unterminated string literal
 --> queries.sql:2:8
  |
2 | SELECT 'open;
  |        ^^^^^

"#]]
    );
}
