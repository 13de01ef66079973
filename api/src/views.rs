//! Conversations, messages and contacts as pages and programs see them: one shape for REST and for live views.

use std::sync::Arc;

use ecluse_adapters::storage::config_db::Names;
use ecluse_adapters::storage::read_model::contacts::ContactRow;
use ecluse_adapters::storage::read_model::conversations::{
    ConversationRow, LastMessage, TimelineEntry, TimelineRow,
};
use ecluse_engine::configuration::Snapshot;
use ecluse_engine::conversation::Phase;
use ecluse_engine::ids::{AgentId, QueueId};
use ecluse_engine::message::{
    Actor, Author, Content, Fact, Inbound, Opened, Outbound, ProviderError, Status, Timestamp,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::routes::common::rfc3339;

/// The longest preview of a message, in characters.
const PREVIEW: usize = 120;

/// Something with a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Named {
    pub id: Uuid,
    pub name: String,
}

/// The channel of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChannelName {
    pub id: Uuid,
    /// `live_chat`, `sms`, `email`, `facebook` or `whatsapp`.
    pub kind: String,
    pub name: String,
}

/// The newest message of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct LastMessageView {
    pub seq: u64,
    /// `in` or `out`.
    pub direction: &'static str,
    pub preview: String,
    #[schema(format = DateTime)]
    pub at: String,
}

/// Until when free-form answers are allowed, and what may be sent now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WindowView {
    /// `null` when there is no window.
    #[schema(format = DateTime)]
    pub closes_at: Option<String>,
    /// `text` and `reply_to`, or `template` when the window is closed.
    pub allowed: Vec<&'static str>,
}

/// One conversation: an episode from open to closed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Conversation)]
pub struct ConversationView {
    pub id: Uuid,
    pub channel: ChannelName,
    pub contact: Named,
    /// The customer's address on the channel.
    pub address: String,
    /// `waiting`, `assigned` or `closed`.
    pub state: &'static str,
    pub queue: Option<Named>,
    pub agent: Option<Named>,
    #[schema(format = DateTime)]
    pub opened_at: String,
    #[schema(format = DateTime)]
    pub waiting_since: String,
    #[schema(format = DateTime)]
    pub assigned_at: Option<String>,
    #[schema(format = DateTime)]
    pub first_answer_at: Option<String>,
    #[schema(format = DateTime)]
    pub closed_at: Option<String>,
    /// `resolved`, `customer_left`, `idle` or `channel_deleted`.
    pub close_reason: Option<String>,
    /// The newest sequence number of the customer on this channel.
    pub last_seq: u64,
    pub last_message: Option<LastMessageView>,
    /// Messages of the customer since the last answer, counted to 100.
    pub unread: u32,
    pub window: WindowView,
    pub previous_id: Option<Uuid>,
}

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AuthorView {
    /// `customer`, `agent`, `chatbot`, `program` or `system`.
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Why a message failed, in the provider's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorView {
    pub code: i64,
    pub title: String,
    pub detail: Option<String>,
}

impl ErrorView {
    fn new(error: &ProviderError) -> Self {
        Self {
            code: error.code,
            title: error.title.clone(),
            detail: error.detail.clone(),
        }
    }
}

/// One row of a timeline: a message of the customer or to the customer, or an event.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Message)]
pub struct MessageView {
    /// Its place in the one order of the customer's conversation on this channel.
    pub seq: u64,
    pub conversation_id: Uuid,
    /// `in`, `out` or `event`.
    pub direction: &'static str,
    pub author: AuthorView,
    /// By `type`: `text`, `media`, `location`, `contacts`, `interactive`, `reaction`, `unknown` or `event`.
    #[schema(value_type = Object)]
    pub content: Value,
    /// When we received it, or it was written here.
    #[schema(format = DateTime)]
    pub at: String,
    /// The provider's own time.
    #[schema(format = DateTime)]
    pub sent_at: Option<String>,
    /// Of outgoing messages: `queued`, `sent`, `failed`, `delivered` or `read`. It only rises.
    pub status: Option<&'static str>,
    pub error: Option<ErrorView>,
    /// The provider's id of the message that this one answers.
    pub reply_to: Option<String>,
    pub provider_id: Option<String>,
    pub client_id: Option<String>,
    /// It was sent again after the provider's answer was lost: the customer may have it twice.
    pub possible_duplicate: bool,
}

/// One address of a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct IdentityView {
    pub kind: String,
    pub address: String,
    /// The provider says that nobody is reached there, and nothing has come from there since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreachable: Option<UnreachableView>,
}

/// A provider's word that an address reaches nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct UnreachableView {
    #[schema(format = DateTime)]
    pub since: String,
    pub error: ErrorView,
}

/// A contact who may be the same person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MatchView {
    pub id: Uuid,
    pub name: String,
    /// `typed_email`: both typed the same address, which proves nothing.
    pub why: &'static str,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Contact)]
pub struct ContactView {
    pub id: Uuid,
    pub name: String,
    pub identities: Vec<IdentityView>,
    pub possible_matches: Vec<MatchView>,
    /// What the customer typed in forms; it proves nothing.
    #[schema(value_type = Object)]
    pub fields: Value,
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// What views are made with.
#[derive(Clone, Debug)]
pub struct Lens {
    pub names: Arc<Names>,
    pub config: Arc<Snapshot>,
    pub now: Timestamp,
}

impl Lens {
    /// A conversation.
    #[must_use]
    pub fn conversation(&self, row: &ConversationRow) -> ConversationView {
        let (state, closed_at, close_reason) = match row.phase {
            Phase::Waiting => ("waiting", None, None),
            Phase::Assigned { .. } => ("assigned", None, None),
            Phase::Closed { at, reason } => ("closed", Some(rfc3339(at)), Some(word(&reason))),
        };
        let contact_name = row
            .contact_name
            .clone()
            .unwrap_or_else(|| row.key.address.to_string());
        ConversationView {
            id: row.id.0,
            channel: self.channel(row),
            contact: Named {
                id: row.contact.0,
                name: contact_name,
            },
            address: row.key.address.to_string(),
            state,
            queue: row.queue.map(|id| self.queue(id)),
            agent: row.agent.map(|id| self.agent(id)),
            opened_at: rfc3339(row.opened_at),
            waiting_since: rfc3339(row.waiting_since),
            assigned_at: row.assigned_at.map(rfc3339),
            first_answer_at: row.first_answer_at.map(rfc3339),
            closed_at,
            close_reason,
            last_seq: row.last_seq,
            last_message: row.last_message.as_ref().map(last_message),
            unread: row.unread,
            window: self.window(row),
            previous_id: row.previous.map(|id| id.0),
        }
    }

    fn channel(&self, row: &ConversationRow) -> ChannelName {
        let name = self
            .names
            .channels
            .get(&row.key.channel)
            .map(|(_, name)| name.clone());
        ChannelName {
            id: row.key.channel.0,
            kind: row.kind.as_str().to_owned(),
            name: name.unwrap_or_default(),
        }
    }

    fn window(&self, row: &ConversationRow) -> WindowView {
        let window = self
            .config
            .channels
            .get(&row.key.channel)
            .and_then(|channel| channel.rules.window);
        let Some(window) = window else {
            return WindowView {
                closes_at: None,
                allowed: vec!["text", "reply_to"],
            };
        };
        let closes_at = row.last_inbound_at.map(|at| at.plus(window));
        let open = closes_at.is_some_and(|at| at > self.now);
        WindowView {
            closes_at: closes_at.map(rfc3339),
            allowed: if open {
                vec!["text", "reply_to"]
            } else {
                vec!["template"]
            },
        }
    }

    /// A queue's name.
    #[must_use]
    pub fn queue(&self, id: QueueId) -> Named {
        Named {
            id: id.0,
            name: self.names.queues.get(&id).cloned().unwrap_or_default(),
        }
    }

    /// A person's name.
    #[must_use]
    pub fn agent(&self, id: AgentId) -> Named {
        Named {
            id: id.0,
            name: self.names.people.get(&id).cloned().unwrap_or_default(),
        }
    }

    /// A row of a timeline.
    #[must_use]
    pub fn message(&self, conversation: &ConversationRow, row: &TimelineRow) -> MessageView {
        let shell = |direction, author, content| MessageView {
            seq: row.seq,
            conversation_id: conversation.id.0,
            direction,
            author,
            content,
            at: rfc3339(row.at),
            sent_at: None,
            status: None,
            error: None,
            reply_to: None,
            provider_id: None,
            client_id: None,
            possible_duplicate: false,
        };
        match &row.entry {
            TimelineEntry::Received(message) => {
                let Inbound {
                    provider_id,
                    sent_at,
                    reply_to,
                    offline,
                    content,
                    ..
                } = message.as_ref();
                let mut content = to_json(content);
                if *offline {
                    content["offline"] = true.into();
                }
                let name = conversation.contact_name.clone();
                let author = AuthorView {
                    kind: "customer",
                    id: Some(conversation.contact.0),
                    name,
                };
                MessageView {
                    sent_at: Some(rfc3339(*sent_at)),
                    reply_to: reply_to.as_ref().map(|id| id.0.to_string()),
                    provider_id: Some(provider_id.0.to_string()),
                    ..shell("in", author, content)
                }
            }
            TimelineEntry::Sent { message, delivery } => {
                let Outbound {
                    author,
                    client_id,
                    reply_to,
                    content,
                } = message.as_ref();
                MessageView {
                    status: Some(status_word(delivery.status)),
                    error: delivery.error.as_ref().map(ErrorView::new),
                    reply_to: reply_to.as_ref().map(|id| id.0.to_string()),
                    provider_id: delivery.provider_id.clone(),
                    client_id: client_id.as_ref().map(ToString::to_string),
                    possible_duplicate: delivery.possible_duplicate,
                    ..shell("out", self.author(*author), to_json(content))
                }
            }
            TimelineEntry::Event(fact) => {
                let (author, content) = self.event(fact);
                shell("event", author, content)
            }
        }
    }

    fn author(&self, author: Author) -> AuthorView {
        let (kind, id, name) = match author {
            Author::Agent(id) => ("agent", Some(id.0), Some(self.agent(id).name)),
            Author::Chatbot(id) => ("chatbot", Some(id.0), None),
            Author::Program => ("program", None, None),
            Author::System => ("system", None, None),
        };
        AuthorView { kind, id, name }
    }

    fn by(&self, actor: Actor) -> AuthorView {
        match actor {
            Actor::Agent(id) => self.author(Author::Agent(id)),
            Actor::Program => self.author(Author::Program),
            Actor::Customer => AuthorView {
                kind: "customer",
                id: None,
                name: None,
            },
            Actor::System => self.author(Author::System),
        }
    }

    fn event(&self, fact: &Fact) -> (AuthorView, Value) {
        let system = self.author(Author::System);
        let queue = |id: &Option<QueueId>| id.map(|id| self.queue(id));
        match fact {
            Fact::Opened(opened) => (system, opened_event(opened)),
            Fact::BotEnded {
                chatbot,
                end,
                chosen,
                ..
            } => {
                let content = json!({"type": "event", "event": "bot_ended", "end": word(end), "chosen": chosen});
                (self.author(Author::Chatbot(*chatbot)), content)
            }
            Fact::FormFilled(form) => {
                let answers = form.answers.iter();
                let answers: Vec<_> = answers
                    .map(|(label, value)| json!({"label": label, "value": value}))
                    .collect();
                let content = json!({"type": "event", "event": "form_filled", "form": form.form, "answers": answers});
                (self.by(Actor::Customer), content)
            }
            Fact::Reopened { queue: to, .. } => (
                system,
                json!({"type": "event", "event": "reopened", "queue": queue(to)}),
            ),
            Fact::Assigned {
                queue: through,
                agent,
                by,
                ..
            } => {
                let content = json!({
                    "type": "event", "event": "assigned", "agent": self.agent(*agent), "queue": queue(through),
                    "by": self.by(*by),
                });
                (self.by(*by), content)
            }
            Fact::Requeued { queue: to, by, .. } => {
                let content = json!({"type": "event", "event": "requeued", "queue": self.queue(*to), "by": self.by(*by)});
                (self.by(*by), content)
            }
            Fact::FirstAnswered {
                agent, after_us, ..
            } => {
                let agent = agent.map(|id| self.agent(id));
                let content = json!({"type": "event", "event": "first_answered", "agent": agent, "after_ms": after_us / 1_000});
                (system, content)
            }
            Fact::Erased(erased) => {
                let by = self.by(erased.by);
                let content = json!({"type": "event", "event": "erased", "reason": word(&erased.why), "by": by});
                (self.by(erased.by), content)
            }
            Fact::Closed { reason, by, .. } => {
                let content = json!({"type": "event", "event": "closed", "reason": word(reason), "by": self.by(*by)});
                (self.by(*by), content)
            }
            other => (
                system,
                json!({"type": "event", "event": "other", "raw": to_json(other)}),
            ),
        }
    }
}

impl ContactView {
    /// A contact with those who may be the same person.
    #[must_use]
    pub fn new(contact: ContactRow, matches: &[ContactRow]) -> Self {
        let name = display_name(&contact);
        let fields = contact
            .typed_email
            .as_ref()
            .map_or_else(|| json!({}), |email| json!({"email": email}));
        Self {
            id: contact.id.0,
            name,
            identities: contact
                .identities
                .into_iter()
                .map(|identity| IdentityView {
                    kind: identity.kind.as_str().to_owned(),
                    address: identity.address,
                    unreachable: identity.unreachable.map(|unreachable| UnreachableView {
                        since: rfc3339(unreachable.since),
                        error: ErrorView::new(&unreachable.error),
                    }),
                })
                .collect(),
            possible_matches: matches
                .iter()
                .map(|other| MatchView {
                    id: other.id.0,
                    name: display_name(other),
                    why: "typed_email",
                })
                .collect(),
            fields,
            created_at: rfc3339(contact.created_at),
        }
    }
}

fn opened_event(opened: &Opened) -> Value {
    let mut content = json!({"type": "event", "event": "opened"});
    if opened.offline {
        content["offline"] = true.into();
    }
    if let Some(outside_hours) = &opened.outside_hours {
        content["outside_hours"] = json!({
            "closed_date": outside_hours.closed_date, "opens_at": outside_hours.opens_at.map(rfc3339),
        });
    }
    content
}

fn display_name(contact: &ContactRow) -> String {
    let address = contact
        .identities
        .first()
        .map(|identity| identity.address.clone());
    contact.name.clone().or(address).unwrap_or_default()
}

fn last_message(message: &LastMessage) -> LastMessageView {
    LastMessageView {
        seq: message.seq,
        direction: if message.outgoing { "out" } else { "in" },
        preview: preview(&message.content),
        at: rfc3339(message.at),
    }
}

/// The text of a message, or the word for what it is; pages translate words in brackets.
fn preview(content: &Content) -> String {
    let text = match content {
        Content::Text(text) => text.body.clone(),
        Content::Media(media) => media
            .caption
            .clone()
            .unwrap_or_else(|| format!("[{}]", word(&media.kind))),
        Content::Location(location) => location
            .name
            .clone()
            .unwrap_or_else(|| "[location]".to_owned()),
        Content::Contacts(_) => "[contacts]".to_owned(),
        Content::Interactive(reply) => reply.title.clone(),
        Content::Reaction(reaction) => reaction
            .emoji
            .as_ref()
            .map_or_else(String::new, ToString::to_string),
        Content::Unknown(_) => "[unknown]".to_owned(),
    };
    text.chars().take(PREVIEW).collect()
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Queued => "queued",
        Status::Sent => "sent",
        Status::Failed => "failed",
        Status::Delivered => "delivered",
        Status::Read => "read",
    }
}

fn word(value: &impl Serialize) -> String {
    to_json(value)
        .as_str()
        .map(str::to_owned)
        .unwrap_or_default()
}

fn to_json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}
