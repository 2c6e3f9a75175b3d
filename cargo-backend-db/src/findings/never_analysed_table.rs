//! A table about whose contents the planner knows nothing.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::Table;

use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, counted};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "never-analysed-table",
        summary: "a table that was filled and never analysed",
        explanation: "\
## Why
Without statistics the planner guesses how many rows a condition finds, and guesses alike for every
value: it takes the wrong index, or none, and joins in the wrong order.

## Proof
PostgreSQL: neither `last_analyze` nor `last_autoanalyze` is set, and every row came after
(`n_mod_since_analyze`). SQLite: the table is not in `sqlite_stat1`, and has an index that the
planner may choose, beside those of its constraints.

## Fix
PostgreSQL: `ANALYZE table` after a load; find out why autovacuum does not do it. SQLite:
`PRAGMA optimize` before a connection closes (<https://www.sqlite.org/lang_analyze.html>).
",
    },
    engines: &[Dialect::Postgres, Dialect::Sqlite],
    needs: &[Section::Schema, Section::Tables],
    needs_history: false,
    thresholds: &[&ROWS],
    check,
};

static ROWS: Threshold = Threshold {
    name: "never-analysed-rows",
    default: 1_000,
    about: "From how many rows on it matters. PostgreSQL analyses by itself after 50 changes and a \
            tenth of the table, within a minute.",
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let chooses = |name: &String| {
        let table = facts.schema.tables.get(name);
        let optional = |table: &Table| table.indexes.values().any(|index| !index.constraint);
        facts.schema.dialect == Dialect::Postgres || table.is_some_and(optional)
    };
    facts
        .tables()
        .filter(|(name, used)| !used.analysed && !used.partitioned && chooses(name))
        .filter(|(_, used)| used.live_rows >= facts.threshold(&ROWS))
        .map(|(name, used)| {
            let found = Diagnostic::warning(format!("`{name}` was never analysed"))
                .evidence(format!("it has {}", counted(used.live_rows, "row")))
                .help(format!("ANALYZE {name}"));
            Finding::from(found).about(name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{said, schema, table};
    use super::*;
    use crate::statistics::{Statistics, TableUse};

    #[test]
    fn a_large_table_without_statistics_is_found() {
        let schema = schema(vec![table("orders", &["id"])]);
        let count = |analysed, live_rows| {
            let used = TableUse {
                analysed,
                live_rows,
                ..TableUse::default()
            };
            let mut statistics = Statistics::default();
            statistics.tables.insert("orders".to_owned(), used);
            said(check, &schema, &statistics).len()
        };
        assert_eq!(
            [count(false, 999), count(false, 1_000), count(true, 1_000)],
            [0, 1, 0]
        );
    }
}
