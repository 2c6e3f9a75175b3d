mod api;
#[path = "extractors.rs"]
mod extract;

use axum::Router;

#[derive(Clone)]
pub struct State {
    pub read_only: bool,
    pub base: String,
}

#[tokio::main]
async fn main() {
    let state = State {
        read_only: std::env::args().count() > 1,
        base: std::env::args().next().unwrap_or_default(),
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let app = app(state);
    tokio::select! {
        served = axum::serve(listener, app) => served.expect("it serves"),
        _ = tokio::signal::ctrl_c() => {}
    }
}

fn app(state: State) -> Router {
    let mut routes = Router::new()
        .nest(api::PREFIX, api::routes(&state))
        .merge(api::health::routes());
    if !state.read_only {
        routes = routes.nest(concat!("/admin", "/v1"), api::admin::Admin::routes());
    }
    routes.fallback(api::health::lost).with_state(state)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;

    #[tokio::test]
    async fn these_routes_are_those_of_a_test() {
        let _router: Router = Router::new().route("/only-in-tests", get(|| async { "no" }));
    }
}
