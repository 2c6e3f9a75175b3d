//! What `rollback` takes away, and what it refuses to.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

use super::migrate::{status, write};
use super::{empty_mariadb, empty_postgres, empty_sqlite};

/// Two migrations that somebody has used since.
fn used((project, database): (Project, TestDatabase)) -> (Project, TestDatabase) {
    write(
        &project,
        "1_one",
        "CREATE TABLE one (id INTEGER PRIMARY KEY);",
        "DROP TABLE one;",
    );
    write(
        &project,
        "2_note",
        "ALTER TABLE one ADD COLUMN note VARCHAR(9);\nALTER TABLE one ADD COLUMN empty VARCHAR(9);",
        "ALTER TABLE one DROP COLUMN note;\nALTER TABLE one DROP COLUMN empty;",
    );
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    database.execute("INSERT INTO one (id, note) VALUES (1, 'a'), (2, 'b'), (3, NULL)");
    (project, database)
}

fn a_rollback_that_loses_rows_is_refused((project, database): (Project, TestDatabase)) {
    let before = database.schema();
    let refused = project.run(Plugin::Db, &["rollback", "--steps", "2"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert_data_eq!(
        refused.stdout,
        str![[r#"
data-loss: 3 rows of table one would be lost for good

"#]]
    );
    assert_data_eq!(
        refused.stderr,
        str![[r#"
warning: nothing was undone; to accept it, add --allow data-loss

"#]]
    );
    let column = project.run(Plugin::Db, &["rollback"]);
    assert_eq!(column.code, Some(1), "{}", column.stderr);
    assert_data_eq!(
        column.stdout,
        str![[r#"
data-loss: 2 rows of column one.note would be lost for good

"#]]
    );
    assert_eq!(database.schema(), before, "not even one step was undone");
    assert_eq!(status(&project), ["applied 1", "applied 2"]);
    let accepted = project.run(
        Plugin::Db,
        &["rollback", "--steps", "2", "--allow", "data-loss"],
    );
    assert_eq!(accepted.code, Some(0), "{}", accepted.stderr);
    assert!(
        accepted
            .stderr
            .contains("warning: lost for good: 3 rows of table one"),
        "{}",
        accepted.stderr
    );
    assert_eq!(status(&project), ["pending 1", "pending 2"]);
}

#[test]
fn a_rollback_that_loses_rows_is_refused_on_sqlite() {
    a_rollback_that_loses_rows_is_refused(used(empty_sqlite()));
}

#[test]
fn a_rollback_that_loses_rows_is_refused_on_postgres() {
    a_rollback_that_loses_rows_is_refused(used(empty_postgres("rollback_loses")));
}

#[test]
fn a_rollback_that_loses_rows_is_refused_on_mariadb() {
    a_rollback_that_loses_rows_is_refused(used(empty_mariadb("rollback_loses")));
}

#[test]
fn what_holds_nothing_is_no_loss() {
    let (project, database) = used(empty_sqlite());
    database.execute("UPDATE one SET note = NULL");
    let _undone = project.run(Plugin::Db, &["rollback"]).good();
    assert_eq!(status(&project), ["applied 1", "pending 2"]);
}

#[test]
fn a_table_that_sqlite_builds_anew_loses_one_column_and_no_row() {
    let (project, database) = empty_sqlite();
    database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, kept TEXT, note TEXT)");
    database.execute("INSERT INTO t VALUES (1, 'k', 'n')");
    write(
        &project,
        "1_note",
        "SELECT 1;",
        "-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN IMMEDIATE;\nCREATE TABLE \"t__new\" (id INTEGER PRIMARY KEY, kept TEXT);\nINSERT INTO \"t__new\" (id, kept) SELECT id, kept FROM \"t\";\nDROP TABLE \"t\";\nALTER TABLE \"t__new\" RENAME TO \"t\";\nCOMMIT;\nPRAGMA foreign_keys = ON;\n",
    );
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    let refused = project.run(Plugin::Db, &["rollback"]);
    assert_data_eq!(
        refused.stdout,
        str![[r#"
data-loss: 1 row of column t.note would be lost for good

"#]]
    );
    assert_eq!(refused.code, Some(1));
}

#[test]
fn a_dry_run_names_the_loss() {
    let (project, database) = used(empty_postgres("rollback_dry"));
    let run = project.run(Plugin::Db, &["rollback", "--dry-run"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let named = "warning: lost for good: 2 rows of column one.note";
    assert!(run.stderr.contains(named), "{}", run.stderr);
    assert_eq!(database.texts("SELECT note FROM one WHERE id = 1"), ["a"]);
}
