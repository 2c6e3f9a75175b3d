//! PostgreSQL, by squawk-syntax. Its tree moves from version to version; this is the only room that knows
//! it. Nodes are found by their kind, and what is not known is passed over.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "the tree has eight hundred kinds of nodes; these are the ones that rules look at"
)]

mod table;
mod tree;

use std::sync::Arc;

use cargo_backend_shared::diagnostic::{Diagnostic, Faults, Location};
use squawk_syntax::ast::AstNode as _;
use squawk_syntax::{SourceFile, SyntaxKind, SyntaxNode};

use super::SqlReader;
use crate::lint::statement::{Kind, NewIndex, Object, Statement};
use table::{action, column};
use tree::{child, deep, has, literal, mentions, name, name_of, names, span};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::statement::{Alter, Name};

    fn read(text: &str) -> Vec<(String, Kind)> {
        let text: Arc<str> = Arc::from(text);
        let statements = Reader.statements("a.sql", &text).expect("it is SQL");
        statements
            .into_iter()
            .map(|statement| (text[statement.span.clone()].to_owned(), statement.kind))
            .collect()
    }

    #[test]
    fn statements_are_divided_outside_of_bodies_and_comments() {
        let text = "-- first; not this\nSELECT ';' ;\n\nDO $a$ BEGIN; END $a$; /* ; */ COMMIT\n";
        let found = read(text);
        let shown: Vec<&str> = found.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(shown, ["SELECT ';'", "DO $a$ BEGIN; END $a$", "COMMIT"]);
        assert_eq!(found[2].1, Kind::Commit);
    }

    #[test]
    fn names_are_folded_as_the_server_folds_them() {
        let table = |sql: &str| match &read(sql)[0].1 {
            Kind::AlterTable { table, .. } => table.clone(),
            other => panic!("{other:?}"),
        };
        let named = |schema: Option<&str>, name: &str| Name {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
        };
        assert_eq!(
            table("ALTER TABLE ONLY Orders DROP a"),
            named(None, "orders")
        );
        assert_eq!(
            table("ALTER TABLE IF EXISTS Audit . \"Or\"\"ders\" DROP a"),
            named(Some("audit"), "Or\"ders")
        );
        assert_eq!(table("ALTER TABLE public.t DROP a").key(), "t");
    }

    #[test]
    fn a_column_is_read_with_all_that_comes_with_it() {
        let found = read(
            "ALTER TABLE t ADD c numeric(10, 2) DEFAULT pg_catalog.random() NOT NULL \
             CHECK (c > 0) REFERENCES u (id)",
        );
        let Kind::AlterTable { actions, .. } = &found[0].1 else {
            panic!("{found:?}");
        };
        let Alter::AddColumn(column) = &actions[0].kind else {
            panic!("{actions:?}");
        };
        assert_eq!(
            (column.name.as_str(), column.r#type.as_str()),
            ("c", "numeric(10,2)")
        );
        assert!(column.not_null && column.check && !column.unique && !column.identity);
        let calls = column.default.as_ref().map(|default| default.calls.clone());
        assert_eq!(calls, Some(vec!["random".to_owned()]));
        let other = column.references.as_ref().map(Name::key);
        assert_eq!(other.as_deref(), Some("u"));
    }

    #[test]
    fn a_fault_has_its_place() {
        let text: Arc<str> = Arc::from("SELECT 1;\nALTER TABLE t ADD COLUMN;");
        let faults = Reader
            .statements("a.sql", &text)
            .expect_err("a type is missing");
        assert!(faults.to_string().starts_with("a.sql:2:"), "{faults}");
    }
}
