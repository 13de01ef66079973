//! The console's backend: the same road to the configuration that REST takes, on behalf of the person who is signed in.

mod platform;
mod senders;

use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;
use ecluse_adapters::cmp::NotAvailable;
use ecluse_adapters::storage::config_db::{ApiKeyRecord, BanRecord, Page};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{AgentId, ChannelId, TenantId};
use futures_util::FutureExt as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::backend::{Backend, Backends, Filter, Kind, Listed, OpenConversations, Shown, Verified};
use super::listings::Listings;
use crate::app::App;
use crate::auth::{Principal, SessionUser};
use crate::connect::Asking;
use crate::connect::companies::nothing_set;
use crate::connect::verify::{Outcome, verify_trunk};
use crate::error::{ApiError, FieldError, parse_value};
use crate::resources::{self, Draft, Place, Services, agents_csv, remove_unless_busy};
use crate::routes::alerts::{self, AlertView};
use crate::routes::audit::AuditQuery;
use crate::routes::bans::{BanBody, BanView};
use crate::routes::tenants::TenantBody;
use crate::routes::{agents, audit, dead_letters, licence, settings, sign_ons, tenants, verify};

/// Keys that are read at once, and records that are listed in one part, unless the page asks for fewer.
const PART: u32 = 200;
/// As far as the open conversations of a channel are counted.
const COUNTED_MAX: u32 = 100_000;

/// The configuration of a running node.
pub struct Configured {
    pub services: Services,
    pub app: Arc<App>,
    pub listings: Arc<Listings>,
}

impl std::fmt::Debug for Configured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Configured")
    }
}

impl Backends for Configured {
    fn of(&self, user: &SessionUser) -> Rc<dyn Backend> {
        Rc::new(Mine {
            services: self.services.clone(),
            app: Arc::clone(&self.app),
            listings: Arc::clone(&self.listings),
            caller: Principal::of_session(user),
        })
    }

    fn is_platform(&self, user: &SessionUser) -> bool {
        user.tenant == TenantId::DEFAULT && user.role == Role::Administrator
    }

    fn public_url(&self) -> String {
        self.services.auth.url("")
    }
}

/// One person's view of it.
struct Mine {
    services: Services,
    app: Arc<App>,
    listings: Arc<Listings>,
    caller: Principal,
}

/// The kinds that are added, changed and deleted one by one.
const fn configured(kind: Kind) -> Option<resources::Kind> {
    match kind {
        Kind::Channel => Some(resources::Kind::Channel),
        Kind::Queue => Some(resources::Kind::Queue),
        Kind::Chatbot => Some(resources::Kind::Chatbot),
        Kind::Form => Some(resources::Kind::Form),
        Kind::SmsTrunk => Some(resources::Kind::SmsTrunk),
        Kind::Agent => Some(resources::Kind::Agent),
        Kind::Alert | Kind::Ban | Kind::ApiKey | Kind::DeadLetter | Kind::Audit | Kind::Tenant => {
            None
        }
    }
}

impl From<resources::Shown> for Shown {
    fn from(shown: resources::Shown) -> Self {
        Self {
            id: shown.id.to_string(),
            revision: shown.revision,
            body: shown.body,
        }
    }
}

/// What never changes has no revision; its body names it.
fn record(body: Value) -> Shown {
    let id = match &body["id"] {
        Value::String(id) => id.clone(),
        other => other.to_string(),
    };
    Shown {
        id,
        revision: 0,
        body,
    }
}

fn shown_ban(ban: BanRecord) -> Shown {
    record(json(&BanView::from(ban)))
}

fn shown_key(key: ApiKeyRecord) -> Shown {
    record(json(&crate::routes::api_keys::view(key)))
}

/// The part of a list, newest first, that holds the record with a number and nothing else.
fn only(number: u64) -> Filter {
    Filter {
        cursor: Some(number.saturating_add(1).to_string()),
        limit: Some(1),
        ..Filter::default()
    }
}

fn part(items: impl IntoIterator<Item = Shown>, next: Option<String>) -> Listed {
    Listed {
        items: items.into_iter().map(Arc::new).collect(),
        next,
    }
}

fn whole(items: impl IntoIterator<Item = Shown>) -> Listed {
    part(items, None)
}

fn uuid(id: &str) -> Result<Uuid, ApiError> {
    id.parse().map_err(|_| ApiError::NotFound)
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// What came of trying, as the console's forms have it. Of a connection that works, whose it is and how much is known.
fn verified(outcome: Outcome) -> Verified {
    let checked = outcome.facts["checked"].as_str().map(str::to_owned);
    let whose = ["number", "page_name"]
        .into_iter()
        .find_map(|fact| outcome.facts[fact].as_str().map(str::to_owned));
    Verified {
        works: outcome.works,
        step: outcome.step,
        code: checked.unwrap_or(outcome.code),
        detail: whose.unwrap_or(outcome.message),
    }
}

impl Mine {
    async fn place(
        &self,
        kind: resources::Kind,
        id: &str,
        expected: Option<u64>,
    ) -> Result<Place, ApiError> {
        let id = uuid(id)?;
        let stored = self.services.record(kind, self.caller.tenant, id).await?;
        if expected.is_some_and(|expected| expected != stored.revision()) {
            return Err(ApiError::PreconditionFailed);
        }
        Ok(Place { id, expected })
    }

    async fn put(
        &self,
        kind: resources::Kind,
        at: Option<Place>,
        body: Value,
    ) -> Result<Shown, ApiError> {
        let asking = Asking {
            tenant: self.caller.tenant,
            id: at.map(|at| at.id),
            expected: at.and_then(|at| at.expected),
        };
        let draft = Draft::of(kind, &self.services, asking, body).await?;
        let (editor, services) = (self.caller.editor(), self.services.clone());
        let work = self.services.db.change(&editor, move |change| match at {
            Some(at) => draft.put_over(change, services, at).boxed(),
            None => draft.put(change, None).boxed(),
        });
        let put = work.await?;
        let mut after = put.record.shown(&self.services);
        if let (Some(token), Value::Object(members)) = (put.invitation, &mut after.body) {
            let url = self.services.auth.link_url(&token);
            members.insert("invitation_url".to_owned(), Value::String(url));
        }
        Ok(after.into())
    }

    /// The newest first; the cursor is the id of the last one of the part before.
    async fn bans(&self, filter: &Filter) -> Result<Listed, ApiError> {
        let (db, tenant, limit) = (&self.services.db, self.caller.tenant, limit(filter));
        let before = filter.cursor.as_deref().and_then(|id| id.parse().ok());
        let mut bans = db.newest_bans(tenant, before, limit + 1).await?;
        let has_more = bans.len() > limit as usize;
        bans.truncate(limit as usize);
        let next = bans.last().filter(|_| has_more);
        let next = next.map(|ban| ban.id.to_string());
        let mut items: Vec<Shown> = bans.into_iter().map(shown_ban).collect();
        self.name_senders("kind", &mut items).await?;
        Ok(part(items, next))
    }

    async fn api_keys(&self) -> Result<Listed, ApiError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = Page { after, limit: PART };
            let keys = self.services.db.api_keys(self.caller.tenant, page).await?;
            let is_last = keys.len() < PART as usize;
            after = keys.last().map(|key| key.id);
            all.extend(keys.into_iter().map(shown_key));
            if is_last {
                return Ok(whole(all));
            }
        }
    }

    async fn letters(&self, filter: &Filter) -> Result<Listed, ApiError> {
        let cursor = filter
            .cursor
            .as_deref()
            .and_then(|cursor| cursor.parse().ok());
        let limit = limit(filter);
        let page = json(&dead_letters::page(&self.app, self.caller.tenant, cursor, limit).await?);
        Ok(listed(page))
    }

    /// Alerts, with the facts from which their words are made.
    async fn alerts(&self, filter: &Filter) -> Result<Listed, ApiError> {
        let cursor = filter
            .cursor
            .as_deref()
            .and_then(|cursor| cursor.parse().ok());
        let (tenant, limit) = (self.caller.tenant, Some(limit(filter)));
        let page = alerts::records(&self.services.db, tenant, cursor, limit).await?;
        let (records, next) = page;
        let items = records.into_iter().map(|one| {
            let facts = json(&one.facts);
            let mut body = json(&AlertView::from(one));
            body["facts"] = facts;
            record(body)
        });
        let mut items: Vec<Shown> = items.collect();
        self.name_senders("channel_kind", &mut items).await?;
        Ok(part(items, next.map(|next| next.to_string())))
    }

    async fn audit(&self, filter: &Filter) -> Result<Listed, ApiError> {
        let term = |name: &str| {
            let found = filter.terms.iter().find(|(term, _)| *term == name);
            found.map(|(_, value)| value.clone())
        };
        let query = AuditQuery {
            cursor: filter
                .cursor
                .as_deref()
                .and_then(|cursor| cursor.parse().ok()),
            limit: Some(limit(filter)),
            resource: term("resource"),
            resource_id: term("resource_id").and_then(|id| id.parse().ok()),
            editor: term("editor").and_then(|id| id.parse().ok()),
            by: term("by"),
            action: term("action"),
        };
        let page = audit::page(&self.services.db, self.caller.tenant, &query).await?;
        let mut page = json(&page);
        for item in page["items"].as_array_mut().into_iter().flatten() {
            item["by"] = item["editor"]["name"].clone();
        }
        Ok(listed(page))
    }
}

fn limit(filter: &Filter) -> u32 {
    let asked = filter.limit.and_then(|limit| u32::try_from(limit).ok());
    asked.map_or(PART, |limit| limit.clamp(1, PART))
}

/// A page of a list of the API.
fn listed(mut page: Value) -> Listed {
    let next = match &page["next_cursor"] {
        Value::String(cursor) => Some(cursor.clone()),
        Value::Number(cursor) => Some(cursor.to_string()),
        _ => None,
    };
    let items = match page["items"].take() {
        Value::Array(items) => items.into_iter().map(record).map(Arc::new).collect(),
        _ => Vec::new(),
    };
    Listed { items, next }
}

#[async_trait(?Send)]
impl Backend for Mine {
    async fn list(&self, kind: Kind, filter: &Filter) -> Result<Listed, ApiError> {
        if let Some(kind) = configured(kind) {
            let tenant = self.caller.tenant;
            let items = self.listings.of(&self.services, tenant, kind).await?;
            return Ok(Listed {
                items: items.to_vec(),
                next: None,
            });
        }
        match kind {
            Kind::Ban => self.bans(filter).await,
            Kind::ApiKey => self.api_keys().await,
            Kind::DeadLetter => self.letters(filter).await,
            Kind::Alert => self.alerts(filter).await,
            Kind::Audit => self.audit(filter).await,
            _ => self.tenants().await,
        }
    }

    async fn show(&self, kind: Kind, id: &str) -> Result<Shown, ApiError> {
        if let Some(kind) = configured(kind) {
            let record = self
                .services
                .record(kind, self.caller.tenant, uuid(id)?)
                .await?;
            return Ok(record.shown(&self.services).into());
        }
        let (db, tenant) = (&self.services.db, self.caller.tenant);
        let found = match kind {
            Kind::DeadLetter => {
                let number = id.parse().map_err(|_| ApiError::NotFound)?;
                let letter = dead_letters::find(&self.app, &self.caller, number).await?;
                Some(record(json(&dead_letters::LetterView::from(letter))))
            }
            Kind::Tenant => return self.tenant(id).await,
            Kind::Ban => {
                let mut ban = db.ban(tenant, uuid(id)?).await?.map(shown_ban);
                self.name_senders("kind", ban.as_mut_slice()).await?;
                ban
            }
            Kind::ApiKey => db.api_key_of(tenant, uuid(id)?).await?.map(shown_key),
            _ => {
                let listed = match kind {
                    Kind::Alert | Kind::Audit => {
                        let number = id.parse().map_err(|_| ApiError::NotFound)?;
                        self.list(kind, &only(number)).await?
                    }
                    _ => self.list(kind, &Filter::default()).await?,
                };
                let found = listed.items.into_iter().find(|item| item.id == id);
                found.map(Arc::unwrap_or_clone)
            }
        };
        found.ok_or(ApiError::NotFound)
    }

    async fn create(&self, kind: Kind, body: Value) -> Result<Shown, ApiError> {
        if let Some(kind) = configured(kind) {
            return self.put(kind, None, body).await;
        }
        let (db, auth) = (&self.services.db, &self.services.auth);
        match kind {
            Kind::Ban => {
                let body: BanBody = parse_value(&body)?;
                let ban = db.add_ban(&self.caller.editor(), body.draft()?).await?;
                Ok(record(json(&BanView::from(ban))))
            }
            Kind::ApiKey => {
                let made = crate::routes::api_keys::make(db, &self.caller, parse_value(&body)?);
                Ok(record(json(&made.await?)))
            }
            Kind::Tenant => {
                let body: TenantBody = parse_value(&body)?;
                let made = tenants::add(db, auth, &self.platform()?, body).await?;
                Ok(record(json(&made)))
            }
            _ => Err(ApiError::NotFound),
        }
    }

    async fn replace(
        &self,
        kind: Kind,
        id: &str,
        expected: Option<u64>,
        body: Value,
    ) -> Result<Shown, ApiError> {
        if let Some(kind) = configured(kind) {
            let at = self.place(kind, id, expected).await?;
            return self.put(kind, Some(at), body).await;
        }
        match kind {
            Kind::Tenant => self.replace_tenant(id, expected, body).await,
            _ => Err(ApiError::NotFound),
        }
    }

    async fn remove(&self, kind: Kind, id: &str, expected: Option<u64>) -> Result<(), ApiError> {
        let editor = self.caller.editor();
        if let Some(kind) = configured(kind) {
            let at = self.place(kind, id, expected).await?;
            remove_unless_busy(&self.services, &editor, kind, at).await?;
            return Ok(());
        }
        match kind {
            Kind::Ban => Ok(self.services.db.lift_ban(&editor, uuid(id)?).await?),
            Kind::ApiKey => Ok(self.services.db.delete_api_key(&editor, uuid(id)?).await?),
            Kind::DeadLetter => {
                let number = id.parse().map_err(|_| ApiError::NotFound)?;
                dead_letters::find(&self.app, &self.caller, number).await?;
                dead_letters::put_away(&self.app, &self.caller, number).await
            }
            _ => Err(ApiError::NotFound),
        }
    }

    async fn refusals(
        &self,
        kind: Kind,
        id: Option<&str>,
        body: Value,
    ) -> Result<Vec<FieldError>, ApiError> {
        let (services, tenant) = (&self.services, self.caller.tenant);
        if id == Some("") {
            return Ok(settings::refusals(services, tenant, body).await);
        }
        let Some(kind) = configured(kind) else {
            return Ok(Vec::new());
        };
        let asking = Asking {
            tenant,
            id: id.map(uuid).transpose()?,
            expected: None,
        };
        Ok(Draft::refusals(kind, services, asking, body).await)
    }

    async fn settings(&self) -> Result<Shown, ApiError> {
        settings::read(&self.services, self.caller.tenant)
            .await
            .map(Shown::from)
    }

    async fn change_settings(&self, expected: Option<u64>, body: Value) -> Result<Shown, ApiError> {
        settings::replace(&self.services, &self.caller, expected, body)
            .await
            .map(Shown::from)
    }

    async fn licence(&self) -> Result<Value, ApiError> {
        licence::view(&self.services, self.caller.tenant).await
    }

    async fn verify_channel(
        &self,
        id: Option<&str>,
        connection: &str,
        body: Value,
    ) -> Result<Verified, ApiError> {
        let connection = parse_value(&json!(connection))?;
        let typed = match body {
            Value::Object(members) => members,
            _ => serde_json::Map::new(),
        };
        let (services, tenant) = (&self.services, self.caller.tenant);
        let outcome = match id {
            Some(id) => verify::of_saved(services, tenant, uuid(id)?, connection, typed).await,
            None => verify::of_typed(services, tenant, connection, typed).await,
        };
        outcome.map(verified)
    }

    async fn verify_trunk(&self, id: &str) -> Result<Verified, ApiError> {
        let tried = verify_trunk(&self.services, self.caller.tenant, uuid(id)?);
        tried.await.map(verified)
    }

    async fn verify_mail(&self, body: Value) -> Result<Verified, ApiError> {
        let mail = json!({ "mail": body.get("mail") });
        let outcome = verify::of_mail(&self.services, self.caller.tenant, mail).await;
        outcome.map(verified)
    }

    async fn reactivate(&self, channel: &str) -> Result<(), ApiError> {
        let (editor, id) = (self.caller.editor(), ChannelId(uuid(channel)?));
        self.services
            .db
            .reactivate_channel(&editor, id, None)
            .await?;
        Ok(())
    }

    async fn open_conversations(&self, channel: &str) -> Result<OpenConversations, ApiError> {
        let (reads, channel) = (&self.app.reads, ChannelId(uuid(channel)?));
        let open = reads.open_on(self.caller.tenant, channel, COUNTED_MAX + 1);
        let open = open.await.map_err(ApiError::internal)?;
        Ok(match open > COUNTED_MAX {
            true => OpenConversations::MoreThan(COUNTED_MAX),
            false => OpenConversations::Exactly(open),
        })
    }

    fn unavailable(&self, company: &str) -> Option<NotAvailable> {
        let Some(companies) = &self.services.companies else {
            return Some(nothing_set());
        };
        match company {
            "facebook" => companies.facebook().err(),
            _ => companies.hub().err(),
        }
    }

    async fn begin_sign_on(&self, kind: &str, channel: Option<&str>) -> Result<Value, ApiError> {
        let kind = parse_value(&json!(kind))?;
        let channel = channel.map(uuid).transpose()?;
        let begun = sign_ons::begun(&self.services, self.caller.tenant, kind, channel);
        Ok(json!(begun.await?))
    }

    async fn sign_on(&self, id: &str) -> Result<Value, ApiError> {
        let id = uuid(id)?;
        let standing = sign_ons::standing(&self.services, self.caller.tenant, id);
        Ok(json!(standing.await?))
    }

    async fn import_agents(&self, csv: String) -> Result<Value, ApiError> {
        let report = agents_csv::import(&self.services, &self.caller, csv.as_bytes()).await?;
        Ok(json!(report))
    }

    async fn export_agents(&self) -> Result<String, ApiError> {
        agents_csv::export(&self.services, self.caller.tenant).await
    }

    async fn invite(&self, agent: &str) -> Result<String, ApiError> {
        let (db, auth) = (&self.services.db, &self.services.auth);
        agents::link_for(db, auth, &self.caller, AgentId(uuid(agent)?)).await
    }

    async fn retry(&self, letter: &str) -> Result<(), ApiError> {
        let number = letter.parse().map_err(|_| ApiError::NotFound)?;
        dead_letters::send_again(&self.app, &self.caller, number).await
    }
}
