use actix_web::{HttpResponse, Responder, ResponseError, delete, get, http::StatusCode, web};
use garde::Validate;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize, Validate)]
pub struct Letter {
    /// Whom it is for
    #[garde(length(min = 1, max = 80))]
    pub to: String,
    #[garde(email)]
    pub from: String,
    #[garde(inner(length(max = 500)), length(min = 1))]
    pub lines: Vec<String>,
    #[garde(range(min = 0))]
    pub cents: i64,
}

#[derive(Debug)]
pub enum Fault {
    Lost,
    Postage,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self:?}")
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Lost => StatusCode::NOT_FOUND,
            Self::Postage => StatusCode::PAYMENT_REQUIRED,
        }
    }
}

pub fn configure(config: &mut web::ServiceConfig) {
    config
        .service(read)
        .service(tear)
        .service(web::resource(["/letters", "/mail"]).route(web::post().to(write)));
}

/// Reads a letter.
#[get("/letters/{id}")]
async fn read(id: web::Path<u64>) -> Result<web::Json<Letter>, Fault> {
    if *id > 9 {
        return Err(Fault::Lost);
    }
    Err(Fault::Postage)
}

#[delete("/letters/{number}")]
async fn tear(_number: web::Path<u64>) -> impl Responder {
    HttpResponse::NoContent().finish()
}

async fn write(letter: web::Json<Letter>) -> HttpResponse {
    if letter.validate().is_err() {
        return HttpResponse::UnprocessableEntity().content_type("text/plain").body("no");
    }
    let letter = letter.into_inner();
    HttpResponse::Created().json(letter)
}
