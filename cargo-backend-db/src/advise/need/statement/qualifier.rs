//! Writes in front of each column of an expression which use of which table it means.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "sqlparser has a hundred expressions; these are the ones that name columns"
)]

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, Ident, Value, VisitorMut};

use super::resolver::Resolver;

/// The queries within the expression are read by themselves.
pub(super) struct Qualifier<'a, 'b>(pub(super) &'a mut Resolver<'b>);

impl Qualifier<'_, '_> {
    fn name(&self, qualifier: Option<&Ident>, name: &Ident) -> Option<Expr> {
        let qualifier = qualifier.map(|qualifier| qualifier.value.as_str());
        let (alias, column) = self.0.find(qualifier, &name.value)?;
        let column = Ident {
            value: column,
            ..name.clone()
        };
        Some(Expr::CompoundIdentifier(vec![Ident::new(alias), column]))
    }
}

impl VisitorMut for Qualifier<'_, '_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        let other = match expression {
            Expr::Identifier(name) => self.name(None, name),
            Expr::CompoundIdentifier(names) => match names.as_slice() {
                [.., qualifier, name] => self.name(Some(qualifier), name),
                _ => None,
            },
            Expr::Subquery(query) => {
                self.0.query(query);
                Some(unknown())
            }
            Expr::Exists { subquery, .. } => {
                self.0.query(subquery);
                Some(unknown())
            }
            Expr::InSubquery {
                expr,
                subquery,
                negated,
            } => {
                self.0.query(subquery);
                let op = if *negated {
                    BinaryOperator::NotEq
                } else {
                    BinaryOperator::Eq
                };
                Some(Expr::BinaryOp {
                    left: expr.clone(),
                    op,
                    right: Box::new(unknown()),
                })
            }
            _ => None,
        };
        if let Some(other) = other {
            *expression = other;
        }
        ControlFlow::Continue(())
    }
}

/// A value that the statement does not say.
fn unknown() -> Expr {
    Expr::Value(Value::Placeholder("?".to_owned()).into())
}
