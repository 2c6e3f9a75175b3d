//! A constraint that rows from before it may break.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::Table;

use super::check::{Check, Facts, Finding, SuggestedMigration};
use super::removal::plain;
use crate::sql::quoted;
use crate::statistics::Section;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "constraint-not-validated",
        summary: "a constraint that was added NOT VALID and never validated",
        explanation: "\
## Why
`NOT VALID` adds a constraint without reading the table, which is the safe first half. Until the
second half, rows from before may break it: the planner does not trust it, a foreign key may point at
nothing, and a restore of a dump can fail.

## Proof
`pg_constraint.convalidated` is false.

## Fix
`ALTER TABLE … VALIDATE CONSTRAINT …` in a migration of its own. It reads the table under a lock that
lets reads and writes go on (SHARE UPDATE EXCLUSIVE), and names the first row that breaks the rule.
",
    },
    engines: &[Dialect::Postgres],
    needs: &[Section::Schema],
    needs_history: false,
    thresholds: &[],
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, table) in &facts.schema.tables {
        // To validate the constraint of the whole validates those of its partitions.
        if table.partition_of.is_some() {
            continue;
        }
        let checks = table
            .checks
            .iter()
            .filter(|(_, check)| !check.validated)
            .map(|(constraint, _)| constraint.as_str());
        let keys = table
            .foreign_keys
            .iter()
            .filter(|key| !key.validated)
            .filter_map(|key| key.name.as_deref());
        for constraint in checks.chain(keys) {
            let diagnostic = Diagnostic::warning(format!(
                "constraint `{constraint}` on `{name}` was never validated"
            ))
            .evidence("pg_constraint.convalidated is false: rows from before may break it")
            .evidence(format!(
                "`{name}` has {}",
                facts.statistics.rows_in_words(name)
            ))
            .help(format!(
                "in a migration: ALTER TABLE {name} VALIDATE CONSTRAINT {constraint}"
            ));
            let migration = validation(table, constraint, facts.schema.dialect);
            let finding = Finding::from(diagnostic).about(name);
            found.push(finding.migration(Some(migration)));
        }
    }
    found
}

fn validation(table: &Table, constraint: &str, dialect: Dialect) -> SuggestedMigration {
    let name = format!(
        "{}.{}",
        quoted(&table.namespace, dialect),
        quoted(&table.name, dialect)
    );
    SuggestedMigration {
        what: format!("validate `{constraint}` on `{}`", table.key()),
        command: format!(
            "cargo backend-db migrate new validate_{}",
            plain(constraint)
        ),
        up: Some(format!(
            "ALTER TABLE {name} VALIDATE CONSTRAINT {};",
            quoted(constraint, dialect)
        )),
        down: Some("-- nothing to undo: the constraint was there before".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{messages, referring, schema, table};
    use super::*;

    #[test]
    fn only_what_is_not_validated_is_found() {
        let mut orders = referring(
            table("orders", &["id", "customer_id"]),
            &["customer_id"],
            "c",
        );
        orders.foreign_keys[0].name = Some("orders_customer".to_owned());
        assert_eq!(
            messages(check, &schema(vec![orders.clone()])),
            Vec::<String>::new()
        );
        orders.foreign_keys[0].validated = false;
        assert_eq!(
            messages(check, &schema(vec![orders])),
            ["constraint `orders_customer` on `orders` was never validated"]
        );
    }
}
