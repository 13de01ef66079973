//! SMS channels: one number of a trunk.

use ecluse_engine::provider::ChannelRules;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::audit::Resource;
use super::channel::DAY;
use super::channel_check::e164;
use super::link::Link;
use super::sms_trunk::SmsTrunkBody;
use super::violation::Violation;

/// One number, which sends and receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsSettings {
    /// E.164, with `+`.
    pub number: String,
    /// The trunk that carries it.
    pub trunk: Uuid,
}

/// An SMS channel, not yet checked.
#[derive(Clone, Debug)]
pub struct SmsDraft {
    pub number: String,
    pub trunk: Uuid,
}

/// Ten concatenated parts of GSM 7-bit text (3GPP TS 23.040, 9.2.3.24.1) is what handsets are sure to put together.
pub(super) const RULES: ChannelRules = ChannelRules {
    window: None,
    text_limit: 1_530,
    idle_close: Some(DAY),
    reopen_within: DAY,
};

impl SmsDraft {
    pub(super) fn check(self, violations: &mut Vec<Violation>) -> Option<SmsSettings> {
        match e164("sms.number", &self.number) {
            Ok(number) => Some(SmsSettings {
                number,
                trunk: self.trunk,
            }),
            Err(violation) => {
                violations.push(violation);
                None
            }
        }
    }
}

/// What an SMS channel points to.
pub(super) fn link(trunk: Uuid) -> Link {
    Link::new("sms.trunk", Resource::SmsTrunk, trunk)
}

impl SmsSettings {
    /// R33: the number is one of an enabled trunk.
    pub(super) fn not_carried_by(&self, trunk: &SmsTrunkBody) -> Option<Violation> {
        if !trunk.enabled {
            let message = "the trunk is switched off";
            return Some(Violation::new("sms.trunk", "trunk_disabled", message));
        }
        (!trunk.numbers.contains(&self.number)).then(|| {
            let message = format!("is none of the numbers of the trunk {}", trunk.name);
            Violation::new("sms.number", "not_of_trunk", message)
        })
    }
}
