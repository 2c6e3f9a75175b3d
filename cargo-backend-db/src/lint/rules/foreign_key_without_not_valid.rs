//! A foreign key that is tried on all rows at once.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use super::constraint::tried_at_once;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::ConstraintKind;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "foreign-key-without-not-valid",
        summary: "a foreign key is added without NOT VALID",
        explanation: "\
## Why
The server looks every row up in the other table, while the writers of both tables wait.

## Instead
ADD CONSTRAINT … NOT VALID: that locks out the writers of both tables too, but for a moment; then
VALIDATE CONSTRAINT in a later migration, which stops nobody.
",
    },
    number: "BDB023",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE u (id bigint PRIMARY KEY); CREATE TABLE t (id bigint PRIMARY KEY, a bigint);",
        fails: "ALTER TABLE t ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES u (id);",
        passes: "ALTER TABLE t ADD CONSTRAINT t_a_fkey FOREIGN KEY (a) REFERENCES u (id) NOT VALID;",
        seen: Seen::Lock {
            mode: Lock::ShareRowExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    tried_at_once(look, |table, constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(other) => Some(format!(
            "writers of `{table}` and `{other}` wait while all rows are looked up"
        )),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_new_table_has_no_rows_to_be_looked_up() {
        let count = |sql| said("foreign-key-without-not-valid", sql).len();
        assert_eq!(
            count("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES s.u;"),
            1
        );
        assert_eq!(
            count("CREATE TABLE t (a int); ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u;"),
            0
        );
    }
}
