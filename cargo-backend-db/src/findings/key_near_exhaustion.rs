//! A sequence that comes near the end of its column's type.

use cargo_backend_shared::diagnostic::{Diagnostic, Severity};
use cargo_backend_shared::rule::Rule;

use super::Facts;
use crate::statistics::{KeyUse, grouped};

pub(super) static RULE: Rule = Rule {
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
};

const WARNING_PERCENT: u64 = 50;
const ERROR_PERCENT: u64 = 80;

pub(super) fn check(facts: &Facts<'_>) -> Vec<Diagnostic> {
    facts
        .statistics
        .keys
        .iter()
        .filter_map(|key| {
            let percent = percent(key);
            let severity = match percent {
                ERROR_PERCENT.. => Severity::Error,
                WARNING_PERCENT.. => Severity::Warning,
                _ => return None,
            };
            Some(
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
    use super::super::sample::schema;
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
        let facts = Facts {
            schema: &schema,
            statistics: &statistics,
            plans: &[],
        };
        check(&facts).first().map(|found| found.severity)
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
