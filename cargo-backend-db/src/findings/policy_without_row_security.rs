//! Policies that nothing enforces.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::check::{Check, Facts, Finding};
use crate::statistics::Section;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "policy-without-row-security",
        summary: "a table with policies that nobody switched on",
        explanation: "\
## Why
`CREATE POLICY` alone does nothing. Until row security is enabled for the table, every role with
SELECT reads every row, while the schema looks as if each tenant saw only its own.

## Proof
The table is in `pg_policy`, and `pg_class.relrowsecurity` is false.

## Fix
`ALTER TABLE … ENABLE ROW LEVEL SECURITY`; add FORCE if the owner is to be bound too. Try it as the
application's role first: what no policy allows is gone for it from that moment on.
",
    },
    engines: &[Dialect::Postgres],
    needs: &[Section::Schema],
    needs_history: false,
    thresholds: &[],
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let tables = facts.schema.tables.iter();
    tables
        .filter(|(_, table)| !table.policies.is_empty() && table.row_security.is_off())
        .map(|(name, table)| {
            let policies = match table.policies.len() {
                1 => "1 policy".to_owned(),
                several => format!("{several} policies"),
            };
            let found = Diagnostic::error(format!(
                "`{name}` has {policies}, and row security is not enabled"
            ))
            .evidence("pg_class.relrowsecurity is false: every row is visible to who may SELECT")
            .help(format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"));
            Finding::from(found).about(name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{messages, policy, schema, table};
    use super::*;
    use cargo_backend_shared::schema::RowSecurity;

    #[test]
    fn policies_need_the_switch() {
        let mut orders = policy(policy(table("orders", &["id"]), "a"), "b");
        assert_eq!(
            messages(
                check,
                &schema(vec![orders.clone(), table("other", &["id"])])
            ),
            ["`orders` has 2 policies, and row security is not enabled"]
        );
        orders.row_security = RowSecurity::On;
        assert_eq!(messages(check, &schema(vec![orders])), Vec::<String>::new());
    }
}
