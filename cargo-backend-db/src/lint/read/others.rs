//! MySQL, MariaDB and SQLite, by sqlparser. It does not know every statement of theirs: one that it cannot
//! read is told as such, and the next one is looked at.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "sqlparser has a hundred statements; these are the ones that rules look at"
)]

use std::ops::Range;
use std::sync::Arc;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};
use sqlparser::ast::{
    self, AlterTableOperation, ColumnDef, ColumnOption, Expr, FromTable, ObjectName, ObjectType,
    RenameTableNameKind, TableFactor, UnaryOperator, Value,
};
use sqlparser::dialect::{Dialect as Grammar, MySqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location as Place, Token, Tokenizer};

use super::SqlReader;
use crate::lint::lines::Lines;
use crate::lint::statement::{
    Action, Alter, Column, DefaultValue, Kind, Name, NewIndex, Object, Statement,
};

pub(super) struct Reader(pub(super) Dialect);

impl Reader {
    fn grammar(&self) -> &'static dyn Grammar {
        match self.0 {
            Dialect::Sqlite => &SQLiteDialect {},
            Dialect::MySql | Dialect::Postgres => &MySqlDialect {},
        }
    }
}

impl SqlReader for Reader {
    fn statements(&self, file: &str, text: &Arc<str>) -> Result<Vec<Statement>, Faults> {
        let lines = Lines::of(text);
        let tokens = Tokenizer::new(self.grammar(), text).tokenize_with_location();
        let tokens = tokens.map_err(|fault| {
            let at = offset(&lines, text, fault.location);
            let message = fault.message.to_lowercase();
            Faults::from(Diagnostic::error(message).at(Location::of_offset(file, text, at)))
        })?;
        let mut parser = Parser::new(self.grammar()).with_tokens_with_locations(tokens);
        let mut found = Vec::new();
        loop {
            while parser.consume_token(&Token::SemiColon) {}
            let first = parser.peek_token();
            if first.token == Token::EOF {
                return Ok(found);
            }
            let start = offset(&lines, text, first.span.start);
            let parsed = parser.parse_statement();
            let read = parsed.map_err(|fault| fault.to_string());
            // Whatever was not understood goes up to the next semicolon.
            while !matches!(parser.peek_token().token, Token::SemiColon | Token::EOF) {
                parser.next_token();
            }
            let end = offset(&lines, text, parser.get_current_token().span.end);
            let span = start..end.max(start);
            let kind = read.map_or_else(Kind::Unread, |statement| kind(&statement, &span));
            found.push(Statement { span, kind });
        }
    }
}

fn offset(lines: &Lines, text: &str, place: Place) -> usize {
    lines.offset(text, place.line, place.column)
}

fn name(name: &ObjectName) -> Name {
    let mut parts: Vec<String> = name
        .0
        .iter()
        .filter_map(|part| part.as_ident().map(|ident| ident.value.clone()))
        .collect();
    let last = parts.pop().unwrap_or_default();
    Name {
        schema: parts.pop(),
        name: last,
    }
}

fn names(all: &[ObjectName]) -> Vec<Name> {
    all.iter().map(name).collect()
}

fn kind(statement: &ast::Statement, span: &Range<usize>) -> Kind {
    match statement {
        ast::Statement::AlterTable(alter) => Kind::AlterTable {
            table: name(&alter.name),
            actions: alter
                .operations
                .iter()
                .flat_map(alters)
                .map(|kind| Action {
                    span: span.clone(),
                    kind,
                })
                .collect(),
        },
        ast::Statement::CreateTable(create) => Kind::CreateTable {
            table: name(&create.name),
            columns: create.columns.iter().map(column).collect(),
        },
        ast::Statement::CreateIndex(create) => Kind::CreateIndex(NewIndex {
            name: create.name.as_ref().map(|index| name(index).name),
            table: name(&create.table_name),
            concurrently: false,
            columns: Vec::new(),
            partial: create.predicate.is_some(),
            only: false,
            after_index: span.start,
        }),
        ast::Statement::CreateView(create) => Kind::CreateView {
            view: name(&create.name),
            reads: Vec::new(),
        },
        ast::Statement::Drop {
            object_type,
            names: all,
            ..
        } => dropped(object_type, all),
        ast::Statement::Truncate(truncate) => Kind::Truncate {
            tables: (truncate.table_names.iter())
                .map(|target| name(&target.name))
                .collect(),
            cascade: false,
        },
        ast::Statement::Update(update) => Kind::Update {
            table: relation(&update.table.relation),
            filtered: update.selection.is_some() || update.limit.is_some(),
        },
        ast::Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            Kind::Delete {
                table: from
                    .first()
                    .map(|table| relation(&table.relation))
                    .unwrap_or_default(),
                filtered: delete.selection.is_some() || delete.limit.is_some(),
            }
        }
        ast::Statement::StartTransaction { .. } => Kind::Begin,
        ast::Statement::Commit { .. } => Kind::Commit,
        ast::Statement::Rollback {
            savepoint: None, ..
        } => Kind::Rollback,
        _ => Kind::Other,
    }
}

fn relation(factor: &TableFactor) -> Name {
    match factor {
        TableFactor::Table { name: table, .. } => name(table),
        _ => Name::default(),
    }
}

fn dropped(what: &ObjectType, all: &[ObjectName]) -> Kind {
    let what = match what {
        ObjectType::Table => Object::Table,
        ObjectType::View => Object::View,
        ObjectType::Schema | ObjectType::Database => Object::Database,
        _ => return Kind::Other,
    };
    Kind::Drop {
        what,
        names: names(all),
    }
}

/// What one part changes; a part may change several columns.
fn alters(operation: &AlterTableOperation) -> Vec<Alter> {
    vec![match operation {
        AlterTableOperation::AddColumn { column_def, .. } => Alter::AddColumn(column(column_def)),
        AlterTableOperation::DropColumn { column_names, .. } => {
            let columns = column_names.iter().map(|column| column.value.clone());
            return columns.map(Alter::DropColumn).collect();
        }
        AlterTableOperation::RenameColumn {
            old_column_name, ..
        } => Alter::RenameColumn(old_column_name.value.clone()),
        AlterTableOperation::ChangeColumn {
            old_name, new_name, ..
        } if !old_name.value.eq_ignore_ascii_case(&new_name.value) => {
            Alter::RenameColumn(old_name.value.clone())
        }
        AlterTableOperation::RenameTable {
            table_name: RenameTableNameKind::As(to) | RenameTableNameKind::To(to),
        } => Alter::RenameTable(name(to).name),
        AlterTableOperation::Algorithm { .. } | AlterTableOperation::Lock { .. } => Alter::Online,
        _ => Alter::Other,
    }]
}

fn column(definition: &ColumnDef) -> Column {
    let mut column = Column {
        name: definition.name.value.clone(),
        r#type: definition.data_type.to_string().to_lowercase(),
        ..Column::default()
    };
    for option in &definition.options {
        match &option.option {
            ColumnOption::NotNull => column.not_null = true,
            ColumnOption::Default(value) => {
                column.default = Some(DefaultValue {
                    span: 0..0,
                    calls: Vec::new(),
                    constant: is_constant(value),
                });
            }
            ColumnOption::PrimaryKey(_) => column.primary_key = true,
            ColumnOption::Unique(_) => column.unique = true,
            ColumnOption::Check(_) => column.check = true,
            ColumnOption::ForeignKey(key) => column.references = Some(name(&key.foreign_table)),
            ColumnOption::Generated { .. } => column.computed = true,
            ColumnOption::Identity(_) => column.identity = true,
            // AUTO_INCREMENT
            ColumnOption::DialectSpecific(_) => column.identity = true,
            _ => {}
        }
    }
    column
}

fn is_constant(value: &Expr) -> bool {
    match value {
        Expr::Value(value) => !matches!(value.value, Value::Placeholder(_)),
        Expr::UnaryOp {
            op: UnaryOperator::Minus | UnaryOperator::Plus,
            expr,
        } => is_constant(expr),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(dialect: Dialect, text: &str) -> Vec<(String, Kind)> {
        let text: Arc<str> = Arc::from(text);
        let read = Reader(dialect)
            .statements("a.sql", &text)
            .expect("it is text");
        read.into_iter()
            .map(|statement| (text[statement.span.clone()].to_owned(), statement.kind))
            .collect()
    }

    #[test]
    fn what_cannot_be_read_is_told_and_the_next_statement_is_read() {
        let text = "-- ä\nDELETE FROM `Log`;\nFROBNICATE TABLE x NOW;\n\nDROP TABLE b";
        let read = kinds(Dialect::MySql, text);
        let shown: Vec<&str> = read.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(
            shown,
            [
                "DELETE FROM `Log`",
                "FROBNICATE TABLE x NOW",
                "DROP TABLE b"
            ]
        );
        let log = Name {
            schema: None,
            name: "Log".to_owned(),
        };
        let delete = Kind::Delete {
            table: log,
            filtered: false,
        };
        assert_eq!(read[0].1, delete);
        assert!(matches!(read[1].1, Kind::Unread(_)), "{read:?}");
    }

    #[test]
    fn a_default_is_constant_or_not() {
        let defaults = |value: &str| {
            let text = format!("ALTER TABLE t ADD COLUMN c TEXT DEFAULT {value}");
            let read = kinds(Dialect::Sqlite, &text);
            let Some((_, Kind::AlterTable { actions, .. })) = read.first() else {
                panic!("{read:?}");
            };
            let Alter::AddColumn(column) = &actions[0].kind else {
                panic!("{actions:?}");
            };
            column.default.as_ref().map(|default| default.constant)
        };
        for (value, constant) in [
            ("-5", true),
            ("'x'", true),
            ("CURRENT_TIMESTAMP", false),
            ("(1 + 1)", false),
        ] {
            assert_eq!(defaults(value), Some(constant), "{value}");
        }
    }
}
