mod letters;
mod parcels;

use actix_web::{App, HttpServer, guard, web};

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| {
        App::new()
            .configure(letters::configure)
            .service(
                web::scope("/parcels")
                    .service(parcels::track)
                    .service(web::resource("").guard(guard::Post()).to(parcels::send))
                    .route("/{word:[a-z]{9}}", web::get().to(parcels::open))
                    .service((parcels::weigh, parcels::stamps))
                    .route("/{id}/{part:\\d+}", web::put().to(parcels::part)),
            )
            .configure(|config| {
                config.route("/open", web::get().to(parcels::open));
            })
            .default_service(web::to(parcels::nowhere))
    })
    .bind(("127.0.0.1", 0))?
    .run()
    .await
}
