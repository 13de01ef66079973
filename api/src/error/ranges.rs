//! From how much to how much a number may go, by the name of its field.
//!
//! What must stay true: a number that its type cannot hold is told the same bounds as one that a save refuses.

use std::ops::RangeInclusive;

use ecluse_adapters::storage::config_db::bounds;

/// How the path of a field ends, and what it may hold.
static RANGES: [(&str, RangeInclusive<u32>); 30] = [
    ("port", bounds::PORT),
    ("offer_timeout_secs", bounds::OFFER_TIMEOUT_SECS),
    ("max_per_agent", bounds::MAX_PER_AGENT),
    ("invalid_max", bounds::BOT_INVALID_MAX),
    ("timeout_secs", bounds::BOT_TIMEOUT_SECS),
    ("concurrency_limit", bounds::BOT_CONCURRENCY),
    ("wrap_up_secs", bounds::WRAP_UP_SECS),
    ("capacity", bounds::CAPACITY),
    ("weights.live_chat", bounds::WEIGHT),
    ("weights.sms", bounds::WEIGHT),
    ("weights.email", bounds::WEIGHT),
    ("weights.facebook", bounds::WEIGHT),
    ("weights.whatsapp", bounds::WEIGHT),
    ("attachments.mb_max", bounds::ATTACHMENT_MB),
    ("attachment_mb_max", bounds::ATTACHMENT_MB),
    ("check_interval_secs", bounds::CHECK_INTERVAL_SECS),
    ("returning_customers.days", bounds::RETURNING_DAYS),
    ("retention.conversation_days", bounds::RETENTION_DAYS),
    ("email_reopen_days", bounds::REOPEN_DAYS),
    ("abuse.messages", bounds::ABUSE_COUNT),
    ("abuse.messages_secs", bounds::ABUSE_SECS),
    ("abuse.conversations", bounds::ABUSE_COUNT),
    ("abuse.conversations_secs", bounds::ABUSE_SECS),
    ("abuse.ban_hours", bounds::BAN_HOURS),
    ("smpp.binds", bounds::SMPP_BINDS),
    ("smpp.window", bounds::SMPP_WINDOW),
    ("smpp.enquire_link_secs", bounds::SMPP_ENQUIRE_LINK_SECS),
    ("agent_seats", bounds::LICENCE_LIMIT),
    ("supervisor_seats", bounds::LICENCE_LIMIT),
    ("channels_max", bounds::LICENCE_LIMIT),
];

/// The range of the field at a path; `None` of one that is not known.
pub(super) fn of(path: &str) -> Option<&'static RangeInclusive<u32>> {
    let is_at = |end: &str| {
        path.strip_suffix(end)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let found = RANGES.iter().find(|(end, _)| is_at(end))?;
    Some(&found.1)
}
