//! A run that is killed at any moment: after another run the schema is what it would have been, and the
//! history says what is true.
//!
//! `KILLS` says how many moments are tried (`tests/long/kill.sh`).

#![expect(
    clippy::print_stdout,
    reason = "the count of moments survived is a part of the answer"
)]

use std::process::Stdio;
use std::time::Duration;

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;

use super::migrate::{status, write};

fn moments() -> u64 {
    let mut variables = std::env::vars();
    let given = variables.find(|(name, _)| name == "KILLS");
    given
        .and_then(|(_, count)| count.parse().ok())
        .unwrap_or(10)
}

/// A project for a database.
fn project(database: &TestDatabase) -> Project {
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    project
}

/// Kills a run after so many microseconds; whether it was still running.
fn kill(project: &Project, after_us: u64) -> bool {
    let mut run = project
        .command(Plugin::Db.path())
        .arg("migrate")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the plugin");
    std::thread::sleep(Duration::from_micros(after_us));
    let running = run.try_wait().expect("it was started").is_none();
    run.kill().expect("it was started");
    run.wait().expect("it was started");
    running
}

/// Tries so many moments, each on a database of its own.
fn survive(
    name: &str,
    make: impl Fn(u64) -> TestDatabase,
    prepare: impl Fn(&TestDatabase),
    files: impl Fn(&Project),
) {
    let fresh = |moment| {
        let database = make(moment);
        prepare(&database);
        let project = project(&database);
        files(&project);
        (project, database)
    };
    let (whole, database) = fresh(0);
    let began = std::time::Instant::now();
    drop(whole.run(Plugin::Db, &["migrate"]).good());
    let took = u64::try_from(began.elapsed().as_micros()).expect("it takes no years");
    let (wanted, said) = (database.schema(), status(&whole));
    let wanted_rows = database.try_texts(SUM);
    let mut random = fastrand::Rng::with_seed(7);
    let (mut interrupted, count) = (0, moments());
    for moment in 1..=count {
        let (project, database) = fresh(moment);
        // Runs that are killed two times in a row, too.
        for _ in 0..random.u8(1..3) {
            interrupted += u64::from(kill(&project, random.u64(0..took)));
        }
        let again = project.run(Plugin::Db, &["migrate"]);
        assert_eq!(
            again.code,
            Some(0),
            "{name}, moment {moment}: {}",
            again.stderr
        );
        assert_eq!(database.schema(), wanted, "{name}, moment {moment}");
        assert_eq!(status(&project), said, "{name}, moment {moment}");
        let rows = database.try_texts(SUM);
        assert_eq!(rows, wanted_rows, "{name}, moment {moment}");
    }
    assert!(interrupted > 0, "no run was killed before its end");
    println!(
        "{name}: {count} of {count} moments survived, {interrupted} runs were killed in the middle"
    );
}

/// What a change of rows that ran twice would show.
const SUM: &str = "SELECT CAST(sum(a) AS CHAR) FROM orders";
const TABLE: &str = "CREATE TABLE orders (id integer PRIMARY KEY, customer integer, note text);";
const ROWS: &str =
    "INSERT INTO orders SELECT n, n % 100, md5(n::text) FROM generate_series(1, 60000) n;";

#[test]
fn a_killed_run_on_postgres_goes_on() {
    survive(
        "PostgreSQL",
        |moment| TestDatabase::postgres(&format!("kill_{}", moment % 2)),
        |database| database.execute(&format!("{TABLE}{ROWS}")),
        |project| {
            write(
                project,
                "1_columns",
                "ALTER TABLE orders ADD COLUMN a integer;\nALTER TABLE orders ADD COLUMN b integer DEFAULT 5;\nCREATE INDEX plain ON orders (customer);",
                "DROP INDEX plain;\nALTER TABLE orders DROP COLUMN a, DROP COLUMN b;",
            );
            write(
                project,
                "2_indexes",
                "-- no-transaction\nCREATE INDEX CONCURRENTLY by_note ON orders (note);\nALTER TABLE orders ADD COLUMN c integer;\nCREATE INDEX CONCURRENTLY by_both ON public.orders (customer, note);\nDROP INDEX CONCURRENTLY plain;",
                "DROP INDEX by_note, by_both;",
            );
            write(
                project,
                "3_last",
                "ALTER TABLE orders ALTER COLUMN customer SET NOT NULL;",
                "ALTER TABLE orders ALTER COLUMN customer DROP NOT NULL;",
            );
        },
    );
}

#[test]
fn a_killed_run_on_mariadb_goes_on() {
    survive(
        "MariaDB",
        |moment| TestDatabase::mariadb(&format!("kill_{}", moment % 2)),
        |database| {
            database.execute(TABLE);
            database
                .execute("INSERT INTO orders SELECT seq, seq % 100, md5(seq) FROM seq_1_to_60000");
        },
        |project| {
            write(
                project,
                "1_columns",
                "ALTER TABLE orders ADD COLUMN a integer;\nCREATE INDEX by_note ON orders (note(20));\nUPDATE orders SET a = coalesce(a, 0) + 1;\nALTER TABLE orders MODIFY COLUMN customer bigint NOT NULL;",
                "ALTER TABLE orders DROP COLUMN a, DROP INDEX by_note;",
            );
            write(
                project,
                "2_more",
                "CREATE TABLE more (id integer PRIMARY KEY);\nINSERT INTO more SELECT id FROM orders;\nCREATE TRIGGER touch BEFORE INSERT ON more FOR EACH ROW BEGIN SET @a = 1; SET @b = 2; END;\nALTER TABLE orders ADD INDEX both_ (customer, note(10)), DROP INDEX by_note;",
                "DROP TABLE more;",
            );
        },
    );
}

#[test]
fn a_killed_run_on_sqlite_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    survive(
        "SQLite",
        |moment| {
            let own = folder.path().join(moment.to_string());
            fs_err::create_dir(&own).expect("a folder");
            TestDatabase::sqlite(&own)
        },
        |database| {
            database.execute(TABLE);
            database.execute(
                "INSERT INTO orders WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
                 SELECT i, i % 100, hex(i) FROM n",
            );
        },
        |project| {
            write(
                project,
                "1_index",
                "CREATE INDEX by_note ON orders (note);\nALTER TABLE orders ADD COLUMN a INTEGER;",
                "DROP INDEX by_note;",
            );
            write(
                project,
                "2_anew",
                "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\nCREATE TABLE orders__new (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL, note TEXT);\nINSERT INTO orders__new SELECT id, customer, note FROM orders;\nDROP TABLE orders;\nALTER TABLE orders__new RENAME TO orders;\nCOMMIT;\nPRAGMA foreign_keys = ON;\n",
                "SELECT 1;",
            );
        },
    );
}
