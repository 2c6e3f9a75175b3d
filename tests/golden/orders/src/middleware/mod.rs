//! What surrounds every request, and the endpoints for whoever watches over the service.

mod request_id;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::api::error::{ApiError, REQUEST_ID, envelope};
use crate::config::Config;
use crate::data::Pool;

/// The layers, outermost first: a request gets its name before anything is logged, and every
/// rejection passes through [`envelope`].
pub fn around(routes: Router, config: &Config) -> Router {
    let trace = TraceLayer::new_for_http().make_span_with(|request: &Request| {
        let id = request.headers().get(&REQUEST_ID);
        let id = id.and_then(|id| id.to_str().ok()).unwrap_or_default();
        tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
    });
    let timeout =
        TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, config.request_timeout);
    routes.layer(
        ServiceBuilder::new()
            .layer(axum::middleware::from_fn(request_id::name))
            .layer(trace)
            .layer(axum::middleware::from_fn(envelope))
            .layer(timeout)
            .layer(CatchPanicLayer::new())
            .layer(DefaultBodyLimit::max(config.max_body_bytes)),
    )
}

/// `/health/live`: the process answers. `/health/ready`: so does its database.
pub fn health(pool: Pool) -> Router {
    Router::new()
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(pool)
}

async fn live() -> Json<serde_json::Value> {
    Json(serde_json::json!({"status": "live"}))
}

async fn ready(State(pool): State<Pool>) -> Response {
    match sqlx::query("SELECT 1").execute(&pool).await {
        Ok(_) => Json(serde_json::json!({"status": "ready"})).into_response(),
        Err(fault) => {
            tracing::warn!(%fault, "the database does not answer");
            ApiError::of_status(StatusCode::SERVICE_UNAVAILABLE).into_response()
        }
    }
}

/// Done when the process is asked to end.
pub async fn shutdown() {
    let interrupt = async {
        // Without a handler for Ctrl-C, only SIGTERM ends the service gently.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
    tracing::info!("shutting down");
}
