//! The engine of Écluse: actors, doors, routing and the contract of the journal. It opens no socket, file or database.
//!
//! # The journey of one message
//!
//! 1. An adapter verifies and parses what a provider sent ([`message::Item`]) and hands it to [`system::Engine::receive`].
//! 2. The [`runtime::gate`] gives the whole body room, or says no and the provider sends it again.
//! 3. The registry finds or wakes the [`conversation`] actor of the key; a [`runtime::door`] admits the message.
//! 4. [`conversation::state`] decides, purely: `step(command, now)` gives an [`message::Entry`] of facts.
//! 5. The [`journal`] commits it in a group. Only now the provider gets its yes.
//! 6. Followers read the committed journal, each at its own cursor ([`follow`]): the projector fills the [`store`],
//! 7. the [`router`] finds an agent and asks the conversation to be theirs,
//! 8. [`live`] shows it on desks and in the visitor's page,
//! 9. and a [`channel`]'s outbox sends the answers, at the [`provider`]'s pace.

pub mod abuse;
pub mod channel;
pub mod chatbot;
pub(crate) mod closing;
pub mod configuration;
pub mod conversation;
pub mod follow;
pub(crate) mod forgetting;
pub mod hours;
pub mod ids;
pub mod journal;
pub mod limits;
pub mod live;
pub mod message;
pub mod metrics;
pub mod provider;
pub(crate) mod retention;
pub mod router;
pub mod runtime;
#[cfg(feature = "sim")]
pub mod sim;
pub mod store;
pub mod system;
pub mod tenant;
pub mod texts;
pub(crate) mod timers;
pub mod weights;
