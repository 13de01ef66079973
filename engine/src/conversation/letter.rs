//! A command as it is kept in a dead letter, and made again from it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Command, Introduction};
use crate::ids::{ConversationId, ConversationKey, Fingerprinter};
use crate::message::{Fingerprint, Inbound, Outbound, RawJson, StatusReport};

/// What of a command is worth doing again. What only returns to a conversation is not: its cause comes again by itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    Received(Arc<Inbound>),
    ReceivedWith {
        message: Arc<Inbound>,
        introduction: Box<Introduction>,
    },
    Reported(StatusReport),
    Sent {
        conversation: ConversationId,
        message: Arc<Outbound>,
        /// Of the caller's own id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fingerprint: Option<Fingerprint>,
    },
    /// Described for a person only.
    Other(String),
}

impl Letter {
    /// The letter of a command.
    #[must_use]
    pub fn of(command: &Command) -> Self {
        match command {
            Command::Receive { message, .. } => Self::Received(Arc::clone(message)),
            Command::ReceiveWith {
                message,
                introduction,
                ..
            } => Self::ReceivedWith {
                message: Arc::clone(message),
                introduction: introduction.clone(),
            },
            Command::Report { report, .. } => Self::Reported(report.clone()),
            Command::Send {
                conversation,
                message,
                fingerprint,
                ..
            } => Self::Sent {
                conversation: *conversation,
                message: Arc::clone(message),
                fingerprint: *fingerprint,
            },
            other => Self::Other(format!("{other:?}")),
        }
    }

    /// The letter as it is stored.
    #[must_use]
    pub fn to_raw(&self) -> RawJson {
        RawJson(serde_json::value::to_raw_value(self).unwrap_or_default())
    }

    /// The command of the letter with this id, to be tried again; `None` if it is only a description. However often it is
    /// tried, it counts once.
    #[must_use]
    pub fn into_command(
        self,
        id: i64,
        key: &ConversationKey,
        fingerprinter: &Fingerprinter,
    ) -> Option<Command> {
        match self {
            Self::Received(message) => {
                let fingerprint = fingerprinter.of(key.channel, &message.provider_id.0);
                Some(Command::Receive {
                    message,
                    fingerprint,
                })
            }
            Self::ReceivedWith {
                message,
                introduction,
            } => {
                let fingerprint = fingerprinter.of(key.channel, &message.provider_id.0);
                Some(Command::ReceiveWith {
                    message,
                    fingerprint,
                    introduction,
                })
            }
            Self::Reported(report) => {
                let fingerprint = fingerprinter.of(key.channel, &report.provider_id.0);
                Some(Command::Report {
                    report,
                    fingerprint,
                })
            }
            Self::Sent {
                conversation,
                message,
                fingerprint,
            } => {
                let own = || fingerprinter.of(key.channel, &format!("{}/letter/{id}", key.address));
                Some(Command::Send {
                    conversation,
                    message,
                    fingerprint: Some(fingerprint.unwrap_or_else(own)),
                    based_on: None,
                })
            }
            Self::Other(_) => None,
        }
    }
}
