//! Who changed what, when, from what to what.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use ecluse_adapters::storage::config_db::{AuditFilter, AuditRecord, ConfigDb, EditorKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{limit, position, rfc3339};
use crate::auth::AdministratorOnly;
use crate::error::{ApiError, Problem, Query};

/// Mounts the audit trail.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list);
}

/// Which changes are asked for.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// The `next_cursor` of the page before.
    pub cursor: Option<u64>,
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// Only of this kind: `channel`, `queue`, `chatbot`, `form`, `sms_trunk`, `agent`, `api_key`, `settings`, `licence`,
    /// `ban`, `tenant`, `contact` (nothing but that one was `erased` or `exported`, and by whom).
    pub resource: Option<String>,
    /// Only of this one.
    pub resource_id: Option<Uuid>,
    /// Only by this person or API key.
    pub editor: Option<Uuid>,
    /// Only by editors whose name has this in it.
    pub by: Option<String>,
    /// Only such changes: `created`, `changed`, `deleted` or a more precise word, such as `erased` and `exported` of a contact.
    pub action: Option<String>,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditRecord)]
pub struct AuditView {
    id: u64,
    #[schema(format = DateTime)]
    at: String,
    editor: EditorView,
    resource: String,
    resource_id: Uuid,
    /// `created`, `changed`, `deleted` or a more precise word.
    action: String,
    /// As it was, without its secrets.
    #[schema(value_type = Option<Object>)]
    before: Option<Value>,
    /// As it is since, without its secrets; `secrets_changed` names those that were written.
    #[schema(value_type = Option<Object>)]
    after: Option<Value>,
}

/// Who changed it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Editor)]
struct EditorView {
    /// `person`, `api_key` or `system`.
    kind: &'static str,
    id: Option<Uuid>,
    /// As they were called then.
    name: String,
}

/// Changes, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditPage {
    items: Vec<AuditView>,
    next_cursor: Option<u64>,
}

impl From<AuditRecord> for AuditView {
    fn from(record: AuditRecord) -> Self {
        let (kind, id) = match record.editor {
            EditorKind::Person(person) => ("person", Some(person.0)),
            EditorKind::Key(key) => ("api_key", Some(key)),
            EditorKind::System => ("system", None),
        };
        Self {
            id: record.position,
            at: rfc3339(record.at),
            editor: EditorView {
                kind,
                id,
                name: record.editor_name,
            },
            resource: record.resource,
            resource_id: record.resource_id,
            action: record.action,
            before: record.before,
            after: record.after,
        }
    }
}

/// A page of the trail.
///
/// # Errors
/// A limit out of range, or the configuration cannot be read.
pub async fn page(
    db: &ConfigDb,
    tenant: ecluse_engine::ids::TenantId,
    query: &AuditQuery,
) -> Result<AuditPage, ApiError> {
    let limit = limit(query.limit)?;
    let filter = AuditFilter {
        before: position(query.cursor)?,
        resource: query.resource.clone(),
        resource_id: query.resource_id,
        editor: query.editor,
        editor_name: query.by.clone(),
        action: query.action.clone(),
    };
    let mut records = db.audit_page(tenant, &filter, limit + 1).await?;
    let has_more = records.len() > limit as usize;
    records.truncate(limit as usize);
    let next_cursor = records
        .last()
        .filter(|_| has_more)
        .map(|record| record.position);
    Ok(AuditPage {
        items: records.into_iter().map(AuditView::from).collect(),
        next_cursor,
    })
}

/// List changes
#[utoipa::path(tag = "audit", params(AuditQuery), responses(
    (status = 200, description = "A page, newest first", body = AuditPage),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`: needs an administrator", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/audit")]
async fn list(
    caller: AdministratorOnly,
    db: Data<ConfigDb>,
    query: Query<AuditQuery>,
) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(page(&db, caller.0.tenant, &query).await?))
}
