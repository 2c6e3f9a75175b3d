//! One statement for a list, and then one for each of its rows.

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::{Schema, Table};

use super::SERVERS;
use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, Statement, counted};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "n-plus-one",
        summary: "a search that is called once for each row of another statement",
        explanation: "\
## Why
A list is read by one statement, and then each of its rows by one more: 1 + N statements instead of
two. Each is fast, so no slow log shows them; the page takes N round trips.

## Proof
Figures only, no source: the child is a SELECT on one table by one value of a foreign key or primary
key, with few rows a call; the parent reads the table at the other end of a foreign key; and the child
was called about as often (80 to 120 %) as the parent returned rows, at least ten times as often as the
parent itself. That can be chance: it is a suspicion, and the finding shows both statements.

## Fix
Fetch for all rows at once: a join, `WHERE id = ANY ($1)` (MySQL: `IN (…)`), or the ORM's eager
loading (`find_with_related`, `belonging_to`, a data loader).
",
    },
    engines: SERVERS,
    needs: &[Section::Schema, Section::Statements],
    needs_history: false,
    thresholds: &[&CALLS, &RATIO, &ROWS],
    check,
};

static CALLS: Threshold = Threshold {
    name: "n-plus-one-calls",
    default: 100,
    about: "How many calls of the child there are at least: below that it may be chance.",
};

static RATIO: Threshold = Threshold {
    name: "n-plus-one-ratio",
    default: 10,
    about: "How many calls of the child come on one of the parent at least: below that it is a page \
            of a few things.",
};

static ROWS: Threshold = Threshold {
    name: "n-plus-one-rows",
    default: 100,
    about: "How many rows the child returns a call at most: what returns more is a list itself.",
};

/// How far calls and rows may be apart: pages are left half way, and caches save some calls.
const CLOSE_PERCENT: std::ops::RangeInclusive<u64> = 80..=120;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let statements = &facts.statistics.statements;
    let mut found = Vec::new();
    for child in statements {
        let often = child.calls >= facts.threshold(&CALLS)
            && child.rows <= child.calls.saturating_mul(facts.threshold(&ROWS));
        // Figures first: reading texts takes longer.
        if !often {
            continue;
        }
        let Some(lookup) = child.lookup() else {
            continue;
        };
        let Some((name, others)) = ends(facts.schema, &lookup.table, &lookup.column) else {
            continue;
        };
        let parent = statements
            .iter()
            .filter(|parent| is_parent(facts, parent, child) && *parent != child)
            .filter(|parent| parent.is_select())
            .filter(|parent| others.iter().any(|table| parent.mentions(&table.name)))
            .min_by_key(|parent| parent.rows.abs_diff(child.calls));
        let Some(parent) = parent else { continue };
        let diagnostic = Diagnostic::warning(format!(
            "`{name}` may be read once for each row of another statement"
        ))
        .evidence(format!(
            "{}: {}",
            counted(child.calls, "call"),
            child.shown()
        ))
        .evidence(format!(
            "{} in {}: {}",
            counted(parent.rows, "row"),
            counted(parent.calls, "call"),
            parent.shown()
        ))
        .help("fetch for all rows at once: a join, or one search with all values");
        found.push(Finding::from(diagnostic).about(name));
    }
    found
}

fn is_parent(facts: &Facts<'_>, parent: &Statement, child: &Statement) -> bool {
    let percent = child.calls.saturating_mul(100) / parent.rows.max(1);
    let ratio = facts.threshold(&RATIO);
    CLOSE_PERCENT.contains(&percent) && child.calls >= parent.calls.saturating_mul(ratio)
}

/// The table that is searched, if the column is a key, and the tables at the other end of it.
fn ends<'a>(schema: &'a Schema, table: &str, column: &str) -> Option<(&'a str, Vec<&'a Table>)> {
    let (name, searched) = schema.tables.iter().find(|(_, t)| t.name == table)?;
    let mut others: Vec<&Table> = searched
        .foreign_keys
        .iter()
        .filter(|key| key.columns == [column])
        .filter_map(|key| schema.tables.get(&key.references_table))
        .collect();
    if searched.primary_key == [column] {
        let refers = |other: &&Table| {
            let mut keys = other.foreign_keys.iter();
            keys.any(|key| key.references_table == *name)
        };
        others.extend(schema.tables.values().filter(refers));
    }
    (!others.is_empty()).then_some((name, others))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{referring, said, schema, table};
    use super::*;
    use crate::statistics::Statistics;

    fn found(parent: (&str, u64, u64), child: (&str, u64, u64)) -> Vec<String> {
        let orders = referring(
            table("orders", &["id", "customer_id", "note"]),
            &["customer_id"],
            "customers",
        );
        let schema = schema(vec![orders, table("customers", &["id"])]);
        let statements = [parent, child].map(|(text, calls, rows)| Statement {
            text: text.to_owned(),
            calls,
            rows,
            ..Statement::default()
        });
        let statistics = Statistics {
            statements: statements.to_vec(),
            ..Statistics::default()
        };
        said(check, &schema, &statistics)
    }

    const CUSTOMERS: &str = "SELECT id FROM customers LIMIT $1";
    const ORDERS_OF: &str = "SELECT * FROM orders WHERE customer_id = $1";

    #[test]
    fn children_of_each_parent_row_are_found_in_both_directions() {
        assert_eq!(
            found((CUSTOMERS, 20, 1_000), (ORDERS_OF, 1_000, 5_000)),
            ["`orders` may be read once for each row of another statement"]
        );
        assert_eq!(
            found(
                ("SELECT * FROM orders", 20, 1_000),
                ("SELECT name FROM customers WHERE id = $1", 900, 900)
            ),
            ["`customers` may be read once for each row of another statement"]
        );
    }

    #[test]
    fn figures_that_do_not_fit_are_no_suspicion() {
        let none = Vec::<String>::new();
        assert_eq!(found((CUSTOMERS, 20, 1_000), (ORDERS_OF, 700, 700)), none);
        assert_eq!(found((CUSTOMERS, 200, 1_000), (ORDERS_OF, 1_000, 9)), none);
        assert_eq!(found((CUSTOMERS, 2, 90), (ORDERS_OF, 90, 90)), none);
        let many = found((CUSTOMERS, 20, 1_000), (ORDERS_OF, 1_000, 100_001));
        assert_eq!(many, none);
    }

    #[test]
    fn a_search_by_something_else_has_no_parent() {
        let by_note = "SELECT * FROM orders WHERE note = $1";
        let found = found((CUSTOMERS, 20, 1_000), (by_note, 1_000, 1_000));
        assert_eq!(found, Vec::<String>::new());
    }
}
