//! What a statement looks for in each table, read from its plan: the planner has resolved every name,
//! so nothing is guessed from the text of the statement. One subject, long for its tests and for the
//! kinds of conditions there are.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "sqlparser has an expression for every dialect; these are the ones that an index serves"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use cargo_backend_shared::schema::{Schema, key};
use sqlparser::ast::{
    BinaryOperator, Expr, Ident, UnaryOperator, visit_expressions, visit_expressions_mut,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::explained::Node;
use crate::sql::KeyPart;

/// What one statement asks of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Need {
    /// Compared with a value for equality.
    pub(crate) equal: BTreeSet<KeyPart>,
    /// Compared with columns of other tables for equality.
    pub(crate) joined: BTreeSet<KeyPart>,
    /// Compared with a value for order.
    pub(crate) range: BTreeSet<KeyPart>,
    /// The order in which rows are wanted, if it is one of this table alone; true for descending.
    pub(crate) sort: Vec<(KeyPart, bool)>,
    /// Conditions with constants in them, which a partial index may carry.
    pub(crate) constants: BTreeSet<Constant>,
    /// The columns that are read at all.
    pub(crate) columns: BTreeSet<String>,
}

/// A condition on one column that stands in the statement with its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Constant {
    pub(crate) column: String,
    /// The value of an equality; none for `IS NULL` and the like.
    pub(crate) value: Option<String>,
    /// The condition as SQL, without the table's name.
    pub(crate) text: String,
}

/// The needs of a plan by table, named as in `Schema::tables`.
pub(crate) fn of(plan: &Node, schema: &Schema) -> BTreeMap<String, Need> {
    let nodes = plan.nodes();
    let tables: BTreeMap<&str, String> = nodes
        .iter()
        .filter_map(|node| {
            let table = key(node.schema.as_deref()?, node.relation.as_deref()?);
            let known = schema.tables.contains_key(&table);
            Some((node.alias.as_deref()?, table)).filter(|_| known)
        })
        .collect();
    let mut reader = Reader {
        tables: &tables,
        needs: BTreeMap::new(),
    };
    for node in &nodes {
        for condition in node.conditions() {
            if let Some(condition) = parsed(condition) {
                reader.condition(&condition);
                reader.columns(&condition);
            }
        }
        for output in &node.output {
            reader.output(node, plan, output, schema);
        }
        reader.order(&node.sort_key);
        reader.order(&node.group_key);
    }
    reader.needs
}

fn parsed(text: &str) -> Option<Expr> {
    let parser = Parser::new(&PostgreSqlDialect {}).try_with_sql(text);
    parser.ok()?.parse_expr().ok()
}

struct Reader<'a> {
    tables: &'a BTreeMap<&'a str, String>,
    needs: BTreeMap<String, Need>,
}

impl Reader<'_> {
    fn need(&mut self, table: &str) -> &mut Need {
        self.needs.entry(table.to_owned()).or_default()
    }

    /// The tables whose columns stand in an expression, by alias.
    fn aliases(&self, expression: &Expr) -> BTreeSet<String> {
        columns_in(expression)
            .into_iter()
            .map(|(alias, _)| alias)
            .collect()
    }

    /// What stands for a key of the one table that an expression is about.
    fn part(&self, expression: &Expr) -> Option<(String, KeyPart)> {
        let aliases = self.aliases(expression);
        let alias = aliases.first().filter(|_| aliases.len() == 1)?;
        let table = self.tables.get(alias.as_str())?.clone();
        // `(name)::text` on a varchar is what its index is searched by.
        let part = match bare(expression) {
            Expr::CompoundIdentifier(names) => KeyPart::Column(names.last()?.value.clone()),
            function @ Expr::Function(_) => KeyPart::Expression(local(function)),
            other @ Expr::BinaryOp { .. } => KeyPart::Expression(format!("({})", local(other))),
            _ => return None,
        };
        Some((table, part))
    }

    fn condition(&mut self, condition: &Expr) {
        match condition {
            Expr::Nested(inner) => self.condition(inner),
            Expr::BinaryOp {
                left,
                op: BinaryOperator::And,
                right,
            } => {
                self.condition(left);
                self.condition(right);
            }
            Expr::BinaryOp { left, op, right } => self.comparison(left, op, right),
            Expr::AnyOp {
                left, compare_op, ..
            } if *compare_op == BinaryOperator::Eq => {
                if let Some((table, part)) = self.part(left) {
                    self.need(&table).equal.insert(part);
                }
            }
            Expr::IsNull(inner) | Expr::IsNotNull(inner) => {
                if let Some((table, KeyPart::Column(column))) = self.part(inner) {
                    let text = local(condition);
                    self.constant(&table, column, None, text);
                }
            }
            Expr::CompoundIdentifier(_) => {
                if let Some((table, KeyPart::Column(column))) = self.part(condition) {
                    let text = local(condition);
                    self.constant(&table, column, None, text);
                }
            }
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => {
                if let Some((table, KeyPart::Column(column))) = self.part(expr) {
                    let text = local(condition);
                    self.constant(&table, column, None, text);
                }
            }
            _ => {}
        }
    }

    fn comparison(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) {
        let (one, other) = (self.aliases(left), self.aliases(right));
        let equality = *op == BinaryOperator::Eq;
        match (one.len(), other.len()) {
            (1, 1) if one != other && equality => {
                for side in [left, right] {
                    if let Some((table, part)) = self.part(side) {
                        self.need(&table).joined.insert(part);
                    }
                }
            }
            (1, 0) | (0, 1) => {
                let (column, value) = if one.is_empty() {
                    (right, left)
                } else {
                    (left, right)
                };
                let Some((table, part)) = self.part(column) else {
                    return;
                };
                if equality {
                    if let (KeyPart::Column(name), Some(value)) = (&part, constant(value)) {
                        let operation = Expr::BinaryOp {
                            left: Box::new(column.clone()),
                            op: op.clone(),
                            right: Box::new(value_of(if one.is_empty() { left } else { right })),
                        };
                        self.constant(&table, name.clone(), Some(value), local(&operation));
                    }
                    self.need(&table).equal.insert(part);
                } else if is_order(op) {
                    self.need(&table).range.insert(part);
                }
            }
            _ => {}
        }
    }

    fn constant(&mut self, table: &str, column: String, value: Option<String>, text: String) {
        let constant = Constant {
            column,
            value,
            text,
        };
        self.need(table).constants.insert(constant);
    }

    fn columns(&mut self, expression: &Expr) {
        for (alias, column) in columns_in(expression) {
            if let Some(table) = self.tables.get(alias.as_str()) {
                let table = table.clone();
                self.need(&table).columns.insert(column);
            }
        }
    }

    /// A scan below another node may hand up whole rows though only a few columns are wanted.
    fn output(&mut self, node: &Node, root: &Node, output: &str, schema: &Schema) {
        let table = node
            .alias
            .as_deref()
            .and_then(|alias| self.tables.get(alias));
        let whole = table
            .and_then(|table| schema.tables.get(table))
            .is_some_and(|table| node.output.len() >= table.columns.len());
        if whole && !std::ptr::eq(node, root) {
            return;
        }
        let Some(expression) = parsed(output) else {
            return;
        };
        self.columns(&expression);
        if let Expr::Function(function) = &expression
            && matches!(function.name.to_string().as_str(), "min" | "max")
        {
            // The smallest and the largest are at the ends of an index.
            let inner = Expr::Function(function.clone());
            let columns = columns_in(&inner);
            let inner = columns.first().map(|(alias, column)| {
                let names = [alias, column].map(|name| Ident::new(name.clone()));
                Expr::CompoundIdentifier(names.to_vec())
            });
            if let Some((table, part)) = inner.and_then(|inner| self.part(&inner)) {
                let need = self.need(&table);
                if need.sort.is_empty() {
                    need.sort = vec![(part, false)];
                }
            }
        }
    }

    /// `orders.at DESC`, `lower(c.name)`, `c.rank NULLS FIRST`.
    fn order(&mut self, keys: &[String]) {
        let mut sort = Vec::new();
        let mut of = BTreeSet::new();
        for text in keys {
            // An order of NULLs of its own would need an index of its own.
            let (text, descending) = match text.strip_suffix(" DESC") {
                Some(text) => (text, true),
                None => (text.as_str(), false),
            };
            let Some((table, part)) = parsed(text).and_then(|key| self.part(&key)) else {
                return;
            };
            of.insert(table);
            sort.push((part, descending));
        }
        if let (Some(table), 1) = (of.pop_first(), of.len() + 1) {
            let need = self.need(&table);
            if of.is_empty() && need.sort.is_empty() {
                need.sort = sort;
            }
        }
    }
}

/// The columns in an expression, as alias and name, in their order.
fn columns_in(expression: &Expr) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let visited: ControlFlow<()> = visit_expressions(expression, |part| {
        if let Expr::CompoundIdentifier(names) = part
            && let [alias, column] = names.as_slice()
        {
            found.push((alias.value.clone(), column.value.clone()));
        }
        ControlFlow::Continue(())
    });
    debug_assert!(visited.is_continue(), "every part is seen");
    found
}

fn is_order(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Lt | BinaryOperator::LtEq | BinaryOperator::Gt | BinaryOperator::GtEq
    )
}

/// Without parentheses and casts around it.
fn bare(expression: &Expr) -> &Expr {
    match expression {
        Expr::Nested(inner) => bare(inner),
        Expr::Cast { expr, .. } => bare(expr),
        other => other,
    }
}

fn value_of(expression: &Expr) -> Expr {
    match expression {
        Expr::Nested(inner) => value_of(inner),
        other => other.clone(),
    }
}

/// A value that stands in the statement: a quoted text, a number, true or false.
fn constant(expression: &Expr) -> Option<String> {
    use sqlparser::ast::Value;
    match bare(expression) {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text.clone()),
            Value::Number(number, _) => Some(number.clone()),
            Value::Boolean(yes) => Some(if *yes { "t" } else { "f" }.to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// As SQL within its own table: `orders.at` is `at`.
fn local(expression: &Expr) -> String {
    let mut expression = expression.clone();
    let visited: ControlFlow<()> = visit_expressions_mut(&mut expression, |part| {
        if let Expr::CompoundIdentifier(names) = part
            && let Some(column) = names.pop()
        {
            *part = Expr::Identifier(column);
        }
        ControlFlow::Continue(())
    });
    debug_assert!(visited.is_continue(), "every part is seen");
    match expression {
        Expr::Nested(inner) => inner.to_string(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
