//! Makes a tenant's configuration match a list of documents.

use std::collections::{HashMap, HashSet};

use ecluse_adapters::storage::config_db::{Change as Transaction, Resource, SettingsBody};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::TenantId;
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;
use utoipa::ToSchema;
use uuid::Uuid;

use super::diff::{self, Change, Outcome};
use super::export::all;
use super::references::visit;
use crate::auth::Principal;
use crate::connect::Asking;
use crate::error::{ApiError, FieldError, parse_value};
use crate::resources::{Draft, Kind, Place, Record, Services, remove, strip};

/// Documents that one request may carry.
const DOCUMENTS_MAX: usize = 20_000;
/// Progress is told once in so many documents.
const PROGRESS_STEP: usize = 25;

/// What is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApplyBody {
    /// Each has `resource` (`channel`, `queue`, `chatbot`, `form`, `sms_trunk`, `agent` or `settings`), but for settings a
    /// `key`, and the members of that resource; where the API has an id, a document has the key.
    #[schema(value_type = Vec<Object>)]
    pub documents: Vec<Value>,
    /// Delete what no document names. Administrators are left alone.
    #[serde(default)]
    pub prune: bool,
    /// Only tell what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// What applying changed, or would change.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Applied {
    pub dry_run: bool,
    /// In the order of the documents, deletions last.
    pub changes: Vec<Change>,
}

/// Where a document's resource comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    Settings,
    One(Kind),
}

/// A document that was read.
struct Document {
    index: usize,
    target: Target,
    key: String,
    body: Value,
}

/// Applies documents in one transaction. `progress` hears how many are done.
///
/// # Errors
/// Everything that cannot be accepted, by `documents[N].field`; nothing is changed then.
pub async fn apply(
    services: &Services,
    caller: &Principal,
    body: ApplyBody,
    progress: Option<mpsc::Sender<usize>>,
) -> Result<Applied, ApiError> {
    let dry_run = body.dry_run;
    let documents = read(body.documents)?;
    let pruned = match body.prune {
        true => superfluous(services, caller.tenant, &documents).await?,
        false => Vec::new(),
    };
    let run = Run {
        services: services.clone(),
        progress,
    };
    let editor = caller.editor();
    let changes = if dry_run {
        let rehearsed = services.db.rehearse(&editor, move |transaction| {
            run.all(transaction, documents, pruned).boxed()
        });
        rehearsed.await?
    } else {
        let changed = services.db.change(&editor, move |transaction| {
            run.all(transaction, documents, pruned).boxed()
        });
        changed.await?
    };
    Ok(Applied { dry_run, changes })
}

/// Reads what every document has, and puts what is pointed to before what points.
fn read(documents: Vec<Value>) -> Result<Vec<Document>, ApiError> {
    if documents.len() > DOCUMENTS_MAX {
        let message = "at most 20000 documents";
        return Err(ApiError::field("documents", "too_many", message));
    }
    let (mut found, mut errors, mut seen) = (Vec::new(), Vec::new(), HashMap::new());
    for (index, body) in documents.into_iter().enumerate() {
        match Document::read(index, body) {
            Err(error) => errors.push(error),
            Ok(document) => {
                let name = (document.place(), document.key.clone());
                match seen.insert(name, index) {
                    Some(first) => errors.push(FieldError::new(
                        format!("documents[{index}].key"),
                        "taken",
                        format!("documents[{first}] has this key already"),
                    )),
                    None => found.push(document),
                }
            }
        }
    }
    if !errors.is_empty() {
        return Err(ApiError::Validation(errors));
    }
    found.sort_by_key(Document::place);
    Ok(found)
}

impl Document {
    fn read(index: usize, mut body: Value) -> Result<Self, FieldError> {
        let field = |name: &str| match name {
            "" => format!("documents[{index}]"),
            name => format!("documents[{index}].{name}"),
        };
        let Value::Object(members) = &mut body else {
            return Err(FieldError::new(
                field(""),
                "not_an_object",
                "must be an object",
            ));
        };
        let resource = members.remove("resource");
        let resource = resource
            .as_ref()
            .and_then(Value::as_str)
            .unwrap_or_default();
        let target = match resource {
            "settings" => Target::Settings,
            word => match Kind::ALL.iter().find(|kind| kind.as_str() == word) {
                Some(kind) => Target::One(*kind),
                None => {
                    let message =
                        "must be channel, queue, chatbot, form, sms_trunk, agent or settings";
                    return Err(FieldError::new(field("resource"), "unknown_value", message));
                }
            },
        };
        let key = match (target, members.get("key")) {
            (Target::Settings, _) => String::new(),
            (Target::One(_), Some(Value::String(key))) if !key.is_empty() => key.clone(),
            (Target::One(_), _) => {
                let message = "is the author's own name for it, by which others point to it";
                return Err(FieldError::new(field("key"), "required", message));
            }
        };
        Ok(Self {
            index,
            target,
            key,
            body,
        })
    }

    /// Settings first, then the kinds in their order.
    fn place(&self) -> usize {
        match self.target {
            Target::Settings => 0,
            Target::One(kind) => 1 + Kind::ALL.iter().take_while(|other| **other != kind).count(),
        }
    }
}

/// What no document names. Administrators stay, and so does what is about to go already.
async fn superfluous(
    services: &Services,
    tenant: TenantId,
    documents: &[Document],
) -> Result<Vec<(Kind, Record)>, ApiError> {
    let named: HashSet<(usize, &str)> = documents
        .iter()
        .map(|document| (document.place(), document.key.as_str()))
        .collect();
    let mut pruned = Vec::new();
    for (place, kind) in Kind::ALL.into_iter().enumerate().rev() {
        for record in all(services, kind, tenant).await? {
            let stays = match &record {
                Record::Agent(person) => person.role == Role::Administrator,
                Record::Channel(channel) => channel.pending_deletion_until.is_some(),
                _ => false,
            };
            if !stays && !named.contains(&(place + 1, record.key())) {
                pruned.push((kind, record));
            }
        }
    }
    Ok(pruned)
}

/// One application on its way.
struct Run {
    services: Services,
    progress: Option<mpsc::Sender<usize>>,
}

impl Run {
    async fn all(
        self,
        transaction: &mut Transaction,
        documents: Vec<Document>,
        pruned: Vec<(Kind, Record)>,
    ) -> Result<Vec<Change>, ApiError> {
        let (mut changes, mut errors) = (Vec::new(), Vec::new());
        for (done, document) in documents.into_iter().enumerate() {
            if done % PROGRESS_STEP == 0 {
                self.tell(done);
            }
            let index = document.index;
            match self.one(transaction, document).await {
                Ok(change) => changes.push((index, change)),
                Err(error) => errors.extend(located(index, error)?),
            }
        }
        if !errors.is_empty() {
            return Err(ApiError::Validation(errors));
        }
        changes.sort_by_key(|(index, _)| *index);
        let mut changes: Vec<Change> = changes.into_iter().map(|(_, change)| change).collect();
        for (kind, record) in pruned {
            changes.push(prune(transaction, kind, record).await?);
        }
        Ok(changes)
    }

    /// Whoever does not read in time misses a step.
    fn tell(&self, done: usize) {
        if let Some(progress) = &self.progress {
            let _missed = progress.try_send(done);
        }
    }

    async fn one(
        &self,
        transaction: &mut Transaction,
        document: Document,
    ) -> Result<Change, ApiError> {
        let services = self.services.clone();
        match document.target {
            Target::Settings => {
                transaction
                    .part(move |part| put_settings(part, services, document.body).boxed())
                    .await
            }
            Target::One(kind) => {
                transaction
                    .part(move |part| put(part, services, kind, document).boxed())
                    .await
            }
        }
    }
}

/// Puts one resource, and says whether anything is different since.
async fn put(
    part: &mut Transaction,
    services: Services,
    kind: Kind,
    mut document: Document,
) -> Result<(Change, bool), ApiError> {
    resolve(part, kind, &mut document.body).await?;
    let resource = kind.resource();
    let id = part.holder_of_key(resource, &document.key).await?;
    let before = match id {
        Some(id) => Some(Seen::of(part, &services, kind, id).await?),
        None => None,
    };
    if kind == Kind::Agent
        && let Some(id) = id
    {
        keep_same_pin(&services, part.tenant(), id, &mut document.body).await?;
    }
    let at = id.map(|id| Place { id, expected: None });
    // A rehearsal must leave nothing behind at a company, and a transaction is open here.
    let asking = Asking {
        tenant: part.tenant(),
        id,
        acts: false,
    };
    let draft = Draft::of(kind, &services, asking, document.body).await?;
    let record = draft.put(part, at).await?.record;
    let after = Seen {
        digests: part.secret_digests(resource, record.id()).await?,
        view: comparable(kind, record.shown(&services).body),
    };
    let (outcome, fields) = match before {
        None => (Outcome::Created, Vec::new()),
        Some(before) => after.since(&before),
    };
    let change = Change {
        resource: kind.as_str().to_owned(),
        key: document.key,
        outcome,
        fields,
    };
    Ok((change, outcome != Outcome::Unchanged))
}

/// A resource as it can be compared.
struct Seen {
    view: Value,
    digests: Vec<(String, [u8; 32])>,
}

impl Seen {
    async fn of(
        part: &mut Transaction,
        services: &Services,
        kind: Kind,
        id: Uuid,
    ) -> Result<Self, ApiError> {
        let record = services.record(kind, part.tenant(), id).await?;
        Ok(Self {
            view: comparable(kind, record.shown(services).body),
            digests: part.secret_digests(kind.resource(), id).await?,
        })
    }

    fn since(&self, before: &Self) -> (Outcome, Vec<diff::ChangedField>) {
        let mut fields = diff::fields(&before.view, &self.view);
        let names = self
            .digests
            .iter()
            .chain(&before.digests)
            .map(|(name, _)| name);
        let mut changed: Vec<&String> = names
            .filter(|name| digest(&self.digests, name) != digest(&before.digests, name))
            .collect();
        changed.sort_unstable();
        changed.dedup();
        fields.extend(changed.into_iter().map(|name| diff::ChangedField {
            field: name.clone(),
            before: None,
            after: None,
        }));
        match fields.is_empty() {
            true => (Outcome::Unchanged, fields),
            false => (Outcome::Changed, fields),
        }
    }
}

fn digest<'d>(digests: &'d [(String, [u8; 32])], name: &str) -> Option<&'d [u8; 32]> {
    let found = digests.iter().find(|(other, _)| other == name);
    found.map(|(_, digest)| digest)
}

fn comparable(kind: Kind, mut view: Value) -> Value {
    let keeps = |path: &&&str| !path.contains("has_p");
    let paths: Vec<&str> = kind.read_only().iter().filter(keeps).copied().collect();
    strip(&mut view, &paths);
    view
}

/// A PIN that is the one already is no change; its hash would be another each time.
async fn keep_same_pin(
    services: &Services,
    tenant: TenantId,
    id: Uuid,
    body: &mut Value,
) -> Result<(), ApiError> {
    let Some(pin) = body.get("pin").and_then(Value::as_str) else {
        return Ok(());
    };
    if services.auth.is_pin_of(tenant, id, pin).await? {
        strip(body, &["pin"]);
    }
    Ok(())
}

/// Puts ids where a document has keys.
async fn resolve(part: &mut Transaction, kind: Kind, body: &mut Value) -> Result<(), ApiError> {
    let mut pointers = Vec::new();
    visit(kind, body, &mut |target, path, pointer| {
        let key = pointer.as_str().unwrap_or_default().to_owned();
        pointers.push((target, path, key));
    });
    let (mut ids, mut errors) = (HashMap::new(), Vec::new());
    for (target, path, key) in pointers {
        match part.holder_of_key(target.resource(), &key).await? {
            Some(id) => drop(ids.insert((target, key), id)),
            None => {
                let message = format!("there is no {} with the key {key}", target.as_str());
                errors.push(FieldError::new(path, "unknown_key", message));
            }
        }
    }
    if !errors.is_empty() {
        return Err(ApiError::Validation(errors));
    }
    visit(kind, body, &mut |target, _, pointer| {
        let key = pointer.as_str().unwrap_or_default().to_owned();
        if let Some(id) = ids.get(&(target, key)) {
            *pointer = Value::String(id.to_string());
        }
    });
    Ok(())
}

async fn put_settings(
    part: &mut Transaction,
    services: Services,
    mut body: Value,
) -> Result<(Change, bool), ApiError> {
    strip(&mut body, &["mail.has_password"]);
    let settings: SettingsBody = parse_value(&body)?;
    if settings.public_url.is_some()
        && (part.tenant() != TenantId::DEFAULT || services.auth.has_fixed_url())
    {
        let message = "is fixed by the deployment or belongs to the platform's tenant";
        return Err(ApiError::field("public_url", "fixed", message));
    }
    let stored = services
        .db
        .only_document::<SettingsBody>(part.tenant())
        .await?;
    let seen = |body: &SettingsBody| serde_json::to_value(body).unwrap_or_default();
    let before = Seen {
        view: seen(
            &stored
                .as_ref()
                .map(|stored| stored.body.clone())
                .unwrap_or_default(),
        ),
        digests: match &stored {
            Some(stored) => part.secret_digests(Resource::Settings, stored.id).await?,
            None => Vec::new(),
        },
    };
    let record = part.put_only_document(None, settings).await?;
    let after = Seen {
        view: seen(&record.body),
        digests: part.secret_digests(Resource::Settings, record.id).await?,
    };
    let (outcome, fields) = after.since(&before);
    let change = Change {
        resource: "settings".to_owned(),
        key: String::new(),
        outcome,
        fields,
    };
    Ok((change, outcome != Outcome::Unchanged))
}

async fn prune(
    transaction: &mut Transaction,
    kind: Kind,
    record: Record,
) -> Result<Change, ApiError> {
    let (id, key) = (record.id(), record.key().to_owned());
    let place = Place { id, expected: None };
    let left = remove(transaction, kind, place).await?;
    Ok(Change {
        resource: kind.as_str().to_owned(),
        key,
        outcome: match left {
            Some(_) => Outcome::PendingDeletion,
            None => Outcome::Deleted,
        },
        fields: Vec::new(),
    })
}

/// The fields of a refusal, below their document. What is no refusal of a document fails the whole.
fn located(index: usize, error: ApiError) -> Result<Vec<FieldError>, ApiError> {
    let below = |field: &str| format!("documents[{index}].{field}");
    match error {
        ApiError::Validation(errors) => Ok(errors
            .into_iter()
            .map(|error| FieldError::new(below(&error.field), error.code, error.message))
            .collect()),
        ApiError::Conflict(_) => Ok(vec![FieldError::new(
            format!("documents[{index}]"),
            error.code(),
            error.problem().detail,
        )]),
        other => Err(other),
    }
}
