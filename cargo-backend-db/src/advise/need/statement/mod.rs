//! From the text of a statement, for engines whose plans do not show their conditions: every name is
//! resolved against the schema, innermost query first. What cannot be resolved serves no index.

mod qualifier;
mod resolver;

use std::collections::BTreeMap;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;
use sqlparser::ast::Statement;
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

use super::Need;
use super::reader::Reader;
use resolver::Resolver;

/// What a statement says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// By table, named as in `Schema::tables`.
    pub(crate) needs: BTreeMap<String, Need>,
    /// The tables by what the statement calls them, in lower case.
    pub(crate) names: BTreeMap<String, String>,
    /// Whether it wants the first rows only.
    pub(crate) limited: bool,
}

/// The grammar of an engine.
pub(crate) fn grammar(dialect: Dialect) -> &'static dyn Grammar {
    match dialect {
        Dialect::Postgres => &PostgreSqlDialect {},
        Dialect::MySql => &MySqlDialect {},
        Dialect::Sqlite => &SQLiteDialect {},
    }
}

/// Reads a statement.
///
/// # Errors
/// When it cannot be understood, in words.
pub(crate) fn of(text: &str, schema: &Schema) -> Result<Reading, String> {
    let parser = Parser::new(grammar(schema.dialect)).try_with_sql(text);
    let statement = parser
        .and_then(|mut parser| parser.parse_statement())
        .map_err(|fault| fault.to_string())?;
    let mut resolver = Resolver::new(schema);
    let limited = matches!(&statement, Statement::Query(query)
        if query.limit_clause.is_some() || query.fetch.is_some());
    resolver.statement(&statement);
    let mut reader = Reader::new(&resolver.tables);
    for condition in &resolver.conditions {
        reader.condition(condition);
    }
    for order in &resolver.orders {
        reader.order(order);
    }
    for expression in &resolver.extremes {
        reader.extreme(expression);
    }
    Ok(Reading {
        needs: reader.needs,
        names: resolver.names,
        limited,
    })
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use super::*;
    use crate::findings::sample::{schema, table};
    use crate::sql::KeyPart;

    fn shop() -> Schema {
        let mut shop = schema(vec![
            table("orders", &["id", "customer_id", "Status", "at", "total"]),
            table("customers", &["id", "email", "name"]),
        ]);
        shop.dialect = Dialect::Sqlite;
        shop
    }

    fn part(part: &KeyPart) -> &str {
        match part {
            KeyPart::Column(text) | KeyPart::Expression(text) => text,
        }
    }

    /// The needs, a line a table.
    fn needs(statement: &str) -> String {
        let reading = of(statement, &shop()).expect("a statement");
        let list = |parts: &std::collections::BTreeSet<KeyPart>| {
            parts.iter().map(part).collect::<Vec<_>>().join(" ")
        };
        let lines = reading.needs.iter().map(|(table, need)| {
            let sort: Vec<String> = need
                .sort
                .iter()
                .map(|(key, down)| format!("{}{}", part(key), if *down { "-" } else { "+" }))
                .collect();
            let constants: Vec<&str> = need.constants.iter().map(|c| c.text.as_str()).collect();
            let parts = [
                ("=", list(&need.equal)),
                ("joined", list(&need.joined)),
                ("range", list(&need.range)),
                ("sort", sort.join(" ")),
                ("constant", constants.join(", ")),
            ];
            let parts: Vec<String> = parts
                .iter()
                .filter(|(_, text)| !text.is_empty())
                .map(|(what, text)| format!(" {what} [{text}]"))
                .collect();
            format!("{table}:{}\n", parts.concat())
        });
        lines.collect()
    }

    #[test]
    fn names_are_resolved_in_any_spelling() {
        assert_data_eq!(
            needs(
                "SELECT o.total FROM Orders AS o WHERE O.STATUS = 'open' AND Customer_ID = ?1 \
                 AND at BETWEEN :a AND :b ORDER BY at DESC LIMIT 5"
            ),
            str![[r#"
orders: = [Status customer_id] range [at] sort [at-] constant [Status = 'open']

"#]]
        );
    }

    #[test]
    fn joins_need_both_sides_and_expressions_are_keys() {
        assert_data_eq!(
            needs(
                "SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id \
                 WHERE lower(email) = 'a' AND o.total IN (1, 2)"
            ),
            str![[r#"
customers: = [lower(email)] joined [id]
orders: = [total] joined [customer_id]

"#]]
        );
        assert_data_eq!(
            needs("SELECT 1 FROM customers LEFT JOIN orders USING (id)"),
            str![[r#"
customers: joined [id]
orders: joined [id]

"#]]
        );
    }

    #[test]
    fn a_query_within_is_read_by_itself_and_sees_the_one_around_it() {
        assert_data_eq!(
            needs(
                "SELECT name, (SELECT max(at) FROM orders WHERE customer_id = c.id) FROM customers c \
                 WHERE id IN (SELECT customer_id FROM orders WHERE status = 'open')"
            ),
            str![[r#"
customers: = [id] joined [id]
orders: = [Status] joined [customer_id] sort [at+] constant [Status = 'open']

"#]]
        );
    }

    #[test]
    fn changes_look_for_rows_too() {
        let both = [
            "UPDATE orders SET total = 0 WHERE customer_id = ?",
            "DELETE FROM orders WHERE customer_id = ?",
        ];
        for statement in both {
            assert_eq!(needs(statement), "orders: = [customer_id]\n", "{statement}");
        }
    }

    #[test]
    fn an_order_may_be_named_by_the_answer_and_groups_are_one() {
        assert_eq!(
            needs("SELECT at AS moment, id FROM orders ORDER BY moment, 2 DESC"),
            "orders: sort [at+ id-]\n"
        );
        assert_eq!(
            needs("SELECT status, count(*) FROM orders GROUP BY status ORDER BY 2"),
            "orders: sort [Status+]\n"
        );
    }

    #[test]
    fn what_is_no_table_is_left_alone() {
        assert_eq!(
            needs(
                "WITH orders AS (SELECT 1 AS total) SELECT * FROM orders, elsewhere \
                 WHERE total = 2 AND \"open\" = 1"
            ),
            ""
        );
        let fault = of("SELEC 1", &shop()).expect_err("no statement");
        assert!(fault.contains("SELEC"), "{fault}");
    }
}
