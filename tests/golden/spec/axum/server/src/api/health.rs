use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, on, MethodFilter};

use crate::State;

macro_rules! probes {
    ($router:expr, $($path:literal),*) => {
        $router$(.route($path, get(alive)))*
    };
}

pub fn routes() -> Router<State> {
    let router = Router::new().route("/health", on(MethodFilter::GET.or(MethodFilter::POST), alive));
    let probed = probes!(Router::new(), "/live", "/ready");
    router.merge(probed)
}

async fn alive() -> &'static str {
    "yes"
}

pub async fn lost() -> StatusCode {
    StatusCode::NOT_FOUND
}
