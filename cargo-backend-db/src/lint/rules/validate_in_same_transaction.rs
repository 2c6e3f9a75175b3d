//! A constraint that is validated under the lock of its making.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Action, Alter, Kind};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "validate-in-same-transaction",
        summary: "VALIDATE CONSTRAINT in the transaction that added it",
        explanation: "\
## Why
The lock of ADD CONSTRAINT is held until the end of the transaction: everybody waits while all
rows are tried, as if NOT VALID did not stand there.

## Instead
VALIDATE CONSTRAINT in a migration of its own.
",
    },
    number: "BDB028",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); ALTER TABLE t ADD CONSTRAINT t_b_check CHECK (b <> '') NOT VALID;",
        fails: "ALTER TABLE t ADD CONSTRAINT t_a_check CHECK (a > 0) NOT VALID;\nALTER TABLE t VALIDATE CONSTRAINT t_a_check;",
        passes: "ALTER TABLE t VALIDATE CONSTRAINT t_b_check;",
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
        let Alter::ValidateConstraint(name) = &action.kind else {
            continue;
        };
        let adds = |action: &Action| matches!(&action.kind, Alter::AddConstraint(added) if added.name.as_ref() == Some(name));
        let added = look.same_transaction().iter().any(|statement| {
            matches!(&statement.kind, Kind::AlterTable { table: other, actions }
                if other.is(table) && actions.iter().any(adds))
        });
        if added {
            let message = format!("`{name}` is validated under the lock that added it");
            let help = "put VALIDATE CONSTRAINT into a migration of its own";
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn another_constraint_was_there_before() {
        let count = |sql| said("validate-in-same-transaction", sql).len();
        assert_eq!(
            count(
                "ALTER TABLE t ADD CONSTRAINT a CHECK (x) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT b;"
            ),
            0
        );
        assert_eq!(
            count(
                "BEGIN; ALTER TABLE t ADD CONSTRAINT a CHECK (x) NOT VALID; COMMIT; BEGIN; ALTER TABLE t VALIDATE CONSTRAINT a; COMMIT;"
            ),
            0
        );
    }
}
