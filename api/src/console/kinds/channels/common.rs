//! What the settings of all kinds of channels have: a name, a destination, automatic replies.

use crate::console::admin::Around;
use crate::console::backend::Kind;
use crate::console::form::{Action, Block, Choice, Control, Field, Group, Key, Section};

/// What the channel is called; its address, if it is left empty.
pub(super) fn name() -> Field {
    Field::new("name", "console-channel-name", Control::Name).help("console-channel-name-help")
}

/// The same where the sign-on has a name to offer.
pub(super) fn offered_name() -> Field {
    Field::new("name", "console-channel-name", Control::Name).help("console-channel-name-offered")
}

/// The same where there is nothing but the number to be called by.
pub(super) fn number_name() -> Field {
    Field::new("name", "console-channel-name", Control::Name).help("console-channel-name-number")
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

/// An automatic reply: the paths and the words of its text and of its switch.
struct Reply {
    text: &'static str,
    label: Key,
    help: Key,
    enabled: &'static str,
    on: Key,
}

const REPLIES: [Reply; 4] = [
    Reply {
        text: "auto_replies.welcome",
        label: "console-reply-welcome",
        help: "console-reply-welcome-help",
        enabled: "auto_replies.welcome.enabled",
        on: "console-reply-welcome-on",
    },
    Reply {
        text: "auto_replies.outside_hours",
        label: "console-reply-hours",
        help: "console-reply-hours-help",
        enabled: "auto_replies.outside_hours.enabled",
        on: "console-reply-hours-on",
    },
    Reply {
        text: "auto_replies.no_agent",
        label: "console-reply-nobody",
        help: "console-reply-nobody-help",
        enabled: "auto_replies.no_agent.enabled",
        on: "console-reply-nobody-on",
    },
    Reply {
        text: "auto_replies.closed",
        label: "console-reply-closed",
        help: "console-reply-closed-help",
        enabled: "auto_replies.closed.enabled",
        on: "console-reply-closed-on",
    },
];

impl Reply {
    /// The switch comes last: reading the text replaces all that stands at its path.
    fn fields(self) -> [Field; 2] {
        [
            Field::new(self.text, self.label, Control::Localized { rows: 3 }).help(self.help),
            Field::new(self.enabled, self.on, Control::Switch),
        ]
    }
}

/// The four automatic replies, each in both languages and with its switch.
pub(super) fn auto_replies() -> Section {
    let fields = REPLIES.into_iter().flat_map(Reply::fields);
    Section::new("replies", "console-replies", fields.chain([language()]))
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
