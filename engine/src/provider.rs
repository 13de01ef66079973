//! What an adapter must be. A provider sends, and verifies its connection; receiving is a pure parse followed by a post
//! through the engine's front door, so it needs no trait.

use std::time::Duration;

use async_trait::async_trait;

use crate::ids::{Address, ProviderMessageId};
use crate::message::{Content, Outbound, ProviderError, Timestamp};

/// How a call to send ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Accepted, under this id.
    Sent(ProviderMessageId),
    /// Refused for now; nothing was sent.
    Retry {
        after: Duration,
        error: ProviderError,
        scope: RetryScope,
    },
    /// Refused for good.
    Rejected(ProviderError),
    /// The channel cannot send until a person acts: its outbox is held and the channel is degraded.
    Halted(ProviderError),
    /// The request left and no answer came: it may have been accepted. Reconciled by status reports first.
    Ambiguous(ProviderError),
}

/// What a retry holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryScope {
    /// This message only.
    Message,
    /// Everything to this recipient.
    Recipient,
    /// The whole channel.
    Channel,
}

/// How fast a provider takes messages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pace {
    /// Messages a second for the whole channel.
    pub per_second: u32,
    /// Time that one message to a recipient uses up.
    pub pair_interval: Duration,
    /// Messages that one recipient may get at once before `pair_interval` counts.
    pub pair_burst: u32,
}

/// Why a connection could not be verified: which step failed, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{step:?}: {detail}")]
pub struct VerifyError {
    pub step: VerifyStep,
    pub detail: String,
}

/// The steps of verifying a connection, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyStep {
    /// Finding the addresses of the host.
    Name,
    Connection,
    Tls,
    /// The server's first words: whether it speaks the protocol at all.
    Greeting,
    SignIn,
    /// What was signed in to: whether it is the one that is meant, and may do what it must.
    Account,
    /// Opening the folder that mail is read from.
    Folder,
    /// Whether the server sends in the name of the channel's address.
    Sender,
    /// The account is fine; a number or an address that the channel needs is not on it.
    Number,
}

impl VerifyStep {
    /// The step's name in the API; it never changes.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Connection => "connection",
            Self::Tls => "tls",
            Self::SignIn => "sign_in",
            Self::Account => "account",
            Self::Greeting => "greeting",
            Self::Folder => "folder",
            Self::Sender => "sender",
            Self::Number => "number",
        }
    }
}

/// Why the channel's rules forbid a message before any call is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// The customer's last message is too old for a free-form answer.
    #[error("the service window closed at {closed_at:?}")]
    WindowClosed {
        closed_at: Option<Timestamp>,
        allowed: Vec<&'static str>,
    },
    #[error("the text has {length} characters; the channel takes {limit}")]
    TooLong { length: usize, limit: usize },
    #[error("this channel cannot send {kind}")]
    Unsupported { kind: &'static str },
}

/// What a channel's adapter can do. Implementations hold their configuration and no queue.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Sends one message. Never blocks longer than its own time-out and never panics on an answer.
    async fn send(&self, to: &Address, message: &Outbound) -> Sending;

    /// Signs in to the provider and changes nothing there.
    ///
    /// # Errors
    /// The step that failed.
    async fn verify(&self) -> Result<(), VerifyError>;

    /// How fast the outbox may call.
    fn pace(&self) -> Pace;
}

/// The rules of a channel kind that are known without calling anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChannelRules {
    /// How long after the customer's last message free-form answers are allowed; `None` is always.
    pub window: Option<Duration>,
    /// The longest text, in characters.
    pub text_limit: usize,
    /// Close after nobody wrote for this long; `None` is never.
    pub idle_close: Option<Duration>,
    /// A message this soon after the close reopens the episode.
    pub reopen_within: Duration,
}

impl ChannelRules {
    /// Whether `content` may be sent now.
    ///
    /// # Errors
    /// The rule that forbids it, with what is still allowed.
    pub fn check(
        &self,
        content: &Content,
        last_inbound: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), NotAllowed> {
        if let Some(window) = self.window {
            let closed_at = last_inbound.map(|at| at.plus(window));
            if closed_at.is_none_or(|at| at <= now) {
                return Err(NotAllowed::WindowClosed {
                    closed_at,
                    allowed: vec!["template"],
                });
            }
        }
        match content {
            Content::Text(text) => {
                let length = text.body.chars().count();
                if length > self.text_limit {
                    return Err(NotAllowed::TooLong {
                        length,
                        limit: self.text_limit,
                    });
                }
                Ok(())
            }
            Content::Media(_) => Err(NotAllowed::Unsupported { kind: "media" }),
            Content::Location(_) => Err(NotAllowed::Unsupported { kind: "location" }),
            Content::Contacts(_) => Err(NotAllowed::Unsupported { kind: "contacts" }),
            Content::Interactive(_) => Err(NotAllowed::Unsupported {
                kind: "interactive",
            }),
            Content::Reaction(_) => Err(NotAllowed::Unsupported { kind: "reaction" }),
            Content::Unknown(_) => Err(NotAllowed::Unsupported { kind: "unknown" }),
        }
    }
}
