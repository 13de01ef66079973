//! To which episode a message belongs, and how an episode opens, again or anew: where it goes, whether that is open at this
//! time, and whom the customer knows there.
//!
//! What must stay true: all of this is decided when an episode opens, and holds as long as it is open. A message that was
//! left while no chat was possible opens one of its own, and waits in a queue.

use super::configured::Configured;
use super::episode::{Episode, Phase, Said, parted};
use super::state::{Facts, State};
use crate::hours::OutsideHours;
use crate::ids::{AgentId, ConversationId, ConversationKey, QueueId};
use crate::message::{AutoReply, Content, Fact, Inbound, Opened, Timestamp};

/// What a message found.
pub(super) struct Arrival {
    pub(super) conversation: ConversationId,
    /// What is due to be said for it.
    pub(super) reply: Option<AutoReply>,
    pub(super) said: Said,
}

impl State {
    /// The episode that an inbound message belongs to, opened or reopened if need be.
    pub(super) fn arrive(
        &self,
        key: &ConversationKey,
        configured: Configured<'_>,
        message: &Inbound,
        now: Timestamp,
        facts: &mut Facts,
    ) -> Arrival {
        // A reaction says nothing that waits for an answer.
        let is_reaction = matches!(message.content, Content::Reaction(_));
        match &self.episode {
            Some(episode) if episode.is_open() || is_reaction => Arrival {
                conversation: episode.id,
                reply: None,
                said: episode.said,
            },
            Some(episode) if !message.offline && reopens(episode, configured, now) => {
                self.reopen(configured, episode, message, now, facts)
            }
            Some(_) | None => self.open(key, configured, message, now, facts),
        }
    }

    fn reopen(
        &self,
        configured: Configured<'_>,
        episode: &Episode,
        message: &Inbound,
        now: Timestamp,
        facts: &mut Facts,
    ) -> Arrival {
        let destination = configured.destination_again(episode.queue);
        let (queue, chatbot) = parted(destination);
        let (outside_hours, preferred) = self.circumstances(configured, queue, now);
        let reply = outside_hours.is_some().then_some(AutoReply::OutsideHours);
        facts.push(Fact::Reopened {
            conversation: episode.id,
            queue,
            agent: None,
            chatbot,
            outside_hours,
            preferred,
            automatic: message.automatic,
        });
        self.set_idle_timer(configured.channel, episode.id, now, facts);
        Arrival {
            conversation: episode.id,
            reply,
            said: episode.said,
        }
    }

    fn open(
        &self,
        key: &ConversationKey,
        configured: Configured<'_>,
        message: &Inbound,
        now: Timestamp,
        facts: &mut Facts,
    ) -> Arrival {
        let channel = configured.channel;
        let conversation = key.episode_id(now.as_millis(), self.next_seq);
        let destination = configured.destination(message.offline);
        let (queue, _) = parted(destination);
        let (outside_hours, preferred) = self.circumstances(configured, queue, now);
        let reply = match outside_hours {
            Some(_) => Some(AutoReply::OutsideHours),
            // Nobody is there who could be announced.
            None if message.offline => None,
            None => Some(AutoReply::Welcome),
        };
        let contact = key.contact_id(channel.kind);
        facts.push(Fact::Opened(Opened {
            previous: self.episode.as_ref().map(|episode| episode.id),
            outside_hours,
            preferred,
            offline: message.offline,
            automatic: message.automatic,
            after_silence: self.episode.as_ref().is_some_and(Episode::ended_unanswered),
            ..Opened::new(conversation, channel.kind, contact, destination)
        }));
        self.set_idle_timer(channel, conversation, now, facts);
        let speaks = !matches!(message.content, Content::Reaction(_));
        Arrival {
            conversation,
            reply: reply.filter(|_| speaks),
            said: Said::default(),
        }
    }

    fn circumstances(
        &self,
        configured: Configured<'_>,
        queue: Option<QueueId>,
        now: Timestamp,
    ) -> (Option<Box<OutsideHours>>, Option<AgentId>) {
        let outside_hours = queue.and_then(|queue| configured.outside_hours(queue, now));
        let preferred = queue.and_then(|queue| configured.preferred(queue, self.known_agent, now));
        (outside_hours, preferred)
    }
}

fn reopens(episode: &Episode, configured: Configured<'_>, now: Timestamp) -> bool {
    let within = configured.reopen_within();
    matches!(episode.phase, Phase::Closed { at, .. } if now.since(at) <= within)
}
