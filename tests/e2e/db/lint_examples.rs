//! The examples of the rules of `lint`, on a server: what a rule says of locks is what `pg_locks` shows.

#![expect(
    clippy::panic,
    reason = "an example that cannot be run must fail with the reason"
)]

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use serde_json::Value;

use super::migrate::write;

/// The locks that a table can have, the weakest first.
const MODES: [&str; 8] = [
    "AccessShareLock",
    "RowShareLock",
    "RowExclusiveLock",
    "ShareUpdateExclusiveLock",
    "ShareLock",
    "ShareRowExclusiveLock",
    "ExclusiveLock",
    "AccessExclusiveLock",
];

/// The rules whose examples are in the words of this engine.
fn rules(engine: &str) -> Vec<Value> {
    let told = Project::empty()
        .run(Plugin::Db, &["explain", "--json"])
        .good();
    let lines = told
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    lines
        .filter(|line: &Value| line["reason"] == "lint-rule")
        .filter(|line| line["engines"][0] == engine)
        .collect()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field]
        .as_str()
        .unwrap_or_else(|| panic!("{field} in {value:#}"))
}

/// What the failing example does, in the words of the rule.
fn seen(database: &TestDatabase, examples: &Value) -> Value {
    let fails = text(examples, "fails");
    let on = ["lock", "rewrite"]
        .iter()
        .find_map(|how| examples["seen"][how]["on"].as_str());
    let Some(on) = on else {
        return examples["seen"].clone();
    };
    let filenode = format!("SELECT coalesce(pg_relation_filenode('{on}'), 0)::text");
    let before = database.texts(&filenode);
    let held = database.hold(fails);
    let modes = database.texts(&format!(
        "SELECT mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
         WHERE c.relname = '{on}' AND granted AND pid <> pg_backend_pid()
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ));
    drop(held);
    let strongest = MODES
        .iter()
        .rev()
        .find(|mode| modes.iter().any(|seen| seen == *mode));
    // The session that held it may need a moment to go.
    database.execute("SET lock_timeout = '10s'");
    database.execute(fails);
    let exists = format!("SELECT count(*)::text FROM pg_class WHERE relname = '{on}'");
    let stays = database.texts(&exists) == ["1"];
    let how = if stays && database.texts(&filenode) != before {
        "rewrite"
    } else {
        "lock"
    };
    serde_json::json!({ how: { "mode": strongest, "on": on } })
}

/// Runs an example by `migrate`. A fault, if it ended otherwise than the rule says.
fn migrated(database: &TestDatabase, rule: &Value, how: &str) -> Option<String> {
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    write(
        &project,
        "1_example",
        text(&rule["examples"], how),
        "SELECT 1;",
    );
    let run = project.run(Plugin::Db, &["migrate"]);
    let good = match rule["examples"]["seen"]["refused"].as_str() {
        Some(words) if how == "fails" => run.stderr.contains(words),
        _ => run.code == Some(0),
    };
    (!good).then(|| format!("{} {how}: {}", rule["rule"], run.stderr))
}

#[test]
fn each_rule_names_the_lock_that_is_seen_and_its_way_out_works() {
    rules_tell_the_truth_on(&TestDatabase::postgres("lint_examples"));
}

#[test]
fn the_locks_are_the_same_on_postgres_18() {
    rules_tell_the_truth_on(&TestDatabase::postgres18("lint_examples"));
}

fn rules_tell_the_truth_on(database: &TestDatabase) {
    let fresh = "DROP SCHEMA IF EXISTS public, a, b CASCADE; CREATE SCHEMA public;";
    let rules = rules("postgres");
    assert!(rules.len() > 40, "{} rules", rules.len());
    let mut wrong = Vec::new();
    for rule in &rules {
        let (name, examples) = (text(rule, "rule"), &rule["examples"]);
        database.execute(fresh);
        database.execute(text(examples, "before"));
        let seen = seen(database, examples);
        if seen != examples["seen"] {
            wrong.push(format!("{name}: {seen} instead of {}", examples["seen"]));
        }

        for how in ["fails", "passes"] {
            database.execute(fresh);
            database.execute(text(examples, "before"));
            wrong.extend(migrated(database, rule, how));
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "of {} rules", rules.len());
}

#[test]
fn what_the_rules_of_the_other_engines_say_is_so() {
    let mut wrong = Vec::new();
    for (engine, count) in [("mysql", 1), ("sqlite", 1)] {
        let rules = rules(engine);
        assert_eq!(rules.len(), count, "{rules:#?}");
        for rule in &rules {
            for how in ["fails", "passes"] {
                let folder = tempfile::tempdir().expect("a folder");
                let database = match engine {
                    "mysql" => TestDatabase::mariadb("lint_examples"),
                    _ => TestDatabase::sqlite(folder.path()),
                };
                database.execute(text(&rule["examples"], "before"));
                wrong.extend(migrated(&database, rule, how));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}
