//! A primary key whose index is built while everybody waits.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use super::constraint::{USING_INDEX, builds_index};
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::ConstraintKind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "primary-key-constraint",
        summary: "a primary key is added without an index that is there",
        explanation: "\
## Why
The server builds its index over all rows, and reads them for a NULL, under a lock against
everybody.

## Instead
Columns that are NOT NULL already (see set-not-null) and CREATE UNIQUE INDEX CONCURRENTLY in a
file of its own; then ADD PRIMARY KEY USING INDEX, which takes no time.
",
    },
    number: "BDB026",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint NOT NULL, a integer); CREATE UNIQUE INDEX t_id_idx ON t (id);",
        fails: "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id);",
        passes: "ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY USING INDEX t_id_idx;",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    builds_index(look, &ConstraintKind::PrimaryKey, USING_INDEX)
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn an_index_that_is_there_costs_nothing() {
        let count = |sql| said("primary-key-constraint", sql).len();
        assert_eq!(count("ALTER TABLE t ADD PRIMARY KEY (a, b);"), 1);
        assert_eq!(count("ALTER TABLE t ADD PRIMARY KEY USING INDEX i;"), 0);
    }
}
