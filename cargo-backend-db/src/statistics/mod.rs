//! What the server knows about itself, its tables and its use. Facts only; judgement is in
//! `findings`. They come in sections, and each can be lost without the others.

pub(crate) mod live;
mod mysql;
mod postgres;
mod section;
mod sqlite;
mod statement;
mod words;

use std::collections::BTreeMap;

pub(crate) use section::{Lost, Section};
pub(crate) use statement::{Statement, shown};
pub(crate) use words::{bytes_in_words, counted, grouped, milliseconds_in_words, seconds_in_words};

/// Facts by table, named as in `Schema::tables`. What a lost section would hold is at its default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Statistics {
    pub(crate) server: Server,
    /// Rows of a table; absent where the server does not know (never analysed).
    pub(crate) rows: BTreeMap<String, u64>,
    pub(crate) tables: BTreeMap<String, TableUse>,
    /// By table and index.
    pub(crate) indexes: BTreeMap<(String, String), IndexUse>,
    /// How far the sequences behind columns have come.
    pub(crate) keys: Vec<KeyUse>,
    /// The statements with the most time and those with the most calls.
    pub(crate) statements: Vec<Statement>,
    /// Execution time of all statements of this database, those that are not listed included.
    pub(crate) statements_total_us: u64,
    /// Sessions of this database that have a transaction open or wait for a lock.
    pub(crate) sessions: Vec<Session>,
    pub(crate) slots: Vec<Slot>,
    /// What could not be read, with the reason.
    pub(crate) lost: BTreeMap<Section, Lost>,
}

/// The server and the database as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) version: String,
    /// The size of the database in bytes.
    pub(crate) bytes: Option<u64>,
    /// What of it is empty (SQLite).
    pub(crate) free_bytes: Option<u64>,
    /// For how many seconds the figures of use have been counted.
    pub(crate) counting_s: Option<u64>,
    /// Figures of use on a standby say what the standby did.
    pub(crate) standby: bool,
    /// Standbys that are connected.
    pub(crate) replicas: u64,
    pub(crate) cache: Option<Cache>,
    pub(crate) connections: Option<Connections>,
    pub(crate) temporary: Option<Temporary>,
    /// Ages against the limits at which the server forces a vacuum (PostgreSQL).
    pub(crate) ages: Vec<Age>,
    /// When the server vacuums and analyses by itself (PostgreSQL).
    pub(crate) autovacuum: Option<Autovacuum>,
}

/// How often a page was found in memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cache {
    pub(crate) hits: u64,
    pub(crate) reads: u64,
    pub(crate) page_bytes: u64,
}

/// The limit that is reached first, and how far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Connections {
    pub(crate) used: u64,
    pub(crate) limit: u64,
    /// What sets the limit.
    pub(crate) set_by: &'static str,
}

/// What did not fit into the memory of a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Temporary {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
}

/// The age of the oldest transaction id that a table or the database still refers to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Age {
    /// The table; none for the database as a whole.
    pub(crate) table: Option<String>,
    /// Transaction ids or multixact ids.
    pub(crate) counter: &'static str,
    pub(crate) age: u64,
    /// The age at which a vacuum is forced.
    pub(crate) forced_at: u64,
}

/// The settings that decide when autovacuum comes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Autovacuum {
    pub(crate) enabled: bool,
    pub(crate) threshold: u64,
    pub(crate) scale_percent: u64,
}

/// A table and its use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TableUse {
    /// Its rows are those of its partitions.
    pub(crate) partitioned: bool,
    /// Another session holds or waits for a lock under which nobody can even read.
    pub(crate) locked: bool,
    pub(crate) bytes: Option<u64>,
    /// Seconds since its figures of use began, where that is not when the server's did (MySQL forgets
    /// them with each change of the table).
    pub(crate) counting_s: Option<u64>,
    /// Values that are kept beside the rows because they are long (TOAST).
    pub(crate) toast_bytes: u64,
    pub(crate) scans: u64,
    /// Rows that those scans read.
    pub(crate) scanned_rows: u64,
    pub(crate) index_scans: u64,
    pub(crate) live_rows: u64,
    pub(crate) dead_rows: u64,
    /// Rows that changed since the last ANALYZE.
    pub(crate) modified_rows: u64,
    /// Seconds since the last vacuum; none if there was none.
    pub(crate) vacuumed_s: Option<u64>,
    /// Seconds since the last analyze; none if there was none.
    pub(crate) analysed_s: Option<u64>,
    /// Whether there are statistics for the planner, however old.
    pub(crate) analysed: bool,
    pub(crate) autovacuum_off: bool,
}

/// An index and its use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct IndexUse {
    pub(crate) bytes: Option<u64>,
    /// Scans since the figures of use began; none where the server does not count.
    pub(crate) scans: Option<u64>,
    /// What a new index of this kind would take, by the widths that the planner knows; none where
    /// it cannot be said, or the index is small.
    pub(crate) least_bytes: Option<u64>,
    /// It is being built right now.
    pub(crate) building: bool,
    /// It names the rows for logical replication.
    pub(crate) replica_identity: bool,
}

/// How far a column that a sequence fills has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyUse {
    /// The table, as in `Schema::tables`.
    pub(crate) table: String,
    pub(crate) column: String,
    /// The last value that was given out.
    pub(crate) last: u64,
    /// The largest value that both the column's type and the sequence allow.
    pub(crate) maximum: u64,
}

/// A session with an open transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Session {
    /// The process or thread, as the statement that ends it wants it.
    pub(crate) id: i64,
    pub(crate) user: String,
    /// What the client calls itself.
    pub(crate) application: String,
    /// It does nothing and has its transaction open.
    pub(crate) idle: bool,
    /// Seconds since it began its transaction.
    pub(crate) transaction_s: u64,
    /// Seconds since it began what it does now, or does not.
    pub(crate) state_s: u64,
    pub(crate) query: String,
    /// Who has what it waits for.
    pub(crate) blocked_by: Vec<i64>,
}

/// A replication slot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) name: String,
    pub(crate) active: bool,
    /// Write-ahead log that the server keeps for it.
    pub(crate) retained_bytes: u64,
    /// `pg_replication_slots.wal_status`.
    pub(crate) status: String,
}

impl Statistics {
    /// The rows of a table in words; "an unknown number of rows" is not "no rows".
    pub(crate) fn rows_in_words(&self, table: &str) -> String {
        match self.rows.get(table) {
            Some(rows) => counted(*rows, "row"),
            None => "an unknown number of rows (the table was never analysed)".to_owned(),
        }
    }

    /// Since when the figures of use count, for the end of a sentence.
    pub(crate) fn counted_for(&self) -> String {
        match self.server.counting_s {
            Some(seconds) => format!("counted for {}", seconds_in_words(seconds)),
            None => "counted for an unknown time".to_owned(),
        }
    }

    /// The size of an index, where it is known.
    pub(crate) fn index_bytes(&self, table: &str, index: &str) -> Option<u64> {
        self.index(table, index).and_then(|used| used.bytes)
    }

    pub(crate) fn index(&self, table: &str, index: &str) -> Option<&IndexUse> {
        self.indexes.get(&(table.to_owned(), index.to_owned()))
    }
}
