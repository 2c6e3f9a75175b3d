//! NOT NULL on a column that has values.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Fix, Found, Later, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::{Action, Alter, Kind, Name};

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "set-not-null",
        summary: "SET NOT NULL without a CHECK that proves it",
        explanation: "\
## Why
The server reads the whole table to find a NULL, while everybody waits.

## Instead
ADD CONSTRAINT … CHECK (column IS NOT NULL) NOT VALID; in a later migration VALIDATE CONSTRAINT,
which stops nobody, then SET NOT NULL, which believes the CHECK and reads nothing, and DROP
CONSTRAINT.
",
    },
    number: "BDB020",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); INSERT INTO t VALUES (1, 1); ALTER TABLE t ADD CONSTRAINT t_a_given CHECK (a IS NOT NULL) NOT VALID;",
        fails: "ALTER TABLE t ALTER COLUMN a SET NOT NULL;",
        passes: "ALTER TABLE t VALIDATE CONSTRAINT t_a_given;\nALTER TABLE t ALTER COLUMN a SET NOT NULL;\nALTER TABLE t DROP CONSTRAINT t_a_given;",
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
        let Alter::SetNotNull(column) = &action.kind else {
            continue;
        };
        if is_proved(look, table, column) {
            continue;
        }
        let message =
            format!("all of `{table}` is read for a NULL in `{column}` while everybody waits");
        let help = "a CHECK that is NOT VALID first, validated in a later migration, lets SET NOT NULL \
                    read nothing";
        let fix = Some(by_check(table, column, action));
        found.push(
            Found::new(&action.span, message, help)
                .about(table)
                .fix(fix),
        );
    }
    found
}

/// By a CHECK that was validated: in this file, or in the database.
fn is_proved(look: &Look<'_>, table: &Name, column: &str) -> bool {
    let validates = |action: &Action| matches!(action.kind, Alter::ValidateConstraint(_));
    let here = look.before().iter().any(|statement| {
        matches!(&statement.kind, Kind::AlterTable { table: other, actions }
            if other.is(table) && actions.iter().any(validates))
    });
    let Some(known) = look.live.and_then(|live| live.table(table)) else {
        return here;
    };
    let proof = format!("{column} IS NOT NULL");
    let mut checks = known.checks.values();
    here || checks.any(|check| {
        let definition = check.definition.replace(['(', ')', '"'], "");
        check.validated && definition.trim_start_matches("CHECK").trim() == proof
    })
}

fn by_check(table: &Name, column: &str, action: &Action) -> Fix {
    let quoted = |name: &str| crate::sql::quoted(name, Dialect::Postgres);
    let name = format!("{}_{column}_not_null", table.name);
    let (check, column_sql) = (quoted(&name), quoted(column));
    let table_sql = match &table.schema {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(&table.name)),
        None => quoted(&table.name),
    };
    Fix {
        edits: vec![(
            action.span.clone(),
            format!("ADD CONSTRAINT {check} CHECK ({column_sql} IS NOT NULL) NOT VALID"),
        )],
        no_transaction: false,
        later: Some(Later {
            name: format!("set_{name}"),
            up: format!(
                "ALTER TABLE {table_sql} VALIDATE CONSTRAINT {check};\n\
                 ALTER TABLE {table_sql} ALTER COLUMN {column_sql} SET NOT NULL;\n\
                 ALTER TABLE {table_sql} DROP CONSTRAINT {check};\n"
            ),
            down: format!(
                "ALTER TABLE {table_sql} ADD CONSTRAINT {check} CHECK ({column_sql} IS NOT NULL) NOT VALID;\n\
                 ALTER TABLE {table_sql} ALTER COLUMN {column_sql} DROP NOT NULL;\n"
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn a_check_that_was_validated_proves_it() {
        let count = |sql| said("set-not-null", sql).len();
        assert_eq!(
            count("ALTER TABLE t ALTER a SET NOT NULL, ALTER b SET NOT NULL;"),
            2
        );
        assert_eq!(
            count("ALTER TABLE u VALIDATE CONSTRAINT x; ALTER TABLE t ALTER a SET NOT NULL;"),
            1
        );
        assert_eq!(
            count("CREATE TABLE t (a int); ALTER TABLE t ALTER a SET NOT NULL;"),
            0
        );
    }
}
