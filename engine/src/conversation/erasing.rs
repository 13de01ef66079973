//! What was said is forgotten: all of it, or an episode and everything before it.
//!
//! What must stay true: numbers are never given again, an id that was accepted is known as before, and an open conversation
//! keeps what was said in it.

use super::state::{Decided, Facts, State};
use super::{Past, Refusal};
use crate::ids::ConversationId;
use crate::message::{Actor, Erased, ErasureReason, Fact, ProviderError, SendOutcome, Status};

impl State {
    pub(super) fn erase(&self, past: Past, by: Actor, why: ErasureReason) -> Decided {
        let newest = self.next_seq.saturating_sub(1);
        let current = self.episode.as_ref();
        let (conversation, seq) = match past {
            Past::Whole => (current.map(|episode| episode.id), newest),
            Past::UpTo { conversation, seq } => (Some(conversation), seq.min(newest)),
        };
        let ends_here = current.filter(|episode| Some(episode.id) == conversation);
        match ends_here {
            Some(episode) if episode.is_open() => Decided::Refused(Refusal::Open {
                conversation: episode.id,
            }),
            Some(_) | None if newest == 0 => Decided::Known(0),
            // What came since is of the last episode too, as long as no other has begun.
            Some(_) => self.erase_up_to(newest, conversation, by, why),
            None => self.erase_up_to(seq, conversation, by, why),
        }
    }

    fn erase_up_to(
        &self,
        seq: u64,
        conversation: Option<ConversationId>,
        by: Actor,
        why: ErasureReason,
    ) -> Decided {
        let mut facts = self.given_up(seq);
        let is_all = seq + 1 == self.next_seq;
        let up_to = if is_all {
            seq + facts.len() as u64
        } else {
            seq
        };
        facts.push(Fact::Erased(Erased {
            up_to,
            conversation,
            by,
            why,
        }));
        Decided::Facts(facts)
    }

    /// What was still to be sent has an end, so that whoever sends it lets go of it.
    fn given_up(&self, up_to: u64) -> Facts {
        let waiting = self
            .sends
            .iter()
            .filter(|(seq, send)| *seq <= up_to && send.status == Status::Queued);
        waiting
            .map(|(message, send)| Fact::SendEnded {
                conversation: send.conversation,
                message,
                attempt: send.attempt,
                outcome: SendOutcome::Rejected(ProviderError {
                    code: 0,
                    title: "the conversation was erased before the message was on its way"
                        .to_owned(),
                    detail: None,
                }),
                fingerprint: None,
            })
            .collect()
    }

    /// Keeps the numbers, the fingerprints of recent ids, and when somebody wrote last.
    pub(super) fn forget(&mut self, erased: &Erased) {
        let is_gone = |seq: u64| seq <= erased.up_to;
        self.sends.forget(erased.up_to);
        self.last_out = self.last_out.filter(|(_, seq)| !is_gone(*seq));
        for seq in [
            &mut self.last_in_seq,
            &mut self.read_in_seq,
            &mut self.other_out_seq,
        ] {
            if is_gone(*seq) {
                *seq = 0;
            }
        }
        let current = self.episode.as_ref().map(|episode| episode.id);
        if current == erased.conversation {
            self.episode = None;
            self.profile_name = None;
            self.language = None;
            self.known_agent = None;
            self.last_inbound_at = None;
            self.idle_generation = 0;
            self.kept.clear();
        }
    }
}
