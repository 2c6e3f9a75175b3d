//! What ALTER TABLE changes, and what columns and constraints are made of.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the tree has eight hundred kinds of nodes; these are the ones that rules look at"
)]

use squawk_syntax::{SyntaxKind, SyntaxNode};

use super::tree::{child, has, mentions, name, name_of, names, span};
use crate::ddl::postgres::types;
use crate::lint::statement::{Action, Alter, Column, Constraint, ConstraintKind, DefaultValue};

pub(super) fn action(node: &SyntaxNode) -> Option<Action> {
    let column = || name_of(node, SyntaxKind::COLUMN_NAME_REF).name;
    let constraint_name = || name_of(node, SyntaxKind::CONSTRAINT_NAME_REF).name;
    let partition = || name_of(node, SyntaxKind::TABLE_NAME_REF);
    let kind = match node.kind() {
        SyntaxKind::ADD_COLUMN => Alter::AddColumn(self::column(node)),
        SyntaxKind::DROP_COLUMN => Alter::DropColumn(column()),
        SyntaxKind::RENAME_COLUMN => Alter::RenameColumn(column()),
        SyntaxKind::TABLE_RENAME_TO => {
            Alter::RenameTable(name_of(node, SyntaxKind::TABLE_NAME).name)
        }
        SyntaxKind::ALTER_COLUMN => altered(node, column()),
        SyntaxKind::ADD_CONSTRAINT => node
            .children()
            .find_map(|node| constraint(&node))
            .map_or(Alter::Other, Alter::AddConstraint),
        SyntaxKind::DROP_CONSTRAINT => Alter::DropConstraint(constraint_name()),
        SyntaxKind::VALIDATE_CONSTRAINT => Alter::ValidateConstraint(constraint_name()),
        SyntaxKind::ATTACH_PARTITION => Alter::AttachPartition(partition()),
        SyntaxKind::DETACH_PARTITION => Alter::DetachPartition {
            partition: partition(),
            concurrently: mentions(node, SyntaxKind::CONCURRENTLY_KW),
        },
        SyntaxKind::ENABLE_RLS => Alter::EnableRowSecurity,
        SyntaxKind::SET_LOGGED => Alter::Rewrite("SET LOGGED"),
        SyntaxKind::SET_UNLOGGED => Alter::Rewrite("SET UNLOGGED"),
        SyntaxKind::SET_TABLESPACE => Alter::Rewrite("SET TABLESPACE"),
        SyntaxKind::SET_ACCESS_METHOD => Alter::Rewrite("SET ACCESS METHOD"),
        SyntaxKind::IF_EXISTS | SyntaxKind::TABLE_RELATION_NAME => return None,
        _ => Alter::Other,
    };
    let span = span(node);
    Some(Action { span, kind })
}

fn altered(node: &SyntaxNode, column: String) -> Alter {
    let Some(change) = node
        .children()
        .find(|child| child.kind() != SyntaxKind::COLUMN_NAME_REF)
    else {
        return Alter::Other;
    };
    match change.kind() {
        SyntaxKind::SET_NOT_NULL => Alter::SetNotNull(column),
        SyntaxKind::DROP_NOT_NULL => Alter::DropNotNull(column),
        SyntaxKind::SET_TYPE => Alter::SetType {
            column,
            r#type: type_of(&change),
            collation: has(&change, SyntaxKind::COLLATE),
        },
        _ => Alter::Other,
    }
}

fn type_of(node: &SyntaxNode) -> String {
    let kinds = [
        SyntaxKind::ARRAY_TYPE,
        SyntaxKind::BIT_TYPE,
        SyntaxKind::BIT_VARYING_TYPE,
        SyntaxKind::CHARACTER_TYPE,
        SyntaxKind::DOUBLE_TYPE,
        SyntaxKind::INTERVAL_TYPE,
        SyntaxKind::PATH_TYPE,
        SyntaxKind::TIMESTAMP_TYPE,
        SyntaxKind::TIME_TYPE,
        SyntaxKind::VARCHAR_TYPE,
    ];
    let found = node.children().find(|child| kinds.contains(&child.kind()));
    found.map_or_else(String::new, |node| {
        types::canonical(&node.text().to_string())
    })
}

pub(super) fn column(node: &SyntaxNode) -> Column {
    let mut column = Column {
        name: name_of(node, SyntaxKind::COLUMN_NAME).name,
        r#type: type_of(node),
        ..Column::default()
    };
    for part in node.children() {
        match part.kind() {
            SyntaxKind::NOT_NULL_CONSTRAINT => column.not_null = true,
            SyntaxKind::DEFAULT_CONSTRAINT => {
                column.default = Some(DefaultValue {
                    span: span(&part),
                    calls: calls(&part),
                    constant: has(&part, SyntaxKind::LITERAL),
                });
            }
            SyntaxKind::GENERATED_CONSTRAINT => {
                column.identity = mentions(&part, SyntaxKind::IDENTITY_KW);
                column.computed = mentions(&part, SyntaxKind::VIRTUAL_KW);
                column.stored = !column.identity && !column.computed;
            }
            SyntaxKind::CHECK_CONSTRAINT => column.check = true,
            SyntaxKind::UNIQUE_CONSTRAINT => column.unique = true,
            SyntaxKind::PRIMARY_KEY_CONSTRAINT => column.primary_key = true,
            SyntaxKind::REFERENCES_CONSTRAINT => {
                column.references = Some(name_of(&part, SyntaxKind::TABLE_NAME_REF));
            }
            _ => {}
        }
    }
    column
}

/// The functions that an expression calls, without their schemas.
fn calls(node: &SyntaxNode) -> Vec<String> {
    node.descendants()
        .filter(|node| node.kind() == SyntaxKind::CALL_EXPR)
        .filter_map(|call| call.first_child())
        .map(|function| name(&function).name)
        .collect()
}

fn constraint(node: &SyntaxNode) -> Option<Constraint> {
    let columns_in = |list: SyntaxKind| {
        node.descendants()
            .find(|child| child.kind() == list)
            .map(|list| names(&list, SyntaxKind::COLUMN_NAME_REF))
            .unwrap_or_default()
    };
    let (kind, columns) = match node.kind() {
        SyntaxKind::CHECK_CONSTRAINT => (ConstraintKind::Check, Vec::new()),
        SyntaxKind::FOREIGN_KEY_CONSTRAINT => (
            ConstraintKind::ForeignKey(name_of(node, SyntaxKind::TABLE_NAME_REF)),
            columns_in(SyntaxKind::FOREIGN_KEY_COLUMN_LIST),
        ),
        SyntaxKind::UNIQUE_CONSTRAINT => (
            ConstraintKind::Unique,
            columns_in(SyntaxKind::CONSTRAINT_COLUMN_REF_LIST),
        ),
        SyntaxKind::PRIMARY_KEY_CONSTRAINT => (
            ConstraintKind::PrimaryKey,
            columns_in(SyntaxKind::CONSTRAINT_COLUMN_REF_LIST),
        ),
        SyntaxKind::EXCLUDE_CONSTRAINT => (ConstraintKind::Exclusion, Vec::new()),
        SyntaxKind::NOT_NULL_CONSTRAINT => (
            ConstraintKind::NotNull,
            names(node, SyntaxKind::COLUMN_NAME_REF),
        ),
        _ => return None,
    };
    let name = child(node, SyntaxKind::CONSTRAINT_NAME_CLAUSE)
        .map(|clause| name_of(&clause, SyntaxKind::CONSTRAINT_NAME).name);
    Some(Constraint {
        name,
        kind,
        columns: columns.into_iter().map(|column| column.name).collect(),
        not_valid: has(node, SyntaxKind::NOT_VALID),
        using_index: has(node, SyntaxKind::USING_INDEX_NAME),
        end: span(node).end,
    })
}
