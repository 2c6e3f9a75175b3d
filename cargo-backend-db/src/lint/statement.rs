//! A statement of a migration, as far as rules look at it. Whoever reads the text makes these; no rule
//! knows a parser.

use std::fmt;
use std::ops::Range;

/// A name with its schema, folded as the server folds it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) schema: Option<String>,
    pub(crate) name: String,
}

impl Name {
    /// Whether both mean the same object, without `public` or with it.
    pub(crate) fn is(&self, other: &Self) -> bool {
        self.name == other.name && self.other_schema() == other.other_schema()
    }

    fn other_schema(&self) -> Option<&str> {
        self.schema.as_deref().filter(|schema| *schema != "public")
    }

    /// As in `Schema::tables`.
    pub(crate) fn key(&self) -> String {
        cargo_backend_shared::schema::key(self.schema.as_deref().unwrap_or_default(), &self.name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key())
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    /// Where it stands, without blanks and comments around it.
    pub(crate) span: Range<usize>,
    pub(crate) kind: Kind,
}

/// What it does.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    AlterTable {
        table: Name,
        actions: Vec<Action>,
    },
    CreateTable {
        table: Name,
        columns: Vec<Column>,
    },
    CreateIndex(NewIndex),
    DropIndex {
        indexes: Vec<Name>,
        concurrently: bool,
        /// Just behind the word INDEX.
        after_index: usize,
    },
    Reindex {
        /// None for a schema or the whole database.
        table: Option<Name>,
        concurrently: bool,
    },
    Drop {
        what: Object,
        names: Vec<Name>,
    },
    RenameSchema {
        schema: Name,
    },
    RenameEnumValue {
        r#type: Name,
        value: String,
    },
    AddEnumValue {
        r#type: Name,
        value: String,
    },
    CreateView {
        view: Name,
        reads: Vec<Name>,
    },
    CreateDomain {
        domain: Name,
        constrained: bool,
    },
    CreateTrigger {
        table: Name,
    },
    CreatePolicy {
        table: Name,
    },
    Truncate {
        tables: Vec<Name>,
        cascade: bool,
    },
    Update {
        table: Name,
        filtered: bool,
    },
    Delete {
        table: Name,
        filtered: bool,
    },
    Refresh {
        view: Name,
        concurrently: bool,
    },
    /// In lower case.
    Set(String),
    Begin,
    Commit,
    Rollback,
    VacuumFull {
        tables: Vec<Name>,
    },
    Cluster {
        table: Option<Name>,
    },
    Other,
    /// What the reader does not know, with its words.
    Unread(String),
}

/// What DROP takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Object {
    Database,
    Extension,
    MaterializedView,
    Schema,
    Table,
    View,
}

/// An index to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewIndex {
    pub(crate) name: Option<String>,
    pub(crate) table: Name,
    pub(crate) concurrently: bool,
    /// Its columns, up to the first expression.
    pub(crate) columns: Vec<String>,
    pub(crate) partial: bool,
    /// Of the partitioned table alone, which takes no time.
    pub(crate) only: bool,
    /// Just behind the word INDEX.
    pub(crate) after_index: usize,
}

/// One part of ALTER TABLE.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Action {
    pub(crate) span: Range<usize>,
    pub(crate) kind: Alter,
}

/// What it changes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Alter {
    AddColumn(Column),
    DropColumn(String),
    RenameColumn(String),
    RenameTable(String),
    SetType {
        column: String,
        r#type: String,
        collation: bool,
    },
    SetNotNull(String),
    DropNotNull(String),
    AddConstraint(Constraint),
    DropConstraint(String),
    ValidateConstraint(String),
    AttachPartition(Name),
    DetachPartition {
        partition: Name,
        concurrently: bool,
    },
    EnableRowSecurity,
    /// SET LOGGED, SET UNLOGGED, SET TABLESPACE, SET ACCESS METHOD: the table is written anew.
    Rewrite(&'static str),
    /// ALGORITHM or LOCK of MySQL: it is refused where it could not be done so.
    Online,
    Other,
}

/// A column to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// In lower case, with one name for each type: `integer`, `timestamp with time zone`.
    pub(crate) r#type: String,
    pub(crate) not_null: bool,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) identity: bool,
    pub(crate) stored: bool,
    pub(crate) computed: bool,
    pub(crate) check: bool,
    pub(crate) unique: bool,
    pub(crate) primary_key: bool,
    pub(crate) references: Option<Name>,
}

/// The default of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DefaultValue {
    pub(crate) span: Range<usize>,
    /// The functions that it calls, in lower case.
    pub(crate) calls: Vec<String>,
    /// Whether it is a literal.
    pub(crate) constant: bool,
}

/// A constraint to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Constraint {
    pub(crate) name: Option<String>,
    pub(crate) kind: ConstraintKind,
    /// Its columns, where it is about columns.
    pub(crate) columns: Vec<String>,
    pub(crate) not_valid: bool,
    pub(crate) using_index: bool,
    /// Just behind it, where NOT VALID would stand.
    pub(crate) end: usize,
}

/// What a constraint demands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConstraintKind {
    Check,
    ForeignKey(Name),
    Unique,
    PrimaryKey,
    Exclusion,
    NotNull,
}

impl Kind {
    pub(crate) fn ends_transaction(&self) -> bool {
        matches!(self, Self::Commit | Self::Rollback)
    }

    /// Whether it runs without waiting for writers, and in no transaction.
    pub(crate) fn is_concurrent(&self) -> bool {
        let detaches = |action: &Action| {
            matches!(
                action.kind,
                Alter::DetachPartition {
                    concurrently: true,
                    ..
                }
            )
        };
        matches!(
            self,
            Self::DropIndex {
                concurrently: true,
                ..
            } | Self::Reindex {
                concurrently: true,
                ..
            }
        ) || matches!(self, Self::CreateIndex(index) if index.concurrently)
            || matches!(self, Self::AlterTable { actions, .. } if actions.iter().any(detaches))
    }
}
