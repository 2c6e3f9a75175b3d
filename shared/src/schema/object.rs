//! What a schema holds beside tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Check, Column, Index};

/// A schema of PostgreSQL, a folder of names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Namespace {
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// An extension of PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Extension {
    /// Where its objects are.
    pub namespace: String,
    /// Its version, as in `pg_extension.extversion`.
    pub version: String,
}

/// A type that users made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserType {
    /// Where it is.
    pub namespace: String,
    /// Its name, unquoted.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub form: TypeForm,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What a [`UserType`] is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum TypeForm {
    /// `CREATE TYPE … AS ENUM`.
    Enum {
        /// The values in their order.
        labels: Vec<String>,
    },
    /// `CREATE DOMAIN`.
    Domain {
        /// The type below, as the server prints it.
        base: String,
        /// A collation other than that of the type below.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        collation: Option<String>,
        /// Whether it takes NULL.
        nullable: bool,
        /// The default expression as the server prints it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        default: Option<String>,
        /// Its checks by name.
        checks: BTreeMap<String, Check>,
    },
    /// `CREATE TYPE … AS (…)`.
    Composite {
        /// Its attributes in their order.
        attributes: Vec<Attribute>,
    },
    /// `CREATE TYPE … AS RANGE`.
    Range {
        /// What stands in the parentheses: `subtype = double precision`.
        definition: String,
    },
}

/// A part of a composite type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// Its name, unquoted.
    pub name: String,
    /// The type as the server prints it.
    pub r#type: String,
    /// A collation other than the type's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collation: Option<String>,
}

/// How a sequence counts (`pg_sequence`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SequenceOptions {
    /// `smallint`, `integer` or `bigint`.
    pub r#type: String,
    /// The first value.
    pub start: i64,
    /// The step; negative for one that counts down.
    pub increment: i64,
    /// The smallest value.
    pub minimum: i64,
    /// The largest value.
    pub maximum: i64,
    /// How many values a session takes at once.
    pub cache: i64,
    /// Whether it begins again at its end.
    pub cycle: bool,
}

/// A sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sequence {
    /// Where it is.
    pub namespace: String,
    /// Its name, unquoted.
    pub name: String,
    /// How it counts.
    pub options: SequenceOptions,
    /// The table (its key) and column it goes away with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owned_by: Option<(String, String)>,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct View {
    /// Where it is; empty where the engine has no schemas.
    pub namespace: String,
    /// Its name, unquoted.
    pub name: String,
    /// Whether its rows are stored.
    pub materialized: bool,
    /// The query as the server prints it (SQLite: the whole statement).
    pub definition: String,
    /// Settings such as `security_barrier=true`, `check_option=local`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Its columns in their order.
    pub columns: Vec<Column>,
    /// The indexes of a materialized view.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub indexes: BTreeMap<String, Index>,
    /// Its triggers by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub triggers: BTreeMap<String, Trigger>,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A function or procedure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Routine {
    /// Where it is; empty where the engine has no schemas.
    pub namespace: String,
    /// Its name, unquoted.
    pub name: String,
    /// The types of its arguments, as they identify it.
    pub arguments: String,
    /// Whether it is called rather than selected from.
    pub procedure: bool,
    /// The statement that makes it, as the server prints it.
    pub definition: String,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// The statement that makes it, as the server prints it.
    pub definition: String,
    /// `ENABLE`, `DISABLE`, `ENABLE REPLICA` or `ENABLE ALWAYS`.
    pub state: String,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A row security policy (<https://www.postgresql.org/docs/current/ddl-rowsecurity.html>).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    /// False for `AS RESTRICTIVE`.
    pub permissive: bool,
    /// `ALL`, `SELECT`, `INSERT`, `UPDATE` or `DELETE`.
    pub command: String,
    /// The roles it binds, unquoted; `public` for everybody.
    pub roles: Vec<String>,
    /// Which rows are seen.
    pub using: Option<String>,
    /// Which rows may be written.
    pub check: Option<String>,
    /// What `COMMENT ON` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}
