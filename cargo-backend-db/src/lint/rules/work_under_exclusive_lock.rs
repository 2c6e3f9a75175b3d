//! Long work while everybody waits.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Action, Alter, Kind, Name, Statement};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "work-under-exclusive-lock",
        summary: "rows are changed or read in bulk in a transaction that has locked out everybody",
        explanation: "\
## Why
ALTER TABLE locks out everybody until the end of the transaction, however short it is itself: all
that comes after it in the file is waited for.

## Instead
The ALTER TABLE in a migration of its own; the rows in the next one, in batches.
",
    },
    number: "BDB051",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); INSERT INTO t VALUES (1, 1);",
        fails: "ALTER TABLE t ADD COLUMN c integer;\nUPDATE t SET c = a WHERE c IS NULL;",
        passes: "ALTER TABLE t ADD COLUMN c integer;",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let statement = look.statement();
    let what = match &statement.kind {
        Kind::Update { .. } => "rows are updated",
        Kind::Delete { .. } => "rows are deleted",
        Kind::Refresh { .. } => "a materialized view is filled",
        Kind::CreateIndex(index) if !index.concurrently && !look.is_new(&index.table) => {
            "an index is built"
        }
        _ => return Vec::new(),
    };
    let Some(locked) = look
        .same_transaction()
        .iter()
        .find_map(|before| locked(look, before))
    else {
        return Vec::new();
    };
    let message = format!("{what} while everybody waits for `{locked}`");
    let help = "put it into a migration of its own, behind this one";
    vec![Found::new(&statement.span, message, help).about(locked)]
}

/// The table that a statement has locked out everybody of.
fn locked<'a>(look: &Look<'_>, statement: &'a Statement) -> Option<&'a Name> {
    let Kind::AlterTable { table, actions } = &statement.kind else {
        return None;
    };
    // Validating and attaching lock out no reader and no writer of it.
    let mild = |action: &Action| {
        matches!(
            action.kind,
            Alter::ValidateConstraint(_) | Alter::AttachPartition(_)
        )
    };
    (!look.is_new(table) && !actions.iter().all(mild)).then_some(table)
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_transaction_that_ended_holds_nothing() {
        let count = |sql| said("work-under-exclusive-lock", sql).len();
        assert_eq!(
            count("BEGIN; ALTER TABLE t ADD c int; COMMIT; UPDATE t SET c = 1 WHERE id = 1;"),
            0
        );
        assert_eq!(
            count("ALTER TABLE t VALIDATE CONSTRAINT k; UPDATE t SET c = 1 WHERE id = 1;"),
            0
        );
        assert_eq!(
            count("ALTER TABLE t ADD c int; DELETE FROM u WHERE id = 1;"),
            1
        );
        assert_eq!(
            count("CREATE TABLE t (a int); ALTER TABLE t ADD c int; UPDATE t SET c = 1;"),
            0
        );
    }
}
