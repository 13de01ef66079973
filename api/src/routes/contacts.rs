//! Customers and their history across channels.

use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, get, patch};
use ecluse_adapters::storage::read_model::conversations::ConversationFilter;
use ecluse_engine::ids::ContactId;
use ecluse_engine::message::Fact;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::{List, PageQuery};
use crate::access::{actor, conversations, record};
use crate::app::App;
use crate::auth::{AgentUp, Principal};
use crate::error::{ApiError, Asked, Problem, Query};
use crate::views::{ContactView, ConversationView};

/// Mounts the contacts.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list)
        .service(show)
        .service(rename)
        .service(history);
}

/// Which contacts are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ContactsQuery {
    /// A part of a name, an address or a typed e-mail address.
    query: Option<String>,
}

/// A contact's corrected name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RenameBody {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
}

async fn view(app: &App, caller: &Principal, id: ContactId) -> Result<ContactView, ApiError> {
    let contact = app
        .reads
        .contact(caller.tenant, id)
        .await
        .map_err(ApiError::internal)?
        .ok_or(ApiError::NotFound)?;
    let matches = app
        .reads
        .possible_matches(caller.tenant, id)
        .await
        .map_err(ApiError::internal)?;
    Ok(ContactView::new(contact, &matches))
}

/// List contacts
#[utoipa::path(tag = "contacts", params(PageQuery, ContactsQuery), responses(
    (status = 200, description = "A page of contacts", body = List<ContactView>),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
))]
#[get("/contacts")]
async fn list(
    caller: AgentUp,
    app: Data<App>,
    page: Query<PageQuery>,
    query: Query<ContactsQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = page.page()?;
    app.engine.read_your_writes().await;
    let found = app
        .reads
        .contacts(caller.0.tenant, query.0.query, page.after, page.limit)
        .await
        .map_err(ApiError::internal)?;
    let view = |contact| ContactView::new(contact, &[]);
    Ok(HttpResponse::Ok().json(List::of(page, found, |contact| contact.id.0, view)))
}

/// Read a contact
#[utoipa::path(tag = "contacts", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The contact, with those who may be the same person", body = ContactView),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[get("/contacts/{id}")]
async fn show(caller: AgentUp, app: Data<App>, id: Path<Uuid>) -> Result<HttpResponse, ApiError> {
    // Whoever was just told of a failed message asks for what it says of the contact.
    app.engine.read_your_writes().await;
    Ok(HttpResponse::Ok().json(view(&app, &caller.0, ContactId(*id)).await?))
}

/// Correct a contact's name
#[utoipa::path(tag = "contacts", request_body = RenameBody, params(("id" = Uuid, Path)), responses(
    (status = 200, description = "Renamed, whatever the profile says from now on", body = ContactView),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 422, description = "`validation`", body = Problem),
    (status = 503, description = "`busy`, with Retry-After", body = Problem),
))]
#[patch("/contacts/{id}")]
async fn rename(
    app: Data<App>,
    id: Path<Uuid>,
    Asked(caller, body): Asked<AgentUp, RenameBody>,
) -> Result<HttpResponse, ApiError> {
    let (caller, contact) = (caller.0, ContactId(*id));
    let name = body.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(ApiError::field("name", "invalid", "1 to 200 characters"));
    }
    view(&app, &caller, contact).await?;
    let by = actor(&caller);
    record(&app, &caller, Fact::ContactRenamed { contact, name, by }).await?;
    Ok(HttpResponse::Ok().json(view(&app, &caller, contact).await?))
}

/// List a contact's conversations, on every channel
#[utoipa::path(tag = "contacts", params(("id" = Uuid, Path), PageQuery), responses(
    (status = 200, description = "A page of conversations, in order of opening", body = List<ConversationView>),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[get("/contacts/{id}/conversations")]
async fn history(
    caller: AgentUp,
    app: Data<App>,
    id: Path<Uuid>,
    page: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let page = page.page()?;
    let contact = ContactId(*id);
    view(&app, &caller.0, contact).await?;
    let filter = ConversationFilter {
        contact: Some(contact),
        after: page.after,
        limit: page.limit,
        ..ConversationFilter::default()
    };
    conversations(&app, &caller.0, page, filter).await
}
