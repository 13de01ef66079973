//! The HTTP server of a node: binds, reports its address, and runs until it is told to stop.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use actix_rt::Arbiter;
use actix_web::dev::{Server, ServerHandle};
use actix_web::web::{self, Data};
use actix_web::{App as HttpApp, HttpResponse, HttpServer};
use anyhow::Context as _;
use ecluse_adapters::email::postman::Postman;
use ecluse_adapters::meta::AppSecret;
use ecluse_adapters::storage::config_db::ConfigDb;
use ecluse_engine::metrics;
use ecluse_engine::runtime::Clock;
use metrics_exporter_prometheus::PrometheusHandle;
use url::Url;

use crate::alerts::Words;
use crate::app::App;
use crate::auth::{Auth, AuthOptions, Network, PresenceCheck};
use crate::chat::{Chat, ChatTimes};
use crate::config::Settings;
use crate::config_file::Applying;
use crate::connect::{Companies, Renewals};
use crate::console::backend::SharedBackends;
use crate::console::configured::Configured;
use crate::resources::{Guard, Services};
use crate::routes::webhooks::MetaApp;
use crate::{console, desk, error, openapi, routes};

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
/// The address cannot be bound, or a setting cannot work.
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
    bind_on(listener, app, settings, metrics, |_| {})
}

/// As [`bind`], on a port that is open already, and with `more` routes.
///
/// # Errors
/// The port cannot be used, or a setting cannot work.
pub fn bind_on(
    listener: TcpListener,
    app: &Arc<App>,
    settings: &Settings,
    metrics: Option<PrometheusHandle>,
    more: impl Fn(&mut web::ServiceConfig) + Clone + Send + 'static,
) -> anyhow::Result<Bound> {
    let address = listener.local_addr()?;
    let shared = Shared::new(app, settings, address, metrics)?;
    let threads = app.engine.threads.clone();
    let server = HttpServer::new(move || {
        let shared = shared.clone();
        threads.lend(&Arbiter::current());
        HttpApp::new()
            .configure(more.clone())
            .configure(move |services| shared.mount(services))
    })
    .workers(settings.workers)
    .tcp_nodelay(true)
    .disable_signals()
    .shutdown_timeout(settings.drain.as_secs())
    .listen(listener)?
    .run();
    Ok(Bound { server, address })
}

/// What every worker of the server has.
#[derive(Clone)]
struct Shared {
    app: Data<App>,
    chat: Data<Chat>,
    config: Data<ConfigDb>,
    auth: Data<Auth>,
    services: Data<Services>,
    console: SharedBackends,
    meta: Data<MetaApp>,
    metrics: Data<Option<PrometheusHandle>>,
    document: utoipa::openapi::OpenApi,
    webhook_bytes_max: usize,
}

impl Shared {
    fn new(
        app: &Arc<App>,
        settings: &Settings,
        address: SocketAddr,
        metrics: Option<PrometheusHandle>,
    ) -> anyhow::Result<Self> {
        let public_url = match &settings.public_url {
            Some(url) => url.clone(),
            None => Url::parse(&format!("http://{address}"))?,
        };
        let proxies = settings
            .trusted_proxies
            .iter()
            .map(|proxy| proxy.parse::<Network>());
        let options = AuthOptions {
            public_url_is_fixed: settings.public_url.is_some(),
            trusted_proxies: proxies.collect::<Result<_, _>>()?,
            ..AuthOptions::new(public_url)
        };
        let secret = settings
            .providers
            .meta_app_secret
            .as_ref()
            .map(AppSecret::new)
            .transpose()?;
        let presence: Arc<dyn PresenceCheck> = Arc::clone(app) as Arc<_>;
        let auth = Auth::new(app.config.clone(), options);
        tokio::spawn(auth.clone().follow_settings());
        let companies = Companies::new(
            &settings.providers,
            settings.ca_file.as_deref(),
            Clock::system(),
        )?;
        let words = Arc::new(Words::new(auth.clone()));
        let postman = Postman::new(app.config.clone(), companies.network().clone(), words);
        tokio::spawn(postman.run());
        tokio::spawn(Renewals::new(app.config.clone(), companies.clone()).run());
        let services = Services {
            db: app.config.clone(),
            auth: auth.clone(),
            directory: Some(app.directory.clone()),
            companies: Some(companies),
            guard: Guard::new(presence, Some(Arc::clone(app))),
            applying: Applying::default(),
        };
        Ok(Self {
            app: Data::from(Arc::clone(app)),
            chat: Data::from(Chat::start(app, &auth, ChatTimes::default())),
            config: Data::new(app.config.clone()),
            auth: Data::new(auth),
            console: Arc::new(Configured {
                services: services.clone(),
                app: Arc::clone(app),
                listings: Arc::default(),
            }),
            services: Data::new(services),
            meta: Data::new(MetaApp {
                secret,
                verify_token: settings.providers.meta_verify_token.clone(),
            }),
            metrics: Data::new(metrics),
            document: openapi::document(routes::api),
            webhook_bytes_max: settings.webhook_bytes_max,
        })
    }

    fn mount(&self, services: &mut web::ServiceConfig) {
        // The busiest first: routes are tried in their order.
        services
            .configure(|services| routes::webhooks::configure(services, self.webhook_bytes_max))
            .app_data(self.app.clone())
            .app_data(Data::new(self.app.directory.clone()))
            .app_data(self.chat.clone())
            .app_data(self.config.clone())
            .app_data(self.auth.clone())
            .app_data(self.services.clone())
            .app_data(Data::from(Arc::clone(&self.console)))
            .app_data(self.meta.clone())
            .app_data(self.metrics.clone())
            .configure(error::configure)
            .route("/health/live", web::get().to(live))
            .route("/health/live", web::head().to(live))
            .route("/health/ready", web::get().to(ready))
            .route("/health/ready", web::head().to(ready))
            .route("/metrics", web::get().to(show_metrics))
            .route("/desk/socket", web::get().to(desk::socket::open))
            .configure(routes::chat::configure)
            .configure(routes::pages::configure)
            .configure(crate::connect::configure)
            .configure(console::routes::configure)
            .configure(|services| openapi::mount(services, &self.document))
            .configure(routes::mount_api)
            .default_service(web::to(error::no_route));
    }
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

async fn show_metrics(exporter: Data<Option<PrometheusHandle>>) -> HttpResponse {
    match exporter.as_ref() {
        Some(handle) => {
            metrics::refresh();
            HttpResponse::Ok()
                .content_type("text/plain; version=0.0.4")
                .body(handle.render())
        }
        None => HttpResponse::NotFound().finish(),
    }
}
