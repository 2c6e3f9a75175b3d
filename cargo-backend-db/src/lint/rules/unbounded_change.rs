//! All rows changed in one statement.

use cargo_backend_shared::rule::Rule;

use super::EVERYWHERE;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Kind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "unbounded-change",
        summary: "UPDATE or DELETE without WHERE",
        explanation: "\
## Why
Every row is locked until the end of the transaction and written anew, and the old ones stay until
a vacuum: the table doubles, replicas fall behind, writers wait.

## Instead
In batches by the primary key, each in a transaction of its own, outside of migrations.
",
    },
    number: "BDB053",
    engines: EVERYWHERE,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); INSERT INTO t VALUES (1, 1);",
        fails: "UPDATE t SET a = 0;",
        passes: "UPDATE t SET a = 0 WHERE id BETWEEN 1 AND 1000;",
        seen: Seen::Lock {
            mode: Lock::RowExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let (table, what) = match &look.statement().kind {
        Kind::Update {
            table,
            filtered: false,
        } => (table, "updated"),
        Kind::Delete {
            table,
            filtered: false,
        } => (table, "deleted"),
        _ => return Vec::new(),
    };
    if look.is_new(table) {
        return Vec::new();
    }
    let message = format!("all rows of `{table}` are {what} in one transaction");
    let help = "do it in batches by the primary key, each in a transaction of its own";
    vec![Found::new(&look.statement().span, message, help).about(table)]
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_condition_bounds_it() {
        let count = |sql| said("unbounded-change", sql).len();
        assert_eq!(count("DELETE FROM t;"), 1);
        assert_eq!(count("DELETE FROM t WHERE id < 5;"), 0);
        assert_eq!(count("CREATE TABLE t (a int); UPDATE t SET a = 1;"), 0);
    }
}
