//! Which table each name of a statement means.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "sqlparser has a hundred statements and expressions; these are the ones that read rows"
)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use cargo_backend_shared::schema::{Schema, Table};
use sqlparser::ast::{
    BinaryOperator, Delete, Expr, FromTable, GroupByExpr, Ident, JoinConstraint, JoinOperator,
    ObjectName, OrderBy, OrderByExpr, OrderByKind, OrderBySort, Query, Select, SelectItem, SetExpr,
    Statement, TableAlias, TableFactor, TableWithJoins, Update, UpdateTableFromKind, Value,
    VisitMut as _,
};

use super::qualifier::Qualifier;

/// One table of a FROM.
struct Source {
    /// What it is called in the resolved expressions: each use of a table has a name of its own.
    alias: String,
    /// What the statement calls it.
    said: String,
    /// Its key, if it is a table of the schema.
    table: Option<String>,
}

/// Reads statements, and keeps what they ask with every column qualified.
pub(super) struct Resolver<'a> {
    schema: &'a Schema,
    /// The sources that are in sight, the innermost query last.
    scopes: Vec<Vec<Source>>,
    /// Names of common table expressions.
    hidden: Vec<String>,
    pub(super) tables: BTreeMap<String, String>,
    pub(super) names: BTreeMap<String, String>,
    pub(super) conditions: Vec<Expr>,
    pub(super) orders: Vec<Vec<(Expr, bool)>>,
    pub(super) extremes: Vec<Expr>,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(schema: &'a Schema) -> Self {
        Self {
            schema,
            scopes: Vec::new(),
            hidden: Vec::new(),
            tables: BTreeMap::new(),
            names: BTreeMap::new(),
            conditions: Vec::new(),
            orders: Vec::new(),
            extremes: Vec::new(),
        }
    }

    pub(super) fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Query(query) => self.query(query),
            Statement::Update(update) => self.update(update),
            Statement::Delete(delete) => self.delete(delete),
            Statement::Insert(insert) => {
                if let Some(query) = &insert.source {
                    self.query(query);
                }
            }
            _ => {}
        }
    }

    fn update(&mut self, update: &Update) {
        self.scopes.push(Vec::new());
        self.relation(&update.table);
        match &update.from {
            Some(UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from)) => {
                for table in from {
                    self.relation(table);
                }
            }
            None => {}
        }
        for assignment in &update.assignments {
            // For the queries in it.
            let _value = self.resolved(&assignment.value);
        }
        self.filter(update.selection.as_ref());
        self.scopes.pop();
    }

    fn delete(&mut self, delete: &Delete) {
        self.scopes.push(Vec::new());
        match &delete.from {
            FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from) => {
                for table in from.iter().chain(delete.using.iter().flatten()) {
                    self.relation(table);
                }
            }
        }
        self.filter(delete.selection.as_ref());
        self.scopes.pop();
    }

    pub(super) fn query(&mut self, query: &Query) {
        let shown = self.hidden.len();
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.hidden.push(cte.alias.name.value.clone());
            self.query(&cte.query);
        }
        self.body(&query.body, query.order_by.as_ref());
        self.hidden.truncate(shown);
    }

    fn body(&mut self, body: &SetExpr, order: Option<&OrderBy>) {
        match body {
            SetExpr::Select(select) => self.select(select, order),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left, None);
                self.body(right, None);
            }
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => self.statement(statement),
            SetExpr::Values(_) | SetExpr::Table(_) => {}
        }
    }

    fn select(&mut self, select: &Select, order: Option<&OrderBy>) {
        self.scopes.push(Vec::new());
        for table in &select.from {
            self.relation(table);
        }
        self.filter(select.selection.as_ref());
        let groups: &[Expr] = match &select.group_by {
            GroupByExpr::Expressions(expressions, _) => expressions,
            GroupByExpr::All(_) => &[],
        };
        if groups.is_empty() {
            if let Some(OrderByKind::Expressions(keys)) = order.map(|order| &order.kind) {
                self.order(keys, &select.projection);
            }
        } else {
            let mut keys = Vec::new();
            for key in groups {
                let said = self.said(key, &select.projection);
                keys.push((self.resolved(&said), false));
            }
            self.orders.push(keys);
        }
        // For the queries in it.
        let _having = select.having.as_ref().map(|having| self.resolved(having));
        for item in &select.projection {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                let resolved = self.resolved(expr);
                // With groups, or with another one beside it, more than one end is read.
                if groups.is_empty() && select.projection.len() == 1 {
                    self.extremes.push(resolved);
                }
            }
        }
        self.scopes.pop();
    }

    fn order(&mut self, keys: &[OrderByExpr], projection: &[SelectItem]) {
        // An order of NULLs of its own would need an index of its own.
        if keys.iter().any(|key| key.options.nulls_first.is_some()) {
            return;
        }
        let mut order = Vec::new();
        for key in keys {
            let said = self.said(&key.expr, projection);
            let descending = key
                .options
                .sort
                .as_ref()
                .is_some_and(|sort| *sort == OrderBySort::Desc);
            order.push((self.resolved(&said), descending));
        }
        self.orders.push(order);
    }

    /// `ORDER BY 2` and `ORDER BY total` name a column of the answer.
    fn said(&self, key: &Expr, projection: &[SelectItem]) -> Expr {
        let item = match key {
            Expr::Value(value) => match &value.value {
                Value::Number(number, _) => number
                    .parse::<usize>()
                    .ok()
                    .and_then(|place| projection.get(place.checked_sub(1)?)),
                _ => None,
            },
            Expr::Identifier(name) => projection.iter().find(|item| match item {
                SelectItem::ExprWithAlias { alias, .. } => same(&alias.value, &name.value),
                _ => false,
            }),
            _ => None,
        };
        match item {
            Some(SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) => {
                expr.clone()
            }
            _ => key.clone(),
        }
    }

    fn filter(&mut self, condition: Option<&Expr>) {
        if let Some(condition) = condition {
            let condition = self.resolved(condition);
            self.conditions.push(condition);
        }
    }

    /// A table with what is joined to it.
    fn relation(&mut self, table: &TableWithJoins) {
        self.factor(&table.relation);
        for join in &table.joins {
            self.factor(&join.relation);
            let (JoinOperator::Join(constraint)
            | JoinOperator::Inner(constraint)
            | JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)
            | JoinOperator::CrossJoin(constraint)
            | JoinOperator::StraightJoin(constraint)) = &join.join_operator
            else {
                continue;
            };
            match constraint {
                JoinConstraint::On(condition) => self.filter(Some(condition)),
                JoinConstraint::Using(columns) => {
                    for column in columns {
                        self.using(column);
                    }
                }
                JoinConstraint::Natural | JoinConstraint::None => {}
            }
        }
    }

    /// `USING (customer_id)` compares the last table with the one before it that has the column.
    fn using(&mut self, column: &ObjectName) {
        let Some(name) = last(column) else { return };
        let sources = self.scopes.last().map(Vec::as_slice).unwrap_or_default();
        let mut having = sources
            .iter()
            .rev()
            .filter_map(|source| Some((source.alias.clone(), self.column(source, name)?)));
        if let (Some(right), Some(left)) = (having.next(), having.next()) {
            let side = |(alias, column): (String, String)| {
                Box::new(Expr::CompoundIdentifier(vec![
                    Ident::new(alias),
                    Ident::new(column),
                ]))
            };
            let (left, right) = (side(left), side(right));
            self.conditions.push(Expr::BinaryOp {
                left,
                op: BinaryOperator::Eq,
                right,
            });
        }
    }

    fn factor(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::Table { name, alias, .. } => self.table(name, alias.as_ref()),
            TableFactor::Derived {
                subquery, alias, ..
            } => {
                self.query(subquery);
                let said = alias.as_ref().map(|alias| alias.name.value.clone());
                self.source(said.unwrap_or_default(), None);
            }
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => self.relation(table_with_joins),
            _ => {}
        }
    }

    fn table(&mut self, name: &ObjectName, alias: Option<&TableAlias>) {
        let Some(table) = last(name) else { return };
        let is_hidden = name.0.len() == 1 && self.hidden.iter().any(|cte| same(cte, table));
        let known = (self.schema.tables.keys()).find(|known| !is_hidden && same(known, table));
        let said = alias.map_or(table, |alias| alias.name.value.as_str());
        self.source(said.to_owned(), known.cloned());
    }

    fn source(&mut self, said: String, table: Option<String>) {
        let alias = format!("#{}", self.tables.len());
        if let Some(table) = &table {
            self.tables.insert(alias.clone(), table.clone());
            self.names.insert(said.to_lowercase(), table.clone());
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.push(Source { alias, said, table });
        }
    }

    /// The column of a source as the schema writes it.
    fn column(&self, source: &Source, name: &str) -> Option<String> {
        let table: &Table = self.schema.tables.get(source.table.as_ref()?)?;
        let mut columns = table.columns.iter();
        let column = columns.find(|column| same(&column.name, name))?;
        Some(column.name.clone())
    }

    /// Every column qualified by the alias of its source; the queries in it are read by themselves.
    fn resolved(&mut self, expression: &Expr) -> Expr {
        let mut expression = expression.clone();
        let visited: ControlFlow<()> = expression.visit(&mut Qualifier(self));
        debug_assert!(visited.is_continue(), "every part is seen");
        expression
    }

    /// A name, found in the innermost query that has it.
    pub(super) fn find(&self, qualifier: Option<&str>, name: &str) -> Option<(String, String)> {
        let mut sources = self.scopes.iter().rev().flatten();
        sources.find_map(|source| {
            let meant = qualifier.is_none_or(|qualifier| same(qualifier, &source.said));
            Some((
                source.alias.clone(),
                self.column(source, name).filter(|_| meant)?,
            ))
        })
    }
}

fn last(name: &ObjectName) -> Option<&str> {
    let part = name.0.last()?.as_ident()?;
    Some(&part.value)
}

fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}
