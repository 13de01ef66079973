//! The lines of the chat: what the visitor is shown of what was said and done, and what not.

use ecluse_adapters::storage::read_model::visitor::{Said, VisitorRow};
use ecluse_engine::ids::AgentId;
use ecluse_engine::message::{
    Author, Content, Fact, Inbound, InteractiveKind, InteractiveReply, Outbound, Text, Timestamp,
};

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

/// What a visitor says: what they typed, or the label of the choice that they made.
#[must_use]
pub fn content_of(body: String, choice: Option<&str>) -> Content {
    match choice {
        None => Content::text(body),
        Some(id) => Content::Interactive(InteractiveReply {
            kind: InteractiveKind::Button,
            id: id.to_owned(),
            title: body,
            description: None,
        }),
    }
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
            choices: Vec::new(),
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
        let (body, choices) = match &message.content {
            Content::Text(text) => (above_choices(text), text.choices.clone()),
            other => (text_of(other)?.to_owned(), Vec::new()),
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
            choices,
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
        choices: Vec::new(),
        at: rfc3339(at),
        client_id: None,
    }
}

/// What is said above the buttons: nothing, where the text is the list of them.
fn above_choices(text: &Text) -> String {
    let choices = text.choices.clone();
    let body = String::new();
    match text.body == (Text { body, choices }).numbered() {
        true => String::new(),
        false => text.body.clone(),
    }
}

/// Only texts go through a chat, and choices by their labels.
pub(super) fn text_of(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) => Some(&text.body),
        Content::Interactive(reply) => Some(&reply.title),
        Content::Media(_)
        | Content::Location(_)
        | Content::Contacts(_)
        | Content::Reaction(_)
        | Content::Unknown(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use ecluse_engine::message::Choice;

    use super::*;

    fn line(text: Text) -> VisitorMessage {
        let message = Outbound {
            author: Author::Program,
            client_id: None,
            reply_to: None,
            content: Content::Text(text),
        };
        let teller = Teller::new(Lang::En);
        teller
            .theirs(1, Timestamp(0), &message, &|_| None)
            .expect("texts are shown")
    }

    #[test]
    fn a_menu_is_a_text_with_buttons_and_lists_nothing_twice() {
        let choices: Vec<Choice> = ["My order", "Something else"]
            .into_iter()
            .zip(["1", "2"])
            .map(|(label, id)| Choice {
                id: id.into(),
                label: label.to_owned(),
            })
            .collect();
        for (said, shown) in [("Hello!", "Hello!"), ("1. My order\n2. Something else", "")] {
            let text = Text {
                body: said.to_owned(),
                choices: choices.clone(),
            };
            let line = line(text);
            assert_eq!((line.body.as_str(), line.choices), (shown, choices.clone()));
        }
        let plain = line(Text {
            body: "Hello!".to_owned(),
            choices: Vec::new(),
        });
        assert_eq!((plain.body.as_str(), plain.choices), ("Hello!", Vec::new()));
    }

    #[test]
    fn who_chose_sees_the_label_that_they_chose() {
        let chosen = content_of("My order".to_owned(), Some("1"));
        assert_eq!(text_of(&chosen), Some("My order"));
        let Content::Interactive(reply) = chosen else {
            panic!("it answers a menu")
        };
        assert_eq!(reply.id, "1");
    }
}
