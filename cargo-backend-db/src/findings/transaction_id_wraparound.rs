//! Transaction ids that run out because nothing freezes old rows.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::{Diagnostic, Severity};
use cargo_backend_shared::rule::Rule;

use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, grouped};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "transaction-id-wraparound",
        summary: "rows so old that the server will refuse to write one day",
        explanation: "\
## Why
Transaction ids are 32 bits and go round. Vacuum freezes old rows so that they stay in the past;
when it cannot, the server stops every write about three million transactions before the end, and
only a vacuum by hand brings it back.

## Proof
`age(datfrozenxid)`, `age(relfrozenxid)` and their multixact counterparts, against
`autovacuum_freeze_max_age` (the table's own setting where it has one), at which the server forces a
vacuum. An age far above it means that this vacuum does not come or does not end. From half of the
2,147,483,647 on it is an error.

## Fix
Find what keeps it: an open transaction, a prepared one (`pg_prepared_xacts`), a replication slot's
`xmin`, a vacuum that is cancelled each time. Then `VACUUM (FREEZE, VERBOSE) table`.
",
    },
    engines: &[Dialect::Postgres],
    needs: &[Section::Server, Section::Tables],
    needs_history: false,
    thresholds: &[&PERCENT],
    check,
};

static PERCENT: Threshold = Threshold {
    name: "freeze-age-percent",
    default: 150,
    about: "The age against autovacuum_freeze_max_age. Up to 100 % is how it works; a large table's \
            forced vacuum takes a while.",
};

/// Half of what there is.
const ERROR_AGE: u64 = 1 << 30;

/// How many tables are named.
const SHOWN: usize = 5;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let known = |table: &str| facts.statistics.tables.contains_key(table);
    let percent = |age: u64, forced_at: u64| age.saturating_mul(100) / forced_at.max(1);
    let mut old: Vec<_> = facts
        .statistics
        .server
        .ages
        .iter()
        .filter(|age| age.table.as_deref().is_none_or(known))
        .filter(|age| percent(age.age, age.forced_at) >= facts.threshold(&PERCENT))
        .collect();
    old.sort_by_key(|age| std::cmp::Reverse(age.age));
    old.into_iter()
        .take(SHOWN)
        .map(|age| {
            let severity = if age.age >= ERROR_AGE {
                Severity::Error
            } else {
                Severity::Warning
            };
            let what = (age.table.as_deref())
                .map_or_else(|| "this database".to_owned(), |table| format!("`{table}`"));
            let found = Diagnostic::new(
                severity,
                format!("{what} holds {} from {} ago", age.counter, grouped(age.age)),
            )
            .evidence(format!(
                "a vacuum is forced at {}, and has not ended",
                grouped(age.forced_at)
            ))
            .evidence("writes stop at about 2,144,000,000")
            .help("end what keeps old rows, then VACUUM (FREEZE)");
            let finding = Finding::from(found);
            match &age.table {
                Some(table) => finding.about(table),
                None => finding,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{facts, schema};
    use super::*;
    use crate::statistics::{Age, Statistics};

    #[test]
    fn the_age_at_which_a_vacuum_is_forced_decides() {
        let schema = schema(Vec::new());
        let severity = |age| {
            let mut statistics = Statistics::default();
            statistics.server.ages.push(Age {
                table: None,
                counter: "transaction ids",
                age,
                forced_at: 200_000_000,
            });
            let found = check(&facts(&schema, &statistics));
            found.first().map(|found| found.diagnostic.severity)
        };
        assert_eq!(severity(299_999_999), None);
        assert_eq!(severity(300_000_000), Some(Severity::Warning));
        assert_eq!(severity(ERROR_AGE), Some(Severity::Error));
    }
}
