//! The model of a schema: whole on every engine, and proved by printing, loading and reading back.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cargo_backend_shared::schema::Schema;
use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

const POSTGRES: &str = include_str!("data/oddities.postgres.sql");
const MARIADB: &str = include_str!("data/oddities.mariadb.sql");
const SQLITE: &str = include_str!("data/oddities.sqlite.sql");

fn project(database: &TestDatabase) -> Project {
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    project
}

/// What `schema --verify` says.
fn verified(database: &TestDatabase) -> String {
    let project = project(database);
    let run = project.run(Plugin::Db, &["schema", "--verify", "--same-server"]);
    run.good()
}

#[test]
fn everything_in_a_postgres_schema_is_printed_loaded_and_read_back_the_same() {
    for database in [
        TestDatabase::postgres("schema_oddities"),
        TestDatabase::postgres18("schema_oddities"),
    ] {
        database.execute(POSTGRES);
        assert_data_eq!(
            verified(&database),
            str![[r#"
postgres://postgres@127.0.0.1:[..]/schema_oddities: printed, loaded and read back: equal

"#]]
        );
        let left = database.scratch_left();
        assert!(left.is_empty(), "the scratch database is dropped: {left:?}");
    }
}

#[test]
fn everything_in_a_mariadb_schema_is_printed_loaded_and_read_back_the_same() {
    let database = TestDatabase::mariadb("schema_oddities");
    database.execute(MARIADB);
    assert_data_eq!(
        verified(&database),
        str![[r#"
mysql://root@127.0.0.1:[..]/schema_oddities: printed, loaded and read back: equal

"#]]
    );
}

#[test]
fn everything_in_a_sqlite_schema_is_printed_loaded_and_read_back_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = TestDatabase::sqlite(folder.path());
    database.execute(SQLITE);
    let told = verified(&database);
    assert!(told.trim_end().ends_with("read back: equal"), "{told}");
}

#[test]
fn what_the_model_cannot_hold_is_named() {
    let database = TestDatabase::postgres("schema_unsupported");
    database.execute(
        "CREATE TABLE a (id integer);
         CREATE RULE quiet AS ON DELETE TO a DO INSTEAD NOTHING;
         CREATE AGGREGATE product (integer) (sfunc = int4mul, stype = integer);
         CREATE TYPE color AS ENUM ('red');
         CREATE COLLATION german FROM \"C\";
         INSERT INTO a VALUES (1), (1);",
    );
    database.fail("CREATE UNIQUE INDEX CONCURRENTLY twice ON a (id)");
    assert_data_eq!(
        verified(&database),
        str![[r#"
not compared: aggregate public.product(integer)
not compared: collation public.german
not compared: rule quiet on public.a
not compared: index twice on a: it is invalid
postgres://postgres@127.0.0.1:[..]/schema_unsupported: printed, loaded and read back: equal

"#]]
    );
    let printed = project(&database).run(Plugin::Db, &["schema"]).good();
    assert!(printed.starts_with("-- not in here: aggregate public.product(integer)\n"));
}

#[test]
fn a_scratch_database_is_made_only_where_it_was_allowed() {
    let database = TestDatabase::postgres("schema_not_asked");
    let run = project(&database).run(Plugin::Db, &["schema", "--verify"]);
    assert_data_eq!(
        run.refused(),
        str![[r#"
error: --verify needs a place for a scratch database
hint: name a server with --dev-url, or allow it on the database's own with --same-server

"#]]
    );
}

#[test]
fn what_another_session_holds_locked_is_named_and_the_rest_is_read() {
    let database = TestDatabase::postgres("schema_locked");
    database.execute(
        "CREATE TABLE a (id integer PRIMARY KEY DEFAULT 1);
         CREATE VIEW v AS SELECT id FROM a;
         CREATE VIEW w AS SELECT id FROM v;
         CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM a; END;
         CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a);",
    );
    let locked = database.hold("LOCK TABLE a IN ACCESS EXCLUSIVE MODE");
    let run = project(&database).run(Plugin::Db, &["schema"]);
    drop(locked);
    let printed = run.good();
    let named: Vec<&str> = printed
        .lines()
        .filter(|line| line.starts_with("--"))
        .collect();
    assert_data_eq!(
        named.join("\n"),
        str![[r#"
-- not in here: function public.f(): another session holds a lock on it or on what it reads
-- not in here: table public.a: another session holds a lock on it or on what it reads
-- not in here: view public.v: another session holds a lock on it or on what it reads
-- not in here: view public.w: another session holds a lock on it or on what it reads
"#]]
    );
    assert!(
        printed.contains(r#"CREATE TABLE "public"."b""#),
        "{printed}"
    );
}

#[test]
fn json_is_the_model_itself() {
    let database = TestDatabase::postgres("schema_json");
    database.execute(POSTGRES);
    let printed = project(&database)
        .run(Plugin::Db, &["schema", "--json"])
        .good();
    let model: Schema = serde_json::from_str(&printed).expect("one JSON object");
    assert_eq!(model, database.schema());
}

#[test]
fn round_trips_do_not_grow_with_the_schema() {
    let database = TestDatabase::postgres("schema_round_trips");
    database.execute("CREATE EXTENSION pg_stat_statements");
    let statements = || {
        database.execute("SELECT pg_stat_statements_reset()");
        let printed = project(&database).run(Plugin::Db, &["schema"]).good();
        assert!(printed.contains("t0"), "{printed}");
        let count = "SELECT sum(calls)::text FROM pg_stat_statements s
                     JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = current_database()
                     AND query NOT LIKE '%pg_stat_statements%'";
        database.texts(count)
    };
    database.execute("CREATE TABLE t0 (id integer PRIMARY KEY)");
    let few = statements();
    for n in 1..40 {
        database.execute(&format!(
            "CREATE TABLE t{n} (id integer PRIMARY KEY, parent integer REFERENCES t0)"
        ));
    }
    assert_eq!(statements(), few);
    let count: u32 = few[0].parse().expect("a number");
    assert!(count <= 20, "{count} statements");
}

/// The places of the model in which something stands, with `*` for a name or a number.
fn places(value: &serde_json::Value, path: &str, found: &mut BTreeSet<String>) {
    /// Below these, keys are names of the user.
    const NAMED: [&str; 12] = [
        "namespaces",
        "extensions",
        "types",
        "sequences",
        "tables",
        "views",
        "routines",
        "indexes",
        "checks",
        "constraints",
        "triggers",
        "policies",
    ];
    match value {
        serde_json::Value::Object(object) => {
            let named = NAMED.iter().any(|name| path.ends_with(name));
            for (key, value) in object {
                let key = if named || path.ends_with("statistics") {
                    "*"
                } else {
                    key
                };
                let below = [path, key].join(".");
                places(value, below.trim_start_matches('.'), found);
            }
        }
        serde_json::Value::Array(list) => {
            for value in list {
                places(value, path, found);
            }
        }
        serde_json::Value::Null => {}
        serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => {
            found.insert(path.to_owned());
        }
    }
}

fn said(schema: &Schema) -> BTreeSet<String> {
    let mut schema = schema.clone();
    // Named after objects, which is another list.
    schema.dependencies.clear();
    for table in schema.tables.values_mut() {
        for column in &mut table.columns {
            column.options.clear();
        }
    }
    let mut found = BTreeSet::new();
    let model = serde_json::to_value(&schema).expect("the model is JSON");
    places(&model, "", &mut found);
    found
}

#[test]
fn what_an_engine_cannot_say_is_a_known_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let postgres = TestDatabase::postgres18("schema_places");
    postgres.execute(POSTGRES);
    let mariadb = TestDatabase::mariadb("schema_places");
    mariadb.execute(MARIADB);
    let sqlite = TestDatabase::sqlite(folder.path());
    sqlite.execute(SQLITE);
    let whole = said(&postgres.schema());
    let mut list = String::new();
    for (engine, database) in [("MariaDB", &mariadb), ("SQLite", &sqlite)] {
        let own = said(&database.schema());
        let missing: Vec<&str> = whole.difference(&own).map(String::as_str).collect();
        writeln!(list, "{engine} does not say\n  {}", missing.join("\n  ")).expect("text");
    }
    println!("{list}");
    assert_data_eq!(list, snapbox::file!["data/unsaid.txt"].raw());
}
