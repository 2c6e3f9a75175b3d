//! A table whose rows cannot be told apart.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::EVERY_ENGINE;
use super::check::{Check, Facts, Finding};
use super::removal::plain;
use crate::statistics::Section;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "table-without-primary-key",
        summary: "a table whose rows have no identity",
        explanation: "\
## Why
Without a primary key two equal rows cannot be told apart: a row cannot be updated, deleted or
referred to alone, logical replication refuses its updates and deletes, and a backfill cannot
remember how far it got.

## Proof
The catalogue has no primary key for the table. The rows at stake are shown.

## Fix
Add one in a migration: an existing unique, NOT NULL column, or a new identity column.
SQLite has to rebuild the table for it; its hidden `rowid` is no substitute, for VACUUM may change it.
",
    },
    engines: EVERY_ENGINE,
    needs: &[Section::Schema],
    needs_history: false,
    thresholds: &[],
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let consequence = match facts.schema.dialect {
        Dialect::Postgres => "logical replication refuses its UPDATE and DELETE",
        Dialect::Sqlite => "its hidden rowid may change on VACUUM",
        Dialect::MySql => "InnoDB orders it by a hidden key that nothing can use",
    };
    facts
        .schema
        .tables
        .iter()
        // A partition has the key of the whole, or the whole is told.
        .filter(|(_, table)| table.primary_key.is_empty() && table.partition_of.is_none())
        .map(|(name, _)| {
            let diagnostic = Diagnostic::warning(format!("`{name}` has no primary key"))
                .evidence(format!(
                    "`{name}` has {}",
                    facts.statistics.rows_in_words(name)
                ))
                .evidence(consequence)
                .help(format!(
                    "add one: cargo backend-db migrate new add_primary_key_to_{}",
                    plain(name)
                ));
            Finding::from(diagnostic).about(name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{messages, schema, table};
    use super::*;

    #[test]
    fn only_the_table_without_a_key_is_found() {
        let mut events = table("events", &["at"]);
        events.primary_key.clear();
        let schema = schema(vec![events, table("orders", &["id"])]);
        let found = messages(check, &schema);
        assert_eq!(found, ["`events` has no primary key"]);
    }
}
