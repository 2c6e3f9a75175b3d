//! What a failed `CREATE INDEX CONCURRENTLY` leaves behind.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::check::{Check, Facts, Finding};
use super::removal;
use crate::statistics::{Section, bytes_in_words};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "invalid-index",
        summary: "an index that no query uses and every write maintains",
        explanation: "\
## Why
`CREATE INDEX CONCURRENTLY` that fails or is cancelled leaves its index behind, marked invalid. No
query uses it, every write still pays for it, and `CREATE INDEX IF NOT EXISTS` takes it for a good one.

## Proof
`pg_index.indisvalid` or `indisready` is false, and `pg_stat_progress_create_index` does not show it
as being built right now.

## Fix
`DROP INDEX CONCURRENTLY` and build it again, or `REINDEX INDEX CONCURRENTLY`. For a unique index
remove the duplicates first: they are the likely reason.
",
    },
    engines: &[Dialect::Postgres],
    needs: &[Section::Schema, Section::Indexes],
    needs_history: false,
    thresholds: &[],
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, table) in &facts.schema.tables {
        for index in table.indexes.values().filter(|index| !index.valid) {
            let used = facts.statistics.index(name, &index.name);
            if used.is_some_and(|used| used.building) {
                continue;
            }
            let size = used
                .and_then(|used| used.bytes)
                .map_or_else(String::new, |bytes| format!(", {}", bytes_in_words(bytes)));
            let diagnostic = Diagnostic::warning(format!(
                "index `{}` on `{name}` is invalid",
                index.name
            ))
            .evidence(format!(
                "pg_index.indisvalid is false{size}: no query uses it, every write maintains it"
            ))
            .help(format!(
                "REINDEX INDEX CONCURRENTLY {}, or drop it",
                index.name
            ));
            let migration = removal::of_index(table, index, facts.schema.dialect);
            found.push(Finding::from(diagnostic).about(name).migration(migration));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::{said, schema, table, with_index};
    use super::*;
    use crate::statistics::{IndexUse, Statistics};

    #[test]
    fn an_invalid_index_is_found_unless_it_is_being_built() {
        let mut orders = with_index(table("orders", &["id", "a"]), "i", &["a"]);
        orders.indexes.get_mut("i").expect("just added").valid = false;
        let schema = schema(vec![orders]);
        let mut statistics = Statistics::default();
        assert_eq!(said(check, &schema, &statistics).len(), 1);
        let building = IndexUse {
            building: true,
            ..IndexUse::default()
        };
        statistics
            .indexes
            .insert(("orders".to_owned(), "i".to_owned()), building);
        assert_eq!(said(check, &schema, &statistics).len(), 0);
    }
}
