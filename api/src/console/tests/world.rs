//! A console of a test's own: real sign-in, configuration in memory.

use std::sync::Arc;

use actix_web::App;
use actix_web::cookie::Cookie;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Data;
use ecluse_adapters::storage::config_db::{ConfigDb, Editor, PersonDraft, Token};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::TenantId;
use ecluse_engine::message::Timestamp;
use tempfile::TempDir;
use url::Url;
use url::form_urlencoded::Serializer;

use super::sample::Sample;
use crate::auth::{Auth, AuthOptions, SESSION_COOKIE, SessionUser};
use crate::console::backend::Backends;
use crate::console::routes;

pub(super) struct World {
    pub(super) sample: Sample,
    pub(super) db: ConfigDb,
    pub(super) auth: Auth,
    session: Token,
    csrf: String,
    _room: TempDir,
}

/// What came back.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) place: String,
    pub(super) html: String,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::of(Role::Administrator).await
    }

    /// Whoever asks has the role.
    pub(super) async fn of(role: Role) -> Self {
        let room = tempfile::tempdir().unwrap();
        let clock = Arc::new(|| Timestamp(1_800_000_000_000_000));
        let db = ConfigDb::open(room.path(), None, clock).await.unwrap();
        let draft = PersonDraft::new("Amélie Roche", "amelie@example.org", role);
        let editor = Editor::system(TenantId::DEFAULT);
        let person = db.create_person(&editor, draft).await.unwrap();
        let session = db
            .create_session(TenantId::DEFAULT, person.person.id)
            .await
            .unwrap();
        let record = db.session(session.digest()).await.unwrap().unwrap();
        let csrf = SessionUser::new(record, &session).csrf_token;
        let url = Url::parse("http://localhost:8099").unwrap();
        Self {
            sample: Sample::filled(),
            auth: Auth::new(db.clone(), AuthOptions::new(url)),
            db,
            session,
            csrf,
            _room: room,
        }
    }

    pub(super) fn cookie(&self) -> Cookie<'static> {
        Cookie::new(SESSION_COOKIE, self.session.expose().to_owned())
    }

    pub(super) async fn send(&self, request: TestRequest) -> Answer {
        let backends: Arc<dyn Backends> = Arc::new(self.sample.clone());
        let app = App::new()
            .app_data(Data::from(backends))
            .app_data(Data::new(self.auth.clone()))
            .app_data(Data::new(self.db.clone()))
            .configure(routes::configure);
        let response = call_service(&init_service(app).await, request.to_request()).await;
        let status = response.status();
        let place = response.headers().get(LOCATION);
        let place = place.map_or(String::new(), |place| place.to_str().unwrap().to_owned());
        let html = String::from_utf8(read_body(response).await.to_vec()).unwrap();
        Answer {
            status,
            place,
            html,
        }
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        let request = TestRequest::get().uri(path).cookie(self.cookie());
        self.send(request.insert_header(("Accept-Language", "en")))
            .await
    }

    pub(super) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = Serializer::new(String::new());
        body.append_pair("_csrf", &self.csrf).extend_pairs(fields);
        let request = TestRequest::post()
            .uri(path)
            .cookie(self.cookie())
            .insert_header(("Sec-Fetch-Site", "same-origin"))
            .insert_header(("Accept-Language", "en"))
            .insert_header(("Content-Type", "application/x-www-form-urlencoded"))
            .set_payload(body.finish());
        self.send(request).await
    }
}
