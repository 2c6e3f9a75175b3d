//! `compare`: what a database should be, and the migrations that make it so.

use cargo_backend_tests::database::TestDatabase;
use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::{Project, Run};
use snapbox::{assert_data_eq, str};

const BEFORE: &str = "
    CREATE TYPE mood AS ENUM ('open', 'paid');
    CREATE TABLE customers (id bigint PRIMARY KEY, email text, note text);
    CREATE TABLE orders (
        id bigint PRIMARY KEY, customer_id bigint NOT NULL, status mood NOT NULL, total integer);
    CREATE VIEW open_orders AS SELECT id, total FROM orders WHERE status = 'open';
    INSERT INTO customers SELECT n, 'a' || n || '@b.c' FROM generate_series(1, 50) n;
    INSERT INTO orders SELECT n, 1 + n % 50, 'open', n FROM generate_series(1, 1000) n;";

/// A database as above, and a project that knows it.
fn shop(name: &str) -> (Project, TestDatabase) {
    let database = TestDatabase::postgres(name);
    database.execute(BEFORE);
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    (project, database)
}

fn compare(project: &Project, more: &[&str]) -> Run {
    let mut all = vec!["compare"];
    all.extend(more);
    project.run(Plugin::Db, &all)
}

/// The migrations of the folder, up or down, in their order, without their versions.
fn migrations(project: &Project, way: &str) -> String {
    let files = project.files().into_iter();
    let files = files.filter(|(path, _)| path.to_string_lossy().ends_with(way));
    files
        .map(|(path, bytes)| {
            let name = path.to_string_lossy().into_owned();
            let (_, name) = name.split_once('_').unwrap_or_default();
            format!("== {name}\n{}", String::from_utf8_lossy(&bytes))
        })
        .collect()
}

const AFTER: &str = "
    CREATE TYPE mood AS ENUM ('open', 'sent', 'paid');
    CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, note text);
    CREATE TABLE orders (
        id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers,
        status mood NOT NULL, total integer CHECK (total >= 0));
    CREATE INDEX ON orders (customer_id);
    CREATE VIEW open_orders AS SELECT id, total, customer_id FROM orders WHERE status = 'open';";

#[test]
fn a_change_is_written_in_forms_that_keep_nobody_waiting() {
    let (project, _database) = shop("compare_online");
    project.file("schema.sql", AFTER);
    let written = ["schema.sql", "--same-server", "--output", "migrations"];
    drop(compare(&project, &written).good());
    assert_data_eq!(
        migrations(&project, ".up.sql"),
        str![[r#"
== change_schema_1.up.sql
SET LOCAL lock_timeout = '3s';
ALTER TYPE "public"."mood" ADD VALUE 'sent' AFTER 'open';
== change_schema_2.up.sql
SET LOCAL lock_timeout = '3s';

CREATE OR REPLACE VIEW "public"."open_orders" AS
 SELECT orders.id,
    orders.total,
    orders.customer_id
   FROM public.orders
  WHERE (orders.status = 'open'::public.mood);
== change_schema_3.up.sql
-- no-transaction
CREATE UNIQUE INDEX CONCURRENTLY customers_email_key ON public.customers USING btree (email);
== change_schema_4.up.sql
-- no-transaction
CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders USING btree (customer_id);
== change_schema_5.up.sql
SET LOCAL lock_timeout = '3s';
ALTER TABLE "public"."customers" ADD CONSTRAINT "email__not_null" CHECK ("email" IS NOT NULL) NOT VALID;
ALTER TABLE "public"."customers" ADD CONSTRAINT "customers_email_key" UNIQUE USING INDEX "customers_email_key";
ALTER TABLE "public"."orders" ADD CONSTRAINT "orders_total_check" CHECK ((total >= 0)) NOT VALID;
ALTER TABLE "public"."orders" ADD CONSTRAINT "orders_customer_id_fkey" FOREIGN KEY (customer_id) REFERENCES public.customers(id) NOT VALID;
== change_schema_6.up.sql
SET LOCAL lock_timeout = '3s';
ALTER TABLE "public"."customers" VALIDATE CONSTRAINT "email__not_null";
ALTER TABLE "public"."orders" VALIDATE CONSTRAINT "orders_total_check";
ALTER TABLE "public"."orders" VALIDATE CONSTRAINT "orders_customer_id_fkey";
== change_schema_7.up.sql
SET LOCAL lock_timeout = '3s';
ALTER TABLE "public"."customers" ALTER COLUMN "email" SET NOT NULL;
ALTER TABLE "public"."customers" DROP CONSTRAINT "email__not_null";

"#]]
    );
}

#[test]
fn a_written_change_leads_there_with_its_rows_and_all_the_way_back() {
    let (project, database) = shop("compare_there_and_back");
    project.file("schema.sql", AFTER);
    let before = database.schema();
    let written = ["schema.sql", "--same-server", "--output", "migrations"];
    drop(compare(&project, &written).good());
    assert_data_eq!(
        migrations(&project, ".down.sql"),
        str![[r#"
== change_schema_1.down.sql
SET LOCAL lock_timeout = '3s';
DROP VIEW "public"."open_orders";
ALTER TYPE "public"."mood" RENAME TO "mood__old";
CREATE TYPE "public"."mood" AS ENUM ('open', 'paid');
ALTER TABLE "public"."orders" ALTER COLUMN "status" TYPE public.mood USING "status"::text::public.mood;

CREATE VIEW "public"."open_orders" AS
 SELECT orders.id,
    orders.total
   FROM public.orders
  WHERE (orders.status = 'open'::public.mood);
DROP TYPE "public"."mood__old";
== change_schema_2.down.sql
SET LOCAL lock_timeout = '3s';
DROP VIEW "public"."open_orders";

CREATE VIEW "public"."open_orders" AS
 SELECT orders.id,
    orders.total
   FROM public.orders
  WHERE (orders.status = 'open'::public.mood);
== change_schema_3.down.sql
-- no-transaction
DROP INDEX CONCURRENTLY "public"."customers_email_key";
== change_schema_4.down.sql
-- no-transaction
DROP INDEX CONCURRENTLY "public"."orders_customer_id_idx";
== change_schema_5.down.sql
SET LOCAL lock_timeout = '3s';
ALTER TABLE "public"."orders" DROP CONSTRAINT "orders_customer_id_fkey";
ALTER TABLE "public"."orders" DROP CONSTRAINT "orders_total_check";
ALTER TABLE "public"."customers" DROP CONSTRAINT "email__not_null";
ALTER TABLE "public"."customers" DROP CONSTRAINT "customers_email_key";
CREATE UNIQUE INDEX customers_email_key ON public.customers USING btree (email);
== change_schema_6.down.sql
SET LOCAL lock_timeout = '3s';
ALTER TABLE "public"."orders" DROP CONSTRAINT "orders_customer_id_fkey";
ALTER TABLE "public"."orders" DROP CONSTRAINT "orders_total_check";
ALTER TABLE "public"."customers" DROP CONSTRAINT "email__not_null";
ALTER TABLE "public"."customers" ADD CONSTRAINT "email__not_null" CHECK ((email IS NOT NULL)) NOT VALID;
ALTER TABLE "public"."orders" ADD CONSTRAINT "orders_total_check" CHECK ((total >= 0)) NOT VALID;
ALTER TABLE "public"."orders" ADD CONSTRAINT "orders_customer_id_fkey" FOREIGN KEY (customer_id) REFERENCES public.customers(id) NOT VALID;
== change_schema_7.down.sql
SET LOCAL lock_timeout = '3s';
ALTER TABLE "public"."customers" ALTER COLUMN "email" DROP NOT NULL;
ALTER TABLE "public"."customers" ADD CONSTRAINT "email__not_null" CHECK ((email IS NOT NULL));

"#]]
    );
    drop(project.run(Plugin::Db, &["migrate"]).good());
    let told = compare(&project, &["schema.sql", "--same-server", "--check"]);
    assert_eq!(told.code, Some(0), "{}{}", told.stdout, told.stderr);
    let rows = database.texts("SELECT count(*)::text FROM open_orders");
    assert_eq!(rows, ["1000"], "the rows are there");
    let back = project.run(Plugin::Db, &["rollback", "--steps", "9"]);
    drop(back.good());
    assert_eq!(database.schema(), before, "the way back is the whole way");
}

#[test]
fn what_is_dangerous_has_to_be_accepted_by_name() {
    let (project, _database) = shop("compare_hazards");
    let wanted = AFTER.replace("email text NOT NULL UNIQUE, note text", "email text");
    let wanted = wanted.replace("CREATE TABLE orders", "CREATE UNLOGGED TABLE orders");
    project.file("schema.sql", &wanted);
    let written = ["schema.sql", "--same-server", "--output", "migrations"];
    let refused = compare(&project, &written);
    assert_eq!(refused.code, Some(1));
    assert_data_eq!(
        refused.stdout,
        str![[r#"
data-loss: the values of customers.note are lost for good
    ALTER TABLE "public"."customers" DROP COLUMN "note";
rewrite: public.orders is written anew while nobody can read it
    ALTER TABLE "public"."orders" SET UNLOGGED;

"#]]
    );
    assert_data_eq!(
        refused.stderr,
        str![[r#"
warning: nothing was written; to accept it, add --allow data-loss --allow rewrite

"#]]
    );
    assert!(!project.path().join("migrations").exists());
    let all = [
        &written[..],
        &["--allow", "data-loss", "--allow", "rewrite"],
    ]
    .concat();
    drop(compare(&project, &all).good());
    assert!(
        migrations(&project, ".up.sql").contains("-- loses for good: the values of customers.note")
    );
}

#[test]
fn a_database_is_compared_with_another_with_a_stored_schema_and_with_its_migrations() {
    let (project, database) = shop("compare_targets");
    let (_, other) = shop("compare_targets_other");
    assert_eq!(compare(&project, &[other.url(), "--check"]).code, Some(0));
    other.execute("ALTER TABLE orders ADD COLUMN at date");
    let drift = compare(&project, &[other.url(), "--check"]);
    assert_eq!(drift.code, Some(1));
    assert_data_eq!(
        drift.stdout,
        str![[r#"
SET LOCAL lock_timeout = '3s';
ALTER TABLE "public"."orders" ADD COLUMN "at" date;

"#]]
    );
    let stored = project.run(Plugin::Db, &["schema", "--json"]).good();
    project.file("schema.json", &stored);
    assert_eq!(compare(&project, &["schema.json", "--check"]).code, Some(0));

    project.file("migrations/1_first.up.sql", BEFORE);
    project.file(
        "migrations/1_first.down.sql",
        "DROP TABLE orders, customers CASCADE;",
    );
    let same = compare(&project, &["migrations", "--check", "--same-server"]);
    assert_eq!(same.code, Some(0), "{}", same.stdout);
    database.execute("CREATE INDEX by_hand ON orders (status)");
    let drift = compare(&project, &["migrations", "--check", "--same-server"]);
    assert_eq!(drift.code, Some(1));
    assert!(drift.stdout.contains("by_hand"), "{}", drift.stdout);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let (project, database) = shop("compare_unsupported");
    database.execute("CREATE AGGREGATE product (integer) (sfunc = int4mul, stype = integer)");
    project.file("schema.sql", BEFORE);
    let told = compare(&project, &["schema.sql", "--same-server", "--check"]);
    assert_eq!(told.code, Some(0), "{}", told.stdout);
    assert_data_eq!(
        told.stderr,
        str![[r#"
warning: not compared: aggregate public.product(integer)
    Finished postgres://postgres@127.0.0.1:[..]/compare_unsupported is what `schema.sql` says

"#]]
    );
}

#[test]
fn a_target_that_cannot_be_read_is_shown_with_its_place() {
    let (project, _database) = shop("compare_bad");
    project.file(
        "schema.sql",
        "CREATE TABLE a (id integer);\nCREATE TABEL b ();\n",
    );
    let refused = compare(&project, &["schema.sql", "--same-server"]).refused();
    assert_data_eq!(
        refused,
        str![[r#"
error: syntax error at or near "TABEL"
 --> schema.sql:2:8
  |
2 | CREATE TABEL b ();
  |        ^^^^^

"#]]
    );
    let refused = compare(&project, &["schema.sql"]).refused();
    assert_data_eq!(
        refused,
        str![[r#"
error: an SQL target needs a place for a scratch database
hint: name a server with --dev-url, or allow it on the database's own with --same-server

"#]]
    );
    let refused = compare(&project, &["gone.sql", "--same-server"]).refused();
    assert_data_eq!(
        refused,
        str![[r#"
error: cannot read the target: failed to open file `[ROOT]/gone.sql`: No such file or directory (os error 2)
hint: name an SQL file, a folder of them, a database, or what `schema --json` printed

"#]]
    );
    project.file("schema.json", "{\"dialect\": 3}");
    let refused = compare(&project, &["schema.json"]).refused();
    assert_data_eq!(
        refused,
        str![[r#"
error: `[ROOT]/schema.json` holds no schema: expected value at line 1 column 13
hint: write it with `cargo backend-db schema --json > schema.json`

"#]]
    );
}

#[test]
fn a_sqlite_table_is_built_anew_with_its_rows_and_those_that_refer_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = TestDatabase::sqlite(folder.path());
    database.execute(
        "CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, old TEXT);
         CREATE TABLE children (
             id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents ON DELETE CASCADE);
         CREATE INDEX by_name ON parents (name);
         INSERT INTO parents (id, name) VALUES (7, 'it''s');
         INSERT INTO children VALUES (1, 7);",
    );
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    project.file(
        "schema.sql",
        "CREATE TABLE parents (
             id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL DEFAULT 'it''s' CHECK (name <> ''));
         CREATE TABLE children (
             id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents ON DELETE CASCADE, at TEXT);
         CREATE INDEX by_name ON parents (name);",
    );
    let written = [
        "schema.sql",
        "--output",
        "migrations",
        "--allow",
        "data-loss",
    ];
    drop(compare(&project, &written).good());
    assert_data_eq!(
        migrations(&project, ".up.sql"),
        str![[r#"
== change_schema.up.sql
-- no-transaction
-- loses for good: the values of parents.old
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;
ALTER TABLE "children" ADD COLUMN at TEXT;

CREATE TABLE "parents__new" (
             id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL DEFAULT 'it''s' CHECK (name <> ''));
INSERT INTO "parents__new" ("id", "name") SELECT "id", "name" FROM "parents";
UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'parents') WHERE name = 'parents__new';
DROP TABLE "parents";
ALTER TABLE "parents__new" RENAME TO "parents";
CREATE INDEX by_name ON parents (name);
COMMIT;
PRAGMA foreign_keys = ON;

"#]]
    );
    drop(project.run(Plugin::Db, &["migrate"]).good());
    assert_eq!(compare(&project, &["schema.sql", "--check"]).code, Some(0));
    let rows =
        database.texts("SELECT p.name || c.id FROM parents p JOIN children c ON c.parent = p.id");
    assert_eq!(rows, ["it's1"]);
}

#[test]
fn a_sqlite_table_whose_rows_do_not_fit_stays_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = TestDatabase::sqlite(folder.path());
    database
        .execute("CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT); INSERT INTO a VALUES (1, NULL)");
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    project.file(
        "schema.sql",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT NOT NULL)",
    );
    let written = compare(&project, &["schema.sql", "--output", "migrations"]);
    drop(written.good());
    let refused = project.run(Plugin::Db, &["migrate"]);
    assert_eq!(refused.code, Some(2));
    assert_data_eq!(
        refused.stderr,
        str![[r#"
error: `[..]_change_schema.up.sql` failed: NOT NULL constraint failed: a__new.b
 --> [..]_change_schema.up.sql:5:1
  |
5 | INSERT INTO "a__new" ("id", "b") SELECT "id", "b" FROM "a";
  | ^^^^^^
  help: nothing was changed: the transaction was rolled back

"#]]
    );
    let status = project.run(Plugin::Db, &["status"]).good();
    assert!(status.contains("pending"), "{status}");
    database.execute("UPDATE a SET b = 'x'");
    drop(project.run(Plugin::Db, &["migrate"]).good());
}

#[test]
fn a_mariadb_table_changes_in_one_statement() {
    let database = TestDatabase::mariadb("compare_mariadb");
    database.execute(
        "CREATE TABLE customers (id bigint NOT NULL PRIMARY KEY, name varchar(20));
         CREATE TABLE orders (
             id int NOT NULL, customer_id bigint, KEY (customer_id),
             FOREIGN KEY (customer_id) REFERENCES customers (id));",
    );
    let mut project = Project::empty();
    project.variable("DATABASE_URL", database.url());
    project.file(
        "schema.sql",
        "CREATE TABLE customers (id bigint NOT NULL PRIMARY KEY, name varchar(40) NOT NULL);
         CREATE TABLE orders (
             id int NOT NULL AUTO_INCREMENT PRIMARY KEY, customer_id bigint, KEY (customer_id),
             FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE);",
    );
    let written = ["schema.sql", "--same-server", "--output", "migrations"];
    drop(compare(&project, &written).good());
    assert_data_eq!(
        migrations(&project, ".up.sql"),
        str![[r#"
== change_schema.up.sql
-- no-transaction
ALTER TABLE `orders` DROP FOREIGN KEY `orders_ibfk_1`;
ALTER TABLE `customers` MODIFY COLUMN `name` varchar(40) NOT NULL;
ALTER TABLE `orders` MODIFY COLUMN `id` int(11) NOT NULL AUTO_INCREMENT, ADD PRIMARY KEY (`id`);
ALTER TABLE `orders` ADD CONSTRAINT `orders_ibfk_1` FOREIGN KEY (`customer_id`) REFERENCES `customers` (`id`) ON DELETE CASCADE ON UPDATE RESTRICT;

"#]]
    );
    drop(project.run(Plugin::Db, &["migrate"]).good());
    let check = compare(&project, &["schema.sql", "--same-server", "--check"]);
    assert_eq!(check.code, Some(0), "{}", check.stdout);
}
