//! From how much to how much a setting may go.
//!
//! What must stay true: what refuses a value and the form that offers it read the same bound, so that no form takes what the
//! save refuses, and none refuses what a file may say.

use std::ops::RangeInclusive;

/// How long an agent may think about an offer, in seconds.
pub const OFFER_TIMEOUT_SECS: RangeInclusive<u32> = 5..=600;
/// Conversations of a queue that an agent holds at most; 0 is no limit.
pub const MAX_PER_AGENT: RangeInclusive<u32> = 0..=1_000;

/// Wrong answers in a row before a chatbot gives up.
pub const BOT_INVALID_MAX: RangeInclusive<u32> = 1..=10;
/// How long a chatbot waits for an answer, in seconds.
pub const BOT_TIMEOUT_SECS: RangeInclusive<u32> = 30..=86_400;
/// Conversations of a chatbot at once; 0 is no limit.
pub const BOT_CONCURRENCY: RangeInclusive<u32> = 0..=100_000;

/// Between the end of a conversation and the next offer, in seconds.
pub const WRAP_UP_SECS: RangeInclusive<u32> = 0..=3_600;
/// Units that an agent can hold.
pub const CAPACITY: RangeInclusive<u32> = 1..=1_000;
/// Units that one conversation takes.
pub const WEIGHT: RangeInclusive<u32> = 1..=1_000;

/// The largest attachment, in megabytes.
pub const ATTACHMENT_MB: RangeInclusive<u32> = 1..=25;
/// How often a mailbox is looked into, in seconds.
pub const CHECK_INTERVAL_SECS: RangeInclusive<u32> = 10..=3_600;

/// Where a server listens.
pub const PORT: RangeInclusive<u32> = 1..=65_535;

/// Closures of a queue or of all.
pub const CLOSED_DATES_MAX: usize = 366;

/// How long a customer who comes back is remembered; 0 is never.
pub const RETURNING_DAYS: RangeInclusive<u32> = 0..=3_650;
/// After how many days closed conversations are erased.
pub const RETENTION_DAYS: RangeInclusive<u32> = 1..=36_500;
/// How long an answer to an e-mail opens its conversation again.
pub const REOPEN_DAYS: RangeInclusive<u32> = 0..=365;
/// How many messages or conversations are too many.
pub const ABUSE_COUNT: RangeInclusive<u32> = 1..=10_000;
/// Within how many seconds they are counted.
pub const ABUSE_SECS: RangeInclusive<u32> = 1..=86_400;
/// How long somebody is banned.
pub const BAN_HOURS: RangeInclusive<u32> = 1..=8_760;

/// What a visitors' form asks for.
pub const FORM_FIELDS_MAX: usize = 30;
/// What one of its questions offers to choose from.
pub const FORM_CHOICES_MAX: usize = 50;

/// Numbers of an SMS trunk.
pub const TRUNK_NUMBERS_MAX: usize = 10_000;
/// SMPP sessions at once.
pub const SMPP_BINDS: RangeInclusive<u32> = 1..=20;
/// Requests of an SMPP session without an answer.
pub const SMPP_WINDOW: RangeInclusive<u32> = 1..=1_000;
/// Between two signs of life of an SMPP session, in seconds.
pub const SMPP_ENQUIRE_LINK_SECS: RangeInclusive<u32> = 5..=600;

/// People, supervisors or channels that a licence allows.
pub const LICENCE_LIMIT: RangeInclusive<u32> = 0..=1_000_000;
