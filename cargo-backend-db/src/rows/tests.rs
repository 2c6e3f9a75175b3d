//! Structs before and after.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Column, Schema, Table};

use super::{Crates, refresh};

fn column(name: &str, r#type: &str, nullable: bool) -> Column {
    let mut column = Column::new(name, r#type);
    column.nullable = nullable;
    column
}

fn schema() -> Schema {
    let mut table = Table::new("public", "orders");
    table.columns = vec![
        column("id", "bigint", false),
        column("status", "public.mood", false),
        column("note", "text", true),
        column("at", "timestamp with time zone", false),
        column("type", "uuid", false),
        column("orderTags", "text[]", false),
    ];
    let mut schema = Schema::new(Dialect::Postgres);
    schema.tables.insert("orders".to_owned(), table);
    schema
}

fn crates() -> Crates {
    let names = ["chrono", "uuid"];
    Crates(names.into_iter().map(str::to_owned).collect())
}

fn refreshed(text: &str) -> String {
    let done = refresh("src/row.rs", text, &schema(), &crates());
    done.expect("it is Rust").expect("it is marked").text
}

#[test]
fn fields_follow_the_columns_and_all_else_stays() {
    let before = "\
use chrono::{DateTime, Utc};

/// An order.
// backend-db:row(orders)
#[derive(Debug, sqlx::FromRow)]
pub struct Order {
    /// The key.
    pub id: i32,
    pub status: Mood, // ours
    pub gone: Option<String>,
    #[serde(default)]
    pub note: String,
    pub at: Option<DateTime<Utc>>,
    #[sqlx(skip)]
    pub lines: Vec<Line>,
}

struct Other { id: i32 }
";
    let after = "\
use chrono::{DateTime, Utc};

/// An order.
// backend-db:row(orders)
#[derive(Debug, sqlx::FromRow)]
pub struct Order {
    /// The key.
    pub id: i64,
    pub status: Mood, // ours
    #[serde(default)]
    pub note: Option<String>,
    pub at: DateTime<Utc>,
    pub r#type: uuid::Uuid,
    #[sqlx(rename = \"orderTags\")]
    pub order_tags: Vec<String>,
    #[sqlx(skip)]
    pub lines: Vec<Line>,
}

struct Other { id: i32 }
";
    assert_eq!(refreshed(before), after);
    assert_eq!(refreshed(after), after, "a second time changes nothing");
}

#[test]
fn an_empty_struct_is_filled_and_what_has_no_type_is_told() {
    let text = "mod rows {\n    // backend-db:row(orders)\n    #[derive(Debug)]\n    pub(crate) struct Order {\n    }\n}\n";
    let done = refresh("src/row.rs", text, &schema(), &crates()).expect("it is Rust");
    let done = done.expect("it is marked");
    assert!(
        done.text
            .contains("{\n        pub id: i64,\n        pub note: Option<String>,\n"),
        "{}",
        done.text
    );
    assert_eq!(done.missed.len(), 1, "{:?}", done.missed);
    assert!(
        done.missed[0]
            .message
            .contains("`orders.status` has no field")
    );
}

#[test]
fn what_cannot_be_refreshed_is_told_with_its_place() {
    for (text, place, why) in [
        (
            "// backend-db:row(oders)\nstruct A { a: i32 }",
            "1:1",
            "no table or view `oders`",
        ),
        (
            "fn a() {}\n// backend-db:row(orders)\nstruct A(i32);",
            "2:1",
            "named fields",
        ),
        ("// backend-db:row(orders)\nstruct A { a: ", "2:", "no Rust"),
    ] {
        let faults = refresh("src/a.rs", text, &schema(), &crates()).expect_err(text);
        let told = format!("{faults:?}");
        let shown = faults.0.first().expect("one");
        let at = shown.location.as_ref().expect("a place").to_string();
        assert!(at.starts_with(&format!("src/a.rs:{place}")), "{text}: {at}");
        assert!(told.contains(why), "{told}");
    }
}
