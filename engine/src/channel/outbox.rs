//! The way back, pure: which message of a channel is sent next, and what follows from how it went.
//!
//! What must stay true: per conversation at most one message is in flight, and in order; nothing is called before its
//! attempt is committed; an attempt whose answer is lost waits for a status before it is repeated, and is repeated at most
//! once; a held channel calls nobody.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use super::pace::Pacer;
use crate::ids::ConversationKey;
use crate::message::{Outbound, Timestamp};
use crate::provider::Pace;
use crate::store::PendingSend;

/// How long a lost answer is waited for in the form of a status.
pub const RECONCILE: Duration = Duration::from_secs(30);

/// Attempts before a message that is refused "for now" is given up.
pub const ATTEMPTS_MAX: u32 = 8;

/// What the channel must do.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Ask the conversation to record the attempt.
    Begin {
        key: ConversationKey,
        seq: u64,
        attempt: u32,
    },
    /// The attempt is recorded: call the provider.
    Call {
        key: ConversationKey,
        seq: u64,
        attempt: u32,
        message: Arc<Outbound>,
    },
    /// The process ended in the middle of a call: let the conversation decide what is known.
    GiveUp {
        key: ConversationKey,
        seq: u64,
        attempt: u32,
    },
    /// Two answers were lost: it will not be tried a third time.
    Abandon {
        key: ConversationKey,
        seq: u64,
        attempt: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Not before this time.
    Due(Timestamp),
    /// The attempt is on its way into the journal.
    Beginning,
    /// The call is out.
    Calling,
    /// The call's answer is lost; wait for a status until then.
    Unknown(Timestamp),
}

#[derive(Clone, Debug)]
struct Pending {
    seq: u64,
    message: Arc<Outbound>,
    attempt: u32,
    retried_blind: bool,
    step: Step,
}

/// The unanswered messages of one channel.
#[derive(Clone, Debug, Default)]
pub struct Outbox {
    lines: HashMap<ConversationKey, VecDeque<Pending>>,
    /// Lines whose first message may be begun, by time and then by turn.
    due: BTreeMap<(Timestamp, u64), ConversationKey>,
    turns: HashMap<ConversationKey, (Timestamp, u64)>,
    next_turn: u64,
    pacer: Pacer,
    held_until: Option<Timestamp>,
}

impl Outbox {
    /// The outbox as the store remembers it. A status of a call whose answer is lost may come from `now` on, as long as it
    /// may in a process that never ended: whoever was down could not hear it.
    #[must_use]
    pub fn restore(
        pending: impl IntoIterator<Item = PendingSend>,
        now: Timestamp,
    ) -> (Self, Vec<Act>) {
        let mut outbox = Self::default();
        let mut acts = Vec::new();
        for send in pending {
            let step = match (send.attempting, send.ambiguous) {
                (true, true) => Step::Unknown(now.plus(RECONCILE)),
                (true, false) => Step::Calling,
                (false, _) => Step::Due(send.not_before.max(now)),
            };
            if step == Step::Calling {
                acts.push(Act::GiveUp {
                    key: send.key.clone(),
                    seq: send.seq,
                    attempt: send.attempt,
                });
            }
            outbox.push(
                &send.key,
                Pending {
                    seq: send.seq,
                    message: send.message,
                    attempt: send.attempt,
                    retried_blind: send.retried_blind,
                    step,
                },
            );
        }
        (outbox, acts)
    }

    /// A message was recorded.
    pub fn queued(
        &mut self,
        key: &ConversationKey,
        seq: u64,
        message: Arc<Outbound>,
        now: Timestamp,
    ) {
        self.push(
            key,
            Pending {
                seq,
                message,
                attempt: 0,
                retried_blind: false,
                step: Step::Due(now),
            },
        );
    }

    /// The attempt was recorded: the call may leave.
    pub fn attempted(&mut self, key: &ConversationKey, seq: u64, attempt: u32) -> Option<Act> {
        let first = self.first(key, seq)?;
        match first.step {
            // An outbox that was read again in between does not remember that it had begun.
            Step::Beginning | Step::Due(_) => {}
            Step::Calling | Step::Unknown(_) => return None,
        }
        first.step = Step::Calling;
        first.attempt = attempt;
        let message = Arc::clone(&first.message);
        self.unschedule(key);
        Some(Act::Call {
            key: key.clone(),
            seq,
            attempt,
            message,
        })
    }

    /// The answer was lost.
    pub fn ambiguous(&mut self, key: &ConversationKey, seq: u64, now: Timestamp) {
        if let Some(first) = self.first(key, seq) {
            first.step = Step::Unknown(now.plus(RECONCILE));
            self.schedule(key);
        }
    }

    /// The provider refused for now.
    pub fn postponed(&mut self, key: &ConversationKey, seq: u64, at: Timestamp) {
        if let Some(first) = self.first(key, seq) {
            first.step = Step::Due(at);
            self.schedule(key);
        }
    }

    /// The message has its final answer.
    pub fn ended(&mut self, key: &ConversationKey, seq: u64) {
        if let Some(line) = self.lines.get_mut(key) {
            line.retain(|pending| pending.seq != seq);
            if line.is_empty() {
                self.lines.remove(key);
            }
        }
        self.schedule(key);
    }

    /// The conversation would not begin the attempt: what is known of it changed meanwhile.
    pub fn not_begun(&mut self, key: &ConversationKey, seq: u64) {
        if self
            .first(key, seq)
            .is_some_and(|first| first.step == Step::Beginning)
        {
            self.ended(key, seq);
        }
    }

    /// Calls nobody until then.
    pub fn hold(&mut self, until: Timestamp) {
        self.held_until = Some(until);
    }

    /// Calls again, and at once what the hold has put off.
    pub fn release(&mut self, now: Timestamp) {
        let Some(held) = self.held_until.take().filter(|held| *held > now) else {
            return;
        };
        let from = Bound::Excluded((now, u64::MAX));
        let put_off = self.due.range((from, Bound::Included((held, u64::MAX))));
        let put_off: Vec<_> = put_off.map(|(slot, key)| (*slot, key.clone())).collect();
        for (slot, key) in put_off {
            self.reschedule(&key, slot, now);
        }
    }

    /// What may be begun now, within the pace.
    pub fn begin(&mut self, pace: Pace, now: Timestamp) -> Vec<Act> {
        let mut acts = Vec::new();
        if self.held_until.is_some_and(|until| until > now) {
            return acts;
        }
        while self.pacer.channel_ready_at(pace) <= now {
            let Some((&slot, key)) = self.due.first_key_value().filter(|((at, _), _)| *at <= now)
            else {
                break;
            };
            let key = key.clone();
            let ready_at = self.pacer.recipient_ready_at(&key.address, pace);
            if ready_at > now {
                self.reschedule(&key, slot, ready_at);
                continue;
            }
            self.unschedule(&key);
            acts.extend(self.begin_first(&key, pace, now));
        }
        acts
    }

    fn begin_first(&mut self, key: &ConversationKey, pace: Pace, now: Timestamp) -> Option<Act> {
        let first = self.lines.get_mut(key)?.front_mut()?;
        let (seq, attempt) = (first.seq, first.attempt + 1);
        if let Step::Unknown(_) = first.step {
            if first.retried_blind {
                return Some(Act::Abandon {
                    key: key.clone(),
                    seq,
                    attempt: first.attempt,
                });
            }
            first.retried_blind = true;
        }
        first.step = Step::Beginning;
        self.pacer.take(&key.address, pace, now);
        Some(Act::Begin {
            key: key.clone(),
            seq,
            attempt,
        })
    }

    /// When [`Outbox::begin`] has something to do.
    #[must_use]
    pub fn next_wake(&self, pace: Pace) -> Option<Timestamp> {
        let ((due, _), _) = self.due.first_key_value()?;
        let held = self.held_until.unwrap_or_default();
        Some((*due).max(self.pacer.channel_ready_at(pace)).max(held))
    }

    /// Messages without a final answer.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.values().map(VecDeque::len).sum()
    }

    /// Whether every message has its final answer.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    fn push(&mut self, key: &ConversationKey, pending: Pending) {
        let line = self.lines.entry(key.clone()).or_default();
        if line.iter().any(|known| known.seq == pending.seq) {
            return;
        }
        line.push_back(pending);
        self.schedule(key);
    }

    fn first(&mut self, key: &ConversationKey, seq: u64) -> Option<&mut Pending> {
        self.lines
            .get_mut(key)?
            .front_mut()
            .filter(|first| first.seq == seq)
    }

    /// Puts the line where its first message belongs.
    fn schedule(&mut self, key: &ConversationKey) {
        self.unschedule(key);
        let at = self
            .lines
            .get(key)
            .and_then(VecDeque::front)
            .and_then(|first| match first.step {
                Step::Due(at) | Step::Unknown(at) => Some(at),
                Step::Beginning | Step::Calling => None,
            });
        if let Some(at) = at {
            self.insert_due(key, at);
        }
    }

    fn unschedule(&mut self, key: &ConversationKey) {
        if let Some(slot) = self.turns.remove(key) {
            self.due.remove(&slot);
        }
    }

    fn reschedule(&mut self, key: &ConversationKey, slot: (Timestamp, u64), at: Timestamp) {
        self.due.remove(&slot);
        self.insert_due(key, at);
    }

    fn insert_due(&mut self, key: &ConversationKey, at: Timestamp) {
        let slot = (at, self.next_turn);
        self.next_turn += 1;
        self.due.insert(slot, key.clone());
        self.turns.insert(key.clone(), slot);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ChannelId, TenantId};
    use crate::message::{Author, Content};

    const FAST: Pace = Pace {
        per_second: 1_000,
        pair_interval: Duration::ZERO,
        pair_burst: 1_000,
    };
    const NOW: Timestamp = Timestamp(1_000_000_000);

    fn key(address: &str) -> ConversationKey {
        let channel = ChannelId(uuid::Uuid::from_u128(1));
        ConversationKey {
            tenant: TenantId::DEFAULT,
            channel,
            address: address.into(),
            thread: None,
        }
    }

    fn text(body: &str) -> Arc<Outbound> {
        Arc::new(Outbound {
            author: Author::Program,
            client_id: None,
            reply_to: None,
            content: Content::text(body),
        })
    }

    fn begun(acts: &[Act]) -> Vec<(String, u64, u32)> {
        acts.iter()
            .filter_map(|act| match act {
                Act::Begin { key, seq, attempt } => Some((key.address.to_string(), *seq, *attempt)),
                Act::Call { .. } | Act::GiveUp { .. } | Act::Abandon { .. } => None,
            })
            .collect()
    }

    #[test]
    fn one_message_of_a_conversation_is_in_flight_and_in_order() {
        let mut outbox = Outbox::default();
        for seq in [4, 5] {
            outbox.queued(&key("a"), seq, text("x"), NOW);
        }
        outbox.queued(&key("b"), 9, text("y"), NOW);
        assert_eq!(
            begun(&outbox.begin(FAST, NOW)),
            [("a".to_owned(), 4, 1), ("b".to_owned(), 9, 1)]
        );
        assert_eq!(begun(&outbox.begin(FAST, NOW)), []);
        assert!(matches!(
            outbox.attempted(&key("a"), 4, 1),
            Some(Act::Call { seq: 4, .. })
        ));
        assert_eq!(
            outbox.attempted(&key("a"), 4, 1),
            None,
            "a call leaves once"
        );
        outbox.ended(&key("a"), 4);
        assert_eq!(begun(&outbox.begin(FAST, NOW)), [("a".to_owned(), 5, 1)]);
    }

    #[test]
    fn a_lost_answer_is_repeated_once_and_then_abandoned() {
        let mut outbox = Outbox::default();
        outbox.queued(&key("a"), 4, text("x"), NOW);
        outbox.begin(FAST, NOW);
        outbox.attempted(&key("a"), 4, 1);
        outbox.ambiguous(&key("a"), 4, NOW);
        assert_eq!(
            begun(&outbox.begin(FAST, NOW)),
            [],
            "a status may still come"
        );
        let later = NOW.plus(RECONCILE);
        assert_eq!(begun(&outbox.begin(FAST, later)), [("a".to_owned(), 4, 2)]);
        outbox.attempted(&key("a"), 4, 2);
        outbox.ambiguous(&key("a"), 4, later);
        let acts = outbox.begin(FAST, later.plus(RECONCILE));
        assert_eq!(
            acts,
            [Act::Abandon {
                key: key("a"),
                seq: 4,
                attempt: 2
            }]
        );
    }

    #[test]
    fn a_restart_in_the_middle_of_a_call_repeats_nothing_by_itself() {
        let pending = |seq, attempting| PendingSend {
            key: key("a"),
            conversation: key("a").episode_id(0, 1),
            seq,
            message: text("x"),
            attempt: u32::from(attempting),
            attempting,
            ambiguous: false,
            retried_blind: false,
            not_before: Timestamp(0),
        };
        let (mut outbox, acts) = Outbox::restore([pending(4, true), pending(5, false)], NOW);
        assert_eq!(
            acts,
            [Act::GiveUp {
                key: key("a"),
                seq: 4,
                attempt: 1
            }]
        );
        assert_eq!(
            outbox.begin(FAST, NOW),
            [],
            "the second waits for the first"
        );
        outbox.ended(&key("a"), 4);
        assert_eq!(begun(&outbox.begin(FAST, NOW)), [("a".to_owned(), 5, 1)]);
    }

    #[test]
    fn a_lost_answer_is_not_forgotten_by_a_second_restart() {
        let lost = |retried_blind| PendingSend {
            key: key("a"),
            conversation: key("a").episode_id(0, 1),
            seq: 4,
            message: text("x"),
            attempt: 1,
            attempting: true,
            ambiguous: true,
            retried_blind,
            not_before: Timestamp(0),
        };
        let later = NOW.plus(RECONCILE);
        let (mut outbox, acts) = Outbox::restore([lost(false)], NOW);
        assert_eq!(acts, [], "it is recorded already");
        assert_eq!(outbox.begin(FAST, NOW), [], "a status may still come");
        assert_eq!(begun(&outbox.begin(FAST, later)), [("a".to_owned(), 4, 2)]);
        let (mut outbox, _) = Outbox::restore([lost(true)], NOW);
        assert_eq!(
            outbox.begin(FAST, later),
            [Act::Abandon {
                key: key("a"),
                seq: 4,
                attempt: 1
            }],
            "once is enough"
        );
    }

    #[test]
    fn a_slow_recipient_holds_nobody_else_back() {
        let pace = Pace {
            per_second: 1_000,
            pair_interval: Duration::from_secs(6),
            pair_burst: 1,
        };
        let mut outbox = Outbox::default();
        outbox.queued(&key("a"), 1, text("x"), NOW);
        outbox.begin(pace, NOW);
        outbox.ended(&key("a"), 1);
        outbox.queued(&key("a"), 2, text("x"), NOW);
        outbox.queued(&key("b"), 3, text("x"), NOW);
        assert_eq!(begun(&outbox.begin(pace, NOW)), [("b".to_owned(), 3, 1)]);
        assert_eq!(
            outbox.next_wake(pace),
            Some(NOW.plus(Duration::from_secs(6)))
        );
    }

    #[test]
    fn a_held_channel_calls_nobody_until_then() {
        let mut outbox = Outbox::default();
        outbox.queued(&key("a"), 1, text("x"), NOW);
        outbox.hold(NOW.plus(Duration::from_secs(9)));
        assert_eq!(outbox.begin(FAST, NOW), []);
        assert_eq!(
            outbox.next_wake(FAST),
            Some(NOW.plus(Duration::from_secs(9)))
        );
        outbox.release(NOW);
        assert_eq!(begun(&outbox.begin(FAST, NOW)).len(), 1);
    }

    #[test]
    fn a_hold_that_is_over_is_released_like_none() {
        let mut outbox = Outbox::default();
        let (held, later) = (
            NOW.plus(Duration::from_secs(9)),
            NOW.plus(Duration::from_secs(10)),
        );
        outbox.queued(&key("a"), 1, text("x"), NOW);
        for now in [held, later] {
            outbox.hold(held);
            outbox.release(now);
        }
        assert_eq!(begun(&outbox.begin(FAST, later)).len(), 1);
    }

    #[test]
    fn what_a_hold_put_off_is_called_for_at_once_when_it_ends_and_what_waits_longer_is_not() {
        let mut outbox = Outbox::default();
        let (held, later) = (
            NOW.plus(Duration::from_secs(9)),
            NOW.plus(Duration::from_secs(10)),
        );
        for (name, at) in [("a", held), ("b", later)] {
            outbox.queued(&key(name), 1, text("x"), NOW);
            outbox.begin(FAST, NOW);
            outbox.attempted(&key(name), 1, 1);
            outbox.postponed(&key(name), 1, at);
        }
        outbox.hold(held);
        outbox.release(NOW);
        let begun = begun(&outbox.begin(FAST, NOW));
        assert_eq!(begun, [("a".to_owned(), 1, 2)]);
    }
}
