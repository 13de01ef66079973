//! What holds for everything of one tenant.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::hours::Hours;
use crate::ids::TenantId;
use crate::texts::Language;
use crate::weights::Weights;

/// One tenant's rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Tenant {
    pub id: TenantId,
    /// Of operation times, closed dates and deadlines.
    pub time_zone: TimeZone,
    /// Of automatic texts where the customer's own is not known.
    pub language: Language,
    /// When queues that inherit are open; `None` is always.
    pub hours: Option<Hours>,
    pub abuse: AbuseLimits,
    pub weights: Weights,
    /// How long a customer is given back to the agent who knows them; 0 is never.
    pub returning_days: u32,
    /// How long a reply to a closed e-mail conversation reopens it.
    pub email_reopen_days: u32,
    /// When closed conversations are erased; `None` is never.
    pub retention_days: Option<u32>,
    /// Attachments above this are refused, in megabytes.
    pub attachment_mb_max: u32,
    pub licence: Licence,
}

impl Tenant {
    /// A tenant about which nobody decided anything yet.
    #[must_use]
    pub fn new(id: TenantId) -> Self {
        Self {
            id,
            time_zone: TimeZone::UTC,
            language: Language::default(),
            hours: None,
            abuse: AbuseLimits::default(),
            weights: Weights::default(),
            returning_days: Self::RETURNING_DAYS,
            email_reopen_days: Self::EMAIL_REOPEN_DAYS,
            retention_days: None,
            attachment_mb_max: Self::ATTACHMENT_MB_MAX,
            licence: Licence::default(),
        }
    }

    /// How long a returning customer is known, unless somebody decides otherwise.
    pub const RETURNING_DAYS: u32 = 99;
    /// How long a reply by e-mail reopens a conversation, unless somebody decides otherwise.
    pub const EMAIL_REOPEN_DAYS: u32 = 30;
    /// The largest attachment, unless somebody decides otherwise.
    pub const ATTACHMENT_MB_MAX: u32 = 10;
}

/// How much one sender may write by live chat or SMS before they are banned. Token buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct AbuseLimits {
    pub enabled: bool,
    /// Messages in `messages_secs`.
    pub messages: u32,
    pub messages_secs: u32,
    /// New conversations in `conversations_secs`.
    pub conversations: u32,
    pub conversations_secs: u32,
    pub ban_hours: u32,
}

impl Default for AbuseLimits {
    fn default() -> Self {
        Self {
            enabled: true,
            messages: 20,
            messages_secs: 10,
            conversations: 5,
            conversations_secs: 60,
            ban_hours: 24,
        }
    }
}

/// What a deployment lets a tenant use. Unlimited, unless the platform's administrator decides otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Licence {
    /// People who may be logged in as agents at once, supervisors included; `None` is no limit.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(maximum = 1_000_000))]
    pub agent_seats: Option<u32>,
    /// People with the role of supervisor or above; `None` is no limit.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(maximum = 1_000_000))]
    pub supervisor_seats: Option<u32>,
    /// Channels at once; `None` is no limit.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(maximum = 1_000_000))]
    pub channels_max: Option<u32>,
    /// `None` is every module.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<Module>>))]
    pub modules: Option<BTreeSet<Module>>,
}

/// What can be licensed by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Module {
    /// Facebook and WhatsApp channels.
    Omnichannel,
    CustomerSurvey,
}

impl Module {
    /// Its name in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Omnichannel => "omnichannel",
            Self::CustomerSurvey => "customer_survey",
        }
    }
}

impl Licence {
    /// Whether a module may be used.
    #[must_use]
    pub fn has(&self, module: Module) -> bool {
        self.modules
            .as_ref()
            .is_none_or(|modules| modules.contains(&module))
    }
}
