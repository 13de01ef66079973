//! The configuration API over a data directory of its own, with a clock and a peer that tests set.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use actix_web::cookie::Cookie;
use actix_web::http::header::HeaderMap;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use actix_web::{App, web};
use async_trait::async_trait;
use ecluse_adapters::directory::ProviderSettings;
use ecluse_adapters::storage::config_db::{ConfigDb, Editor, PersonDraft, TenantDraft};
use ecluse_api::auth::{Auth, AuthOptions, PresenceCheck, SESSION_COOKIE, hash_secret};
use ecluse_api::config_file::Applying;
use ecluse_api::connect::Companies;
use ecluse_api::error::ApiError;
use ecluse_api::resources::{Guard, Services};
use ecluse_api::{error, openapi, routes};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{AgentId, TenantId};
use ecluse_engine::message::Timestamp;
use ecluse_engine::runtime::Clock;
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_actix_web::{AppExt as _, scope};

pub(crate) const PASSWORD: &str = "correct horse battery";
pub(crate) const ORIGIN: &str = "http://127.0.0.1:8080";

pub(crate) struct World {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) db: ConfigDb,
    pub(crate) everybody_is_logged_in: Arc<AtomicBool>,
    pub(crate) auth: Auth,
    now: Arc<AtomicI64>,
    hash: String,
    companies: Option<Companies>,
    applying: Applying,
}

struct Presence(Arc<AtomicBool>);

#[async_trait]
impl PresenceCheck for Presence {
    async fn is_logged_in(&self, _: TenantId, _: AgentId) -> Result<bool, ApiError> {
        Ok(self.0.load(Ordering::Relaxed))
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::at(ORIGIN).await
    }

    /// A deployment with this public address.
    pub(crate) async fn at(public_url: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(Timestamp::from_secs(1_700_000_000).0));
        let clock = Arc::clone(&now);
        let clock = Arc::new(move || Timestamp(clock.load(Ordering::Relaxed)));
        let db = ConfigDb::open(dir.path(), None, clock).await.unwrap();
        let options = AuthOptions::new(public_url.parse().unwrap());
        Self {
            dir,
            auth: Auth::new(db.clone(), options),
            db,
            everybody_is_logged_in: Arc::default(),
            now,
            hash: hash_secret(&PASSWORD.into()).unwrap(),
            companies: None,
            applying: Applying::default(),
        }
    }

    /// Lets the deployment speak with the companies.
    pub(crate) fn companies(&mut self, settings: &ProviderSettings) {
        self.companies = Some(Companies::new(settings, None, Clock::system()).unwrap());
    }

    /// What renews the consents of mailboxes.
    #[cfg(feature = "sim")]
    pub(crate) fn renewals(&self) -> ecluse_api::connect::Renewals {
        let companies = self.companies.clone().unwrap();
        ecluse_api::connect::Renewals::new(self.db.clone(), companies)
    }

    /// A form as a browser without scripts sends it.
    pub(crate) fn form(&self, path: &str, body: String) -> Call<'_> {
        let call = self.call(Method::POST, path);
        let request = call
            .request
            .insert_header(("Content-Type", "application/x-www-form-urlencoded"))
            .set_payload(body);
        Call { request, ..call }
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.now
            .fetch_add(i64::try_from(time.as_micros()).unwrap(), Ordering::Relaxed);
    }

    pub(crate) async fn key(&self, role: Role) -> String {
        self.key_in(TenantId::DEFAULT, role).await
    }

    pub(crate) async fn key_in(&self, tenant: TenantId, role: Role) -> String {
        let key = self
            .db
            .create_api_key(&Editor::system(tenant), "tests", role)
            .await
            .unwrap();
        key.key.expose().to_owned()
    }

    /// Somebody whose password is [`PASSWORD`].
    pub(crate) async fn person(&self, email: &str, role: Role) -> AgentId {
        let draft = PersonDraft::new("Somebody", email, role);
        let id = self
            .db
            .create_person(&system(), draft)
            .await
            .unwrap()
            .person
            .id;
        self.db
            .set_password(&system(), id, self.hash.clone(), None)
            .await
            .unwrap();
        id
    }

    /// Another company in the same deployment.
    pub(crate) async fn other_tenant(&self) -> TenantId {
        let draft = TenantDraft {
            key: None,
            name: "Other".to_owned(),
        };
        self.db.create_tenant(&system(), draft).await.unwrap().id
    }

    /// Adds something, and returns it.
    pub(crate) async fn add(&self, key: &str, path: &str, body: &Value) -> Value {
        let added = self.post(path, body).key(key).send().await;
        assert_eq!(added.status, 201, "{path}: {}", added.text());
        added.json()
    }

    /// The queue of a name.
    pub(crate) async fn queue(&self, key: &str, name: &str) -> String {
        let body = serde_json::json!({ "name": name, "strategy": "auto" });
        let queue = self.add(key, "/api/v1/queues", &body).await;
        queue["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'_> {
        let peer = SocketAddr::new(IpAddr::from([203, 0, 113, 1]), 40_000);
        Call {
            world: self,
            request: TestRequest::with_uri(path).method(method).peer_addr(peer),
        }
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Call<'_> {
        self.call(Method::POST, path).json(body)
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Call<'_> {
        self.call(Method::PUT, path).json(body)
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Call<'_> {
        self.call(Method::PATCH, path).json(body)
    }

    pub(crate) fn delete(&self, path: &str) -> Call<'_> {
        self.call(Method::DELETE, path)
    }

    /// Signs in, and returns the session's cookie and CSRF token.
    pub(crate) async fn sign_in(&self, email: &str) -> (Cookie<'static>, String) {
        let body = serde_json::json!({ "email": email, "password": PASSWORD });
        let answer = self.post("/api/v1/session", &body).send().await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        (
            answer.cookie(),
            answer.json()["csrf_token"].as_str().unwrap().to_owned(),
        )
    }

    pub(crate) fn files_hold(&self, text: &str) -> bool {
        std::fs::read_dir(self.dir.path()).unwrap().any(|file| {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes())
        })
    }
}

pub(crate) fn system() -> Editor {
    Editor::system(TenantId::DEFAULT)
}

pub(crate) fn mount(config: &mut ServiceConfig<'_>) {
    config
        .configure(routes::session::configure)
        .configure(routes::verify::configure)
        .configure(routes::sign_ons::configure)
        .configure(routes::agents::configure)
        .configure(routes::crud::configure)
        .configure(routes::config::configure)
        .configure(routes::settings::configure)
        .configure(routes::licence::configure)
        .configure(routes::bans::configure)
        .configure(routes::alerts::configure)
        .configure(routes::audit::configure)
        .configure(routes::tenants::configure)
        .configure(routes::api_keys::configure);
}

/// A request that is being put together.
pub(crate) struct Call<'a> {
    world: &'a World,
    request: TestRequest,
}

impl Call<'_> {
    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        Self {
            request: self.request.append_header((name, value)),
            ..self
        }
    }

    pub(crate) fn key(self, key: &str) -> Self {
        self.header("Authorization", &format!("Bearer {key}"))
    }

    pub(crate) fn if_match(self, etag: &str) -> Self {
        self.header("If-Match", etag)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        Self {
            request: self.request.set_json(body),
            ..self
        }
    }

    pub(crate) fn body(self, kind: &str, body: String) -> Self {
        let request = self
            .request
            .insert_header(("Content-Type", kind))
            .set_payload(body);
        Self { request, ..self }
    }

    pub(crate) fn raw(self, body: &'static str) -> Self {
        let request = self
            .request
            .insert_header(("Content-Type", "application/json"))
            .set_payload(body);
        Self { request, ..self }
    }

    pub(crate) fn cookie(self, cookie: &Cookie<'static>) -> Self {
        Self {
            request: self.request.cookie(cookie.clone()),
            ..self
        }
    }

    /// As our own page sends it.
    pub(crate) fn session(self, (cookie, csrf): &(Cookie<'static>, String)) -> Self {
        self.cookie(cookie)
            .header("X-CSRF-Token", csrf)
            .header("Sec-Fetch-Site", "same-origin")
    }

    pub(crate) fn peer(self, peer: &str) -> Self {
        let peer = SocketAddr::new(peer.parse().unwrap(), 40_000);
        Self {
            request: self.request.peer_addr(peer),
            ..self
        }
    }

    pub(crate) async fn send(self) -> Answer {
        let presence: Arc<dyn PresenceCheck> =
            Arc::new(Presence(Arc::clone(&self.world.everybody_is_logged_in)));
        let app = App::new()
            .configure(error::configure)
            .app_data(Data::new(self.world.db.clone()))
            .app_data(Data::new(self.world.auth.clone()))
            .app_data(Data::new(Services {
                db: self.world.db.clone(),
                auth: self.world.auth.clone(),
                directory: None,
                companies: self.world.companies.clone(),
                guard: Guard::new(presence, None),
                applying: self.world.applying.clone(),
            }))
            .configure(ecluse_api::connect::configure)
            .configure(routes::pages::configure)
            .configure(|services| routes::webhooks::configure(services, 1 << 20))
            .configure(|services| openapi::mount(services, &openapi::document(mount)))
            .default_service(web::to(error::no_route))
            .into_utoipa_app()
            .service(scope(openapi::API_PREFIX).configure(mount))
            .into_app();
        let app = init_service(app).await;
        let response = call_service(&app, self.request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let cookie = response
            .response()
            .cookies()
            .find(|cookie| cookie.name() == SESSION_COOKIE);
        let cookie = cookie.map(Cookie::into_owned);
        Answer {
            status,
            headers,
            cookie,
            body: read_body(response).await.to_vec(),
        }
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    cookie: Option<Cookie<'static>>,
    body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }

    pub(crate) fn etag(&self) -> String {
        self.header("ETag").to_owned()
    }

    pub(crate) fn id(&self) -> String {
        self.json()["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn cookie(&self) -> Cookie<'static> {
        self.cookie.clone().unwrap()
    }

    /// The status and the code of a refusal, which must be a problem.
    pub(crate) fn refusal(&self) -> (u16, String) {
        assert_eq!(
            self.header("Content-Type"),
            "application/problem+json",
            "{}",
            self.text()
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        (
            self.status.as_u16(),
            problem["code"].as_str().unwrap().to_owned(),
        )
    }

    /// The refused fields with their codes.
    pub(crate) fn fields(&self) -> Vec<(String, String)> {
        assert_eq!(
            self.refusal(),
            (422, "validation".to_owned()),
            "{}",
            self.text()
        );
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let problem = self.json();
        let errors = problem["errors"].as_array().unwrap();
        errors
            .iter()
            .map(|error| (text(&error["field"]), text(&error["code"])))
            .collect()
    }
}
