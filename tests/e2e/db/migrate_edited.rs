//! Files that were edited after they were applied.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

use super::migrate::{run_sqlx, status, try_sqlx, write};
use super::{empty_mariadb, empty_postgres, empty_sqlite};

const UP: &str = "CREATE TABLE one (\n  id INTEGER PRIMARY KEY\n);\n";

/// A project whose first migration is applied.
fn applied((project, database): (Project, TestDatabase)) -> (Project, TestDatabase) {
    write(&project, "1_one", UP, "DROP TABLE one;");
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    (project, database)
}

fn comments_and_white_space_only_warn((project, database): (Project, TestDatabase)) {
    let edited = "-- What there is one of.\r\nCREATE TABLE one (id INTEGER PRIMARY KEY);\r\n";
    project.file("migrations/1_one.up.sql", edited);
    write(
        &project,
        "2_two",
        "CREATE TABLE two (id INTEGER PRIMARY KEY);",
        "DROP TABLE two;",
    );
    // The pending one is looked at, whatever the comments of the applied one say.
    let linted = project.run(Plugin::Db, &["lint"]);
    assert_ne!(linted.code, Some(2), "{}", linted.stderr);
    let run = project.run(Plugin::Db, &["migrate"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let warned = "warning: comments or white space of migration 1 were edited";
    assert!(run.stderr.contains(warned), "{}", run.stderr);
    assert_eq!(status(&project), ["reformatted 1", "applied 2"]);
    let folder = project.path().join("migrations");
    let refused = try_sqlx(&folder, database.url()).expect_err("it knows the whole file only");
    assert!(refused.contains("has been modified"), "{refused}");
    let _repaired = project.run(Plugin::Db, &["migrate", "repair"]).good();
    assert_eq!(status(&project), ["applied 1", "applied 2"]);
    run_sqlx(&folder, database.url());
}

#[test]
fn comments_and_white_space_only_warn_on_sqlite() {
    comments_and_white_space_only_warn(applied(empty_sqlite()));
}

#[test]
fn comments_and_white_space_only_warn_on_postgres() {
    comments_and_white_space_only_warn(applied(empty_postgres("edited_form")));
}

#[test]
fn comments_and_white_space_only_warn_on_mariadb() {
    comments_and_white_space_only_warn(applied(empty_mariadb("edited_form")));
}

fn another_text_is_shown_and_stops_the_chain((project, database): (Project, TestDatabase)) {
    let edited = UP.replace("INTEGER", "BIGINT");
    project.file("migrations/1_one.up.sql", &edited);
    let before = database.schema();
    assert_data_eq!(
        project.run(Plugin::Db, &["migrate"]).refused(),
        str![[r#"
error: migration 1 was edited after it was applied
--- 1_one.up.sql (as applied)
+++ 1_one.up.sql
@@ -1,3 +1,3 @@
 CREATE TABLE one (
-  id INTEGER PRIMARY KEY
+  id BIGINT PRIMARY KEY
 );
hint: restore the file as it was applied, and put the change into a new migration; where the database is as the file says already, `cargo backend-db migrate repair VERSION` accepts it

"#]]
    );
    let status = project.run(Plugin::Db, &["status"]);
    assert_eq!(status.code, Some(1));
    // Nothing but the form is repaired unless it is named.
    let _none = project.run(Plugin::Db, &["migrate", "repair"]).good();
    assert_eq!(project.run(Plugin::Db, &["migrate"]).code, Some(2));
    assert_eq!(database.schema(), before);
    let _accepted = project.run(Plugin::Db, &["migrate", "repair", "1"]).good();
    run_sqlx(&project.path().join("migrations"), database.url());
    assert_data_eq!(
        project
            .run(Plugin::Db, &["migrate", "repair", "1"])
            .refused(),
        str![[r#"
error: migration 1 was not edited after it was applied
hint: `cargo backend-db status` says how each of them stands

"#]]
    );
}

#[test]
fn another_text_is_shown_on_sqlite() {
    another_text_is_shown_and_stops_the_chain(applied(empty_sqlite()));
}

#[test]
fn another_text_is_shown_on_postgres() {
    another_text_is_shown_and_stops_the_chain(applied(empty_postgres("edited_text")));
}

#[test]
fn another_text_is_shown_on_mariadb() {
    another_text_is_shown_and_stops_the_chain(applied(empty_mariadb("edited_text")));
}

/// `sqlx` keeps no text: what it applied can be shown only where `migrate` saw the file before the edit.
fn what_sqlx_applied(seen: bool, (project, database): (Project, TestDatabase)) {
    write(&project, "1_one", UP, "DROP TABLE one;");
    run_sqlx(&project.path().join("migrations"), database.url());
    if seen {
        let _seen = project.run(Plugin::Db, &["migrate"]).good();
    }
    project.file(
        "migrations/1_one.up.sql",
        &UP.replace("PRIMARY KEY", "NOT NULL"),
    );
    let said = project.run(Plugin::Db, &["migrate"]).refused();
    let expected = match seen {
        true => "+  id INTEGER NOT NULL\n",
        false => {
            "edited after it was applied; what it was then cannot be shown, for its text was not kept"
        }
    };
    assert!(said.contains(expected), "{said}");
}

#[test]
fn what_sqlx_applied_is_known_by_its_checksum_alone() {
    what_sqlx_applied(false, empty_sqlite());
    what_sqlx_applied(false, empty_postgres("edited_sqlx"));
    what_sqlx_applied(false, empty_mariadb("edited_sqlx"));
}

#[test]
fn what_sqlx_applied_is_kept_by_the_next_migrate() {
    what_sqlx_applied(true, empty_sqlite());
    what_sqlx_applied(true, empty_postgres("edited_sqlx_kept"));
    what_sqlx_applied(true, empty_mariadb("edited_sqlx_kept"));
}

#[test]
fn other_line_ends_are_form_even_where_nothing_was_kept() {
    let (project, database) = empty_sqlite();
    write(&project, "1_one", UP, "DROP TABLE one;");
    run_sqlx(&project.path().join("migrations"), database.url());
    project.file("migrations/1_one.up.sql", &UP.replace('\n', "\r\n"));
    assert_eq!(status(&project), ["reformatted 1"]);
}

#[test]
fn what_was_undone_is_forgotten() {
    let (project, database) = applied(empty_sqlite());
    let _undone = project.run(Plugin::Db, &["rollback"]).good();
    project.file("migrations/1_one.up.sql", "CREATE TABLE one (id BIGINT);");
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    assert_eq!(status(&project), ["applied 1"]);
    let kept = database.texts("SELECT text FROM _backend_db_history");
    assert_eq!(kept, ["CREATE TABLE one (id BIGINT);"]);
}

#[test]
fn the_text_is_kept_letter_by_letter() {
    let (project, database) = empty_postgres("edited_letters");
    let up = "SET standard_conforming_strings = off;\nCREATE TABLE one (a text DEFAULT E'it''s \\\\ \\x41 ä');\n-- $1 ?\r\n";
    write(&project, "1_it_s_\\one", up, "DROP TABLE one;");
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    assert_eq!(database.texts("SELECT text FROM _backend_db_history"), [up]);
    let name = database.texts("SELECT description FROM _sqlx_migrations");
    assert_eq!(name, ["it s \\one"]);
    run_sqlx(&project.path().join("migrations"), database.url());
}
