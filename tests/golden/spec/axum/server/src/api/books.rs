use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use axum_extra::TypedHeader;
use axum_extra::headers::IfNoneMatch;
use kinds::paging::{Page, Paging};
use kinds::reject::{Answer, Problem, Reject};
use kinds::{Book, BookId, Event, Kind, NewBook, Shelf};
use serde::Deserialize;

use crate::State as App;
use crate::extract::{Checked, Librarian};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wanted {
    pub of_kind: Option<Kind>,
    /// A word of the title
    pub word: Option<String>,
    #[serde(flatten)]
    pub paging: Paging,
}

/// Lists books.
///
/// The newest come first.
pub async fn list(
    State(_app): State<App>,
    Query(wanted): Query<Wanted>,
) -> Answer<Json<Page<Book>>> {
    let next = wanted.paging.after;
    Ok(Json(Page { items: Vec::new(), next }))
}

/// Adds a book.
pub async fn add(_who: Librarian, Checked(book): Checked<NewBook>) -> Answer<(StatusCode, Json<BookId>)> {
    if book.title == "-" {
        return Err(Reject::Invalid("no title".to_owned()));
    }
    Ok((StatusCode::CREATED, Json(BookId(uuid::Uuid::new_v4()))))
}

pub async fn one(
    Path(_id): Path<BookId>,
    _known: Option<TypedHeader<IfNoneMatch>>,
) -> Answer<Json<Book>> {
    Err(Reject::Missing)
}

#[deprecated]
pub async fn replace(
    _who: Librarian,
    Path(_id): Path<BookId>,
    Checked(_book): Checked<NewBook>,
) -> Answer<StatusCode> {
    Ok(StatusCode::NO_CONTENT)
}

pub async fn remove(_who: Librarian, Path(_id): Path<BookId>) -> Answer<()> {
    Ok(())
}

pub async fn events(Path(_id): Path<BookId>) -> Json<Vec<Event>> {
    Json(Vec::new())
}

pub async fn happen(Path(_id): Path<BookId>, Json(_event): Json<Event>) -> impl IntoResponse {
    (StatusCode::ACCEPTED, [(LOCATION, "/")])
}

pub async fn shelf(Path((room, row)): Path<(String, i32)>) -> Response {
    if row < 0 {
        let detail = String::new();
        return (StatusCode::BAD_REQUEST, Json(Problem { code: "row", detail })).into_response();
    }
    let shelf = Shelf { room, row };
    Json(shelf).into_response()
}

pub async fn cover(Path(file): Path<String>) -> Vec<u8> {
    file.into_bytes()
}

pub async fn words() -> Result<String, (StatusCode, String)> {
    let words = String::from_utf8(Vec::new());
    words.map_err(|fault| (StatusCode::SERVICE_UNAVAILABLE, fault.to_string()))
}
