use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use validator::Validate;

/// The number of a book.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct BookId(pub Uuid);

/// A book on its shelf.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Book {
    pub id: BookId,
    #[serde(flatten)]
    pub content: NewBook,
    pub added_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lent_to: Option<String>,
    #[serde(skip)]
    pub shelf: u32,
    /// The books that are like it.
    pub similar: Vec<Book>,
}

/// A book before it has a number.
#[derive(Debug, Clone, Serialize, Deserialize, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewBook {
    /// As it stands on the cover
    #[validate(length(min = 1, max = 200))]
    pub title: String,
    #[validate(length(max = 5))]
    pub authors: Vec<String>,
    #[validate(range(min = 1, max = 10000))]
    pub pages: Option<u16>,
    #[serde(default)]
    pub kind: Kind,
    pub published_on: Option<NaiveDate>,
    #[serde(rename = "isbn13")]
    pub isbn: Option<String>,
}

/// What kind of book.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    #[default]
    Novel,
    PictureBook,
    #[serde(rename = "poems")]
    Poetry,
}

/// What happened to a book.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// Somebody took it home.
    Lent { to: String, days: u8 },
    Returned,
    Moved(Shelf),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Shelf {
    pub room: String,
    pub row: i32,
}
