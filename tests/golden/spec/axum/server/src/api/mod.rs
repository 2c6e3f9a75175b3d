pub mod admin;
mod books;
pub mod health;

use axum::Router;
use axum::routing::{MethodRouter, get};

use crate::State;

const VERSION: u8 = 2;
pub const PREFIX: &str = "/api/v2";

pub fn routes(state: &State) -> Router<State> {
    let one: MethodRouter<State> = get(books::one).delete(books::remove);
    let events = get(books::events).post(books::happen);
    let routes = Router::new()
        .route("/books", get(books::list).post(books::add))
        .route("/books/{id}", one.put(books::replace))
        .route(&format!("/books/{{id}}/events"), events)
        .route("/shelves/{room}/{row}", get(books::shelf))
        .route("/covers/{*file}", get(books::cover));
    let routes = ["/words", "/letters"]
        .into_iter()
        .fold(routes, |routes, path| routes.route(path, get(books::words)));
    routes
        .route(&state.base, get(books::words))
        .route("/version", get(|| async { VERSION.to_string() }))
}
