//! A type that makes the server write all rows anew.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::ddl::postgres::types::{self, Change};
use crate::lint::rule::{Examples, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Alter;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "type-rewrite",
        summary: "the type of a column changes in a way that writes all rows anew",
        explanation: "\
## Why
Everybody waits until the last row is written, and every index on the column is built anew.

## Instead
A new column of the new type, filled in batches and kept in step by a trigger; then the code reads
it, then the old one goes. Some changes cost nothing: they are not found.
",
    },
    number: "BDB030",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); INSERT INTO t VALUES (1, 1, 'x');",
        fails: "ALTER TABLE t ALTER COLUMN a TYPE bigint;",
        passes: "ALTER TABLE t ADD COLUMN a_new bigint;",
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
        let Alter::SetType {
            column,
            r#type,
            collation,
        } = &action.kind
        else {
            continue;
        };
        let known = look.live.and_then(|live| live.column(table, column));
        let help = "add a column of the new type, fill it in batches, and let the code move over";
        let message = match known {
            Some(known) => match types::change(&known.r#type, r#type) {
                Change::Rewrite => format!(
                    "all rows of `{table}` are written anew for `{column}`: {} to {type}",
                    known.r#type
                ),
                Change::None | Change::Catalogue if *collation => {
                    format!("every index on `{table}.{column}` is built anew")
                }
                Change::None | Change::Catalogue | Change::TimeZone => continue,
            },
            None if types::depends_on_time_zone(r#type) => continue,
            None => {
                format!("`{table}.{column}` becomes {type}, for which all rows may be written anew")
            }
        };
        let one = Found::new(&action.span, message, help).about(table);
        // From varchar it would cost nothing.
        let is_likely =
            known.is_some() || !["text", "character varying"].contains(&r#type.as_str());
        found.push(if is_likely {
            one
        } else {
            one.weigh(Level::Warn)
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::sample::{said, said_of};
    use crate::findings::sample::{schema, table};
    use crate::lint::Live;
    use crate::statistics::Statistics;

    #[test]
    fn a_database_says_what_the_type_was_and_the_matrix_decides() {
        let mut orders = table("orders", &["id", "code"]);
        orders.columns[1].r#type = "character varying(20)".to_owned();
        let schema = schema(vec![orders]);
        let statistics = Statistics {
            rows: BTreeMap::from([("orders".to_owned(), 50_000_000)]),
            ..Statistics::default()
        };
        let live = Live {
            schema: &schema,
            statistics: &statistics,
        };
        let said = |r#type: &str| {
            let sql = format!("ALTER TABLE orders ALTER code TYPE {type};");
            said_of("type-rewrite", &sql, Some(live))
        };
        for free in ["varchar(40)", "text", "VARCHAR"] {
            assert_eq!(said(free), Vec::<String>::new(), "{free}");
        }
        assert_eq!(
            said("varchar(10)"),
            [
                "all rows of `orders` are written anew for `code`: character varying(20) to character varying(10)"
            ]
        );
        assert_eq!(
            said("text COLLATE \"C\""),
            ["every index on `orders.code` is built anew"]
        );
    }

    #[test]
    fn without_a_database_it_is_said_that_nobody_knows() {
        assert_eq!(
            said("type-rewrite", "ALTER TABLE t ALTER a TYPE int8;"),
            ["`t.a` becomes bigint, for which all rows may be written anew"]
        );
    }
}
