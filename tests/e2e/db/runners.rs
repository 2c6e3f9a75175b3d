//! Several runners at once, and a server that goes away in the middle.

use std::process::Child;
use std::time::Duration;

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::own_server::OwnPostgres;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;

use super::migrate::{status, write};
use super::{empty_mariadb, empty_postgres, empty_sqlite};

fn start(project: &Project) -> Child {
    project.start(Plugin::Db, &["migrate", "--json"])
}

/// Three runners on an empty database, where not even a history is: each migration runs once.
fn three_runners((project, database): (Project, TestDatabase), index: &str) {
    for n in 1..=9 {
        let stem = format!("{n}_table");
        let up = format!("CREATE TABLE t{n} (id integer PRIMARY KEY, a integer, b integer);");
        write(&project, &stem, &up, &format!("DROP TABLE t{n};"));
    }
    write(&project, "10_indexes", index, "DROP INDEX one;");
    write(
        &project,
        "11_rows",
        "INSERT INTO t1 (id, a) VALUES (1, 1);\nUPDATE t1 SET a = a + 1;",
        "DELETE FROM t1;",
    );
    let runners: Vec<Child> = (0..3).map(|_| start(&project)).collect();
    let applied: usize = runners
        .into_iter()
        .map(|runner| runner.wait_with_output().expect("it ends"))
        .map(|output| project.told(&output).good())
        .map(|stdout| stdout.matches("\"action\":\"applied\"").count())
        .sum();
    assert_eq!(applied, 11);
    let schema = database.schema();
    assert_eq!(schema.tables.len(), 9);
    let indexes = &schema.tables["t1"].indexes;
    assert!(indexes["one"].valid && indexes["two"].valid);
    assert!(
        status(&project)
            .iter()
            .all(|line| line.starts_with("applied"))
    );
    let rows = database.texts("SELECT CAST(a AS CHAR) FROM t1");
    assert_eq!(rows, ["2"]);
}

#[test]
fn three_runners_on_an_empty_postgres() {
    let index = "-- no-transaction\nCREATE INDEX CONCURRENTLY one ON t1 (a);\nCREATE INDEX CONCURRENTLY two ON t1 (b);";
    for round in 0..3 {
        three_runners(empty_postgres(&format!("runners_{round}")), index);
    }
}

#[test]
fn three_runners_on_an_empty_mariadb() {
    let index = "CREATE INDEX one ON t1 (a);\nCREATE INDEX two ON t1 (b);";
    for round in 0..3 {
        three_runners(empty_mariadb(&format!("runners_{round}")), index);
    }
}

#[test]
fn three_runners_on_an_empty_sqlite() {
    let index = "CREATE INDEX one ON t1 (a);\nCREATE INDEX two ON t1 (b);";
    for _ in 0..3 {
        three_runners(empty_sqlite(), index);
    }
}

/// Migrations that take about a second, with the rows that they are about.
fn long_migrations(project: &Project, database: &TestDatabase) {
    database.execute("CREATE TABLE orders (id integer PRIMARY KEY, customer integer, note text)");
    database.execute(
        "INSERT INTO orders SELECT n, n % 100, md5(n::text) FROM generate_series(1, 100000) n",
    );
    write(
        project,
        "1_transaction",
        "ALTER TABLE orders ADD COLUMN a integer;\nUPDATE orders SET a = coalesce(a, 0) + 1;\nCREATE INDEX plain ON orders (customer);",
        "SELECT 1;",
    );
    write(
        project,
        "2_indexes",
        "-- no-transaction\nCREATE INDEX CONCURRENTLY by_note ON orders (note);\nUPDATE orders SET a = a + 1;\nCREATE INDEX CONCURRENTLY by_both ON orders (customer, note);\nDROP INDEX CONCURRENTLY plain;",
        "SELECT 1;",
    );
}

#[test]
fn a_server_that_goes_away_in_the_middle_is_no_harm() {
    let server = OwnPostgres::start();
    let fresh = |name: &str| {
        let database = TestDatabase::new_at(&server.url(), name);
        let mut project = Project::empty();
        project.variable("DATABASE_URL", database.url());
        long_migrations(&project, &database);
        (project, database)
    };
    let (whole, undisturbed) = fresh("undisturbed");
    let began = std::time::Instant::now();
    let _applied = whole.run(Plugin::Db, &["migrate"]).good();
    let took = began.elapsed();
    let sum = "SELECT sum(a)::text FROM orders";
    let mut cut_off = 0;
    for moment in 1..=5 {
        let (project, database) = fresh(&format!("moment_{moment}"));
        let runner = start(&project);
        std::thread::sleep(Duration::from_millis(30) + took * moment / 6);
        server.stop();
        let run = project.told(&runner.wait_with_output().expect("it ends"));
        server.again();
        if run.code != Some(0) {
            cut_off += 1;
            assert_eq!(run.code, Some(2), "moment {moment}: {}", run.stderr);
            assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        }
        let again = project.run(Plugin::Db, &["migrate"]);
        assert_eq!(again.code, Some(0), "moment {moment}: {}", again.stderr);
        assert_eq!(database.schema(), undisturbed.schema(), "moment {moment}");
        assert_eq!(status(&project), status(&whole), "moment {moment}");
        assert_eq!(
            database.texts(sum),
            undisturbed.texts(sum),
            "moment {moment}"
        );
    }
    assert!(cut_off > 0, "no run was cut off before its end");
}

#[test]
fn a_session_that_mariadb_ends_in_the_middle_is_no_harm() {
    let (project, database) = empty_mariadb("runners_killed");
    database.execute("CREATE TABLE orders (id integer PRIMARY KEY, note varchar(40))");
    database.execute("INSERT INTO orders SELECT seq, md5(seq) FROM seq_1_to_60000");
    write(
        &project,
        "1_long",
        "ALTER TABLE orders ADD COLUMN a integer DEFAULT 0;\nUPDATE orders SET a = a + 1;\nDO SLEEP(1);\nUPDATE orders SET a = a + 1;\nCREATE INDEX by_note ON orders (note);",
        "SELECT 1;",
    );
    let runner = start(&project);
    let sleeping = "SELECT CAST(id AS CHAR) FROM information_schema.processlist
        WHERE db = 'runners_killed' AND info = 'DO SLEEP(1)'";
    let session = (0..200)
        .find_map(|_| {
            std::thread::sleep(Duration::from_millis(10));
            database.texts(sleeping).pop()
        })
        .expect("it comes to its third statement");
    database.execute(&format!("KILL CONNECTION {session}"));
    let run = project.told(&runner.wait_with_output().expect("it ends"));
    assert_eq!(run.code, Some(2), "{}", run.stderr);
    assert_eq!(status(&project), ["failed 1"]);
    let _finished = project.run(Plugin::Db, &["migrate"]).good();
    let sum = database.texts("SELECT CAST(sum(a) AS CHAR) FROM orders");
    assert_eq!(sum, ["120000"], "no update ran twice");
    assert!(
        database.schema().tables["orders"]
            .indexes
            .contains_key("by_note")
    );
}
