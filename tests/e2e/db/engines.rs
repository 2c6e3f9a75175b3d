//! The same schema on three engines gives the same model.

use cargo_backend_shared::schema::{Schema, Table};
use cargo_backend_tests::database::TestDatabase;
use snapbox::{assert_data_eq, str};

/// The shop in the words of an engine: types and generated keys are what differs.
fn shop(integer: &str, key: &str, text: &str, time: &str) -> String {
    format!(
        "CREATE TABLE customers (
             id {key},
             email {text} NOT NULL,
             name {text} DEFAULT 'unknown',
             created {time} NOT NULL
         );
         CREATE UNIQUE INDEX customers_email ON customers (email);
         CREATE TABLE order_lines (
             customer_id {integer} NOT NULL,
             position {integer} NOT NULL,
             amount {integer} NOT NULL,
             PRIMARY KEY (customer_id, position),
             CONSTRAINT order_lines_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
                 ON DELETE CASCADE,
             CONSTRAINT amount_above_zero CHECK (amount > 0)
         );
         CREATE INDEX order_lines_amount ON order_lines (amount, position);
         CREATE VIEW large AS SELECT customer_id, amount FROM order_lines WHERE amount > 100;"
    )
}

/// What every engine can say of a table, in one notation.
fn neutral(table: &Table) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| {
            let null = if column.nullable { "null" } else { "not null" };
            let default = column.default.as_deref().unwrap_or("none");
            // PostgreSQL says the type of a constant.
            let default = default.trim_end_matches("::text");
            format!("  {} {null}, default {default}", column.name)
        })
        .collect();
    let indexes: Vec<String> = table
        .indexes
        .values()
        .filter(|index| !index.constraint)
        .map(|index| {
            let unique = if index.unique { "unique " } else { "" };
            format!(
                "  {unique}index {} ({})",
                index.name,
                index.leading_columns().join(", ")
            )
        })
        .collect();
    let keys: Vec<String> = table
        .foreign_keys
        .iter()
        .map(|key| {
            format!(
                "  {} ({}) references {} ({}) on delete {}",
                key.name.as_deref().unwrap_or("unnamed"),
                key.columns.join(", "),
                key.references_table,
                key.references_columns.join(", "),
                key.on_delete
            )
        })
        .collect();
    let checks: Vec<String> = table
        .checks
        .keys()
        .map(|name| format!("  check {name}"))
        .collect();
    let mut lines = vec![format!(
        "{} primary key ({})",
        table.name,
        table.primary_key.join(", ")
    )];
    lines.extend([columns, indexes, keys, checks].concat());
    lines.join("\n")
}

fn described(schema: &Schema) -> String {
    let tables: Vec<String> = schema.tables.values().map(neutral).collect();
    let views: Vec<String> = schema
        .views
        .values()
        .map(|view| {
            let columns: Vec<&str> = view.columns.iter().map(|c| c.name.as_str()).collect();
            format!("view {} ({})", view.name, columns.join(", "))
        })
        .collect();
    [tables, views].concat().join("\n")
}

#[test]
fn the_same_schema_on_three_engines_gives_the_same_model() {
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = TestDatabase::sqlite(folder.path());
    sqlite.execute(&shop(
        "INTEGER",
        "INTEGER PRIMARY KEY NOT NULL",
        "TEXT",
        "TEXT",
    ));
    let postgres = TestDatabase::postgres("schema_three_engines");
    postgres.execute(&shop(
        "integer",
        "integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "text",
        "timestamptz",
    ));
    let mariadb = TestDatabase::mariadb("schema_three_engines");
    mariadb.execute(&shop(
        "int",
        "int AUTO_INCREMENT PRIMARY KEY",
        "varchar(200)",
        "datetime",
    ));
    let expected = str![[r#"
customers primary key (id)
  id not null, default none
  email not null, default none
  name null, default 'unknown'
  created not null, default none
  unique index customers_email (email)
order_lines primary key (customer_id, position)
  customer_id not null, default none
  position not null, default none
  amount not null, default none
  index order_lines_amount (amount, position)
  order_lines_customer (customer_id) references customers (id) on delete CASCADE
  check amount_above_zero
view large (customer_id, amount)
"#]];
    for database in [&sqlite, &postgres, &mariadb] {
        assert_data_eq!(described(&database.schema()), expected.clone());
    }
}
