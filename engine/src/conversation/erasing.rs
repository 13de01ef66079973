//! What was said is forgotten: all of it, or an episode and everything before it.
//!
//! What must stay true: numbers are never given again, an id that was accepted is known as before, and an open conversation
//! keeps what was said in it.

use super::state::{Decided, Facts, State};
use super::{Past, Refusal};
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
        if let Some(open) = ends_here.filter(|episode| episode.is_open()) {
            let conversation = open.id;
            return Decided::Refused(Refusal::Open { conversation });
        }
        if newest == 0 {
            return Decided::Known(0);
        }
        // What came since is of the last episode too, as long as no other has begun.
        let is_all = past == Past::Whole || ends_here.is_some();
        let mut facts = self.given_up(if is_all { newest } else { seq });
        let up_to = if is_all {
            newest + facts.len() as u64
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
