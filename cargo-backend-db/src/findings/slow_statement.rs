//! A statement that is slow every time.

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::SERVERS;
use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, counted, milliseconds_in_words, seconds_in_words};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "slow-statement",
        summary: "a statement that is called often and slow on average",
        explanation: "\
## Why
A few statements take most of a database's time. A statement that is slow and frequent makes people
wait, holds connections, and slows all others down.

## Proof
PostgreSQL: pg_stat_statements, one row a statement without its values. MySQL and MariaDB:
`events_statements_summary_by_digest`. Calls, the mean, and the share of the time of all statements
of this database are shown; at most ten, those with the largest share.

## Fix
`EXPLAIN (ANALYZE, BUFFERS)` it with values that occur. Usual reasons: an index that is missing
(`cargo backend-db suggest-indexes`), rows that are fetched and thrown away, statistics that are old.
",
    },
    engines: SERVERS,
    needs: &[Section::Statements],
    needs_history: false,
    thresholds: &[&MILLISECONDS, &CALLS],
    check,
};

static MILLISECONDS: Threshold = Threshold {
    name: "slow-milliseconds",
    default: 20,
    about: "The mean from which a statement is slow, as in PgHero (slow_query_ms): a page that needs \
            ten of them takes a fifth of a second.",
};

static CALLS: Threshold = Threshold {
    name: "slow-calls",
    default: 100,
    about: "How many calls there are at least, as in PgHero (slow_query_calls): below that it is a \
            migration or somebody's query by hand.",
};

/// How many are shown.
const SHOWN: usize = 10;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let total = facts.statistics.statements_total_us.max(1);
    let mut slow: Vec<_> = facts
        .statistics
        .statements
        .iter()
        .filter(|statement| statement.calls >= facts.threshold(&CALLS))
        .filter(|statement| statement.mean_us() >= facts.threshold(&MILLISECONDS) * 1_000)
        .collect();
    slow.sort_by_key(|statement| std::cmp::Reverse(statement.total_us));
    slow.into_iter()
        .take(SHOWN)
        .map(|statement| {
            let share = u128::from(statement.total_us) * 100 / u128::from(total);
            Diagnostic::warning(format!(
                "a statement takes {} on average",
                milliseconds_in_words(statement.mean_us())
            ))
            .evidence(statement.shown())
            .evidence(format!(
                "{}, {share} % of the time of all statements, {} in all",
                counted(statement.calls, "call"),
                seconds_in_words(statement.total_us / 1_000_000)
            ))
            .help("EXPLAIN (ANALYZE, BUFFERS) it with values that occur")
            .into()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{facts, said, schema};
    use super::*;
    use crate::statistics::{Statement, Statistics};

    fn statistics(calls: u64, total_us: u64) -> Statistics {
        Statistics {
            statements: vec![Statement {
                text: "SELECT 1".to_owned(),
                calls,
                total_us,
                ..Statement::default()
            }],
            statements_total_us: 4_000_000,
            ..Statistics::default()
        }
    }

    #[test]
    fn slow_and_frequent_both() {
        let schema = schema(Vec::new());
        let count = |calls, total_us| said(check, &schema, &statistics(calls, total_us)).len();
        assert_eq!(count(100, 2_000_000), 1);
        assert_eq!(count(100, 1_999_999), 0, "fast enough");
        assert_eq!(count(99, 1_980_000), 0, "seldom");
    }

    #[test]
    fn the_share_is_of_all_statements() {
        let schema = schema(Vec::new());
        let found = check(&facts(&schema, &statistics(100, 3_000_000)));
        assert_eq!(
            found[0].diagnostic.evidence,
            [
                "SELECT 1",
                "100 calls, 75 % of the time of all statements, 3 seconds in all"
            ]
        );
    }
}
