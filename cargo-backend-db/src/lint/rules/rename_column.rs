//! A column that running code knows by its old name.

use cargo_backend_shared::rule::Rule;

use super::EVERYWHERE;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Alter;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "rename-column",
        summary: "a column is renamed",
        explanation: "\
## Why
Running code asks for the old name and fails, and new code that is not yet everywhere asks for the
new one.

## Instead
Add a column of the new name, write both, move the readers over, then drop the old one. Or keep
the name in the database and rename it in the code alone.
",
    },
    number: "BDB043",
    engines: EVERYWHERE,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text);",
        fails: "ALTER TABLE t RENAME COLUMN a TO c;",
        passes: "ALTER TABLE t ADD COLUMN c integer;",
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
        if let Alter::RenameColumn(column) = &action.kind {
            let message = format!("running code knows `{table}.{column}` by this name");
            let help = "add a column of the new name and move over, or rename it in the code alone";
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_constraint_is_no_column() {
        let count = |sql| said("rename-column", sql).len();
        assert_eq!(count("ALTER TABLE t RENAME a TO b;"), 1);
        assert_eq!(count("ALTER TABLE t RENAME CONSTRAINT a TO b;"), 0);
    }
}
