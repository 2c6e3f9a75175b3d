//! Suggested indexes as migrations: written, applied, undone.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;
use snapbox::{assert_data_eq, str};

use super::{postgres_shop, sqlite_shop};

fn the_suggested_index_comes_and_goes_and_leaves_the_old_schema(
    project: &Project,
    database: &TestDatabase,
) {
    let before = database.schema();
    let _written = project
        .run(Plugin::Db, &["suggest-indexes", "--output", "migrations"])
        .good();
    assert_eq!(database.schema(), before, "suggesting only writes files");
    let _applied = project.run(Plugin::Db, &["migrate"]).good();
    let index = &database.schema().tables["orders"].indexes["orders_customer_id_idx"];
    assert_eq!(
        (index.leading_columns(), index.valid),
        (vec!["customer_id"], true)
    );
    assert_eq!(
        project.run(Plugin::Db, &["suggest-indexes"]).good(),
        "",
        "a second run suggests nothing"
    );
    let _undone = project.run(Plugin::Db, &["rollback"]).good();
    assert_eq!(database.schema(), before);
}

#[test]
fn an_index_on_sqlite_comes_and_goes() {
    let (project, database) = sqlite_shop();
    the_suggested_index_comes_and_goes_and_leaves_the_old_schema(&project, &database);
}

#[test]
fn an_index_on_postgres_comes_and_goes() {
    let (project, database) = postgres_shop("migrate_index");
    the_suggested_index_comes_and_goes_and_leaves_the_old_schema(&project, &database);
}

#[test]
fn on_postgres_the_index_is_built_without_blocking_writers() {
    let (project, _) = postgres_shop("migrate_concurrently");
    let sql = project.run(Plugin::Db, &["suggest-indexes"]).good();
    assert_data_eq!(
        sql,
        str![[r#"
-- no-transaction
-- orders(customer_id) refers to customers, and no index leads with it.
-- The table has 20,000 rows. Looking rows up by customer_id:
--   today: Seq Scan on orders (cost [..])
--   with the index: not tried: `CREATE EXTENSION hypopg` in this database lets it be tried
CREATE INDEX CONCURRENTLY "orders_customer_id_idx" ON "public"."orders" ("customer_id");

"#]]
    );
}

#[test]
fn on_postgres_hypopg_tries_the_gain_without_building_anything() {
    let (project, database) = postgres_shop("migrate_hypopg");
    database.execute("CREATE EXTENSION hypopg");
    let sql = project
        .run(Plugin::Db, &["suggest-indexes", "--json"])
        .good();
    let told: serde_json::Value = serde_json::from_str(&sql).expect("one line");
    let cost = |plan: &str| -> f64 {
        let (_, cost) = told[plan]
            .as_str()
            .and_then(|text| text.rsplit_once("(cost "))
            .expect("a cost");
        cost.trim_end_matches(')').parse().expect("a number")
    };
    assert_eq!(told["proof"], "by hypopg");
    assert!(
        told["plan_with_index"]
            .as_str()
            .is_some_and(|plan| plan.contains("using orders_customer_id_idx")),
        "{told}"
    );
    assert!(cost("plan_with_index") < cost("plan_today") / 2.0, "{told}");
    assert!(
        !database.schema().tables["orders"]
            .indexes
            .contains_key("orders_customer_id_idx")
    );
}

#[test]
fn on_sqlite_the_gain_is_tried_on_a_copy_first() {
    let (project, _) = sqlite_shop();
    assert_data_eq!(
        project.run(Plugin::Db, &["suggest-indexes"]).good(),
        str![[r#"
-- orders(customer_id) refers to customers, and no index leads with it.
-- The table has 20,000 rows. Looking rows up by customer_id:
--   today: SCAN orders
--   with the index: SEARCH orders USING INDEX orders_customer_id_idx (customer_id=?), on an empty copy in memory
CREATE INDEX "orders_customer_id_idx" ON "orders" ("customer_id");

"#]]
    );
}
