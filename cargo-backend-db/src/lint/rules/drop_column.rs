//! A column that running code may still read.

use cargo_backend_shared::rule::Rule;

use super::EVERYWHERE;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Alter;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "drop-column",
        summary: "a column is dropped",
        explanation: "\
## Why
The data is gone, and no rollback brings it back. Code that is running reads and writes the column until
it is replaced: each of its statements that names it fails, and so does `SELECT *` into a fixed row.

## Instead
First deploy code that does not name the column, then drop it in a migration of its own, with
`-- backend-db:allow(drop-column)` and the version that no longer reads it.
",
    },
    number: "BDB040",
    engines: EVERYWHERE,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer);",
        fails: "ALTER TABLE t DROP COLUMN a;",
        passes: "-- backend-db:allow(drop-column) no release since 2.3 reads it\nALTER TABLE t DROP COLUMN a;",
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
        if let Alter::DropColumn(column) = &action.kind {
            let message = format!("`{table}.{column}` and its data are dropped");
            let help = "deploy code that does not name it first; then allow this with the reason";
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn each_column_is_named_and_those_of_a_new_table_are_not() {
        let said = |sql| said("drop-column", sql);
        assert_eq!(
            said("ALTER TABLE t DROP a, DROP COLUMN IF EXISTS \"B\" CASCADE;"),
            [
                "`t.a` and its data are dropped",
                "`t.B` and its data are dropped"
            ]
        );
        let new = "CREATE TABLE t (a int, b int); ALTER TABLE t DROP a;";
        assert_eq!(said(new), Vec::<String>::new());
    }
}
