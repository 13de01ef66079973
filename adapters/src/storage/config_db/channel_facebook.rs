//! Facebook channels: one page, by its token.

use ecluse_engine::provider::ChannelRules;
use serde::{Deserialize, Serialize};

use super::channel::DAY;
use super::secret::SecretName;
use super::violation::Violation;

/// One page. Both texts are the provider's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FacebookSettings {
    pub page_id: String,
    pub page_name: String,
}

/// A Facebook channel, not yet checked. A sign-on or the page's token fills it.
#[derive(Clone, Debug, Default)]
pub struct FacebookDraft {
    pub page_id: String,
    pub page_name: String,
}

/// Free-form answers are allowed for 24 hours after the customer's last message; texts end at 2,000 characters
/// (<https://developers.facebook.com/docs/messenger-platform/reference/send-api>).
pub(super) const RULES: ChannelRules = ChannelRules {
    window: Some(DAY),
    text_limit: 2_000,
    idle_close: Some(DAY),
    reopen_within: DAY,
};

impl FacebookDraft {
    pub(super) fn check(self, violations: &mut Vec<Violation>) -> Option<FacebookSettings> {
        let is_id =
            !self.page_id.is_empty() && self.page_id.bytes().all(|byte| byte.is_ascii_digit());
        if !is_id || self.page_name.trim().is_empty() {
            violations.push(SecretName::PageAccessToken.missing());
            return None;
        }
        Some(FacebookSettings {
            page_id: self.page_id,
            page_name: self.page_name.trim().to_owned(),
        })
    }
}
