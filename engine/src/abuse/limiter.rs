//! How much each sender wrote lately. Pure.
//!
//! A bucket is one instant: when it will be full again. Taking one token moves it by the time in which a token comes back;
//! it may lie as far ahead as an empty bucket needs to fill. So a bucket costs eight bytes, needs no clock of its own, and
//! stays right when the limits change. (The generic cell rate algorithm, ITU-T I.371, is the same sum.)

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::configuration::Banned;
use crate::message::Timestamp;
use crate::tenant::AbuseLimits;

use super::Excess;

/// Senders that are remembered at once, over all tenants. A sender takes 48 bytes; with what a hash table keeps free, at
/// most 112: 7 MiB in all. Whose buckets are full is forgotten without a loss. If still too many are left, those go whose
/// buckets are nearest to full: they wrote least, and begin with full ones.
pub const SENDERS_MAX: usize = 64 * 1_024;

/// Below this many senders nobody is forgotten.
const KEPT_MIN: usize = 256;

/// Tokens, and the time in which an empty bucket fills.
#[derive(Clone, Copy)]
struct Rate {
    each_us: i64,
    count: i64,
}

impl Rate {
    /// `None` is no limit: a bucket without tokens or time would turn everybody away.
    fn new(count: u32, secs: u32) -> Option<Self> {
        let each_us = (i64::from(secs) * 1_000_000).checked_div(i64::from(count))?;
        let count = i64::from(count);
        (each_us > 0).then_some(Self { each_us, count })
    }
}

/// When the bucket is full.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket(Timestamp);

impl Bucket {
    /// Takes a token out; false if there is none.
    fn take(&mut self, rate: Option<Rate>, now: Timestamp) -> bool {
        let Some(rate) = rate else { return true };
        let full_at = self.0.max(now).0.saturating_add(rate.each_us);
        let is_there = full_at - now.0 <= rate.each_us * rate.count;
        if is_there {
            self.0 = Timestamp(full_at);
        }
        is_there
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Buckets {
    messages: Bucket,
    conversations: Bucket,
}

impl Buckets {
    fn full_at(&self) -> Timestamp {
        self.messages.0.max(self.conversations.0)
    }
}

/// The buckets of those who wrote lately.
#[derive(Debug)]
pub struct Limiter {
    senders: HashMap<Banned, Buckets, RandomState>,
    prune_at: usize,
    most: usize,
}

impl Limiter {
    /// A limiter that remembers at most `most` senders.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            senders: HashMap::default(),
            prune_at: KEPT_MIN.min(most),
            most: most.max(1),
        }
    }

    /// Counts a message; `begins` if it begins a conversation. Whoever had too much is forgotten: after their ban they
    /// begin with full buckets.
    ///
    /// # Errors
    /// What was too much.
    pub fn count(
        &mut self,
        sender: &Banned,
        begins: bool,
        limits: AbuseLimits,
        now: Timestamp,
    ) -> Result<(), Excess> {
        if self.senders.len() >= self.prune_at && !self.senders.contains_key(sender) {
            self.prune(now);
        }
        let buckets = self.senders.entry(sender.clone()).or_default();
        let messages = Rate::new(limits.messages, limits.messages_secs);
        let conversations = Rate::new(limits.conversations, limits.conversations_secs);
        let excess = if !buckets.messages.take(messages, now) {
            Excess::Messages
        } else if begins && !buckets.conversations.take(conversations, now) {
            Excess::Conversations
        } else {
            return Ok(());
        };
        self.senders.remove(sender);
        Err(excess)
    }

    /// Makes room for one sender at least. Each costs no more than a few looks, because as many come before the next time
    /// as are left now.
    fn prune(&mut self, now: Timestamp) {
        self.senders.retain(|_, buckets| buckets.full_at() > now);
        if self.senders.len() >= self.most {
            let mut full_at: Vec<_> = self.senders.values().map(Buckets::full_at).collect();
            let middle = full_at.len() / 2;
            let (_, limit, _) = full_at.select_nth_unstable(middle);
            let limit = *limit;
            self.senders.retain(|_, buckets| buckets.full_at() > limit);
        }
        self.prune_at = (self.senders.len() * 2).clamp(KEPT_MIN.min(self.most), self.most);
    }

    /// How many senders are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.senders.len()
    }

    /// Whether nobody is remembered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.senders.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ids::TenantId;
    use crate::message::ChannelKind;

    const START: Timestamp = Timestamp::from_secs(1_767_225_600);

    fn limits() -> AbuseLimits {
        AbuseLimits::default()
    }

    fn after(ms: u64) -> Timestamp {
        START.plus(Duration::from_millis(ms))
    }

    fn sender(address: &str) -> Banned {
        Banned {
            tenant: TenantId::DEFAULT,
            kind: ChannelKind::Sms,
            address: address.into(),
        }
    }

    #[test]
    fn twenty_at_once_then_two_a_second_are_let_through() {
        let (mut limiter, ada) = (Limiter::new(8), sender("ada"));
        let mut write = |now| limiter.count(&ada, false, limits(), now);
        for number in 0..20 {
            assert_eq!(write(START), Ok(()), "{number}");
        }
        for tick in 1..=100 {
            assert_eq!(write(after(tick * 500)), Ok(()), "{tick}");
        }
        assert_eq!(write(after(50_499)), Err(Excess::Messages));
        assert_eq!(write(after(50_499)), Ok(()), "after it they begin anew");
    }

    #[test]
    fn five_conversations_a_minute_and_the_sixth_is_too_many() {
        let (mut limiter, ada) = (Limiter::new(8), sender("ada"));
        let mut begin = |now| limiter.count(&ada, true, limits(), now);
        for number in 0..5 {
            assert_eq!(begin(after(number)), Ok(()), "{number}");
        }
        assert_eq!(begin(after(11_999)), Err(Excess::Conversations));
        for number in 0..30 {
            assert_eq!(begin(after(100_000 + number * 12_000)), Ok(()), "{number}");
        }
    }

    #[test]
    fn each_sender_of_each_tenant_and_kind_has_buckets_of_their_own() {
        let mut limiter = Limiter::new(8);
        let others = [
            sender("eve"),
            Banned {
                tenant: TenantId(2),
                ..sender("ada")
            },
            Banned {
                kind: ChannelKind::LiveChat,
                ..sender("ada")
            },
        ];
        for _ in 0..20 {
            assert_eq!(
                limiter.count(&sender("ada"), false, limits(), START),
                Ok(())
            );
        }
        for other in others {
            assert_eq!(limiter.count(&other, false, limits(), START), Ok(()));
        }
        let ada = limiter.count(&sender("ada"), false, limits(), START);
        assert_eq!(ada, Err(Excess::Messages));
    }

    #[test]
    fn a_bucket_without_tokens_or_time_limits_nobody() {
        let none = [(0, 10), (20, 0), (0, 0)];
        for (messages, messages_secs) in none {
            let limits = AbuseLimits {
                messages,
                messages_secs,
                ..limits()
            };
            let mut limiter = Limiter::new(8);
            for _ in 0..1_000 {
                assert_eq!(limiter.count(&sender("ada"), false, limits, START), Ok(()));
            }
        }
    }

    #[test]
    fn stricter_limits_hold_at_once() {
        let (mut limiter, ada) = (Limiter::new(8), sender("ada"));
        for _ in 0..10 {
            assert_eq!(limiter.count(&ada, false, limits(), START), Ok(()));
        }
        let strict = AbuseLimits {
            messages: 2,
            messages_secs: 4,
            ..limits()
        };
        let refused = limiter.count(&ada, false, strict, START);
        assert_eq!(refused, Err(Excess::Messages));
    }

    #[test]
    fn whose_buckets_are_full_is_forgotten() {
        let mut limiter = Limiter::new(SENDERS_MAX);
        for number in 0..100_000_u64 {
            let who = sender(&format!("+336{number:08}"));
            assert_eq!(limiter.count(&who, false, limits(), after(number)), Ok(()));
        }
        // One token comes back in half a second, and one sender came each millisecond.
        assert!(limiter.len() <= 2 * 1_024, "{} are held", limiter.len());
    }

    #[test]
    fn there_are_never_too_many_and_who_wrote_most_is_kept() {
        let mut limiter = Limiter::new(1_000);
        for _ in 0..20 {
            let counted = limiter.count(
                &sender("flood"),
                true,
                AbuseLimits {
                    conversations: 20,
                    ..limits()
                },
                START,
            );
            assert_eq!(counted, Ok(()));
        }
        for number in 0..10_000 {
            let who = sender(&format!("+336{number:08}"));
            assert_eq!(limiter.count(&who, false, limits(), START), Ok(()));
            assert!(limiter.len() <= 1_000);
        }
        let flood = limiter.count(&sender("flood"), false, limits(), START);
        assert_eq!(flood, Err(Excess::Messages));
    }
}
