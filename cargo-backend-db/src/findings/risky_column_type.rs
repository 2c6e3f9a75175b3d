//! Column types that hurt later.

use std::collections::BTreeMap;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;
use cargo_backend_shared::schema::{Column, Generated};

use super::SERVERS;
use super::check::{Check, Facts, Finding};
use crate::statistics::Section;

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "risky-column-type",
        summary: "columns of a type that hurts later",
        explanation: "\
## Why
Some types work until they do not, and then the whole table has to be written anew:

- `timestamp` without time zone keeps what a clock showed, not when it was: twice a year an hour is
  there twice, and two servers in two zones disagree.
- `timetz` has an offset and no date, so nobody knows whether it is summer.
- `char(n)` is padded with blanks, which count in some comparisons and not in others.
- `money` takes its currency and its decimals from a setting of the server.
- `json` is kept as text: no equality, no index on its contents; `jsonb` has both.
- a key of `integer` or `smallint` that the server fills ends at 2,147,483,647 or 32,767.
- MySQL: `TIMESTAMP` ends in January 2038 (MariaDB 11.5 and later: 2106), `FLOAT` and `DOUBLE`
  round sums of money.

The first five are on <https://wiki.postgresql.org/wiki/Don%27t_Do_This>.

## Proof
The catalogue's type of the column. It is a note, once for each kind, with the columns: whether it
hurts depends on what they hold.

## Fix
`timestamptz`, `text` with a check, `numeric(12, 2)` or cents in a `bigint`, `jsonb`, `bigint` keys:
in new tables from the start; in old ones before they are large, because the change writes the table
anew under a lock.
",
    },
    engines: SERVERS,
    needs: &[Section::Schema],
    needs_history: false,
    thresholds: &[],
    check,
};

/// How many columns are named.
const NAMED: usize = 10;

/// What is wrong with a type, and what is better.
type Habit = (&'static str, &'static str);

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut kinds: BTreeMap<Habit, Vec<String>> = BTreeMap::new();
    for (name, table) in &facts.schema.tables {
        // The columns of a partition are those of the whole.
        if table.partition_of.is_some() {
            continue;
        }
        for column in &table.columns {
            let habit = match facts.schema.dialect {
                Dialect::Postgres => postgres(column, &table.primary_key),
                Dialect::MySql => mysql(column),
                Dialect::Sqlite => None,
            };
            if let Some(habit) = habit {
                let columns = kinds.entry(habit).or_default();
                columns.push(format!("{name}.{}", column.name));
            }
        }
    }
    kinds
        .into_iter()
        .map(|((what, better), columns)| {
            let message = match columns.len() {
                1 => format!("1 column is {what}"),
                several => format!("{several} columns are {what}"),
            };
            let mut found = Diagnostic::note(message);
            for column in columns.iter().take(NAMED) {
                found = found.evidence(format!("`{column}`"));
            }
            if columns.len() > NAMED {
                found = found.evidence(format!("and {} more", columns.len() - NAMED));
            }
            found.help(format!("in new tables: {better}")).into()
        })
        .collect()
}

fn postgres(column: &Column, primary_key: &[String]) -> Option<Habit> {
    let r#type = column.r#type.as_str();
    let filled = matches!(column.generated, Some(Generated::Identity { .. }))
        || (column.default.as_deref()).is_some_and(|default| default.starts_with("nextval("));
    let base = r#type.trim_end_matches("[]");
    Some(match base {
        "integer" | "smallint" if filled && primary_key == [column.name.clone()] => {
            ("a key that ends at 2,147,483,647 or before", "bigint")
        }
        "money" => ("money", "numeric(12, 2), or cents in a bigint"),
        "json" => ("json", "jsonb"),
        _ if base.starts_with("timestamp") && base.ends_with("without time zone") => {
            ("timestamp without time zone", "timestamp with time zone")
        }
        _ if base.starts_with("time")
            && !base.starts_with("timestamp")
            && base.ends_with("with time zone") =>
        {
            ("time with time zone", "timestamp with time zone")
        }
        _ if base.starts_with("character(") => ("char(n)", "text, with a check on its length"),
        _ => return None,
    })
}

fn mysql(column: &Column) -> Option<Habit> {
    let base = column.r#type.split(['(', ' ']).next().unwrap_or_default();
    let filled = column.generated == Some(Generated::AutoIncrement);
    Some(match base {
        "timestamp" => ("TIMESTAMP, which ends in 2038", "DATETIME in UTC"),
        "float" | "double" => (
            "FLOAT or DOUBLE",
            "DECIMAL(12, 2) for what is counted exactly",
        ),
        "int" | "mediumint" | "smallint" | "tinyint" if filled => {
            ("a key that ends at 4,294,967,295 or before", "BIGINT")
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample::{messages, schema, table};
    use super::*;

    fn found(dialect: Dialect, r#type: &str, default: Option<&str>) -> Vec<String> {
        let mut orders = table("orders", &["id"]);
        orders.columns[0].r#type = r#type.to_owned();
        orders.columns[0].default = default.map(str::to_owned);
        let mut schema = schema(vec![orders]);
        schema.dialect = dialect;
        messages(check, &schema)
    }

    #[test]
    fn postgres_types_that_hurt_are_noted() {
        let one = |r#type| found(Dialect::Postgres, r#type, None).len();
        for r#type in [
            "timestamp without time zone",
            "timestamp(3) without time zone",
            "time with time zone",
            "character(3)",
            "money",
            "json",
            "money[]",
        ] {
            assert_eq!(one(r#type), 1, "{type}");
        }
        for r#type in [
            "timestamp with time zone",
            "timestamp(3) with time zone",
            "time without time zone",
            "character varying(3)",
            "jsonb",
            "integer",
            "numeric(12,2)",
        ] {
            assert_eq!(one(r#type), 0, "{type}");
        }
    }

    #[test]
    fn a_small_key_counts_only_where_the_server_fills_it() {
        let next = Some("nextval('orders_id_seq'::regclass)");
        assert_eq!(
            found(Dialect::Postgres, "integer", next),
            ["1 column is a key that ends at 2,147,483,647 or before"]
        );
        assert_eq!(
            found(Dialect::Postgres, "bigint", next),
            Vec::<String>::new()
        );
    }

    #[test]
    fn mysql_types_that_hurt_are_noted() {
        assert_eq!(found(Dialect::MySql, "timestamp", None).len(), 1);
        assert_eq!(found(Dialect::MySql, "double", None).len(), 1);
        assert_eq!(found(Dialect::MySql, "datetime", None).len(), 0);
        assert_eq!(found(Dialect::MySql, "int(11)", None).len(), 0);
    }
}
