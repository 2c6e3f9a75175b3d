//! What is different on MariaDB: InnoDB indexes foreign keys by itself, DDL commits by itself.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

use super::analyze::findings;
use super::migrate::{history_is_shared_with_sqlx, runners_wait_for_each_other, status, write};

fn shop(name: &str) -> (Project, TestDatabase) {
    let mut project = Project::empty();
    let database = TestDatabase::mariadb(name);
    database.execute(
        "CREATE TABLE customers (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(80) NOT NULL);
         CREATE TABLE orders (
             id INT PRIMARY KEY,
             customer_id INT NOT NULL,
             total_cents INT NOT NULL CHECK (total_cents >= 0),
             FOREIGN KEY (customer_id) REFERENCES customers (id)
         );",
    );
    project.variable("DATABASE_URL", database.url());
    (project, database)
}

#[test]
fn the_schema_is_read_whole() {
    let (_, database) = shop("mariadb_schema");
    database.execute(
        "ALTER TABLE orders ADD note VARCHAR(500) NULL DEFAULT 'none',
                            ADD doubled INT AS (total_cents * 2) STORED;
         CREATE UNIQUE INDEX by_note ON orders (note(10), id DESC);
         CREATE VIEW cheap AS SELECT id FROM orders WHERE total_cents < 10;",
    );
    let schema = database.schema();
    assert_eq!(schema.unsupported, Vec::<String>::new());
    assert!(schema.views["cheap"].definition.contains("total_cents"));
    let orders = &schema.tables["orders"];
    let columns: Vec<String> = orders
        .columns
        .iter()
        .map(|c| {
            let null = if c.nullable { " null" } else { "" };
            format!(
                "{} {}{null} {:?} {:?}",
                c.name, c.r#type, c.default, c.generated
            )
        })
        .collect();
    assert_data_eq!(
        columns.join("\n"),
        str![[r#"
id int(11) None None
customer_id int(11) None None
total_cents int(11) None None
note varchar(500) null Some("'none'") None
doubled int(11) null None Some(Stored { expression: "`total_cents` * 2" })
"#]]
    );
    let index = &orders.indexes["by_note"];
    let keys: Vec<&str> = index.keys.iter().map(|key| key.text.as_str()).collect();
    assert_eq!(
        (keys, index.unique),
        (vec!["`note`(10)", "`id` DESC"], true)
    );
    assert_eq!(orders.primary_key, ["id"]);
    assert_eq!(orders.foreign_keys[0].references_columns, ["id"]);
    assert!(
        orders
            .checks
            .values()
            .any(|check| check.definition.contains("total_cents"))
    );
}

#[test]
fn innodb_makes_the_index_of_a_foreign_key() {
    let (project, _) = shop("mariadb_rules");
    assert_eq!(
        findings(&project),
        ["risky-column-type: \"1 column is a key that ends at 4,294,967,295 or before\""]
    );
}

#[test]
fn a_migration_comes_and_goes() {
    let (project, database) = shop("mariadb_migrate");
    let before = database.schema();
    write(
        &project,
        "1_note",
        "ALTER TABLE orders ADD note TEXT; CREATE INDEX by_total ON orders (total_cents);",
        "DROP INDEX by_total ON orders; ALTER TABLE orders DROP COLUMN note;",
    );
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    assert!(
        database.schema().tables["orders"]
            .indexes
            .contains_key("by_total")
    );
    let _undone = project.run(Plugin::Db, &["rollback"]).good();
    assert_eq!(database.schema(), before);
}

#[test]
fn a_migration_that_fails_half_way_is_remembered() {
    let (project, database) = shop("mariadb_half_way");
    write(
        &project,
        "1_two_steps",
        "CREATE TABLE first_step (id INT PRIMARY KEY); INSERT INTO nowhere VALUES (1);",
        "DROP TABLE IF EXISTS first_step;",
    );
    let run = project.run(Plugin::Db, &["migrate"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.stderr.contains("failed at statement 2 of 2"),
        "{}",
        run.stderr
    );
    assert_eq!(status(&project), ["failed 1"]);
    // It goes on with the statement that failed, and makes no table twice.
    database.execute("CREATE TABLE nowhere (id INT)");
    let _finished = project.run(Plugin::Db, &["migrate"]).good();
    assert_eq!(status(&project), ["applied 1"]);
    database.execute("DROP TABLE nowhere");
    let _undone = project.run(Plugin::Db, &["rollback"]).good();
    assert_eq!(project.run(Plugin::Db, &["migrate"]).code, Some(2));
    assert_eq!(status(&project), ["failed 1"]);
    let _undone = project.run(Plugin::Db, &["rollback"]).good();
    assert_eq!(status(&project), ["pending 1"]);
    assert!(!database.schema().tables.contains_key("first_step"));
}

#[test]
fn runners_wait() {
    let (project, database) = shop("mariadb_runners");
    runners_wait_for_each_other(&project, &database);
}

#[test]
fn history_is_shared() {
    let (project, database) = shop("mariadb_sqlx");
    history_is_shared_with_sqlx(&project, &database);
}

#[test]
fn reading_cannot_write() {
    let (_, database) = shop("mariadb_read_only");
    let refused = database.fails_when_reading("INSERT INTO customers (name) VALUES ('x')");
    assert!(refused.contains("READ ONLY"), "{refused}");
}
