//! An index that nobody reads.

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::{Index, Table, key};

use super::check::{Check, Facts, Finding, Threshold};
use super::{HISTORY_HOURS, SERVERS, duplicate_index, removal};
use crate::statistics::{Section, bytes_in_words};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "unused-index",
        summary: "an index that no query has read since the server counts",
        explanation: "\
## Why
Every INSERT, and every UPDATE that moves an indexed column, pays for each index; so do disk, backup,
vacuum and the cache. An index that nothing reads costs all that for nothing.

## Proof
PostgreSQL: `pg_stat_user_indexes.idx_scan` is 0. MySQL and MariaDB: no reads in
`table_io_waits_summary_by_index_usage`, which forgets with each change of the table: one that was
changed within the last day is left out. Left out is also what has another purpose: unique indexes and
those of constraints, the replica identity, parts of a partitioned index, and the only index that
serves a foreign key.

## Fix
Drop it, if the time that was counted holds a month's end and every report. Standbys count their own
use: look at each of them first, this server does not know. The way back is in the migration.
",
    },
    engines: SERVERS,
    needs: &[Section::Schema, Section::Indexes],
    needs_history: true,
    thresholds: &[&ROWS],
    check,
};

static ROWS: Threshold = Threshold {
    name: "unused-index-rows",
    default: 1_000,
    about: "Below it the planner reads the whole table and leaves the index aside; that will change \
            when the table grows.",
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let statistics = facts.statistics;
    let mut found = Vec::new();
    for (name, table) in &facts.schema.tables {
        let rows = statistics.rows.get(name).copied().unwrap_or(0);
        let used = statistics.tables.get(name);
        let young = used.and_then(|used| used.counting_s);
        let young = young.is_some_and(|s| s < facts.threshold(&HISTORY_HOURS) * 3_600);
        if young || rows < facts.threshold(&ROWS) {
            continue;
        }
        for index in table
            .indexes
            .values()
            .filter(|index| may_go(facts, table, index))
        {
            let size = statistics
                .index_bytes(name, &index.name)
                .map_or_else(String::new, |bytes| format!(", {}", bytes_in_words(bytes)));
            let mut diagnostic = Diagnostic::warning(format!(
                "nothing reads the index `{}` on `{name}`",
                index.name
            ))
            .evidence(format!("0 scans{size}, {}", statistics.counted_for()));
            let server = &statistics.server;
            if server.replicas > 0 || server.standby {
                diagnostic = diagnostic
                    .evidence("there are standbys, or this is one: the others count their own use");
            }
            let diagnostic = diagnostic.help(format!("drop `{}` in a migration", index.name));
            let migration = removal::of_index(table, index, facts.schema.dialect);
            found.push(Finding::from(diagnostic).about(name).migration(migration));
        }
    }
    found
}

fn may_go(facts: &Facts<'_>, table: &Table, index: &Index) -> bool {
    let used = facts.statistics.index(&table.key(), &index.name);
    let unused = used.is_some_and(|used| !used.replica_identity && !used.building)
        && scans(facts, table, index) == Some(0);
    // What is superfluous or invalid has a finding of its own.
    let told = !index.valid || duplicate_index::superior(table, index).is_some();
    let owned = index.unique || index.constraint || index.partition_of.is_some();
    unused && !told && !owned && !serves_alone(table, index) && !stands_in(facts, table, index)
}

/// Scans of an index; those of a partitioned one are its parts'.
fn scans(facts: &Facts<'_>, table: &Table, index: &Index) -> Option<u64> {
    let own = facts.statistics.index(&table.key(), &index.name)?.scans?;
    if table.partition_by.is_none() {
        return Some(own);
    }
    let whole = key(&table.namespace, &index.name);
    let mut sum = own;
    for part in facts.schema.tables.values() {
        for index in part.indexes.values() {
            if index.partition_of.as_ref() == Some(&whole) {
                sum += scans(facts, part, index)?;
            }
        }
    }
    Some(sum)
}

/// Whether `duplicate-index` lets an index that is used go for this one.
fn stands_in(facts: &Facts<'_>, table: &Table, index: &Index) -> bool {
    table.indexes.values().any(|other| {
        let used = facts.statistics.index(&table.key(), &other.name);
        let read = used.is_some_and(|used| used.scans != Some(0));
        read && duplicate_index::superior(table, other).is_some_and(|it| it.name == index.name)
    })
}

/// Whether a foreign key would be without an index; InnoDB refuses to drop that one.
fn serves_alone(table: &Table, index: &Index) -> bool {
    table.foreign_keys.iter().any(|key| {
        let serving = |other: &&Index| other.serves(&key.columns);
        serving(&index) && table.indexes.values().filter(serving).count() == 1
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{referring, said, schema, table, with_index};
    use super::*;
    use crate::statistics::{IndexUse, Statistics, TableUse};

    fn found(change: fn(&mut Table, &mut IndexUse), rows: u64) -> usize {
        let mut orders = with_index(table("orders", &["id", "a"]), "i", &["a"]);
        let mut used = IndexUse {
            scans: Some(0),
            ..IndexUse::default()
        };
        change(&mut orders, &mut used);
        let mut statistics = Statistics::default();
        statistics.rows.insert("orders".to_owned(), rows);
        let at = ("orders".to_owned(), "i".to_owned());
        statistics.indexes.insert(at, used);
        said(check, &schema(vec![orders]), &statistics).len()
    }

    fn index(table: &mut Table) -> &mut Index {
        table.indexes.get_mut("i").expect("just added")
    }

    #[test]
    fn an_index_that_nothing_reads_is_found_on_a_table_that_is_worth_it() {
        assert_eq!(found(|_, _| {}, 1_000), 1);
        assert_eq!(found(|_, _| {}, 999), 0);
        assert_eq!(found(|_, used| used.scans = Some(1), 1_000), 0);
        assert_eq!(found(|_, used| used.scans = None, 1_000), 0, "not known");
    }

    #[test]
    fn a_table_that_forgot_its_figures_today_is_left_out() {
        let schema = schema(vec![with_index(table("orders", &["id", "a"]), "i", &["a"])]);
        let count = |counting_s| {
            let mut statistics = Statistics::default();
            statistics.rows.insert("orders".to_owned(), 1_000);
            let table = TableUse {
                counting_s,
                ..TableUse::default()
            };
            statistics.tables.insert("orders".to_owned(), table);
            let used = IndexUse {
                scans: Some(0),
                ..IndexUse::default()
            };
            let at = ("orders".to_owned(), "i".to_owned());
            statistics.indexes.insert(at, used);
            said(check, &schema, &statistics).len()
        };
        assert_eq!(
            [count(None), count(Some(86_399)), count(Some(86_400))],
            [1, 0, 1]
        );
    }

    #[test]
    fn a_partitioned_index_is_used_where_a_part_is() {
        let mut whole = with_index(table("orders", &["id", "a"]), "whole", &["a"]);
        whole.partition_by = Some("RANGE (id)".to_owned());
        let mut part = with_index(table("orders_1", &["id", "a"]), "part", &["a"]);
        let index = part.indexes.get_mut("part").expect("just added");
        index.partition_of = Some("whole".to_owned());
        let schema = schema(vec![whole, part]);
        let count = |scans| {
            let mut statistics = Statistics::default();
            for (table, name, scans) in [("orders", "whole", 0), ("orders_1", "part", scans)] {
                statistics.rows.insert(table.to_owned(), 1_000);
                let used = IndexUse {
                    scans: Some(scans),
                    ..IndexUse::default()
                };
                let at = (table.to_owned(), name.to_owned());
                statistics.indexes.insert(at, used);
            }
            said(check, &schema, &statistics)
        };
        assert_eq!(count(0), ["nothing reads the index `whole` on `orders`"]);
        assert_eq!(count(7), Vec::<String>::new());
    }

    #[test]
    fn what_a_used_duplicate_goes_for_stays() {
        let schema = schema(vec![with_index(
            with_index(table("orders", &["id", "a", "b"]), "long", &["a", "b"]),
            "short",
            &["a"],
        )]);
        let count = |scans| {
            let mut statistics = Statistics::default();
            statistics.rows.insert("orders".to_owned(), 1_000);
            for (name, scans) in [("long", 0), ("short", scans)] {
                let used = IndexUse {
                    scans: Some(scans),
                    ..IndexUse::default()
                };
                let at = ("orders".to_owned(), name.to_owned());
                statistics.indexes.insert(at, used);
            }
            said(check, &schema, &statistics).len()
        };
        assert_eq!([count(0), count(7)], [1, 0]);
    }

    #[test]
    fn what_has_another_purpose_stays() {
        assert_eq!(found(|table, _| index(table).unique = true, 1_000), 0);
        assert_eq!(found(|table, _| index(table).constraint = true, 1_000), 0);
        assert_eq!(found(|table, _| index(table).valid = false, 1_000), 0);
        assert_eq!(found(|_, used| used.replica_identity = true, 1_000), 0);
        let part = |table: &mut Table, _: &mut IndexUse| {
            index(table).partition_of = Some("whole".to_owned());
        };
        assert_eq!(found(part, 1_000), 0);
        let serve = |orders: &mut Table, _: &mut IndexUse| {
            *orders = referring(orders.clone(), &["a"], "customers");
        };
        assert_eq!(found(serve, 1_000), 0);
    }
}
