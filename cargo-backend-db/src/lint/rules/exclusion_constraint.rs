//! An EXCLUDE whose index is built while everybody waits.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use super::constraint::builds_index;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::ConstraintKind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "exclusion-constraint",
        summary: "an exclusion constraint is added",
        explanation: "\
## Why
The server builds its index over all rows under a lock against everybody, and there is no way to
build it before.

## Instead
Add it while the table is small, or in a window, and allow it with the reason; or enforce it by a
trigger.
",
    },
    number: "BDB025",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, span int4range);",
        fails: "ALTER TABLE t ADD CONSTRAINT t_span_excl EXCLUDE USING gist (span WITH &&);",
        passes: "-- backend-db:allow(exclusion-constraint) 900 rows, and no traffic at night\nALTER TABLE t ADD CONSTRAINT t_span_excl EXCLUDE USING gist (span WITH &&);",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    builds_index(
        look,
        &ConstraintKind::Exclusion,
        "there is no online way: choose a window, and allow this with the reason",
    )
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_new_table_has_no_rows() {
        let count = |sql| said("exclusion-constraint", sql).len();
        assert_eq!(count("ALTER TABLE t ADD EXCLUDE USING gist (a WITH =);"), 1);
        assert_eq!(
            count("CREATE TABLE t (a int); ALTER TABLE t ADD EXCLUDE USING gist (a WITH =);"),
            0
        );
    }
}
