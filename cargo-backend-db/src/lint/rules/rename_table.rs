//! A table that running code knows by its old name.

use cargo_backend_shared::rule::Rule;

use super::EVERYWHERE;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Alter, Kind, Name};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "rename-table",
        summary: "a table is renamed",
        explanation: "\
## Why
Running code asks for the old name and fails.

## Instead
Rename it and make a view of the old name in the same transaction, until no code names it; or
rename it in the code alone.
",
    },
    number: "BDB044",
    engines: EVERYWHERE,
    level: Level::Deny,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text);",
        fails: "ALTER TABLE t RENAME TO u;",
        passes: "ALTER TABLE t RENAME TO u;\nCREATE VIEW t AS SELECT * FROM u;",
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
        if let Alter::RenameTable(_) = &action.kind
            && !stays(look, table)
        {
            let message = format!("running code knows `{table}` by this name");
            let help = "make a view of the old name in the same transaction, or rename it in the code alone";
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

/// Whether a view takes the old name.
fn stays(look: &Look<'_>, table: &Name) -> bool {
    let mut after = look.all[look.at..].iter();
    after
        .any(|statement| matches!(&statement.kind, Kind::CreateView { view, .. } if view.is(table)))
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_view_of_the_old_name_keeps_it() {
        let count = |sql| said("rename-table", sql).len();
        assert_eq!(count("ALTER TABLE s.t RENAME TO u;"), 1);
        assert_eq!(
            count("ALTER TABLE s.t RENAME TO u; CREATE VIEW s.t AS SELECT * FROM s.u;"),
            0
        );
    }
}
