//! A constraint that rows from before it may break.

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::Facts;

pub(super) static RULE: Rule = Rule {
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
};

pub(super) fn check(facts: &Facts<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (name, table) in &facts.schema.tables {
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
            found.push(
                Diagnostic::warning(format!(
                    "constraint `{constraint}` on `{name}` was never validated"
                ))
                .evidence("pg_constraint.convalidated is false: rows from before may break it")
                .evidence(format!(
                    "`{name}` has {}",
                    facts.statistics.rows_in_words(name)
                ))
                .help(format!(
                    "in a migration: ALTER TABLE {name} VALIDATE CONSTRAINT {constraint}"
                )),
            );
        }
    }
    found
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
