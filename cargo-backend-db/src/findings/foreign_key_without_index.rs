//! A foreign key whose own side no index can search.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::{Diagnostic, Severity};
use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::Schema;

use super::check::{Check, Facts, Finding, Plan, SuggestedMigration, Threshold};
use crate::statistics::Section;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "foreign-key-without-index",
        summary: "a foreign key whose columns no index leads with",
        explanation: "\
## Why
The referred side of a foreign key always has an index; the referring side has one only if somebody
made it. Without it every `WHERE customer_id = …`, every join from the parent, and every DELETE or
key UPDATE of a parent row reads the whole referring table. PostgreSQL and SQLite do not make this
index by themselves; MySQL's InnoDB does.

## Proof
No valid index over all rows has the key's columns as its first columns, in any order. The planner
was asked how it would look rows up by them: the finding shows its answer, and the table's rows.
Below 1,000 rows it is a note: a table of a few pages is read whole anyway.

## Fix
`cargo backend-db suggest-indexes --output migrations` writes the index and its rollback, on
PostgreSQL with CONCURRENTLY, which does not block writers.
",
    },
    engines: &[Dialect::Postgres, Dialect::Sqlite],
    needs: &[Section::Schema],
    needs_history: false,
    thresholds: &[&SMALL_TABLE_ROWS],
    check,
};

static SMALL_TABLE_ROWS: Threshold = Threshold {
    name: "small-table-rows",
    default: 1_000,
    about: "Below it a missing index is a note: the table is a few pages, which no planner would \
            search by an index.",
};

const COMMAND: &str = "cargo backend-db suggest-indexes --output migrations";

/// The columns of a foreign key that no index serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MissingIndex {
    /// The table, as in `Schema::tables`.
    pub(crate) table: String,
    /// The columns of the foreign key, in its order.
    pub(crate) columns: Vec<String>,
    /// The tables that they refer to.
    pub(crate) references: Vec<String>,
}

/// Every set of columns once, even if several foreign keys share it.
pub(crate) fn missing(schema: &Schema) -> Vec<MissingIndex> {
    let mut found: Vec<MissingIndex> = Vec::new();
    for (name, table) in &schema.tables {
        for key in &table.foreign_keys {
            let primary_key_serves = table.primary_key.len() >= key.columns.len()
                && table.primary_key[..key.columns.len()]
                    .iter()
                    .all(|column| key.columns.contains(column));
            if primary_key_serves
                || table
                    .indexes
                    .values()
                    .any(|index| index.serves(&key.columns))
            {
                continue;
            }
            match found
                .iter_mut()
                .find(|seen| seen.table == *name && seen.columns == key.columns)
            {
                Some(seen) => seen.references.push(key.references_table.clone()),
                None => found.push(MissingIndex {
                    table: name.clone(),
                    columns: key.columns.clone(),
                    references: vec![key.references_table.clone()],
                }),
            }
        }
    }
    found
}

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    missing(facts.schema)
        .into_iter()
        .enumerate()
        .map(|(n, missing)| {
            let small = facts
                .statistics
                .rows
                .get(&missing.table)
                .is_some_and(|rows| *rows < facts.threshold(&SMALL_TABLE_ROWS));
            let severity = if small {
                Severity::Note
            } else {
                Severity::Warning
            };
            let columns = missing.columns.join(", ");
            let mut found = Diagnostic::new(
                severity,
                format!(
                    "`{}({columns})` refers to `{}`, and no index leads with it",
                    missing.table,
                    missing.references.join("`, `")
                ),
            )
            .evidence(format!(
                "`{}` has {}",
                missing.table,
                facts.statistics.rows_in_words(&missing.table)
            ));
            let asked = format!("looking rows up by {columns} today");
            match facts.plans.get(n) {
                Some(Plan::Shown(plan)) => found = found.evidence(format!("{asked}: {plan}")),
                Some(Plan::NotAsked(why)) => {
                    found = found.evidence(format!("{asked}: not asked, {why}"));
                }
                None => {}
            }
            let migration = SuggestedMigration {
                what: "add the indexes that foreign keys miss".to_owned(),
                command: COMMAND.to_owned(),
                up: None,
                down: None,
            };
            Finding::from(found.help(COMMAND))
                .about(missing.table)
                .migration(Some(migration))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{facts, referring, schema, table, with_index};
    use super::*;
    use crate::statistics::Statistics;

    fn orders() -> cargo_backend_shared::schema::Table {
        referring(
            table("orders", &["id", "customer_id", "shop_id"]),
            &["customer_id"],
            "customers",
        )
    }

    fn columns_missing(table: cargo_backend_shared::schema::Table) -> Vec<Vec<String>> {
        missing(&schema(vec![table]))
            .into_iter()
            .map(|missing| missing.columns)
            .collect()
    }

    #[test]
    fn a_foreign_key_that_nothing_indexes_is_found() {
        assert_eq!(columns_missing(orders()), [["customer_id"]]);
    }

    #[test]
    fn an_index_that_leads_with_the_column_serves() {
        let served = with_index(orders(), "i", &["customer_id", "shop_id"]);
        assert_eq!(columns_missing(served), Vec::<Vec<String>>::new());
    }

    #[test]
    fn an_index_that_has_the_column_second_does_not_serve() {
        let unserved = with_index(orders(), "i", &["shop_id", "customer_id"]);
        assert_eq!(columns_missing(unserved), [["customer_id"]]);
    }

    #[test]
    fn a_partial_or_invalid_index_does_not_serve() {
        for change in [
            (|index| index.predicate = Some("customer_id > 5".to_owned()))
                as fn(&mut cargo_backend_shared::schema::Index),
            |index| index.valid = false,
            |index| index.method = "gin".to_owned(),
        ] {
            let mut unserved = with_index(orders(), "i", &["customer_id"]);
            change(unserved.indexes.get_mut("i").expect("just added"));
            assert_eq!(columns_missing(unserved), [["customer_id"]]);
        }
    }

    #[test]
    fn the_primary_key_serves_and_two_keys_on_one_column_are_one_finding() {
        let by_primary_key = referring(table("profiles", &["id"]), &["id"], "users");
        assert_eq!(columns_missing(by_primary_key), Vec::<Vec<String>>::new());
        let twice = referring(orders(), &["customer_id"], "people");
        let found = missing(&schema(vec![twice]));
        assert_eq!(found[0].references, ["customers", "people"]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_small_table_is_a_note_and_an_unknown_size_a_warning() {
        let schema = schema(vec![orders()]);
        let severity = |rows: Option<u64>| {
            let mut statistics = Statistics::default();
            statistics
                .rows
                .extend(rows.map(|rows| ("orders".to_owned(), rows)));
            check(&facts(&schema, &statistics))[0].diagnostic.severity
        };
        assert_eq!(
            [Some(999), Some(1_000), None].map(severity),
            [Severity::Note, Severity::Warning, Severity::Warning]
        );
    }
}
