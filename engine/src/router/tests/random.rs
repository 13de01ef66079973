//! Random events, in the order and with the delays that a contact centre could never have: the router does exactly what
//! the dumb model does, and the invariants hold after every step.

mod checks;
mod ledger;
mod ops;

use std::sync::Arc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::proptest;

use self::ledger::Ledger;
use self::ops::{Change, Op, a_session, an_op, an_order, some_time};
use super::audit::audit;
use super::model::Model;
use super::world::{TENANT, agent_id, centre, held, key, requeued};
use crate::configuration::{self, AgentOrder, Snapshot};
use crate::ids::{AgentId, ConversationId, QueueId};
use crate::message::{Actor, ChannelKind, Timestamp};
use crate::router::{GRACE, Routing, RoutingAction, RoutingEvent};
use crate::tenant::Tenant;

proptest! {
    #[test]
    fn whatever_happens_the_router_does_what_the_model_does(
        order in an_order(),
        sessions in vec(a_session(), 6),
        history in vec((an_op(), some_time()), 1..150)
    ) {
        let mut run = Run::new(order);
        for (agent, session) in [3, 1, 5, 2, 9, 4].map(agent_id).into_iter().zip(sessions) {
            run.play(Op::Event(RoutingEvent::AgentSignedIn { agent, session }));
        }
        for (op, secs) in history {
            run.now = run.now.plus(Duration::from_secs(secs));
            run.play(op);
        }
    }
}

/// The router and the model side by side, and what the world around them remembers.
struct Run {
    config: Snapshot,
    /// Configuration that is switched off for now.
    shelved: Snapshot,
    routing: Routing,
    model: Model,
    now: Timestamp,
    ledger: Ledger,
    assignments: Vec<(ConversationId, Option<QueueId>, AgentId)>,
    requeues: Vec<(ConversationId, QueueId, Actor, Option<AgentId>)>,
    starts: Vec<ConversationId>,
}

impl Run {
    /// Agents who are soon full, and one who writes up.
    fn new(order: AgentOrder) -> Self {
        let mut config = centre();
        for (number, capacity) in [(1, 60), (2, 60), (3, 35), (4, 20), (5, 45), (9, 60)] {
            let agent = config.agents.get_mut(&agent_id(number)).unwrap();
            Arc::make_mut(agent).capacity = capacity;
            Arc::make_mut(agent).wrap_up_secs = if number == 2 { 5 } else { 0 };
        }
        for queue in config.queues.values_mut() {
            Arc::make_mut(queue).order = order;
        }
        Self {
            config,
            shelved: Snapshot::default(),
            routing: Routing::new(TENANT, GRACE),
            model: Model::default(),
            now: Timestamp::from_secs(100),
            ledger: Ledger::default(),
            assignments: Vec::new(),
            requeues: Vec::new(),
            starts: Vec::new(),
        }
    }

    fn play(&mut self, op: Op) {
        let Some(event) = self.event(op) else {
            return;
        };
        let before = self.routing.clone();
        let actions = self.routing.step(event.clone(), self.now, &self.config);
        let expected = self.model.step(event.clone(), self.now, &self.config);
        assert_eq!(actions, expected, "after {event:?}");
        audit(&self.routing);
        self.agrees_with_the_model();
        self.capacity_is_kept(&before, &event, &actions);
        self.oldest_went_first(&actions);
        self.ledger.enter(&event, &actions);
        self.remember(&actions);
    }

    fn event(&mut self, op: Op) -> Option<RoutingEvent> {
        match op {
            Op::Event(event) => Some(event),
            Op::Accept(pick, who) => {
                let (offer, agent) = self.ledger.pick(pick)?;
                Some(RoutingEvent::OfferAccepted {
                    offer,
                    agent: who.unwrap_or(agent),
                })
            }
            Op::Refuse(pick, who) => {
                let (offer, agent) = self.ledger.pick(pick)?;
                Some(RoutingEvent::OfferRefused {
                    offer,
                    agent: who.unwrap_or(agent),
                })
            }
            Op::Commit(pick) => {
                let (conversation, queue, agent) = take(&mut self.assignments, pick)?;
                let held = held(conversation, queue, agent, self.now);
                Some(RoutingEvent::ConversationAssigned(held))
            }
            Op::Fail(pick) => {
                let (conversation, _, agent) = take(&mut self.assignments, pick)?;
                Some(RoutingEvent::AssignmentFailed {
                    conversation,
                    agent,
                })
            }
            Op::Requeue(pick) => {
                let (conversation, queue, by, from) = take(&mut self.requeues, pick)?;
                let requeued = requeued(conversation, queue, by, from, self.now);
                Some(RoutingEvent::ConversationRequeued(requeued))
            }
            Op::Begin(pick) => {
                let conversation = take(&mut self.starts, pick)?;
                Some(RoutingEvent::BotStarted { conversation })
            }
            Op::FailToBegin(pick) => {
                let conversation = take(&mut self.starts, pick)?;
                Some(RoutingEvent::BotFailed { conversation })
            }
            Op::Configure(change, told) => {
                self.configure(change);
                told.then_some(RoutingEvent::ConfigChanged)
            }
        }
    }

    fn configure(&mut self, change: Change) {
        self.config.revision += 1;
        match change {
            Change::Strategy(queue) => self.with_queue(queue, |queue| {
                queue.strategy = match queue.strategy {
                    configuration::Strategy::Auto => configuration::Strategy::Manual,
                    configuration::Strategy::Manual => configuration::Strategy::Auto,
                };
            }),
            Change::Order(queue, order) => self.with_queue(queue, |queue| queue.order = order),
            Change::Limit(queue, limit) => {
                self.with_queue(queue, |queue| queue.max_per_agent = limit);
            }
            Change::Member(queue, agent) => self.with_queue(queue, |queue| {
                let others = queue.members.len();
                queue.members.retain(|member| *member != agent);
                if queue.members.len() == others {
                    queue.members.push(agent);
                }
            }),
            Change::Queue(id) => match self.config.queues.remove(&id) {
                Some(queue) => {
                    self.shelved.queues.insert(id, queue);
                }
                None => self
                    .config
                    .queues
                    .extend(self.shelved.queues.remove_entry(&id)),
            },
            Change::Capacity(agent, capacity) => {
                self.with_agent(agent, |agent| agent.capacity = capacity);
            }
            Change::WrapUp(agent, secs) => {
                self.with_agent(agent, |agent| agent.wrap_up_secs = secs);
            }
            Change::Chatbot(id) => match self.config.chatbots.remove(&id) {
                Some(chatbot) => {
                    self.shelved.chatbots.insert(id, chatbot);
                }
                None => self
                    .config
                    .chatbots
                    .extend(self.shelved.chatbots.remove_entry(&id)),
            },
            Change::BotLimit(id, limit) => {
                if let Some(chatbot) = self.config.chatbots.get_mut(&id) {
                    Arc::make_mut(chatbot).concurrency_limit = limit;
                }
            }
            Change::Weight(kind, units) => {
                let mut tenant = Tenant::clone(&self.config.tenant(TENANT));
                let weights = &mut tenant.weights;
                match kind {
                    ChannelKind::LiveChat => weights.live_chat = units,
                    ChannelKind::Sms => weights.sms = units,
                    ChannelKind::Email => weights.email = units,
                    ChannelKind::Facebook => weights.facebook = units,
                    ChannelKind::Whatsapp => weights.whatsapp = units,
                }
                self.config.tenants.insert(TENANT, Arc::new(tenant));
            }
            Change::Agent(id) => match self.config.agents.remove(&id) {
                Some(agent) => {
                    self.shelved.agents.insert(id, agent);
                }
                None => self
                    .config
                    .agents
                    .extend(self.shelved.agents.remove_entry(&id)),
            },
        }
    }

    fn with_queue(&mut self, id: QueueId, change: impl FnOnce(&mut configuration::Queue)) {
        if let Some(queue) = self.config.queues.get_mut(&id) {
            change(Arc::make_mut(queue));
        }
    }

    fn with_agent(&mut self, id: AgentId, change: impl FnOnce(&mut configuration::Agent)) {
        if let Some(agent) = self.config.agents.get_mut(&id) {
            change(Arc::make_mut(agent));
        }
    }

    fn remember(&mut self, actions: &[RoutingAction]) {
        for action in actions {
            match action {
                RoutingAction::Assign {
                    conversation,
                    key: address,
                    queue,
                    agent,
                    ..
                } => {
                    assert_eq!(*address, key(*conversation));
                    self.assignments.push((*conversation, *queue, *agent));
                }
                RoutingAction::Requeue {
                    conversation,
                    queue,
                    by,
                    from,
                    ..
                } => {
                    self.requeues.push((*conversation, *queue, *by, *from));
                }
                RoutingAction::StartBot { conversation, .. } => self.starts.push(*conversation),
                RoutingAction::MakeOffer { .. }
                | RoutingAction::EndOffer { .. }
                | RoutingAction::TellNobodyThere { .. }
                | RoutingAction::Refuse { .. }
                | RoutingAction::NextDeadline(_) => {}
            }
        }
    }
}

fn take<T>(list: &mut Vec<T>, pick: usize) -> Option<T> {
    (!list.is_empty()).then(|| list.remove(pick % list.len()))
}
