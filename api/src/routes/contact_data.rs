//! What a customer may ask for of what is kept about them: a copy of all of it, or that it is gone.

use std::collections::VecDeque;
use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpResponse, get, post};
use ecluse_adapters::storage::config_db::ContactDeed;
use ecluse_adapters::storage::read_model::contacts::ContactRow;
use ecluse_adapters::storage::read_model::conversations::{
    ConversationFilter, ConversationRow, StateFilter, TimelineRange,
};
use ecluse_engine::conversation::{Command, Past, Reply};
use ecluse_engine::ids::{ContactId, ConversationKey};
use ecluse_engine::message::ErasureReason;
use futures_util::{Stream, stream};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::common::rfc3339;
use super::refusals;
use crate::access::{actor, lens, no_room};
use crate::app::App;
use crate::auth::{AdministratorOnly, Principal};
use crate::error::{ApiError, Conflict, Problem};
use crate::views::{ContactView, ConversationView, Lens, MessageView};

/// Mounts the copy and the erasure.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(export).service(erase);
}

/// Everything that is kept about a contact.
#[derive(Debug, Serialize, ToSchema)]
struct ContactExport {
    #[schema(format = DateTime)]
    exported_at: String,
    contact: ContactView,
    /// In order of opening, on every channel.
    conversations: Vec<ExportedConversation>,
}

/// A conversation with all that was said in it.
#[derive(Debug, Serialize, ToSchema)]
struct ExportedConversation {
    conversation: ConversationView,
    /// By sequence number.
    messages: Vec<MessageView>,
}

/// Export a contact
///
/// One document with everything that is kept about the contact: who they are, and all their conversations with all
/// messages and events. It is read while it is sent; one that breaks off is no whole document. The audit trail says who asked for it.
#[utoipa::path(tag = "contacts", params(("id" = Uuid, Path)), responses(
    (status = 200, description = "The document, as a file", body = ContactExport),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
))]
#[get("/contacts/{id}/export")]
async fn export(
    caller: AdministratorOnly,
    app: Data<App>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let (caller, contact) = (caller.0, ContactId(*id));
    app.engine.read_your_writes().await;
    let view = ContactView::new(found(&app, &caller, contact).await?, &[]);
    record(&app, &caller, contact, ContactDeed::Exported).await?;
    let document = Document {
        lens: lens(&app, &caller).await?,
        app: app.into_inner(),
        caller,
        contact,
        step: Step::Head(Box::new(view)),
        rows: VecDeque::new(),
        after: None,
    };
    let name = format!("attachment; filename=\"contact-{id}.json\"");
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((CONTENT_DISPOSITION, name))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(document.into_stream()))
}

/// Erase a contact
///
/// Everything that was said with the contact is gone for good, on every channel, and who they are with it. It cannot be
/// undone. Copies that were made before, such as backups, are not reached. The audit trail says who erased it and when, with the
/// contact's id and nothing else of it.
#[utoipa::path(tag = "contacts", params(("id" = Uuid, Path)), responses(
    (status = 204, description = "Erased"),
    (status = 401, description = "`unauthenticated`", body = Problem),
    (status = 403, description = "`forbidden`; `csrf`", body = Problem),
    (status = 404, description = "`not_found`", body = Problem),
    (status = 409, description = "`conversation_open`, with the open ones in `conversations`: nothing of them is erased", body = Problem),
    (status = 503, description = "`busy`, with Retry-After: ask again, what was begun is gone on with", body = Problem),
))]
#[post("/contacts/{id}/erasure")]
async fn erase(
    caller: AdministratorOnly,
    app: Data<App>,
    id: Path<Uuid>,
) -> Result<HttpResponse, ApiError> {
    let (caller, contact) = (caller.0, ContactId(*id));
    app.engine.read_your_writes().await;
    found(&app, &caller, contact).await?;
    let open = open_conversations(&app, &caller, contact).await?;
    if !open.is_empty() {
        return Err(ApiError::Conflict(Conflict::ConversationsOpen(open)));
    }
    let keys = app.reads.contact_keys(caller.tenant, contact).await;
    for key in keys.map_err(ApiError::internal)? {
        erase_key(&app, &caller, &key).await?;
    }
    record(&app, &caller, contact, ContactDeed::Erased).await?;
    app.engine.read_your_writes().await;
    Ok(HttpResponse::NoContent().finish())
}

async fn found(app: &App, caller: &Principal, contact: ContactId) -> Result<ContactRow, ApiError> {
    let found = app.reads.contact(caller.tenant, contact).await;
    found.map_err(ApiError::internal)?.ok_or(ApiError::NotFound)
}

/// How many open conversations a refusal names.
const OPEN_MAX: u32 = 100;

async fn record(
    app: &App,
    caller: &Principal,
    contact: ContactId,
    deed: ContactDeed,
) -> Result<(), ApiError> {
    let record = app
        .config
        .record_contact(&caller.editor(), contact, deed)
        .await;
    record.map_err(ApiError::from)
}

async fn open_conversations(
    app: &App,
    caller: &Principal,
    contact: ContactId,
) -> Result<Vec<Uuid>, ApiError> {
    let filter = ConversationFilter {
        state: Some(StateFilter::Open),
        contact: Some(contact),
        limit: OPEN_MAX,
        ..ConversationFilter::default()
    };
    let open = app.reads.conversations(caller.tenant, filter).await;
    let open = open.map_err(ApiError::internal)?;
    Ok(open.iter().map(|row| row.id.0).collect())
}

async fn erase_key(app: &App, caller: &Principal, key: &ConversationKey) -> Result<(), ApiError> {
    let command = Command::Erase {
        past: Past::Whole,
        by: actor(caller),
        why: ErasureReason::Requested,
    };
    match app.engine.ask(key, command).await.map_err(no_room)? {
        Some(Reply::Done { .. } | Reply::Known { .. }) => Ok(()),
        Some(Reply::Refused(refusal)) => Err(refusals::problem(refusal)),
        Some(Reply::Buried { .. }) => Err(ApiError::internal(
            "the erasure could not be handled and is kept as a dead letter",
        )),
        None => Err(ApiError::Busy {
            retry_after_secs: 1,
        }),
    }
}

/// Conversations and messages that are read at once.
const CONVERSATIONS: u32 = 20;
const MESSAGES: u32 = 200;

/// A document that is written as it is read, a page at a time.
struct Document {
    app: Arc<App>,
    lens: Lens,
    caller: Principal,
    contact: ContactId,
    step: Step,
    /// Conversations that were read and are not written.
    rows: VecDeque<ConversationRow>,
    /// The newest conversation that was read.
    after: Option<Uuid>,
}

/// What is written next.
enum Step {
    Head(Box<ContactView>),
    Conversation {
        is_first: bool,
    },
    Messages {
        row: Box<ConversationRow>,
        above: u64,
    },
    End,
}

impl Document {
    fn into_stream(self) -> impl Stream<Item = Result<Bytes, ApiError>> {
        stream::try_unfold(self, |mut document| async move {
            let piece = document.next().await?;
            Ok(piece.map(|piece| (Bytes::from(piece), document)))
        })
    }

    async fn next(&mut self) -> Result<Option<String>, ApiError> {
        match std::mem::replace(&mut self.step, Step::End) {
            Step::Head(contact) => self.head(&contact).map(Some),
            Step::Conversation { is_first } => self.conversation(is_first).await.map(Some),
            Step::Messages { row, above } => self.messages(row, above).await.map(Some),
            Step::End => Ok(None),
        }
    }

    fn head(&mut self, contact: &ContactView) -> Result<String, ApiError> {
        self.step = Step::Conversation { is_first: true };
        let (at, contact) = (json(&rfc3339(self.lens.now))?, json(contact)?);
        Ok(format!(
            "{{\"exported_at\":{at},\"contact\":{contact},\"conversations\":["
        ))
    }

    async fn conversation(&mut self, is_first: bool) -> Result<String, ApiError> {
        if self.rows.is_empty() {
            self.read_conversations().await?;
        }
        let Some(row) = self.rows.pop_front() else {
            return Ok("]}".to_owned());
        };
        let conversation = json(&self.lens.conversation(&row))?;
        let row = Box::new(row);
        self.step = Step::Messages { row, above: 0 };
        let comma = if is_first { "" } else { "," };
        Ok(format!(
            "{comma}{{\"conversation\":{conversation},\"messages\":["
        ))
    }

    async fn read_conversations(&mut self) -> Result<(), ApiError> {
        let filter = ConversationFilter {
            contact: Some(self.contact),
            after: self.after,
            limit: CONVERSATIONS,
            ..ConversationFilter::default()
        };
        let read = self
            .app
            .reads
            .conversations(self.caller.tenant, filter)
            .await;
        self.rows = read.map_err(ApiError::internal)?.into();
        self.after = self.rows.back().map(|row| row.id.0).or(self.after);
        Ok(())
    }

    async fn messages(
        &mut self,
        row: Box<ConversationRow>,
        above: u64,
    ) -> Result<String, ApiError> {
        let range = TimelineRange {
            after: Some(above),
            limit: MESSAGES,
            ..TimelineRange::default()
        };
        let read = self.app.reads.timeline(row.id, range).await;
        let page = read.map_err(ApiError::internal)?;
        let views = page.iter().map(|line| json(&self.lens.message(&row, line)));
        let mut written = views.collect::<Result<Vec<_>, _>>()?.join(",");
        if above > 0 && !written.is_empty() {
            written.insert(0, ',');
        }
        self.step = match page.last() {
            Some(last) if page.len() == MESSAGES as usize => Step::Messages {
                row,
                above: last.seq,
            },
            Some(_) | None => {
                written.push_str("]}");
                Step::Conversation { is_first: false }
            }
        };
        Ok(written)
    }
}

fn json(value: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(ApiError::internal)
}
