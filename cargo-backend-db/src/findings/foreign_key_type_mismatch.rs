//! A foreign key whose two sides have different types.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::{Schema, Table};

use super::check::{Check, Facts, Finding};
use crate::statistics::Section;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "foreign-key-type-mismatch",
        summary: "a foreign key whose two sides have different types",
        explanation: "\
## Why
An `integer` that refers to a `bigint` runs out of values before its parent does, and then every
INSERT fails. Types that differ also make the server convert one side in every join.

## Proof
The catalogue's types of both columns. On PostgreSQL lengths are left aside, and `text` and
`varchar` are one; on SQLite only the affinity counts
(<https://www.sqlite.org/datatype3.html#determination_of_column_affinity>).

## Fix
Give the referring column the type of the column it refers to. On PostgreSQL int to bigint rewrites
the table under ACCESS EXCLUSIVE: on a large one add a column, fill it in batches, and swap.
",
    },
    engines: &[Dialect::Postgres, Dialect::Sqlite],
    needs: &[Section::Schema],
    needs_history: false,
    thresholds: &[],
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, table) in &facts.schema.tables {
        for key in &table.foreign_keys {
            let Some(parent) = facts.schema.tables.get(&key.references_table) else {
                continue;
            };
            for (column, parent_column) in key.columns.iter().zip(&key.references_columns) {
                let (Some(mine), Some(theirs)) =
                    (type_of(table, column), type_of(parent, parent_column))
                else {
                    continue;
                };
                if family(mine, facts.schema) == family(theirs, facts.schema) {
                    continue;
                }
                let diagnostic = Diagnostic::warning(format!(
                    "`{name}.{column}` is {mine}, and `{}.{parent_column}` that it refers to is {theirs}",
                    key.references_table
                ))
                .evidence(format!("`{name}` has {}", facts.statistics.rows_in_words(name)))
                .help(format!("make `{name}.{column}` {theirs} in a migration"));
                found.push(Finding::from(diagnostic).about(name));
            }
        }
    }
    found
}

fn type_of<'a>(table: &'a Table, column: &str) -> Option<&'a str> {
    table
        .columns
        .iter()
        .find(|candidate| candidate.name == column)
        .map(|column| column.r#type.as_str())
}

/// What two types must share to be compared without a conversion.
fn family(r#type: &str, schema: &Schema) -> String {
    let base = r#type
        .split('(')
        .next()
        .unwrap_or(r#type)
        .trim()
        .to_lowercase();
    match schema.dialect {
        Dialect::Sqlite => affinity(&r#type.to_uppercase()).to_owned(),
        Dialect::Postgres | Dialect::MySql if base == "character varying" => "text".to_owned(),
        Dialect::Postgres | Dialect::MySql => base,
    }
}

/// SQLite's rules, in their order.
fn affinity(upper: &str) -> &'static str {
    let has = |parts: &[&str]| parts.iter().any(|part| upper.contains(part));
    if has(&["INT"]) {
        "integer"
    } else if has(&["CHAR", "CLOB", "TEXT"]) {
        "text"
    } else if upper.is_empty() || has(&["BLOB"]) {
        "blob"
    } else if has(&["REAL", "FLOA", "DOUB"]) {
        "real"
    } else {
        "numeric"
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{messages, referring, schema, table};
    use super::*;

    fn found(mine: &str, theirs: &str, dialect: Dialect) -> usize {
        let mut orders = referring(
            table("orders", &["id", "customer_id"]),
            &["customer_id"],
            "customers",
        );
        orders.columns[1].r#type = mine.to_owned();
        let mut customers = table("customers", &["id"]);
        customers.columns[0].r#type = theirs.to_owned();
        let mut schema = schema(vec![orders, customers]);
        schema.dialect = dialect;
        messages(check, &schema).len()
    }

    #[test]
    fn types_are_compared_as_the_engine_compares_them() {
        assert_eq!(found("integer", "bigint", Dialect::Postgres), 1);
        assert_eq!(found("bigint", "bigint", Dialect::Postgres), 0);
        assert_eq!(found("character varying(20)", "text", Dialect::Postgres), 0);
        assert_eq!(found("uuid", "text", Dialect::Postgres), 1);
        assert_eq!(found("BIGINT", "INTEGER", Dialect::Sqlite), 0);
        assert_eq!(found("VARCHAR(9)", "TEXT", Dialect::Sqlite), 0);
        assert_eq!(found("TEXT", "INTEGER", Dialect::Sqlite), 1);
    }
}
