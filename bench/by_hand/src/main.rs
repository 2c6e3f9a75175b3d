//! Orders on SQLite, by hand: read one, list, place. The same checks, the same shape of rejections and
//! the same layers as the generated service, with axum's own extractors.

use std::str::FromStr as _;
use std::time::Duration;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

const COLUMNS: &str = "id, customer_id, status, total_cents, note, created_at";

#[derive(Serialize, sqlx::FromRow)]
#[serde(rename_all = "camelCase")]
struct Order {
    id: i64,
    customer_id: i64,
    status: String,
    total_cents: i64,
    note: Option<String>,
    created_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Pending,
    Paid,
    Shipped,
    Cancelled,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Paid => "paid",
            Self::Shipped => "shipped",
            Self::Cancelled => "cancelled",
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NewOrder {
    customer_id: i64,
    status: Status,
    total_cents: i64,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Filter {
    customer_id: Option<i64>,
    status: Option<Status>,
    limit: Option<i64>,
    offset: Option<i64>,
}

struct Rejected(StatusCode, &'static str, String);

impl IntoResponse for Rejected {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        let body = json!({"error": {"code": code, "message": message, "details": []}});
        (status, Json(body)).into_response()
    }
}

fn invalid(message: impl ToString) -> Rejected {
    Rejected(StatusCode::BAD_REQUEST, "invalid", message.to_string())
}

fn unprocessable(message: impl ToString) -> Rejected {
    Rejected(
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid",
        message.to_string(),
    )
}

impl From<sqlx::Error> for Rejected {
    fn from(error: sqlx::Error) -> Self {
        let database = error.as_database_error();
        if database.is_some_and(|fault| fault.is_foreign_key_violation()) {
            return Self(
                StatusCode::CONFLICT,
                "conflict",
                "it refers to what is not there".into(),
            );
        }
        tracing::error!(%error, "internal");
        Self(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "something went wrong".into(),
        )
    }
}

async fn one(
    State(pool): State<SqlitePool>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<Order>, Rejected> {
    let Path(id) = id.map_err(invalid)?;
    sqlx::query_as::<_, Order>(
        "SELECT id, customer_id, status, total_cents, note, created_at FROM orders WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(&pool)
    .await?
    .map(Json)
    .ok_or_else(|| {
        Rejected(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is no such order".into(),
        )
    })
}

async fn list(
    State(pool): State<SqlitePool>,
    filter: Result<Query<Filter>, QueryRejection>,
) -> Result<Json<Vec<Order>>, Rejected> {
    let Query(filter) = filter.map_err(invalid)?;
    let (limit, offset) = (filter.limit.unwrap_or(50), filter.offset.unwrap_or(0));
    if !(1..=500).contains(&limit) || offset < 0 {
        return Err(invalid("limit is 1 to 500, offset 0 or more"));
    }
    let mut query = sqlx::QueryBuilder::<sqlx::Sqlite>::new("SELECT ");
    query.push(COLUMNS).push(" FROM orders WHERE true");
    if let Some(customer) = filter.customer_id {
        query.push(" AND customer_id = ").push_bind(customer);
    }
    if let Some(status) = filter.status {
        query.push(" AND status = ").push_bind(status.as_str());
    }
    query.push(" ORDER BY id LIMIT ").push_bind(limit);
    query.push(" OFFSET ").push_bind(offset);
    Ok(Json(query.build_query_as().fetch_all(&pool).await?))
}

async fn place(
    State(pool): State<SqlitePool>,
    order: Result<Json<NewOrder>, JsonRejection>,
) -> Result<(StatusCode, HeaderMap, Json<Order>), Rejected> {
    let Json(order) = order.map_err(unprocessable)?;
    let long = order
        .note
        .as_ref()
        .is_some_and(|note| note.chars().count() > 500);
    if order.total_cents < 0 || long {
        return Err(unprocessable(
            "totalCents is 0 or more, note has at most 500 characters",
        ));
    }
    let order = sqlx::query_as::<_, Order>(
        "INSERT INTO orders (customer_id, status, total_cents, note) VALUES ($1, $2, $3, $4)
         RETURNING id, customer_id, status, total_cents, note, created_at",
    )
    .bind(order.customer_id)
    .bind(order.status.as_str())
    .bind(order.total_cents)
    .bind(order.note)
    .fetch_one(&pool)
    .await?;
    let mut headers = HeaderMap::new();
    if let Ok(location) = format!("/orders/{}", order.id).parse() {
        headers.insert(header::LOCATION, location);
    }
    Ok((StatusCode::CREATED, headers, Json(order)))
}

fn protect(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let options = SqliteConnectOptions::from_str(&std::env::var("DATABASE_URL")?)?
        .foreign_keys(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(5));
    let pool = SqlitePoolOptions::new()
        .max_connections(10)
        .connect_with(options)
        .await?;
    let name = HeaderName::from_static("x-request-id");
    let span = |request: &Request| {
        let id = request
            .headers()
            .get("x-request-id")
            .and_then(|id| id.to_str().ok());
        tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
    };
    let layers = ServiceBuilder::new()
        .layer(protect(CACHE_CONTROL, "no-store"))
        .layer(protect(
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ))
        .layer(protect(REFERRER_POLICY, "no-referrer"))
        .layer(protect(STRICT_TRANSPORT_SECURITY, "max-age=31536000"))
        .layer(protect(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(protect(X_FRAME_OPTIONS, "DENY"))
        .layer(SetRequestIdLayer::new(name.clone(), MakeRequestUuid))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(PropagateRequestIdLayer::new(name))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            Duration::from_secs(30),
        ))
        .layer(CatchPanicLayer::new())
        .layer(DefaultBodyLimit::max(1_048_576));
    let app = Router::new()
        .route("/orders", get(list).post(place))
        .route("/orders/{id}", get(one))
        .layer(layers)
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind(std::env::var("BIND_ADDRESS")?).await?;
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, app).await?;
    Ok(())
}
