//! A dumb model of the router: lists, and loops over everything. It says action for action what the router must do.

mod bots;
mod people;
mod rules;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::world::TENANT;
use crate::configuration::{Agent, Queue, Snapshot};
use crate::ids::{AgentId, ConversationId, ConversationKey, OfferId, QueueId};
use crate::message::{Actor, ChannelKind, OfferEnd, Timestamp};
use crate::router::bots::{BotPlace, BotTurn};
use crate::router::{
    Held, Place, Refusal, Request, Requeued, RoutingAction, RoutingEvent, Session, SkillSet,
    Waiting,
};

#[derive(Clone, Debug)]
pub(super) struct Talk {
    pub(super) key: ConversationKey,
    pub(super) kind: ChannelKind,
    pub(super) queue: Option<QueueId>,
    pub(super) priority: i32,
    pub(super) since: Timestamp,
    pub(super) required: SkillSet,
    pub(super) refused: BTreeSet<AgentId>,
    pub(super) preferred: Option<AgentId>,
    pub(super) offers: u32,
    pub(super) bot: Option<BotPlace>,
    pub(super) spot: Spot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    Waiting,
    Offered {
        offer: OfferId,
        agent: AgentId,
        expires: Timestamp,
    },
    Claimed {
        agent: AgentId,
        owner: Option<AgentId>,
        offer: Option<OfferId>,
    },
    Owned {
        agent: AgentId,
    },
}

#[derive(Clone, Debug, Default)]
pub(super) struct Person {
    pub(super) session: Option<Session>,
    disconnected: bool,
    /// Somebody waits for them until then.
    grace: Option<Timestamp>,
    /// Nobody waits for them.
    present: bool,
    wrap_up: Option<Timestamp>,
    turn: u64,
    last_turn: BTreeMap<QueueId, u64>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) config: Snapshot,
    pub(super) talks: BTreeMap<ConversationId, Talk>,
    pub(super) people: BTreeMap<AgentId, Person>,
    turn: u64,
    now: Timestamp,
    announced: Option<Timestamp>,
    actions: Vec<RoutingAction>,
}

impl Talk {
    /// Whether a queue's limit counts both together: e-mails are counted apart.
    pub(super) fn counts_with(&self, other: &Self) -> bool {
        let is_mail = |talk: &Self| talk.kind == ChannelKind::Email;
        self.queue == other.queue && is_mail(self) == is_mail(other)
    }

    pub(super) fn rank(&self, id: ConversationId) -> (Reverse<i32>, Timestamp, ConversationId) {
        (Reverse(self.priority), self.since, id)
    }

    pub(super) fn holders(&self) -> Vec<AgentId> {
        match self.spot {
            Spot::Waiting => vec![],
            Spot::Offered { agent, .. } | Spot::Owned { agent } => vec![agent],
            Spot::Claimed {
                agent,
                owner: Some(owner),
                ..
            } if owner != agent => vec![agent, owner],
            Spot::Claimed { agent, .. } => vec![agent],
        }
    }

    fn owner(&self) -> Option<AgentId> {
        match self.spot {
            Spot::Waiting | Spot::Offered { .. } => None,
            Spot::Claimed { owner, .. } => owner,
            Spot::Owned { agent } => Some(agent),
        }
    }
}

impl Model {
    pub(super) fn step(
        &mut self,
        event: RoutingEvent,
        now: Timestamp,
        config: &Snapshot,
    ) -> Vec<RoutingAction> {
        self.now = now;
        self.configure(config);
        while let Some((due, kind, conversation, agent)) = self.first_deadline()
            && due <= now
        {
            match kind {
                0 => self.time_out(conversation.unwrap()),
                1 => self.lose(agent.unwrap()),
                _ => self.person(agent.unwrap()).wrap_up = None,
            }
        }
        if event == RoutingEvent::DeadlineReached {
            self.announced = None;
        }
        if let Err((request, reason)) = self.apply(event) {
            self.actions.push(RoutingAction::Refuse { request, reason });
        }
        while let Some((id, agent)) = self.first_match() {
            self.offer(id, agent);
        }
        self.start_bots();
        let due = self.first_deadline().map(|deadline| deadline.0);
        if due != self.announced {
            self.announced = due;
            self.actions.extend(due.map(RoutingAction::NextDeadline));
        }
        std::mem::take(&mut self.actions)
    }

    pub(super) fn weight(&self, talk: &Talk) -> u32 {
        self.config.weights(TENANT).of(talk.kind)
    }

    pub(super) fn used(&self, agent: AgentId) -> u32 {
        let held = self
            .talks
            .values()
            .filter(|talk| talk.holders().contains(&agent));
        held.map(|talk| self.weight(talk)).sum()
    }

    /// What the agent holds that the queue's limit counts with the conversation.
    pub(super) fn held_like(&self, agent: AgentId, talk: &Talk) -> usize {
        let like = self.talks.values().filter(|other| other.counts_with(talk));
        like.filter(|other| other.holders().contains(&agent))
            .count()
    }

    pub(super) fn capacity(&self, agent: AgentId) -> u32 {
        self.agent(agent).map_or(0, |agent| agent.capacity)
    }

    pub(super) fn queue(&self, queue: Option<QueueId>) -> Option<&Queue> {
        self.config.queues.get(&queue?).map(AsRef::as_ref)
    }

    fn agent(&self, agent: AgentId) -> Option<&Agent> {
        self.config.agents.get(&agent).map(AsRef::as_ref)
    }

    fn person(&mut self, agent: AgentId) -> &mut Person {
        self.people.entry(agent).or_default()
    }

    fn bump(&mut self, agent: AgentId) -> u64 {
        self.turn += 1;
        self.person(agent).turn = self.turn;
        self.turn
    }

    fn set(&mut self, id: ConversationId, change: impl FnOnce(&mut Talk)) {
        let Some(talk) = self.talks.get_mut(&id) else {
            return;
        };
        let holds = |talk: &Talk| -> Vec<_> {
            talk.holders()
                .into_iter()
                .map(|agent| (agent, talk.queue))
                .collect()
        };
        let before = holds(talk);
        change(talk);
        let (after, spot) = (holds(talk), talk.spot);
        self.moved(&before, &after);
        if let Spot::Owned { agent } = spot {
            self.expect_back(agent);
        }
    }

    fn moved(
        &mut self,
        before: &[(AgentId, Option<QueueId>)],
        after: &[(AgentId, Option<QueueId>)],
    ) {
        for (agent, _) in before.iter().filter(|hold| !after.contains(hold)) {
            self.bump(*agent);
        }
        for (agent, queue) in after.iter().filter(|hold| !before.contains(hold)) {
            let turn = self.bump(*agent);
            if let Some(queue) = queue {
                self.person(*agent).last_turn.insert(*queue, turn);
            }
        }
    }

    fn first_deadline(&self) -> Option<(Timestamp, u8, Option<ConversationId>, Option<AgentId>)> {
        let offers = self.talks.iter().filter_map(|(id, talk)| match talk.spot {
            Spot::Offered { expires, .. } => Some((expires, 0, Some(*id), None)),
            Spot::Waiting | Spot::Claimed { .. } | Spot::Owned { .. } => None,
        });
        let people = self.people.iter().flat_map(|(id, person)| {
            let grace = person.grace.map(|end| (end, 1, None, Some(*id)));
            grace
                .into_iter()
                .chain(person.wrap_up.map(|end| (end, 2, None, Some(*id))))
        });
        offers.chain(people).min()
    }

    fn configure(&mut self, config: &Snapshot) {
        if self.config == *config {
            return;
        }
        self.config = config.clone();
        let agents: Vec<AgentId> = self.people.keys().copied().collect();
        for agent in &agents {
            if self.agent(*agent).is_none() {
                self.sign_out(*agent);
            }
        }
        for agent in agents {
            self.withdraw_unfit(agent);
        }
        let (config, talks) = (&self.config, &self.talks);
        self.people.retain(|agent, _| {
            config.agents.contains_key(agent)
                || talks.values().any(|talk| talk.holders().contains(agent))
        });
    }

    fn end(&mut self, id: ConversationId, offer: OfferId, agent: AgentId, end: OfferEnd) {
        let queue = self.talks[&id]
            .queue
            .expect("only what is in a queue is offered");
        let action = RoutingAction::EndOffer {
            offer,
            conversation: id,
            queue,
            agent,
            end,
        };
        self.actions.push(action);
    }

    fn end_offer(&mut self, id: ConversationId, end: OfferEnd) {
        if let Some(Spot::Offered { offer, agent, .. }) = self.talks.get(&id).map(|talk| talk.spot)
        {
            self.end(id, offer, agent, end);
            self.set(id, |talk| {
                talk.spot = Spot::Waiting;
                if end != OfferEnd::Withdrawn {
                    talk.refused.insert(agent);
                }
            });
        }
    }

    fn time_out(&mut self, id: ConversationId) {
        let seen = self.talks[&id]
            .holders()
            .iter()
            .all(|agent| self.is_there(*agent));
        self.end_offer(
            id,
            if seen {
                OfferEnd::TimedOut
            } else {
                OfferEnd::Withdrawn
            },
        );
    }

    fn end_any_offer(&mut self, id: ConversationId) {
        match self.talks.get(&id).map(|talk| talk.spot) {
            Some(
                Spot::Offered { offer, agent, .. }
                | Spot::Claimed {
                    agent,
                    offer: Some(offer),
                    ..
                },
            ) => self.end(id, offer, agent, OfferEnd::Withdrawn),
            Some(Spot::Waiting | Spot::Claimed { offer: None, .. } | Spot::Owned { .. }) | None => {
            }
        }
    }

    fn apply(&mut self, event: RoutingEvent) -> Result<(), (Request, Refusal)> {
        match event {
            RoutingEvent::ConversationWaiting(waiting) => self.wait(waiting),
            RoutingEvent::ConversationAssigned(held) => self.assigned(held),
            RoutingEvent::ConversationRequeued(requeued) => self.requeued(requeued),
            RoutingEvent::ConversationClosed { conversation } => self.close(conversation),
            RoutingEvent::AssignmentFailed {
                conversation,
                agent,
            } => {
                self.failed(conversation, agent);
            }
            RoutingEvent::BotStarted { conversation } => {
                self.turn(conversation, BotTurn::Running);
            }
            RoutingEvent::BotEnded { conversation } => {
                self.set(conversation, |talk| talk.bot = None);
            }
            RoutingEvent::BotFailed { conversation } => self.bot_failed(conversation),
            RoutingEvent::AgentSignedIn { agent, session } => {
                let request = Request::SignIn { agent };
                self.sign_in(agent, session)
                    .map_err(|reason| (request, reason))?;
            }
            RoutingEvent::PresenceChanged { agent, presence } => {
                let request = Request::Presence { agent };
                self.presence(agent, presence)
                    .map_err(|reason| (request, reason))?;
            }
            RoutingEvent::AgentConnectionLost { agent } => {
                if self.person(agent).session.is_some() {
                    self.person(agent).disconnected = true;
                    self.settled(agent);
                }
            }
            RoutingEvent::AgentConnectionBack { agent } => {
                if self.person(agent).session.is_none() {
                    return Err((Request::Presence { agent }, Refusal::NotSignedIn));
                }
                self.person(agent).disconnected = false;
                self.settled(agent);
            }
            RoutingEvent::AgentSignedOut { agent } => self.sign_out(agent),
            RoutingEvent::OfferAccepted { offer, agent } => {
                let request = Request::Accept { offer, agent };
                let id = self
                    .find_offer(offer, agent)
                    .map_err(|reason| (request, reason))?;
                self.claim(id, agent, Actor::Agent(agent), Some(offer), false);
            }
            RoutingEvent::OfferRefused { offer, agent } => {
                let request = Request::Refuse { offer, agent };
                let id = self
                    .find_offer(offer, agent)
                    .map_err(|reason| (request, reason))?;
                self.end_offer(id, OfferEnd::Refused);
            }
            RoutingEvent::TakeRequested {
                conversation,
                agent,
            } => {
                let request = Request::Take {
                    conversation,
                    agent,
                };
                self.take(conversation, agent)
                    .map_err(|reason| (request, reason))?;
            }
            RoutingEvent::AssignRequested {
                conversation,
                to,
                by,
                overriding,
            } => {
                let request = Request::Assign { conversation, to };
                self.assign(conversation, to, by, overriding)
                    .map_err(|reason| (request, reason))?;
            }
            RoutingEvent::TransferRequested {
                conversation,
                to,
                by,
            } => {
                let request = Request::Transfer { conversation };
                self.transfer(conversation, to, by)
                    .map_err(|reason| (request, reason))?;
            }
            RoutingEvent::DeadlineReached | RoutingEvent::ConfigChanged => {}
        }
        Ok(())
    }

    fn wait(&mut self, waiting: Waiting) {
        let id = waiting.conversation;
        if self.talks.contains_key(&id) {
            return;
        }
        self.talks
            .entry(waiting.conversation)
            .or_insert_with(|| Talk {
                key: waiting.key,
                kind: waiting.kind,
                queue: waiting.place.queue(),
                bot: waiting.place.chatbot().map(|chatbot| BotPlace {
                    chatbot,
                    turn: BotTurn::InLine,
                }),
                priority: waiting.priority,
                since: waiting.waiting_since,
                required: waiting.required,
                refused: waiting.refused.into_iter().collect(),
                preferred: waiting.preferred,
                offers: 0,
                spot: Spot::Waiting,
            });
        self.tell_if_nobody_is_there(id);
    }

    fn tell_if_nobody_is_there(&mut self, id: ConversationId) {
        let talk = &self.talks[&id];
        let agents: Vec<AgentId> = self.people.keys().copied().collect();
        let attends = |agent: &AgentId| {
            self.may_receive(*agent, talk.queue).is_ok()
                && (self.is_there(*agent) || self.people[agent].grace.is_some())
        };
        if talk.queue.is_some() && talk.spot == Spot::Waiting && !agents.iter().any(attends) {
            let key = talk.key.clone();
            self.actions.push(RoutingAction::TellNobodyThere {
                conversation: id,
                key,
            });
        }
    }

    fn assigned(&mut self, held: Held) {
        let id = held.conversation;
        if let Some(Spot::Offered { .. }) = self.talks.get(&id).map(|talk| talk.spot) {
            self.end_any_offer(id);
        }
        // One that is new waits for an instant, unseen, and is then the agent's.
        self.talks.entry(id).or_insert_with(|| Talk {
            key: held.key,
            kind: held.kind,
            queue: held.queue,
            bot: None,
            priority: 0,
            since: held.waiting_since,
            required: SkillSet::default(),
            refused: BTreeSet::new(),
            preferred: None,
            offers: 0,
            spot: Spot::Waiting,
        });
        self.set(id, |talk| {
            talk.queue = held.queue.or(talk.queue);
            talk.bot = None;
            talk.spot = match talk.spot {
                Spot::Claimed { agent, offer, .. } if agent != held.agent => Spot::Claimed {
                    agent,
                    offer,
                    owner: Some(held.agent),
                },
                _ => Spot::Owned { agent: held.agent },
            };
        });
    }

    fn requeued(&mut self, requeued: Requeued) {
        let id = requeued.conversation;
        let from = requeued.from.filter(|_| requeued.by != Actor::System);
        let is_known = self.talks.contains_key(&id);
        self.wait(Waiting {
            conversation: id,
            key: requeued.key,
            kind: requeued.kind,
            place: Place::Queue(requeued.queue),
            waiting_since: requeued.waiting_since,
            priority: 0,
            required: SkillSet::default(),
            refused: Vec::new(),
            preferred: None,
        });
        if let Spot::Offered { .. } = self.talks[&id].spot {
            self.end_any_offer(id);
        }
        self.set(id, |talk| {
            talk.queue = Some(requeued.queue);
            talk.bot = None;
            talk.preferred = requeued.preferred.or(talk.preferred);
            talk.refused = from.into_iter().collect();
            talk.spot = match talk.spot {
                Spot::Claimed { agent, offer, .. } => Spot::Claimed {
                    agent,
                    offer,
                    owner: None,
                },
                _ => Spot::Waiting,
            };
        });
        if is_known {
            self.tell_if_nobody_is_there(id);
        }
    }

    fn close(&mut self, id: ConversationId) {
        self.end_any_offer(id);
        let Some(talk) = self.talks.remove(&id) else {
            return;
        };
        let before: Vec<_> = talk
            .holders()
            .into_iter()
            .map(|agent| (agent, talk.queue))
            .collect();
        self.moved(&before, &[]);
        let secs = talk
            .owner()
            .and_then(|owner| self.agent(owner))
            .map_or(0, |a| a.wrap_up_secs);
        if secs > 0 {
            let end = self.now.plus(Duration::from_secs(secs.into()));
            self.person(talk.owner().unwrap()).wrap_up = Some(end);
        }
    }

    fn failed(&mut self, id: ConversationId, who: AgentId) {
        if let Some(Spot::Claimed { agent, owner, .. }) = self.talks.get(&id).map(|talk| talk.spot)
            && agent == who
        {
            self.end_any_offer(id);
            let spot = owner.map_or(Spot::Waiting, |agent| Spot::Owned { agent });
            self.set(id, |talk| talk.spot = spot);
        }
    }
}
