//! A column that must have a value and gets none.

use cargo_backend_shared::rule::Rule;

use super::TRANSACTIONAL;
use crate::lint::rule::{Examples, Found, Level, Lint, Look, Seen};
use crate::lint::statement::Alter;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "required-column",
        summary: "a NOT NULL column without a default is added",
        explanation: "\
## Why
The rows that are there have no value for it: the server refuses the statement as soon as the
table has one row. And code that is running does not fill it.

## Instead
Give it a constant default, which costs nothing; or add it nullable, fill it in batches, and set
NOT NULL by way of a CHECK (see set-not-null).
",
    },
    number: "BDB013",
    engines: TRANSACTIONAL,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); INSERT INTO t VALUES (1);",
        fails: "ALTER TABLE t ADD COLUMN c integer NOT NULL;",
        passes: "ALTER TABLE t ADD COLUMN c integer NOT NULL DEFAULT 0;",
        seen: Seen::Refused("contains null values"),
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (table, action) in look.actions() {
        if let Alter::AddColumn(column) = &action.kind
            && column.not_null
            && column.default.is_none()
            && !(column.identity
                || column.stored
                || column.computed
                || column.r#type.ends_with("serial"))
        {
            let message = format!("the rows of `{table}` have no value for `{}`", column.name);
            let help =
                "give it a default, or add it nullable and set NOT NULL when all rows have a value";
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn what_fills_itself_is_not_missing() {
        let count = |sql| said("required-column", sql).len();
        assert_eq!(count("ALTER TABLE t ADD c serial NOT NULL;"), 0);
        assert_eq!(
            count("ALTER TABLE t ADD c int NOT NULL GENERATED ALWAYS AS (1) STORED;"),
            0
        );
        assert_eq!(count("ALTER TABLE t ADD c int;"), 0);
        assert_eq!(count("ALTER TABLE t ADD c text NOT NULL;"), 1);
    }
}
