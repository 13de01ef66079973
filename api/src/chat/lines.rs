//! The lines of the chat: what the visitor is shown of what was said and done, and what not.

use ecluse_adapters::storage::read_model::visitor::{Said, VisitorRow};
use ecluse_engine::ids::AgentId;
use ecluse_engine::message::{Author, Content, Fact, Inbound, Outbound, Timestamp};

use super::frames::{Side, VisitorMessage};
use super::session::CLIENT_ID_BYTES_MAX;
use crate::console::language::Lang;
use crate::routes::common::rfc3339;

/// Between a visitor's name and the page's own name of a message.
const SEPARATOR: char = '/';

/// The provider's id of a visitor's message: the page's own name of it, within the visitor's.
#[must_use]
pub fn provider_id(visitor: &str, client_id: &str) -> String {
    format!("{visitor}{SEPARATOR}{client_id}")
}

/// Whether a page may name a message so.
#[must_use]
pub fn names_fit(client_id: &str) -> bool {
    (1..=CLIENT_ID_BYTES_MAX).contains(&client_id.len()) && !client_id.contains(char::is_control)
}

/// Tells a visitor what happened, in the visitor's language.
#[derive(Clone, Copy, Debug)]
pub struct Teller(Lang);

impl Teller {
    /// A teller in this language.
    #[must_use]
    pub const fn new(lang: Lang) -> Self {
        Self(lang)
    }

    /// The line of a stored row.
    pub fn row(
        self,
        row: &VisitorRow,
        names: &impl Fn(AgentId) -> Option<String>,
    ) -> Option<VisitorMessage> {
        match &row.said {
            Said::Received(message) => self.mine(row.seq, row.at, message),
            Said::Sent(message) => self.theirs(row.seq, row.at, message, names),
            Said::Event(fact) => self.fact(row.seq, row.at, fact, names),
        }
    }

    /// The line of a fact, if the visitor sees it.
    pub fn fact(
        self,
        seq: u64,
        at: Timestamp,
        fact: &Fact,
        names: &impl Fn(AgentId) -> Option<String>,
    ) -> Option<VisitorMessage> {
        match fact {
            Fact::Received(received) => self.mine(seq, at, &received.message),
            Fact::Queued(queued) => self.theirs(seq, at, &queued.message, names),
            Fact::Assigned { agent, .. } => Some(system(seq, at, self.joined(&names(*agent)?))),
            Fact::Closed { .. } => Some(system(seq, at, self.ended())),
            Fact::Opened(_)
            | Fact::Reopened { .. }
            | Fact::Attempted { .. }
            | Fact::AttemptAmbiguous { .. }
            | Fact::SendEnded { .. }
            | Fact::StatusRose { .. }
            | Fact::StatusKept { .. }
            | Fact::Requeued { .. }
            | Fact::FirstAnswered { .. }
            | Fact::ReadByAgent { .. }
            | Fact::Erased(_)
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
            | Fact::DeadLettered(_)
            | Fact::LetterSettled { .. }
            | Fact::Noticed(_)
            | Fact::TimerSet { .. }
            | Fact::TimerCleared { .. }
            | Fact::SessionChosen { .. }
            | Fact::OfferMade { .. }
            | Fact::OfferEnded { .. } => None,
        }
    }

    fn mine(self, seq: u64, at: Timestamp, message: &Inbound) -> Option<VisitorMessage> {
        let client_id = message
            .provider_id
            .0
            .split_once(SEPARATOR)
            .map(|(_, name)| name.into());
        Some(VisitorMessage {
            seq,
            from: Side::Me,
            name: None,
            body: text_of(&message.content)?.to_owned(),
            at: rfc3339(at),
            client_id,
        })
    }

    fn theirs(
        self,
        seq: u64,
        at: Timestamp,
        message: &Outbound,
        names: &impl Fn(AgentId) -> Option<String>,
    ) -> Option<VisitorMessage> {
        let body = match &message.content {
            Content::Text(text) => text.numbered(),
            other => text_of(other)?.to_owned(),
        };
        let (from, name) = match message.author {
            Author::Agent(agent) => (Side::Agent, names(agent)),
            Author::Chatbot(_) | Author::Program => (Side::Agent, None),
            Author::System => (Side::System, None),
        };
        Some(VisitorMessage {
            seq,
            from,
            name,
            body,
            at: rfc3339(at),
            client_id: None,
        })
    }

    fn joined(self, name: &str) -> String {
        match self.0 {
            Lang::Fr => format!("{name} a rejoint la discussion"),
            Lang::En => format!("{name} has joined the chat"),
        }
    }

    fn ended(self) -> String {
        match self.0 {
            Lang::Fr => "La discussion est terminée",
            Lang::En => "The chat has ended",
        }
        .to_owned()
    }
}

fn system(seq: u64, at: Timestamp, body: String) -> VisitorMessage {
    VisitorMessage {
        seq,
        from: Side::System,
        name: None,
        body,
        at: rfc3339(at),
        client_id: None,
    }
}

/// Only texts go through a chat.
fn text_of(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) => Some(&text.body),
        Content::Media(_)
        | Content::Location(_)
        | Content::Contacts(_)
        | Content::Interactive(_)
        | Content::Reaction(_)
        | Content::Unknown(_) => None,
    }
}
