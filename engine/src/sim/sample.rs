//! Values to begin with: channels, keys and messages that look like real ones.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use crate::chatbot::Chatbot;
use crate::chatbot::menu::{LeadsTo, MenuOption, Script, Submenu};
use crate::configuration::{
    Agent, AgentOrder, AutoReplies, Channel, ConfigFeed, OnAgentLost, Queue, Role, Snapshot,
    Strategy,
};
use crate::hours::{Hours, OpenDay, QueueHours, Weekday};
use crate::ids::{
    AgentId, ChannelId, ChatbotId, ConversationKey, Fingerprinter, QueueId, TenantId,
};
use crate::message::{
    Author, ChannelKind, Content, Destination, Inbound, Item, Outbound, Timestamp,
};
use crate::provider::ChannelRules;
use crate::tenant::Tenant;
use crate::texts::Localized;

/// When every simulation begins: the first second of 2026.
pub const START: Timestamp = Timestamp::from_secs(1_767_225_600);

/// One day.
pub const DAY: Duration = Duration::from_secs(86_400);

/// The fingerprints of an installation whose secret everybody knows.
pub const FINGERPRINTER: Fingerprinter = Fingerprinter::new(*b"not so secret :)");

/// The channel with this number.
#[must_use]
pub fn channel_id(number: u64) -> ChannelId {
    ChannelId(Uuid::from_u128(0xC000 + u128::from(number)))
}

/// The queue with this number.
#[must_use]
pub fn queue_id(number: u64) -> QueueId {
    QueueId(Uuid::from_u128(0x9000 + u128::from(number)))
}

/// The chatbot with this number.
#[must_use]
pub fn chatbot_id(number: u64) -> ChatbotId {
    ChatbotId(Uuid::from_u128(0xB000 + u128::from(number)))
}

/// The agent with this number.
#[must_use]
pub fn agent_id(number: u64) -> AgentId {
    AgentId(Uuid::from_u128(0xA000 + u128::from(number)))
}

/// The conversation of an address on the channel with this number.
#[must_use]
pub fn key(channel: u64, address: &str) -> ConversationKey {
    ConversationKey {
        tenant: TenantId::DEFAULT,
        channel: channel_id(channel),
        address: address.into(),
        thread: None,
    }
}

/// What holds on WhatsApp, with a day for everything.
#[must_use]
pub fn rules() -> ChannelRules {
    ChannelRules {
        window: Some(DAY),
        text_limit: 4_096,
        idle_close: Some(DAY),
        reopen_within: DAY,
    }
}

/// The WhatsApp channel with this number, whose conversations go to the first queue.
#[must_use]
pub fn channel(number: u64, rules: ChannelRules) -> Channel {
    Channel {
        id: channel_id(number),
        tenant: TenantId::DEFAULT,
        kind: ChannelKind::Whatsapp,
        name: format!("number {number}"),
        destination: Destination::Queue(queue_id(1)),
        rules,
        auto_replies: AutoReplies::default(),
        language: None,
        deleted: false,
    }
}

/// A configuration of these channels and nothing else.
#[must_use]
pub fn config(channels: impl IntoIterator<Item = Channel>) -> Arc<ConfigFeed> {
    let channels = channels
        .into_iter()
        .map(|channel| (channel.id, Arc::new(channel)))
        .collect();
    Arc::new(ConfigFeed::new(Snapshot {
        revision: 1,
        channels,
        ..Snapshot::default()
    }))
}

/// The queue with this number: automatic, open as the tenant is, with two agents.
#[must_use]
pub fn queue(number: u64) -> Queue {
    Queue {
        id: queue_id(number),
        tenant: TenantId::DEFAULT,
        name: format!("queue {number}"),
        strategy: Strategy::Auto,
        order: AgentOrder::LongestIdle,
        offer_timeout_secs: 600,
        max_per_agent: 0,
        members: [1, 2].map(agent_id).to_vec(),
        on_agent_lost: OnAgentLost::Keep,
        hours: QueueHours::Inherit,
        returning_customer: true,
        survey: false,
    }
}

/// The agent with this number, who has room for four chats.
#[must_use]
pub fn agent(number: u64) -> Agent {
    Agent {
        id: agent_id(number),
        tenant: TenantId::DEFAULT,
        name: format!("agent {number}"),
        role: Role::Agent,
        capacity: 100,
        wrap_up_secs: 0,
    }
}

fn both(fr: &str, en: &str) -> Localized {
    Localized {
        fr: Some(fr.to_owned()),
        en: Some(en.to_owned()),
    }
}

/// Every automatic text, in two languages.
#[must_use]
pub fn auto_replies() -> AutoReplies {
    AutoReplies {
        welcome: both("Bienvenue", "Welcome").into(),
        outside_hours: both("Nous sommes fermés", "We are closed").into(),
        no_agent: both("Personne n'est là", "Nobody is here").into(),
        closed: both("Conversation terminée", "Conversation closed").into(),
    }
}

/// The chatbot with this number: orders (delivery to queue 1, invoices to queue 2), opening hours, and anything else to
/// queue 2. An odd one falls back to queue 1.
#[must_use]
pub fn chatbot(number: u64) -> Chatbot {
    let option = |label, leads_to| MenuOption { label, leads_to };
    let orders = Submenu {
        text: both("Laquelle ?", "Which one?"),
        options: vec![
            option(both("Livraison", "Delivery"), LeadsTo::Queue(queue_id(1))),
            option(both("Facture", "Invoice"), LeadsTo::Queue(queue_id(2))),
        ],
    };
    Chatbot {
        id: chatbot_id(number),
        tenant: TenantId::DEFAULT,
        name: format!("chatbot {number}"),
        concurrency_limit: 0,
        fallback_queue: (number % 2 == 1).then(|| queue_id(1)),
        script: Arc::new(Script {
            greeting: both("Bonjour !", "Hello!"),
            invalid_reply: both("Choisissez une réponse.", "Please choose an answer."),
            handover: both("Un instant.", "One moment."),
            invalid_max: 3,
            timeout_secs: 300,
            options: vec![
                option(both("Ma commande", "My order"), LeadsTo::Menu(orders)),
                option(
                    both("Horaires", "Opening hours"),
                    LeadsTo::Text(both("De 8 h à 20 h", "8 to 20")),
                ),
                option(
                    both("Autre chose", "Something else"),
                    LeadsTo::Queue(queue_id(2)),
                ),
            ],
        }),
    }
}

/// A tenant that is open from 8 to 20 o'clock (UTC) every day.
#[must_use]
pub fn tenant() -> Tenant {
    let every = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    let open = |day| OpenDay {
        day,
        from: jiff::civil::time(8, 0, 0, 0),
        to: jiff::civil::time(20, 0, 0, 0),
    };
    Tenant {
        hours: Some(Hours {
            open_days: every.map(open).to_vec(),
            closed_dates: Vec::new(),
        }),
        ..Tenant::new(TenantId::DEFAULT)
    }
}

/// A configuration with everything that a conversation decides by: these channels, each with every automatic text; two
/// queues, chatbots and agents; and a tenant with operation times.
#[must_use]
pub fn centre(channels: impl IntoIterator<Item = Channel>) -> Snapshot {
    let channels = channels.into_iter().map(|channel| Channel {
        auto_replies: auto_replies(),
        ..channel
    });
    Snapshot {
        revision: 1,
        channels: channels
            .map(|channel| (channel.id, Arc::new(channel)))
            .collect(),
        queues: [1, 2]
            .map(|number| (queue_id(number), Arc::new(queue(number))))
            .into(),
        chatbots: [1, 2]
            .map(|number| (chatbot_id(number), Arc::new(chatbot(number))))
            .into(),
        agents: [1, 2]
            .map(|number| (agent_id(number), Arc::new(agent(number))))
            .into(),
        tenants: [(TenantId::DEFAULT, Arc::new(tenant()))].into(),
        ..Snapshot::default()
    }
}

/// A customer's text.
#[must_use]
pub fn text(id: &str, body: &str) -> Inbound {
    Inbound::new(id, START, Content::text(body))
}

/// A text of a customer on the channel with this number, as an adapter hands it over.
#[must_use]
pub fn item(channel: u64, address: &str, id: &str) -> Item {
    Item::Message {
        key: key(channel, address),
        message: text(id, "Bonjour, où en est ma commande ?"),
    }
}

/// A text to a customer.
#[must_use]
pub fn answer(author: Author, body: &str) -> Outbound {
    Outbound {
        author,
        client_id: None,
        reply_to: None,
        content: Content::text(body),
    }
}
