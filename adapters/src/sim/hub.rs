//! 360dialog's hub and Partner API, without any HTTP: what they refuse and what they grant.
//!
//! What must stay true: no key is made for a number that its client did not authorise, or that does not run; a new key ends
//! the one before it.
//!
//! Source: the same pages as `cmp/dialog360.rs`.

use std::collections::{HashMap, HashSet};

use secrecy::SecretString;
use serde_json::{Value, json};

use super::pages::{random_word, with_parameters};
use crate::meta::same_secret;

/// The partner, and its clients.
#[derive(Clone, Debug)]
pub struct HubOptions {
    pub partner_id: String,
    /// A key of the Partner API.
    pub partner_key: SecretString,
    /// A user of the partner, for tokens.
    pub partner_user: (String, SecretString),
    /// Where clients may be sent back to, letter by letter.
    pub redirect_urls: Vec<String>,
    /// Takes webhooks over plain HTTP to this machine.
    pub allows_loopback: bool,
    pub clients: Vec<HubClient>,
}

/// A business with an account at 360dialog.
#[derive(Clone, Debug)]
pub struct HubClient {
    pub id: String,
    pub name: String,
    pub email: String,
    pub password: SecretString,
    pub numbers: Vec<HubNumber>,
}

/// One of its numbers.
#[derive(Clone, Debug)]
pub struct HubNumber {
    pub channel_id: String,
    /// Digits alone.
    pub phone_number: String,
    pub phone_name: String,
    pub status: String,
    pub terminated_at: Option<String>,
    /// Meta's id of its business account.
    pub business_account_id: String,
}

impl HubNumber {
    /// A number that runs.
    #[must_use]
    pub fn running(channel_id: &str, phone_number: &str, phone_name: &str) -> Self {
        Self {
            channel_id: channel_id.to_owned(),
            phone_number: phone_number.to_owned(),
            phone_name: phone_name.to_owned(),
            status: "running".to_owned(),
            terminated_at: None,
            business_account_id: "102290129340398".to_owned(),
        }
    }
}

impl Default for HubOptions {
    fn default() -> Self {
        Self {
            partner_id: "EcLusePA".to_owned(),
            partner_key: "simulated-partner-key".into(),
            partner_user: ("cmp@ecluse.example".to_owned(), "simulated-password".into()),
            redirect_urls: Vec::new(),
            allows_loopback: false,
            clients: vec![HubClient {
                id: "3CpBg3CL".to_owned(),
                name: "Maison Écluse".to_owned(),
                email: "camille@example.test".to_owned(),
                password: "correct horse".into(),
                numbers: vec![
                    HubNumber::running("skds23CH", "15550783881", "Maison Écluse"),
                    HubNumber::running("skds24CH", "33639980002", "Maison Écluse Lyon"),
                ],
            }],
        }
    }
}

/// A refusal, in 360dialog's shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HubError {
    pub(super) status: u16,
    message: String,
}

impl HubError {
    pub(super) fn new(status: u16, message: &str) -> Self {
        Self {
            status,
            message: message.to_owned(),
        }
    }

    pub(super) fn body(&self) -> Value {
        let meta = json!({
            "success": false, "http_code": self.status, "developer_message": self.message,
        });
        json!({ "meta": meta })
    }
}

#[derive(Clone, Debug)]
struct Visit {
    redirect_url: String,
    state: String,
    client: Option<usize>,
}

/// A webhook that was set for a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SetWebhook {
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
}

/// All that 360dialog remembers.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) options: HubOptions,
    visits: HashMap<String, Visit>,
    granted: HashSet<String>,
    tokens: HashSet<String>,
    /// The channel of each living key.
    keys: HashMap<String, String>,
    webhooks: HashMap<String, SetWebhook>,
}

impl Hub {
    pub(super) fn new(options: HubOptions) -> Self {
        Self {
            options,
            visits: HashMap::new(),
            granted: HashSet::new(),
            tokens: HashSet::new(),
            keys: HashMap::new(),
            webhooks: HashMap::new(),
        }
    }

    /// Starts a visit of the permissions page; the error is what is shown instead.
    pub(super) fn open(
        &mut self,
        partner: &str,
        redirect_url: &str,
        state: &str,
    ) -> Result<String, &'static str> {
        if partner != self.options.partner_id {
            return Err("This partner does not exist.");
        }
        if !self
            .options
            .redirect_urls
            .iter()
            .any(|url| url == redirect_url)
        {
            return Err("The redirect URL is not one of this partner's.");
        }
        let id = random_word(24);
        let visit = Visit {
            redirect_url: redirect_url.to_owned(),
            state: state.to_owned(),
            client: None,
        };
        self.visits.insert(id.clone(), visit);
        Ok(id)
    }

    pub(super) fn sign_in(
        &mut self,
        visit: &str,
        email: &str,
        password: &str,
    ) -> Result<(), &'static str> {
        let clients = &self.options.clients;
        let known =
            |client: &HubClient| client.email == email && same_secret(password, &client.password);
        let index = clients.iter().position(known);
        let index = index.ok_or("The e-mail or the password is not right.")?;
        let visit = self.visits.get_mut(visit);
        visit.ok_or("This visit is over.")?.client = Some(index);
        Ok(())
    }

    /// The client of a visit, and which of its channels are authorised.
    pub(super) fn visitor(&self, visit: &str) -> Option<(&HubClient, &HashSet<String>)> {
        let index = self.visits.get(visit)?.client?;
        Some((self.options.clients.get(index)?, &self.granted))
    }

    /// Authorises exactly these of the client's channels, and says where to send the client.
    pub(super) fn authorise(&mut self, visit: &str, channels: &[String]) -> Option<String> {
        let visit = self.visits.remove(visit)?;
        let client = self.options.clients.get(visit.client?)?.clone();
        let own = client.numbers.iter().map(|number| &number.channel_id);
        let (chosen, left): (Vec<_>, Vec<_>) = own.cloned().partition(|id| channels.contains(id));
        let revoked: Vec<String> = left.into_iter().filter(|id| self.revoke(id)).collect();
        self.granted.extend(chosen.iter().cloned());
        let list = |ids: &[String]| format!("[{}]", ids.join(","));
        let (chosen, revoked) = (list(&chosen), list(&revoked));
        let mut parameters = vec![("client", client.id.as_str()), ("channels", &chosen)];
        if revoked != "[]" {
            parameters.push(("revoked", &revoked));
        }
        if !visit.state.is_empty() {
            parameters.push(("state", &visit.state));
        }
        Some(with_parameters(&visit.redirect_url, &parameters))
    }

    /// Gives the permission for a channel, as its client does in the hub.
    pub(super) fn allow(&mut self, channel: &str) {
        self.granted.insert(channel.to_owned());
    }

    /// Takes a permission back, and ends the key; whether there was one.
    pub(super) fn revoke(&mut self, channel: &str) -> bool {
        self.keys.retain(|_, own| own != channel);
        self.granted.remove(channel)
    }

    /// `POST /api/v2/token`.
    pub(super) fn token(&mut self, body: &Value) -> Result<Value, HubError> {
        let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
        let (username, password) = &self.options.partner_user;
        if text("username") != username || !same_secret(text("password"), password) {
            return Err(HubError::new(401, "Wrong email or password."));
        }
        let token = random_word(40);
        self.tokens.insert(token.clone());
        Ok(json!({ "access_token": token, "token_type": "Bearer", "expires_in": 86_400 }))
    }

    /// Ends every token, as a password that was changed does.
    pub(super) fn forget_tokens(&mut self) {
        self.tokens.clear();
    }

    /// Whether a call to the Partner API comes from the partner that its path names.
    pub(super) fn check_partner(
        &self,
        partner: &str,
        key: Option<&str>,
        bearer: Option<&str>,
    ) -> Result<(), HubError> {
        let by_key = key.is_some_and(|key| same_secret(key, &self.options.partner_key));
        let by_token = bearer.is_some_and(|token| self.tokens.contains(token));
        if !by_key && !by_token {
            return Err(HubError::new(401, "Unauthorized"));
        }
        match partner == self.options.partner_id {
            true => Ok(()),
            false => Err(HubError::new(403, "Access to this partner is forbidden")),
        }
    }

    /// `GET /api/v2/partners/{id}/channels`.
    pub(super) fn channels(
        &self,
        filters: &str,
        limit: usize,
        offset: usize,
    ) -> Result<Value, HubError> {
        let bad = || HubError::new(400, "filters is not a JSON object");
        let filters = match filters {
            "" => json!({}),
            text => serde_json::from_str(text).map_err(|_| bad())?,
        };
        let filters = filters.as_object().ok_or_else(bad)?;
        let all = self.options.clients.iter().flat_map(|client| {
            let own = client.numbers.iter();
            own.map(|number| channel(client, number))
        });
        let fits = |channel: &Value| filters.iter().all(|(key, value)| &channel[key] == value);
        let found: Vec<Value> = all.filter(fits).collect();
        let total = found.len();
        let part: Vec<Value> = found.into_iter().skip(offset).take(limit).collect();
        Ok(json!({
            "count": part.len(), "filters": filters, "limit": limit, "offset": offset, "partner_channels": part,
            "sort": ["id"], "total": total,
        }))
    }

    /// `POST /api/v2/partners/{id}/channels/{channel}/api_keys`.
    pub(super) fn create_key(&mut self, channel: &str) -> Result<Value, HubError> {
        let clients = self.options.clients.iter();
        let mut numbers = clients.flat_map(|client| client.numbers.iter());
        let number = numbers.find(|number| number.channel_id == channel);
        let number = number.ok_or_else(|| HubError::new(404, "Channel not found"))?;
        if !self.granted.contains(channel) {
            let message = "Partner has no permission to generate an API key for this channel";
            return Err(HubError::new(403, message));
        }
        if number.status != "running" {
            return Err(HubError::new(400, "Channel is not running"));
        }
        self.keys.retain(|_, own| own != channel);
        let key = format!("{}_AK", random_word(28));
        self.keys.insert(key.clone(), channel.to_owned());
        Ok(json!({
            "address": "https://waba-v2.360dialog.io", "api_key": key, "app_id": "1234", "id": random_word(8),
        }))
    }

    /// The number that a key is of.
    pub(super) fn number_of_key(&self, key: &str) -> Option<&HubNumber> {
        let channel = self.keys.get(key)?;
        let clients = self.options.clients.iter();
        let mut numbers = clients.flat_map(|client| client.numbers.iter());
        numbers.find(|number| number.channel_id == *channel)
    }

    pub(super) fn set_webhook(&mut self, channel: &str, webhook: SetWebhook) {
        self.webhooks.insert(channel.to_owned(), webhook);
    }

    pub(super) fn webhook(&self, channel: &str) -> Option<&SetWebhook> {
        self.webhooks.get(channel)
    }

    /// Changes a number, as the client does in the hub.
    pub(super) fn change(&mut self, channel: &str, change: impl FnOnce(&mut HubNumber)) {
        let clients = self.options.clients.iter_mut();
        let mut numbers = clients.flat_map(|client| client.numbers.iter_mut());
        if let Some(number) = numbers.find(|number| number.channel_id == channel) {
            change(number);
        }
    }

    /// The body of a partner event about a channel.
    pub(super) fn event(&self, event: &str, channel_id: &str) -> Value {
        let clients = self.options.clients.iter();
        let mut own =
            clients.flat_map(|client| client.numbers.iter().map(move |number| (client, number)));
        let found = own.find(|(_, number)| number.channel_id == channel_id);
        let data = found.map_or(Value::Null, |(client, number)| channel(client, number));
        json!({ "id": random_word(12), "event": event, "data": data })
    }
}

/// What a webhook's request asks for.
pub(super) fn read_webhook(body: &[u8], allows_loopback: bool) -> Result<SetWebhook, HubError> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = body.get("url").and_then(Value::as_str);
    let text = text.ok_or_else(|| HubError::new(400, "url is required"))?;
    let url = url::Url::parse(text).map_err(|_| HubError::new(400, "url is not valid"))?;
    let is_loopback = matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"));
    if url.scheme() != "https" && !(allows_loopback && is_loopback) {
        return Err(HubError::new(400, "url must be https"));
    }
    let headers = body.get("headers").and_then(Value::as_object);
    let headers = headers.into_iter().flatten();
    let text_of = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(SetWebhook {
        url: text.to_owned(),
        headers: headers
            .map(|(name, value)| (name.clone(), text_of(value)))
            .collect(),
    })
}

fn channel(client: &HubClient, number: &HubNumber) -> Value {
    json!({
        "id": number.channel_id, "client_id": client.id, "type": "whatsapp", "status": number.status,
        "account_mode": "LIVE", "current_quality_rating": "High", "terminated_at": number.terminated_at,
        "setup_info": { "phone_number": number.phone_number, "phone_name": number.phone_name },
        "client": { "id": client.id, "name": client.name, "contact_info": { "email": client.email } },
        "waba_account": { "id": "DWLgd6WA", "client_id": client.id, "external_id": number.business_account_id },
        "waba_account_id": "DWLgd6WA",
    })
}
