//! The runner: what is applied, undone, refused and waited for.

use std::path::Path;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

use super::{postgres_shop, sqlite_shop};

/// `state version` of every migration, as `status` has them.
pub(super) fn status(project: &Project) -> Vec<String> {
    project
        .run(Plugin::Db, &["status", "--json"])
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|m| format!("{} {}", m["state"].as_str().unwrap_or(""), m["version"]))
        .collect()
}

pub(super) fn write(project: &Project, stem: &str, up: &str, down: &str) {
    project.file(&format!("migrations/{stem}.up.sql"), up);
    project.file(&format!("migrations/{stem}.down.sql"), down);
}

fn a_failure_inside_a_transaction_changes_nothing(project: &Project, database: &TestDatabase) {
    write(
        project,
        "1_good",
        "CREATE TABLE one (id INTEGER PRIMARY KEY);",
        "DROP TABLE one;",
    );
    write(
        project,
        "2_bad",
        "CREATE TABLE two (id INTEGER PRIMARY KEY); INSERT INTO nowhere VALUES (1);",
        "DROP TABLE two;",
    );
    let run = project.run(Plugin::Db, &["migrate"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("`2_bad.up.sql` failed"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("nothing was changed"), "{}", run.stderr);
    let schema = database.schema();
    assert!(schema.tables.contains_key("one") && !schema.tables.contains_key("two"));
    assert_eq!(status(project), ["applied 1", "pending 2"]);
}

#[test]
fn a_failure_on_sqlite_changes_nothing() {
    let (project, database) = sqlite_shop();
    a_failure_inside_a_transaction_changes_nothing(&project, &database);
}

#[test]
fn a_failure_on_postgres_changes_nothing() {
    let (project, database) = postgres_shop("migrate_failure");
    a_failure_inside_a_transaction_changes_nothing(&project, &database);
}

#[test]
fn an_index_that_fails_half_way_is_remembered_and_can_be_undone() {
    let (project, database) = postgres_shop("migrate_half_way");
    database.execute("UPDATE customers SET name = 'same' WHERE id < 3");
    write(
        &project,
        "1_unique_name",
        "-- no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY customers_name ON customers (name);",
        "-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS customers_name;",
    );
    let before = database.schema();
    assert_eq!(project.run(Plugin::Db, &["migrate"]).code, Some(2));
    assert_eq!(status(&project), ["failed 1"]);
    assert!(!database.schema().tables["customers"].indexes["customers_name"].valid);
    assert_data_eq!(
        project.run(Plugin::Db, &["migrate"]).refused(),
        str![[r#"
error: `1_unique_name.up.sql` failed: could not create unique index "customers_name"
 --> 1_unique_name.up.sql:2:1
  |
2 | CREATE UNIQUE INDEX CONCURRENTLY customers_name ON customers (name);
  | ^^^^^^
  = Key (name)=(same) is duplicated.
  help: what came before it is done: when the cause is gone, `cargo backend-db migrate` goes on with it, and `cargo backend-db rollback` undoes it all by the down file

"#]]
    );
    let _undone = project.run(Plugin::Db, &["rollback"]).good();
    assert_eq!(
        (status(&project), database.schema()),
        (vec!["pending 1".to_owned()], before)
    );
    assert_eq!(project.run(Plugin::Db, &["migrate"]).code, Some(2));
    database.execute("UPDATE customers SET name = 'other' WHERE id = 1");
    // The half that is there is dropped, and the index is built.
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    assert_eq!(status(&project), ["applied 1"]);
    assert!(database.schema().tables["customers"].indexes["customers_name"].valid);
}

/// Four runners at the same time; each migration may run once only.
pub(super) fn runners_wait_for_each_other(project: &Project, database: &TestDatabase) {
    write(
        project,
        "1_table",
        "CREATE TABLE one (id INTEGER PRIMARY KEY);",
        "DROP TABLE one;",
    );
    let index = if database.schema().dialect == Dialect::Postgres {
        "-- no-transaction\nCREATE INDEX CONCURRENTLY one_id ON one (id);"
    } else {
        "CREATE INDEX one_id ON one (id);"
    };
    write(project, "2_index", index, "DROP INDEX one_id;");
    let runners: Vec<_> = (0..4)
        .map(|_| project.start(Plugin::Db, &["migrate", "--json"]))
        .collect();
    let applied: usize = runners
        .into_iter()
        .map(|runner| {
            project
                .told(&runner.wait_with_output().expect("it ends"))
                .good()
        })
        .map(|stdout| stdout.matches("\"action\":\"applied\"").count())
        .sum();
    assert_eq!(applied, 2);
    assert!(database.schema().tables["one"].indexes["one_id"].valid);
}

#[test]
fn runners_on_sqlite_wait_for_each_other() {
    let (project, database) = sqlite_shop();
    runners_wait_for_each_other(&project, &database);
}

#[test]
fn runners_on_postgres_wait_for_each_other() {
    let (project, database) = postgres_shop("migrate_runners");
    runners_wait_for_each_other(&project, &database);
}

/// `sqlx migrate` and we see one history, whoever goes first.
pub(super) fn history_is_shared_with_sqlx(project: &Project, database: &TestDatabase) {
    write(
        project,
        "1_one",
        "CREATE TABLE one (id INTEGER PRIMARY KEY);",
        "DROP TABLE one;",
    );
    let _ours = project.run(Plugin::Db, &["migrate"]).good();
    write(
        project,
        "2_two",
        "CREATE TABLE two (id INTEGER PRIMARY KEY);",
        "DROP TABLE two;",
    );
    run_sqlx(&project.path().join("migrations"), database.url());
    assert_eq!(status(project), ["applied 1", "applied 2"]);
    let _undone = project
        .run(Plugin::Db, &["rollback", "--steps", "2"])
        .good();
    assert_eq!(status(project), ["pending 1", "pending 2"]);
}

/// Applies a folder by `sqlx` itself.
pub(super) fn run_sqlx(folder: &Path, url: &str) {
    try_sqlx(folder, url).expect("sqlx agrees with our history");
}

/// Applies a folder by `sqlx` itself.
pub(super) fn try_sqlx(folder: &Path, url: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let ran = runtime.block_on(async {
        let migrator = sqlx::migrate::Migrator::new(folder)
            .await
            .expect("the folder");
        if url.starts_with("mysql") {
            let pool = sqlx::MySqlPool::connect(url).await.expect("the server");
            migrator.run(&pool).await
        } else if url.starts_with("postgres") {
            let pool = sqlx::PgPool::connect(url).await.expect("the server");
            migrator.run(&pool).await
        } else {
            let pool = sqlx::SqlitePool::connect(url).await.expect("the file");
            migrator.run(&pool).await
        }
    });
    ran.map_err(|fault| fault.to_string())
}

#[test]
fn history_on_sqlite_is_shared_with_sqlx() {
    let (project, database) = sqlite_shop();
    history_is_shared_with_sqlx(&project, &database);
}

#[test]
fn history_on_postgres_is_shared_with_sqlx() {
    let (project, database) = postgres_shop("migrate_sqlx");
    history_is_shared_with_sqlx(&project, &database);
}

#[test]
fn a_file_that_was_removed_after_it_was_applied_stops_the_chain() {
    let (project, _) = sqlite_shop();
    write(
        &project,
        "1_one",
        "CREATE TABLE one (id INTEGER);",
        "DROP TABLE one;",
    );
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    for file in ["1_one.up.sql", "1_one.down.sql"] {
        fs_err::remove_file(project.path().join("migrations").join(file)).expect("it is there");
    }
    assert_eq!(status(&project), ["missing 1"]);
    assert_data_eq!(
        project.run(Plugin::Db, &["rollback"]).refused(),
        str![[r#"
error: migration 1 is applied, and its file is gone
hint: restore the file from version control, or point --migrations at the right folder

"#]]
    );
}

#[test]
fn one_file_can_be_applied_alone() {
    let (project, _) = sqlite_shop();
    write(
        &project,
        "1_one",
        "CREATE TABLE one (id INTEGER);",
        "DROP TABLE one;",
    );
    write(
        &project,
        "2_two",
        "CREATE TABLE two (id INTEGER);",
        "DROP TABLE two;",
    );
    let _applied = project
        .run(Plugin::Db, &["migrate", "migrations/2_two.up.sql"])
        .good();
    assert_eq!(status(&project), ["pending 1", "applied 2"]);
}

#[test]
fn a_new_migration_must_be_written_before_it_is_applied() {
    let (project, _) = sqlite_shop();
    let _written = project
        .run(Plugin::Db, &["migrate", "new", "Add e-mail"])
        .good();
    let run = project.run(Plugin::Db, &["migrate"]);
    assert_data_eq!(
        run.refused(),
        str![[r#"
error: migration [..] has no statement yet
hint: write its up file, or remove both files

"#]]
    );
}

#[test]
fn without_a_down_file_nothing_is_undone() {
    let (project, database) = sqlite_shop();
    project.file("migrations/1_one.sql", "CREATE TABLE one (id INTEGER);");
    write(
        &project,
        "2_two",
        "CREATE TABLE two (id INTEGER);",
        "DROP TABLE two;",
    );
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    let before = database.schema();
    assert_data_eq!(
        project
            .run(Plugin::Db, &["rollback", "--steps", "2"])
            .refused(),
        str![[r#"
error: migration 1 one has no down file
hint: write `1_one.down.sql` beside `1_one.up.sql` first

"#]]
    );
    assert_eq!(
        database.schema(),
        before,
        "not even the second one was undone"
    );
}

#[test]
fn a_protected_database_is_changed_only_by_its_name() {
    let (mut project, database) = sqlite_shop();
    project.file(
        "Backend.toml",
        "[database.production]\nurl = { env = \"PRODUCTION\" }\nprotected = true\n",
    );
    project.variable("PRODUCTION", database.url());
    write(
        &project,
        "1_one",
        "CREATE TABLE one (id INTEGER);",
        "DROP TABLE one;",
    );
    assert_data_eq!(
        project
            .run(Plugin::Db, &["migrate", "--env", "production"])
            .refused(),
        str![[r#"
error: `production` is protected
hint: to change it all the same, add --yes-really production

"#]]
    );
    let _shown = project
        .run(Plugin::Db, &["migrate", "--env", "production", "--dry-run"])
        .good();
    assert_eq!(status(&project), ["pending 1"]);
    let _applied = project
        .run(
            Plugin::Db,
            &[
                "migrate",
                "--env",
                "production",
                "--yes-really",
                "production",
            ],
        )
        .good();
    assert_eq!(status(&project), ["applied 1"]);
}

#[test]
fn protected_paths_are_never_written() {
    let (project, _) = sqlite_shop();
    project.file(
        "Backend.toml",
        "[rules]\nprotected-paths = [\"migrations/**\"]\n",
    );
    let before = project.files();
    let refused = project
        .run(Plugin::Db, &["suggest-indexes", "--output", "migrations"])
        .refused();
    assert!(
        refused.contains("is protected and would change"),
        "{refused}"
    );
    assert_eq!(project.files(), before);
}

#[test]
fn a_version_says_how_far_to_go_and_how_far_back() {
    let (project, database) = sqlite_shop();
    for n in 1..=3 {
        let up = format!("ALTER TABLE orders ADD COLUMN c{n} TEXT;");
        let down = format!("ALTER TABLE orders DROP COLUMN c{n};");
        write(&project, &format!("{n}_column"), &up, &down);
    }
    let before = database.schema();
    let _two = project.run(Plugin::Db, &["migrate", "--to", "2"]).good();
    assert_eq!(status(&project), ["applied 1", "applied 2", "pending 3"]);
    let _all = project.run(Plugin::Db, &["migrate"]).good();
    let _one = project.run(Plugin::Db, &["rollback", "--to", "1"]).good();
    assert_eq!(status(&project), ["applied 1", "pending 2", "pending 3"]);
    for verb in ["migrate", "rollback"] {
        assert_data_eq!(
            project.run(Plugin::Db, &[verb, "--to", "7"]).refused(),
            str![[r#"
error: no migration has the version 7
hint: `cargo backend-db status` lists them

"#]]
        );
    }
    let _none = project.run(Plugin::Db, &["rollback", "--to", "0"]).good();
    assert_eq!(database.schema(), before);
}
