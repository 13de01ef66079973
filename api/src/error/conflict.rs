//! Why the state of things forbids a change: a conflict that the caller can end, and then try again.

use ecluse_adapters::cmp::NotAvailable;
use ecluse_adapters::storage::config_db::{InTheWay, LicenceGate};

use super::kinds::{self, Kind};

/// Why the state of things forbids a change.
#[derive(Debug)]
pub enum Conflict {
    /// Others still point to it.
    InUse(Vec<InTheWay>),
    /// So many conversations are open in the queue.
    QueueNotEmpty {
        open: u32,
    },
    LastAdministrator,
    AgentLoggedIn,
    /// These conversations are open and the agent's: their ids.
    AgentHasConversations(Vec<uuid::Uuid>),
    ChannelDeleted,
    /// The channel does not wait for its deletion.
    NotPending,
    /// The licence ends here.
    Licence(LicenceGate),
    /// What a sign-on window found out is gone.
    SignOnGone,
    /// A sign-on window found nothing out yet.
    SignOnUnfinished,
    /// The key was used for another request.
    IdempotencyKeyUsed,
    /// The customer is banned.
    Banned,
    /// These conversations are open: their ids.
    ConversationsOpen(Vec<uuid::Uuid>),
    /// This deployment cannot speak with the company.
    NotAvailable(NotAvailable),
}

impl Conflict {
    pub(super) fn kind(&self) -> &'static Kind {
        match self {
            Self::InUse(_) => &kinds::IN_USE,
            Self::NotPending => &kinds::NOT_PENDING,
            Self::Licence(_) => &kinds::LICENCE,
            Self::SignOnGone => &kinds::SIGN_ON_GONE,
            Self::SignOnUnfinished => &kinds::SIGN_ON_UNFINISHED,
            Self::IdempotencyKeyUsed => &kinds::IDEMPOTENCY_KEY_USED,
            Self::NotAvailable(_) => &kinds::NOT_AVAILABLE,
            Self::QueueNotEmpty { .. } => &kinds::QUEUE_NOT_EMPTY,
            Self::LastAdministrator => &kinds::LAST_ADMINISTRATOR,
            Self::AgentLoggedIn => &kinds::AGENT_LOGGED_IN,
            Self::AgentHasConversations(_) => &kinds::AGENT_HAS_CONVERSATIONS,
            Self::ChannelDeleted => &kinds::CHANNEL_DELETED,
            Self::Banned => &kinds::BANNED,
            Self::ConversationsOpen(_) => &kinds::CONVERSATION_OPEN,
        }
    }

    pub(super) fn detail(&self) -> String {
        let always = match self {
            Self::InUse(by) => {
                let names: Vec<_> = by.iter().map(|one| one.name.as_str()).collect();
                return format!("these point to it: {}", names.join(", "));
            }
            Self::Licence(LicenceGate::Module(module)) => {
                return format!("the licence lacks the module {}", module.as_str());
            }
            Self::Licence(gate) => return format!("the licence allows {gate}"),
            Self::NotAvailable(why) => return why.to_string(),
            Self::QueueNotEmpty { open: 1 } => "1 conversation is open in it",
            Self::QueueNotEmpty { open } => return format!("{open} conversations are open in it"),
            Self::NotPending => "only a channel that waits for its deletion can be reactivated",
            Self::SignOnGone => "it was used already, or a quarter of an hour is over",
            Self::SignOnUnfinished => "its window has not been finished",
            Self::IdempotencyKeyUsed => "the same key came with another request before",
            Self::LastAdministrator => "nobody else could administer the deployment",
            Self::AgentHasConversations(_) => "conversations of the agent are open",
            Self::AgentLoggedIn => "an agent who is at work cannot be deleted",
            Self::ChannelDeleted => "a deleted channel keeps its history and cannot be changed",
            Self::Banned => "nothing of the customer is taken in",
            Self::ConversationsOpen(_) => "what is said in an open conversation is still needed",
        };
        always.to_owned()
    }
}
