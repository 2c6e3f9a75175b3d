//! A replication slot that fills the disk.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::{Diagnostic, Severity};
use cargo_backend_shared::rule::Rule;

use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, bytes_in_words};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "replication-slot-holding-wal",
        summary: "a replication slot for which much write-ahead log is kept",
        explanation: "\
## Why
A slot keeps every byte of write-ahead log until its reader has fetched it. When the reader is gone,
for good or for a night, the log grows until the disk is full, and then the server stops.

## Proof
`pg_replication_slots`: the distance from `restart_lsn` to the current position. A slot that nobody
reads (`active` is false) is an error, one that lags a warning.

## Fix
Bring the reader back, or drop the slot: `SELECT pg_drop_replication_slot('NAME')`; what read it must
then be set up anew. Set `max_slot_wal_keep_size` (PostgreSQL 13 and later), so that a slot can never
take the whole disk.
",
    },
    engines: &[Dialect::Postgres],
    needs: &[Section::Replication],
    needs_history: false,
    thresholds: &[&MEBIBYTES],
    check,
};

static MEBIBYTES: Threshold = Threshold {
    name: "slot-wal-mebibytes",
    default: 1_024,
    about: "How much is kept at least: the default of max_wal_size, which the server keeps for its \
            own recovery anyway.",
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let slots = facts.statistics.slots.iter();
    slots
        .filter(|slot| slot.retained_bytes >> 20 >= facts.threshold(&MEBIBYTES))
        .map(|slot| {
            let severity = if slot.active {
                Severity::Warning
            } else {
                Severity::Error
            };
            let reader = if slot.active {
                "its reader is connected"
            } else {
                "nobody reads it now"
            };
            Diagnostic::new(
                severity,
                format!(
                    "the replication slot `{}` holds {} of write-ahead log",
                    slot.name,
                    bytes_in_words(slot.retained_bytes)
                ),
            )
            .evidence(format!("{reader}; wal_status is {}", slot.status))
            .help("bring its reader back, or drop the slot; set max_slot_wal_keep_size")
            .into()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{facts, schema};
    use super::*;
    use crate::statistics::{Slot, Statistics};

    #[test]
    fn a_slot_that_nobody_reads_is_an_error() {
        let schema = schema(Vec::new());
        let severity = |active, retained_bytes| {
            let mut statistics = Statistics::default();
            statistics.slots.push(Slot {
                active,
                retained_bytes,
                ..Slot::default()
            });
            let found = check(&facts(&schema, &statistics));
            found.first().map(|found| found.diagnostic.severity)
        };
        assert_eq!(severity(false, (1 << 30) - 1), None);
        assert_eq!(severity(true, 1 << 30), Some(Severity::Warning));
        assert_eq!(severity(false, 1 << 30), Some(Severity::Error));
    }
}
