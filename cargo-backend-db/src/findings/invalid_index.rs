//! What a failed `CREATE INDEX CONCURRENTLY` leaves behind.

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::Facts;
use crate::statistics::bytes_in_words;

pub(super) static RULE: Rule = Rule {
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
};

pub(super) fn check(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table) in &facts.schema.tables {
        for index in table.indexes.values().filter(|index| !index.valid) {
            let at = (name.clone(), index.name.clone());
            if facts.statistics.building.contains(&at) {
                continue;
            }
            let size = facts
                .statistics
                .index_bytes
                .get(&at)
                .map_or_else(String::new, |bytes| format!(", {}", bytes_in_words(*bytes)));
            found.push(
                Diagnostic::warning(format!("index `{}` on `{name}` is invalid", index.name))
                    .evidence(format!(
                        "pg_index.indisvalid is false{size}: no query uses it, every write maintains it"
                    ))
                    .help(format!("REINDEX INDEX CONCURRENTLY {}, or drop it", index.name)),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::{schema, table, with_index};
    use super::*;
    use crate::statistics::Statistics;

    #[test]
    fn an_invalid_index_is_found_unless_it_is_being_built() {
        let mut orders = with_index(table("orders", &["id", "a"]), "i", &["a"]);
        orders.indexes.get_mut("i").expect("just added").valid = false;
        let schema = schema(vec![orders]);
        let mut statistics = Statistics::default();
        let count = |statistics: &Statistics| {
            check(&Facts {
                schema: &schema,
                statistics,
                plans: &[],
            })
            .len()
        };
        assert_eq!(count(&statistics), 1);
        statistics
            .building
            .insert(("orders".to_owned(), "i".to_owned()));
        assert_eq!(count(&statistics), 0);
    }
}
