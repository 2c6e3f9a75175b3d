//! A table that is written anew while everybody waits.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Alter, Kind, Name};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "rewriting-maintenance",
        summary: "VACUUM FULL, CLUSTER, SET LOGGED, SET UNLOGGED, SET TABLESPACE or SET ACCESS METHOD",
        explanation: "\
## Why
The table is written anew from end to end while everybody waits.

## Instead
pg_repack or pg_squeeze, which do it beside the traffic; or a plain VACUUM.
",
    },
    number: "BDB055",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); CREATE INDEX t_a_idx ON t (a); INSERT INTO t VALUES (1);",
        fails: "CLUSTER t USING t_a_idx;",
        passes: "-- no-transaction\nVACUUM t;",
        seen: Seen::Rewrite {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let statement = look.statement();
    let help = "take pg_repack or pg_squeeze, which work beside the traffic";
    let found = |table: &Name, what: &str| {
        let message = format!("{what} writes all of `{table}` anew while everybody waits");
        Found::new(&statement.span, message, help).about(table)
    };
    match &statement.kind {
        Kind::VacuumFull { tables } if !tables.is_empty() => tables
            .iter()
            .map(|table| found(table, "VACUUM FULL"))
            .collect(),
        Kind::Cluster { table: Some(table) } => vec![found(table, "CLUSTER")],
        Kind::VacuumFull { .. } | Kind::Cluster { table: None } => {
            let message = "every table is written anew while everybody waits".to_owned();
            vec![Found::new(&statement.span, message, help)]
        }
        _ => look
            .actions()
            .filter_map(|(table, action)| match action.kind {
                Alter::Rewrite(what) => Some(found(table, what)),
                _ => None,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn every_way_to_write_it_anew_is_found() {
        let count = |sql| said("rewriting-maintenance", sql).len();
        assert_eq!(count("-- no-transaction\nVACUUM FULL;"), 1);
        assert_eq!(count("-- no-transaction\nVACUUM (FULL, ANALYZE) a, b;"), 2);
        assert_eq!(count("ALTER TABLE t SET UNLOGGED;"), 1);
        assert_eq!(count("VACUUM t;"), 0);
    }
}
