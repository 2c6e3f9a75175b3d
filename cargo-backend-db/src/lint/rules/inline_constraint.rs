//! A constraint that comes with a new column.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Alter, Column};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "inline-constraint",
        summary: "a column is added with a CHECK, UNIQUE, PRIMARY KEY or REFERENCES of its own",
        explanation: "\
## Why
The constraint is checked, or its index built, in the same statement, over all rows and under a
lock against everybody; REFERENCES locks out the writers of the other table too.

## Instead
Add the column alone. Then the constraint in a step of its own: CHECK and REFERENCES as NOT VALID,
UNIQUE by way of an index that is built CONCURRENTLY.
",
    },
    number: "BDB015",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text);",
        fails: "ALTER TABLE t ADD COLUMN c integer CHECK (c > 0);",
        passes: "ALTER TABLE t ADD COLUMN c integer;\nALTER TABLE t ADD CONSTRAINT t_c_check CHECK (c > 0) NOT VALID;",
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
        let Alter::AddColumn(column) = &action.kind else {
            continue;
        };
        let what = match column {
            Column { check: true, .. } => "the CHECK is tried on",
            Column { unique: true, .. }
            | Column {
                primary_key: true, ..
            } => "an index is built over",
            Column {
                references: Some(_),
                ..
            } => "the reference is tried on",
            _ => continue,
        };
        let message = format!("{what} all rows of `{table}` while everybody waits");
        let help = "add the column alone, then the constraint as NOT VALID or by an index that is \
                    built CONCURRENTLY";
        found.push(Found::new(&action.span, message, help).about(table));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn each_kind_is_found_and_not_null_is_none() {
        let count = |sql| said("inline-constraint", sql).len();
        assert_eq!(count("ALTER TABLE t ADD c int UNIQUE;"), 1);
        assert_eq!(count("ALTER TABLE t ADD c int REFERENCES u;"), 1);
        assert_eq!(count("ALTER TABLE t ADD c int PRIMARY KEY;"), 1);
        assert_eq!(count("ALTER TABLE t ADD c int NOT NULL DEFAULT 1;"), 0);
    }
}
