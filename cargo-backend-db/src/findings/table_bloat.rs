//! Room that dead rows take.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Autovacuum, Section, bytes_in_words, counted, seconds_in_words};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "table-bloat",
        summary: "a table or file with much room that nothing lives in",
        explanation: "\
## Why
PostgreSQL keeps old versions of rows until vacuum frees their room. Where vacuum does not keep up,
every scan reads the dead among the living, and the table grows although its contents do not. An
SQLite file keeps the pages of deleted rows until VACUUM.

## Proof
PostgreSQL: `n_dead_tup`, the server's own count, against the number at which autovacuum should have
come (`autovacuum_vacuum_threshold` and `_scale_factor`), with its last run. SQLite: free pages
(`PRAGMA freelist_count`) against all.

## Fix
`VACUUM (ANALYZE) table` frees the room for new rows. Then the reason: autovacuum switched off for the
table, a transaction that stays open (`idle-in-transaction`), a slot, or a table that needs a smaller
`autovacuum_vacuum_scale_factor`. SQLite: `VACUUM`, which needs the file's size again in free space.
",
    },
    engines: &[Dialect::Postgres, Dialect::Sqlite],
    needs: &[Section::Server, Section::Tables],
    needs_history: false,
    thresholds: &[&ROWS, &LATE_PERCENT, &FREE_PERCENT, &FREE_MEBIBYTES],
    check,
};

static ROWS: Threshold = Threshold {
    name: "dead-rows",
    default: 10_000,
    about: "How many dead rows there are at least.",
};

static LATE_PERCENT: Threshold = Threshold {
    name: "autovacuum-late-percent",
    default: 200,
    about: "Dead rows against the number at which autovacuum comes. At twice that number it is late \
            by as much again as it took to get there.",
};

static FREE_PERCENT: Threshold = Threshold {
    name: "free-percent",
    default: 25,
    about: "SQLite: the share of free pages. New rows use them first, so a few are no waste.",
};

static FREE_MEBIBYTES: Threshold = Threshold {
    name: "free-mebibytes",
    default: 1,
    about: "SQLite: how much is free at least.",
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    match facts.schema.dialect {
        Dialect::Sqlite => file(facts).into_iter().collect(),
        Dialect::Postgres | Dialect::MySql => dead_rows(facts),
    }
}

fn dead_rows(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(autovacuum) = facts.statistics.server.autovacuum else {
        return Vec::new();
    };
    facts
        .tables()
        .filter(|(_, used)| used.dead_rows >= facts.threshold(&ROWS))
        .filter_map(|(name, used)| {
            let due = autovacuum.threshold
                + used.live_rows.saturating_mul(autovacuum.scale_percent) / 100;
            let percent = used.dead_rows.saturating_mul(100) / due.max(1);
            if percent < facts.threshold(&LATE_PERCENT) {
                return None;
            }
            let last = used.vacuumed_s.map_or_else(
                || "it was never vacuumed since the figures count".to_owned(),
                |seconds| format!("last vacuumed {} ago", seconds_in_words(seconds)),
            );
            let mut found = Diagnostic::warning(format!(
                "`{name}` has {}",
                counted(used.dead_rows, "dead row")
            ))
            .evidence(format!(
                "beside {}; autovacuum is due at {}",
                counted(used.live_rows, "live row"),
                counted(due, "dead row")
            ))
            .evidence(last);
            found = match (used.autovacuum_off, autovacuum) {
                (true, _) => found.evidence("autovacuum_enabled is false for this table"),
                (false, Autovacuum { enabled: false, .. }) => {
                    found.evidence("autovacuum is off for the whole server")
                }
                (false, _) => found,
            };
            if let Some(bytes) = used.bytes {
                found = found.evidence(format!("it takes {}", bytes_in_words(bytes)));
            }
            let found = found.help(format!(
                "VACUUM (ANALYZE) {name}, and find out why it was late"
            ));
            Some(Finding::from(found).about(name))
        })
        .collect()
}

fn file(facts: &Facts<'_>) -> Option<Finding> {
    let server = &facts.statistics.server;
    let (all, free) = server.bytes.zip(server.free_bytes)?;
    let percent = free.saturating_mul(100) / all.max(1);
    if percent < facts.threshold(&FREE_PERCENT) || free >> 20 < facts.threshold(&FREE_MEBIBYTES) {
        return None;
    }
    Some(
        Diagnostic::warning(format!("{percent} % of the file is free pages"))
            .evidence(format!(
                "{} of {}",
                bytes_in_words(free),
                bytes_in_words(all)
            ))
            .help("VACUUM, when nobody else is writing")
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample::{said, schema, table};
    use super::*;
    use crate::statistics::{Statistics, TableUse};

    #[test]
    fn autovacuum_may_be_a_little_late() {
        let schema = schema(vec![table("orders", &["id"])]);
        let count = |dead_rows, live_rows| {
            let used = TableUse {
                dead_rows,
                live_rows,
                ..TableUse::default()
            };
            let mut statistics = Statistics::default();
            statistics.server.autovacuum = Some(Autovacuum {
                enabled: true,
                threshold: 50,
                scale_percent: 20,
            });
            statistics.tables.insert("orders".to_owned(), used);
            said(check, &schema, &statistics).len()
        };
        assert_eq!(count(40_100, 100_000), 1, "due at 20,050");
        assert_eq!(count(40_099, 100_000), 0, "not yet twice");
        assert_eq!(count(9_999, 0), 0, "few");
    }

    #[test]
    fn a_file_of_free_pages_is_found() {
        let mut schema = schema(Vec::new());
        schema.dialect = Dialect::Sqlite;
        let said = |free_mebibytes: u64| {
            let mut statistics = Statistics::default();
            statistics.server.bytes = Some(8 << 20);
            statistics.server.free_bytes = Some(free_mebibytes << 20);
            said(check, &schema, &statistics)
        };
        assert_eq!(said(1), Vec::<String>::new());
        assert_eq!(said(2), ["25 % of the file is free pages"]);
    }
}
