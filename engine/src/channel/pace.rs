//! How fast a channel may call its provider: a rate for the channel and one for each recipient, both by the generic cell
//! rate algorithm (ITU-T I.371): a theoretical arrival time moves forward with each message.

use std::collections::HashMap;
use std::time::Duration;

use crate::ids::Address;
use crate::message::Timestamp;
use crate::provider::Pace;

/// One rate: a message every `interval`, with up to `burst` at once.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    theoretical: Timestamp,
}

impl Cell {
    /// When the next message conforms.
    fn earliest(self, interval: Duration, burst: u32) -> Timestamp {
        let tolerance = interval * burst.saturating_sub(1);
        Timestamp(self.theoretical.0.saturating_sub(micros(tolerance)))
    }

    fn take(&mut self, now: Timestamp, interval: Duration) {
        self.theoretical = Timestamp(self.theoretical.0.max(now.0)).plus(interval);
    }
}

/// The rates of one channel.
#[derive(Clone, Debug, Default)]
pub struct Pacer {
    channel: Cell,
    recipients: HashMap<Address, Cell>,
}

/// Recipients are looked through for idle ones when there are this many.
const RECIPIENTS_PRUNED_AT: usize = 10_000;

impl Pacer {
    /// When the channel may call again, whoever the recipient is.
    #[must_use]
    pub fn channel_ready_at(&self, pace: Pace) -> Timestamp {
        self.channel
            .earliest(interval(pace), pace.per_second.max(1))
    }

    /// When the recipient may get another message.
    #[must_use]
    pub fn recipient_ready_at(&self, to: &Address, pace: Pace) -> Timestamp {
        self.recipients.get(to).map_or(Timestamp(0), |cell| {
            cell.earliest(pace.pair_interval, pace.pair_burst.max(1))
        })
    }

    /// A call is made now.
    pub fn take(&mut self, to: &Address, pace: Pace, now: Timestamp) {
        self.channel.take(now, interval(pace));
        if self.recipients.len() >= RECIPIENTS_PRUNED_AT {
            self.recipients.retain(|_, cell| cell.theoretical > now);
        }
        self.recipients
            .entry(to.clone())
            .or_default()
            .take(now, pace.pair_interval);
    }
}

fn interval(pace: Pace) -> Duration {
    Duration::from_secs(1) / pace.per_second.max(1)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace {
        per_second: 10,
        pair_interval: Duration::from_secs(6),
        pair_burst: 3,
    };

    fn sent_within(seconds: i64, recipients: &[&str]) -> usize {
        let mut pacer = Pacer::default();
        let mut sent = 0;
        for tick in 0..seconds * 100 {
            let now = Timestamp(1_000_000_000 + tick * 10_000);
            for to in recipients {
                let to = Address::from(*to);
                if pacer.channel_ready_at(PACE) <= now && pacer.recipient_ready_at(&to, PACE) <= now
                {
                    pacer.take(&to, PACE, now);
                    sent += 1;
                }
            }
        }
        sent
    }

    #[test]
    fn one_recipient_gets_a_burst_and_then_one_each_interval() {
        assert_eq!(sent_within(60, &["a"]), 3 + 9);
    }

    #[test]
    fn the_channel_keeps_its_rate_whoever_the_recipients_are() {
        let many: Vec<String> = (0..500).map(|number| format!("r{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let sent = sent_within(10, &many);
        assert!(
            (100..=110).contains(&sent),
            "ten a second and one burst of ten, not {sent}"
        );
    }
}
