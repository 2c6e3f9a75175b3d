use cargo_backend_tests::database::server;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

use super::sqlite_shop;

#[test]
fn a_dead_database_is_named_without_its_password() {
    let project = Project::empty();
    let url = "postgres://ann:s3cret@127.0.0.1:1/shop?password=s3cret";
    let said = project
        .run(Plugin::Db, &["analyze", "--database-url", url])
        .refused();
    assert_data_eq!(
        said,
        str![[r#"
error: cannot connect to `postgres://ann:***@127.0.0.1:1/shop`: error communicating with database: Connection refused (os error 111)
hint: is the server running, and are host, port, user and database right?

"#]]
    );
}

#[test]
fn a_database_that_does_not_exist_is_said_by_the_server() {
    let project = Project::empty();
    let url = format!("{}_no", server("TEST_POSTGRES_URL"));
    let said = project
        .run(Plugin::Db, &["analyze", "--database-url", &url])
        .refused();
    assert!(
        said.contains("database \"postgres_no\" does not exist"),
        "{said}"
    );
}

#[test]
fn no_database_at_all_says_the_three_ways_to_name_one() {
    assert_data_eq!(
        Project::empty().run(Plugin::Db, &["analyze"]).refused(),
        str![[r#"
error: no database: the environment variable `DATABASE_URL` is not set
hint: give --database-url URL, set DATABASE_URL, or write `[database] url` in `Backend.toml`

"#]]
    );
}

#[test]
fn a_url_of_another_kind_says_which_kinds_there_are() {
    let project = Project::empty();
    assert_data_eq!(
        project
            .run(
                Plugin::Db,
                &["analyze", "--database-url", "oracle://x:s3cret@y"]
            )
            .refused(),
        str![[r#"
error: unknown scheme `oracle` in the database URL
hint: write postgres://USER@HOST/DATABASE, sqlite://FILE or mysql://USER@HOST/DATABASE

"#]]
    );
}

#[test]
fn a_file_that_is_not_there_is_not_created() {
    let project = Project::empty();
    for verb in ["analyze", "migrate"] {
        project.file("migrations/1_one.sql", "CREATE TABLE one (id INTEGER);");
        assert_data_eq!(
            project
                .run(Plugin::Db, &[verb, "--database-url", "sqlite://no.db"])
                .refused(),
            str![[r#"
error: cannot open `sqlite://no.db`: there is no file `no.db`
hint: give the path of a SQLite database; `?mode=rwc` at the end creates an empty one

"#]]
        );
    }
    assert!(!project.path().join("no.db").exists());
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let project = Project::empty();
    project.file(
        "notes.txt",
        "These are notes, and long enough to be read as a page header.\n",
    );
    let before = project.files();
    let said = project
        .run(
            Plugin::Db,
            &["analyze", "--database-url", "sqlite://notes.txt"],
        )
        .refused();
    assert!(said.contains("file is not a database"), "{said}");
    assert_eq!(project.files(), before);
}

#[test]
fn a_missing_migrations_folder_says_how_to_begin() {
    let (project, _) = sqlite_shop();
    assert_data_eq!(
        project.run(Plugin::Db, &["migrate"]).refused(),
        str![[r#"
error: cannot read the migrations folder `[ROOT]/migrations`: failed to read directory `[ROOT]/migrations`: No such file or directory (os error 2)
hint: write the first migration with `cargo backend-db migrate new NAME`, or name the folder with --migrations

"#]]
    );
}

#[test]
fn a_read_only_folder_gets_nothing_half_written() {
    let (project, _) = sqlite_shop();
    let folder = project.read_only_folder("migrations");
    let said = project
        .run_unprivileged(Plugin::Db, &["suggest-indexes", "--output", "migrations"])
        .refused();
    assert_data_eq!(
        said,
        str![[r#"
        Note statements were not looked at: SQLite counts none; name a file of them with --workload
error: cannot write into `[ROOT]`: [..]Permission denied (os error 13)[..]
hint: check that the folder exists, is writable and has room

"#]]
    );
    assert_eq!(fs_err::read_dir(folder).expect("it is there").count(), 0);
}

#[test]
fn a_usage_error_is_exit_status_two() {
    let project = Project::empty();
    for line in [&["analyse"][..], &[][..], &["rollback", "--steps", "0"][..]] {
        assert_eq!(project.run(Plugin::Db, line).code, Some(2), "{line:?}");
    }
}

#[test]
fn an_environment_that_is_not_there_is_named() {
    let project = Project::empty();
    project.file(
        "Backend.toml",
        "[database.staging]\nurl = \"sqlite://s.db\"\n",
    );
    assert_data_eq!(
        project
            .run(Plugin::Db, &["analyze", "--env", "stagin"])
            .refused(),
        str![[r#"
error: there is no environment `stagin`
hint: `Backend.toml` has staging

"#]]
    );
}
