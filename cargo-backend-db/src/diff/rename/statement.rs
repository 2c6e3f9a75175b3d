//! Which object a name means, and the statement that renames it.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{ObjectId, ObjectKind, Schema, TypeForm, key};

use super::words;
use crate::ddl::literal;
use crate::diff::{Stage, Step};
use crate::sql::quoted;

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Object {
        kind: &'static str,
        id: ObjectId,
        namespace: String,
        name: String,
    },
    Column {
        namespace: String,
        table: String,
        column: String,
    },
    Label {
        namespace: String,
        r#type: String,
        label: String,
    },
}

/// Whole objects first: `orders.note` is the column only where no schema is called so.
pub(super) fn find(schema: &Schema, parts: &[String]) -> Option<Target> {
    let (last, above) = parts.split_last()?;
    match above {
        [] => object(schema, "", last),
        [one] => object(schema, one, last).or_else(|| part(schema, "", one, last)),
        [namespace, owner] => part(schema, namespace, owner, last),
        _ => None,
    }
}

fn object(schema: &Schema, namespace: &str, name: &str) -> Option<Target> {
    let key = key(namespace, name);
    let found = |kind: &'static str, of: ObjectKind, namespace: &str| Target::Object {
        kind,
        id: ObjectId::new(of, key.clone()),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
    };
    if let Some(table) = schema.tables.get(&key) {
        return Some(found("TABLE", ObjectKind::Table, &table.namespace));
    }
    if let Some(view) = schema.views.get(&key) {
        let kind = match view.materialized {
            true => "MATERIALIZED VIEW",
            false => "VIEW",
        };
        return Some(found(kind, ObjectKind::View, &view.namespace));
    }
    if let Some(made) = schema.types.get(&key) {
        let kind = match made.form {
            TypeForm::Domain { .. } => "DOMAIN",
            TypeForm::Enum { .. } | TypeForm::Composite { .. } | TypeForm::Range { .. } => "TYPE",
        };
        return Some(found(kind, ObjectKind::Type, &made.namespace));
    }
    let sequence = schema.sequences.get(&key)?;
    Some(found("SEQUENCE", ObjectKind::Sequence, &sequence.namespace))
}

fn part(schema: &Schema, namespace: &str, owner: &str, name: &str) -> Option<Target> {
    let key = key(namespace, owner);
    if let Some(table) = schema.tables.get(&key) {
        let mut columns = table.columns.iter();
        return columns
            .any(|column| column.name == name)
            .then(|| Target::Column {
                namespace: table.namespace.clone(),
                table: table.name.clone(),
                column: name.to_owned(),
            });
    }
    let made = schema.types.get(&key)?;
    match &made.form {
        TypeForm::Enum { labels } => {
            labels
                .iter()
                .any(|label| label == name)
                .then(|| Target::Label {
                    namespace: made.namespace.clone(),
                    r#type: made.name.clone(),
                    label: name.to_owned(),
                })
        }
        TypeForm::Domain { .. } | TypeForm::Composite { .. } | TypeForm::Range { .. } => None,
    }
}

impl Target {
    pub(super) fn is_object(&self) -> bool {
        matches!(self, Self::Object { .. })
    }

    /// The same under another name, as far as its owner keeps its own.
    pub(super) fn renamed(&self, name: &str) -> Self {
        let mut renamed = self.clone();
        match &mut renamed {
            Self::Object { name: old, .. }
            | Self::Column { column: old, .. }
            | Self::Label { label: old, .. } => name.clone_into(old),
        }
        renamed
    }

    /// Its name where there is such an object already.
    pub(super) fn taken(&self, schema: &Schema) -> Option<String> {
        let (namespace, parts) = match self {
            Self::Object {
                namespace, name, ..
            } => (namespace, vec![name]),
            Self::Column {
                namespace,
                table,
                column,
            } => (namespace, vec![table, column]),
            Self::Label {
                namespace,
                r#type,
                label,
            } => (namespace, vec![r#type, label]),
        };
        let namespace = Some(namespace).filter(|name| !matches!(name.as_str(), "" | "public"));
        let parts: Vec<String> = namespace.into_iter().chain(parts).cloned().collect();
        find(schema, &parts).map(|_| words::joined(&parts))
    }

    /// The statement, and the one that undoes it.
    pub(super) fn step(&self, dialect: Dialect, new: &str) -> Step {
        let undo = self.renamed(new).statement(dialect, self.last());
        Step {
            undo: Some(undo),
            ..Step::new(self.statement(dialect, new)).at(Stage::Rename)
        }
    }

    fn last(&self) -> &str {
        match self {
            Self::Object { name, .. } => name,
            Self::Column { column, .. } => column,
            Self::Label { label, .. } => label,
        }
    }

    fn statement(&self, dialect: Dialect, new: &str) -> String {
        match self {
            Self::Object {
                kind,
                namespace,
                name,
                ..
            } => {
                let (name, new) = (full(namespace, name, dialect), quoted(new, dialect));
                match dialect {
                    Dialect::MySql => format!("RENAME TABLE {name} TO {new}"),
                    Dialect::Postgres | Dialect::Sqlite => {
                        format!("ALTER {kind} {name} RENAME TO {new}")
                    }
                }
            }
            Self::Column {
                namespace,
                table,
                column,
            } => format!(
                "ALTER TABLE {} RENAME COLUMN {} TO {}",
                full(namespace, table, dialect),
                quoted(column, dialect),
                quoted(new, dialect)
            ),
            Self::Label {
                namespace,
                r#type,
                label,
            } => format!(
                "ALTER TYPE {} RENAME VALUE {} TO {}",
                full(namespace, r#type, dialect),
                literal(label),
                literal(new)
            ),
        }
    }
}

/// A name with its schema, where the engine has any.
pub(super) fn full(namespace: &str, name: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => format!("{}.{}", quoted(namespace, dialect), quoted(name, dialect)),
        Dialect::MySql | Dialect::Sqlite => quoted(name, dialect),
    }
}
