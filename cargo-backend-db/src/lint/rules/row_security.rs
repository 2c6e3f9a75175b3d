//! Policies on a table that is in use.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Alter, Kind};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "row-security",
        summary: "row security is switched on, or a policy is made, on a table that is there",
        explanation: "\
## Why
Everybody waits for the lock. Once it is on, whoever is not the owner sees only the rows that a
policy lets through: without one, none.

## Instead
All policies and ENABLE ROW LEVEL SECURITY in one transaction, with a lock_timeout; then allow it
with the reason.
",
    },
    number: "BDB065",
    engines: POSTGRES,
    level: Level::Warn,
    grows: false,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text);",
        fails: "ALTER TABLE t ENABLE ROW LEVEL SECURITY;",
        passes: "-- backend-db:allow(row-security) the policies are there since 2.3\nALTER TABLE t ENABLE ROW LEVEL SECURITY;",
        seen: Seen::Lock {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

fn check(look: &Look<'_>) -> Vec<Found> {
    let help =
        "make the policies and switch it on in one transaction, and allow this with the reason";
    let mut found = Vec::new();
    for (table, action) in look.actions() {
        if action.kind == Alter::EnableRowSecurity {
            let message = format!("rows of `{table}` disappear for whom no policy lets through");
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    if let Kind::CreatePolicy { table } = &look.statement().kind
        && !look.is_new(table)
    {
        let message = format!("everybody waits for `{table}` while its policies change");
        found.push(Found::new(&look.statement().span, message, help).about(table));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn both_halves_are_found() {
        let count = |sql| said("row-security", sql).len();
        assert_eq!(count("CREATE POLICY p ON t USING (true);"), 1);
        assert_eq!(
            count(
                "CREATE TABLE t (a int); ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (true);"
            ),
            0
        );
    }
}
