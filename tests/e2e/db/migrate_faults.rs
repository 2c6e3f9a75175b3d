//! What cannot be run is told with its place, and leaves nothing half done.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::own_server::{OwnPostgres, ReadOnlyMariaDb};
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

use super::migrate::{status, write};
use super::{empty_mariadb, empty_postgres, empty_sqlite};

/// What `migrate` says of a file that cannot be run; nothing of it may be left.
fn refused((project, database): &(Project, TestDatabase), up: &str) -> String {
    write(project, "1_bad", up, "SELECT 1;");
    let before = database.schema();
    let said = project.run(Plugin::Db, &["migrate"]).refused();
    assert_eq!(database.schema(), before);
    said
}

const MISSPELT: &str = "-- Ä comment; with a semicolon\nCREATE TABLE a (id INTEGER);\n\nCREATE TABEL b (id INTEGER);\n";

#[test]
fn a_syntax_error_on_postgres_has_file_line_and_column() {
    let shop = empty_postgres("faults_syntax");
    assert_data_eq!(
        refused(&shop, MISSPELT),
        str![[r#"
error: `1_bad.up.sql` failed: syntax error at or near "TABEL"
 --> 1_bad.up.sql:4:8
  |
4 | CREATE TABEL b (id INTEGER);
  |        ^^^^^
  help: nothing was changed: the transaction was rolled back

"#]]
    );
    let concurrent =
        "-- no-transaction\n\nCREATE INDEX CONCURRENTLY i ON nowhere (id);\nSELECT 1;\n";
    assert_data_eq!(
        refused(&shop, concurrent),
        str![[r#"
error: `1_bad.up.sql` failed at statement 1 of 2: relation "nowhere" does not exist
 --> 1_bad.up.sql:3:1
  |
3 | CREATE INDEX CONCURRENTLY i ON nowhere (id);
  | ^^^^^^
  help: what came before it is done: when the cause is gone, `cargo backend-db migrate` goes on with it, and `cargo backend-db rollback` undoes it all by the down file

"#]]
    );
}

#[test]
fn a_fault_without_a_place_is_that_of_its_statement() {
    let (project, database) = empty_postgres("faults_statement");
    database.execute("CREATE TABLE t (id integer PRIMARY KEY)");
    let up = "INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\n  INSERT INTO t VALUES (1);\nSELECT 1;";
    assert_data_eq!(
        refused(&(project, database), up),
        str![[r#"
error: `1_bad.up.sql` failed: duplicate key value violates unique constraint "t_pkey"
 --> 1_bad.up.sql:3:3
  |
3 |   INSERT INTO t VALUES (1);
  |   ^^^^^^
  = Key (id)=(1) already exists.
  help: nothing was changed: the transaction was rolled back

"#]]
    );
}

#[test]
fn what_fails_only_when_the_transaction_ends_changes_nothing() {
    let (project, database) = empty_postgres("faults_deferred");
    database.execute("CREATE TABLE t (id integer PRIMARY KEY, of integer REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
    let up = "INSERT INTO t VALUES (1, 2);\n";
    assert_data_eq!(
        refused(&(project, database), up),
        str![[r#"
error: `1_bad.up.sql` failed at the end of its transaction: error returned from database: insert or update on table "t" violates foreign key constraint "t_of_fkey"[..]
hint: nothing was changed: the transaction was rolled back

"#]]
    );
}

#[test]
fn a_syntax_error_on_sqlite_has_file_line_and_column() {
    let shop = empty_sqlite();
    assert_data_eq!(
        refused(&shop, MISSPELT),
        str![[r#"
error: `1_bad.up.sql` failed: near "TABEL": syntax error
 --> 1_bad.up.sql:4:8
  |
4 | CREATE TABEL b (id INTEGER);
  |        ^^^^^
  help: nothing was changed: the transaction was rolled back

"#]]
    );
}

#[test]
fn a_syntax_error_on_mariadb_has_file_line_and_column() {
    let (project, _) = empty_mariadb("faults_syntax");
    write(&project, "1_bad", MISSPELT, "DROP TABLE a;");
    assert_data_eq!(
        project.run(Plugin::Db, &["migrate"]).refused(),
        str![[r#"
error: `1_bad.up.sql` failed at statement 2 of 2: You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near 'TABEL b (id INTEGER)' at line 1
 --> 1_bad.up.sql:4:8
  |
4 | CREATE TABEL b (id INTEGER);
  |        ^^^^^
  help: what came before it is done: when the cause is gone, `cargo backend-db migrate` goes on with it, and `cargo backend-db rollback` undoes it all by the down file

"#]]
    );
}

#[test]
fn a_byte_order_mark_is_no_syntax_error() {
    for (project, database) in [
        empty_sqlite(),
        empty_postgres("faults_bom"),
        empty_mariadb("faults_bom"),
    ] {
        let up = "\u{feff}CREATE TABLE a (id INTEGER PRIMARY KEY);\r\n";
        write(&project, "1_good", up, "DROP TABLE a;");
        let _applied = project.run(Plugin::Db, &["migrate"]).good();
        assert!(database.schema().tables.contains_key("a"));
        assert_eq!(status(&project), ["applied 1"]);
    }
}

/// What every verb that writes says of a server that only reads.
fn only_reads(url: &str, expected: &str) {
    let mut project = Project::empty();
    project.variable("DATABASE_URL", url);
    write(
        &project,
        "1_one",
        "CREATE TABLE one (id INTEGER);",
        "DROP TABLE one;",
    );
    for line in [&["migrate"][..], &["rollback"], &["migrate", "repair"]] {
        let said = project.run(Plugin::Db, line).refused();
        assert_eq!(said, expected, "{line:?}");
    }
    assert_eq!(status(&project), ["pending 1"]);
}

#[test]
fn a_replica_of_postgres_takes_no_changes() {
    let server = OwnPostgres::start();
    server.become_replica();
    only_reads(
        &server.url(),
        "error: this server is a replica\nhint: name its primary in the URL\n",
    );
}

#[test]
fn a_replica_of_mariadb_takes_no_changes() {
    let server = ReadOnlyMariaDb::start();
    only_reads(
        &server.url(),
        "error: this server only reads (`read_only`), as a replica does\nhint: name its primary in the URL\n",
    );
}

#[test]
fn a_user_without_rights_is_told_so() {
    let (mut project, database) = empty_postgres("faults_privilege");
    database.execute(
        "DO $$ BEGIN CREATE ROLE faults_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         CREATE TABLE owned (id integer)",
    );
    let url = database.url().replace("postgres@", "faults_reader@");
    project.variable("DATABASE_URL", &url);
    let note = "ALTER TABLE owned ADD COLUMN note text;";
    write(&project, "1_note", note, "SELECT 1;");
    assert_data_eq!(
        project.run(Plugin::Db, &["migrate"]).refused(),
        str![[r#"
error: cannot make the history table: error returned from database: permission denied for schema public[..]
hint: this user lacks the right to do that: grant it, or run the migrations as the owner of the tables

"#]]
    );
    database.execute("GRANT CREATE ON SCHEMA public TO faults_reader");
    assert_data_eq!(
        project.run(Plugin::Db, &["migrate"]).refused(),
        str![[r#"
error: `1_note.up.sql` failed: must be owner of table owned
 --> 1_note.up.sql:1:1
  |
1 | ALTER TABLE owned ADD COLUMN note text;
  | ^^^^^
  = nothing was changed: the transaction was rolled back
  help: this user lacks the right to do that: grant it, or run the migrations as the owner of the tables

"#]]
    );
}

#[test]
fn a_file_that_may_not_be_written_to_is_told_so() {
    let (mut project, database) = empty_sqlite();
    write(
        &project,
        "1_one",
        "CREATE TABLE one (id INTEGER);",
        "DROP TABLE one;",
    );
    project.variable("DATABASE_URL", &format!("{}?mode=ro", database.url()));
    let said = project.run(Plugin::Db, &["migrate"]).refused();
    for part in [
        "attempt to write a readonly database",
        "may not be written to",
    ] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn a_directive_that_nobody_knows_is_no_comment() {
    let (project, _) = empty_sqlite();
    let up = "CREATE TABLE one (id INTEGER);\n-- no transaction\n";
    write(&project, "1_one", up, "DROP TABLE one;");
    assert_data_eq!(
        project.run(Plugin::Db, &["migrate"]).refused(),
        str![[r#"
error: `-- no transaction` does nothing here
 --> 1_one.up.sql:2:1
  |
2 | -- no transaction
  | ^^
  help: to run outside a transaction, the first line of the file has to begin with `-- no-transaction`

"#]]
    );
    assert_eq!(status(&project), ["pending 1"]);
}
