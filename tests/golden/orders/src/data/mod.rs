//! The database: how to reach it and what its refusals mean. One module per table.

pub mod customers;
pub mod orders;

use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

use axum::http::StatusCode;
use sqlx::Row as _;
use sqlx::error::ErrorKind;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};

use crate::api::error::ApiError;

use crate::config::Config;

/// The database this service was generated for.
pub type Database = Sqlite;
/// Its connections.
pub type Pool = sqlx::Pool<Database>;
/// Its rows.
pub type DatabaseRow = SqliteRow;

/// Opens the database.
///
/// # Errors
/// When the URL is malformed or nobody answers.
pub async fn connect(config: &Config) -> Result<Pool, sqlx::Error> {
    let options = SqliteConnectOptions::from_str(&config.database_url)?
        .create_if_missing(true)
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5));
    let mut pool = SqlitePoolOptions::new().max_connections(config.database_max_connections);
    if config.database_url.contains("memory") {
        // Such a database lives and dies with its one connection.
        pool = pool
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None);
    }
    pool.connect_with(options).await
}

/// Applies the migrations that are not applied yet. Migrations of other owners in the same
/// database are left alone.
///
/// # Errors
/// When the folder cannot be read or a migration fails.
pub async fn migrate(pool: &Pool, folder: &Path) -> Result<(), MigrateError> {
    let mut migrator = Migrator::new(folder).await?;
    migrator.set_ignore_missing(true);
    migrator.run(pool).await
}

impl From<sqlx::Error> for ApiError {
    fn from(error: sqlx::Error) -> Self {
        if matches!(error, sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed) {
            return Self::of_status(StatusCode::SERVICE_UNAVAILABLE);
        }
        Self::internal(error)
    }
}

/// What may be refused when a table is written: its columns with the document's names for them.
#[derive(Debug, Clone, Copy)]
pub struct Constraints {
    /// Columns whose values occur once.
    pub unique: &'static [(&'static str, &'static str)],
    /// Columns that refer to another table.
    pub references: &'static [(&'static str, &'static str)],
    /// The status for a value that is taken.
    pub taken: StatusCode,
    /// The status for a reference that leads nowhere, and for values that break another rule.
    pub dangling: StatusCode,
}

impl Constraints {
    /// What the database's refusal means to the caller.
    #[must_use]
    pub fn explain(&self, error: sqlx::Error) -> ApiError {
        let Some(refusal) = error.as_database_error() else {
            return error.into();
        };
        // PostgreSQL names the constraint, SQLite the columns in its message.
        let said = format!(
            "{} {}",
            refusal.message(),
            refusal.constraint().unwrap_or_default()
        );
        if refusal.is_unique_violation() {
            let base = refusal_of(self.taken, "the value is taken");
            return named(base, self.unique, &said, "taken", "it is taken");
        }
        if refusal.is_foreign_key_violation() {
            let base = refusal_of(self.dangling, "it refers to what is not there");
            return named(
                base,
                self.references,
                &said,
                "reference",
                "it does not exist",
            );
        }
        let broken = matches!(
            refusal.kind(),
            ErrorKind::CheckViolation | ErrorKind::NotNullViolation
        );
        if broken {
            tracing::info!(%error, "the database refused a value");
            return refusal_of(self.dangling, "the database does not take these values");
        }
        error.into()
    }
}

fn refusal_of(status: StatusCode, message: &str) -> ApiError {
    if status == StatusCode::CONFLICT {
        ApiError::conflict(message)
    } else {
        ApiError::invalid(status, Vec::new())
    }
}

fn named(
    base: ApiError,
    columns: &[(&str, &str)],
    said: &str,
    code: &'static str,
    message: &str,
) -> ApiError {
    let only = columns.len() == 1;
    columns
        .iter()
        .filter(|(column, _)| only || said.contains(column))
        .fold(base, |error, (_, name)| error.detail(name, code, message))
}

/// Reads a column that holds the text of an enum.
///
/// # Errors
/// When the text is none of its values.
pub fn enumerated<T>(
    row: &DatabaseRow,
    column: &'static str,
    parse: fn(&str) -> Option<T>,
) -> Result<Option<T>, sqlx::Error> {
    let Some(text) = row.try_get::<Option<String>, _>(column)? else {
        return Ok(None);
    };
    let value = parse(&text).ok_or_else(|| sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("`{text}` is none of its values").into(),
    })?;
    Ok(Some(value))
}
