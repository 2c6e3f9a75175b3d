use actix_web::{HttpResponse, Responder, get, post, route, web};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub struct Place {
    pub id: String,
    pub part: u32,
}

#[derive(Debug, Deserialize)]
pub struct Weight {
    pub grams: Option<f64>,
}

#[get("/{id:[A-Z]{2}}")]
pub async fn track(id: web::Path<String>) -> String {
    id.into_inner()
}

pub async fn send(body: web::Bytes) -> HttpResponse {
    HttpResponse::Accepted().body(body)
}

#[route("/weigh", method = "GET", method = "POST")]
pub async fn weigh(weight: web::Query<Weight>) -> impl Responder {
    HttpResponse::Ok().json(serde_json::json!({"grams": weight.grams}))
}

#[actix_web::routes]
#[get("/stamps")]
#[post("/labels")]
pub async fn stamps() -> HttpResponse {
    HttpResponse::Ok().finish()
}

pub async fn part(place: web::Path<Place>) -> HttpResponse {
    HttpResponse::Ok().body(format!("{} {}", place.id, place.part))
}

pub async fn open() -> &'static str {
    "from nine to five"
}

pub async fn nowhere() -> HttpResponse {
    HttpResponse::NotFound().finish()
}
