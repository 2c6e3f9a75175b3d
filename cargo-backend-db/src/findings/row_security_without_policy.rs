//! Row security that lets nothing through.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::check::{Check, Facts, Finding};
use crate::statistics::Section;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "row-security-without-policy",
        summary: "a table that shows no row to anybody but its owner",
        explanation: "\
## Why
Row security without a policy denies everything: who does not own the table, and may not bypass it,
sees no rows and can write none. No error says so; the table just looks empty. It is often the half
of a change whose other half is missing.

## Proof
`pg_class.relrowsecurity` is true, and `pg_policy` has nothing for the table.

## Fix
Write the policies, or `ALTER TABLE … DISABLE ROW LEVEL SECURITY`. If nobody is meant to read it, take
the grants away: that says so with an error.
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
        .filter(|(_, table)| table.policies.is_empty() && !table.row_security.is_off())
        .map(|(name, _)| {
            let found =
                Diagnostic::warning(format!("`{name}` has row security enabled, and no policy"))
                    .evidence("pg_policy has none for it: to all but its owner it looks empty")
                    .help(format!(
                        "CREATE POLICY … ON {name}, or disable row security"
                    ));
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
    fn the_switch_needs_policies() {
        let mut orders = table("orders", &["id"]);
        orders.row_security = RowSecurity::On;
        let found = messages(
            check,
            &schema(vec![orders.clone(), table("other", &["id"])]),
        );
        assert_eq!(found, ["`orders` has row security enabled, and no policy"]);
        let schema = schema(vec![policy(orders, "own")]);
        assert_eq!(messages(check, &schema), Vec::<String>::new());
    }
}
