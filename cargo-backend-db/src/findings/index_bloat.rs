//! An index whose pages are mostly empty.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::check::{Check, Facts, Finding, SuggestedMigration, Threshold};
use super::removal::plain;
use crate::sql::quoted;
use crate::statistics::{Section, bytes_in_words};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "index-bloat",
        summary: "an index that is several times as large as a new one would be",
        explanation: "\
## Why
A page of an index is given back only when nothing is left in it. After many deletes, or updates that
move rows all over the index, its pages hold a few entries each: it takes memory that others need, and
every range scan reads the empty room.

## Proof
The index's size against that of a new one with the same entries, estimated from the widths of its
columns in `pg_stats`. Only trees on plain columns over all rows, from 1 MiB on. Equal keys share an
entry since PostgreSQL 13 and NULLs take less, so that a new index can only be smaller than estimated.
`pgstatindex('NAME')` of the extension pgstattuple measures it (`avg_leaf_density`).

## Fix
`REINDEX INDEX CONCURRENTLY`, which lets writes go on and needs room for the new one beside the old.
If it comes back, look at `table-bloat`: vacuum comes too late.
",
    },
    engines: &[Dialect::Postgres],
    needs: &[Section::Schema, Section::Indexes],
    needs_history: false,
    thresholds: &[&PERCENT, &MEBIBYTES],
    check,
};

static PERCENT: Threshold = Threshold {
    name: "index-bloat-percent",
    default: 300,
    about: "The size against that of a new index. Trees in use settle between 130 and 200 %, because a \
            full page is split in halves.",
};

static MEBIBYTES: Threshold = Threshold {
    name: "index-bloat-mebibytes",
    default: 100,
    about: "How much room a new index would save at least, as in PgHero (index_bloat_bytes).",
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, table) in &facts.schema.tables {
        for index in table.indexes.values().filter(|index| index.valid) {
            let used = facts.statistics.index(name, &index.name);
            let sizes = used.and_then(|used| used.bytes.zip(used.least_bytes));
            let Some((bytes, least)) = sizes else {
                continue;
            };
            let percent = bytes.saturating_mul(100) / least.max(1);
            let saved = bytes.saturating_sub(least);
            if percent < facts.threshold(&PERCENT) || saved >> 20 < facts.threshold(&MEBIBYTES) {
                continue;
            }
            let place = format!(
                "{}.{}",
                quoted(&table.namespace, Dialect::Postgres),
                quoted(&index.name, Dialect::Postgres)
            );
            let diagnostic = Diagnostic::warning(format!(
                "index `{}` on `{name}` is mostly empty",
                index.name
            ))
            .evidence(format!(
                "it takes {}; a new one would take about {}",
                bytes_in_words(bytes),
                bytes_in_words(least)
            ))
            .help(format!("REINDEX INDEX CONCURRENTLY {place}"));
            let migration = SuggestedMigration {
                what: format!("build the index `{}` on `{name}` anew", index.name),
                command: format!(
                    "cargo backend-db migrate new reindex_{}",
                    plain(&index.name)
                ),
                up: Some(format!(
                    "-- no-transaction\nREINDEX INDEX CONCURRENTLY {place};"
                )),
                down: Some("-- nothing to undo: the index is the same".to_owned()),
            };
            let finding = Finding::from(diagnostic).about(name);
            found.push(finding.migration(Some(migration)));
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
    fn three_times_the_size_and_enough_to_save() {
        let schema = schema(vec![with_index(table("orders", &["id", "a"]), "i", &["a"])]);
        let count = |mebibytes: u64, least: Option<u64>| {
            let mut statistics = Statistics::default();
            let used = IndexUse {
                bytes: Some(mebibytes << 20),
                least_bytes: least.map(|least| least << 20),
                ..IndexUse::default()
            };
            let at = ("orders".to_owned(), "i".to_owned());
            statistics.indexes.insert(at, used);
            said(check, &schema, &statistics).len()
        };
        assert_eq!(count(150, Some(50)), 1);
        assert_eq!(count(149, Some(50)), 0, "not three times");
        assert_eq!(count(148, Some(49)), 0, "not enough to save");
        assert_eq!(count(150, None), 0, "not known");
    }
}
