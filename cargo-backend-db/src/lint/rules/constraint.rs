//! What the rules for constraints share: those that are tried on all rows, and those that an index enforces.

use cargo_backend_shared::database_url::Dialect;

use crate::lint::rule::{Fix, Found, Later, Look};
use crate::lint::statement::{Alter, Constraint, ConstraintKind, Name};
use crate::sql;

/// Constraints that are added without NOT VALID, as far as they have a message.
pub(super) fn tried_at_once(
    look: &Look<'_>,
    message: fn(&Name, &Constraint) -> Option<String>,
) -> Vec<Found> {
    let mut found = Vec::new();
    for (table, action) in look.actions() {
        if let Alter::AddConstraint(constraint) = &action.kind
            && !constraint.not_valid
            && let Some(message) = message(table, constraint)
        {
            let help = "add it NOT VALID, and VALIDATE CONSTRAINT it in a later migration";
            let fix = validated_later(table, constraint);
            found.push(
                Found::new(&action.span, message, help)
                    .about(table)
                    .fix(fix),
            );
        }
    }
    found
}

/// Constraints of a kind whose index is built in the same statement.
pub(super) fn builds_index(look: &Look<'_>, kind: &ConstraintKind, help: &str) -> Vec<Found> {
    let mut found = Vec::new();
    for (table, action) in look.actions() {
        if let Alter::AddConstraint(constraint) = &action.kind
            && constraint.kind == *kind
            && !constraint.using_index
        {
            let message =
                format!("an index is built over all rows of `{table}` while everybody waits");
            found.push(Found::new(&action.span, message, help).about(table));
        }
    }
    found
}

/// What the two that an index can be built for beforehand need.
pub(super) const USING_INDEX: &str =
    "build a unique index CONCURRENTLY in a file of its own, then add the constraint USING INDEX";

/// NOT VALID here, VALIDATE in a migration of its own. Only a constraint with a name can be validated.
fn validated_later(table: &Name, constraint: &Constraint) -> Option<Fix> {
    let name = constraint.name.as_ref()?;
    let quoted = |name: &str| sql::quoted(name, Dialect::Postgres);
    let table_sql = match &table.schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(&table.name)),
        None => quoted(&table.name),
    };
    Some(Fix {
        edits: vec![(constraint.end..constraint.end, " NOT VALID".to_owned())],
        no_transaction: false,
        later: Some(Later {
            name: format!("validate_{name}"),
            up: format!(
                "ALTER TABLE {table_sql} VALIDATE CONSTRAINT {};\n",
                quoted(name)
            ),
            down: "-- What was seen to hold needs no undoing.\nSELECT 1;\n".to_owned(),
        }),
    })
}
