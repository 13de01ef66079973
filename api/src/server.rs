//! The HTTP server of a node: binds, reports its address, and runs until it is told to stop.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::{self, Data};
use actix_web::{App as HttpApp, HttpResponse, HttpServer};
use anyhow::Context as _;
use ecluse_adapters::meta::AppSecret;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::app::App;
use crate::config::Settings;
use crate::routes;
use crate::routes::webhooks::MetaApp;

/// A bound server.
pub struct Bound {
    pub server: Server,
    pub address: SocketAddr,
}

impl std::fmt::Debug for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bound({})", self.address)
    }
}

impl Bound {
    /// Stops the server from elsewhere.
    #[must_use]
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }
}

/// Binds the address and prepares the server.
///
/// # Errors
/// The address cannot be bound.
pub fn bind(
    app: &Arc<App>,
    settings: &Settings,
    metrics: Option<PrometheusHandle>,
) -> anyhow::Result<Bound> {
    let listener = TcpListener::bind(&settings.listen).with_context(|| {
        format!(
            "cannot listen on {}; is another process using the port?",
            settings.listen
        )
    })?;
    let address = listener.local_addr()?;
    let app = Data::from(Arc::clone(app));
    let meta = Data::new(MetaApp {
        secret: settings
            .providers
            .meta_app_secret
            .as_ref()
            .map(AppSecret::new)
            .transpose()?,
        verify_token: settings.providers.meta_verify_token.clone(),
    });
    let metrics = Data::new(metrics);
    let webhook_bytes_max = settings.webhook_bytes_max;
    let server = HttpServer::new(move || {
        HttpApp::new()
            .app_data(app.clone())
            .app_data(meta.clone())
            .app_data(metrics.clone())
            .route("/health/live", web::get().to(live))
            .route("/health/ready", web::get().to(ready))
            .route("/metrics", web::get().to(show_metrics))
            .configure(|config| routes::webhooks::configure(config, webhook_bytes_max))
    })
    .workers(settings.workers)
    .tcp_nodelay(true)
    .disable_signals()
    .shutdown_timeout(settings.drain.as_secs())
    .listen(listener)?
    .run();
    Ok(Bound { server, address })
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().body("live")
}

async fn ready(app: Data<App>) -> HttpResponse {
    if app.engine.gate.is_open() {
        HttpResponse::Ok().body("ready")
    } else {
        HttpResponse::ServiceUnavailable()
            .insert_header(("Retry-After", "1"))
            .body("not ready")
    }
}

async fn show_metrics(metrics: Data<Option<PrometheusHandle>>) -> HttpResponse {
    match metrics.as_ref() {
        Some(handle) => HttpResponse::Ok()
            .content_type("text/plain; version=0.0.4")
            .body(handle.render()),
        None => HttpResponse::NotFound().finish(),
    }
}
