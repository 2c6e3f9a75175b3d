//! A UNIQUE whose index is built while everybody waits.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use super::constraint::{USING_INDEX, builds_index};
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::ConstraintKind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "unique-constraint",
        summary: "a UNIQUE constraint is added without an index that is there",
        explanation: "\
## Why
The server builds its index over all rows under a lock against everybody.

## Instead
CREATE UNIQUE INDEX CONCURRENTLY in a file of its own, then ADD CONSTRAINT … USING INDEX, which
takes no time.
",
    },
    number: "BDB024",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); CREATE UNIQUE INDEX t_a_idx ON t (a);",
        fails: "ALTER TABLE t ADD CONSTRAINT t_a_key UNIQUE (a);",
        passes: "ALTER TABLE t ADD CONSTRAINT t_a_key UNIQUE USING INDEX t_a_idx;",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    builds_index(look, &ConstraintKind::Unique, USING_INDEX)
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn an_index_that_is_there_costs_nothing() {
        let count = |sql| said("unique-constraint", sql).len();
        assert_eq!(count("ALTER TABLE t ADD UNIQUE (a, b);"), 1);
        assert_eq!(count("ALTER TABLE t ADD UNIQUE USING INDEX i;"), 0);
    }
}
