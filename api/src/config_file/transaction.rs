//! Writes a plan: the one transaction of an application, and of its rehearsal.
//!
//! What must stay true: nothing is asked, hashed or waited for here, because every other change waits; and all that is
//! compared is read through the transaction, which others may share.

use std::collections::HashSet;
use std::sync::Arc;

use ecluse_adapters::storage::config_db::{
    Change as Transaction, ConfigError, InTheWay, Resource, SettingsBody,
};
use ecluse_engine::ids::ChannelId;
use futures_util::FutureExt as _;
use serde_json::Value;
use uuid::Uuid;

use super::diff::{self, Change, Outcome};
use super::keys::Keys;
use super::plan::{Item, Plan, Superfluous};
use super::progress::Progress;
use super::refusals::{Refusals, besides};
use super::roster::Roster;
use crate::error::{ApiError, Conflict};
use crate::resources::{Draft, Kind, Place, Record, Seen, Services, remove, strip};
use crate::routes::settings;

/// One application on its way.
pub(super) struct Run {
    pub(super) services: Services,
    pub(super) progress: Progress,
}

impl Run {
    /// Writes all of it. [`ApiError::PreconditionFailed`] says that the plan must be made anew.
    ///
    /// # Errors
    /// Everything that the configuration refuses, below its document.
    pub(super) async fn all(
        self,
        transaction: &mut Transaction,
        plan: Plan,
    ) -> Result<Vec<Change>, ApiError> {
        let roster = Roster::within(transaction).await?;
        if !plan.stands(&roster) {
            return Err(ApiError::PreconditionFailed);
        }
        let keys = Arc::new(Keys::of(&roster, &plan.items));
        let (mut changes, mut refusals) = (Vec::new(), Refusals::default());
        if let Some((named, body)) = plan.settings {
            let services = self.services.clone();
            let put = transaction.part(move |part| put_settings(part, services, body).boxed());
            match put.await {
                Ok(change) => changes.push((named.index, change)),
                Err(error) => refusals.add(&named, error)?,
            }
        }
        // Nothing points to a channel or a person, so they go before what takes their place.
        let is_free = |one: &Superfluous| matches!(one.kind, Kind::Channel | Kind::Agent);
        let (first, last): (Vec<_>, Vec<_>) = plan.superfluous.into_iter().partition(is_free);
        let mut deletions = prune(transaction, first, &mut refusals).await?;
        let_go(transaction, &plan.items, &last).await?;
        let mut refused = HashSet::new();
        for mut item in plan.items {
            let (named, view) = (item.named.clone(), self.view(&keys));
            let (id, pointers) = (item.id, std::mem::take(&mut item.pointers));
            let put = transaction.part(move |part| put(part, view, item).boxed());
            match put.await {
                Ok(change) => changes.push((named.index, change)),
                Err(error) => {
                    refusals.add(&named, besides(error, &pointers, &refused))?;
                    refused.insert(id);
                }
            }
            self.progress.step();
        }
        deletions.extend(prune(transaction, last, &mut refusals).await?);
        refusals.end()?;
        changes.sort_by_key(|(index, _)| *index);
        let changes = changes.into_iter().map(|(_, change)| change);
        Ok(changes.chain(deletions).collect())
    }
}

/// How resources look in a file.
struct View {
    services: Services,
    keys: Arc<Keys>,
}

impl Run {
    fn view(&self, keys: &Arc<Keys>) -> View {
        View {
            services: self.services.clone(),
            keys: Arc::clone(keys),
        }
    }
}

impl View {
    async fn seen(
        &self,
        part: &mut Transaction,
        kind: Kind,
        record: Record,
    ) -> Result<Seen, ApiError> {
        let mut seen = Seen::of(part, &self.services, kind, record).await?;
        seen.view = comparable(kind, seen.view);
        self.keys.put_in(kind, &mut seen.view);
        Ok(seen)
    }
}

async fn let_go(
    transaction: &mut Transaction,
    items: &[Item],
    superfluous: &[Superfluous],
) -> Result<(), ApiError> {
    for item in items.iter().filter(|item| item.lets_go) {
        transaction.let_go(item.kind.resource(), item.id).await?;
    }
    for one in superfluous.iter().filter(|one| one.lets_go) {
        transaction.let_go(one.kind.resource(), one.row.id).await?;
    }
    Ok(())
}

/// Puts one resource, and says whether anything is different since.
async fn put(part: &mut Transaction, view: View, item: Item) -> Result<(Change, bool), ApiError> {
    let kind = item.kind;
    let before = match &item.before {
        Some(row) => {
            let record = Record::read(part, kind, row.id).await?;
            Some(view.seen(part, kind, record).await?)
        }
        None => None,
    };
    let at = item.before.as_ref().map(|row| Place {
        id: row.id,
        expected: None,
    });
    let is_reserved = matches!(&item.draft, Draft::Channel(draft, _) if draft.reserved.is_some());
    if at.is_none() && !is_reserved {
        part.add_as(item.id);
    }
    let sets_pin = matches!(&item.draft, Draft::Agent(person) if person.sets_pin());
    let record = item.draft.put(part, at).await?.record;
    let record = wanted_again(part, record).await?;
    let after = view.seen(part, kind, record).await?;
    // Of a PIN there is only the hash, which is another each time; one that is the same already was left out.
    let pin = sets_pin.then(|| "pin".to_owned());
    let (outcome, fields) = match before {
        None => (Outcome::Created, added(&after, pin)),
        Some(before) => since(&after, &before, pin),
    };
    let change = Change {
        resource: kind.as_str().to_owned(),
        key: item.key,
        outcome,
        fields,
    };
    // What was let go must be written again, even if nothing else differs.
    Ok((change, outcome != Outcome::Unchanged || item.lets_go))
}

/// A channel that stands in a file does not go at the end of the month.
async fn wanted_again(part: &mut Transaction, record: Record) -> Result<Record, ApiError> {
    match record {
        Record::Channel(channel) if channel.pending_deletion_until.is_some() => {
            let channel = part.reactivate_channel(channel.id, None).await?;
            Ok(Record::Channel(Box::new(channel)))
        }
        other => Ok(other),
    }
}

/// What is different since.
fn since(after: &Seen, before: &Seen, pin: Option<String>) -> (Outcome, Vec<diff::ChangedField>) {
    let mut fields = diff::fields(&before.view, &after.view);
    let secrets = after.changed_secrets(before).into_iter().chain(pin);
    fields.extend(secrets.map(diff::ChangedField::secret));
    match fields.is_empty() {
        true => (Outcome::Unchanged, fields),
        false => (Outcome::Changed, fields),
    }
}

/// What a new one has.
fn added(after: &Seen, pin: Option<String>) -> Vec<diff::ChangedField> {
    let mut fields = diff::added(&after.view);
    let secrets = after.secrets().into_iter().chain(pin);
    fields.extend(secrets.map(diff::ChangedField::secret));
    fields
}

/// What is shown and can differ by an application: not what only time or a provider changes.
fn comparable(kind: Kind, mut view: Value) -> Value {
    let differs = |path: &str| path.contains("has_p") || path == "pending_deletion_until";
    let paths = kind.read_only().iter().copied();
    let paths: Vec<&str> = paths.filter(|path| !differs(path)).collect();
    strip(&mut view, &paths);
    view
}

async fn put_settings(
    part: &mut Transaction,
    services: Services,
    mut body: SettingsBody,
) -> Result<(Change, bool), ApiError> {
    let stored = part.only_document::<SettingsBody>().await?;
    if settings::has_fixed_url(&services, part.tenant()) {
        let stored = stored.as_ref();
        body.public_url = stored.and_then(|stored| stored.body.public_url.clone());
    }
    let before = Seen::of_only(part, stored.as_ref()).await?;
    let record = part.put_only_document(None, body).await?;
    let after = Seen::of_only(part, Some(&record)).await?;
    let (outcome, fields) = since(&after, &before, None);
    let change = Change {
        resource: "settings".to_owned(),
        key: String::new(),
        outcome,
        fields,
    };
    Ok((change, outcome != Outcome::Unchanged))
}

/// Deletes what no document names.
async fn prune(
    transaction: &mut Transaction,
    superfluous: Vec<Superfluous>,
    refusals: &mut Refusals,
) -> Result<Vec<Change>, ApiError> {
    let mut changes = Vec::with_capacity(superfluous.len());
    for one in superfluous {
        match prune_one(transaction, &one).await {
            Ok(outcome) => changes.push(Change {
                resource: one.kind.as_str().to_owned(),
                key: one.row.key,
                outcome,
                fields: Vec::new(),
            }),
            Err(error) => refusals.add_deletion(one.kind, &one.row.key, error)?,
        }
    }
    Ok(changes)
}

async fn prune_one(transaction: &mut Transaction, one: &Superfluous) -> Result<Outcome, ApiError> {
    let place = Place {
        id: one.row.id,
        expected: None,
    };
    match remove(transaction, one.kind, place).await {
        Ok(Some(_)) => Ok(Outcome::PendingDeletion),
        Ok(None) => Ok(Outcome::Deleted),
        Err(ConfigError::InUse { by, .. }) => {
            let still_needed = !one.lets_go && are_about_to_go(transaction, &by).await?;
            match still_needed {
                true => Ok(Outcome::StillNeeded),
                false => Err(ApiError::Conflict(Conflict::InUse(by))),
            }
        }
        Err(other) => Err(other.into()),
    }
}

/// Whether only channels stand in the way that go by themselves at the end of their month.
async fn are_about_to_go(transaction: &mut Transaction, by: &[InTheWay]) -> Result<bool, ApiError> {
    for one in by {
        let goes = match one.kind {
            Resource::Channel => is_pending(transaction, one.id).await?,
            _ => false,
        };
        if !goes {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn is_pending(transaction: &mut Transaction, channel: Uuid) -> Result<bool, ApiError> {
    let channel = transaction.channel(ChannelId(channel)).await?;
    Ok(channel.pending_deletion_until.is_some())
}
