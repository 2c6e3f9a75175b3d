//! What the service does: one module per trait of `api::traits`.

pub mod customers;
pub mod orders;

use crate::data::Pool;

/// Answers the operations of the document.
#[derive(Debug, Clone)]
pub struct Service {
    /// The database.
    pub pool: Pool,
}

impl Service {
    /// A service on a database.
    #[must_use]
    pub fn new(pool: Pool) -> Self {
        Self { pool }
    }
}
