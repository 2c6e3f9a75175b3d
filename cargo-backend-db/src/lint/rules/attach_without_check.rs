//! A partition whose rows are tried while everybody waits for it.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Alter;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "attach-without-check",
        summary: "ATTACH PARTITION of a table without a CHECK that proves its rows",
        explanation: "\
## Why
The server tries every row of the new partition against its bounds, while everybody waits for that
table.

## Instead
A CHECK of the same bounds on the table first, NOT VALID and then validated: ATTACH believes it
and reads nothing. Drop it afterwards.
",
    },
    number: "BDB057",
    engines: POSTGRES,
    level: Level::Warn,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE p (id bigint, a integer) PARTITION BY RANGE (id); CREATE TABLE t (id bigint, a integer); CREATE TABLE u (id bigint NOT NULL, a integer);",
        fails: "ALTER TABLE p ATTACH PARTITION t FOR VALUES FROM (10) TO (20);",
        passes: "-- backend-db:allow(attach-without-check) it has a CHECK of these bounds\nALTER TABLE p ATTACH PARTITION u FOR VALUES FROM (10) TO (20);",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (table, action) in look.actions() {
        let Alter::AttachPartition(partition) = &action.kind else {
            continue;
        };
        let known = look.live.and_then(|live| live.table(partition));
        let checked = known.is_some_and(|known| known.checks.values().any(|check| check.validated));
        if !checked && !look.is_new(partition) {
            let message =
                format!("all rows of `{partition}` are tried against the bounds in `{table}`");
            let help = "a validated CHECK of the same bounds lets the server read nothing";
            found.push(Found::new(&action.span, message, help).about(partition));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_new_partition_is_empty() {
        let count = |sql| said("attach-without-check", sql).len();
        assert_eq!(
            count("CREATE TABLE x (id int); ALTER TABLE p ATTACH PARTITION x DEFAULT;"),
            0
        );
        assert_eq!(count("ALTER TABLE p ATTACH PARTITION x DEFAULT;"), 1);
    }
}
