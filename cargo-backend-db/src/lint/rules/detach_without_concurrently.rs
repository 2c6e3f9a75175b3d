//! A partition that is taken off while everybody waits.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Fix, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Alter;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "detach-without-concurrently",
        summary: "DETACH PARTITION without CONCURRENTLY",
        explanation: "\
## Why
It locks the whole partitioned table against everybody, and waits for every transaction that reads
any part of it.

## Instead
DETACH PARTITION … CONCURRENTLY (PostgreSQL 14), alone in a file whose first line is `-- no-
transaction`.
",
    },
    number: "BDB056",
    engines: POSTGRES,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE p (id bigint, a integer) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);",
        fails: "ALTER TABLE p DETACH PARTITION p1;",
        passes: "-- no-transaction\nALTER TABLE p DETACH PARTITION p1 CONCURRENTLY;",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "p",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (table, action) in look.actions() {
        if let Alter::DetachPartition {
            partition,
            concurrently: false,
        } = &action.kind
        {
            let message =
                format!("everybody waits for all of `{table}` while `{partition}` is taken off");
            let help = "DETACH PARTITION … CONCURRENTLY, alone in a file that begins with `-- no-transaction`";
            let end = action.span.end;
            let fix = look.is_alone().then(|| Fix {
                edits: vec![(end..end, " CONCURRENTLY".to_owned())],
                no_transaction: true,
                later: None,
            });
            found.push(
                Found::new(&action.span, message, help)
                    .about(table)
                    .fix(fix),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn concurrently_is_good() {
        let count = |sql| said("detach-without-concurrently", sql).len();
        assert_eq!(count("ALTER TABLE p DETACH PARTITION a;"), 1);
        assert_eq!(count("ALTER TABLE p DETACH PARTITION a CONCURRENTLY;"), 0);
    }
}
