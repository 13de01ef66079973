//! What is served: the sign-in page and the token endpoint.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::RngExt as _;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::grants::Agreed;
use super::refusal::Refusal;
use super::request::{Parameters, SignInRequest};
use super::{Shared, pages, signing};
use crate::meta::same_secret;

/// The largest request that is read.
const REQUEST_BYTES_MAX: usize = 64 * 1024;

pub(super) fn routes(shared: Arc<Shared>) -> impl Fn(&mut web::ServiceConfig) + Clone {
    let dialect = shared.dialect;
    let data = web::Data::from(shared);
    move |config| {
        config
            .app_data(data.clone())
            .app_data(web::PayloadConfig::new(REQUEST_BYTES_MAX))
            .route(dialect.sign_in_path(), web::get().to(sign_in))
            .route(dialect.sign_in_path(), web::post().to(decide))
            .route(dialect.token_path(), web::post().to(token));
    }
}

async fn sign_in(shared: web::Data<Shared>, request: HttpRequest) -> HttpResponse {
    let query = request.query_string();
    match SignInRequest::parse(query, &shared) {
        Ok(request) => html(
            StatusCode::OK,
            pages::login(shared.dialect, query, &request),
        ),
        Err(refusal) => shared.refused_page(&refusal),
    }
}

/// What a person sent from one of the pages.
struct Form {
    query: String,
    email: String,
    decision: Option<String>,
    granted: Vec<String>,
}

impl Form {
    fn parse(body: &[u8]) -> Self {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(body).into_owned().collect();
        let all = |name: &str| {
            let named = pairs.iter().filter(|(key, _)| key == name);
            named.map(|(_, value)| value.clone()).collect::<Vec<_>>()
        };
        let one = |name: &str| all(name).into_iter().next();
        Self {
            query: one("request").unwrap_or_default(),
            email: one("email").unwrap_or_default(),
            decision: one("decision"),
            granted: all("granted"),
        }
    }
}

async fn decide(shared: web::Data<Shared>, body: web::Bytes) -> HttpResponse {
    let form = Form::parse(&body);
    let request = match SignInRequest::parse(&form.query, &shared) {
        Ok(request) => request,
        Err(refusal) => return shared.refused_page(&refusal),
    };
    if !form.email.contains('@') {
        return html(
            StatusCode::OK,
            pages::login(shared.dialect, &form.query, &request),
        );
    }
    let admin_consent = shared.switches.borrow().admin_consent;
    match form.decision.as_deref() {
        Some("accept") if !admin_consent => shared.accept(request, form),
        Some("refuse") => shared.decline(&request, admin_consent),
        _ if admin_consent => html(
            StatusCode::OK,
            pages::admin_approval(&form.query, &form.email),
        ),
        _ => {
            let page = pages::consent(shared.dialect, &form.query, &request, &form.email);
            html(StatusCode::OK, page)
        }
    }
}

async fn token(shared: web::Data<Shared>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    if shared.switches.borrow().unavailable {
        return HttpResponse::ServiceUnavailable().body("The service is unavailable.");
    }
    let kind = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let parameters = match Parameters::parse(&body) {
        Ok(parameters) if is_form => parameters,
        Ok(_) | Err(_) => return shared.refused(&Refusal::Malformed),
    };
    let answer = shared.answer(&parameters);
    let mut switches = shared.switches.subscribe();
    // An error is a handle that is gone.
    drop(switches.wait_for(|switches| !switches.holds_tokens).await);
    match answer {
        Ok(answer) => HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(answer),
        Err(refusal) => shared.refused(&refusal),
    }
}

fn html(status: StatusCode, page: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(page)
}

/// As unguessable as a real one.
fn random() -> String {
    let mut bytes = [0; 24];
    rand::rng().fill(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

impl Shared {
    fn refused_page(&self, refusal: &Refusal) -> HttpResponse {
        let (status, body) = self.dialect.refusal(refusal, self.options.clock.now());
        let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
        let page = pages::refused(self.dialect, &text("error"), &text("error_description"));
        html(
            StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
            page,
        )
    }

    fn refused(&self, refusal: &Refusal) -> HttpResponse {
        let (status, body) = self.dialect.refusal(refusal, self.options.clock.now());
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        HttpResponse::build(status).json(body)
    }

    fn accept(&self, request: SignInRequest, form: Form) -> HttpResponse {
        let is_granted =
            |scope: &String| !self.dialect.is_optional(scope) || form.granted.contains(scope);
        let scopes: Vec<String> = request
            .scopes
            .iter()
            .filter(|s| is_granted(s))
            .cloned()
            .collect();
        let code = format!("{}{}", self.dialect.code_prefix(), random());
        let mut parameters = vec![("code", code.clone())];
        parameters.extend(self.dialect.accepted_parameters(&scopes));
        let answer = back(&request, parameters);
        let agreed = Agreed {
            email: form.email,
            scopes,
            is_offline: self.dialect.is_offline(&request),
        };
        let expires_at = self.options.clock.now().plus(self.options.code_lifetime);
        self.grants
            .lock()
            .give_code(code, request, agreed, expires_at);
        answer
    }

    fn decline(&self, request: &SignInRequest, admin_consent: bool) -> HttpResponse {
        let parameters = match admin_consent {
            true => self.dialect.admin_consent_needed(),
            false => self.dialect.declined(),
        };
        back(request, parameters)
    }

    /// What the token endpoint says to a form.
    fn answer(&self, parameters: &Parameters) -> Result<Value, Refusal> {
        let grant_type = parameters.need("grant_type")?.to_owned();
        let client_id = self.authenticated(parameters)?;
        match grant_type.as_str() {
            "authorization_code" => self.exchange(parameters, &client_id),
            "refresh_token" => self.refresh(parameters),
            _ => Err(Refusal::UnknownGrantType(grant_type)),
        }
    }

    fn authenticated(&self, parameters: &Parameters) -> Result<String, Refusal> {
        let client_id = parameters.need("client_id")?;
        if client_id != self.options.client_id {
            return Err(Refusal::UnknownClient(client_id.to_owned()));
        }
        let secret = parameters.need("client_secret")?;
        match same_secret(secret, &self.options.client_secret) {
            true => Ok(client_id.to_owned()),
            false => Err(Refusal::WrongSecret),
        }
    }

    fn exchange(&self, parameters: &Parameters, client_id: &str) -> Result<Value, Refusal> {
        self.counts.send_modify(|counts| counts.exchanges += 1);
        let now = self.options.clock.now();
        let agreed = self.grants.lock().redeem(parameters, client_id, now)?;
        let mut answer = self.tokens(&agreed);
        if agreed.is_offline {
            answer["refresh_token"] = json!(self.new_refresh_token(agreed));
        }
        Ok(answer)
    }

    fn refresh(&self, parameters: &Parameters) -> Result<Value, Refusal> {
        self.counts.send_modify(|counts| counts.refreshes += 1);
        let now = self.options.clock.now();
        let token = parameters.need("refresh_token")?;
        let inactive_after = self.dialect.inactive_after();
        let agreed = self.grants.lock().refresh(token, inactive_after, now)?;
        let mut answer = self.tokens(&agreed);
        if self.dialect.rotates() {
            self.grants.lock().forget(token);
            answer["refresh_token"] = json!(self.new_refresh_token(agreed));
        }
        Ok(answer)
    }

    fn new_refresh_token(&self, agreed: Agreed) -> String {
        let token = format!("1//{}", random());
        let now = self.options.clock.now();
        self.grants
            .lock()
            .give_refresh_token(token.clone(), agreed, now);
        token
    }

    fn tokens(&self, agreed: &Agreed) -> Value {
        let scope = self.dialect.granted(&agreed.scopes);
        let mut answer = json!({
            "access_token": self.access_token(&agreed.email, &scope),
            "expires_in": self.options.token_lifetime.as_secs(),
            "scope": scope,
            "token_type": "Bearer",
        });
        if agreed.scopes.iter().any(|scope| scope == "openid") {
            answer["id_token"] = json!(self.id_token(&agreed.email));
        }
        answer
    }

    fn id_token(&self, email: &str) -> String {
        let now = self.options.clock.now();
        let mut claims = self.dialect.identity(email);
        claims.insert("iss".to_owned(), json!(self.issuer));
        claims.insert("aud".to_owned(), json!(self.options.client_id));
        claims.insert("iat".to_owned(), json!(signing::seconds(now)));
        let expires_at = now.plus(self.options.token_lifetime);
        claims.insert("exp".to_owned(), json!(signing::seconds(expires_at)));
        self.key.sign(&Value::Object(claims))
    }
}

/// Sends the browser back to the application.
fn back(request: &SignInRequest, parameters: Vec<(&'static str, String)>) -> HttpResponse {
    let Ok(mut url) = Url::parse(&request.redirect_uri) else {
        return HttpResponse::BadRequest().finish();
    };
    url.query_pairs_mut()
        .extend_pairs(parameters)
        .extend_pairs(request.state.iter().map(|state| ("state", state)));
    HttpResponse::Found()
        .insert_header((LOCATION, String::from(url)))
        .finish()
}
