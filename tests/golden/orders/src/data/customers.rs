//! The table `customers`.

use crate::data::DatabaseRow;
use crate::data::{Database, Pool};
use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;
use sqlx::{FromRow, Row as _};

/// The columns in the order in which they are read.
const COLUMNS: &str = "id, name, email, created_at";

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerRow {
    /// `id`
    pub id: i64,
    /// `name`
    pub name: String,
    /// `email`
    pub email: String,
    /// `created_at`
    pub created_at: DateTime<Utc>,
}

impl FromRow<'_, DatabaseRow> for CustomerRow {
    fn from_row(row: &DatabaseRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            email: row.try_get("email")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// Only rows with this `email`.
    pub email: Option<String>,
    /// How many rows at most.
    pub limit: Option<i64>,
    /// How many rows to pass over.
    pub offset: i64,
}

impl CustomerFilter {
    /// The condition; without filters there is none.
    fn push(&self, query: &mut QueryBuilder<Database>) {
        let word = " WHERE ";
        if let Some(value) = &self.email {
            query.push(word).push("email = ").push_bind(value.clone());
        }
    }
}

/// Lists rows in the order of their keys.
///
/// # Errors
/// When the database refuses.
pub async fn list(pool: &Pool, filter: &CustomerFilter) -> Result<Vec<CustomerRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Database>::new("SELECT ");
    query.push(COLUMNS).push(" FROM customers");
    filter.push(&mut query);
    query.push(" ORDER BY id");
    if filter.limit.is_some() || filter.offset > 0 {
        // SQLite knows OFFSET only behind LIMIT.
        query
            .push(" LIMIT ")
            .push_bind(filter.limit.unwrap_or(i64::MAX));
        query.push(" OFFSET ").push_bind(filter.offset);
    }
    query.build_query_as().fetch_all(pool).await
}

/// Finds a row.
///
/// # Errors
/// When the database refuses.
pub async fn find(pool: &Pool, id: i64) -> Result<Option<CustomerRow>, sqlx::Error> {
    sqlx::query_as("SELECT id, name, email, created_at FROM customers WHERE id = $1")
        .bind(id)
        .fetch_optional(pool)
        .await
}

/// What a caller decides about a row.
#[derive(Debug, Clone)]
pub struct CustomerValues {
    /// `name`
    pub name: String,
    /// `email`
    pub email: String,
}

/// Adds a row.
///
/// # Errors
/// When a constraint is violated or the database refuses.
pub async fn insert(pool: &Pool, values: CustomerValues) -> Result<CustomerRow, sqlx::Error> {
    sqlx::query_as(
        "INSERT INTO customers (name, email) VALUES ($1, $2) RETURNING id, name, email, created_at",
    )
    .bind(values.name)
    .bind(values.email)
    .fetch_one(pool)
    .await
}

/// Replaces what a caller decides about a row.
///
/// # Errors
/// When a constraint is violated or the database refuses.
pub async fn replace(
    pool: &Pool,
    id: i64,
    values: CustomerValues,
) -> Result<Option<CustomerRow>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE customers SET id = id, name = $2, email = $3 WHERE id = $1 RETURNING id, name, email, created_at",
    )
    .bind(id)
    .bind(values.name)
    .bind(values.email)
    .fetch_optional(pool)
    .await
}

/// Removes a row; `false` when there was none.
///
/// # Errors
/// When another row refers to it or the database refuses.
pub async fn delete(pool: &Pool, id: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM customers WHERE id = $1")
        .bind(id)
        .execute(pool)
        .await?;
    Ok(done.rows_affected() > 0)
}
