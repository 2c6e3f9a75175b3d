//! The parts in which a database is read, and why one is missing.

use serde::Serialize;

/// What is read together, and lost together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Section {
    /// Tables, columns, indexes and constraints.
    Schema,
    /// Version, size, settings and the figures of the whole database.
    Server,
    /// Rows, sizes and use of tables.
    Tables,
    /// Sizes and use of indexes.
    Indexes,
    /// How far generated keys have come.
    Keys,
    /// What the statements cost.
    Statements,
    /// Who is connected and waits for whom.
    Sessions,
    /// What is kept for standbys and subscribers.
    Replication,
    /// How the planner would look rows up.
    Planner,
}

impl Section {
    /// What only a database in use knows.
    pub(crate) const OF_USE: [Self; 8] = [
        Self::Server,
        Self::Tables,
        Self::Indexes,
        Self::Keys,
        Self::Statements,
        Self::Sessions,
        Self::Replication,
        Self::Planner,
    ];

    /// As it is written in the report.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Server => "server",
            Self::Tables => "tables",
            Self::Indexes => "indexes",
            Self::Keys => "keys",
            Self::Statements => "statements",
            Self::Sessions => "sessions",
            Self::Replication => "replication",
            Self::Planner => "planner",
        }
    }
}

/// Why a section is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Lost {
    pub(crate) why: String,
    /// The line that brings it; empty where only trying again helps.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) remedy: String,
}

impl Lost {
    pub(crate) fn new(why: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            remedy: remedy.into(),
        }
    }
}
