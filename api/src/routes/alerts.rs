//! What a person must know of, and what became of the mail that tells it.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use ecluse_adapters::storage::config_db::{AlertFacts, AlertRecord, ConfigDb};
use ecluse_engine::ids::TenantId;
use ecluse_engine::message::ChannelKind;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{limit, position, rfc3339};
use crate::auth::AdministratorOnly;
use crate::error::{ApiError, Problem, Query};

/// Mounts the alerts.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list);
}

#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AlertQuery {
    /// The `next_cursor` of the page before.
    cursor: Option<u64>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// An alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Alert)]
pub struct AlertView {
    id: u64,
    /// `sender_banned`, `channel_degraded` or `sign_in_required`.
    kind: &'static str,
    #[schema(format = DateTime)]
    at: String,
    /// The channel that it is about.
    channel: Option<Uuid>,
    /// What the channel was called.
    name: Option<String>,
    #[schema(value_type = Option<String>)]
    channel_kind: Option<ChannelKind>,
    /// Who was banned.
    address: Option<String>,
    /// Of a ban `too_many_messages` or `too_many_conversations`; of a channel what the other side said.
    reason: String,
    /// When the ban ends.
    #[schema(format = DateTime)]
    until: Option<String>,
    mail: AlertMailView,
}

/// The mail of an alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertMail)]
struct AlertMailView {
    /// `waiting`, `sent`, `no_address` (the settings have no alert address), `no_account` (they have no mail account),
    /// `refused` or `given_up`.
    state: &'static str,
    /// When it was sent or settled; of a waiting one, when it is tried next.
    #[schema(format = DateTime)]
    at: String,
    tries: u32,
    /// What the mail server said last.
    words: Option<String>,
}

/// Alerts, newest first. The newest thousand are kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertPage {
    items: Vec<AlertView>,
    next_cursor: Option<u64>,
}

impl From<AlertRecord> for AlertView {
    fn from(record: AlertRecord) -> Self {
        let mail = AlertMailView {
            state: record.mail.state.as_str(),
            at: rfc3339(record.mail.at),
            tries: record.mail.tries,
            words: record.mail.words,
        };
        let empty = Self {
            id: record.id,
            kind: "",
            at: rfc3339(record.raised_at),
            channel: None,
            name: None,
            channel_kind: None,
            address: None,
            reason: String::new(),
            until: None,
            mail,
        };
        match record.facts {
            AlertFacts::SenderBanned {
                channel_kind,
                address,
                reason,
                until,
            } => Self {
                kind: "sender_banned",
                channel_kind: Some(channel_kind),
                address: Some(address),
                reason,
                until: until.map(rfc3339),
                ..empty
            },
            AlertFacts::ChannelDegraded {
                channel,
                name,
                reason,
            } => Self {
                kind: "channel_degraded",
                channel: Some(channel.0),
                name: Some(name),
                reason,
                ..empty
            },
            AlertFacts::SignInRequired {
                channel,
                name,
                reason,
            } => Self {
                kind: "sign_in_required",
                channel: Some(channel.0),
                name: Some(name),
                reason,
                ..empty
            },
        }
    }
}

/// A page of alerts before one, and the cursor of the next page.
///
/// # Errors
/// A limit out of range, or the configuration cannot be read.
pub(crate) async fn records(
    db: &ConfigDb,
    tenant: TenantId,
    cursor: Option<u64>,
    asked: Option<u32>,
) -> Result<(Vec<AlertRecord>, Option<u64>), ApiError> {
    let limit = limit(asked)?;
    let mut records = db.alerts(tenant, position(cursor)?, limit + 1).await?;
    let has_more = records.len() > limit as usize;
    records.truncate(limit as usize);
    let next = records.last().filter(|_| has_more).map(|record| record.id);
    Ok((records, next))
}

/// List alerts
#[utoipa::path(tag = "alerts", params(AlertQuery), responses(
    (status = 200, description = "A page, newest first", body = AlertPage),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/alerts")]
async fn list(
    caller: AdministratorOnly,
    db: Data<ConfigDb>,
    query: Query<AlertQuery>,
) -> Result<HttpResponse, ApiError> {
    let (records, next_cursor) = records(&db, caller.0.tenant, query.cursor, query.limit).await?;
    let items = records.into_iter().map(AlertView::from).collect();
    Ok(HttpResponse::Ok().json(AlertPage { items, next_cursor }))
}
