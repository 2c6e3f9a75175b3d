//! A migration that meets a lock: it gives way, tries again, and says who was there.

use std::time::{Duration, Instant};

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;

use super::migrate::{status, write};
use super::{empty_mariadb, postgres_shop};

/// A shop whose next migration needs ACCESS EXCLUSIVE on `orders`, and waits for 200 ms.
fn shop(name: &str) -> (Project, TestDatabase) {
    let (project, database) = postgres_shop(name);
    project.file("Backend.toml", "[db]\nlock-timeout = \"200ms\"\n");
    write(
        &project,
        "1_note",
        "ALTER TABLE orders ADD COLUMN note TEXT;",
        "ALTER TABLE orders DROP COLUMN note;",
    );
    (project, database)
}

#[test]
fn the_session_that_holds_a_lock_is_named_and_nobody_queues_for_long() {
    let (project, database) = shop("locks_held");
    let holder = database.hold("SELECT count(*) FROM orders");
    let run = project.start(Plugin::Db, &["migrate"]);
    // Readers queue behind the migration while it waits, and no longer.
    for _ in 0..15 {
        database.execute("SET statement_timeout = '1500ms'; SELECT count(*) FROM orders");
        std::thread::sleep(Duration::from_millis(50));
    }
    let run = project.told(&run.wait_with_output().expect("it ends"));
    assert_eq!(run.code, Some(2));
    for part in [
        "Waiting `1_note.up.sql` for session ",
        "(4 of 5)",
        "idle in transaction",
        "SELECT count(*) FROM orders) holds the lock that it needs, after 5 attempts",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    drop(holder);
    assert_eq!(status(&project), ["pending 1"]);
}

#[test]
fn a_lock_that_is_let_go_is_waited_for() {
    let (project, database) = shop("locks_let_go");
    let holder = database.hold("SELECT count(*) FROM orders");
    let run = project.start(Plugin::Db, &["migrate"]);
    std::thread::sleep(Duration::from_millis(500));
    drop(holder);
    let run = project.told(&run.wait_with_output().expect("it ends"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert_eq!(status(&project), ["applied 1"]);
}

/// An ALTER that meets a lock on MariaDB gives way after a second, so that nobody queues behind it for the
/// day that is the server's default; then it goes on, and no statement runs twice.
#[test]
fn on_mariadb_nobody_queues_for_long_either() {
    let (project, database) = empty_mariadb("locks_held");
    project.file("Backend.toml", "[db]\nlock-timeout = \"1s\"\n");
    database.execute("CREATE TABLE orders (id integer PRIMARY KEY)");
    write(
        &project,
        "1_note",
        "CREATE TABLE first_step (id integer PRIMARY KEY);\nALTER TABLE orders ADD COLUMN note TEXT;",
        "DROP TABLE first_step;",
    );
    let holder = database.hold("SELECT count(*) FROM orders");
    let run = project.start(Plugin::Db, &["migrate"]);
    let mut longest = Duration::ZERO;
    for _ in 0..15 {
        let asked = Instant::now();
        database.execute("SELECT count(*) FROM orders");
        longest = longest.max(asked.elapsed());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(longest < Duration::from_millis(1_500), "{longest:?}");
    drop(holder);
    let run = project.told(&run.wait_with_output().expect("it ends"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let waited = "Waiting `1_note.up.sql` for another session; again in";
    assert!(run.stderr.contains(waited), "{}", run.stderr);
    assert_eq!(status(&project), ["applied 1"]);
}

/// What was undone before a lock was met is not undone again.
#[test]
fn a_way_back_without_a_transaction_goes_on_at_the_statement_that_waited() {
    let (project, database) = shop("locks_back");
    write(
        &project,
        "1_note",
        "CREATE INDEX one ON orders (customer_id);\nCREATE INDEX two ON orders (customer_id);",
        "-- no-transaction\nDROP INDEX CONCURRENTLY one;\nDROP INDEX two;",
    );
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    let holder = database.hold("SELECT count(*) FROM customers");
    let blocked = database.hold("LOCK TABLE orders IN ROW EXCLUSIVE MODE");
    let run = project.start(Plugin::Db, &["rollback"]);
    std::thread::sleep(Duration::from_millis(900));
    drop((holder, blocked));
    let run = project.told(&run.wait_with_output().expect("it ends"));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("Waiting `1_note.down.sql`"),
        "{}",
        run.stderr
    );
    assert_eq!(status(&project), ["pending 1"]);
    assert!(
        !database.schema().tables["orders"]
            .indexes
            .contains_key("two")
    );
}
