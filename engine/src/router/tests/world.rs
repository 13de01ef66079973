//! A small contact centre that is told what happens in short lines of text, and answers in the same.
//!
//! Agents are `a1` to `a5` (capacity 100) and the supervisor `a9`; queues are `q1` and `q2` (automatic) and `q3`
//! (manual), of which all are members; agents lost keep their conversations in `q1` only. Chatbots are `b1` (one
//! conversation at once, falls back to `q2`) and `b2` (as many as there are, falls back to nothing).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::audit::audit;
use crate::chatbot::Chatbot;
use crate::chatbot::menu::Script;
use crate::configuration::{Agent, AgentOrder, OnAgentLost, Queue, Role, Snapshot, Strategy};
use crate::hours::QueueHours;
use crate::ids::{
    AgentId, ChannelId, ChatbotId, ConversationId, ConversationKey, OfferId, QueueId, TenantId,
};
use crate::message::{Actor, ChannelKind, Timestamp};
use crate::router::{
    GRACE, Held, Place, Presence, Requeued, Routing, RoutingAction, RoutingEvent, Session,
    SkillSet, Target, Waiting, Whereabouts, WorkStrategy,
};
use crate::tenant::Tenant;
use crate::texts::Localized;

pub(super) const TENANT: TenantId = TenantId::DEFAULT;
const AGENT: u128 = 0xa0;
const QUEUE: u128 = 0x100;
const CHATBOT: u128 = 0x200;
const CONVERSATION: u128 = 0x1_0000;

pub(super) fn agent_id(number: u128) -> AgentId {
    AgentId(Uuid::from_u128(AGENT + number))
}

pub(super) fn queue_id(number: u128) -> QueueId {
    QueueId(Uuid::from_u128(QUEUE + number))
}

pub(super) fn chatbot_id(number: u128) -> ChatbotId {
    ChatbotId(Uuid::from_u128(CHATBOT + number))
}

pub(super) fn conversation_id(number: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(CONVERSATION + number))
}

pub(super) fn key(conversation: ConversationId) -> ConversationKey {
    ConversationKey {
        tenant: TENANT,
        channel: ChannelId(Uuid::from_u128(1)),
        address: conversation.to_string().into(),
        thread: None,
    }
}

pub(super) fn agent(number: u128) -> Agent {
    Agent {
        id: agent_id(number),
        tenant: TENANT,
        name: format!("a{number}"),
        role: if number == 9 {
            Role::Supervisor
        } else {
            Role::Agent
        },
        capacity: 100,
        wrap_up_secs: 0,
    }
}

pub(super) fn queue(number: u128) -> Queue {
    Queue {
        id: queue_id(number),
        tenant: TENANT,
        name: format!("q{number}"),
        strategy: if number == 3 {
            Strategy::Manual
        } else {
            Strategy::Auto
        },
        order: AgentOrder::LongestIdle,
        offer_timeout_secs: 20,
        max_per_agent: 0,
        members: [1, 2, 3, 4, 5, 9].map(agent_id).to_vec(),
        hours: QueueHours::Inherit,
        returning_customer: false,
        survey: false,
        on_agent_lost: if number == 1 {
            OnAgentLost::Keep
        } else {
            OnAgentLost::Requeue
        },
    }
}

pub(super) fn chatbot(number: u128) -> Chatbot {
    Chatbot {
        id: chatbot_id(number),
        tenant: TENANT,
        name: format!("b{number}"),
        concurrency_limit: u32::from(number == 1),
        fallback_queue: (number == 1).then(|| queue_id(2)),
        script: Arc::new(Script {
            greeting: Localized::default(),
            invalid_reply: Localized::default(),
            handover: Localized::default(),
            invalid_max: 3,
            timeout_secs: 300,
            options: Vec::new(),
        }),
    }
}

pub(super) fn centre() -> Snapshot {
    Snapshot {
        revision: 1,
        chatbots: [1, 2].map(|n| (chatbot_id(n), Arc::new(chatbot(n)))).into(),
        agents: [1, 2, 3, 4, 5, 9]
            .map(|n| (agent_id(n), Arc::new(agent(n))))
            .into(),
        queues: [1, 2, 3].map(|n| (queue_id(n), Arc::new(queue(n)))).into(),
        ..Snapshot::default()
    }
}

pub(super) fn waiting(conversation: u128, queue: u128, since: Timestamp) -> Waiting {
    let conversation = conversation_id(conversation);
    Waiting {
        conversation,
        key: key(conversation),
        kind: ChannelKind::LiveChat,
        place: Place::Queue(queue_id(queue)),
        waiting_since: since,
        priority: 0,
        required: SkillSet::default(),
        refused: Vec::new(),
        preferred: None,
    }
}

pub(super) fn held(
    conversation: ConversationId,
    queue: Option<QueueId>,
    agent: AgentId,
    since: Timestamp,
) -> Held {
    Held {
        conversation,
        key: key(conversation),
        kind: ChannelKind::LiveChat,
        queue,
        waiting_since: since,
        agent,
    }
}

pub(super) fn requeued(
    conversation: ConversationId,
    queue: QueueId,
    by: Actor,
    from: Option<AgentId>,
    since: Timestamp,
) -> Requeued {
    Requeued {
        conversation,
        key: key(conversation),
        kind: ChannelKind::LiveChat,
        queue,
        by,
        from,
        waiting_since: since,
        preferred: None,
    }
}

pub(super) fn session(queues: BTreeSet<QueueId>) -> Session {
    Session {
        queues,
        strategy: WorkStrategy::Blended,
        presence: Presence::Available,
        skills: SkillSet::default(),
    }
}

/// The centre, its router and its clock.
pub(super) struct World {
    pub(super) config: Snapshot,
    pub(super) routing: Routing,
    pub(super) now: Timestamp,
}

impl World {
    /// Changes to the centre are separated by `;`, such as `a1 capacity=25` or `q1 order=round_robin`.
    pub(super) fn new(changes: &str) -> Self {
        let mut world = Self {
            config: centre(),
            routing: Routing::new(TENANT, GRACE),
            now: Timestamp::from_secs(1_000),
        };
        for change in changes
            .split(';')
            .map(str::trim)
            .filter(|change| !change.is_empty())
        {
            world.configure(change);
        }
        world
    }

    fn configure(&mut self, change: &str) {
        let (who, what) = change.split_once(' ').expect("a change names who and what");
        let (field, value) = what.split_once('=').expect("a change is an assignment");
        self.config.revision += 1;
        if who == "tenant" {
            let mut tenant = Tenant::clone(&self.config.tenant(TENANT));
            match field {
                "seats" => tenant.licence.agent_seats = Some(value.parse().unwrap()),
                "chat" => tenant.weights.live_chat = value.parse().unwrap(),
                other => panic!("tenants have no {other}"),
            }
            self.config.tenants.insert(TENANT, Arc::new(tenant));
        } else if who.starts_with('b') {
            let mut chatbot = chatbot(number(who));
            match field {
                "limit" => chatbot.concurrency_limit = value.parse().unwrap(),
                "gone" => {
                    self.config.chatbots.remove(&chatbot.id);
                    return;
                }
                other => panic!("chatbots have no {other}"),
            }
            self.config.chatbots.insert(chatbot.id, Arc::new(chatbot));
        } else if who.starts_with('a') {
            let mut agent = agent(number(who));
            match field {
                "capacity" => agent.capacity = value.parse().unwrap(),
                "wrap_up" => agent.wrap_up_secs = value.parse().unwrap(),
                "gone" => {
                    self.config.agents.remove(&agent.id);
                    return;
                }
                other => panic!("agents have no {other}"),
            }
            self.config.agents.insert(agent.id, Arc::new(agent));
        } else {
            let id = queue_id(number(who));
            let mut queue = (*self.config.queues[&id]).clone();
            match field {
                "order" => {
                    queue.order = serde_json::from_value(value.into()).unwrap();
                }
                "strategy" => queue.strategy = serde_json::from_value(value.into()).unwrap(),
                "limit" => queue.max_per_agent = value.parse().unwrap(),
                "timeout" => queue.offer_timeout_secs = value.parse().unwrap(),
                "members" => {
                    queue.members = value.split(',').map(|a| agent_id(number(a))).collect()
                }
                other => panic!("queues have no {other}"),
            }
            self.config.queues.insert(id, Arc::new(queue));
        }
    }

    /// Does what the line says and tells what the router did, without deadlines and what customers are told.
    pub(super) fn tell(&mut self, line: &str) -> String {
        let actions = self.actions(line);
        let shown = actions.iter().filter(|action| {
            !matches!(
                action,
                RoutingAction::NextDeadline(_) | RoutingAction::TellNobodyThere { .. }
            )
        });
        shown.map(show).collect::<Vec<_>>().join("; ")
    }

    /// Whom colleagues see otherwise since this was asked last.
    pub(super) fn presences(&mut self) -> String {
        let changed = self.routing.take_presences();
        let shown = changed.iter().map(|(agent, presence)| {
            let presence = serde_json::to_value(presence).unwrap();
            format!(
                "{} {}",
                name_agent(*agent),
                presence.as_str().unwrap_or("gone")
            )
        });
        shown.collect::<Vec<_>>().join("; ")
    }

    pub(super) fn actions(&mut self, line: &str) -> Vec<RoutingAction> {
        // Every event is a second after the one before, so that ages differ.
        self.now = self.now.plus(Duration::from_secs(1));
        let event = self.event(line);
        let actions = self.routing.step(event, self.now, &self.config);
        audit(&self.routing);
        actions
    }

    fn event(&mut self, line: &str) -> RoutingEvent {
        let words: Vec<&str> = line.split_whitespace().collect();
        let agent = |word: &str| agent_id(number(word));
        let conversation = |word: &str| conversation_id(number(word));
        let queue = |word: &str| queue_id(number(word));
        match words[..] {
            [wait] if wait.starts_with('+') => {
                let secs = wait[1..].parse::<u64>().unwrap();
                self.now = self.now.plus(Duration::from_secs(secs - 1));
                RoutingEvent::DeadlineReached
            }
            ["config", ..] => {
                self.configure(&line["config ".len()..]);
                RoutingEvent::ConfigChanged
            }
            ["wait", c, q, ref more @ ..] => {
                let mut waiting = waiting(number(c), number(q), self.now);
                more.iter().for_each(|word| detail(&mut waiting, word));
                RoutingEvent::ConversationWaiting(waiting)
            }
            ["bot", c, b, ref more @ ..] => {
                let mut waiting = Waiting {
                    place: Place::Chatbot(chatbot_id(number(b))),
                    ..waiting(number(c), 1, self.now)
                };
                more.iter().for_each(|word| detail(&mut waiting, word));
                RoutingEvent::ConversationWaiting(waiting)
            }
            ["began", c] => RoutingEvent::BotStarted {
                conversation: conversation(c),
            },
            ["done", c] => RoutingEvent::BotEnded {
                conversation: conversation(c),
            },
            ["unbegun", c] => RoutingEvent::BotFailed {
                conversation: conversation(c),
            },
            ["in", a, queues, ref more @ ..] => {
                let mut session = session(queues.split(',').map(queue).collect());
                for word in more {
                    match word.split_once('=') {
                        None => session.strategy = serde_json::from_value((*word).into()).unwrap(),
                        Some((_, skills)) => session.skills = skill_set(skills),
                    }
                }
                RoutingEvent::AgentSignedIn {
                    agent: agent(a),
                    session,
                }
            }
            ["presence", a, presence] => RoutingEvent::PresenceChanged {
                agent: agent(a),
                presence: serde_json::from_value(presence.into()).unwrap(),
            },
            ["lost", a] => RoutingEvent::AgentConnectionLost { agent: agent(a) },
            ["back", a] => RoutingEvent::AgentConnectionBack { agent: agent(a) },
            ["out", a] => RoutingEvent::AgentSignedOut { agent: agent(a) },
            ["accept", c, a] => RoutingEvent::OfferAccepted {
                offer: self.offer(conversation(c)),
                agent: agent(a),
            },
            ["refuse", c, a] => RoutingEvent::OfferRefused {
                offer: self.offer(conversation(c)),
                agent: agent(a),
            },
            ["take", c, a] => RoutingEvent::TakeRequested {
                conversation: conversation(c),
                agent: agent(a),
            },
            [how @ ("give" | "force"), c, to, "by", by] => RoutingEvent::AssignRequested {
                conversation: conversation(c),
                to: agent(to),
                by: actor(by),
                overriding: how == "force",
            },
            ["move", c, to, "by", by] => RoutingEvent::TransferRequested {
                conversation: conversation(c),
                to: if to.starts_with('q') {
                    Target::Queue(queue(to))
                } else {
                    Target::Agent(agent(to))
                },
                by: actor(by),
            },
            ["owned", c, a] => {
                RoutingEvent::ConversationAssigned(held(conversation(c), None, agent(a), self.now))
            }
            ["requeued", c, q, "by", by, "from", a] => {
                RoutingEvent::ConversationRequeued(requeued(
                    conversation(c),
                    queue(q),
                    actor(by),
                    (a != "nobody").then(|| agent(a)),
                    self.now,
                ))
            }
            ["closed", c] => RoutingEvent::ConversationClosed {
                conversation: conversation(c),
            },
            ["failed", c, a] => RoutingEvent::AssignmentFailed {
                conversation: conversation(c),
                agent: agent(a),
            },
            _ => panic!("the world does not understand: {line}"),
        }
    }

    pub(super) fn offer(&self, conversation: ConversationId) -> OfferId {
        match self.routing.whereabouts(conversation) {
            Some(Whereabouts::Offered { offer, .. }) => offer,
            Some(
                Whereabouts::Waiting
                | Whereabouts::BeingAssigned { .. }
                | Whereabouts::Owned { .. },
            )
            | None => OfferId(Uuid::nil()),
        }
    }
}

fn detail(waiting: &mut Waiting, word: &str) {
    match word.split_once('=') {
        None => waiting.kind = serde_json::from_value(word.into()).unwrap(),
        Some(("priority", value)) => waiting.priority = value.parse().unwrap(),
        Some(("skills", value)) => waiting.required = skill_set(value),
        Some(("knows", value)) => waiting.preferred = Some(agent_id(number(value))),
        Some(("age", value)) => {
            waiting.waiting_since.0 -= value.parse::<i64>().unwrap() * 1_000_000;
        }
        Some((other, _)) => panic!("conversations have no {other}"),
    }
}

fn skill_set(skills: &str) -> SkillSet {
    skills
        .split(',')
        .map(|skill| skill.parse::<u32>().unwrap())
        .collect()
}

fn actor(word: &str) -> Actor {
    match word {
        "system" => Actor::System,
        "program" => Actor::Program,
        "customer" => Actor::Customer,
        agent => Actor::Agent(agent_id(number(agent))),
    }
}

fn number(word: &str) -> u128 {
    word[1..]
        .parse()
        .unwrap_or_else(|_| panic!("{word} is a letter and a number"))
}

pub(super) fn name_agent(agent: AgentId) -> String {
    format!("a{}", agent.0.as_u128() - AGENT)
}

fn name_queue(queue: QueueId) -> String {
    format!("q{}", queue.0.as_u128() - QUEUE)
}

fn name_conversation(conversation: ConversationId) -> String {
    format!("c{}", conversation.0.as_u128() - CONVERSATION)
}

pub(super) fn show(action: &RoutingAction) -> String {
    match action {
        RoutingAction::MakeOffer {
            conversation,
            queue,
            agent,
            key: address,
            ..
        } => {
            assert_eq!(*address, key(*conversation));
            let (c, q, a) = (
                name_conversation(*conversation),
                name_queue(*queue),
                name_agent(*agent),
            );
            format!("offer {c} {q} {a}")
        }
        RoutingAction::EndOffer {
            conversation,
            agent,
            end,
            ..
        } => {
            let end = serde_json::to_value(end).unwrap();
            let end = end.as_str().unwrap();
            format!(
                "end {} {} {end}",
                name_conversation(*conversation),
                name_agent(*agent)
            )
        }
        RoutingAction::Assign {
            conversation,
            agent,
            offer,
            over_capacity,
            ..
        } => {
            let how = if offer.is_some() { " accepted" } else { "" };
            let over = if *over_capacity { " over" } else { "" };
            format!(
                "assign {} {}{how}{over}",
                name_conversation(*conversation),
                name_agent(*agent)
            )
        }
        RoutingAction::Requeue {
            conversation,
            queue,
            from,
            ..
        } => {
            let from = from.map_or_else(|| "nobody".to_owned(), name_agent);
            format!(
                "requeue {} {} from {from}",
                name_conversation(*conversation),
                name_queue(*queue)
            )
        }
        RoutingAction::Refuse { reason, .. } => {
            let debug = format!("{reason:?}");
            let variant = debug.split([' ', '{']).next().unwrap();
            format!("no {variant}")
        }
        RoutingAction::StartBot {
            conversation,
            key: address,
            chatbot,
        } => {
            assert_eq!(*address, key(*conversation));
            let number = chatbot.0.as_u128() - CHATBOT;
            format!("start {} b{number}", name_conversation(*conversation))
        }
        RoutingAction::TellNobodyThere { conversation, .. } => {
            format!("nobody for {}", name_conversation(*conversation))
        }
        RoutingAction::NextDeadline(at) => format!("wake {}", at.0 / 1_000_000),
    }
}

/// Who is offered what.
pub(super) fn offered(actions: &[RoutingAction]) -> Vec<(ConversationId, AgentId)> {
    let offer = |action: &RoutingAction| match action {
        RoutingAction::MakeOffer {
            conversation,
            agent,
            ..
        } => Some((*conversation, *agent)),
        RoutingAction::EndOffer { .. }
        | RoutingAction::Assign { .. }
        | RoutingAction::Requeue { .. }
        | RoutingAction::StartBot { .. }
        | RoutingAction::TellNobodyThere { .. }
        | RoutingAction::Refuse { .. }
        | RoutingAction::NextDeadline(_) => None,
    };
    actions.iter().filter_map(offer).collect()
}
