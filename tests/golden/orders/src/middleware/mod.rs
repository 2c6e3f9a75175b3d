//! What surrounds every request, and the endpoints for whoever watches over the service.

pub mod rate_limit;
mod request_id;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, LOCATION, REFERRER_POLICY, RETRY_AFTER,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::api::error::{ApiError, REQUEST_ID, envelope};
use crate::config::Config;
use crate::data::Pool;
use crate::middleware::rate_limit::{Limiter, limit};

/// What browsers are told of every answer that does not say it itself; these are the headers of the
/// OWASP REST Security Cheat Sheet.
static PROTECTION: [(HeaderName, HeaderValue); 6] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    ),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (
        STRICT_TRANSPORT_SECURITY,
        HeaderValue::from_static("max-age=31536000"),
    ),
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
];

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
    let routes = routes.layer(
        ServiceBuilder::new()
            .layer(from_fn(outermost))
            .layer(trace)
            .layer(from_fn(envelope))
            .layer(timeout)
            .layer(CatchPanicLayer::new())
            .layer(DefaultBodyLimit::max(config.max_body_bytes)),
    );
    match cors(&config.cors_allowed_origins) {
        Some(cors) => routes.layer(cors),
        None => routes,
    }
}

/// The routes with as many requests of one address as the settings allow.
pub fn limited(routes: Router, config: &Config) -> Router {
    match config.rate_limit {
        Some(settings) => {
            let limiter = Arc::new(Limiter::new(settings));
            routes.layer(from_fn_with_state(limiter, limit))
        }
        None => routes,
    }
}

/// The request gets its name, and the answer what protects browsers: one layer for both, as every
/// layer is paid for by every request.
async fn outermost(mut request: Request, next: Next) -> Response {
    let id = request_id::name(&mut request);
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.reserve(PROTECTION.len() + 1);
    headers.insert(REQUEST_ID, id);
    for (name, value) in &PROTECTION {
        headers.entry(name).or_insert_with(|| value.clone());
    }
    response
}

/// Which pages of other origins may call; without any, none.
fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    let allowed = match origins {
        [] => return None,
        [any] if any == "*" => AllowOrigin::any(),
        some => AllowOrigin::list(some.iter().cloned()),
    };
    let cors = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([LOCATION, RETRY_AFTER, REQUEST_ID])
        .max_age(Duration::from_secs(3600));
    Some(cors)
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
