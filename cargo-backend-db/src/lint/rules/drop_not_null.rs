//! A column that may be NULL from now on.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Alter;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "drop-not-null",
        summary: "DROP NOT NULL",
        explanation: "\
## Why
Code that is running reads the column as one that always has a value, and fails at the first NULL.

## Instead
Deploy code that takes NULL first, then drop NOT NULL and allow it with the reason.
",
    },
    number: "BDB021",
    engines: POSTGRES,
    level: Level::Warn,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer NOT NULL);",
        fails: "ALTER TABLE t ALTER COLUMN a DROP NOT NULL;",
        passes: "-- backend-db:allow(drop-not-null) the code takes NULL since 2.3\nALTER TABLE t ALTER COLUMN a DROP NOT NULL;",
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
        if let Alter::DropNotNull(column) = &action.kind {
            let message = format!(
                "`{table}.{column}` may be NULL, which code that is running may not expect"
            );
            let help = "deploy code that takes NULL first; then allow this with the reason";
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn each_column_is_one() {
        let count = |sql| said("drop-not-null", sql).len();
        assert_eq!(
            count("ALTER TABLE t ALTER a DROP NOT NULL, ALTER b DROP NOT NULL;"),
            2
        );
        assert_eq!(count("ALTER TABLE t ALTER a DROP DEFAULT;"), 0);
    }
}
