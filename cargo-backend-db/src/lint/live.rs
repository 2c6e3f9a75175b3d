//! What a database says of the tables that a migration is about.

use cargo_backend_shared::schema::{Column, Schema, Table};

use super::statement::Name;
use crate::statistics::{Statistics, bytes_in_words, counted, seconds_in_words};

/// A table with fewer rows is worked through before anybody notices.
const FEW_ROWS: u64 = 10_000;

/// How many rows are read or written in a second, roughly: to say whether it is seconds or hours.
const ROWS_A_SECOND: u64 = 1_000_000;

/// A database that the migration is for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Live<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) statistics: &'a Statistics,
}

/// How large a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// Nobody knows.
    Unknown,
    Empty,
    Small,
    Large,
}

impl<'a> Live<'a> {
    pub(crate) fn table(&self, name: &Name) -> Option<&'a Table> {
        self.schema.tables.get(&name.key())
    }

    pub(crate) fn column(&self, table: &Name, column: &str) -> Option<&'a Column> {
        let mut columns = self.table(table)?.columns.iter();
        columns.find(|known| known.name == column)
    }

    pub(crate) fn size(&self, name: &Name) -> Size {
        if self.table(name).is_none() {
            return Size::Unknown;
        }
        let used = self.statistics.tables.get(&name.key());
        let rows = self.statistics.rows.get(&name.key()).copied();
        // A table that was never analysed has no count, but a file without a page has no rows.
        if used.is_some_and(|used| used.bytes == Some(0)) || (rows == Some(0) && used.is_some()) {
            return Size::Empty;
        }
        match rows {
            Some(rows) if rows < FEW_ROWS => Size::Small,
            Some(_) => Size::Large,
            None => Size::Unknown,
        }
    }

    /// `orders has 50,000,000 rows, 12.0 GiB: about 50 seconds of it`.
    pub(crate) fn in_words(&self, name: &Name) -> Option<String> {
        let rows = self.statistics.rows.get(&name.key()).copied()?;
        let used = self.statistics.tables.get(&name.key());
        let bytes = used.and_then(|used| used.bytes);
        let bytes = bytes.map_or_else(String::new, |bytes| format!(", {}", bytes_in_words(bytes)));
        let takes = match rows / ROWS_A_SECOND {
            0 => "less than a second".to_owned(),
            seconds => format!("about {}", seconds_in_words(seconds)),
        };
        Some(format!(
            "{name} has {}{bytes}: {takes} at a million rows a second",
            counted(rows, "row")
        ))
    }
}
