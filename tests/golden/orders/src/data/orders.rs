//! The table `orders`.

use crate::api::types::OrderStatus;
use crate::data::DatabaseRow;
use crate::data::{Database, Pool, enumerated};
use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;
use sqlx::{FromRow, Row as _};

/// The columns in the order in which they are read.
const COLUMNS: &str = "id, customer_id, status, total_cents, note, created_at";

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderRow {
    /// `id`
    pub id: i64,
    /// `customer_id`
    pub customer_id: i64,
    /// `status`
    pub status: OrderStatus,
    /// `total_cents`
    pub total_cents: i64,
    /// `note`
    pub note: Option<String>,
    /// `created_at`
    pub created_at: DateTime<Utc>,
}

impl FromRow<'_, DatabaseRow> for OrderRow {
    fn from_row(row: &DatabaseRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            customer_id: row.try_get("customer_id")?,
            status: enumerated(row, "status", OrderStatus::parse)?
                .ok_or(sqlx::Error::ColumnNotFound("status".to_owned()))?,
            total_cents: row.try_get("total_cents")?,
            note: row.try_get("note")?,
            created_at: row.try_get("created_at")?,
        })
    }
}

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    /// Only rows with this `customer_id`.
    pub customer_id: Option<i64>,
    /// Only rows with this `status`.
    pub status: Option<OrderStatus>,
    /// How many rows at most.
    pub limit: Option<i64>,
    /// How many rows to pass over.
    pub offset: i64,
}

impl OrderFilter {
    /// The condition; without filters there is none.
    fn push(&self, query: &mut QueryBuilder<Database>) {
        let mut word = " WHERE ";
        if let Some(value) = self.customer_id {
            query.push(word).push("customer_id = ").push_bind(value);
            word = " AND ";
        }
        if let Some(value) = self.status {
            query.push(word).push("status = ").push_bind(value.as_str());
        }
    }
}

/// Lists rows in the order of their keys.
///
/// # Errors
/// When the database refuses.
pub async fn list(pool: &Pool, filter: &OrderFilter) -> Result<Vec<OrderRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Database>::new("SELECT ");
    query.push(COLUMNS).push(" FROM orders");
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
pub async fn find(pool: &Pool, id: i64) -> Result<Option<OrderRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT id, customer_id, status, total_cents, note, created_at FROM orders WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(pool)
    .await
}

/// What a caller decides about a row.
#[derive(Debug, Clone)]
pub struct OrderValues {
    /// `customer_id`
    pub customer_id: i64,
    /// `status`
    pub status: OrderStatus,
    /// `total_cents`
    pub total_cents: i64,
    /// `note`
    pub note: Option<String>,
}

/// Adds a row.
///
/// # Errors
/// When a constraint is violated or the database refuses.
pub async fn insert(pool: &Pool, values: OrderValues) -> Result<OrderRow, sqlx::Error> {
    sqlx::query_as(
        "INSERT INTO orders (customer_id, status, total_cents, note) VALUES ($1, $2, $3, $4) RETURNING id, customer_id, status, total_cents, note, created_at",
    )
    .bind(values.customer_id)
    .bind(values.status.as_str())
    .bind(values.total_cents)
    .bind(values.note)
    .fetch_one(pool)
    .await
}

/// What to change about a row; `None` leaves a column as it is.
#[derive(Debug, Clone, Default)]
pub struct OrderTableChanges {
    /// `status`
    pub status: Option<OrderStatus>,
    /// `total_cents`
    pub total_cents: Option<i64>,
    /// `note`
    pub note: Option<Option<String>>,
}

/// Changes a row.
///
/// # Errors
/// When a constraint is violated or the database refuses.
pub async fn update(
    pool: &Pool,
    id: i64,
    changes: OrderTableChanges,
) -> Result<Option<OrderRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Database>::new("UPDATE orders SET id = id");
    if let Some(value) = changes.status {
        query.push(", status = ").push_bind(value.as_str());
    }
    if let Some(value) = changes.total_cents {
        query.push(", total_cents = ").push_bind(value);
    }
    if let Some(value) = changes.note {
        query.push(", note = ").push_bind(value);
    }
    query.push(" WHERE id = ").push_bind(id);
    query.push(" RETURNING ").push(COLUMNS);
    query.build_query_as().fetch_optional(pool).await
}

/// Removes a row; `false` when there was none.
///
/// # Errors
/// When another row refers to it or the database refuses.
pub async fn delete(pool: &Pool, id: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query("DELETE FROM orders WHERE id = $1")
        .bind(id)
        .execute(pool)
        .await?;
    Ok(done.rows_affected() > 0)
}
