//! Constraints that are added now and validated later.

use cargo_backend_shared::database_url::Dialect;

use crate::lint::rule::{Fix, Later};
use crate::lint::statement::{Constraint, Name};
use crate::sql;

/// NOT VALID here, VALIDATE in a migration of its own. Only a constraint with a name can be validated.
pub(super) fn validated_later(table: &Name, constraint: &Constraint) -> Option<Fix> {
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
