//! The JSON texts on a visitor's socket: one object each, told apart by `type`.
//!
//! What must stay true: a frame that carries `offset` is told once, in rising order, and a page that has it needs nothing
//! up to it any more. Pages of an older release meet newer servers and the other way round, so unknown frames and unknown
//! members are passed over.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use ecluse_adapters::storage::config_db::FormPurpose;
use ecluse_engine::ids::ConversationId;
use ecluse_engine::message::Choice;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::form::Field;

/// The longest frame that is read, in bytes: 4,096 characters, each of which JSON may write in six bytes, and the rest.
pub const FRAME_BYTES_MAX: usize = 32 << 10;

/// What the visitor's page says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromVisitor {
    Hello(Hello),
    /// What the visitor typed in the form.
    Start {
        /// The page's own name of the message that is left with it.
        #[serde(default)]
        client_id: Option<CompactString>,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        email: Option<String>,
        /// By the names of the form's other fields.
        #[serde(default)]
        fields: BTreeMap<String, String>,
    },
    Send {
        /// The page's own name of the message; sent twice with the same name, it is one message.
        client_id: CompactString,
        body: String,
        /// The id of the choice whose label the body is.
        #[serde(default)]
        choice: Option<CompactString>,
    },
    Typing {
        typing: bool,
    },
    /// The visitor has seen everything up to this number.
    Read {
        seq: u64,
    },
    Pong,
    /// The visitor would rather leave a message than wait, and asks for the form.
    GiveUp,
    /// The visitor ends the conversation.
    End,
    #[serde(other)]
    Unknown,
}

/// The first frame of a socket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Hello {
    /// The proof of the site that holds the chat.
    #[serde(default)]
    pub token: Option<String>,
    /// Who the visitor is, as an earlier welcome said.
    #[serde(default)]
    pub visitor: Option<String>,
    #[serde(default)]
    pub epoch: Option<String>,
    #[serde(default)]
    pub offset: Option<u64>,
}

/// What the visitor's page is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToVisitor {
    Welcome(Box<Welcome>),
    /// The form is accepted, or a conversation is open from now on.
    Started {
        conversation_id: Option<ConversationId>,
    },
    /// The message is durable, under this number.
    Ack {
        client_id: CompactString,
        seq: u64,
        at: String,
    },
    /// Nothing was taken. Send it again, and nothing before that.
    Wait {
        client_id: CompactString,
        retry_after_ms: u64,
    },
    /// The message, or without a name the form, is not accepted and would not be the next time.
    Refused {
        client_id: Option<CompactString>,
        code: RefusalCode,
    },
    /// Whether the visitor waits for somebody who has not come, and may leave a message instead.
    Waiting {
        waiting: bool,
    },
    /// The form with which a message is left, as it was asked for.
    Form {
        form: Arc<[Field]>,
        form_purpose: FormPurpose,
        #[serde(skip_serializing_if = "Option::is_none")]
        form_title: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        form_intro: Option<String>,
    },
    Message {
        /// Absent when the frame after it carries it.
        #[serde(skip_serializing_if = "Option::is_none")]
        offset: Option<u64>,
        message: VisitorMessage,
    },
    /// The visitor's own messages up to `seq` have come this far.
    Status {
        offset: u64,
        seq: u64,
        status: VisitorStatus,
    },
    /// The agent types, or stopped.
    Typing {
        typing: bool,
    },
    /// The conversation has ended; another message begins or reopens one.
    Closed {
        offset: u64,
    },
    Ping,
}

/// The answer to [`Hello`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Welcome {
    /// The visitor's new token.
    pub visitor: String,
    pub epoch: Uuid,
    /// Everything up to here is known with this frame.
    pub offset: u64,
    /// Whether `messages` only adds to what the page has; else it replaces all.
    pub resumed: bool,
    /// What to ask before the chat, or instead of it.
    pub form: Option<Arc<[Field]>>,
    /// Which of the two the form is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_purpose: Option<FormPurpose>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_title: Option<String>,
    /// What stands above its fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form_intro: Option<String>,
    /// The conversation that is open.
    pub conversation_id: Option<ConversationId>,
    /// Whether it waits for somebody who has not come, so that a message may be left instead.
    pub waiting: bool,
    pub messages: Vec<VisitorMessage>,
    /// The visitor's own messages up to this number were read by an agent; 0 for none.
    pub read: u64,
    pub greeting: Option<String>,
    pub theme_color: Option<String>,
}

/// One line of the chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VisitorMessage {
    pub seq: u64,
    pub from: Side,
    /// The agent who wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub body: String,
    /// What the visitor may answer by a button.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    pub at: String,
    /// The page's own name of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<CompactString>,
}

/// Whose line it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The visitor, in this or another tab.
    Me,
    Agent,
    System,
}

/// How far a message of the visitor's has come, beyond being acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitorStatus {
    /// The agent who holds the conversation has read it.
    Read,
}

/// Why a message or a form is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    Empty,
    TooLong,
    /// The page goes on sending although it was told to wait.
    TooFast,
    ClosedChannel,
    /// Who the visitor is was asked for and has not been answered.
    FormRequired,
    /// What was typed is no e-mail address.
    InvalidEmail,
    /// What was typed is no telephone number.
    InvalidPhone,
    /// The visitor may not write any more. The socket ends with it.
    Banned,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_whatever_else_they_carry() {
        let hello = |token: Option<&str>, offset| Hello {
            token: token.map(str::to_owned),
            offset,
            ..Hello::default()
        };
        let rows = [
            (
                r#"{"type":"hello"}"#,
                Some(FromVisitor::Hello(Hello::default())),
            ),
            (
                r#"{"type":"hello","token":"t","visitor":null,"epoch":null,"offset":7,"later":[]}"#,
                Some(FromVisitor::Hello(hello(Some("t"), Some(7)))),
            ),
            (r#"{"type":"pong"}"#, Some(FromVisitor::Pong)),
            (r#"{"type":"end"}"#, Some(FromVisitor::End)),
            (r#"{"type":"give_up"}"#, Some(FromVisitor::GiveUp)),
            (r#"{"type":"dance","steps":3}"#, Some(FromVisitor::Unknown)),
            (
                r#"{"type":"start","name":"Ada","email":"a@b.fr","fields":{"phone":"1"}}"#,
                Some(FromVisitor::Start {
                    client_id: None,
                    name: Some("Ada".to_owned()),
                    email: Some("a@b.fr".to_owned()),
                    fields: [("phone".to_owned(), "1".to_owned())].into(),
                }),
            ),
            (
                r#"{"type":"send","client_id":"a","body":"My order","choice":"1"}"#,
                Some(FromVisitor::Send {
                    client_id: "a".into(),
                    body: "My order".to_owned(),
                    choice: Some("1".into()),
                }),
            ),
            (r#"{"type":"read","seq":-1}"#, None),
            (r#"{"type":"send","client_id":"a"}"#, None),
            (r#"{"type":"typing","typing":"yes"}"#, None),
            (r#"{}"#, None),
            (r#"[]"#, None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(
                serde_json::from_str::<FromVisitor>(text).ok(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn what_the_page_is_told_keeps_its_shape() {
        let message = VisitorMessage {
            seq: 3,
            from: Side::Me,
            name: None,
            body: "Bonjour".to_owned(),
            choices: Vec::new(),
            at: "2026-01-01T00:00:00.000000Z".to_owned(),
            client_id: Some("c".into()),
        };
        let menu = VisitorMessage {
            from: Side::Agent,
            choices: vec![Choice {
                id: "1".into(),
                label: "Livraison".to_owned(),
            }],
            client_id: None,
            ..message.clone()
        };
        let rows = [
            (
                ToVisitor::Message {
                    offset: Some(4),
                    message: menu,
                },
                r#"{"type":"message","offset":4,"message":{"seq":3,"from":"agent","body":"Bonjour","choices":[{"id":"1","label":"Livraison"}],"at":"2026-01-01T00:00:00.000000Z"}}"#,
            ),
            (
                ToVisitor::Message {
                    offset: Some(3),
                    message,
                },
                r#"{"type":"message","offset":3,"message":{"seq":3,"from":"me","body":"Bonjour","at":"2026-01-01T00:00:00.000000Z","client_id":"c"}}"#,
            ),
            (
                ToVisitor::Refused {
                    client_id: None,
                    code: RefusalCode::TooLong,
                },
                r#"{"type":"refused","client_id":null,"code":"too_long"}"#,
            ),
            (
                ToVisitor::Refused {
                    client_id: None,
                    code: RefusalCode::InvalidPhone,
                },
                r#"{"type":"refused","client_id":null,"code":"invalid_phone"}"#,
            ),
            (
                ToVisitor::Wait {
                    client_id: "c".into(),
                    retry_after_ms: 200,
                },
                r#"{"type":"wait","client_id":"c","retry_after_ms":200}"#,
            ),
            (
                ToVisitor::Closed { offset: 9 },
                r#"{"type":"closed","offset":9}"#,
            ),
            (
                ToVisitor::Waiting { waiting: true },
                r#"{"type":"waiting","waiting":true}"#,
            ),
            (
                ToVisitor::Form {
                    form: [].into(),
                    form_purpose: FormPurpose::LeaveMessage,
                    form_title: Some("Write to us".to_owned()),
                    form_intro: None,
                },
                r#"{"type":"form","form":[],"form_purpose":"leave_message","form_title":"Write to us"}"#,
            ),
            (ToVisitor::Ping, r#"{"type":"ping"}"#),
        ];
        for (frame, expected) in rows {
            assert_eq!(serde_json::to_string(&frame).unwrap(), expected);
        }
    }

    #[test]
    fn the_longest_text_fits_into_a_frame() {
        for character in ["a", "é", "🦀", "\n", "\u{1}"] {
            let body = character.repeat(4096);
            let frame =
                serde_json::json!({"type": "send", "client_id": "x".repeat(64), "body": body});
            assert!(frame.to_string().len() <= FRAME_BYTES_MAX, "{character:?}");
        }
    }
}
