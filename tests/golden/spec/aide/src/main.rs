mod reports;
mod todos;

use std::sync::Arc;

use aide::axum::ApiRouter;
use aide::axum::routing::get;
use aide::openapi::{ApiKeyLocation, OpenApi, SecurityScheme};
use aide::transform::TransformOpenApi;
use axum::{Extension, Json};

#[derive(Clone)]
pub struct AppState;

#[tokio::main]
async fn main() {
    let mut api = OpenApi::default();
    let app = ApiRouter::new()
        .nest_api_service("/todo", todos::routes(AppState))
        .nest("/reports", reports::routes())
        .route("/health", get(health))
        .finish_api_with(&mut api, api_docs)
        .layer(Extension(Arc::new(api)));
    let listener = tokio::net::TcpListener::bind("0.0.0.0:3000").await.unwrap();
    axum::serve(listener, app).await.unwrap();
}

fn api_docs(api: TransformOpenApi) -> TransformOpenApi {
    api.title("Todos")
        .security_scheme(
            "ApiKey",
            SecurityScheme::ApiKey {
                location: ApiKeyLocation::Header,
                name: "X-Auth-Key".into(),
                description: Some("A key that is ignored.".into()),
                extensions: Default::default(),
            },
        )
        .security_scheme(
            "session",
            SecurityScheme::Http {
                scheme: "bearer".into(),
                bearer_format: None,
                description: None,
                extensions: Default::default(),
            },
        )
}

async fn health() -> Json<bool> {
    Json(true)
}
