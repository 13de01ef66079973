//! What applying a file will do, made before its transaction: every key is an id, every draft is ready, every company was
//! asked and every guard too.
//!
//! What must stay true: the transaction writes a plan only if what the plan stands on is still so ([`Plan::stands`]).

use std::collections::{BTreeMap, HashMap, HashSet};

use ecluse_adapters::storage::config_db::{RosterRow, SettingsBody};
use ecluse_engine::ids::TenantId;
use futures_util::{StreamExt as _, stream};
use uuid::Uuid;

use super::document::{Document, Target};
use super::drafts::draft;
use super::holds;
use super::places::{Found, Places};
use super::progress::Progress;
use super::references::pointers;
use super::refusals::{Named, Refusals};
use super::roster::Roster;
use crate::connect::{Asking, Errand};
use crate::error::ApiError;
use crate::resources::{Draft, Kind, Services};
use crate::routes::settings;

/// Companies that are asked, and hashes that are made, at once.
const AT_ONCE: usize = 8;

/// What will be done.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) settings: Option<(Named, SettingsBody)>,
    /// In an order in which what is pointed to comes first.
    pub(super) items: Vec<Item>,
    /// In an order in which what points comes first.
    pub(super) superfluous: Vec<Superfluous>,
    errands: Vec<(usize, Errand)>,
    /// Who had the keys that the plan stands on.
    watched: BTreeMap<(Kind, String), Option<RosterRow>>,
    prunes: bool,
}

/// A resource that is to be written.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) named: Named,
    pub(super) kind: Kind,
    pub(super) key: String,
    /// Of a new resource too: others of the file point to it.
    pub(super) id: Uuid,
    pub(super) before: Option<RosterRow>,
    pub(super) draft: Draft,
    /// What it points to, by the paths of its fields.
    pub(super) pointers: Vec<(String, Uuid)>,
    /// Whether another resource of the file takes what this one had.
    pub(super) lets_go: bool,
}

/// A resource that no document names.
#[derive(Clone, Debug)]
pub(super) struct Superfluous {
    pub(super) kind: Kind,
    pub(super) row: RosterRow,
    /// Whether a resource of the file takes what this one has.
    pub(super) lets_go: bool,
}

impl Plan {
    /// Reads what there is, resolves, asks and hashes.
    ///
    /// # Errors
    /// Everything that cannot be accepted, below its document.
    pub(super) async fn make(
        services: &Services,
        tenant: TenantId,
        documents: Vec<Document>,
        prunes: bool,
        progress: &Progress,
    ) -> Result<Self, ApiError> {
        let roster = Roster::read(services, tenant).await?;
        let mut places = Places::new(services, tenant, roster, &documents, prunes);
        let mut refusals = Refusals::default();
        let (mut settings, mut found) = (None, Vec::new());
        for document in documents {
            let named = Named::from(&document);
            let read = match document.target {
                Target::Settings => settings::read_body(services, tenant, document.body)
                    .map(|body| settings = Some((named.clone(), body))),
                Target::One(kind) => places
                    .find(named.clone(), kind, document.key, document.body)
                    .map(|one| found.push(one)),
            };
            if let Err(error) = read {
                refusals.add(&named, error)?;
            }
        }
        let superfluous = places.superfluous();
        for one in &superfluous {
            let guard = services.guard.refuse_busy(tenant, one.kind, one.row.id);
            if let Err(error) = guard.await {
                refusals.add_deletion(one.kind, &one.row.key, error)?;
            }
        }
        refusals.end()?;
        // Who is given the first free number must not take one that another document names, or that somebody keeps.
        found.sort_by_key(|one| (one.kind != Kind::Agent, is_given_a_number(one)));
        let (items, errands) = drafts(services, tenant, found, progress).await?;
        let mut plan = Self {
            settings,
            items,
            superfluous,
            errands,
            watched: places.watched,
            prunes,
        };
        plan.let_go(tenant);
        Ok(plan)
    }

    /// Finds out who must give up what it has before another one can take it.
    fn let_go(&mut self, tenant: TenantId) {
        let mut takers: HashMap<(Kind, String), usize> = HashMap::new();
        for (position, item) in self.items.iter().enumerate() {
            let holds = holds::of_draft(&item.draft, item.before.as_ref(), tenant);
            takers.extend(holds.into_iter().map(|held| ((item.kind, held), position)));
        }
        let is_taken = |kind: Kind, row: &RosterRow, own: Option<usize>| {
            row.holds.iter().any(|held| {
                let taker = takers.get(&(kind, held.clone()));
                taker.is_some_and(|taker| own != Some(*taker))
            })
        };
        for (position, item) in self.items.iter_mut().enumerate() {
            let before = item.before.as_ref();
            item.lets_go = before.is_some_and(|row| is_taken(item.kind, row, Some(position)));
        }
        for one in &mut self.superfluous {
            one.lets_go = is_taken(one.kind, &one.row, None);
        }
    }

    /// Whether anything is left to be done at a company.
    pub(super) fn has_errands(&self) -> bool {
        !self.errands.is_empty()
    }

    /// Does what is left to be done at the companies.
    ///
    /// # Errors
    /// What they refuse, below its document, or that they do not answer.
    pub(super) async fn run_errands(
        &mut self,
        services: &Services,
        tenant: TenantId,
    ) -> Result<(), ApiError> {
        let mut errands: HashMap<usize, Errand> = self.errands.drain(..).collect();
        let runs = self.items.iter_mut().enumerate();
        let runs = runs.filter_map(|(position, item)| {
            let errand = errands.remove(&position)?;
            Some(run(errand, item, services, tenant))
        });
        let runs: Vec<_> = runs.collect();
        let done: Vec<_> = stream::iter(runs).buffer_unordered(AT_ONCE).collect().await;
        let mut refusals = Refusals::default();
        for (named, result) in done {
            if let Err(error) = result {
                refusals.add(&named, error)?;
            }
        }
        refusals.end()
    }

    /// Whether what the plan stands on is still so for a transaction that sees these.
    pub(super) fn stands(&self, now: &Roster) -> bool {
        let same = |((kind, key), row): (&(Kind, String), &Option<RosterRow>)| {
            now.get(*kind, key) == row.as_ref()
        };
        let superfluous: HashSet<Uuid> = self.superfluous.iter().map(|one| one.row.id).collect();
        let is_known = |kind: Kind, row: &RosterRow| {
            row.stays
                || superfluous.contains(&row.id)
                || self.watched.contains_key(&(kind, row.key.clone()))
        };
        let mut kinds = Kind::ALL.into_iter();
        let is_whole =
            !self.prunes || kinds.all(|kind| now.of(kind).all(|row| is_known(kind, row)));
        is_whole && self.watched.iter().all(same)
    }

    /// The plan without what is to be done at companies, for a rehearsal.
    pub(super) fn rehearsal(&self) -> Self {
        Self {
            settings: self.settings.clone(),
            items: self.items.clone(),
            superfluous: self.superfluous.clone(),
            errands: Vec::new(),
            watched: self.watched.clone(),
            prunes: self.prunes,
        }
    }
}

/// Whether a person's number is chosen for them: who is known has one.
fn is_given_a_number(one: &Found) -> bool {
    one.kind == Kind::Agent && one.before.is_none() && !one.body["number"].is_string()
}

async fn run(
    errand: Errand,
    item: &mut Item,
    services: &Services,
    tenant: TenantId,
) -> (Named, Result<(), ApiError>) {
    let asking = Asking {
        tenant,
        id: item.before.as_ref().map(|row| row.id),
        expected: None,
    };
    let done = match &mut item.draft {
        Draft::Channel(draft, turn) => match errand.turn(draft, services, asking).await {
            Ok(taken) => {
                *turn = taken;
                errand.run(draft, services, asking).await
            }
            Err(error) => Err(error),
        },
        _ => Ok(()),
    };
    (item.named.clone(), done)
}

/// Drafts all that was found, several at once.
async fn drafts(
    services: &Services,
    tenant: TenantId,
    found: Vec<Found>,
    progress: &Progress,
) -> Result<(Vec<Item>, Vec<(usize, Errand)>), ApiError> {
    let work = found.into_iter().enumerate();
    let work = work.map(|(position, one)| one.item(services, tenant, position, progress));
    let mut done: Vec<_> = stream::iter(work).buffer_unordered(AT_ONCE).collect().await;
    done.sort_by_key(|(position, _, _)| *position);
    let (mut items, mut errands, mut refusals) = (Vec::new(), Vec::new(), Refusals::default());
    for (position, named, result) in done {
        match result {
            Ok((item, errand)) => {
                items.push(item);
                errands.extend(errand.map(|errand| (position, errand)));
            }
            Err(error) => refusals.add(&named, error)?,
        }
    }
    refusals.end()?;
    Ok((items, errands))
}

impl Found {
    async fn item(
        self,
        services: &Services,
        tenant: TenantId,
        position: usize,
        progress: &Progress,
    ) -> (usize, Named, Result<(Item, Option<Errand>), ApiError>) {
        // Thousands of documents are read one after the other; whoever shares the thread has a turn between.
        tokio::task::yield_now().await;
        let asking = Asking {
            tenant,
            id: self.before.as_ref().map(|row| row.id),
            expected: None,
        };
        let mut body = self.body;
        let pointers = pointers(self.kind, &mut body);
        let drafted = draft(services, asking, self.kind, body).await;
        progress.step();
        let named = self.named.clone();
        let drafted = drafted.map(|(draft, errand)| {
            let item = Item {
                named: self.named,
                kind: self.kind,
                key: self.key,
                id: self.id,
                before: self.before,
                draft,
                pointers,
                lets_go: false,
            };
            (item, errand)
        });
        (position, named, drafted)
    }
}
