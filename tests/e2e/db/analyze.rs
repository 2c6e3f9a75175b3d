use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::{Plugin, repository};
use cargo_backend_tests::project::{Project, Run};
use snapbox::{Data, assert_data_eq, str};

use super::{postgres_shop, sqlite_shop};

/// The rules that fired, each with its message.
pub(super) fn findings(project: &Project) -> Vec<String> {
    let run = project.run(Plugin::Db, &["analyze", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    json_findings(&run)
}

pub(super) fn json_findings(run: &Run) -> Vec<String> {
    run.stdout
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .filter(|message| message["reason"] == "finding")
        .map(|found| {
            format!(
                "{}: {}",
                found["rule"].as_str().unwrap_or(""),
                found["message"]
            )
        })
        .collect()
}

#[test]
fn a_missing_index_is_proved_by_sqlites_own_plan() {
    let (project, _) = sqlite_shop();
    assert_data_eq!(
        project.run(Plugin::Db, &["analyze"]).good(),
        str![[r#"
sqlite://[ROOT]/test.db (SQLite 3.[..]): 2 tables, 20,500 rows, [..] KiB

warning[foreign-key-without-index]: `orders(customer_id)` refers to `customers`, and no index leads with it
  = `orders` has 20,000 rows
  = looking rows up by customer_id today: SCAN orders
  help: cargo backend-db suggest-indexes --output migrations

SUGGESTED MIGRATIONS

1. add the indexes that foreign keys miss
   cargo backend-db suggest-indexes --output migrations

1 warning from 6 rules; the database was only read

"#]]
    );
}

#[test]
fn a_missing_index_is_proved_by_postgres_own_plan() {
    let (project, _) = postgres_shop("analyze_missing");
    assert_data_eq!(
        project.run(Plugin::Db, &["analyze"]).good(),
        str![[r#"
postgres://postgres@127.0.0.1:[..]/analyze_missing (PostgreSQL [..]): 2 tables, about 20,500 rows, [..] MiB
use has been counted for [..]

warning[foreign-key-without-index]: `orders(customer_id)` refers to `customers`, and no index leads with it
  = `orders` has 20,000 rows
  = looking rows up by customer_id today: Seq Scan on orders (cost [..])
  help: cargo backend-db suggest-indexes --output migrations

not known: statements — pg_stat_statements is not installed: CREATE EXTENSION pg_stat_statements in this database, and shared_preload_libraries = 'pg_stat_statements' in postgresql.conf, and a restart

not checked: low-cache-hit-ratio, unused-index — use was counted for [..] only: below 24 hours it proves nothing that something was not used
not checked: n-plus-one, slow-statement — not known: statements

SUGGESTED MIGRATIONS

1. add the indexes that foreign keys miss
   cargo backend-db suggest-indexes --output migrations

1 warning from 22 of 26 rules; the database was only read

"#]]
    );
}

#[test]
fn deny_makes_a_finding_the_answer_no() {
    let (project, _) = sqlite_shop();
    for (line, code) in [
        (&["analyze"][..], 0),
        (&["analyze", "--deny", "warning"][..], 1),
        (&["analyze", "--deny", "note"][..], 1),
    ] {
        assert_eq!(project.run(Plugin::Db, line).code, Some(code), "{line:?}");
    }
}

#[test]
fn reading_cannot_write() {
    let (project, sqlite) = sqlite_shop();
    let (_, postgres) = postgres_shop("analyze_read_only");
    for database in [sqlite, postgres] {
        let refused = database.fails_when_reading("DELETE FROM orders");
        assert!(
            refused.contains("read-only") || refused.contains("readonly"),
            "{refused}"
        );
    }
    drop(project);
}

#[test]
fn reading_never_waits_long_for_a_lock_and_never_writes() {
    let (project, database) = postgres_shop("analyze_session");
    // A table that is locked for everybody is left out and named; the rest is judged.
    database.execute("CREATE INDEX large ON orders (id) WHERE total_cents > 10000");
    let held = database.hold("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");
    let run = project.run(Plugin::Db, &["analyze"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let lost = "not looked at: table public.orders: another session holds a lock on it";
    assert!(run.stdout.contains(lost), "{}", run.stdout);
    assert!(run.stdout.contains("22 of 26 rules"), "{}", run.stdout);
    drop(held);
    assert_eq!(project.run(Plugin::Db, &["analyze"]).code, Some(0));
}

#[test]
fn postgres_unique_partial_expression_and_descending_indexes_are_no_duplicates() {
    let (project, database) = postgres_shop("analyze_no_duplicates");
    database.execute(
        "CREATE INDEX orders_customer ON orders (customer_id);
         CREATE UNIQUE INDEX a ON orders (customer_id, id);
         CREATE INDEX b ON orders (total_cents, id);
         CREATE INDEX c ON orders (total_cents DESC);
         CREATE INDEX d ON orders (total_cents) WHERE customer_id > 5;
         CREATE INDEX e ON orders ((total_cents / 100));
         CREATE INDEX f ON orders USING hash (total_cents);
         CREATE INDEX g ON orders (total_cents) INCLUDE (customer_id);",
    );
    // `a` starts with the key of `orders_customer`: that one is a true duplicate.
    assert_eq!(
        findings(&project),
        ["duplicate-index: \"index `orders_customer` on `orders` is covered by `a`\""]
    );
}

#[test]
fn names_with_quotes_capitals_and_unicode_are_read_and_written() {
    for (project, database) in [sqlite_shop(), postgres_shop("analyze_names")] {
        database.execute(
            r#"CREATE TABLE "Größe ""x""" (id INTEGER PRIMARY KEY);
               CREATE TABLE "Order Line" (
                   id INTEGER PRIMARY KEY,
                   "Größe Id" INTEGER REFERENCES "Größe ""x""" (id)
               );"#,
        );
        let folder = project.path().join("migrations").display().to_string();
        let _written = project
            .run(Plugin::Db, &["suggest-indexes", "--output", &folder])
            .good();
        let _applied = project.run(Plugin::Db, &["migrate"]).good();
        assert_eq!(findings(&project), Vec::<String>::new());
        assert!(
            database.schema().tables["Order Line"]
                .indexes
                .contains_key("Order Line_Größe Id_idx")
        );
    }
}

#[test]
fn analysing_never_writes() {
    let (project, database) = sqlite_shop();
    let before = (database.schema(), project.files());
    let _read = project.run(Plugin::Db, &["analyze"]).good();
    let _read = project.run(Plugin::Db, &["suggest-indexes"]).good();
    let _read = project
        .run(Plugin::Db, &["status", "--migrations", "."])
        .good();
    assert_eq!((database.schema(), project.files()), before);
}

#[expect(clippy::too_many_lines, reason = "the list has a line for each rule")]
#[test]
fn every_rule_explains_itself() {
    let project = Project::empty();
    let rules = project.run(Plugin::Db, &["explain"]).good();
    assert_data_eq!(
        rules.as_str(),
        str![[r#"
blocked-session: a session that waits for a lock which another one holds
connections-near-limit: a server or database that has few connections left
constraint-not-validated: a constraint that was added NOT VALID and never validated
duplicate-index: an index whose keys another index starts with
foreign-key-type-mismatch: a foreign key whose two sides have different types
foreign-key-without-index: a foreign key whose columns no index leads with
idle-in-transaction: a session that does nothing and keeps its transaction open
index-bloat: an index that is several times as large as a new one would be
invalid-index: an index that no query uses and every write maintains
key-near-exhaustion: a generated key that is about to run out of values
long-transaction: a transaction that has been at work for minutes
low-cache-hit-ratio: a database whose pages are often not in shared buffers
n-plus-one: a search that is called once for each row of another statement
never-analysed-table: a table that was filled and never analysed
policy-without-row-security: a table with policies that nobody switched on
replication-slot-holding-wal: a replication slot for which much write-ahead log is kept
risky-column-type: columns of a type that hurts later
row-security-without-policy: a table that shows no row to anybody but its owner
sequential-scan-on-large-table: a large table that is read whole again and again
slow-statement: a statement that is called often and slow on average
stale-statistics: a table of which most rows changed since the last ANALYZE
table-bloat: a table or file with much room that nothing lives in
table-without-primary-key: a table whose rows have no identity
temporary-files: statements that write what does not fit into their memory to disk
transaction-id-wraparound: rows so old that the server will refuse to write one day
unused-index: an index that no query has read since the server counts
alter-without-algorithm: ALTER TABLE that does not say how it may be done
attach-without-check: ATTACH PARTITION of a table without a CHECK that proves its rows
check-without-not-valid: a CHECK is added without NOT VALID
concurrently-in-transaction: CONCURRENTLY in a file that runs in a transaction
constrained-domain-column: a column of a constrained domain is added
create-trigger: a trigger is made on a table that is there
detach-without-concurrently: DETACH PARTITION without CONCURRENTLY
drop-column: a column is dropped
drop-database: a database is dropped
drop-extension: an extension is dropped
drop-foreign-key: a foreign key is dropped
drop-index-without-concurrently: an index is dropped without CONCURRENTLY
drop-not-null: DROP NOT NULL
drop-schema: a schema is dropped
drop-table: a table is dropped
drop-view: a view is dropped and not made again
enum-value-in-same-transaction: a new value of an enumeration is used in the transaction that adds it
exclusion-constraint: an exclusion constraint is added
foreign-key-without-not-valid: a foreign key is added without NOT VALID
index-without-concurrently: an index on a table that is there is built without CONCURRENTLY
inline-constraint: a column is added with a CHECK, UNIQUE, PRIMARY KEY or REFERENCES of its own
nested-transaction: BEGIN, COMMIT or ROLLBACK in a file that runs in a transaction
primary-key-constraint: a primary key is added without an index that is there
refresh-without-concurrently: REFRESH MATERIALIZED VIEW without CONCURRENTLY
reindex-without-concurrently: REINDEX without CONCURRENTLY
rename-column: a column is renamed
rename-enum-value: a value of an enumeration is renamed
rename-schema: a schema is renamed
rename-table: a table is renamed
required-column: a NOT NULL column without a default is added
rewriting-maintenance: VACUUM FULL, CLUSTER, SET LOGGED, SET UNLOGGED, SET TABLESPACE or SET ACCESS METHOD
row-security: row security is switched on, or a policy is made, on a table that is there
serial-column: a serial or identity column is added
set-not-null: SET NOT NULL without a CHECK that proves it
several-alter-tables: several ALTER TABLE of one table each read it whole
stored-generated-column: a stored generated column is added
time-zone-dependent-type: a timestamp changes between with and without time zone, whatever the TimeZone of the session is
truncate: TRUNCATE
type-of-viewed-column: the type of a column changes that a view reads
type-rewrite: the type of a column changes in a way that writes all rows anew
unaddable-column: a column is added with UNIQUE, PRIMARY KEY or a default that is computed
unbounded-change: UPDATE or DELETE without WHERE
unindexed-foreign-key: a foreign key is added, and no index leads with its columns
unique-constraint: a UNIQUE constraint is added without an index that is there
validate-in-same-transaction: VALIDATE CONSTRAINT in the transaction that added it
volatile-default: a column with a volatile default is added
work-under-exclusive-lock: rows are changed or read in bulk in a transaction that has locked out everybody

"#]]
    );
    for rule in rules.lines().filter_map(|line| line.split_once(':')) {
        assert!(
            project
                .run(Plugin::Db, &["explain", rule.0])
                .good()
                .contains("## Why")
        );
    }
}

#[test]
fn the_pages_of_the_rules_are_what_explain_says() {
    let project = Project::empty();
    let folder = repository().join("docs/rules");
    let page = |line: &[&str], file: &str| {
        let line = [line, &["--format", "markdown"]].concat();
        let expected = Data::read_from(&folder.join(file), None).raw();
        assert_data_eq!(project.run(Plugin::Db, &line).good(), expected);
    };
    page(&["explain"], "README.md");
    let rules = project.run(Plugin::Db, &["explain"]).good();
    let names: Vec<&str> = rules
        .lines()
        .filter_map(|line| Some(line.split_once(':')?.0))
        .collect();
    for name in &names {
        page(&["explain", name], &format!("{name}.md"));
    }
    let pages = fs_err::read_dir(&folder).expect("a folder").count();
    assert_eq!(pages, names.len() + 1, "a page of a rule that is gone");
}

#[test]
fn a_partitioned_table_is_told_once_and_its_index_is_used_where_a_part_is() {
    let mut project = Project::empty();
    let database = TestDatabase::postgres("analyze_partitions");
    database.execute(
        "CREATE TABLE events (id bigint, at timestamp, kind int) PARTITION BY RANGE (id);
         CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (5000);
         CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (5000) TO (20000);
         CREATE INDEX used ON events (kind);
         CREATE INDEX unused ON events (at);
         INSERT INTO events SELECT i, now(), i FROM generate_series(1, 10000) i; ANALYZE",
    );
    database.execute("SET enable_seqscan = off; SELECT FROM events WHERE kind = 5");
    project.variable("DATABASE_URL", database.url());
    let line = ["analyze", "--json", "--threshold", "statistics-age-hours=0"];
    let expected = [
        "table-without-primary-key: \"`events` has no primary key\"",
        "unused-index: \"nothing reads the index `unused` on `events`\"",
        "risky-column-type: \"1 column is timestamp without time zone\"",
    ];
    // The counters of a session are there a moment after its end.
    let found = (0..50).map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        json_findings(&project.run(Plugin::Db, &line))
    });
    let last = { found }.find(|found| *found == expected);
    assert_eq!(last.unwrap_or_default(), expected);
}
