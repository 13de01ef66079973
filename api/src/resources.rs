//! What is configured, as JSON: one road for REST, for the console's forms and for files of configuration.
//!
//! What must stay true: whoever changes something comes through [`Draft::of`] and [`Draft::put`], or [`Draft::put_over`],
//! which leaves alone what is so already, so that one validation holds for all of them; and what is shown can be sent back as it is.

mod agent;
pub mod agents_csv;
mod channel;
mod document;
mod merge;
mod queue;
mod removal;
mod search;
mod seen;

use ecluse_adapters::directory::Directory;
use ecluse_adapters::storage::config_db::{
    Change, ChannelDraft, ChannelRecord, ChatbotBody, ConfigDb, ConfigError, DocumentDraft,
    DocumentRecord, Editor, FormBody, Page, PersonDraft, PersonRecord, PinChange, QueueDraft,
    QueueRecord, Resource, SmsTrunkBody, Token,
};
use ecluse_engine::ids::{AgentId, ChannelId, QueueId, TenantId};
use futures_util::FutureExt as _;
use serde_json::Value;
use uuid::Uuid;

pub(crate) use self::agent::keep_same_pin;
pub use self::agent::{AgentBody, AgentView};
pub use self::channel::{ChannelBody, ChannelView};
pub use self::document::document_view;
pub use self::merge::merge_shown;
pub use self::queue::{QueueBody, QueueView};
pub use self::removal::{Guard, remove_unless_busy};
pub use self::search::{finds_channel, matches};
pub(crate) use self::seen::Seen;
pub use self::seen::put_only;
use crate::auth::Auth;
use crate::config_file::Applying;
use crate::connect::{Asking, Companies, Turn, prepare};
use crate::error::{ApiError, FieldError, Mended, mended};

/// The kinds that are added, changed and deleted one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Channel,
    Queue,
    Chatbot,
    Form,
    SmsTrunk,
    Agent,
}

impl Kind {
    /// All of them; what a kind points to comes before it.
    pub const ALL: [Self; 6] = [
        Self::Agent,
        Self::Queue,
        Self::Chatbot,
        Self::Form,
        Self::SmsTrunk,
        Self::Channel,
    ];

    /// Its name in files of configuration and in the audit trail.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Channel => "channel",
            Self::Queue => "queue",
            Self::Chatbot => "chatbot",
            Self::Form => "form",
            Self::SmsTrunk => "sms_trunk",
            Self::Agent => "agent",
        }
    }

    /// Its last part of paths.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Channel => "channels",
            Self::Queue => "queues",
            Self::Chatbot => "chatbots",
            Self::Form => "forms",
            Self::SmsTrunk => "sms-trunks",
            Self::Agent => "agents",
        }
    }

    /// As the store calls it.
    #[must_use]
    pub const fn resource(self) -> Resource {
        match self {
            Self::Channel => Resource::Channel,
            Self::Queue => Resource::Queue,
            Self::Chatbot => Resource::Chatbot,
            Self::Form => Resource::Form,
            Self::SmsTrunk => Resource::SmsTrunk,
            Self::Agent => Resource::Agent,
        }
    }

    /// The members that are shown and may come back, and say nothing: paths with dots.
    #[must_use]
    pub const fn read_only(self) -> &'static [&'static str] {
        match self {
            Self::Channel => channel::READ_ONLY,
            Self::Queue => &["id", "created_at", "updated_at"],
            Self::Chatbot | Self::Form => &["id", "created_at", "updated_at"],
            Self::SmsTrunk => document::TRUNK_READ_ONLY,
            Self::Agent => &["id", "has_pin", "has_password", "created_at", "updated_at"],
        }
    }

    /// The members that are never shown, and are kept where they are left out: paths with dots.
    #[must_use]
    pub const fn secrets(self) -> &'static [&'static str] {
        match self {
            Self::Channel => channel::SECRETS,
            Self::SmsTrunk => document::TRUNK_SECRETS,
            Self::Agent => &["pin"],
            Self::Queue | Self::Chatbot | Self::Form => &[],
        }
    }
}

/// What the resources are read from and shown with.
#[derive(Clone, Debug)]
pub struct Services {
    pub db: ConfigDb,
    pub auth: Auth,
    /// What is served now; `None` where no node runs.
    pub directory: Option<Directory>,
    /// Who carries the channels; `None` where nothing is asked of them.
    pub companies: Option<Companies>,
    /// Who works with what now.
    pub guard: Guard,
    /// Whose files are being applied.
    pub applying: Applying,
}

/// A resource as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    pub id: Uuid,
    pub revision: u64,
    pub body: Value,
}

/// A resource as it is stored.
#[derive(Clone, Debug)]
pub enum Record {
    Channel(Box<ChannelRecord>),
    Queue(QueueRecord),
    Chatbot(DocumentRecord<ChatbotBody>),
    Form(DocumentRecord<FormBody>),
    SmsTrunk(Box<DocumentRecord<SmsTrunkBody>>),
    Agent(PersonRecord),
}

/// A resource as it should be, read and not yet checked against others.
#[derive(Clone, Debug)]
pub enum Draft {
    /// The turn of its number lasts until the draft is put.
    Channel(Box<ChannelDraft>, Option<Turn>),
    Queue(QueueDraft),
    Chatbot(DocumentDraft<ChatbotBody>),
    Form(DocumentDraft<FormBody>),
    SmsTrunk(Box<DocumentDraft<SmsTrunkBody>>),
    Agent(PersonDraft),
}

/// Which resource a draft replaces, and the revision that its editor saw.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub id: Uuid,
    pub expected: Option<u64>,
}

/// What a change left, and the invitation of a person who is new.
#[derive(Debug)]
pub struct Put {
    pub record: Record,
    pub invitation: Option<Token>,
}

impl From<Record> for Put {
    fn from(record: Record) -> Self {
        Self {
            record,
            invitation: None,
        }
    }
}

impl Record {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match self {
            Self::Channel(channel) => channel.id.0,
            Self::Queue(queue) => queue.id.0,
            Self::Chatbot(record) => record.id,
            Self::Form(record) => record.id,
            Self::SmsTrunk(record) => record.id,
            Self::Agent(person) => person.id.0,
        }
    }

    /// Whether secrets are stored with it.
    #[must_use]
    pub fn has_secrets(&self) -> bool {
        match self {
            Self::Channel(channel) => !channel.secrets.is_empty(),
            Self::SmsTrunk(record) => !record.secrets.is_empty(),
            Self::Queue(_) | Self::Chatbot(_) | Self::Form(_) | Self::Agent(_) => false,
        }
    }

    /// The fields of the secrets that are stored with it: paths with dots.
    #[must_use]
    pub fn secret_fields(&self) -> Vec<String> {
        let mut fields: Vec<String> = match self {
            Self::Channel(channel) => {
                let fields = channel.secrets.iter().map(|name| name.field());
                fields.map(str::to_owned).collect()
            }
            Self::SmsTrunk(record) => record.secrets.iter().cloned().collect(),
            Self::Agent(person) if person.has_pin => vec!["pin".to_owned()],
            Self::Queue(_) | Self::Chatbot(_) | Self::Form(_) | Self::Agent(_) => Vec::new(),
        };
        // A token that was brought has the field of the one that the company gave for it.
        fields.sort_unstable();
        fields.dedup();
        fields
    }

    /// One resource as a change sees it.
    ///
    /// # Errors
    /// There is none, or the configuration cannot be read.
    pub async fn read(change: &mut Change, kind: Kind, id: Uuid) -> Result<Self, ConfigError> {
        Ok(match kind {
            Kind::Channel => Self::Channel(Box::new(change.channel(ChannelId(id)).await?)),
            Kind::Queue => Self::Queue(change.queue(QueueId(id)).await?),
            Kind::Chatbot => Self::Chatbot(change.document(id).await?),
            Kind::Form => Self::Form(change.document(id).await?),
            Kind::SmsTrunk => Self::SmsTrunk(Box::new(change.document(id).await?)),
            Kind::Agent => Self::Agent(change.person(AgentId(id)).await?),
        })
    }

    /// Its author's own name for it.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Channel(channel) => &channel.key,
            Self::Queue(queue) => &queue.key,
            Self::Chatbot(record) => &record.key,
            Self::Form(record) => &record.key,
            Self::SmsTrunk(record) => &record.key,
            Self::Agent(person) => &person.key,
        }
    }

    /// The configuration's revision at its last change.
    #[must_use]
    pub fn revision(&self) -> u64 {
        match self {
            Self::Channel(channel) => channel.revision,
            Self::Queue(queue) => queue.revision,
            Self::Chatbot(record) => record.revision,
            Self::Form(record) => record.revision,
            Self::SmsTrunk(record) => record.revision,
            Self::Agent(person) => person.revision,
        }
    }

    /// As it is shown.
    #[must_use]
    pub fn shown(self, services: &Services) -> Shown {
        let (id, revision) = (self.id(), self.revision());
        let body = match self {
            Self::Channel(channel) => value(&channel::view(&channel, services)),
            Self::Queue(queue) => value(&QueueView::from(queue)),
            Self::Chatbot(record) => document_view(&record),
            Self::Form(record) => document_view(&record),
            Self::SmsTrunk(record) => document_view(&record),
            Self::Agent(person) => value(&AgentView::from(person)),
        };
        Shown { id, revision, body }
    }
}

/// Our own structures of texts, numbers and lists, which serde_json always writes.
fn value(view: &impl serde::Serialize) -> Value {
    serde_json::to_value(view).unwrap_or_default()
}

impl Services {
    /// One resource. A deleted channel can still be read.
    ///
    /// # Errors
    /// There is none, or the configuration cannot be read.
    pub async fn record(&self, kind: Kind, tenant: TenantId, id: Uuid) -> Result<Record, ApiError> {
        let db = &self.db;
        let record = match kind {
            Kind::Channel => {
                let channel = db.channel(tenant, ChannelId(id)).await?;
                channel.map(|channel| Record::Channel(Box::new(channel)))
            }
            Kind::Queue => db.queue(tenant, QueueId(id)).await?.map(Record::Queue),
            Kind::Chatbot => db.document(tenant, id).await?.map(Record::Chatbot),
            Kind::Form => db.document(tenant, id).await?.map(Record::Form),
            Kind::SmsTrunk => {
                let trunk = db.document(tenant, id).await?;
                trunk.map(|trunk| Record::SmsTrunk(Box::new(trunk)))
            }
            Kind::Agent => db.person(tenant, AgentId(id)).await?.map(Record::Agent),
        };
        record.ok_or(ApiError::NotFound)
    }

    /// A page of the resources of a kind, in the order of their creation.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub async fn records(
        &self,
        kind: Kind,
        tenant: TenantId,
        page: Page,
    ) -> Result<Vec<Record>, ApiError> {
        let db = &self.db;
        Ok(match kind {
            Kind::Channel => {
                let channels = db.channels(tenant, page).await?.into_iter();
                channels.map(|one| Record::Channel(Box::new(one))).collect()
            }
            Kind::Queue => all(db.queues(tenant, page).await?, Record::Queue),
            Kind::Chatbot => all(db.documents(tenant, page).await?, Record::Chatbot),
            Kind::Form => all(db.documents(tenant, page).await?, Record::Form),
            Kind::SmsTrunk => {
                let trunks = db.documents(tenant, page).await?.into_iter();
                trunks.map(|one| Record::SmsTrunk(Box::new(one))).collect()
            }
            Kind::Agent => all(db.people(tenant, page).await?, Record::Agent),
        })
    }
}

fn all<T>(records: Vec<T>, wrap: fn(T) -> Record) -> Vec<Record> {
    records.into_iter().map(wrap).collect()
}

impl Draft {
    /// Reads a body, and does beforehand what takes time: nothing here holds a transaction.
    ///
    /// # Errors
    /// [`ApiError::Validation`] with the fields that cannot be read.
    pub async fn of(
        kind: Kind,
        services: &Services,
        asking: Asking,
        mut body: Value,
    ) -> Result<Self, ApiError> {
        strip(&mut body, kind.read_only());
        Ok(match kind {
            Kind::Channel => {
                let body: ChannelBody = crate::error::parse_value(&body)?;
                let mut draft = body.draft()?;
                rename_after_itself(&mut draft, services, asking).await?;
                match prepare(&mut draft, services, asking).await {
                    Ok(turn) => Self::Channel(Box::new(draft), turn),
                    Err(error) => {
                        let draft = Self::Channel(Box::new(draft), None);
                        return Err(with_the_rest(error, draft, services, asking).await);
                    }
                }
            }
            Kind::Queue => {
                let body: QueueBody = crate::error::parse_value(&body)?;
                Self::Queue(body.into())
            }
            Kind::Chatbot => Self::Chatbot(document::draft(body)?),
            Kind::Form => Self::Form(document::draft(body)?),
            Kind::SmsTrunk => Self::SmsTrunk(Box::new(document::draft(body)?)),
            Kind::Agent => {
                keep_same_pin(services, asking, &mut body).await?;
                let body: AgentBody = crate::error::parse_value(&body)?;
                match body.checked() {
                    Ok(checked) => Self::Agent(checked.draft(&services.auth).await?),
                    Err(refused) => {
                        let (error, draft) = (refused.error(), Self::Agent(refused.draft));
                        return Err(with_the_rest(error, draft, services, asking).await);
                    }
                }
            }
        })
    }

    /// As [`Self::of`]; with what cannot be read, all else is told that would be refused.
    ///
    /// # Errors
    /// [`ApiError::Validation`] with every field that cannot be accepted, as far as the body can be read.
    pub async fn or_refusals(
        kind: Kind,
        services: &Services,
        asking: Asking,
        body: Value,
    ) -> Result<Self, ApiError> {
        let errors = match Self::of(kind, services, asking, body.clone()).await {
            Err(ApiError::Validation(errors)) => errors,
            read => return read,
        };
        let others = match Self::mended(kind, body) {
            Some(mended) if !mended.faults.is_empty() => {
                mended.refusals(kind, services, asking).await
            }
            Some(_) | None => Vec::new(),
        };
        Err(ApiError::Validation(joined(errors, others)))
    }

    /// What would be refused of a body that cannot be taken as it is, as far as it can be read. Nothing is stored and no company
    /// is asked, so nothing that one may still fill in is called missing.
    pub async fn refusals(
        kind: Kind,
        services: &Services,
        asking: Asking,
        body: Value,
    ) -> Vec<FieldError> {
        match Self::mended(kind, body) {
            Some(mended) => mended.refusals(kind, services, asking).await,
            None => Vec::new(),
        }
    }

    /// A draft to be rehearsed only, of what can be read of a body.
    fn mended(kind: Kind, mut body: Value) -> Option<Mended<Self>> {
        strip(&mut body, kind.read_only());
        let (read, faults) = match kind {
            Kind::Channel => {
                let Mended { read, faults } = mended::<ChannelBody>(&body)?;
                (Self::Channel(Box::new(read.draft().ok()?), None), faults)
            }
            Kind::Queue => {
                let Mended { read, faults } = mended::<QueueBody>(&body)?;
                (Self::Queue(read.into()), faults)
            }
            Kind::Chatbot => {
                let Mended { read, faults } = document::mended(body)?;
                (Self::Chatbot(read), faults)
            }
            Kind::Form => {
                let Mended { read, faults } = document::mended(body)?;
                (Self::Form(read), faults)
            }
            Kind::SmsTrunk => {
                let Mended { read, faults } = document::mended(body)?;
                (Self::SmsTrunk(Box::new(read)), faults)
            }
            Kind::Agent => {
                let Mended { read, faults } = mended::<AgentBody>(&body)?;
                match read.checked() {
                    Ok(checked) => (Self::Agent(checked.with(PinChange::Keep)), faults),
                    Err(refused) => {
                        let faults = joined(faults, refused.errors.clone());
                        (Self::Agent(refused.draft), faults)
                    }
                }
            }
        };
        Some(Mended { read, faults })
    }

    /// Adds the resource, or replaces the one at a place.
    ///
    /// # Errors
    /// What the configuration refuses, and why.
    pub async fn put(self, change: &mut Change, at: Option<Place>) -> Result<Put, ConfigError> {
        Ok(match (self, at) {
            (Self::Channel(draft, _turn), None) => {
                Record::Channel(Box::new(change.create_channel(*draft).await?)).into()
            }
            (Self::Channel(draft, turn), Some(Place { id, expected })) => {
                // Its key or webhook was moved at the company for what the rehearsal saw: a refusal now would lose it.
                let expected = expected.filter(|_| turn.is_none());
                let channel = change.change_channel(ChannelId(id), expected, *draft);
                Record::Channel(Box::new(channel.await?)).into()
            }
            (Self::Queue(draft), None) => Record::Queue(change.create_queue(draft).await?).into(),
            (Self::Queue(draft), Some(Place { id, expected })) => {
                let queue = change.change_queue(QueueId(id), expected, draft);
                Record::Queue(queue.await?).into()
            }
            (Self::Chatbot(draft), at) => {
                Record::Chatbot(document::put(change, at, draft).await?).into()
            }
            (Self::Form(draft), at) => Record::Form(document::put(change, at, draft).await?).into(),
            (Self::SmsTrunk(draft), at) => {
                Record::SmsTrunk(Box::new(document::put(change, at, *draft).await?)).into()
            }
            (Self::Agent(draft), None) => {
                let new = change.create_person(draft).await?;
                Put {
                    record: Record::Agent(new.person),
                    invitation: Some(new.invitation),
                }
            }
            (Self::Agent(draft), Some(Place { id, expected })) => {
                let person = change.change_person(AgentId(id), expected, draft);
                Record::Agent(person.await?).into()
            }
        })
    }
}

impl Mended<Draft> {
    /// What cannot be read, and what is refused of the rest.
    async fn refusals(self, kind: Kind, services: &Services, asking: Asking) -> Vec<FieldError> {
        let may_be_filled_in = |error: &FieldError| {
            kind == Kind::Channel && matches!(error.code.as_str(), "required" | "sign_on_needed")
        };
        let Self { read, faults } = self;
        // What is compared within an item may be compared with what was put in.
        let is_of_a_mended_item = |error: &FieldError| {
            let mut items = faults.iter().filter_map(|fault| item(&fault.field));
            items.any(|item| error.is_within(item))
        };
        let mut refused = rehearsed(read, services, asking).await;
        refused.retain(|error| !may_be_filled_in(error) && !is_of_a_mended_item(error));
        joined(faults, refused)
    }
}

/// The item of a list that a field is in, by its path.
fn item(field: &str) -> Option<&str> {
    field.rfind(']').map(|end| &field[..=end])
}

/// A name that nobody chose is sent back with the rest of what was shown; it follows the address. What a file says is kept as
/// it stands there.
async fn rename_after_itself(
    draft: &mut ChannelDraft,
    services: &Services,
    asking: Asking,
) -> Result<(), ApiError> {
    let Some(id) = asking.id.filter(|_| draft.name.is_some()) else {
        return Ok(());
    };
    let stored = services.db.channel(asking.tenant, ChannelId(id)).await?;
    let is_its = |stored: &ChannelRecord| draft.name.as_ref() == Some(&stored.name);
    if stored.is_some_and(|stored| is_its(&stored) && stored.is_named_after_itself()) {
        draft.name = None;
    }
    Ok(())
}

/// What was refused before the database was asked, with all else that is wrong: everything is told at once.
async fn with_the_rest(
    error: ApiError,
    draft: Draft,
    services: &Services,
    asking: Asking,
) -> ApiError {
    let ApiError::Validation(mut errors) = error else {
        return error;
    };
    for refused in rehearsed(draft, services, asking).await {
        if errors.iter().all(|error| error.field != refused.field) {
            errors.push(refused);
        }
    }
    ApiError::Validation(errors)
}

/// What the configuration refuses of a draft, which is taken back again.
async fn rehearsed(draft: Draft, services: &Services, asking: Asking) -> Vec<FieldError> {
    let place = asking.id.map(|id| Place { id, expected: None });
    let editor = Editor::system(asking.tenant);
    let rehearsed = services
        .db
        .rehearse(&editor, move |change| draft.put(change, place).boxed());
    match rehearsed.await {
        Err(ConfigError::Invalid(violations)) => {
            violations.into_iter().map(FieldError::from).collect()
        }
        Ok(_) | Err(_) => Vec::new(),
    }
}

/// What was found wrong with a body at first, and what else is: of a field that is known to be wrong nothing more is told.
#[must_use]
pub fn joined(first: Vec<FieldError>, others: Vec<FieldError>) -> Vec<FieldError> {
    let is_known = |error: &FieldError| first.iter().any(|known| error.is_within(&known.field));
    let others: Vec<_> = others
        .into_iter()
        .filter(|error| !is_known(error))
        .collect();
    first.into_iter().chain(others).collect()
}

/// Deletes a resource as its kind asks for. A WhatsApp channel is left until its month ends, and comes back.
///
/// # Errors
/// Something points to it, a newer revision, or there is none.
pub async fn remove(
    change: &mut Change,
    kind: Kind,
    Place { id, expected }: Place,
) -> Result<Option<Record>, ConfigError> {
    match kind {
        Kind::Channel => {
            let left = change.retire_channel(ChannelId(id), expected).await?;
            return Ok(left.map(|channel| Record::Channel(Box::new(channel))));
        }
        Kind::Queue => change.delete_queue(QueueId(id), expected).await?,
        Kind::Chatbot => change.delete_document::<ChatbotBody>(id, expected).await?,
        Kind::Form => change.delete_document::<FormBody>(id, expected).await?,
        Kind::SmsTrunk => change.delete_document::<SmsTrunkBody>(id, expected).await?,
        Kind::Agent => change.delete_person(AgentId(id), expected).await?,
    }
    Ok(None)
}

/// Takes the members away that only we set.
pub fn strip(body: &mut Value, paths: &[&str]) {
    for path in paths {
        let (parent, member) = match path.rsplit_once('.') {
            Some((parent, member)) => (at_mut(body, parent), member),
            None => (Some(&mut *body), *path),
        };
        if let Some(Value::Object(members)) = parent {
            members.remove(member);
        }
    }
}

fn at_mut<'v>(body: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    path.split('.')
        .try_fold(body, |value, member| value.get_mut(member))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_is_in_the_innermost_item() {
        assert_eq!(
            item("options[0].menu.options[12].label"),
            Some("options[0].menu.options[12]")
        );
        assert_eq!(item("open_days[3]"), Some("open_days[3]"));
        assert_eq!(item("name"), None);
    }

    #[test]
    fn what_only_we_set_is_taken_away_wherever_it_stands() {
        let mut body =
            json!({"id": 1, "name": "a", "email": {"imap": {"has_password": true, "port": 1}}});
        strip(&mut body, &["id", "email.imap.has_password", "sms.nothing"]);
        assert_eq!(body, json!({"name": "a", "email": {"imap": {"port": 1}}}));
    }
}
