//! From a plan of PostgreSQL: the planner has resolved every name, so nothing is guessed from the text
//! of the statement.

use std::collections::BTreeMap;

use cargo_backend_shared::schema::{Schema, key};
use sqlparser::ast::Expr;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::Need;
use super::reader::Reader;
use crate::advise::explained::Node;

/// The needs of a plan by table, named as in `Schema::tables`.
pub(crate) fn of(plan: &Node, schema: &Schema) -> BTreeMap<String, Need> {
    let nodes = plan.nodes();
    let tables: BTreeMap<String, String> = nodes
        .iter()
        .filter_map(|node| {
            let table = key(node.schema.as_deref()?, node.relation.as_deref()?);
            let known = schema.tables.contains_key(&table);
            Some((node.alias.clone()?, table)).filter(|_| known)
        })
        .collect();
    let mut reader = Reader::new(&tables);
    for node in &nodes {
        for condition in node.conditions() {
            if let Some(condition) = parsed(condition) {
                reader.condition(&condition);
                reader.columns(&condition);
            }
        }
        if !hands_up_whole_rows(node, plan, &tables, schema) {
            for output in node.output.iter().filter_map(|text| parsed(text)) {
                reader.columns(&output);
                reader.extreme(&output);
            }
        }
        for order in [&node.sort_key, &node.group_key]
            .into_iter()
            .filter_map(|texts| keys(texts))
        {
            reader.order(&order);
        }
    }
    reader.needs
}

fn parsed(text: &str) -> Option<Expr> {
    let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(text);
    parser.ok()?.parse_expr().ok()
}

/// A scan below another node may hand up whole rows though only a few columns are wanted.
fn hands_up_whole_rows(
    node: &Node,
    root: &Node,
    tables: &BTreeMap<String, String>,
    schema: &Schema,
) -> bool {
    let table = node.alias.as_ref().and_then(|alias| tables.get(alias));
    let whole = table
        .and_then(|table| schema.tables.get(table))
        .is_some_and(|table| node.output.len() >= table.columns.len());
    whole && !std::ptr::eq(node, root)
}

/// `orders.at DESC`, `lower(c.name)`. An order of NULLs of its own (`c.rank NULLS FIRST`) would need an
/// index of its own.
fn keys(texts: &[String]) -> Option<Vec<(Expr, bool)>> {
    let key = |text: &String| match text.strip_suffix(" DESC") {
        Some(text) => Some((parsed(text)?, true)),
        None => Some((parsed(text)?, false)),
    };
    texts.iter().map(key).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sql::KeyPart;
    use cargo_backend_shared::database_url::Dialect;
    use cargo_backend_shared::schema::Table;

    fn schema() -> Schema {
        let mut schema = Schema::new(Dialect::Postgres);
        for name in ["orders", "customers"] {
            schema
                .tables
                .insert(name.to_owned(), Table::new("public", name));
        }
        schema
    }

    fn scan(relation: &str, alias: &str, filter: &str) -> String {
        format!(
            r#"{{"Node Type": "Seq Scan", "Relation Name": "{relation}", "Schema": "public",
                "Alias": "{alias}", "Total Cost": 10, "Filter": {}}}"#,
            serde_json::Value::from(filter)
        )
    }

    fn needs(plan: &str) -> BTreeMap<String, Need> {
        let plan = Node::parse(&format!(r#"[{{"Plan": {plan}}}]"#)).expect("a plan");
        of(&plan, &schema())
    }

    fn column(name: &str) -> KeyPart {
        KeyPart::Column(name.to_owned())
    }

    #[test]
    fn equality_order_and_constants_are_told_apart() {
        let filter = "((o.paid IS NULL) AND (o.customer_id = $1) AND (o.at > '2025-01-01'::date) \
                      AND ((o.status)::text = 'open'::text) AND (o.id = ANY ('{1,2}'::integer[])) \
                      AND (NOT o.hidden))";
        let need = needs(&scan("orders", "o", filter))
            .remove("orders")
            .expect("a need");
        let equal = ["customer_id", "id", "status"].map(column);
        assert_eq!(need.equal, BTreeSet::from(equal));
        assert_eq!(need.range, BTreeSet::from([column("at")]));
        let constants: Vec<&str> = need.constants.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(
            constants,
            [
                "NOT hidden",
                "paid IS NULL",
                "(status)::TEXT = 'open'::TEXT"
            ]
        );
        assert!(need.columns.contains("hidden"));
    }

    #[test]
    fn functions_are_keys_and_joins_need_both_sides() {
        let join = format!(
            r#"{{"Node Type": "Hash Join", "Total Cost": 10, "Hash Cond": "(o.customer_id = c.id)",
                "Sort Key": ["o.at DESC", "o.id"], "Plans": [{}, {}]}}"#,
            scan("orders", "o", "(o.total > 5)"),
            scan("customers", "c", "(lower(c.email) = 'a'::text)")
        );
        let needs = needs(&join);
        assert_eq!(
            needs["orders"].joined,
            BTreeSet::from([column("customer_id")])
        );
        assert_eq!(
            needs["orders"].sort,
            [(column("at"), true), (column("id"), false)]
        );
        assert_eq!(needs["customers"].joined, BTreeSet::from([column("id")]));
        assert_eq!(
            needs["customers"].equal,
            BTreeSet::from([KeyPart::Expression("lower(email)".to_owned())])
        );
    }

    #[test]
    fn what_cannot_be_read_is_left_alone() {
        let need = needs(&scan("orders", "o", "(o.name ~~ 'a%' OR ((("));
        assert_eq!(need, BTreeMap::new());
    }
}
