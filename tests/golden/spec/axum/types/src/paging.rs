use serde::{Deserialize, Serialize};

/// Which part of a list.
#[derive(Debug, Deserialize)]
pub struct Paging {
    /// How many at most
    #[serde(default = "fifty")]
    pub limit: u32,
    pub after: Option<String>,
}

fn fifty() -> u32 {
    50
}

/// A part of a list.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next: Option<String>,
}
