//! A read model in memory: the fold of the committed entries.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;
use parking_lot::RwLock;

use crate::conversation::{Episode, Phase, State};
use crate::ids::{AgentId, ChannelId, ConversationId, ConversationKey, Key, OfferId, TenantId};
use crate::journal::{Committed, Position};
use crate::message::{
    ChannelKind, DeadLetter, Entry, Fact, OfferEnd, Queued, SendOutcome, SessionChoice, TimerKind,
    Timestamp,
};
use crate::router::LostOffer;
use crate::store::{
    DueTimer, OpenBot, OpenConversation, Outlived, PendingSend, RoutingSnapshot, Store, StoreError,
};

/// The read model, filled by [`SimJournal`](super::SimJournal) alone.
#[derive(Debug, Default)]
pub struct SimStore {
    model: RwLock<Model>,
    broken_reads: AtomicU32,
}

#[derive(Debug, Default)]
struct Model {
    at: Position,
    entries: HashMap<Key, Vec<Arc<Committed>>>,
    states: BTreeMap<ConversationKey, State>,
    episodes: BTreeMap<ConversationId, Past>,
    preferred: BTreeMap<ConversationId, AgentId>,
    /// In order of their entries.
    sends: Vec<PendingSend>,
    timers: BTreeMap<(ConversationKey, TimerKind), DueTimer>,
    sessions: BTreeMap<AgentId, (TenantId, SessionChoice)>,
    offers: BTreeMap<OfferId, (TenantId, LostOffer)>,
    refusals: BTreeSet<(ConversationId, AgentId)>,
    owners: BTreeMap<ConversationId, AgentId>,
    finished: BTreeMap<AgentId, (TenantId, Timestamp)>,
    dead_letters: Vec<(Key, DeadLetter)>,
}

/// Where and when an episode was.
#[derive(Debug)]
struct Past {
    key: ConversationKey,
    kind: ChannelKind,
    first_seq: u64,
    closed_at: Option<Timestamp>,
}

fn unanswered(key: &ConversationKey, seq: u64, queued: &Queued) -> PendingSend {
    PendingSend {
        key: key.clone(),
        conversation: queued.conversation,
        seq,
        message: Arc::clone(&queued.message),
        attempt: 0,
        attempting: false,
        ambiguous: false,
        retried_blind: false,
        not_before: Timestamp(0),
    }
}

/// Whom a conversation that begins to wait is to be offered first.
fn preference(fact: &Fact) -> Option<(ConversationId, Option<AgentId>)> {
    match fact {
        Fact::Opened(opened) => Some((opened.conversation, opened.preferred)),
        Fact::Reopened {
            conversation,
            preferred,
            ..
        } => Some((*conversation, *preferred)),
        Fact::Requeued {
            conversation,
            preferred: Some(agent),
            ..
        } => Some((*conversation, Some(*agent))),
        _ => None,
    }
}

/// A read that was told to fail.
#[derive(Debug, thiserror::Error)]
#[error("the read was told to fail")]
struct Broken;

impl SimStore {
    /// How far it is.
    #[must_use]
    pub fn at(&self) -> Position {
        self.model.read().at
    }

    /// The next `count` reads of a conversation fail.
    pub fn break_reads(&self, count: u32) {
        self.broken_reads.store(count, Ordering::Release);
    }

    /// The entries of one key that were applied, in order.
    #[must_use]
    pub fn entries_of(&self, key: &Key) -> Vec<Arc<Committed>> {
        self.model
            .read()
            .entries
            .get(key)
            .cloned()
            .unwrap_or_default()
    }

    /// Every dead letter, in order.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<(Key, DeadLetter)> {
        self.model.read().dead_letters.clone()
    }

    /// The state of a conversation, as far as it was applied.
    #[must_use]
    pub fn state(&self, key: &ConversationKey) -> Option<State> {
        self.model.read().states.get(key).cloned()
    }

    pub(super) fn apply(&self, batch: &[Arc<Committed>]) {
        let mut model = self.model.write();
        for committed in batch {
            model.apply(committed);
        }
    }
}

impl Model {
    fn apply(&mut self, committed: &Arc<Committed>) {
        let entry = &committed.entry;
        assert_eq!(
            committed.position.0,
            self.at.0 + 1,
            "entries are applied in order and once"
        );
        self.at = committed.position;
        self.entries
            .entry(entry.key.clone())
            .or_default()
            .push(Arc::clone(committed));
        if let Key::Conversation(key) = &entry.key {
            let state = self.states.entry(key.clone()).or_default();
            assert_eq!(
                entry.first_seq, state.next_seq,
                "one order: {key:?} goes on where it was"
            );
            for fact in &entry.facts {
                state.apply(fact, entry.at);
            }
        }
        for (seq, fact) in entry.numbered() {
            self.follow(entry, seq, fact);
        }
    }

    /// Whose conversations are, and when their agents finished them.
    fn follow_owner(&mut self, entry: &Entry, fact: &Fact) {
        match fact {
            Fact::Assigned {
                conversation,
                agent,
                ..
            } => drop(self.owners.insert(*conversation, *agent)),
            Fact::Requeued { conversation, .. } => drop(self.owners.remove(conversation)),
            Fact::Closed { conversation, .. } => {
                if let Some(agent) = self.owners.remove(conversation) {
                    let finished = (entry.key.tenant(), entry.at);
                    self.finished.insert(agent, finished);
                }
            }
            _ => {}
        }
    }

    fn follow(&mut self, entry: &Entry, seq: u64, fact: &Fact) {
        self.follow_owner(entry, fact);
        let tenant = entry.key.tenant();
        match fact {
            Fact::SessionChosen {
                agent,
                choice: Some(choice),
            } => {
                self.sessions.insert(*agent, (tenant, choice.clone()));
            }
            Fact::SessionChosen {
                agent,
                choice: None,
            } => drop(self.sessions.remove(agent)),
            Fact::OfferMade {
                offer,
                conversation,
                queue,
                agent,
                ..
            } => {
                let made = LostOffer {
                    offer: *offer,
                    conversation: *conversation,
                    queue: *queue,
                    agent: *agent,
                };
                self.offers.insert(*offer, (tenant, made));
            }
            Fact::OfferEnded {
                offer,
                conversation,
                agent,
                end,
                ..
            } => {
                self.offers.remove(offer);
                if matches!(end, OfferEnd::Refused | OfferEnd::TimedOut) {
                    self.refusals.insert((*conversation, *agent));
                }
            }
            Fact::Assigned {
                offer: Some(offer), ..
            } => drop(self.offers.remove(offer)),
            Fact::DeadLettered(letter) => {
                self.dead_letters.push((entry.key.clone(), letter.clone()))
            }
            Fact::Closed { conversation, .. } => self.close(*conversation, Some(entry.at)),
            Fact::Opened(_)
            | Fact::Reopened { .. }
            | Fact::Requeued { .. }
            | Fact::Queued(_)
            | Fact::Attempted { .. }
            | Fact::AttemptAmbiguous { .. }
            | Fact::SendEnded { .. }
            | Fact::Erased(_)
            | Fact::TimerSet { .. }
            | Fact::TimerCleared { .. } => {
                if let Key::Conversation(key) = &entry.key {
                    self.follow_conversation(key, seq, fact);
                }
            }
            Fact::Received(_)
            | Fact::StatusRose { .. }
            | Fact::StatusKept { .. }
            | Fact::Assigned { offer: None, .. }
            | Fact::FirstAnswered { .. }
            | Fact::ReadByAgent { .. }
            | Fact::Stale { .. }
            | Fact::ProfileNamed { .. }
            | Fact::EmailTyped { .. }
            | Fact::LanguageChosen { .. }
            | Fact::FormFilled(_)
            | Fact::BotStarted(_)
            | Fact::MenuMoved { .. }
            | Fact::BotEnded { .. }
            | Fact::KnownAgentsForgotten { .. }
            | Fact::ContactRenamed { .. }
            | Fact::LetterSettled { .. }
            | Fact::Noticed(_) => {}
        }
    }

    fn close(&mut self, conversation: ConversationId, at: Option<Timestamp>) {
        if let Some(past) = self.episodes.get_mut(&conversation) {
            past.closed_at = at;
        }
    }

    fn follow_conversation(&mut self, key: &ConversationKey, seq: u64, fact: &Fact) {
        if let Some((conversation, preferred)) = preference(fact) {
            match preferred {
                Some(agent) => self.preferred.insert(conversation, agent),
                None => self.preferred.remove(&conversation),
            };
        }
        if let Fact::Reopened { conversation, .. } = fact {
            self.close(*conversation, None);
        } else if let Fact::Opened(opened) = fact {
            let past = Past {
                key: key.clone(),
                kind: opened.kind,
                first_seq: seq,
                closed_at: None,
            };
            self.episodes.insert(opened.conversation, past);
        } else if let Fact::Erased(erased) = fact {
            self.episodes
                .retain(|_, past| past.key != *key || past.first_seq > erased.up_to);
            self.sends
                .retain(|send| send.key != *key || send.seq > erased.up_to);
        } else if let Fact::TimerSet {
            kind,
            due,
            generation,
            ..
        } = fact
        {
            let timer = DueTimer {
                key: key.clone(),
                kind: *kind,
                due: *due,
                generation: *generation,
            };
            self.timers.insert((key.clone(), *kind), timer);
        } else if let Fact::TimerCleared { kind, .. } = fact {
            self.timers.remove(&(key.clone(), *kind));
        } else if let Fact::Queued(queued) = fact {
            self.sends.push(unanswered(key, seq, queued));
        } else if let Fact::Attempted {
            message, attempt, ..
        } = fact
        {
            self.with_send(key, *message, |send| {
                send.retried_blind |= std::mem::take(&mut send.ambiguous);
                send.attempt = *attempt;
                send.attempting = true;
            });
        } else if let Fact::AttemptAmbiguous { message, .. } = fact {
            self.with_send(key, *message, |send| send.ambiguous = true);
        } else if let Fact::SendEnded {
            message,
            outcome: SendOutcome::Retry { at, .. },
            ..
        } = fact
        {
            self.with_send(key, *message, |send| {
                send.ambiguous = false;
                send.attempting = false;
                send.not_before = *at;
            });
        } else if let Fact::SendEnded { message, .. } = fact {
            self.sends
                .retain(|send| (&send.key, send.seq) != (key, *message));
        }
    }

    fn with_send(
        &mut self,
        key: &ConversationKey,
        seq: u64,
        change: impl FnOnce(&mut PendingSend),
    ) {
        if let Some(send) = self
            .sends
            .iter_mut()
            .find(|known| known.seq == seq && known.key == *key)
        {
            change(send);
        }
    }

    fn open(&self, tenant: TenantId) -> Vec<OpenConversation> {
        let mut open: Vec<OpenConversation> = self
            .states
            .iter()
            .filter(|(key, _)| key.tenant == tenant)
            .filter_map(|(key, state)| self.as_open(key, state.episode.as_ref()?))
            .collect();
        open.sort_by_key(|open| (open.waiting_since, open.conversation));
        open
    }

    /// The last number of an episode.
    fn last_seq(&self, past: &Past) -> u64 {
        let later = self.episodes.values().filter(|other| other.key == past.key);
        let later = later.map(|other| other.first_seq);
        let next = later.filter(|first| *first > past.first_seq).min();
        next.unwrap_or_else(|| self.states[&past.key].next_seq) - 1
    }

    fn closed_before(&self, tenant: TenantId, before: Timestamp) -> Vec<Outlived> {
        let closed = self.episodes.iter().filter_map(|(id, past)| {
            let at = past.closed_at.filter(|at| *at < before)?;
            (past.key.tenant == tenant).then_some((at, id, past))
        });
        let mut closed: Vec<_> = closed.collect();
        closed.sort_by_key(|(at, id, _)| (*at, **id));
        let outlived = |(_, id, past): (Timestamp, &ConversationId, &Past)| Outlived {
            key: past.key.clone(),
            conversation: *id,
            last_seq: self.last_seq(past),
        };
        closed.into_iter().map(outlived).collect()
    }

    fn as_open(&self, key: &ConversationKey, episode: &Episode) -> Option<OpenConversation> {
        let agent = match episode.phase {
            Phase::Waiting => None,
            Phase::Assigned { agent } => Some(agent),
            Phase::Closed { .. } => return None,
        };
        Some(OpenConversation {
            conversation: episode.id,
            key: key.clone(),
            kind: self.episodes.get(&episode.id)?.kind,
            queue: episode.queue,
            agent,
            bot: episode.bot.as_ref().map(|bot| OpenBot {
                chatbot: bot.chatbot(),
                running: episode.turn().is_some(),
            }),
            preferred: self.preferred.get(&episode.id).copied(),
            waiting_since: episode.waiting_since,
        })
    }
}

#[async_trait]
impl Store for SimStore {
    async fn conversation(&self, key: &ConversationKey) -> Result<Option<State>, StoreError> {
        let broken = |left: u32| left.checked_sub(1);
        if self
            .broken_reads
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, broken)
            .is_ok()
        {
            return Err(StoreError(Box::new(Broken)));
        }
        Ok(self.state(key))
    }

    async fn routing(&self, tenant: TenantId) -> Result<RoutingSnapshot, StoreError> {
        let model = self.model.read();
        let sessions = model
            .sessions
            .iter()
            .filter(|(_, (owner, _))| *owner == tenant);
        let offers = model.offers.values().filter(|(owner, _)| *owner == tenant);
        Ok(RoutingSnapshot {
            open: model.open(tenant),
            sessions: sessions
                .map(|(agent, (_, choice))| (*agent, choice.clone()))
                .collect(),
            lost_offers: offers.map(|(_, offer)| *offer).collect(),
            refusals: model.refusals.iter().copied().collect(),
            as_of: model.at,
        })
    }

    async fn finished_since(
        &self,
        tenant: TenantId,
        since: Timestamp,
    ) -> Result<Vec<(AgentId, Timestamp)>, StoreError> {
        let model = self.model.read();
        let finished = model.finished.iter();
        Ok(finished
            .filter(|(_, (owner, at))| *owner == tenant && *at >= since)
            .map(|(agent, (_, at))| (*agent, *at))
            .collect())
    }

    async fn pending_sends(
        &self,
        channel: Option<ChannelId>,
    ) -> Result<(Vec<PendingSend>, Position), StoreError> {
        let model = self.model.read();
        let wanted =
            |send: &&PendingSend| channel.is_none_or(|channel| send.key.channel == channel);
        let sends = model.sends.iter().filter(wanted).cloned().collect();
        Ok((sends, model.at))
    }

    async fn open_on_channel(
        &self,
        channel: ChannelId,
        limit: usize,
    ) -> Result<Vec<(ConversationKey, ConversationId)>, StoreError> {
        let model = self.model.read();
        let open = model
            .states
            .iter()
            .filter(|(key, _)| key.channel == channel)
            .filter_map(|(key, state)| {
                state
                    .episode
                    .as_ref()
                    .filter(|episode| episode.is_open())
                    .map(|episode| (key.clone(), episode.id))
            });
        Ok(open.take(limit).collect())
    }

    async fn closed_before(
        &self,
        tenant: TenantId,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<Outlived>, StoreError> {
        let mut outlived = self.model.read().closed_before(tenant, before);
        outlived.truncate(limit);
        Ok(outlived)
    }

    async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<Vec<DueTimer>, StoreError> {
        let model = self.model.read();
        let mut due: Vec<DueTimer> = model
            .timers
            .values()
            .filter(|timer| timer.due <= now)
            .cloned()
            .collect();
        due.sort_by_key(|timer| timer.due);
        due.truncate(limit);
        Ok(due)
    }
}
