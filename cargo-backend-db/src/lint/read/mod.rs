//! Text to statements. Each engine's text has its own parser, and each parser its own room.

mod others;
mod postgres;

use std::sync::Arc;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::diagnostic::Faults;

use super::statement::Statement;

/// Reads the SQL text of an engine.
pub(crate) trait SqlReader {
    /// The statements of a file, in their order.
    ///
    /// # Errors
    /// Where the text is no SQL, with the places.
    fn statements(&self, file: &str, text: &Arc<str>) -> Result<Vec<Statement>, Faults>;
}

/// The reader for an engine.
pub(crate) fn reader(dialect: Dialect) -> &'static dyn SqlReader {
    match dialect {
        Dialect::Postgres => &postgres::Reader,
        Dialect::MySql => &others::Reader(Dialect::MySql),
        Dialect::Sqlite => &others::Reader(Dialect::Sqlite),
    }
}
