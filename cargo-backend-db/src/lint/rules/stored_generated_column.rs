//! A column that is computed and stored, added to a table that has rows.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Alter;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "stored-generated-column",
        summary: "a stored generated column is added",
        explanation: "\
## Why
Its value is computed for every row: the table is written anew while everybody waits.

## Instead
A plain column that a trigger fills, with the old rows filled in batches; from PostgreSQL 18 on
VIRTUAL, which is computed when it is read.
",
    },
    number: "BDB012",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); INSERT INTO t VALUES (1);",
        fails: "ALTER TABLE t ADD COLUMN c integer GENERATED ALWAYS AS (a * 2) STORED;",
        passes: "ALTER TABLE t ADD COLUMN c integer;",
        seen: Seen::Rewrite {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (table, action) in look.actions() {
        if let Alter::AddColumn(column) = &action.kind
            && column.stored
        {
            let message = format!(
                "`{}` is computed for every row of `{table}`, which is written anew",
                column.name
            );
            let help = "add a plain column that a trigger fills, or VIRTUAL from PostgreSQL 18 on";
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn virtual_is_only_a_line_in_the_catalogue() {
        let count = |sql| said("stored-generated-column", sql).len();
        assert_eq!(
            count("ALTER TABLE t ADD c int GENERATED ALWAYS AS (a) VIRTUAL;"),
            0
        );
        assert_eq!(
            count("ALTER TABLE t ADD c int GENERATED ALWAYS AS (a) STORED, ADD d int;"),
            1
        );
    }
}
