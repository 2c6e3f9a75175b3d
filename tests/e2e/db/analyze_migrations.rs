//! The migrations that `analyze` suggests deal with what it found, and can be undone.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use serde_json::Value;

use super::{postgres_shop, sqlite_shop};

/// The lines of one kind that `analyze` prints.
fn lines(project: &Project, reason: &str) -> Vec<Value> {
    let line = ["analyze", "--json", "--threshold", "statistics-age-hours=0"];
    let answer = project.run(Plugin::Db, &line).good();
    answer
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|line: &Value| line["reason"] == reason)
        .collect()
}

/// Does as the answer says, and takes it back.
fn follow_the_advice(project: &Project, database: &TestDatabase, expected: &[&str], use_it: &str) {
    let before = database.schema();
    let migrations = lines(project, "suggested-migration");
    let commands: Vec<&str> = migrations
        .iter()
        .map(|migration| migration["command"].as_str().expect("a command"))
        .collect();
    assert_eq!(commands, expected);
    for migration in &migrations {
        let command = migration["command"].as_str().expect("a command");
        let words: Vec<&str> = command.split(' ').skip(2).collect();
        let _written = project.run(Plugin::Db, &words).good();
        let name = words.last().expect("a name");
        for direction in ["up", "down"] {
            let Some(sql) = migration[direction].as_str() else {
                continue;
            };
            let ending = format!("_{name}.{direction}.sql");
            let files = project.files();
            let (file, _) = files
                .iter()
                .find(|(path, _)| path.to_string_lossy().ends_with(&ending))
                .expect("the command wrote it");
            project.file(&file.to_string_lossy(), sql);
        }
    }
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    // MariaDB forgets with each change of a table that its indexes were used.
    database.execute(use_it);
    assert_eq!(lines(project, "finding"), Vec::<Value>::new());
    let all = database_migrations(project).to_string();
    let _undone = project
        .run(Plugin::Db, &["rollback", "--steps", &all])
        .good();
    assert_eq!(database.schema(), before);
}

fn database_migrations(project: &Project) -> usize {
    let files = project.files();
    let names = files.iter().map(|(path, _)| path.to_string_lossy());
    names.filter(|name| name.ends_with(".up.sql")).count()
}

#[test]
fn on_postgres() {
    let (project, database) = postgres_shop("analyze_migrations");
    database.execute(
        "CREATE INDEX \"By total\" ON orders (total_cents);
         CREATE INDEX large ON orders (total_cents, id) WHERE total_cents > 5;
         CREATE INDEX longer ON orders (total_cents, customer_id);",
    );
    // What is read stays.
    database.execute(
        "SET enable_seqscan = off;
         SELECT count(*) FROM orders WHERE total_cents = 5 AND customer_id = 6",
    );
    follow_the_advice(
        &project,
        &database,
        &[
            "cargo backend-db migrate new drop_by_total",
            "cargo backend-db suggest-indexes --output migrations",
            "cargo backend-db migrate new drop_large",
        ],
        "SELECT 1",
    );
}

#[test]
fn a_validated_constraint_stays_valid_after_the_rollback() {
    let (project, database) = postgres_shop("analyze_validation");
    database.execute(
        "CREATE INDEX one ON orders (customer_id); SELECT count(*) FROM orders WHERE customer_id = 1;
         ALTER TABLE orders ADD CONSTRAINT \"a Check\" CHECK (id > 0) NOT VALID",
    );
    let migrations = lines(&project, "suggested-migration");
    database.execute(migrations[0]["up"].as_str().expect("SQL"));
    assert!(database.schema().tables["orders"].checks["a Check"].validated);
    database.execute(migrations[0]["down"].as_str().expect("SQL"));
    assert_eq!(lines(&project, "finding"), Vec::<Value>::new());
}

#[test]
fn on_sqlite() {
    let (project, database) = sqlite_shop();
    database.execute(
        "CREATE INDEX \"By total\" ON orders (total_cents);
         CREATE INDEX longer ON orders (total_cents, id);
         ANALYZE;",
    );
    follow_the_advice(
        &project,
        &database,
        &[
            "cargo backend-db migrate new drop_by_total",
            "cargo backend-db suggest-indexes --output migrations",
        ],
        "SELECT 1",
    );
}

#[test]
fn on_mariadb() {
    let mut project = Project::empty();
    let database = TestDatabase::mariadb("analyze_migrations");
    database.execute(
        "CREATE TABLE orders (id BIGINT PRIMARY KEY, total INT, note INT);
         INSERT INTO orders SELECT seq, seq, seq FROM seq_1_to_2000;
         CREATE INDEX `By total` ON orders (total);
         CREATE INDEX longer ON orders (total, note DESC);
         CREATE INDEX noted ON orders (note, id);
         ANALYZE TABLE orders;
         SELECT id FROM orders WHERE total = 5 AND note = 5;",
    );
    project.variable("DATABASE_URL", database.url());
    let unused = database.schema();
    assert_eq!(unused.tables["orders"].indexes.len(), 4);
    follow_the_advice(
        &project,
        &database,
        &[
            "cargo backend-db migrate new drop_by_total",
            "cargo backend-db migrate new drop_noted",
        ],
        "SELECT id FROM orders WHERE total = 5 AND note = 5",
    );
}
