use std::collections::BTreeMap;

use axum::routing::post;
use axum::{Form, Json, Router};
use serde::{Deserialize, Serialize};

use crate::State;
use crate::extract::Librarian;

pub struct Admin;

#[derive(Debug, Deserialize)]
pub struct Settings {
    pub opening_hour: u8,
    pub newsletter: bool,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    Done(BTreeMap<String, f64>),
    Nothing { reason: Option<String> },
}

impl Admin {
    const PATH: &'static str = "/settings";

    pub fn routes() -> Router<State> {
        Router::new()
            .route(Self::PATH, post(Self::set))
            .route_layer(axum::middleware::from_fn(watch))
    }

    async fn set(_who: Librarian, Form(settings): Form<Settings>) -> Json<Outcome> {
        if settings.newsletter {
            return Json(Outcome::Done(BTreeMap::new()));
        }
        Json(Outcome::Nothing { reason: None })
    }
}

async fn watch(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
    next.run(request).await
}
