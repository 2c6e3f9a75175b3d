//! Sorts and joins that did not fit into memory.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, Statement, bytes_in_words, counted};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "temporary-files",
        summary: "statements that write what does not fit into their memory to disk",
        explanation: "\
## Why
A sort or hash that does not fit into `work_mem` goes through files: many times slower, and the disk
that it keeps busy is the one that all others need.

## Proof
`pg_stat_database.temp_files` and `temp_bytes`; the statements that wrote most are shown from
pg_stat_statements where it is there.

## Fix
First the statements: an index that returns rows in order needs no sort, and fewer columns sort in
less. Then `work_mem`, for the role or transaction that needs it: it counts for each sort of each
session.
",
    },
    engines: &[Dialect::Postgres],
    needs: &[Section::Server],
    needs_history: false,
    thresholds: &[&MEBIBYTES],
    check,
};

static MEBIBYTES: Threshold = Threshold {
    name: "temporary-mebibytes-per-day",
    default: 1_024,
    about: "How much is written a day at least; figures of less than a day count as a day's. An index \
            build alone may write a little.",
};

/// How many statements are shown.
const SHOWN: usize = 3;

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let statistics = facts.statistics;
    let Some(temporary) = statistics.server.temporary else {
        return Vec::new();
    };
    let days = (statistics.server.counting_s.unwrap_or(0) / 86_400).max(1);
    if (temporary.bytes / days) >> 20 < facts.threshold(&MEBIBYTES) {
        return Vec::new();
    }
    let mut found = Diagnostic::warning(format!(
        "{} went through temporary files",
        bytes_in_words(temporary.bytes)
    ))
    .evidence(format!(
        "{}, {}",
        counted(temporary.files, "file"),
        statistics.counted_for()
    ));
    let mut statements: Vec<&Statement> = statistics
        .statements
        .iter()
        .filter(|statement| statement.temporary_bytes > 0)
        .collect();
    statements.sort_by_key(|statement| std::cmp::Reverse(statement.temporary_bytes));
    for statement in statements.into_iter().take(SHOWN) {
        found = found.evidence(format!(
            "{} in {}: {}",
            bytes_in_words(statement.temporary_bytes),
            counted(statement.calls, "call"),
            statement.shown()
        ));
    }
    vec![
        found
            .help("index what is sorted; raise work_mem for the role that needs it")
            .into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::sample::{said, schema};
    use super::*;
    use crate::statistics::{Statistics, Temporary};

    #[test]
    fn it_counts_by_the_day() {
        let schema = schema(Vec::new());
        let count = |gibibytes: u64, days: u64| {
            let mut statistics = Statistics::default();
            statistics.server.counting_s = Some(days * 86_400);
            statistics.server.temporary = Some(Temporary {
                files: 1,
                bytes: gibibytes << 30,
            });
            said(check, &schema, &statistics).len()
        };
        assert_eq!(
            [count(1, 0), count(1, 1), count(3, 4), count(4, 4)],
            [1, 1, 0, 1]
        );
    }
}
