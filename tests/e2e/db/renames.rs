//! `compare --rename`: what is only called otherwise keeps what it holds.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::{Project, Run};
use snapbox::{assert_data_eq, str};

const BEFORE: &str = "
    CREATE TYPE mood AS ENUM ('open', 'done');
    CREATE TABLE customers (id bigint PRIMARY KEY);
    CREATE TABLE orders (
        id serial PRIMARY KEY, customer_id bigint REFERENCES customers, status mood, note text NOT NULL,
        CONSTRAINT orders_note_check CHECK (note <> ''));
    CREATE INDEX orders_note_idx ON orders (lower(note));
    CREATE VIEW open_orders AS SELECT id, note FROM orders WHERE status = 'open';
    CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
    CREATE TRIGGER orders_nothing BEFORE UPDATE OF note ON orders
        FOR EACH ROW EXECUTE FUNCTION nothing();";
const ROWS: &str = "
    INSERT INTO customers VALUES (1), (2);
    INSERT INTO orders (customer_id, status, note)
        SELECT 1 + n % 2, 'open', 'note ' || n FROM generate_series(1, 9) n;";

/// The same under other names throughout.
fn after() -> String {
    let renamed = BEFORE
        .replace("orders", "purchases")
        .replace("note", "remark");
    renamed.replace("'open', 'done'", "'open', 'closed'")
}

const ASKED: [&str; 3] = [
    "orders=purchases",
    "orders.note=purchases.remark",
    "mood.done=closed",
];

fn project(database: &TestDatabase) -> Project {
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    project
}

fn compare(project: &Project, renames: &[&str], more: &[&str]) -> Run {
    let renames = renames.iter().flat_map(|rename| ["--rename", *rename]);
    let all: Vec<&str> = ["compare", "schema.sql", "--same-server"]
        .into_iter()
        .chain(renames)
        .chain(more.iter().copied())
        .collect();
    project.run(Plugin::Db, &all)
}

#[test]
fn a_renamed_table_keeps_its_rows_and_nothing_of_it_is_built_again() {
    let database = TestDatabase::postgres("renames_postgres");
    database.execute(&format!("{BEFORE}{ROWS}"));
    let project = project(&database);
    project.file("schema.sql", &after());
    let told = compare(&project, &ASKED, &[]).good();
    assert_data_eq!(
        told,
        str![[r#"
-- migration 1 of 2 (in a transaction)
SET LOCAL lock_timeout = '3s';
ALTER TABLE "public"."orders" RENAME COLUMN "note" TO "remark";
ALTER TYPE "public"."mood" RENAME VALUE 'done' TO 'closed';
ALTER TABLE "public"."orders" RENAME TO "purchases";
ALTER TABLE "public"."purchases" RENAME CONSTRAINT "orders_pkey" TO "purchases_pkey";
ALTER TABLE "public"."purchases" RENAME CONSTRAINT "orders_note_check" TO "purchases_remark_check";
ALTER TABLE "public"."purchases" RENAME CONSTRAINT "orders_customer_id_fkey" TO "purchases_customer_id_fkey";
ALTER INDEX "public"."orders_note_idx" RENAME TO "purchases_remark_idx";
ALTER TRIGGER "orders_nothing" ON "public"."purchases" RENAME TO "purchases_nothing";
ALTER SEQUENCE "public"."orders_id_seq" RENAME TO "purchases_id_seq";
-- migration 2 of 2 (in a transaction)
SET LOCAL lock_timeout = '3s';
DROP VIEW "public"."open_orders";
CREATE VIEW "public"."open_purchases" AS
 SELECT purchases.id,
    purchases.remark
   FROM public.purchases
  WHERE (purchases.status = 'open'::public.mood);

"#]]
    );
    let before = database.schema();
    drop(compare(&project, &ASKED, &["--output", "migrations"]).good());
    drop(project.run(Plugin::Db, &["migrate"]).good());
    let remarks = database.texts("SELECT remark FROM purchases ORDER BY id LIMIT 2");
    assert_eq!(remarks, ["note 1", "note 2"]);
    assert_eq!(compare(&project, &[], &["--check"]).code, Some(0));
    drop(project.run(Plugin::Db, &["rollback", "--to", "0"]).good());
    assert_eq!(database.schema(), before);
    let notes = database.texts("SELECT note FROM orders ORDER BY id LIMIT 2");
    assert_eq!(notes, ["note 1", "note 2"]);
}

#[test]
fn a_comment_in_the_target_asks_for_a_rename_and_may_stay_there() {
    let database = TestDatabase::postgres("renames_comment");
    database.execute(&format!("{BEFORE}{ROWS}"));
    let project = project(&database);
    let asked = ASKED.map(|rename| format!("-- backend-db:rename {rename}\n"));
    project.file("schema.sql", &format!("{}{}", asked.concat(), after()));
    let written = compare(&project, &[], &["--output", "migrations"]);
    drop(written.good());
    drop(project.run(Plugin::Db, &["migrate"]).good());
    let count = database.texts("SELECT count(*)::text FROM purchases WHERE remark LIKE 'note %'");
    assert_eq!(count, ["9"]);
    assert_eq!(compare(&project, &[], &["--check"]).code, Some(0));
    project.file("schema.sql", "SELECT 1;\n  -- backend-db:rename orders\n");
    assert_data_eq!(
        compare(&project, &[], &[]).refused(),
        str![[r#"
error: `orders` is no rename: it should read like `old=new`
 --> schema.sql:2:24
  |
2 |   -- backend-db:rename orders
  |                        ^^^^^^
  help: write `table=table`, `table.column=column` or `type.value=value`, the old name first, with the schema in front where it is not public

"#]]
    );
}

#[test]
fn what_looks_like_a_rename_is_offered_and_not_done() {
    let database = TestDatabase::postgres("renames_offered");
    database.execute(BEFORE);
    let project = project(&database);
    project.file("schema.sql", &after());
    let told = compare(&project, &["orders=purchases"], &["--output", "migrations"]);
    assert_eq!(told.code, Some(1), "the values of a column would be lost");
    assert_data_eq!(
        told.stderr,
        str![[r#"
warning: is it a rename? Then add --rename purchases.note=purchases.remark, and its rows stay (both are text, with the same default and the same answer to NULL, at the same place)
warning: nothing was written; to accept it, add --allow data-loss --allow rewrite --allow scan

"#]]
    );
    let taken = ["orders=purchases", "purchases.note=purchases.remark"];
    assert_eq!(compare(&project, &taken, &[]).code, Some(0));
    let told = compare(&project, &[], &["--json"]);
    let offered = told
        .stdout
        .lines()
        .find(|line| line.contains("likely-rename"));
    assert_data_eq!(
        offered.expect("a table is offered"),
        str![[
            r#"{"reason":"likely-rename","v":1,"rename":"orders=purchases","because":"3 of 4 columns have the same name and type"}"#
        ]]
    );
}

#[test]
fn a_rename_that_makes_no_sense_is_refused() {
    let database = TestDatabase::postgres("renames_refused");
    database.execute(BEFORE);
    let project = project(&database);
    project.file("schema.sql", &after());
    for (rename, why) in [
        ("orders", "`orders` is no rename"),
        ("order=purchases", "the database has no `order`"),
        ("orders=bills", "the target has no `bills`"),
        ("orders=customers", "`customers` is there already"),
        (
            "orders.note=customers.remark",
            "it cannot move from `orders` to `customers`",
        ),
    ] {
        let refused = compare(&project, &[rename], &[]).refused();
        assert!(refused.contains(why), "{rename}: {refused}");
    }
    let all = ["compare", database.url(), "--rename", "orders=purchases"];
    let refused = project.run(Plugin::Db, &all).refused();
    assert!(
        refused.contains("the target has no `purchases`"),
        "{refused}"
    );
}

#[test]
fn mariadb_renames_tables_columns_and_indexes() {
    let database = TestDatabase::mariadb("renames_mariadb");
    database.execute(
        "CREATE TABLE `my orders` (id int PRIMARY KEY, note varchar(20), KEY by_note (note));
         INSERT INTO `my orders` VALUES (1, 'kept');",
    );
    let project = project(&database);
    project.file(
        "schema.sql",
        "CREATE TABLE purchases (id int PRIMARY KEY, remark varchar(20), KEY by_remark (remark));",
    );
    let asked = ["\"my orders\"=purchases", "\"my orders\".note=remark"];
    let told = compare(&project, &asked, &[]).good();
    assert_data_eq!(
        told,
        str![[r#"
ALTER TABLE `my orders` RENAME COLUMN `note` TO `remark`;
RENAME TABLE `my orders` TO `purchases`;
ALTER TABLE `purchases` RENAME INDEX `by_note` TO `by_remark`;

"#]]
    );
    drop(compare(&project, &asked, &["--output", "migrations"]).good());
    drop(project.run(Plugin::Db, &["migrate"]).good());
    assert_eq!(database.texts("SELECT remark FROM purchases"), ["kept"]);
    drop(project.run(Plugin::Db, &["rollback", "--to", "0"]).good());
    assert_eq!(database.texts("SELECT note FROM `my orders`"), ["kept"]);
}

#[test]
fn sqlite_renames_tables_and_columns() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = TestDatabase::sqlite(folder.path());
    database.execute(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, note TEXT CHECK (note <> ''));
         CREATE TABLE lines (id INTEGER PRIMARY KEY, \"order\" INTEGER REFERENCES orders);
         CREATE INDEX by_note ON orders (note);
         CREATE VIEW notes AS SELECT note FROM orders;
         INSERT INTO orders VALUES (1, 'kept');",
    );
    let project = project(&database);
    project.file(
        "schema.sql",
        "CREATE TABLE purchases (id INTEGER PRIMARY KEY, remark TEXT CHECK (remark <> ''));
         CREATE TABLE lines (id INTEGER PRIMARY KEY, \"order\" INTEGER REFERENCES purchases);
         CREATE INDEX by_note ON purchases (remark);
         CREATE VIEW notes AS SELECT remark FROM purchases;",
    );
    let asked = ["orders=purchases", "orders.note=remark"];
    let told = compare(&project, &asked, &[]).good();
    assert_data_eq!(
        told,
        str![[r#"
ALTER TABLE "orders" RENAME COLUMN "note" TO "remark";
ALTER TABLE "orders" RENAME TO "purchases";

"#]]
    );
    drop(compare(&project, &asked, &["--output", "migrations"]).good());
    drop(project.run(Plugin::Db, &["migrate"]).good());
    assert_eq!(database.texts("SELECT remark FROM purchases"), ["kept"]);
    drop(project.run(Plugin::Db, &["rollback", "--to", "0"]).good());
    assert_eq!(database.texts("SELECT note FROM orders"), ["kept"]);
}
