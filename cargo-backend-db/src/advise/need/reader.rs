//! Conditions and orders as needs. Every column must be qualified by the alias of its table.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "sqlparser has an expression for every dialect; these are the ones that an index serves"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
    visit_expressions, visit_expressions_mut,
};

use super::{Constant, Need};
use crate::sql::KeyPart;

pub(super) struct Reader<'a> {
    /// The tables, named as in `Schema::tables`, by their aliases.
    tables: &'a BTreeMap<String, String>,
    pub(super) needs: BTreeMap<String, Need>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(tables: &'a BTreeMap<String, String>) -> Self {
        Self {
            tables,
            needs: BTreeMap::new(),
        }
    }

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
        let table = self.tables.get(alias)?.clone();
        // `(name)::text` on a varchar is what its index is searched by.
        let part = match bare(expression) {
            Expr::CompoundIdentifier(names) => KeyPart::Column(names.last()?.value.clone()),
            function @ Expr::Function(_) => KeyPart::Expression(local(function)),
            other @ Expr::BinaryOp { .. } => KeyPart::Expression(format!("({})", local(other))),
            _ => return None,
        };
        Some((table, part))
    }

    /// A condition that rows must meet.
    pub(super) fn condition(&mut self, condition: &Expr) {
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
            Expr::InList {
                expr,
                negated: false,
                ..
            } => {
                if let Some((table, part)) = self.part(expr) {
                    self.need(&table).equal.insert(part);
                }
            }
            Expr::Between {
                expr,
                negated: false,
                low,
                high,
            } if self.aliases(low).is_empty() && self.aliases(high).is_empty() => {
                if let Some((table, part)) = self.part(expr) {
                    self.need(&table).range.insert(part);
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

    /// All columns in it are read.
    pub(super) fn columns(&mut self, expression: &Expr) {
        for (alias, column) in columns_in(expression) {
            if let Some(table) = self.tables.get(&alias) {
                let table = table.clone();
                self.need(&table).columns.insert(column);
            }
        }
    }

    /// The keys of one order, true for descending. It serves only if all are of one table.
    pub(super) fn order(&mut self, keys: &[(Expr, bool)]) {
        let mut sort = Vec::new();
        let mut of = BTreeSet::new();
        for (key, descending) in keys {
            let Some((table, part)) = self.part(key) else {
                return;
            };
            of.insert(table);
            sort.push((part, *descending));
        }
        if let (Some(table), 1) = (of.pop_first(), of.len() + 1) {
            let need = self.need(&table);
            if of.is_empty() && need.sort.is_empty() {
                need.sort = sort;
            }
        }
    }

    /// The smallest and the largest are at the ends of an index.
    pub(super) fn extreme(&mut self, expression: &Expr) {
        let Expr::Function(function) = expression else {
            return;
        };
        let name = function.name.to_string();
        if !["min", "max"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
        {
            return;
        }
        let FunctionArguments::List(list) = &function.args else {
            return;
        };
        let [FunctionArg::Unnamed(FunctionArgExpr::Expr(inner))] = list.args.as_slice() else {
            return;
        };
        if let Some((table, part)) = self.part(inner) {
            let need = self.need(&table);
            if need.sort.is_empty() {
                need.sort = vec![(part, false)];
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
