//! What has to be done to make one schema out of another: ordered steps, without regard to how long
//! each of them holds its locks.

mod draft;
pub(crate) mod hazard;
mod mysql;
mod postgres;
pub(crate) mod rename;
mod sqlite;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;

use crate::ddl::postgres::words::statistics;
pub(crate) use draft::{Draft, back, drafts};
use hazard::Seen;

/// The migrations of a change, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// What is only called otherwise, before anything else looks at its name.
    Rename,
    /// A new value of an enumeration cannot be used in the transaction that adds it.
    Values,
    /// A column is added beside one that changes its type, and kept up to date from now on.
    Expand,
    /// It is filled for the rows that are there, in batches: alone, and in no transaction.
    Backfill,
    /// Its indexes are built: alone, and in no transaction.
    Clone,
    /// What has to be known of its values is looked at.
    Prove,
    /// What is done in a moment.
    Main,
    /// An index is built while others read and write: alone, and in no transaction.
    Build,
    /// What needs those indexes.
    Attach,
    /// Rows are looked at while others read and write.
    Validate,
    /// What was validated is put to use, in a moment, and in a transaction that looks at no row.
    Finish,
    /// An index is dropped while others read and write: alone, and in no transaction.
    Drop,
}

impl Stage {
    /// Whether it makes what is there only until columns change places.
    fn is_aside(self) -> bool {
        match self {
            Self::Expand | Self::Backfill | Self::Clone | Self::Prove => true,
            Self::Rename
            | Self::Values
            | Self::Main
            | Self::Build
            | Self::Attach
            | Self::Validate
            | Self::Finish
            | Self::Drop => false,
        }
    }

    /// Whether each of its statements is a migration of its own.
    fn is_alone(self) -> bool {
        match self {
            Self::Backfill | Self::Clone | Self::Build | Self::Drop => true,
            Self::Rename
            | Self::Values
            | Self::Expand
            | Self::Prove
            | Self::Main
            | Self::Attach
            | Self::Validate
            | Self::Finish => false,
        }
    }
}

/// One statement of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// The statement, without its semicolon.
    pub(crate) sql: String,
    /// What it loses for good, in words.
    pub(crate) loses: Option<String>,
    /// In which migration it runs.
    pub(crate) stage: Stage,
    /// What it was seen to do, once it ran somewhere.
    pub(crate) seen: Vec<Seen>,
    /// SQLite: whether foreign keys must not be enforced meanwhile.
    pub(crate) without_foreign_keys: bool,
    /// What takes it back, where comparing the schemas would not find it; empty where nothing does.
    pub(crate) undo: Option<String>,
}

impl Step {
    fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            loses: None,
            stage: Stage::Main,
            seen: Vec::new(),
            without_foreign_keys: false,
            undo: None,
        }
    }

    fn at(self, stage: Stage) -> Self {
        Self { stage, ..self }
    }

    /// The same without keeping anybody waiting, for an index of PostgreSQL.
    fn concurrently(self) -> Self {
        let sql = ["CREATE UNIQUE INDEX ", "CREATE INDEX ", "DROP INDEX "]
            .iter()
            .find_map(|words| {
                let rest = self.sql.strip_prefix(words)?;
                (!rest.starts_with("CONCURRENTLY")).then(|| format!("{words}CONCURRENTLY {rest}"))
            });
        match sql {
            Some(sql) => Self { sql, ..self },
            None => self,
        }
    }

    fn losing(sql: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            loses: Some(what.into()),
            ..Self::new(sql)
        }
    }
}

/// How careful a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// In one migration, whoever waits for it meanwhile.
    Plain,
    /// In several, none of which keeps readers or writers waiting for longer than a moment, as far
    /// as the engine can (PostgreSQL).
    Online,
}

/// The steps that turn one schema into another, in an order in which they run.
pub(crate) fn steps(from: &Schema, to: &Schema, form: Form) -> Vec<Step> {
    match to.dialect {
        Dialect::Postgres => postgres::steps(from, to, form),
        Dialect::MySql => mysql::steps(from, to),
        Dialect::Sqlite => sqlite::steps(from, to),
    }
}

/// A schema without what two equal ones may differ in: the order of columns in a table, which
/// of a parent's columns were there before, and on SQLite how the same was written.
pub(crate) fn comparable(mut schema: Schema) -> Schema {
    if schema.dialect == Dialect::Sqlite {
        return sqlite::comparable(schema);
    }
    for table in schema.tables.values_mut() {
        table
            .columns
            .sort_by(|one, other| one.name.cmp(&other.name));
        // Whether a column was there before its parent's is no more than history.
        for column in &mut table.columns {
            column.inherited = false;
        }
        // A check that comes from a parent is compared there.
        table.checks.retain(|_, check| !check.inherited);
        for definition in table.statistics.values_mut() {
            *definition = statistics(definition);
        }
    }
    schema
}
