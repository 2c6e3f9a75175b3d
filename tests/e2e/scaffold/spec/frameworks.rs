//! What frameworks and the crates around them register, and how.

use snapbox::{assert_data_eq, str};

use super::{described, document, package, single, table};

#[test]
fn what_aide_is_told_of_an_operation_stands_in_the_document() {
    let _project = described("aide");
}

const TYPED: &str = r#"
use axum::{Json, Router};
use axum_extra::routing::{RouterExt, TypedPath};
use axum_macros::debug_handler;
use serde::Deserialize;

#[derive(TypedPath, Deserialize)]
#[typed_path("/users")]
struct Users;

#[derive(TypedPath, Deserialize)]
#[typed_path("/users/{id}")]
struct Member(u64);

#[derive(TypedPath, Deserialize)]
#[typed_path("/users/{id}/teams/{team}", rejection(Rejected))]
struct Team { id: u32, team: String }

#[derive(Deserialize)]
struct User { name: String }

fn main() {
    serve(Router::new().typed_get(list).typed_post(create).typed_get(member).typed_put(team));
}

#[debug_handler]
async fn list(_: Users) -> Json<Vec<String>> { Json(Vec::new()) }
async fn create(_: Users, Json(user): Json<User>) -> Json<String> { Json(user.name) }
#[axum::debug_handler(state = App)]
async fn member(Member(id): Member) -> Json<u64> { Json(id) }
async fn team(Team { id, team }: Team) -> String { team }
"#;

#[test]
fn typed_paths_have_their_routes_on_types() {
    let project = package(&["axum", "axum-extra", "axum-macros", "serde"], TYPED);
    let (document, said) = document(&project);
    assert_data_eq!(
        table(&document),
        str![[r#"
get /users list [] -> [200]
post /users create [application/json] -> [200]
get /users/{id} member [id: integer] -> [200]
put /users/{id}/teams/{team} team [id: integer, team: string] -> [200]

"#]]
    );
    assert!(!said.contains("warning"), "{said}");
}

const DERIVED: &str = r#"
use axum::extract::{FromRequest, FromRequestParts, Query};
use axum::routing::get;
use axum::Router;

#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Rejected))]
struct Valid<T>(T);

#[derive(FromRequestParts)]
struct Asked {
    #[from_request(via(Query))]
    page: Page,
    #[from_request(via(axum::extract::Path))]
    id: u64,
}

#[derive(serde::Deserialize)]
struct Page { limit: Option<u8> }

fn main() {
    serve(Router::new().route("/asked/{id}", get(asked).post(told)));
}
async fn asked(asked: Asked) -> String { String::new() }
async fn told(Valid(page): Valid<Page>) {}
"#;

#[test]
fn extractors_may_be_derived_as_a_whole_and_by_their_fields() {
    let (document, said) = document(&single(DERIVED));
    assert_data_eq!(
        table(&document),
        str![[r#"
get /asked/{id} asked [id: integer, limit: integer] -> [200]
post /asked/{id} told [id: string, application/json] -> [200]

"#]]
    );
    assert!(!said.contains("warning"), "{said}");
}

const ANY: &str = r#"
use axum::extract::WebSocketUpgrade;
use axum::response::Response;
use axum::routing::{MethodFilter, any, get, on};
use axum::Router;

fn main() {
    serve(Router::new()
        .route("/any", any(everything))
        .route("/chat", any(chat))
        .route("/some", on(MethodFilter::GET.or(MethodFilter::HEAD), everything))
        .route("/tunnel", on(MethodFilter::CONNECT, everything))
        .route("/one", get(everything).fallback(everything)));
}
async fn everything() {}
async fn chat(ws: WebSocketUpgrade) -> Response { ws.on_upgrade(|_socket| async {}) }
"#;

#[test]
fn any_method_is_those_that_ask_for_something_and_is_named() {
    let (document, said) = document(&single(ANY));
    assert_data_eq!(
        table(&document),
        str![[r#"
get /any everything [] -> [200]
put /any everything [] -> [200]
post /any everything [] -> [200]
delete /any everything [] -> [200]
patch /any everything [] -> [200]
get /chat chat [] -> [101]
get /one everything [] -> [200]
get /some everything [] -> [200]
head /some everything [] -> [200]

"#]]
    );
    assert_data_eq!(
        said,
        str![[r#"
warning: any method is answered here; `GET`, `PUT`, `POST`, `DELETE` and `PATCH` stand for it
 --> src/main.rs:9:28
  |
9 |         .route("/any", any(everything))
  |                            ^^^^^^^^^^
warning: which methods are answered here is not known from the source
  --> src/main.rs:12:30
   |
12 |         .route("/tunnel", on(MethodFilter::CONNECT, everything))
   |                              ^^^^^^^^^^^^
   Described 9 operations of `single`, in `openapi.json`; 2 places are not known from the source

"#]]
    );
}

const ACTIX: &str = r#"
use actix_web::{App, HttpResponse, HttpServer, Responder, get, guard, route, routes, scope, web};

#[scope("/api")]
mod api {
    use actix_web::{HttpResponse, Responder, get, post, web};

    #[get("/ping")]
    pub async fn ping() -> impl Responder { HttpResponse::Ok().body("pong") }

    #[post("/users/{id}", name = "user", guard = "fresh", wrap = "Logger::default()")]
    pub async fn user(id: web::Path<u64>) -> HttpResponse { HttpResponse::Created().finish() }

    pub mod inner {
        #[actix_web::get("/inner")]
        pub async fn inner() -> &'static str { "inner" }
    }
}

#[route("/both", method = "GET", method = "HEAD")]
async fn both() -> impl Responder { HttpResponse::Ok() }

#[route("/odd", method = "GET", method = "PURGE")]
async fn odd() -> impl Responder { HttpResponse::Ok() }

#[routes]
#[get("/one")]
#[get("/two")]
#[post("/three/{x:\\d+}")]
async fn several() -> &'static str { "several" }

async fn page() -> HttpResponse { HttpResponse::Ok().content_type("text/html").body("<p>") }
async fn write(form: web::Form<Entry>) -> HttpResponse { HttpResponse::NoContent().finish() }
#[derive(serde::Deserialize)]
struct Entry { text: String }

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| {
        App::new()
            .service(api::ping)
            .service(api::user)
            .service(api::inner::inner)
            .service(both)
            .service(odd)
            .service(several)
            .service(web::resource("/guarded").guard(guard::Get()).to(page))
            .service(web::resource("/hosted").guard(guard::Header("host", "x.org")).route(web::post().to(write)))
            .service(web::resource("/either").guard(guard::Any(guard::Get()).or(guard::Head())).to(page))
            .service(web::scope("/v1").guard(guard::Host("x.org")).route("/any", web::route().to(page)).route("/x", web::route().guard(guard::Put()).to(write)))
            .route("/method", web::method(actix_web::http::Method::PATCH).to(write))
            .default_service(web::to(page))
    })
    .bind("0.0.0.0:80")?.run().await
}
"#;

#[test]
fn actix_web_has_attributes_scopes_and_guards() {
    let (document, said) = document(&package(&["actix-web"], ACTIX));
    assert_data_eq!(
        table(&document),
        str![[r#"
get /api/ping api::ping [] -> [200]
post /api/users/{id} api::user [id: integer] -> [201]
get /both both [] -> [200]
head /both both [] -> [200]
get /either page [] -> [200]
head /either page [] -> [200]
get /guarded page [] -> [200]
post /hosted write [application/x-www-form-urlencoded] -> [204]
get /inner api::inner::inner [] -> [200]
patch /method write [application/x-www-form-urlencoded] -> [204]
get /odd odd [] -> [200]
get /one several [] -> [200]
post /three/{x} several [x: string] -> [200]
get /two several [] -> [200]
get /v1/any page [] -> [200]
put /v1/any page [] -> [200]
post /v1/any page [] -> [200]
delete /v1/any page [] -> [200]
patch /v1/any page [] -> [200]
put /v1/x write [application/x-www-form-urlencoded] -> [204]

"#]]
    );
    assert_data_eq!(
        said,
        str![[r#"
warning: `PURGE` is no method that a document can name
  --> src/main.rs:45:22
   |
45 |             .service(odd)
   |                      ^^^
warning: any method is answered here; `GET`, `PUT`, `POST`, `DELETE` and `PATCH` stand for it
  --> src/main.rs:50:98
   |
50 | ...   .service(web::scope("/v1").guard(guard::Host("x.org")).route("/any", web::route().to(page)).route("/x", web::route().guard(gua...
   |                                                                                            ^^^^
   Described 20 operations of `single`, in `openapi.json`; 2 places are not known from the source

"#]]
    );
}

const UTOIPA: &str = r#"
use axum::{Json, extract::Query};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::{router::OpenApiRouter, routes};

struct Access;
impl utoipa::Modify for Access {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let components = api.components.as_mut().unwrap();
        components.add_security_scheme("key", SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Key"))));
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build()),
        );
        components.add_security_scheme("unused", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("id"))));
    }
}

/// Who is there
#[utoipa::path(get, path = "/who", tag = "people", responses((status = 200, body = Vec<String>)),
    params(("after" = Option<u64>, Query, description = "Whom they come after"), ("X-Trace" = String, Header), Paging),
    security(("key" = []), ("token" = ["read", "people"]), ()))]
async fn who(Query(paging): Query<Paging>) -> Json<Vec<String>> { Json(Vec::new()) }
#[derive(serde::Deserialize, utoipa::IntoParams)]
struct Paging { after: Option<u64> }

#[utoipa::path(delete, path = "/who", security(("elsewhere" = [])))]
async fn nobody() {}

fn main() { serve(OpenApiRouter::new().routes(routes!(who, nobody))); }
"#;

#[test]
fn who_may_call_and_what_is_read_is_what_utoipa_is_told() {
    let packages = ["axum", "serde", "utoipa", "utoipa-axum"];
    let (document, said) = document(&package(&packages, UTOIPA));
    let who = &document["paths"]["/who"]["get"];
    assert_data_eq!(
        who["parameters"].to_string(),
        str![[
            r#"[{"name":"after","in":"query","schema":{"type":"integer","format":"int64","minimum":0},"description":"Whom they come after"},{"name":"X-Trace","in":"header","required":true,"schema":{"type":"string"}}]"#
        ]]
    );
    assert_data_eq!(
        who["security"].to_string(),
        str![[r#"[{"key":[]},{"token":["read","people"]},{}]"#]]
    );
    let schemes = &document["components"]["securitySchemes"];
    assert_data_eq!(
        schemes.to_string(),
        str![[
            r#"{"key":{"type":"apiKey","in":"header","name":"X-Key"},"token":{"type":"http","scheme":"bearer","bearerFormat":"JWT"}}"#
        ]]
    );
    assert_data_eq!(
        said,
        str![[r#"
warning: how callers show who they are by `elsewhere` is not known from the source
  --> src/main.rs:30:60
   |
30 | fn main() { serve(OpenApiRouter::new().routes(routes!(who, nobody))); }
   |                                                            ^^^^^^
   Described 2 operations of `single`, in `openapi.json`; 1 place is not known from the source

"#]]
    );
}
