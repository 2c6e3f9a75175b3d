//! A database schema as a value, the same for every engine. Every expression is the text that the
//! server gives back, so that two schemas can be compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::database_url::Dialect;

/// A whole schema. Two schemas are equal when a user could not tell the databases apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schema {
    /// The engine it was read from.
    pub dialect: Dialect,
    /// Tables by name; PostgreSQL tables outside `public` carry their schema: `audit.events`.
    pub tables: BTreeMap<String, Table>,
    /// What the model cannot hold, named so that nothing is dropped in silence.
    pub unsupported: Vec<String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// The schema (namespace) it lives in; empty for SQLite.
    pub namespace: String,
    /// Its name, unquoted.
    pub name: String,
    /// Columns in their order.
    pub columns: Vec<Column>,
    /// The columns of the primary key, in the order of the key; empty where there is none.
    pub primary_key: Vec<String>,
    /// Indexes by name, those behind constraints included.
    pub indexes: BTreeMap<String, Index>,
    /// Foreign keys, ordered by their columns.
    pub foreign_keys: Vec<ForeignKey>,
    /// Check constraints by name.
    pub checks: BTreeMap<String, Check>,
    /// The statement that made it, where the server keeps it (SQLite, whose checks and collations
    /// are nowhere else).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name, unquoted.
    pub name: String,
    /// The type as the server prints it.
    pub r#type: String,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// The default expression as the server prints it.
    pub default: Option<String>,
    /// Filled by the server: identity, generated or automatic increment.
    pub generated: Option<String>,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its name, unquoted.
    pub name: String,
    /// The keys in order: column names or expressions.
    pub keys: Vec<IndexKey>,
    /// Columns that are only carried (PostgreSQL `INCLUDE`).
    pub include: Vec<String>,
    /// Whether two equal rows are refused.
    pub unique: bool,
    /// The condition of a partial index.
    pub predicate: Option<String>,
    /// The access method, such as `btree`.
    pub method: String,
    /// The constraint that owns it, if one does: it cannot be dropped alone.
    pub constraint: bool,
    /// False for what a failed `CREATE INDEX CONCURRENTLY` leaves behind (`pg_index.indisvalid`).
    pub valid: bool,
    /// The definition as the server prints it.
    pub definition: String,
}

/// One key of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexKey {
    /// The column, or none for an expression.
    pub column: Option<String>,
    /// The key as the server prints it, with its order, collation and operator class.
    pub text: String,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The constraint's name; SQLite often has none.
    pub name: Option<String>,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table referred to, named as in [`Schema::tables`].
    pub references_table: String,
    /// The columns referred to.
    pub references_columns: Vec<String>,
    /// What happens to these rows when the other row goes, as SQL words.
    pub on_delete: String,
    /// What happens to these rows when the other key changes, as SQL words.
    pub on_update: String,
    /// False after `NOT VALID`: rows from before may break it (`pg_constraint.convalidated`).
    pub validated: bool,
}

/// A check constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The condition as the server prints it.
    pub definition: String,
    /// False after `NOT VALID`: rows from before may break it (`pg_constraint.convalidated`).
    pub validated: bool,
}

impl Table {
    /// A table with nothing in it.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            columns: Vec::new(),
            primary_key: Vec::new(),
            indexes: BTreeMap::new(),
            foreign_keys: Vec::new(),
            checks: BTreeMap::new(),
            definition: None,
        }
    }

    /// The name as in [`Schema::tables`].
    #[must_use]
    pub fn key(&self) -> String {
        match self.namespace.as_str() {
            "" | "public" => self.name.clone(),
            namespace => format!("{namespace}.{}", self.name),
        }
    }
}

impl Index {
    /// The columns of its keys, up to the first expression.
    #[must_use]
    pub fn leading_columns(&self) -> Vec<&str> {
        self.keys
            .iter()
            .map_while(|key| key.column.as_deref())
            .collect()
    }

    /// Whether it can serve a search for rows by equality on all of `columns`: a valid tree over
    /// all rows whose first keys are these columns in any order.
    #[must_use]
    pub fn serves(&self, columns: &[String]) -> bool {
        let leading = self.leading_columns();
        self.valid
            && self.predicate.is_none()
            && self.method == "btree"
            && leading.len() >= columns.len()
            && leading[..columns.len()]
                .iter()
                .all(|key| columns.iter().any(|column| column == key))
    }
}
