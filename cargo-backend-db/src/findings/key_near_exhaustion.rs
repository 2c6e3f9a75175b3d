//! A sequence that comes near the end of its column's type.

use cargo_backend_shared::diagnostic::{Diagnostic, Severity};
use cargo_backend_shared::rule::Rule;

use super::SERVERS;
use super::check::Threshold;
use super::check::{Check, Facts, Finding};
use crate::statistics::{KeyUse, Section, grouped};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "key-near-exhaustion",
        summary: "a generated key that is about to run out of values",
        explanation: "\
## Why
When a sequence passes the largest value of its column's type, every INSERT fails at once, and the
way to `bigint` rewrites the table while it is down.

## Proof
The sequence's last value against the largest that both the column's type and the sequence allow
(`pg_sequences`, `pg_attribute`). From 50 % used it is a warning, from 80 % an error: the second half
of the time is shorter than the first, for tables that grow faster every year.

## Fix
Move the column, and every column that refers to it, to `bigint` while there is time: add a column,
fill it in batches, swap.
",
    },
    engines: SERVERS,
    needs: &[Section::Keys],
    needs_history: false,
    thresholds: &[&WARNING_PERCENT, &ERROR_PERCENT],
    check,
};

static WARNING_PERCENT: Threshold = Threshold {
    name: "key-warning-percent",
    default: 50,
    about: "A warning from here: the second half of the values goes faster than the first.",
};

static ERROR_PERCENT: Threshold = Threshold {
    name: "key-error-percent",
    default: 80,
    about: "An error from here: a table of this size takes weeks to move to bigint in batches.",
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .statistics
        .keys
        .iter()
        .filter_map(|key| {
            let percent = percent(key);
            let severity = if percent >= facts.threshold(&ERROR_PERCENT) {
                Severity::Error
            } else if percent >= facts.threshold(&WARNING_PERCENT) {
                Severity::Warning
            } else {
                return None;
            };
            Some(
                Finding::from(
                    Diagnostic::new(
                        severity,
                        format!(
                            "`{}.{}` has used {percent} % of its values",
                            key.table, key.column
                        ),
                    )
                    .evidence(format!(
                        "its sequence is at {} of {}",
                        grouped(key.last),
                        grouped(key.maximum)
                    ))
                    .help("move it, and what refers to it, to bigint while there is time"),
                )
                .about(&key.table),
            )
        })
        .collect()
}

/// The used share of the values, in whole percent.
fn percent(key: &KeyUse) -> u64 {
    let used = u128::from(key.last) * 100 / u128::from(key.maximum.max(1));
    u64::try_from(used).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{facts, schema};
    use super::*;
    use crate::statistics::Statistics;

    fn severity(last: u64, maximum: u64) -> Option<Severity> {
        let schema = schema(Vec::new());
        let statistics = Statistics {
            keys: vec![KeyUse {
                table: "orders".to_owned(),
                column: "id".to_owned(),
                last,
                maximum,
            }],
            ..Statistics::default()
        };
        check(&facts(&schema, &statistics))
            .first()
            .map(|found| found.diagnostic.severity)
    }

    #[test]
    fn the_used_share_decides() {
        assert_eq!(severity(999_999_999, 2_147_483_647), None);
        assert_eq!(
            severity(1_073_741_824, 2_147_483_647),
            Some(Severity::Warning)
        );
        assert_eq!(
            severity(2_000_000_000, 2_147_483_647),
            Some(Severity::Error)
        );
        let largest = u64::try_from(i64::MAX).expect("positive");
        assert_eq!(severity(largest, largest), Some(Severity::Error));
    }
}
