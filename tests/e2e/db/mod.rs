//! `cargo backend-db` on PostgreSQL, MariaDB and SQLite.

mod adopt;
mod analyze;
mod analyze_migrations;
mod analyze_report;
mod analyze_rules;
mod analyze_sections;
mod bad_input;
mod compare;
mod dry_run;
mod engines;
mod exchange;
mod files;
mod indexes;
mod kill;
mod lint;
mod lint_examples;
mod lint_trace;
mod locks;
mod mariadb;
mod migrate;
mod migrate_edited;
mod migrate_faults;
mod pairs;
mod renames;
mod rollback;
mod runners;
mod schema;
mod suggest;
mod suggest_sample;
mod types;
mod workload;

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::project::Project;

/// A shop whose orders have no index on their customer.
const SHOP: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY,
        customer_id INTEGER NOT NULL REFERENCES customers (id),
        total_cents INTEGER NOT NULL CHECK (total_cents >= 0)
    );";

/// Rows for the shop, in the SQL that both engines speak.
const ROWS: &str = "
    INSERT INTO customers (id, name)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
    SELECT i, 'customer ' || i FROM n;
    INSERT INTO orders (id, customer_id, total_cents)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    SELECT i, 1 + i % 500, i FROM n;";

/// A project with a shop on SQLite, named by `DATABASE_URL`.
fn sqlite_shop() -> (Project, TestDatabase) {
    let project = Project::empty();
    let database = TestDatabase::sqlite(project.path());
    with_shop(project, database)
}

/// The same on PostgreSQL, in a database of that name.
fn postgres_shop(name: &str) -> (Project, TestDatabase) {
    with_shop(Project::empty(), TestDatabase::postgres(name))
}

fn with_shop(mut project: Project, database: TestDatabase) -> (Project, TestDatabase) {
    database.execute(SHOP);
    database.execute(ROWS);
    database.execute("ANALYZE");
    project.variable("DATABASE_URL", database.url());
    (project, database)
}

/// A project on an empty database.
fn on(database: TestDatabase) -> (Project, TestDatabase) {
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    (project, database)
}

fn empty_sqlite() -> (Project, TestDatabase) {
    let mut project = Project::empty();
    let database = TestDatabase::sqlite(project.path());
    project.variable("DATABASE_URL", database.url());
    (project, database)
}

fn empty_postgres(name: &str) -> (Project, TestDatabase) {
    on(TestDatabase::postgres(name))
}

fn empty_mariadb(name: &str) -> (Project, TestDatabase) {
    on(TestDatabase::mariadb(name))
}
