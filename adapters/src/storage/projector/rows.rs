//! How facts are numbered and named in the store. Numbers are stored: they never change their meaning.

use ecluse_engine::message::{ChannelKind, Fact, Status, TimerKind};

/// Each so manieth row of a key is marked: what it costs at most to find any of its numbers.
pub(in crate::storage) const MARK_EVERY: u64 = 64;

/// Kinds of rows in the timeline.
pub(in crate::storage) mod kind {
    pub(in crate::storage) const RECEIVED: i64 = 1;
    pub(in crate::storage) const QUEUED: i64 = 2;
    pub(in crate::storage) const EVENT: i64 = 3;
}

/// Phases of a conversation.
pub(in crate::storage) mod phase {
    pub(in crate::storage) const WAITING: i64 = 0;
    pub(in crate::storage) const ASSIGNED: i64 = 1;
    pub(in crate::storage) const CLOSED: i64 = 2;
}

pub(in crate::storage) fn status_number(status: Status) -> i64 {
    match status {
        Status::Queued => 0,
        Status::Sent => 1,
        Status::Failed => 2,
        Status::Delivered => 3,
        Status::Read => 4,
    }
}

pub(in crate::storage) fn status_of(number: i64) -> Status {
    match number {
        0 => Status::Queued,
        1 => Status::Sent,
        2 => Status::Failed,
        3 => Status::Delivered,
        _ => Status::Read,
    }
}

pub(in crate::storage) fn kind_number(kind: ChannelKind) -> i64 {
    match kind {
        ChannelKind::LiveChat => 1,
        ChannelKind::Sms => 2,
        ChannelKind::Email => 3,
        ChannelKind::Facebook => 4,
        ChannelKind::Whatsapp => 5,
    }
}

pub(in crate::storage) fn kind_of(number: i64) -> ChannelKind {
    match number {
        1 => ChannelKind::LiveChat,
        2 => ChannelKind::Sms,
        3 => ChannelKind::Email,
        4 => ChannelKind::Facebook,
        _ => ChannelKind::Whatsapp,
    }
}

pub(in crate::storage) fn timer_number(kind: TimerKind) -> i64 {
    match kind {
        TimerKind::IdleClose => 1,
        TimerKind::BotTimeout => 2,
    }
}

pub(in crate::storage) fn timer_of(number: i64) -> TimerKind {
    match number {
        1 => TimerKind::IdleClose,
        _ => TimerKind::BotTimeout,
    }
}

/// Whether people see the fact in the conversation's timeline.
pub(super) fn is_shown_event(fact: &Fact) -> bool {
    match fact {
        Fact::Opened(_)
        | Fact::Reopened { .. }
        | Fact::Assigned { .. }
        | Fact::Requeued { .. }
        | Fact::FirstAnswered { .. }
        | Fact::BotEnded { .. }
        | Fact::FormFilled(_)
        | Fact::Closed { .. } => true,
        Fact::Received(_)
        | Fact::Queued(_)
        | Fact::Attempted { .. }
        | Fact::AttemptAmbiguous { .. }
        | Fact::SendEnded { .. }
        | Fact::StatusRose { .. }
        | Fact::StatusKept { .. }
        | Fact::ReadByAgent { .. }
        // It stands in the place of what it erased.
        | Fact::Erased(_)
        | Fact::Stale { .. }
        | Fact::ProfileNamed { .. }
        | Fact::EmailTyped { .. }
        | Fact::LanguageChosen { .. }
        | Fact::BotStarted(_)
        | Fact::MenuMoved { .. }
        | Fact::KnownAgentsForgotten { .. }
        | Fact::ContactRenamed { .. }
        | Fact::DeadLettered(_)
        | Fact::LetterSettled { .. }
        | Fact::Noticed(_)
        | Fact::SessionChosen { .. }
        | Fact::TimerSet { .. }
        | Fact::TimerCleared { .. }
        | Fact::OfferMade { .. }
        | Fact::OfferEnded { .. } => false,
    }
}
