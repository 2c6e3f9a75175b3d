//! Pages that are read from outside the server's memory too often.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, bytes_in_words};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "low-cache-hit-ratio",
        summary: "a database whose pages are often not in shared buffers",
        explanation: "\
## Why
A page from shared buffers costs a microsecond, from the disk up to milliseconds. A low share means
that what is worked on does not fit, or that statements read far more than they need: whole tables
for a few rows.

## Proof
`pg_stat_database`: `blks_hit` against `blks_hit + blks_read`. The operating system's cache may still
hold a page that counts as read here. The tables that were read most in sequence are shown: they are
the first suspects.

## Fix
Look at `sequential-scan-on-large-table` and `slow-statement` first: an index that is missing reads a
table again and again. Then compare `shared_buffers` with a quarter of the memory.
",
    },
    engines: &[Dialect::Postgres],
    needs: &[Section::Server],
    needs_history: true,
    thresholds: &[&PERCENT, &READ_MEBIBYTES],
    check,
};

static PERCENT: Threshold = Threshold {
    name: "cache-hit-percent",
    default: 95,
    about: "Below it the ratio is low. PgHero wants 99 %, which a database with reports seldom has.",
};

static READ_MEBIBYTES: Threshold = Threshold {
    name: "cache-read-mebibytes",
    default: 1_024,
    about: "How much was read from outside at least: a ratio of little is chance.",
};

/// How many tables are named.
const SUSPECTS: usize = 3;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(cache) = facts.statistics.server.cache else {
        return Vec::new();
    };
    let asked = cache.hits.saturating_add(cache.reads).max(1);
    let percent = u64::try_from(u128::from(cache.hits) * 100 / u128::from(asked)).unwrap_or(100);
    let read = cache.reads.saturating_mul(cache.page_bytes);
    if percent >= facts.threshold(&PERCENT) || read >> 20 < facts.threshold(&READ_MEBIBYTES) {
        return Vec::new();
    }
    let mut found = Diagnostic::warning(format!("{percent} % of the pages were in shared buffers"))
        .evidence(format!(
            "{} read from outside, {}",
            bytes_in_words(read),
            facts.statistics.counted_for()
        ));
    let mut tables: Vec<_> = facts
        .tables()
        .map(|(name, used)| (used.scans.saturating_mul(used.bytes.unwrap_or(0)), name))
        .filter(|(bytes, _)| *bytes > 0)
        .collect();
    tables.sort_unstable_by(|a, b| b.cmp(a));
    for (bytes, name) in tables.into_iter().take(SUSPECTS) {
        found = found.evidence(format!(
            "`{name}` was read in sequence, about {} in all",
            bytes_in_words(bytes)
        ));
    }
    vec![
        found
            .help("find what reads whole tables before giving the server more memory")
            .into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::sample::{said, schema};
    use super::*;
    use crate::statistics::{Cache, Statistics};

    #[test]
    fn the_share_and_the_amount_decide() {
        let schema = schema(Vec::new());
        let count = |hits, reads| {
            let mut statistics = Statistics::default();
            statistics.server.cache = Some(Cache {
                hits,
                reads,
                page_bytes: 8_192,
            });
            said(check, &schema, &statistics).len()
        };
        let gibibyte = (1 << 30) / 8_192;
        assert_eq!(count(19 * gibibyte, gibibyte), 0, "95 %");
        assert_eq!(count(18 * gibibyte, gibibyte), 1);
        assert_eq!(count(gibibyte, gibibyte - 1), 0, "too little");
        assert_eq!(count(0, 0), 0, "nothing at all");
    }
}
