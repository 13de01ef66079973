//! Who is heard: a message of a banned sender opens nothing and has no place in a conversation. And who is spoken to: no
//! machine of ours writes to them either.
//!
//! It stands behind the look for repetitions, because only a conversation knows what it accepted: a message that comes a
//! second time counts for nothing and is answered as before. Where nobody is banned and the kind of channel is not limited,
//! it costs one branch and one look at an empty map.

use super::{Command, Conversation, State};
use crate::abuse;
use crate::configuration::{Banned, Channel, Snapshot};
use crate::message::{Content, Inbound, Timestamp};

impl Conversation {
    /// Whether the command is a message that must not be heard.
    pub(super) fn turns_away(
        &self,
        state: &State,
        channel: &Channel,
        snapshot: &Snapshot,
        command: &Command,
        now: Timestamp,
    ) -> bool {
        let Some((message, fingerprint)) = command.inbound() else {
            return false;
        };
        if !may_be_banned(channel, snapshot) {
            return false;
        }
        let is_known = state.recent.get(fingerprint, now).is_some();
        let sender = || self.sender(channel);
        let begins = state.begins_with(message);
        !is_known && !self.screen.lets_in(snapshot, &sender(), begins, now)
    }

    /// Whether a machine of ours would speak to somebody who is banned. Whoever has just been let in is not.
    pub(super) fn must_be_silent(
        &self,
        channel: &Channel,
        snapshot: &Snapshot,
        command: &Command,
        now: Timestamp,
    ) -> bool {
        let speaks = matches!(
            command,
            Command::StartBot { .. }
                | Command::NobodyThere { .. }
                | Command::Close { .. }
                | Command::TimerDue { .. }
        );
        speaks
            && may_be_banned(channel, snapshot)
            && self.screen.is_banned(snapshot, &self.sender(channel), now)
    }

    fn sender(&self, channel: &Channel) -> Banned {
        Banned {
            tenant: self.key.tenant,
            kind: channel.kind,
            address: self.key.address.clone(),
        }
    }
}

fn may_be_banned(channel: &Channel, snapshot: &Snapshot) -> bool {
    abuse::is_limited(channel.kind) || !snapshot.bans.is_empty()
}

impl State {
    /// Whether the message begins a conversation, or begins one again: both are work for somebody.
    fn begins_with(&self, message: &Inbound) -> bool {
        let is_reaction = matches!(message.content, Content::Reaction(_));
        self.episode
            .as_ref()
            .is_none_or(|episode| !episode.is_open() && !is_reaction)
    }
}
