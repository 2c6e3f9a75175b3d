//! A column of a domain with a constraint, added to a table that has rows.

use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::TypeForm;

use super::POSTGRES;
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Alter, Kind};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "constrained-domain-column",
        summary: "a column of a constrained domain is added",
        explanation: "\
## Why
The server checks the constraint of a domain for every row, and writes the table anew while
everybody waits. It does not see that all values are NULL.

## Instead
Take the type below the domain, and a CHECK of the table that is NOT VALID first.
",
    },
    number: "BDB014",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); INSERT INTO t VALUES (1); CREATE DOMAIN price AS integer CHECK (VALUE >= 0);",
        fails: "CREATE DOMAIN amount AS integer CHECK (VALUE >= 0);\nALTER TABLE t ADD COLUMN c amount;",
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
            && is_constrained(look, &column.r#type)
        {
            let message = format!(
                "the constraint of `{}` is checked for every row of `{table}`",
                column.r#type
            );
            let help = "take the type below the domain, and a CHECK that is NOT VALID first";
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

/// As this file or the database says.
fn is_constrained(look: &Look<'_>, r#type: &str) -> bool {
    let here = look.before().iter().any(|statement| {
        matches!(&statement.kind, Kind::CreateDomain { domain, constrained: true } if domain.key() == r#type)
    });
    let there = look.live.and_then(|live| live.schema.types.get(r#type));
    here || there.is_some_and(|known| {
        matches!(&known.form, TypeForm::Domain { nullable, checks, .. } if !nullable || !checks.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_domain_without_a_constraint_is_only_a_name() {
        let count = |sql| said("constrained-domain-column", sql).len();
        assert_eq!(count("CREATE DOMAIN d AS int; ALTER TABLE t ADD c d;"), 0);
        assert_eq!(
            count("CREATE DOMAIN d AS int NOT NULL; ALTER TABLE t ADD c d;"),
            1
        );
    }
}
