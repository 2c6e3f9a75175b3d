//! A schema as data: what refers to a column names it, so that what refers to nothing can be left out
//! when it is printed.

/// A schema.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub(super) namespaces: Vec<String>,
    pub(super) enums: Vec<(String, Vec<String>)>,
    pub(super) domains: Vec<Domain>,
    pub(super) composites: Vec<(String, Vec<(String, &'static str)>)>,
    pub(super) ranges: Vec<(String, &'static str)>,
    pub(super) sequences: Vec<(String, i64)>,
    pub(super) functions: Vec<Function>,
    pub(super) tables: Vec<Table>,
    pub(super) views: Vec<View>,
    pub(super) extension: bool,
    /// For names that were never there.
    pub(super) counter: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Domain {
    pub(super) name: String,
    pub(super) base: &'static str,
    pub(super) check: Option<u32>,
    pub(super) not_null: bool,
    pub(super) default: Option<u32>,
}

#[derive(Debug, Clone)]
pub(super) struct Function {
    pub(super) name: String,
    /// `plpgsql`, `sql`, `atomic`, `procedure` or `trigger`.
    pub(super) kind: &'static str,
    pub(super) returns: &'static str,
    pub(super) number: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    pub(super) primary_key: Vec<String>,
    pub(super) members: Vec<Member>,
    pub(super) unlogged: bool,
    pub(super) fillfactor: Option<u32>,
    pub(super) comment: Option<u32>,
    pub(super) row_security: u8,
    /// The column of a RANGE, and the partitions with their upper ends.
    pub(super) partitions: Option<(String, Vec<(String, u32)>)>,
    pub(super) inherits: Option<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) nullable: bool,
    pub(super) default: bool,
    pub(super) number: u32,
    pub(super) comment: bool,
    pub(super) statistics: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Plain(&'static str),
    Enum(String),
    EnumArray(String),
    Domain(String),
    Composite(String),
    Range(String),
    Serial(String),
    Identity(bool),
    /// Of another column.
    Computed(String),
    Collated,
}

#[derive(Debug, Clone)]
pub(super) enum Member {
    Index {
        name: String,
        columns: Vec<String>,
        /// `plain`, `unique`, `partial`, `expression`, `include`, `descending`, `hash`.
        form: &'static str,
    },
    Unique {
        name: String,
        columns: Vec<String>,
        deferrable: bool,
    },
    Check {
        name: String,
        column: String,
        number: u32,
        valid: bool,
    },
    ForeignKey {
        name: String,
        column: String,
        table: String,
        action: &'static str,
        valid: bool,
    },
    Exclude {
        name: String,
        column: String,
    },
    Trigger {
        name: String,
        function: String,
        /// `before`, `after`, `of`, `when`.
        form: &'static str,
        column: String,
        disabled: bool,
    },
    Policy {
        name: String,
        column: String,
        command: &'static str,
    },
    Statistics {
        name: String,
        columns: Vec<String>,
    },
}

#[derive(Debug, Clone)]
pub(super) struct View {
    pub(super) name: String,
    pub(super) materialized: bool,
    /// A table, or a view by its name.
    pub(super) of: String,
    pub(super) columns: Vec<String>,
    pub(super) number: u32,
    pub(super) indexed: bool,
    pub(super) grouped: bool,
    pub(super) comment: bool,
}

impl World {
    /// The tables that have rows of their own: their schema, where it is not the usual one, and their
    /// name.
    pub fn tables(&self) -> impl Iterator<Item = (Option<&str>, &str)> {
        let tables = self
            .tables
            .iter()
            .filter(|table| table.partitions.is_none());
        tables.map(|table| (table.namespace.as_deref(), table.name.as_str()))
    }

    /// How many objects there are of each kind.
    #[must_use]
    pub fn objects(&self) -> Vec<(&'static str, usize)> {
        let mut all = vec![
            ("schema", self.namespaces.len()),
            ("enum", self.enums.len()),
            ("domain", self.domains.len()),
            ("composite", self.composites.len()),
            ("range", self.ranges.len()),
            ("sequence", self.sequences.len()),
            ("function", self.functions.len()),
            ("table", self.tables.len()),
            ("view", self.views.len()),
            ("extension", usize::from(self.extension)),
        ];
        for table in &self.tables {
            all.push(("column", table.columns.len()));
            all.push(("partitioned table", usize::from(table.partitions.is_some())));
            all.push(("child table", usize::from(table.inherits.is_some())));
            all.extend(table.members.iter().map(|member| (member.kind(), 1)));
        }
        all
    }
}

impl Member {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Index { .. } => "index",
            Self::Unique { .. } => "unique constraint",
            Self::Check { .. } => "check",
            Self::ForeignKey { .. } => "foreign key",
            Self::Exclude { .. } => "exclusion constraint",
            Self::Trigger { .. } => "trigger",
            Self::Policy { .. } => "policy",
            Self::Statistics { .. } => "statistics",
        }
    }
}
