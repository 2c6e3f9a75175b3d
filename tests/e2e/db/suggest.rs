//! `suggest-indexes` where there is no hypopg: on SQLite by a copy in memory, on MariaDB and PostgreSQL by
//! sampled rows in a scratch database. Indexes that are missing on purpose are found with their proof,
//! no other is, and a twin that has them is left in peace.

use cargo_backend_tests::database::{TestDatabase, server};
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::{Project, Run};
use serde_json::Value;

/// A shop of 66,000 rows; `{numbers to N}` stands for the engine's way to count.
const SHOP: &str = "
    CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(80) NOT NULL, country CHAR(2) NOT NULL);
    CREATE TABLE orders (
        id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, status VARCHAR(10) NOT NULL,
        placed INTEGER NOT NULL, total INTEGER NOT NULL);
    CREATE TABLE order_items (
        id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, product_id INTEGER NOT NULL,
        quantity INTEGER NOT NULL);
    CREATE TABLE countries (code CHAR(2) PRIMARY KEY, name VARCHAR(40) NOT NULL);
    INSERT INTO customers
    SELECT i, concat('User', i, '@Example.com'), CASE WHEN i % 10 < 8 THEN 'DE' ELSE 'AT' END
    FROM {numbers to 6000} n;
    INSERT INTO orders
    SELECT i, 1 + (i * 7919) % 6000, CASE WHEN i % 97 = 0 THEN 'failed' ELSE 'done' END,
           1700000000 + i * 30, (i * 104729) % 50000
    FROM {numbers to 20000} n;
    INSERT INTO order_items
    SELECT i, 1 + (i * 31) % 20000, 1 + (i * 17) % 900, 1 + i % 5 FROM {numbers to 40000} n;
    INSERT INTO countries VALUES ('DE', 'Germany'), ('AT', 'Austria');";

/// They are there already.
const THERE: &str = "CREATE INDEX order_items_product ON order_items (product_id);";

/// The last five have what they need, or cannot be helped.
const STATEMENTS: &str = "\
-- calls: 500
SELECT id, total FROM orders WHERE customer_id = 77 ORDER BY placed DESC LIMIT 10;
-- calls: 300
SELECT i.quantity FROM order_items i WHERE i.order_id = 4711;
SELECT id, total FROM orders WHERE total > 49900 ORDER BY total;
SELECT * FROM order_items WHERE product_id = 5;
SELECT email FROM customers WHERE id = 12;
SELECT name FROM countries WHERE name = 'Austria';
SELECT max(length(email)) FROM customers WHERE country <> 'XX';
UPDATE orders SET status = 'sent' WHERE id = 9;
";

/// The table and the first key of what is missing.
const PLANTED: [(&str, &str); 3] = [
    ("orders", "customer_id"),
    ("order_items", "order_id"),
    ("orders", "total"),
];

/// What makes it healthy.
const CURE: &str = "
    CREATE INDEX a ON orders (customer_id, placed);
    CREATE INDEX b ON order_items (order_id);
    CREATE INDEX c ON orders (total);";

fn shop(database: &TestDatabase, numbers: fn(&str) -> String) {
    let mut rest = SHOP;
    let mut sql = String::new();
    while let Some((before, after)) = rest.split_once("{numbers to ") {
        let (last, after) = after.split_once('}').expect("a closed brace");
        sql.push_str(before);
        sql.push_str(&numbers(last));
        rest = after;
    }
    sql.push_str(rest);
    database.execute(&sql);
    database.execute(THERE);
}

fn sqlite(project: &mut Project) -> TestDatabase {
    let database = TestDatabase::sqlite(project.path());
    shop(&database, |last| {
        format!(
            "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {last}) SELECT i FROM n)"
        )
    });
    database.execute("ANALYZE");
    project.variable("DATABASE_URL", database.url());
    database
}

fn mariadb(project: &mut Project, name: &str) -> TestDatabase {
    let database = TestDatabase::mariadb(name);
    shop(&database, |last| {
        format!("(SELECT seq AS i FROM seq_1_to_{last})")
    });
    database.execute("ANALYZE TABLE customers, orders, order_items, countries");
    project.variable("DATABASE_URL", database.url());
    database
}

fn postgres(project: &mut Project, name: &str) -> TestDatabase {
    let database = TestDatabase::postgres(name);
    shop(&database, |last| {
        format!("(SELECT i FROM generate_series(1, {last}) i)")
    });
    database.execute("ANALYZE");
    project.variable("DATABASE_URL", database.url());
    database
}

fn suggest(project: &Project, more: &[&str]) -> Run {
    project.file("statements.sql", STATEMENTS);
    let line = ["suggest-indexes", "--workload", "statements.sql"];
    project.run(Plugin::Db, &[&line, more].concat())
}

fn suggested(project: &Project, more: &[&str]) -> Vec<Value> {
    let told = suggest(project, &[&["--json"], more].concat()).good();
    let lines = told.lines().map(serde_json::from_str);
    let messages: Vec<Value> = lines.collect::<Result<_, _>>().expect("JSON lines");
    messages
        .into_iter()
        .filter(|message| message["reason"] == "suggested-index")
        .collect()
}

/// What was planted is found with its proof, written, applied, and not found again; the rollback brings
/// the old schema back.
fn planted_indexes_come_and_go(
    project: &Project,
    database: &TestDatabase,
    more: &[&str],
    proof: &str,
) -> Vec<Value> {
    let before = database.schema();
    let found = suggested(project, more);
    for (table, key) in PLANTED {
        let this = |one: &&Value| {
            let sql = one["sql"].as_str().expect("text").replace(['`', '"'], "");
            sql.replace("public.", "")
                .contains(&format!(" ON {table} ({key}"))
        };
        assert_eq!(
            found.iter().filter(this).count(),
            1,
            "{table}({key}): {found:#?}"
        );
    }
    assert_eq!(found.len(), PLANTED.len(), "{found:#?}");
    for one in &found {
        assert_eq!(
            (&one["proof"], &one["proved"]),
            (&proof.into(), &true.into()),
            "{one:#}"
        );
        assert!(
            one["gains"]
                .as_array()
                .is_some_and(|gains| !gains.is_empty()),
            "{one:#}"
        );
    }
    let written = suggested(project, &[more, &["--output", "migrations"]].concat());
    assert_eq!(written, Vec::<Value>::new(), "files instead of an answer");
    assert_eq!(database.schema(), before, "suggesting only writes files");
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    assert_ne!(database.schema(), before);
    assert_eq!(
        suggested(project, more),
        Vec::<Value>::new(),
        "a second run suggests nothing"
    );
    let steps = database_steps(project);
    let _undone = project
        .run(Plugin::Db, &["rollback", "--steps", &steps])
        .good();
    assert_eq!(database.schema(), before);
    found
}

fn database_steps(project: &Project) -> String {
    let status = project.run(Plugin::Db, &["status", "--json"]).good();
    let applied = status.lines().filter(|line| line.contains("\"applied\""));
    applied.count().to_string()
}

#[test]
fn on_sqlite_a_copy_in_memory_proves_them() {
    let mut project = Project::empty();
    let database = sqlite(&mut project);
    let proof = "on a copy of the schema and its statistics in memory";
    let found = planted_indexes_come_and_go(&project, &database, &[], proof);
    for one in &found {
        let gain = &one["gains"][0];
        let (before, after) = (&gain["planBefore"], &gain["planAfter"]);
        let index = one["index"].as_str().expect("text");
        assert!(
            before.as_str().is_some_and(|plan| plan.contains("SCAN ")),
            "{gain:#}"
        );
        assert!(
            after.as_str().is_some_and(|plan| plan.contains(index)),
            "{gain:#}"
        );
        assert_eq!(
            gain["factor"],
            Value::Null,
            "SQLite says no costs, and none are invented"
        );
    }
}

#[test]
fn on_sqlite_a_healthy_twin_is_left_in_peace() {
    let mut project = Project::empty();
    let database = sqlite(&mut project);
    database.execute(CURE);
    database.execute("ANALYZE");
    assert_eq!(suggested(&project, &[]), Vec::<Value>::new());
}

#[test]
fn on_sqlite_rare_constants_and_expressions_have_indexes_too() {
    let mut project = Project::empty();
    let database = sqlite(&mut project);
    project.file(
        "special.sql",
        "SELECT id FROM orders WHERE status = 'failed' ORDER BY placed DESC;
         SELECT id FROM customers WHERE lower(email) = 'user77@example.com';",
    );
    let line = [
        "suggest-indexes",
        "--workload",
        "special.sql",
        "--output",
        "migrations",
    ];
    let _written = project.run(Plugin::Db, &line).good();
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    let definitions = database.texts(
        "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%idx%' ORDER BY sql",
    );
    assert_eq!(
        definitions,
        [
            "CREATE INDEX \"customers_lower_email_idx\" ON \"customers\" (lower(email))",
            "CREATE INDEX \"orders_placed_idx\" ON \"orders\" (\"placed\" DESC) WHERE status = 'failed'"
        ]
    );
}

#[test]
fn on_sqlite_a_database_that_was_never_analysed_is_told_so() {
    let mut project = Project::empty();
    let database = sqlite(&mut project);
    database.execute("DROP TABLE sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4;");
    let run = suggest(&project, &[]);
    assert!(run.stderr.contains("run ANALYZE"), "{}", run.stderr);
    assert!(
        run.good().contains("CREATE INDEX"),
        "it is measured instead"
    );
}

#[test]
fn on_sqlite_nobody_counts_statements() {
    let mut project = Project::empty();
    let _database = sqlite(&mut project);
    let run = project.run(Plugin::Db, &["suggest-indexes"]);
    assert!(run.stderr.contains("--workload"), "{}", run.stderr);
    assert!(
        run.stderr.contains("of statements nothing is known"),
        "{}",
        run.stderr
    );
    assert_eq!(run.good(), "");
}

#[test]
fn on_mariadb_sampled_rows_prove_them() {
    let mut project = Project::empty();
    let database = mariadb(&mut project, "suggest_sampled");
    let url = server("TEST_MYSQL_URL");
    let proof = "on up to 20,000 sampled rows of each table in a scratch database";
    let found = planted_indexes_come_and_go(&project, &database, &["--dev-url", &url], proof);
    for one in &found {
        let gain = &one["gains"][0];
        let (before, after) = (&gain["planBefore"], &gain["planAfter"]);
        let index = one["index"].as_str().expect("text");
        assert!(
            before.as_str().is_some_and(|plan| plan.contains(": ALL")),
            "{gain:#}"
        );
        assert!(
            after.as_str().is_some_and(|plan| plan.contains(index)),
            "{gain:#}"
        );
    }
}

#[test]
fn on_mariadb_a_healthy_twin_is_left_in_peace() {
    let mut project = Project::empty();
    let database = mariadb(&mut project, "suggest_healthy");
    database.execute(CURE);
    assert_eq!(suggested(&project, &["--same-server"]), Vec::<Value>::new());
}

#[test]
fn on_postgres_without_hypopg_sampled_rows_prove_them() {
    let mut project = Project::empty();
    let database = postgres(&mut project, "suggest_sampled");
    let proof = "on up to 20,000 sampled rows of each table in a scratch database";
    let found = planted_indexes_come_and_go(&project, &database, &["--same-server"], proof);
    for one in &found {
        let gain = &one["gains"][0];
        let (before, after) = (gain["costBefore"].as_f64(), gain["costAfter"].as_f64());
        assert!(before > after.map(|after| after * 1.5), "{gain:#}");
    }
}

#[test]
fn on_postgres_a_healthy_twin_is_left_in_peace() {
    let mut project = Project::empty();
    let database = postgres(&mut project, "suggest_healthy");
    database.execute(CURE);
    assert_eq!(suggested(&project, &["--same-server"]), Vec::<Value>::new());
}

#[test]
fn on_mariadb_what_nothing_proves_is_marked_so() {
    let mut project = Project::empty();
    let database = mariadb(&mut project, "suggest_unproved");
    let found = suggested(&project, &[]);
    assert_eq!(found.len(), PLANTED.len(), "{found:#?}");
    for one in &found {
        assert_eq!(one["proved"], false);
        let proof = one["proof"].as_str().expect("text");
        assert!(proof.contains("--dev-url URL"), "{proof}");
        assert_eq!(
            one["gains"][0]["planAfter"],
            Value::Null,
            "nothing is invented"
        );
    }
    let shown = suggest(&project, &[]).good();
    assert!(
        shown.contains("-- Not proved: MySQL and MariaDB have no hypothetical"),
        "{shown}"
    );
    database.execute(CURE);
    assert_eq!(suggested(&project, &[]), Vec::<Value>::new());
}

#[test]
fn on_mariadb_the_counted_statements_are_looked_at() {
    let mut project = Project::empty();
    let database = mariadb(&mut project, "suggest_counted");
    for customer in 1..30 {
        database.execute(&format!(
            "SELECT id, total FROM orders WHERE customer_id = {customer} AND status IN ('done', 'sent') LIMIT 5"
        ));
    }
    let run = project.run(Plugin::Db, &["suggest-indexes", "--same-server", "--json"]);
    let told = run.good();
    let found: Vec<Value> = told
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .filter(|line: &Value| line["reason"] == "suggested-index")
        .collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["index"], "orders_customer_id_idx");
    let gain = &found[0]["gains"][0];
    assert!(
        gain["calls"].as_u64().is_some_and(|calls| calls >= 29),
        "{gain:#}"
    );
}
