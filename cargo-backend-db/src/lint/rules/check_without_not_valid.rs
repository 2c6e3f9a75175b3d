//! A CHECK that is tried on all rows at once.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use super::constraint::tried_at_once;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::ConstraintKind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "check-without-not-valid",
        summary: "a CHECK is added without NOT VALID",
        explanation: "\
## Why
The server tries it on every row while everybody waits.

## Instead
ADD CONSTRAINT … NOT VALID, which holds for new rows from then on; then VALIDATE CONSTRAINT in a
later migration, which reads the old ones and stops nobody.
",
    },
    number: "BDB022",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text);",
        fails: "ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a > 0);",
        passes: "ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a > 0) NOT VALID;",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    tried_at_once(look, |table, constraint| {
        let message = format!("the CHECK is tried on all rows of `{table}` while everybody waits");
        (constraint.kind == ConstraintKind::Check).then_some(message)
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn one_without_a_name_is_found_too() {
        let count = |sql| said("check-without-not-valid", sql).len();
        assert_eq!(count("ALTER TABLE t ADD CHECK (a > 0);"), 1);
        assert_eq!(
            count("CREATE TABLE t (a int); ALTER TABLE t ADD CHECK (a > 0);"),
            0
        );
    }
}
