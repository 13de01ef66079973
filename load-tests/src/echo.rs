//! What everything is compared with: an actix-web server that reads a body and sends it back, and does nothing else.

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

/// Runs the echo until the process is killed. The first line of its output is its address.
///
/// # Errors
/// It cannot listen.
pub fn run() -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    actix_rt::System::new().block_on(async move {
        let server = HttpServer::new(|| {
            App::new()
                .app_data(web::PayloadConfig::new(8 << 20))
                .default_service(web::to(echo))
        })
        .workers(cores)
        .tcp_nodelay(true)
        .bind("127.0.0.1:0")?;
        crate::report::say(&format!("listening {}", server.addrs()[0]));
        server.run().await?;
        Ok(())
    })
}

async fn echo(body: Bytes) -> HttpResponse {
    HttpResponse::Ok().body(body)
}
