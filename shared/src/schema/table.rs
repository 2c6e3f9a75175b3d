//! Tables and what belongs to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Policy, SequenceOptions, Trigger, key};

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Table {
    /// The schema (namespace) it lives in; empty where the engine has none.
    pub namespace: String,
    /// Its name, unquoted.
    pub name: String,
    /// Columns in their order.
    pub columns: Vec<Column>,
    /// The columns of the primary key, in the order of the key; empty where there is none.
    pub primary_key: Vec<String>,
    /// Primary key, unique and exclusion constraints by name. Each has an index of its name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constraints: BTreeMap<String, Constraint>,
    /// Indexes by name, those behind constraints included.
    pub indexes: BTreeMap<String, Index>,
    /// Foreign keys, ordered by their columns.
    pub foreign_keys: Vec<ForeignKey>,
    /// Check constraints by name.
    pub checks: BTreeMap<String, Check>,
    /// Its triggers by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub triggers: BTreeMap<String, Trigger>,
    /// Its row security policies by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<String, Policy>,
    /// Whether policies are in force.
    #[serde(default, skip_serializing_if = "RowSecurity::is_off")]
    pub row_security: RowSecurity,
    /// How its rows are divided, as in `RANGE (at)`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_by: Option<String>,
    /// What it is a partition of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_of: Option<Partition>,
    /// The tables (their keys) it inherits from, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inherits: Vec<String>,
    /// Extended statistics by name, each the statement that makes it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub statistics: BTreeMap<String, String>,
    /// Settings, such as `fillfactor=70`, `unlogged`, `ENGINE=InnoDB`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// The statement that made it, where the server keeps it (SQLite, whose checks and collations
    /// are nowhere else).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// Its name, unquoted.
    pub name: String,
    /// The type as the server prints it.
    pub r#type: String,
    /// Whether it takes NULL.
    pub nullable: bool,
    /// The default expression as the server prints it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// How the server fills it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated: Option<Generated>,
    /// A collation other than the type's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
    /// Whether it comes from a parent table alone (PostgreSQL `INHERITS`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inherited: bool,
    /// Other settings by name: `storage`, `compression`, `statistics`, `on update`…
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// How the server fills a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Generated {
    /// `GENERATED … AS IDENTITY`.
    Identity {
        /// False for `BY DEFAULT`.
        always: bool,
        /// How it counts.
        sequence: SequenceOptions,
    },
    /// `GENERATED ALWAYS AS (…) STORED`.
    Stored {
        /// The expression as the server prints it.
        expression: String,
    },
    /// `GENERATED ALWAYS AS (…) VIRTUAL`.
    Virtual {
        /// The expression as the server prints it.
        expression: String,
    },
    /// MySQL's `AUTO_INCREMENT`, SQLite's `AUTOINCREMENT`.
    AutoIncrement,
}

/// A constraint that an index enforces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Constraint {
    /// What it demands.
    pub kind: ConstraintKind,
    /// As the server prints it: `UNIQUE (email) DEFERRABLE`.
    pub definition: String,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What a [`Constraint`] demands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey,
    /// `UNIQUE`.
    Unique,
    /// `EXCLUDE`.
    Exclusion,
}

/// An index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Its name, unquoted.
    pub name: String,
    /// The keys in order: column names or expressions.
    pub keys: Vec<IndexKey>,
    /// Columns that are only carried (PostgreSQL `INCLUDE`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Whether two equal rows are refused.
    pub unique: bool,
    /// Whether NULL equals NULL there (PostgreSQL 15 `NULLS NOT DISTINCT`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub nulls_not_distinct: bool,
    /// The condition of a partial index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate: Option<String>,
    /// The access method, such as `btree`.
    pub method: String,
    /// Whether a constraint owns it: it cannot be dropped alone.
    pub constraint: bool,
    /// False for what a failed `CREATE INDEX CONCURRENTLY` leaves behind (`pg_index.indisvalid`).
    pub valid: bool,
    /// The key of the partitioned index it is a part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition_of: Option<String>,
    /// The definition as the server prints it; empty where the server has none.
    pub definition: String,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// One key of an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IndexKey {
    /// The column, or none for an expression.
    pub column: Option<String>,
    /// The key as the server prints it, with its order, collation and operator class.
    pub text: String,
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ForeignKey {
    /// The constraint's name; SQLite often has none.
    pub name: Option<String>,
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table referred to, named as in [`super::Schema::tables`].
    pub references_table: String,
    /// The columns referred to.
    pub references_columns: Vec<String>,
    /// What happens to these rows when the other row goes, as SQL words.
    pub on_delete: String,
    /// What happens to these rows when the other key changes, as SQL words.
    pub on_update: String,
    /// False after `NOT VALID`: rows from before may break it (`pg_constraint.convalidated`).
    pub validated: bool,
    /// As the server prints it, with `MATCH` and `DEFERRABLE`; empty where the server has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub definition: String,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A check constraint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// The condition as the server prints it.
    pub definition: String,
    /// False after `NOT VALID`: rows from before may break it (`pg_constraint.convalidated`).
    pub validated: bool,
    /// Whether it comes from a parent table alone (PostgreSQL `INHERITS`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inherited: bool,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A part of a partitioned table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Partition {
    /// The key of the partitioned table.
    pub parent: String,
    /// Which rows it takes: `FOR VALUES FROM (1) TO (9)`, `DEFAULT`.
    pub bound: String,
}

/// Whether row security policies are in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowSecurity {
    /// They are not.
    #[default]
    Off,
    /// For everybody but the owner.
    On,
    /// For the owner too.
    Forced,
}

impl RowSecurity {
    /// Whether policies are not in force.
    #[must_use]
    pub fn is_off(&self) -> bool {
        *self == Self::Off
    }
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
            constraints: BTreeMap::new(),
            indexes: BTreeMap::new(),
            foreign_keys: Vec::new(),
            checks: BTreeMap::new(),
            triggers: BTreeMap::new(),
            policies: BTreeMap::new(),
            row_security: RowSecurity::Off,
            partition_by: None,
            partition_of: None,
            inherits: Vec::new(),
            statistics: BTreeMap::new(),
            options: Vec::new(),
            comment: None,
            definition: None,
        }
    }

    /// The name as in [`super::Schema::tables`].
    #[must_use]
    pub fn key(&self) -> String {
        key(&self.namespace, &self.name)
    }
}

impl Column {
    /// A column that takes NULL and has no more to it.
    #[must_use]
    pub fn new(name: &str, r#type: &str) -> Self {
        Self {
            name: name.to_owned(),
            r#type: r#type.to_owned(),
            nullable: true,
            default: None,
            generated: None,
            collation: None,
            inherited: false,
            options: BTreeMap::new(),
            comment: None,
        }
    }
}

impl Check {
    /// A check that every row was seen to meet.
    #[must_use]
    pub fn new(definition: impl Into<String>) -> Self {
        Self {
            definition: definition.into(),
            validated: true,
            inherited: false,
            comment: None,
        }
    }
}

impl Index {
    /// A valid tree over all rows, without keys yet.
    #[must_use]
    pub fn new(name: &str, unique: bool) -> Self {
        Self {
            name: name.to_owned(),
            keys: Vec::new(),
            include: Vec::new(),
            unique,
            nulls_not_distinct: false,
            predicate: None,
            method: "btree".to_owned(),
            constraint: false,
            valid: true,
            partition_of: None,
            definition: String::new(),
            comment: None,
        }
    }

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

impl ForeignKey {
    /// A validated key with nothing done on delete or update.
    #[must_use]
    pub fn new(
        columns: Vec<String>,
        references_table: &str,
        references_columns: Vec<String>,
    ) -> Self {
        Self {
            name: None,
            columns,
            references_table: references_table.to_owned(),
            references_columns,
            on_delete: "NO ACTION".to_owned(),
            on_update: "NO ACTION".to_owned(),
            validated: true,
            definition: String::new(),
            comment: None,
        }
    }
}
