//! What a statement looks for in each table: read from its plan where the planner shows it
//! (PostgreSQL), else from the statement itself.

pub(crate) mod plan;
mod reader;
pub(crate) mod statement;

use std::collections::BTreeSet;

use crate::sql::KeyPart;

/// What one statement asks of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Need {
    /// Compared with a value for equality.
    pub(crate) equal: BTreeSet<KeyPart>,
    /// Compared with columns of other tables for equality.
    pub(crate) joined: BTreeSet<KeyPart>,
    /// Compared with a value for order.
    pub(crate) range: BTreeSet<KeyPart>,
    /// The order in which rows are wanted, if it is one of this table alone; true for descending.
    pub(crate) sort: Vec<(KeyPart, bool)>,
    /// Conditions with constants in them, which a partial index may carry.
    pub(crate) constants: BTreeSet<Constant>,
    /// The columns that are read at all.
    pub(crate) columns: BTreeSet<String>,
}

/// A condition on one column that stands in the statement with its value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Constant {
    pub(crate) column: String,
    /// The value of an equality; none for `IS NULL` and the like.
    pub(crate) value: Option<String>,
    /// The condition as SQL, without the table's name.
    pub(crate) text: String,
}
