//! The visitor's side of a live chat: who may come in, what the page is told, and what becomes of what it says.
//!
//! A socket costs one task and one subscription to [`Live`](ecluse_engine::live::Live); what all sockets share is here. What
//! must stay true: a page is never left with a silent gap, an acknowledged message is durable, and nothing that a browser
//! sends is an identity unless we signed it.

pub mod entry;
pub mod form;
pub mod frames;
pub mod introduction;
pub mod lines;
pub mod pace;
pub mod session;
pub mod socket;
pub mod token;

use std::borrow::Cow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use ecluse_adapters::directory::Served;
use ecluse_adapters::storage::config_db::LiveChatSettings;
use ecluse_engine::configuration::Banned;
use ecluse_engine::ids::{AgentId, ChannelId, ConversationKey};
use ecluse_engine::message::{ChannelKind, Destination, Timestamp};
use ecluse_engine::runtime::gate::Shut;
use ecluse_engine::texts::Language;
use tokio::sync::watch;

use self::introduction::Introductions;
use self::pace::Paces;
use self::token::Signer;
use crate::app::App;
use crate::auth::Auth;
use crate::console::address::domains;
use crate::console::language::Lang;

/// The times of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatTimes {
    /// A connection says hello within this time.
    pub hello_within: Duration,
    /// Between two pings; proxies drop connections that are silent for a minute.
    pub ping_every: Duration,
    /// A page answers a ping within this time.
    pub pong_within: Duration,
    /// A page takes what it is told within this time, or reads too slowly.
    pub slow_after: Duration,
    /// The read model reaches what was committed before within this time, or the page must come back.
    pub catch_up: Duration,
}

impl Default for ChatTimes {
    fn default() -> Self {
        Self {
            hello_within: Duration::from_secs(10),
            ping_every: Duration::from_secs(25),
            pong_within: Duration::from_secs(10),
            slow_after: Duration::from_secs(5),
            catch_up: Duration::from_secs(10),
        }
    }
}

/// What every socket should look at again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct News {
    /// The configuration's revision.
    revision: u64,
    draining: bool,
}

/// What all visitors' sockets of a node share.
#[derive(Debug)]
pub struct Chat {
    app: Arc<App>,
    signer: Signer,
    auth: Auth,
    times: ChatTimes,
    paces: Paces,
    introductions: Introductions,
    news: watch::Sender<News>,
    sockets: AtomicUsize,
}

impl Chat {
    /// The chats of a running node. Must be called where a tokio runtime runs.
    #[must_use]
    pub fn start(app: &Arc<App>, auth: &Auth, times: ChatTimes) -> Arc<Self> {
        let chat = Arc::new(Self {
            app: Arc::clone(app),
            signer: Signer::new(&app.config.fingerprint_key()),
            auth: auth.clone(),
            times,
            paces: Paces::default(),
            introductions: Introductions::default(),
            news: watch::Sender::default(),
            sockets: AtomicUsize::new(0),
        });
        tokio::spawn(tell_news(Arc::downgrade(&chat)));
        chat
    }

    /// Signs and checks what browsers carry.
    #[must_use]
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// The origins of the addresses that visitors use, as configured now.
    #[must_use]
    pub fn own_origins(&self) -> [String; 2] {
        self.auth.origins()
    }

    /// A live chat that exists.
    #[must_use]
    pub fn channel(&self, id: ChannelId) -> Option<ChatChannel> {
        let served = Arc::clone(self.app.directory.current().channel(id)?);
        let config = self.app.engine.config.current();
        let configured = config.channels.get(&id)?;
        if configured.deleted {
            return None;
        }
        let settings = served.live_chat.clone()?;
        Some(ChatChannel {
            served,
            name: configured.name.clone(),
            language: config.language(configured),
            settings,
        })
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.app.engine.clock.now()
    }

    /// How many visitors' sockets are open.
    #[must_use]
    pub fn sockets(&self) -> usize {
        self.sockets.load(Ordering::Relaxed)
    }

    /// Whether a visitor who begins now may expect an answer: it is within the operation times of where the channel leads, and
    /// somebody is there for its queue. A chatbot needs nobody.
    async fn is_answered(&self, channel: ChannelId) -> bool {
        let engine = &self.app.engine;
        let config = engine.config.current();
        let Some(channel) = config.channels.get(&channel) else {
            return true;
        };
        if !config.takes(channel.destination, self.now()) {
            return false;
        }
        match channel.destination {
            Destination::Chatbot(_) => true,
            Destination::Queue(queue) => engine.is_attended(channel.tenant, queue).await,
        }
    }

    fn exists(&self, channel: ChannelId) -> bool {
        let config = self.app.engine.config.current();
        config
            .channels
            .get(&channel)
            .is_some_and(|channel| !channel.deleted)
    }

    /// Whether a visitor may not write.
    fn is_banned(&self, visitor: &ConversationKey) -> bool {
        let engine = &self.app.engine;
        let (config, now) = (engine.config.current(), self.now());
        engine.screen.is_banned(&config, &sender(visitor), now)
    }

    /// Counts something against a visitor that is no message; false if they are banned, since now or before.
    fn lets_in(&self, visitor: &ConversationKey) -> bool {
        let engine = &self.app.engine;
        let (config, now) = (engine.config.current(), self.now());
        engine.screen.lets_in(&config, &sender(visitor), false, now)
    }

    /// What an agent is called.
    fn agent_name(&self, agent: AgentId) -> Option<String> {
        let config = self.app.engine.config.current();
        config.agents.get(&agent).map(|agent| agent.name.clone())
    }
}

fn sender(visitor: &ConversationKey) -> Banned {
    Banned {
        tenant: visitor.tenant,
        kind: ChannelKind::LiveChat,
        address: visitor.address.clone(),
    }
}

/// A live chat, as configured now.
#[derive(Clone, Debug)]
pub struct ChatChannel {
    served: Arc<Served>,
    pub name: String,
    /// Of visitors whose own is none of ours.
    pub language: Language,
    pub settings: LiveChatSettings,
}

impl ChatChannel {
    /// What stands at the top of the chat.
    #[must_use]
    pub fn title(&self, lang: Lang) -> Cow<'_, str> {
        let title = self.settings.title.text(lang.language());
        title.map_or_else(|| domains(&self.name), Cow::Borrowed)
    }

    /// The key of a visitor's conversation.
    #[must_use]
    pub fn key_of(&self, visitor: token::VisitorId) -> ConversationKey {
        ConversationKey {
            tenant: self.served.tenant,
            channel: self.served.id,
            address: visitor.address(),
            thread: None,
        }
    }
}

/// Tells all sockets that the configuration changed or the engine drains, until it does.
async fn tell_news(chat: Weak<Chat>) {
    let Some((mut revision, gate)) = chat.upgrade().map(|chat| {
        let engine = &chat.app.engine;
        (engine.config.subscribe(), engine.gate.clone())
    }) else {
        return;
    };
    loop {
        tokio::select! {
            () = gate.until_shut(Shut::Draining) => {}
            changed = revision.changed() => if changed.is_err() { return },
        }
        let Some(chat) = chat.upgrade() else { return };
        let news = News {
            revision: *revision.borrow_and_update(),
            draining: gate.is_shut(Shut::Draining),
        };
        chat.news
            .send_if_modified(|known| std::mem::replace(known, news) != news);
        if news.draining {
            return;
        }
    }
}
