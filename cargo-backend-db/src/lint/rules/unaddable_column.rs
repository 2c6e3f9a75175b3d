//! A column that SQLite cannot add to a table with rows.

use cargo_backend_shared::rule::Rule;

use super::SQLITE;
use crate::lint::rule::{Examples, Found, Level, Lint, Look, Seen};
use crate::lint::statement::{Alter, Column};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "unaddable-column",
        summary: "a column is added with UNIQUE, PRIMARY KEY or a default that is computed",
        explanation: "\
## Why
SQLite adds columns without touching the rows, and refuses what it could not do so.

## Instead
Add the column plain, fill it, and make a UNIQUE index; or make the table anew: CREATE TABLE,
INSERT … SELECT, DROP TABLE, ALTER TABLE … RENAME.
",
    },
    number: "LT101",
    engines: SQLITE,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);",
        fails: "ALTER TABLE t ADD COLUMN c TEXT UNIQUE;",
        passes: "ALTER TABLE t ADD COLUMN c TEXT;\nCREATE UNIQUE INDEX t_c ON t (c);",
        seen: Seen::Refused("Cannot add a UNIQUE column"),
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
            Column { unique: true, .. } => "UNIQUE",
            Column {
                primary_key: true, ..
            } => "PRIMARY KEY",
            Column {
                default: Some(default),
                ..
            } if !default.constant => "a default that is computed",
            _ => continue,
        };
        let message = format!(
            "SQLite refuses to add `{}` to `{table}` with {what}",
            column.name
        );
        let help = "add the column plain, fill it, and make a UNIQUE index; or make the table anew";
        found.push(Found::new(&action.span, message, help).about(table));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::names_on;
    use cargo_backend_shared::database_url::Dialect;

    #[test]
    fn a_constant_is_no_obstacle() {
        let count = |sql| {
            let names = names_on(Dialect::Sqlite, sql);
            names
                .iter()
                .filter(|name| *name == "unaddable-column")
                .count()
        };
        assert_eq!(
            count("ALTER TABLE t ADD c TEXT DEFAULT CURRENT_TIMESTAMP;"),
            1
        );
        assert_eq!(count("ALTER TABLE t ADD c INTEGER PRIMARY KEY;"), 1);
        assert_eq!(count("ALTER TABLE t ADD c TEXT NOT NULL DEFAULT 'x';"), 0);
    }
}
