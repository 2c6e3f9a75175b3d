//! PostgreSQL, by squawk-syntax. Its tree moves from version to version; this is the only room that knows
//! it. Nodes are found by their kind, and what is not known is passed over.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the tree has eight hundred kinds of nodes; these are the ones that rules look at"
)]

use std::ops::Range;
use std::sync::Arc;

use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};
use squawk_syntax::ast::AstNode as _;
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use super::SqlReader;
use crate::lint::statement::{
    Action, Alter, Column, Constraint, ConstraintKind, DefaultValue, Kind, Name, NewIndex, Object,
    Statement,
};
use crate::lint::types;

/// More faults of one file than this help nobody.
const FAULTS: usize = 5;

pub(super) struct Reader;

impl SqlReader for Reader {
    fn statements(&self, file: &str, text: &Arc<str>) -> Result<Vec<Statement>, Faults> {
        let parse = SourceFile::parse(text);
        let faults = parse.errors();
        if !faults.is_empty() {
            let faults = faults.iter().take(FAULTS).map(|fault| {
                let offset = usize::from(fault.range().start());
                let message = fault.message().to_lowercase();
                Diagnostic::error(message).at(Location::of_offset(file, text, offset))
            });
            return Err(Faults(faults.collect()));
        }
        let root = parse.tree();
        let nodes = root.syntax().children();
        Ok(nodes
            .filter(|node| node.kind() != SyntaxKind::EMPTY_STMT)
            .map(|node| Statement {
                span: span(&node),
                kind: kind(&node),
            })
            .collect())
    }
}

/// Without blanks, comments and the semicolon at its ends.
fn span(node: &SyntaxNode) -> Range<usize> {
    let tokens = node
        .descendants_with_tokens()
        .filter_map(|part| part.into_token())
        .filter(|token| {
            let trivia = [
                SyntaxKind::WHITESPACE,
                SyntaxKind::COMMENT,
                SyntaxKind::SEMICOLON,
            ];
            !trivia.contains(&token.kind())
        });
    let mut range: Option<Range<usize>> = None;
    for token in tokens {
        let (start, end) = (token.text_range().start(), token.text_range().end());
        let start = range.map_or(usize::from(start), |range| range.start);
        range = Some(start..usize::from(end));
    }
    range.unwrap_or_default()
}

fn child(node: &SyntaxNode, kind: SyntaxKind) -> Option<SyntaxNode> {
    node.children().find(|child| child.kind() == kind)
}

fn has(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.children_with_tokens().any(|part| part.kind() == kind)
}

/// As [`has`], at any depth.
fn mentions(node: &SyntaxNode, kind: SyntaxKind) -> bool {
    node.descendants_with_tokens()
        .any(|part| part.kind() == kind)
}

/// `Audit."Log"` is the table `Log` of `audit`.
fn name(node: &SyntaxNode) -> Name {
    let mut parts = Vec::new();
    for token in node
        .descendants_with_tokens()
        .filter_map(|part| part.into_token())
    {
        let skipped = [
            SyntaxKind::WHITESPACE,
            SyntaxKind::COMMENT,
            SyntaxKind::DOT,
            SyntaxKind::ONLY_KW,
            SyntaxKind::STAR,
        ];
        if !skipped.contains(&token.kind()) {
            parts.push(folded(token.text()));
        }
    }
    let name = parts.pop().unwrap_or_default();
    Name {
        schema: parts.pop(),
        name,
    }
}

fn folded(text: &str) -> String {
    match text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => text.to_lowercase(),
    }
}

fn name_of(node: &SyntaxNode, kind: SyntaxKind) -> Name {
    child(node, kind)
        .map(|node| name(&node))
        .unwrap_or_default()
}

fn names(node: &SyntaxNode, kind: SyntaxKind) -> Vec<Name> {
    let nodes = node.children().filter(|child| child.kind() == kind);
    nodes.map(|node| name(&node)).collect()
}

/// All of this kind at any depth.
fn deep(node: &SyntaxNode, kind: SyntaxKind) -> Vec<Name> {
    let nodes = node.descendants().filter(|child| child.kind() == kind);
    nodes.map(|node| name(&node)).collect()
}

fn literal(node: &SyntaxNode) -> String {
    let text = child(node, SyntaxKind::LITERAL).map(|node| node.text().to_string());
    text.unwrap_or_default().trim_matches('\'').to_owned()
}

fn kind(node: &SyntaxNode) -> Kind {
    changed(node)
        .or_else(|| dropped(node))
        .or_else(|| moved(node))
        .unwrap_or(Kind::Other)
}

/// What is made or altered.
fn changed(node: &SyntaxNode) -> Option<Kind> {
    Some(match node.kind() {
        SyntaxKind::ALTER_TABLE => Kind::AlterTable {
            table: name_of(node, SyntaxKind::TABLE_RELATION_NAME),
            actions: node.children().filter_map(|node| action(&node)).collect(),
        },
        SyntaxKind::CREATE_TABLE | SyntaxKind::CREATE_TABLE_AS => Kind::CreateTable {
            table: name_of(node, SyntaxKind::TABLE_NAME),
            columns: child(node, SyntaxKind::TABLE_ARG_LIST)
                .iter()
                .flat_map(SyntaxNode::children)
                .filter(|node| node.kind() == SyntaxKind::COLUMN)
                .map(|node| column(&node))
                .collect(),
        },
        SyntaxKind::CREATE_INDEX => Kind::CreateIndex(index(node)),
        SyntaxKind::ALTER_TYPE => {
            let r#type = name_of(node, SyntaxKind::TYPE_NAME_REF);
            if let Some(action) = child(node, SyntaxKind::ADD_VALUE) {
                let value = literal(&action);
                Kind::AddEnumValue { r#type, value }
            } else if let Some(action) = child(node, SyntaxKind::RENAME_VALUE) {
                let value = literal(&action);
                Kind::RenameEnumValue { r#type, value }
            } else {
                Kind::Other
            }
        }
        SyntaxKind::ALTER_SCHEMA if has(node, SyntaxKind::SCHEMA_RENAME_TO) => Kind::RenameSchema {
            schema: name_of(node, SyntaxKind::SCHEMA_REF),
        },
        SyntaxKind::CREATE_VIEW | SyntaxKind::CREATE_MATERIALIZED_VIEW => Kind::CreateView {
            view: name_of(node, SyntaxKind::VIEW),
            reads: deep(node, SyntaxKind::RELATION_NAME_REF),
        },
        SyntaxKind::CREATE_DOMAIN => Kind::CreateDomain {
            domain: name_of(node, SyntaxKind::DOMAIN),
            constrained: has(node, SyntaxKind::CHECK_CONSTRAINT)
                || has(node, SyntaxKind::NOT_NULL_CONSTRAINT),
        },
        SyntaxKind::CREATE_TRIGGER => Kind::CreateTrigger {
            table: child(node, SyntaxKind::ON_RELATION)
                .map(|on| name_of(&on, SyntaxKind::RELATION_NAME_REF))
                .unwrap_or_default(),
        },
        SyntaxKind::CREATE_POLICY => Kind::CreatePolicy {
            table: child(node, SyntaxKind::ON_TABLE)
                .map(|on| name_of(&on, SyntaxKind::TABLE_NAME_REF))
                .unwrap_or_default(),
        },
        _ => return None,
    })
}

/// What goes.
fn dropped(node: &SyntaxNode) -> Option<Kind> {
    let (what, kind) = match node.kind() {
        SyntaxKind::DROP_INDEX => {
            return Some(Kind::DropIndex {
                indexes: names(node, SyntaxKind::INDEX_REF),
                concurrently: has(node, SyntaxKind::CONCURRENTLY_KW),
                after_index: after_index(node),
            });
        }
        SyntaxKind::DROP_DATABASE => (Object::Database, SyntaxKind::DATABASE_REF),
        SyntaxKind::DROP_EXTENSION => (Object::Extension, SyntaxKind::EXTENSION_REF),
        SyntaxKind::DROP_MATERIALIZED_VIEW => (Object::MaterializedView, SyntaxKind::VIEW_REF),
        SyntaxKind::DROP_SCHEMA => (Object::Schema, SyntaxKind::SCHEMA_REF),
        SyntaxKind::DROP_TABLE => (Object::Table, SyntaxKind::TABLE_NAME_REF),
        SyntaxKind::DROP_VIEW => (Object::View, SyntaxKind::VIEW_REF),
        _ => return None,
    };
    let names = names(node, kind);
    Some(Kind::Drop { what, names })
}

/// What happens to rows, and when.
fn moved(node: &SyntaxNode) -> Option<Kind> {
    let filtered = has(node, SyntaxKind::WHERE_CLAUSE) || has(node, SyntaxKind::WHERE_CURRENT_OF);
    Some(match node.kind() {
        SyntaxKind::REINDEX => Kind::Reindex {
            table: child(node, SyntaxKind::REINDEX_TARGET_TABLE)
                .map(|target| name_of(&target, SyntaxKind::TABLE_NAME_REF)),
            concurrently: mentions(node, SyntaxKind::CONCURRENTLY_KW),
        },
        SyntaxKind::TRUNCATE => Kind::Truncate {
            tables: child(node, SyntaxKind::TABLE_LIST)
                .map(|list| names(&list, SyntaxKind::TABLE_RELATION_NAME))
                .unwrap_or_default(),
            cascade: has(node, SyntaxKind::CASCADE),
        },
        SyntaxKind::UPDATE => Kind::Update {
            table: name_of(node, SyntaxKind::RELATION_NAME),
            filtered,
        },
        SyntaxKind::DELETE => Kind::Delete {
            table: name_of(node, SyntaxKind::RELATION_NAME),
            filtered,
        },
        SyntaxKind::REFRESH => Kind::Refresh {
            view: name_of(node, SyntaxKind::VIEW_REF),
            concurrently: has(node, SyntaxKind::CONCURRENTLY_KW),
        },
        SyntaxKind::SET => Kind::Set(node.text().to_string().to_lowercase()),
        SyntaxKind::BEGIN => Kind::Begin,
        SyntaxKind::COMMIT_TRANSACTION => Kind::Commit,
        SyntaxKind::ROLLBACK_TRANSACTION => Kind::Rollback,
        SyntaxKind::VACUUM if mentions(node, SyntaxKind::FULL_KW) => Kind::VacuumFull {
            tables: deep(node, SyntaxKind::TABLE_RELATION_NAME),
        },
        SyntaxKind::CLUSTER => Kind::Cluster {
            table: child(node, SyntaxKind::TABLE_NAME_REF).map(|node| name(&node)),
        },
        _ => return None,
    })
}

/// Where CONCURRENTLY would stand.
fn after_index(node: &SyntaxNode) -> usize {
    let word = node
        .children_with_tokens()
        .find(|part| part.kind() == SyntaxKind::INDEX_KW);
    word.map_or(0, |word| usize::from(word.text_range().end()))
}

fn index(node: &SyntaxNode) -> NewIndex {
    let items = child(node, SyntaxKind::PARTITION_ITEM_LIST);
    let columns = items
        .iter()
        .flat_map(SyntaxNode::children)
        .map_while(|item| child(&item, SyntaxKind::NAME_REF))
        .map(|node| name(&node).name);
    let relation = child(node, SyntaxKind::TABLE_RELATION_NAME);
    NewIndex {
        name: child(node, SyntaxKind::INDEX).map(|node| name(&node).name),
        table: relation.as_ref().map(name).unwrap_or_default(),
        concurrently: has(node, SyntaxKind::CONCURRENTLY_KW),
        columns: columns.collect(),
        partial: has(node, SyntaxKind::WHERE_CLAUSE),
        only: relation.is_some_and(|relation| has(&relation, SyntaxKind::ONLY_KW)),
        after_index: after_index(node),
    }
}

fn action(node: &SyntaxNode) -> Option<Action> {
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

fn column(node: &SyntaxNode) -> Column {
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
