//! What the settings of all kinds of channels have: a name, a destination, automatic replies.

use crate::console::admin::Around;
use crate::console::backend::Kind;
use crate::console::form::{Action, Block, Choice, Control, Field, Group, Key, Section};

/// What the channel is called.
pub(super) fn name() -> Field {
    Field::new("name", "console-channel-name", Control::Text)
        .help("console-channel-name-help")
        .required()
}

/// The same where the sign-on has a name to offer.
pub(super) fn offered_name() -> Field {
    Field::new("name", "console-channel-name", Control::Text).help("console-channel-name-offered")
}

/// A queue, or a chatbot that leads to one.
pub(super) fn destination(around: &Around) -> Field {
    let group = |label: Key, kind: Kind, tag: &str| Group {
        label: Some(label),
        choices: around.choices(kind, tag),
    };
    let groups = vec![
        group("console-queues", Kind::Queue, "queue:"),
        group("console-chatbots", Kind::Chatbot, "chatbot:"),
    ];
    let control = Control::Tagged {
        groups,
        none: "console-choose",
    };
    Field::new("destination", "console-destination", control)
        .help("console-destination-help")
        .required()
}

/// A queue only.
pub(super) fn destination_queue(around: &Around, label: Key) -> Field {
    let control = Control::Tagged {
        groups: Group::plain(around.choices(Kind::Queue, "queue:")),
        none: "console-choose",
    };
    Field::new("destination", label, control)
        .help("console-destination-queue-help")
        .required()
}

/// The language of what is said without a person, where the customer's is not known.
pub(super) fn language() -> Field {
    let control = Control::Select {
        groups: Group::plain(vec![
            Choice::ours("fr", "console-french"),
            Choice::ours("en", "console-english"),
        ]),
        none: Some("console-language-tenant"),
    };
    Field::new("language", "console-channel-language", control)
        .help("console-channel-language-help")
        .half()
}

/// The four automatic replies, each in both languages.
pub(super) fn auto_replies() -> Section {
    let reply =
        |path, label, help| Field::new(path, label, Control::Localized { rows: 3 }).help(help);
    Section::new(
        "replies",
        "console-replies",
        [
            reply(
                "auto_replies.welcome",
                "console-reply-welcome",
                "console-reply-welcome-help",
            ),
            reply(
                "auto_replies.outside_hours",
                "console-reply-hours",
                "console-reply-hours-help",
            ),
            reply(
                "auto_replies.no_agent",
                "console-reply-nobody",
                "console-reply-nobody-help",
            ),
            reply(
                "auto_replies.closed",
                "console-reply-closed",
                "console-reply-closed-help",
            ),
            language(),
        ],
    )
    .help("console-replies-help")
}

/// A button that tries a connection, and says which where a page has two.
pub(super) fn verify(connection: &str) -> Block {
    let label = match connection {
        "imap" => "console-verify-imap",
        "smtp" => "console-verify-smtp",
        _ => "console-verify",
    };
    Block::Action(Action::new(format!("verify {connection}"), label, "plug"))
}
