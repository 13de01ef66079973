//! Weights: how much of an agent's capacity one conversation takes, by the kind of its channel.
//!
//! What must stay true: every open conversation weighs what the configuration says now, whoever holds it. A heavier weight
//! takes nothing from anybody; it only leaves less room for more.

use serde::{Deserialize, Serialize};

use crate::message::ChannelKind;

/// Units of an agent's capacity, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Weights {
    pub live_chat: u32,
    pub sms: u32,
    pub email: u32,
    pub facebook: u32,
    pub whatsapp: u32,
}

impl Weights {
    /// The weight of one conversation on a channel of the kind.
    #[must_use]
    pub const fn of(&self, kind: ChannelKind) -> u32 {
        match kind {
            ChannelKind::LiveChat => self.live_chat,
            ChannelKind::Sms => self.sms,
            ChannelKind::Email => self.email,
            ChannelKind::Facebook => self.facebook,
            ChannelKind::Whatsapp => self.whatsapp,
        }
    }
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            live_chat: 25,
            sms: 10,
            email: 10,
            facebook: 10,
            whatsapp: 10,
        }
    }
}
