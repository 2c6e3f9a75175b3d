//! A database schema as a value, the same for every engine. Every expression is the text that the
//! server gives back, so that two schemas can be compared.

mod object;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use object::{
    Attribute, Extension, Namespace, Policy, Routine, Sequence, SequenceOptions, Trigger, TypeForm,
    UserType, View,
};
pub use table::{
    Check, Column, Constraint, ConstraintKind, ForeignKey, Generated, Index, IndexKey, Partition,
    RowSecurity, Table,
};

use crate::database_url::Dialect;

/// A whole schema. Two schemas are equal when a user could not tell the databases apart.
///
/// Objects are named by [`key`]: those outside PostgreSQL's `public` carry their schema, as in
/// `audit.events`. Owners and grants are no part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schema {
    /// The engine it was read from.
    pub dialect: Dialect,
    /// PostgreSQL's schemas.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub namespaces: BTreeMap<String, Namespace>,
    /// PostgreSQL's extensions; what belongs to one is not listed elsewhere.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub extensions: BTreeMap<String, Extension>,
    /// Types that users made: enumerations, domains, composites, ranges.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, UserType>,
    /// Sequences, but for those of identity columns.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sequences: BTreeMap<String, Sequence>,
    /// Tables, partitions included.
    pub tables: BTreeMap<String, Table>,
    /// Views and materialized views.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub views: BTreeMap<String, View>,
    /// Functions and procedures by name and argument types: `area(integer, integer)`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub routines: BTreeMap<String, Routine>,
    /// What has to be there before an object can be made, as far as the server keeps it
    /// (`pg_depend`): types, sequences, tables, views and routines. Functions whose body is a
    /// string depend on nothing here.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dependencies: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
    /// What the model cannot hold, named so that nothing is dropped in silence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unsupported: Vec<String>,
}

/// What kind of object a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// An enumeration, domain, composite or range.
    Type,
    /// A sequence.
    Sequence,
    /// A table.
    Table,
    /// A view or materialized view.
    View,
    /// A function or procedure.
    Routine,
}

impl ObjectKind {
    const ALL: [(Self, &str); 5] = [
        (Self::Type, "type"),
        (Self::Sequence, "sequence"),
        (Self::Table, "table"),
        (Self::View, "view"),
        (Self::Routine, "routine"),
    ];
}

/// An object of a schema: its kind and its key. Written `view orders_open`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ObjectId {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its name as in the map of its kind.
    pub name: String,
}

impl ObjectId {
    /// An object by kind and key.
    #[must_use]
    pub fn new(kind: ObjectKind, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { kind, name }
    }
}

impl From<ObjectId> for String {
    fn from(id: ObjectId) -> Self {
        let word = ObjectKind::ALL.iter().find(|(kind, _)| *kind == id.kind);
        format!("{} {}", word.map_or("", |(_, word)| word), id.name)
    }
}

impl TryFrom<String> for ObjectId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts = text.split_once(' ');
        let found = parts.and_then(|(word, name)| {
            let (kind, _) = ObjectKind::ALL.iter().find(|(_, known)| *known == word)?;
            Some(Self::new(*kind, name))
        });
        found.ok_or_else(|| format!("`{text}` names no object: it should read like `view name`"))
    }
}

impl Schema {
    /// A schema with nothing in it.
    #[must_use]
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            namespaces: BTreeMap::new(),
            extensions: BTreeMap::new(),
            types: BTreeMap::new(),
            sequences: BTreeMap::new(),
            tables: BTreeMap::new(),
            views: BTreeMap::new(),
            routines: BTreeMap::new(),
            dependencies: BTreeMap::new(),
            unsupported: Vec::new(),
        }
    }
}

/// The name of an object in a [`Schema`]: `orders`, or `audit.orders` outside `public`.
#[must_use]
pub fn key(namespace: &str, name: &str) -> String {
    match namespace {
        "" | "public" => name.to_owned(),
        namespace => format!("{namespace}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_written_as_a_person_would_name_it() {
        for (kind, word) in ObjectKind::ALL {
            let id = ObjectId::new(kind, "audit.log (text)");
            let text = String::from(id.clone());
            assert_eq!(text, format!("{word} audit.log (text)"));
            assert_eq!(ObjectId::try_from(text), Ok(id));
        }
        for nothing in ["spoon x", "view"] {
            let fault = ObjectId::try_from(nothing.to_owned()).expect_err("it names nothing");
            assert!(fault.contains(nothing), "{fault}");
        }
    }
}
