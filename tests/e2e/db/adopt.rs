//! The migrations of other tools, taken over. Their history tables are made by the statements that these
//! tools make them with.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

use super::migrate::{run_sqlx, status};
use super::{empty_mariadb, empty_postgres, empty_sqlite};

const ONE: &str = "CREATE TABLE one (id integer PRIMARY KEY);\n";
const TWO: &str = "CREATE TABLE two (id integer PRIMARY KEY);\n";
const THREE: &str = "CREATE TABLE three (id integer PRIMARY KEY);\n";

/// A tool that has applied the first two of three migrations.
struct Before {
    project: Project,
    database: TestDatabase,
    /// The folder of its migrations.
    folder: &'static str,
}

impl Before {
    /// `files` are the tool's, `history` the statements by which it made its table.
    fn new(
        (project, database): (Project, TestDatabase),
        folder: &'static str,
        files: &[(&str, &str)],
        history: &[&str],
    ) -> Self {
        for (file, text) in files {
            project.file(&format!("{folder}/{file}"), text);
        }
        for statement in [ONE, TWO].iter().chain(history) {
            database.execute(statement);
        }
        Self {
            project,
            database,
            folder,
        }
    }

    /// Everything is taken over, nothing is run again, and what was pending is applied; twice is once.
    fn is_taken_over(&self, old_table: &str, versions: [&str; 3]) {
        let old = format!("SELECT CAST(version AS CHAR(40)) FROM {old_table} ORDER BY 1");
        let before = (self.database.schema(), self.database.try_texts(&old));
        let files = self.project.files();
        let _dry = self
            .project
            .run(Plugin::Db, &["adopt", self.folder, "--dry-run"])
            .good();
        assert_eq!(self.project.files().len(), files.len());
        let _adopted = self.project.run(Plugin::Db, &["adopt", self.folder]).good();
        let [one, two, three] = versions;
        let expected = [
            format!("applied {one}"),
            format!("applied {two}"),
            format!("pending {three}"),
        ];
        assert_eq!(status(&self.project), expected);
        let after = (self.database.schema(), self.database.try_texts(&old));
        assert_eq!(
            after, before,
            "nothing was run, and its history is as it was"
        );
        let kept = |(path, bytes): &(std::path::PathBuf, Vec<u8>)| {
            let now = self.project.files();
            path.extension().is_some_and(|ending| ending == "db")
                || now.contains(&(path.clone(), bytes.clone()))
        };
        assert!(files.iter().all(kept), "its files are as they were");

        let files = self.project.files();
        let again = self.project.run(Plugin::Db, &["adopt", self.folder]);
        assert_eq!(again.code, Some(0), "{}", again.stderr);
        assert!(
            again.stderr.contains("the history says all of it already"),
            "{}",
            again.stderr
        );
        let sql = |files: Vec<(std::path::PathBuf, Vec<u8>)>| -> Vec<_> {
            let is_sql = |(path, _): &(std::path::PathBuf, Vec<u8>)| {
                path.extension().is_some_and(|ending| ending == "sql")
            };
            files.into_iter().filter(is_sql).collect()
        };
        assert_eq!(sql(self.project.files()), sql(files));

        let _third = self.project.run(Plugin::Db, &["migrate"]).good();
        assert!(self.database.schema().tables.contains_key("three"));
        run_sqlx(&self.project.path().join("migrations"), self.database.url());
    }
}

#[test]
fn dbmate_is_taken_over_on_three_engines() {
    let files = [
        (
            "20200101000000_one.sql",
            format!("-- migrate:up\n{ONE}\n-- migrate:down\nDROP TABLE one;\n"),
        ),
        (
            "20200102000000_two.sql",
            format!("-- migrate:up\n{TWO}\n-- migrate:down\n"),
        ),
        (
            "20200103000000_three.sql",
            format!(
                "-- migrate:up transaction:false\n{THREE}\n-- migrate:down\nDROP TABLE three;\n"
            ),
        ),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(file, text)| (*file, text.as_str()))
        .collect();
    // dbmate 2.36
    for (engine, table) in [
        (
            empty_postgres("adopt_dbmate"),
            "CREATE TABLE public.schema_migrations (version character varying NOT NULL PRIMARY KEY)",
        ),
        (
            empty_mariadb("adopt_dbmate"),
            "CREATE TABLE `schema_migrations` (`version` varchar(128) NOT NULL, PRIMARY KEY (`version`))",
        ),
        (
            empty_sqlite(),
            "CREATE TABLE IF NOT EXISTS \"schema_migrations\" (version varchar(128) primary key)",
        ),
    ] {
        let rows =
            "INSERT INTO schema_migrations (version) VALUES ('20200101000000'), ('20200102000000')";
        let before = Before::new(engine, "db/migrations", &files, &[table, rows]);
        before.is_taken_over(
            "schema_migrations",
            ["20200101000000", "20200102000000", "20200103000000"],
        );
        assert_eq!(
            before.project.read("migrations/20200101000000_one.up.sql"),
            ONE
        );
        assert_eq!(
            before
                .project
                .read("migrations/20200101000000_one.down.sql"),
            "DROP TABLE one;\n"
        );
        assert!(
            !before
                .project
                .path()
                .join("migrations/20200102000000_two.down.sql")
                .exists()
        );
        let third = before
            .project
            .read("migrations/20200103000000_three.up.sql");
        assert_eq!(third, format!("-- no-transaction\n{THREE}"));
    }
}

#[test]
fn golang_migrate_is_taken_over_where_it_is() {
    let files = [
        ("000001_one.up.sql", ONE),
        ("000001_one.down.sql", "DROP TABLE one;\n"),
        ("000002_two.up.sql", TWO),
        ("000003_three.up.sql", THREE),
    ];
    let table = "CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null)";
    let lite = "CREATE TABLE IF NOT EXISTS schema_migrations (version uint64,dirty bool);
        CREATE UNIQUE INDEX IF NOT EXISTS version_unique ON schema_migrations (version);";
    for (engine, table) in [
        (empty_postgres("adopt_golang"), table),
        (empty_mariadb("adopt_golang"), table),
        (empty_sqlite(), lite),
    ] {
        let row = "INSERT INTO schema_migrations (version, dirty) VALUES (2, FALSE)";
        let before = Before::new(engine, "migrations", &files, &[table, row]);
        before.is_taken_over("schema_migrations", ["1", "2", "3"]);
    }
}

#[test]
fn a_version_that_golang_migrate_left_dirty_is_no_ground_to_build_on() {
    let (project, database) = empty_postgres("adopt_dirty");
    project.file("migrations/1_one.up.sql", ONE);
    database.execute("CREATE TABLE schema_migrations (version bigint not null primary key, dirty boolean not null); INSERT INTO schema_migrations VALUES (1, true)");
    assert_data_eq!(
        project.run(Plugin::Db, &["adopt", "migrations"]).refused(),
        str![[r#"
error: golang-migrate says that migration 1 failed half way
hint: bring it to an end by that tool first, and tell it so

"#]]
    );
    assert_eq!(status(&project), ["pending 1"]);
}

#[test]
fn diesel_is_taken_over() {
    let files = [
        ("00000000000000_diesel_initial_setup/up.sql", ONE),
        (
            "00000000000000_diesel_initial_setup/down.sql",
            "DROP TABLE one;\n",
        ),
        ("2020-01-02-000000_two/up.sql", TWO),
        ("2020-01-03-000000_add-three/up.sql", THREE),
        (
            "2020-01-03-000000_add-three/metadata.toml",
            "run_in_transaction = false\n",
        ),
    ];
    let table = "CREATE TABLE __diesel_schema_migrations (
        version VARCHAR(50) PRIMARY KEY NOT NULL, run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)";
    let rows = "INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000000'), ('20200102000000')";
    for engine in [
        empty_postgres("adopt_diesel"),
        empty_mariadb("adopt_diesel"),
        empty_sqlite(),
    ] {
        let before = Before::new(engine, "diesel", &files, &[table, rows]);
        before.is_taken_over(
            "__diesel_schema_migrations",
            ["0", "20200102000000", "20200103000000"],
        );
        let third = before
            .project
            .read("migrations/20200103000000_add_three.up.sql");
        assert_eq!(third, format!("-- no-transaction\n{THREE}"));
    }
}

#[test]
fn refinery_is_taken_over() {
    let files = [
        ("V1__one.sql", ONE),
        ("V2__two.sql", TWO),
        ("V10__three.sql", THREE),
    ];
    let table = "CREATE TABLE refinery_schema_history (
        version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))";
    let rows = "INSERT INTO refinery_schema_history VALUES
        (1, 'one', '2020-01-01T00:00:00Z', '13109892174921217634'),
        (2, 'two', '2020-01-02T00:00:00Z', '5394884930213481125')";
    for engine in [
        empty_postgres("adopt_refinery"),
        empty_mariadb("adopt_refinery"),
        empty_sqlite(),
    ] {
        let before = Before::new(engine, "refinery", &files, &[table, rows]);
        before.is_taken_over("refinery_schema_history", ["1", "2", "10"]);
    }
}

const PRISMA: &str = "CREATE TABLE _prisma_migrations (
    id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)";

/// A row as `prisma migrate deploy` writes it: the checksum is the SHA-256 of the file.
fn prisma_row(id: u8, name: &str, checksum: &str) -> String {
    format!(
        "INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
         VALUES ('{id}', {checksum}, now(), '{name}', 1)"
    )
}

#[test]
fn prisma_is_taken_over_and_edits_since_are_told() {
    let files = [
        ("20200101000000_one/migration.sql", ONE),
        ("20200102000000_two/migration.sql", TWO),
        ("20200103000000_three/migration.sql", THREE),
        ("migration_lock.toml", "provider = \"postgresql\"\n"),
    ];
    let sum = |text: &str| format!("encode(sha256('{text}'), 'hex')");
    let rows = [
        prisma_row(1, "20200101000000_one", &sum(ONE)),
        prisma_row(2, "20200102000000_two", "repeat('0', 64)"),
    ];
    let rolled_back =
        "INSERT INTO _prisma_migrations (id, checksum, migration_name, rolled_back_at)
        VALUES ('3', '', '20200103000000_three', now())";
    let history = [PRISMA, &rows[0], &rows[1], rolled_back];
    let before = Before::new(
        empty_postgres("adopt_prisma"),
        "prisma/migrations",
        &files,
        &history,
    );
    let warned = before
        .project
        .run(Plugin::Db, &["adopt", "prisma/migrations", "--dry-run"]);
    let edited = warned.stderr.matches("was edited after Prisma applied it");
    assert_eq!(edited.count(), 1, "{}", warned.stderr);
    assert!(
        warned.stderr.contains("`20200102000000_two` was edited"),
        "{}",
        warned.stderr
    );
    before.is_taken_over(
        "(SELECT migration_name AS version FROM _prisma_migrations) AS old",
        ["20200101000000", "20200102000000", "20200103000000"],
    );
}

#[test]
fn supabase_is_taken_over() {
    let files = [
        ("20200101000000_one.sql", ONE),
        ("20200102000000_two.sql", TWO),
        ("20200103000000_three.sql", THREE),
    ];
    let table =
        "CREATE SCHEMA supabase_migrations; CREATE TABLE supabase_migrations.schema_migrations (
        version text NOT NULL PRIMARY KEY, statements text[], name text)";
    let rows = "INSERT INTO supabase_migrations.schema_migrations VALUES
        ('20200101000000', '{}', 'one'), ('20200102000000', '{}', 'two')";
    let before = Before::new(
        empty_postgres("adopt_supabase"),
        "supabase/migrations",
        &files,
        &[table, rows],
    );
    before.is_taken_over(
        "supabase_migrations.schema_migrations",
        ["20200101000000", "20200102000000", "20200103000000"],
    );
}

#[test]
fn programs_of_sea_orm_become_one_baseline() {
    let (project, database) = empty_postgres("adopt_sea_orm");
    for name in ["m20220101_000001_one", "m20220102_000001_two"] {
        project.file(
            &format!("migration/src/{name}.rs"),
            "pub struct Migration;\n",
        );
    }
    project.file("migration/src/lib.rs", "mod m20220101_000001_one;\n");
    database.execute("CREATE TABLE one (id integer PRIMARY KEY); CREATE TABLE two (id integer PRIMARY KEY);
        CREATE TABLE seaql_migrations (version varchar NOT NULL PRIMARY KEY, applied_at bigint NOT NULL);
        INSERT INTO seaql_migrations VALUES ('m20220101_000001_one', 1), ('m20220102_000001_two', 2)");
    for _ in 0..2 {
        let _adopted = project.run(Plugin::Db, &["adopt", "migration/src"]).good();
        assert_eq!(status(&project), ["applied 20220102000001"]);
    }
    let text = project.read("migrations/20220102000001_baseline.up.sql");
    assert!(!text.contains("seaql_migrations"), "{text}");
    // On an empty database it makes what is there.
    let (mut other, empty) = empty_postgres("adopt_sea_orm_empty");
    other.variable("DATABASE_URL", empty.url());
    other.file("migrations/20220102000001_baseline.up.sql", &text);
    let _made = other.run(Plugin::Db, &["migrate"]).good();
    let mut expected = database.schema();
    expected.tables.remove("seaql_migrations");
    assert_eq!(empty.schema(), expected);

    project.file(
        "migration/src/m20220103_000001_three.rs",
        "pub struct Migration;\n",
    );
    let run = project.run(Plugin::Db, &["adopt", "migration/src"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_data_eq!(
        run.stdout,
        str![[r#"
`m20220103_000001_three.rs` is a program that is not applied: run it by sea-orm first

"#]]
    );
}

#[test]
fn what_is_applied_and_has_no_file_is_told_and_not_guessed() {
    let files = [("V1__one.sql", ONE), ("V3__three.sql", THREE)];
    let table = "CREATE TABLE refinery_schema_history (
        version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255))";
    let rows = "INSERT INTO refinery_schema_history VALUES (1, 'one', '', ''), (2, 'two', '', '')";
    let before = Before::new(empty_sqlite(), "refinery", &files, &[table, rows]);
    let run = before.project.run(Plugin::Db, &["adopt", "refinery"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert_data_eq!(
        run.stdout,
        str![[r#"
2 is applied, and there is no file

"#]]
    );
    assert!(!before.project.path().join("migrations").exists());
    let left_out = before
        .project
        .run(Plugin::Db, &["adopt", "refinery", "--ignore-missing"]);
    assert_eq!(left_out.code, Some(0), "{}", left_out.stderr);
    assert_eq!(status(&before.project), ["applied 1", "pending 3"]);
}

#[test]
fn a_table_of_another_name_is_named() {
    let (project, database) = empty_postgres("adopt_table");
    project.file("refinery/V1__one.sql", ONE);
    database.execute(ONE);
    database.execute(
        "CREATE TABLE \"Our History\" (
             version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255));
         INSERT INTO \"Our History\" VALUES (1, 'one', '', '')",
    );
    let unnamed = project.run(Plugin::Db, &["adopt", "refinery", "--dry-run"]);
    let warned = "there is no table `refinery_schema_history`: nothing counts as applied";
    assert!(unnamed.stderr.contains(warned), "{}", unnamed.stderr);
    let _adopted = project
        .run(Plugin::Db, &["adopt", "refinery", "--table", "Our History"])
        .good();
    assert_eq!(status(&project), ["applied 1"]);
}

#[test]
fn what_cannot_be_taken_over_leaves_everything_as_it_is() {
    let (project, database) = empty_sqlite();
    project.file(
        "migrations/20200101000000_one.sql",
        "-- migrate:up\nSELECT 1;\n",
    );
    project.file("other/V1__one.sql", ONE);
    project.file("ours/1_other.up.sql", ONE);
    database.execute("CREATE TABLE refinery_schema_history (id integer)");
    let files = project.files();
    assert_data_eq!(
        project.run(Plugin::Db, &["adopt", "migrations"]).refused(),
        str![[r#"
error: the migrations of dbmate are in the folder where ours would be written
hint: name another one for ours with --migrations, and in `[db] migrations` of `Backend.toml`

"#]]
    );
    let foreign = project.run(Plugin::Db, &["adopt", "other"]).refused();
    assert!(
        foreign.contains("`refinery_schema_history` is not the history of refinery"),
        "{foreign}"
    );
    let clash = [
        "adopt",
        "other",
        "--migrations",
        "ours",
        "--table",
        "nothing",
    ];
    let clash = project.run(Plugin::Db, &clash).refused();
    assert!(
        clash.contains("`1_other.up.sql` has the version of `1_one.up.sql` already"),
        "{clash}"
    );
    assert!(
        project
            .run(Plugin::Db, &["adopt", "nowhere"])
            .refused()
            .contains("cannot read the folder")
    );
    assert_eq!(project.files(), files);
}
