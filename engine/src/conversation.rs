//! The actor that owns everything said on one key: who wrote what, in which order, and who answers.
//!
//! It decides and posts to nobody; what it decides is in its journal entry, and followers act on that. Its state is read
//! from the store when it wakes, which is complete because it only sleeps once the projector has passed its last entry.

mod applying;
mod command;
mod configured;
pub mod crashes;
mod episode;
mod erasing;
pub mod letter;
mod menu;
mod opening;
mod ownership;
mod reason;
mod receiving;
pub mod recent;
mod screening;
mod sending;
pub mod sends;
mod speaking;
pub mod state;

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

pub use command::{Command, FilledForm, Introduction, Past, Refusal, Reply};
pub use configured::Configured;
pub use episode::{Bot, Episode, KnownAgent, Phase, Said, Turn};
pub use state::State;

use self::crashes::Crashes;
use crate::abuse::Screen;
use crate::configuration::{Channel, ConfigFeed, Snapshot};
use crate::ids::ConversationKey;
use crate::limits;
use crate::message::{Entry, Timestamp};
use crate::metrics::{self, ActorKind};
use crate::runtime::guard::LoadError;
use crate::runtime::{Behaviour, Decision};
use crate::store::Store;

/// The conversation of one key.
pub struct Conversation {
    key: ConversationKey,
    store: Arc<dyn Store>,
    config: Arc<ConfigFeed>,
    /// The channel as last seen; it outlives the channel's deletion, so that open conversations can be closed properly.
    channel: Option<(u64, Arc<Channel>)>,
    screen: Arc<Screen>,
    crashes: Crashes,
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Conversation({:?})", self.key)
    }
}

impl Conversation {
    /// The behaviour for `key`.
    #[must_use]
    pub fn new(
        key: ConversationKey,
        store: Arc<dyn Store>,
        config: Arc<ConfigFeed>,
        screen: Arc<Screen>,
        crashes: Crashes,
    ) -> Self {
        Self {
            key,
            store,
            config,
            channel: None,
            screen,
            crashes,
        }
    }

    fn channel(&mut self, current: &Snapshot) -> Option<Arc<Channel>> {
        match &self.channel {
            Some((revision, channel)) if *revision == current.revision => Some(Arc::clone(channel)),
            known => {
                let channel = current
                    .channels
                    .get(&self.key.channel)
                    .or_else(|| known.as_ref().map(|(_, channel)| channel))?;
                let channel = Arc::clone(channel);
                self.channel = Some((current.revision, Arc::clone(&channel)));
                Some(channel)
            }
        }
    }
}

impl Behaviour for Conversation {
    const KIND: ActorKind = ActorKind::Conversation;
    const CAPACITY: u32 = limits::CONVERSATION_DOOR;
    type Message = Command;
    type Reply = Reply;
    type State = State;

    fn load(&self) -> BoxFuture<'static, Result<State, LoadError>> {
        let store = Arc::clone(&self.store);
        let key = self.key.clone();
        async move {
            let state = store
                .conversation(&key)
                .await
                .map_err(|error| LoadError(Box::new(error)))?;
            Ok(state.unwrap_or_default())
        }
        .boxed()
    }

    fn handle(&mut self, state: &mut State, command: &Command, now: Timestamp) -> Decision<Reply> {
        self.crashes.strike(command);
        let current = self.config.current();
        let Some(channel) = self.channel(&current) else {
            let (entry, reply) = state.bury(&self.key, command, "the channel does not exist", now);
            return Decision::Record(entry, reply);
        };
        if self.turns_away(state, &channel, &current, command, now) {
            metrics::message_turned_away();
            return Decision::Answer(Reply::Refused(Refusal::Banned));
        }
        let configured = Configured {
            channel: &channel,
            snapshot: Some(&current),
            is_banned: self.must_be_silent(&channel, &current, command, now),
        };
        let decision = state.step(&self.key, configured, command, now);
        match (&decision, command) {
            (Decision::Repeat(_), Command::Receive { .. } | Command::ReceiveWith { .. }) => {
                metrics::message_repeated()
            }
            (Decision::Record(..), Command::Erase { .. }) => metrics::erased(),
            _ => {}
        }
        decision
    }

    fn dead_letter(
        &mut self,
        state: &mut State,
        command: &Command,
        cause: &str,
        now: Timestamp,
    ) -> (Entry, Reply) {
        state.bury(&self.key, command, cause, now)
    }
}
