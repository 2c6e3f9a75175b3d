//! Orders.
//!
//! `api` is generated from the OpenAPI document and is not edited; `service` answers its traits,
//! `data` talks to the database, `middleware` surrounds every request.

pub mod api;
pub mod config;
pub mod data;
pub mod middleware;
pub mod service;

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::config::Config;
use crate::data::Pool;
use crate::service::Service;

/// Why the service does not run, in words for the log.
#[derive(Debug)]
pub struct Failure(String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Runs until SIGTERM or Ctrl-C.
///
/// # Errors
/// When the database cannot be reached or migrated, or the address is taken.
pub async fn run(config: &Config) -> Result<(), Failure> {
    let pool = data::connect(config)
        .await
        .map_err(|fault| Failure(format!("cannot open the database: {fault}")))?;
    if config.migrate_on_start {
        data::migrate(&pool, &config.migrations_dir)
            .await
            .map_err(|fault| {
                let folder = config.migrations_dir.display();
                Failure(format!(
                    "cannot apply the migrations in `{folder}`: {fault}"
                ))
            })?;
    }
    let listener = TcpListener::bind(&config.bind_address)
        .await
        .map_err(|fault| Failure(format!("cannot listen on {}: {fault}", config.bind_address)))?;
    tracing::info!(address = %config.bind_address, "listening");
    serve(
        listener,
        app(pool.clone(), config),
        config,
        middleware::shutdown(),
    )
    .await?;
    pool.close().await;
    Ok(())
}

/// The whole service as a router: what the tests run, too.
pub fn app(pool: Pool, config: &Config) -> Router {
    let service = Arc::new(Service::new(pool.clone()));
    let routes = api::router::router(service);
    let routes = middleware::limited(routes, config).merge(middleware::health(pool));
    middleware::around(routes, config)
}

/// Serves until `shutdown` is done, then lets open requests finish, but not forever.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    config: &Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Failure> {
    let (stop, stopping) = oneshot::channel::<()>();
    let signal = async move {
        shutdown.await;
        // The receiver is gone only when serving has ended already.
        stop.send(()).unwrap_or_default();
    };
    // Small responses must not wait for the acknowledgement of earlier ones.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    // Handlers and limits may ask who calls.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, app).with_graceful_shutdown(signal);
    let patience = config.shutdown_timeout;
    let overdue = async move {
        if stopping.await.is_ok() {
            tokio::time::sleep(patience).await;
        } else {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        served = serving.into_future() => {
            served.map_err(|fault| Failure(format!("cannot serve: {fault}")))
        }
        () = overdue => {
            tracing::warn!("some requests did not finish in time");
            Ok(())
        }
    }
}
