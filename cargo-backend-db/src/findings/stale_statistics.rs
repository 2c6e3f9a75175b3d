//! A table that changed since the planner last looked.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, counted, seconds_in_words};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "stale-statistics",
        summary: "a table of which most rows changed since the last ANALYZE",
        explanation: "\
## Why
The planner expects what was there at the last ANALYZE. When most rows are others, it looks for
values that are gone and does not know those that came, such as today's date.

## Proof
`pg_stat_user_tables.n_mod_since_analyze` against the live rows, with the last analyze.

## Fix
`ANALYZE table`. Autovacuum should do it after a tenth of the rows changed: look whether it is switched
off for the table, or busy with others (`autovacuum_max_workers`), or the table changed in one load.
",
    },
    engines: &[Dialect::Postgres],
    needs: &[Section::Tables],
    needs_history: false,
    thresholds: &[&PERCENT, &ROWS],
    check,
};

static PERCENT: Threshold = Threshold {
    name: "stale-percent",
    default: 50,
    about: "The share of the rows that changed. Autovacuum analyses at 10 %: at five times that it \
            does not come.",
};

static ROWS: Threshold = Threshold {
    name: "stale-rows",
    default: 10_000,
    about: "How many rows changed at least.",
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    facts
        .tables()
        .filter(|(_, used)| used.analysed && used.modified_rows >= facts.threshold(&ROWS))
        .filter_map(|(name, used)| {
            let percent = used.modified_rows.saturating_mul(100) / used.live_rows.max(1);
            if percent < facts.threshold(&PERCENT) {
                return None;
            }
            let when = used.analysed_s.map_or_else(
                || "before the figures of use were reset".to_owned(),
                |seconds| format!("{} ago", seconds_in_words(seconds)),
            );
            let mut found = Diagnostic::warning(format!(
                "the planner's statistics of `{name}` are out of date"
            ))
            .evidence(format!(
                "{} changed since it was analysed, of {} now",
                counted(used.modified_rows, "row"),
                counted(used.live_rows, "row"),
            ))
            .evidence(format!("last analysed {when}"));
            if used.autovacuum_off {
                found = found.evidence("autovacuum_enabled is false for it");
            }
            Some(Finding::from(found.help(format!("ANALYZE {name}"))).about(name))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{said, schema, table};
    use super::*;
    use crate::statistics::{Statistics, TableUse};

    #[test]
    fn half_of_the_rows_and_enough_of_them() {
        let schema = schema(vec![table("orders", &["id"])]);
        let count = |modified_rows, live_rows| {
            let used = TableUse {
                analysed: true,
                modified_rows,
                live_rows,
                ..TableUse::default()
            };
            let mut statistics = Statistics::default();
            statistics.tables.insert("orders".to_owned(), used);
            said(check, &schema, &statistics).len()
        };
        assert_eq!(count(10_000, 20_000), 1);
        assert_eq!(count(9_999, 10_000), 0, "too few");
        assert_eq!(count(10_000, 20_001), 0, "too small a share");
    }
}
