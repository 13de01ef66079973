//! Facebook Login and pages, without any HTTP: what Facebook refuses and what it grants.
//!
//! What must stay true: a code is good once, for ten minutes, for the address that it was made for; a token is of one app,
//! one person or page, and what was allowed then; a call that is not proven with the app's secret is refused.
//!
//! Source: the same pages as `cmp/facebook.rs`.

use std::collections::HashMap;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use ecluse_engine::message::Timestamp;

use super::graph::GraphError;
use super::pages::random_word;
use crate::cmp::facebook::{FIELDS, SCOPES};
use crate::meta::{AppSecret, same_secret};

mod dialog;

pub(super) use dialog::{Dialog, GONE};

/// How long a code is good.
const CODE_LIFE: Duration = Duration::from_secs(10 * 60);

/// How long the first token of a person lives, and the one it is exchanged for.
const SHORT_LIFE: Duration = Duration::from_secs(2 * 60 * 60);
const LONG_LIFE: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// The app, and the people who may sign in.
#[derive(Clone, Debug)]
pub struct FacebookOptions {
    pub app_id: String,
    pub app_name: String,
    /// "Valid OAuth Redirect URIs", letter by letter.
    pub redirect_uris: Vec<String>,
    /// Refuses calls without `appsecret_proof`.
    pub requires_proof: bool,
    pub people: Vec<Person>,
}

/// Somebody with an account at Facebook.
#[derive(Clone, Debug)]
pub struct Person {
    pub email: String,
    pub password: SecretString,
    pub name: String,
    /// Whether they belong to the app, which is in development.
    pub has_role: bool,
    pub pages: Vec<PersonsPage>,
}

/// A page, and what its person may do there.
#[derive(Clone, Debug)]
pub struct PersonsPage {
    pub id: String,
    pub name: String,
    pub tasks: Vec<String>,
}

impl PersonsPage {
    /// A page that its person may do everything on.
    #[must_use]
    pub fn managed(id: &str, name: &str) -> Self {
        let tasks = [
            "ADVERTISE",
            "ANALYZE",
            "CREATE_CONTENT",
            "MESSAGING",
            "MODERATE",
            "MANAGE",
        ];
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            tasks: tasks.map(str::to_owned).into(),
        }
    }
}

impl Default for FacebookOptions {
    fn default() -> Self {
        Self {
            app_id: "670843887433847".to_owned(),
            app_name: "Écluse".to_owned(),
            redirect_uris: Vec::new(),
            requires_proof: true,
            people: vec![Person {
                email: "camille@example.test".to_owned(),
                password: "correct horse".into(),
                name: "Camille Roux".to_owned(),
                has_role: true,
                pages: vec![
                    PersonsPage::managed("104996122399160", "Maison Écluse"),
                    PersonsPage::managed("104996122399161", "Maison Écluse Lyon"),
                ],
            }],
        }
    }
}

#[derive(Clone, Debug)]
struct Code {
    person: usize,
    redirect_uri: String,
    scopes: Vec<String>,
    pages: Vec<String>,
    made_at: Timestamp,
    is_used: bool,
}

#[derive(Clone, Debug)]
struct Token {
    app_id: String,
    person: usize,
    /// Whose token it is; `None` for the person's own.
    page: Option<String>,
    scopes: Vec<String>,
    pages: Vec<String>,
    ends_at: Option<Timestamp>,
    /// The sub-code of its death.
    dead: Option<i64>,
}

impl Token {
    fn has(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }
}

/// All that Facebook remembers.
#[derive(Debug)]
pub(super) struct Login {
    pub(super) options: FacebookOptions,
    secret: AppSecret,
    app_secret: SecretString,
    dialogs: HashMap<String, Dialog>,
    codes: HashMap<String, Code>,
    tokens: HashMap<String, Token>,
    subscriptions: HashMap<String, Vec<String>>,
}

/// What a call carries beside its parameters.
#[derive(Clone, Debug, Default)]
pub(super) struct Call {
    pub(super) token: String,
    pub(super) proof: Option<String>,
    pub(super) now: Timestamp,
}

impl Login {
    pub(super) fn new(
        options: FacebookOptions,
        secret: AppSecret,
        app_secret: SecretString,
    ) -> Self {
        Self {
            options,
            secret,
            app_secret,
            dialogs: HashMap::new(),
            codes: HashMap::new(),
            tokens: HashMap::new(),
            subscriptions: HashMap::new(),
        }
    }

    /// `GET /oauth/access_token`, for a code or for a longer token.
    pub(super) fn token(
        &mut self,
        value: impl Fn(&str) -> String,
        now: Timestamp,
    ) -> Result<Value, GraphError> {
        if value("client_id") != self.options.app_id {
            let message = "Error validating application. Invalid application ID.";
            return Err(oauth(101, None, message));
        }
        if !same_secret(&value("client_secret"), &self.app_secret) {
            return Err(oauth(1, None, "Error validating client secret."));
        }
        match value("grant_type").as_str() {
            "fb_exchange_token" => self.prolong(&value("fb_exchange_token"), now),
            "" | "authorization_code" => self.redeem(&value("code"), &value("redirect_uri"), now),
            other => {
                let message = format!("Invalid grant_type: '{other}'.");
                Err(oauth(100, None, &message))
            }
        }
    }

    fn redeem(&mut self, code: &str, uri: &str, now: Timestamp) -> Result<Value, GraphError> {
        let invalid = || oauth(100, None, "Invalid verification code format.");
        let found = self.codes.get_mut(code).ok_or_else(invalid)?;
        if found.is_used {
            let message = "This authorization code has been used.";
            return Err(oauth(100, Some(36009), message));
        }
        if now.since(found.made_at) > CODE_LIFE {
            let message = "This authorization code has expired.";
            return Err(oauth(100, Some(36007), message));
        }
        if found.redirect_uri != uri {
            let message = "Error validating verification code. Please make sure your redirect_uri is identical to the one \
                           you used in the OAuth dialog request";
            return Err(oauth(100, Some(36008), message));
        }
        found.is_used = true;
        let token = Token {
            app_id: self.options.app_id.clone(),
            person: found.person,
            page: None,
            scopes: found.scopes.clone(),
            pages: found.pages.clone(),
            ends_at: Some(now.plus(SHORT_LIFE)),
            dead: None,
        };
        Ok(self.granted(token, SHORT_LIFE))
    }

    fn prolong(&mut self, short: &str, now: Timestamp) -> Result<Value, GraphError> {
        let token = self.living(short, now)?.clone();
        let longer = Token {
            ends_at: Some(now.plus(LONG_LIFE)),
            ..token
        };
        Ok(self.granted(longer, LONG_LIFE))
    }

    fn granted(&mut self, token: Token, life: Duration) -> Value {
        let value = self.keep(token);
        json!({ "access_token": value, "token_type": "bearer", "expires_in": life.as_secs() })
    }

    fn keep(&mut self, token: Token) -> String {
        let value = format!("EAA{}", random_word(60));
        self.tokens.insert(value.clone(), token);
        value
    }

    fn living(&self, value: &str, now: Timestamp) -> Result<&Token, GraphError> {
        let token = self.tokens.get(value).ok_or_else(GraphError::bad_token)?;
        if let Some(subcode) = token.dead {
            let message = "Error validating access token: The session has been invalidated.";
            return Err(oauth(190, Some(subcode), message));
        }
        if token.ends_at.is_some_and(|end| now >= end) {
            let message = "Error validating access token: Session has expired.";
            return Err(oauth(190, Some(463), message));
        }
        Ok(token)
    }

    /// The token of a call, once it is proven.
    fn called(&self, call: &Call) -> Result<&Token, GraphError> {
        let token = self.living(&call.token, call.now)?;
        let expected = self.secret.proof(&call.token.as_str().into());
        match &call.proof {
            Some(given) if *given != expected => Err(GraphError::bad_proof()),
            None if self.options.requires_proof => Err(GraphError::new(
                100,
                "API calls from the server require an appsecret_proof argument",
            )),
            Some(_) | None => Ok(token),
        }
    }

    /// `GET /me/permissions`.
    pub(super) fn permissions(&self, call: &Call) -> Result<Value, GraphError> {
        let token = self.called(call)?;
        let each = SCOPES.iter().map(|scope| {
            let granted = token.scopes.iter().any(|own| own == scope);
            json!({ "permission": scope, "status": if granted { "granted" } else { "declined" } })
        });
        Ok(json!({ "data": each.collect::<Vec<_>>() }))
    }

    /// `GET /me/accounts`, part by part.
    pub(super) fn accounts(
        &mut self,
        call: &Call,
        limit: usize,
        after: &str,
    ) -> Result<Value, GraphError> {
        let token = self.called(call)?.clone();
        if token.page.is_some() {
            let message = "Tried accessing nonexisting field (accounts) on node type (Page)";
            return Err(GraphError::new(100, message));
        }
        let granted = self.granted_pages(&token);
        let start = after.parse::<usize>().unwrap_or(0);
        let end = granted.len().min(start.saturating_add(limit));
        let part = granted.get(start..end).unwrap_or_default();
        let data: Vec<_> = part.iter().map(|page| self.account(&token, page)).collect();
        let mut answer = json!({ "data": data });
        if !data.is_empty() {
            answer["paging"] =
                json!({ "cursors": { "before": start.to_string(), "after": end.to_string() } });
        }
        if end < granted.len() {
            answer["paging"]["next"] = json!("https://graph.facebook.com/next");
        }
        Ok(answer)
    }

    fn granted_pages(&self, token: &Token) -> Vec<PersonsPage> {
        if !token.has("pages_show_list") {
            return Vec::new();
        }
        let person = self.options.people.get(token.person);
        let own = person.into_iter().flat_map(|person| person.pages.iter());
        own.filter(|page| token.pages.contains(&page.id))
            .cloned()
            .collect()
    }

    fn account(&mut self, token: &Token, page: &PersonsPage) -> Value {
        let access_token = self.keep(Token {
            page: Some(page.id.clone()),
            ends_at: None,
            ..token.clone()
        });
        json!({
            "access_token": access_token, "category": "Boutique", "name": page.name, "id": page.id, "tasks": page.tasks,
        })
    }

    /// `GET /me`.
    pub(super) fn me(&self, call: &Call) -> Result<Value, GraphError> {
        let token = self.called(call)?;
        let person = self.options.people.get(token.person);
        let person = person.ok_or_else(GraphError::bad_token)?;
        let page = token.page.as_ref();
        let page = page.and_then(|id| person.pages.iter().find(|page| page.id == *id));
        Ok(match page {
            Some(page) => json!({ "id": page.id, "name": page.name }),
            None => json!({ "id": "122105024900000000", "name": person.name }),
        })
    }

    /// `GET /debug_token`.
    pub(super) fn inspect(&self, call: &Call, input: &str) -> Result<Value, GraphError> {
        let own = format!(
            "{}|{}",
            self.options.app_id,
            self.app_secret.expose_secret()
        );
        if !same_secret(&call.token, &own.into()) {
            return Err(oauth(190, None, "Invalid OAuth access token signature."));
        }
        let Some(token) = self.tokens.get(input) else {
            let error = json!({ "code": 190, "message": "Invalid OAuth access token." });
            return Ok(json!({ "data": { "error": error, "is_valid": false, "scopes": [] } }));
        };
        if token.app_id != self.options.app_id {
            let message = "The App_id in the input_token did not match the Viewing App";
            return Err(GraphError::new(100, message));
        }
        let mut data = self.inspected(token);
        if let Err(error) = self.living(input, call.now) {
            data["is_valid"] = json!(false);
            data["error"] =
                json!({ "code": 190, "message": error.message, "subcode": error.subcode });
        }
        Ok(json!({ "data": data }))
    }

    fn inspected(&self, token: &Token) -> Value {
        let mut data = json!({
            "app_id": token.app_id, "application": self.options.app_name, "scopes": token.scopes,
            "type": if token.page.is_some() { "PAGE" } else { "USER" }, "is_valid": true,
            "expires_at": token.ends_at.map_or(0, |end| end.0.div_euclid(1_000_000)),
        });
        if let Some(page) = &token.page {
            data["profile_id"] = json!(page);
        }
        data
    }

    /// `POST /{page}/subscribed_apps`.
    pub(super) fn subscribe(
        &mut self,
        call: &Call,
        page: &str,
        fields: &str,
    ) -> Result<Value, GraphError> {
        if !self.of_page(call, page)?.has("pages_messaging") {
            let message = "To subscribe to the messages field, one of these permissions is needed: pages_messaging.";
            return Err(GraphError::new(200, message));
        }
        self.subscriptions
            .insert(page.to_owned(), known_fields(fields)?);
        Ok(json!({ "success": true }))
    }

    /// `DELETE /{page}/subscribed_apps`.
    pub(super) fn unsubscribe(&mut self, call: &Call, page: &str) -> Result<Value, GraphError> {
        self.of_page(call, page)?;
        self.subscriptions.remove(page);
        Ok(json!({ "success": true }))
    }

    fn of_page(&self, call: &Call, page: &str) -> Result<&Token, GraphError> {
        let token = self.called(call)?;
        if token.page.as_deref() != Some(page) {
            return Err(GraphError::no_such_object(page));
        }
        if !token.has("pages_manage_metadata") {
            let message = "Requires pages_manage_metadata permission to manage the object";
            return Err(GraphError::new(200, message));
        }
        let person = self.options.people.get(token.person);
        let own = person.and_then(|person| person.pages.iter().find(|own| own.id == page));
        let may = own.is_some_and(|own| {
            let tasks = ["CREATE_CONTENT", "MANAGE", "MODERATE"];
            own.tasks.iter().any(|task| tasks.contains(&task.as_str()))
        });
        match may {
            true => Ok(token),
            false => Err(GraphError::new(
                200,
                "User does not have sufficient administrative permission for this action on \
                                               this page.",
            )),
        }
    }

    pub(super) fn subscribed(&self, page: &str) -> Option<Vec<String>> {
        self.subscriptions.get(page).cloned()
    }

    /// Ends every token that a person gave, for the reason that Meta numbers so.
    pub(super) fn kill(&mut self, email: &str, subcode: i64) {
        let person = self
            .options
            .people
            .iter()
            .position(|person| person.email == email);
        for token in self.tokens.values_mut() {
            if Some(token.person) == person {
                token.dead = Some(subcode);
            }
        }
    }

    /// A token of another app, for a page that exists.
    pub(super) fn strangers_token(&mut self, page: &str) -> String {
        self.token_of_page("1".to_owned(), page)
    }

    /// A token of our app for a page, as a program brings one.
    pub(super) fn programs_token(&mut self, page: &str) -> String {
        self.token_of_page(self.options.app_id.clone(), page)
    }

    fn token_of_page(&mut self, app_id: String, page: &str) -> String {
        self.keep(Token {
            app_id,
            person: 0,
            page: Some(page.to_owned()),
            scopes: SCOPES.map(str::to_owned).into(),
            pages: Vec::new(),
            ends_at: None,
            dead: None,
        })
    }
}

fn known_fields(text: &str) -> Result<Vec<String>, GraphError> {
    let fields = text.split(',').filter(|field| !field.is_empty());
    let fields: Vec<String> = fields.map(str::to_owned).collect();
    if fields.is_empty() {
        let message = "The parameter subscribed_fields is required.";
        return Err(GraphError::new(100, message));
    }
    let unknown = fields
        .iter()
        .find(|field| !FIELDS.contains(&field.as_str()));
    match unknown {
        None => Ok(fields),
        Some(unknown) => {
            let message = format!("Param subscribed_fields has the unknown value {unknown}");
            Err(GraphError::new(100, &message))
        }
    }
}

/// An error of the OAuth endpoints, whose messages have no number before them.
fn oauth(code: i64, subcode: Option<i64>, message: &str) -> GraphError {
    GraphError {
        status: 400,
        message: message.to_owned(),
        subcode,
        ..GraphError::new(code, "")
    }
}
