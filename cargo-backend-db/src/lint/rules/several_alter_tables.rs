//! A table that is read from end to end more than once.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Action, Alter, Kind, Name, Statement};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "several-alter-tables",
        summary: "several ALTER TABLE of one table each read it whole",
        explanation: "\
## Why
Each of them reads or writes all rows, while everybody waits.

## Instead
One ALTER TABLE with all parts: the server does them in one pass.
",
    },
    number: "BDB052",
    engines: POSTGRES,
    level: Level::Warn,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text);",
        fails: "ALTER TABLE t ALTER COLUMN a TYPE bigint;\nALTER TABLE t ALTER COLUMN id TYPE numeric;",
        passes: "ALTER TABLE t ALTER COLUMN a TYPE bigint, ALTER COLUMN id TYPE numeric;",
        seen: Seen::Rewrite {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let Some(table) = passes_over(look.statement()) else {
        return Vec::new();
    };
    let again =
        (look.before().iter()).any(|other| passes_over(other).map(Name::key) == Some(table.key()));
    if !again || look.is_new(table) {
        return Vec::new();
    }
    let message = format!("`{table}` is gone through once more");
    let help = "write one ALTER TABLE with all parts: the server does them in one pass";
    vec![Found::new(&look.statement().span, message, help).about(table)]
}

/// The table of which a statement reads or writes all rows.
fn passes_over(statement: &Statement) -> Option<&Name> {
    let Kind::AlterTable { table, actions } = &statement.kind else {
        return None;
    };
    let whole = |action: &Action| match &action.kind {
        Alter::SetType { .. } | Alter::SetNotNull(_) => true,
        Alter::AddConstraint(constraint) => !constraint.not_valid && !constraint.using_index,
        _ => false,
    };
    actions.iter().any(whole).then_some(table)
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn what_touches_the_catalogue_alone_is_no_pass() {
        let count = |sql| said("several-alter-tables", sql).len();
        assert_eq!(
            count("ALTER TABLE t ADD a int; ALTER TABLE t ADD b int;"),
            0
        );
        assert_eq!(
            count("ALTER TABLE t ADD CHECK (a); ALTER TABLE t ALTER b SET NOT NULL;"),
            1
        );
        assert_eq!(
            count("ALTER TABLE t ADD CHECK (a); ALTER TABLE u ADD CHECK (a);"),
            0
        );
    }
}
