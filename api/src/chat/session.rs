//! The protocol of a visitor's socket as a state machine: it decides what is told and done, and waits for nothing.
//!
//! What must stay true: the page is told every line above what it has, once, in order; a message is acknowledged when it is
//! durable and not before; and while a message waits, no later one of the same socket passes it.

mod effects;
mod forms;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use compact_str::CompactString;
use ecluse_adapters::storage::config_db::FormPurpose;
use ecluse_adapters::storage::read_model::visitor::{Reached, VisitorHistory};
use ecluse_engine::ids::{AgentId, ConversationId};
use ecluse_engine::live::Typist;
use ecluse_engine::message::{Entry, Fact, SendOutcome, Status, Timestamp};
use uuid::Uuid;

pub use self::effects::{Around, Effect, Settled, Taken};
use self::forms::given;
use self::waiting::Waiting;
use super::form::Form;
use super::frames::{FromVisitor, RefusalCode, ToVisitor, VisitorStatus, Welcome};
use super::introduction::Introduction;
use super::lines::{Teller, names_fit};
use super::pace::{Bucket, SIGNS};
use crate::console::language::Lang;
use crate::routes::common::rfc3339;

/// Messages that a page may have under way.
pub const WINDOW: u8 = 8;

/// Longest message, in characters.
pub const BODY_CHARS_MAX: usize = 4_096;

/// Longest name that a page gives a message, in bytes.
pub const CLIENT_ID_BYTES_MAX: usize = 64;

/// What a page with a full window is told to wait.
const WINDOW_PAUSE: Duration = Duration::from_millis(200);

/// What a page waits when a message was lost on its way to the journal.
const LOST_PAUSE: Duration = Duration::from_secs(1);

/// Messages that a page may send during one pause, as it may not have heard of it yet, and that may wait to be taken.
const IMPATIENCE_MAX: u8 = 2 * WINDOW;

/// Close code: come back, with epoch and offset.
pub const RECONNECT: u16 = 4_000;

/// Close code: coming back would change nothing.
pub const REFUSED: u16 = 4_003;

/// One visitor's socket, once it is welcome.
#[derive(Debug)]
pub struct Session {
    teller: Teller,
    /// The newest number that the page knows of.
    told: u64,
    /// The newest number of an acknowledged message; its line may still be on its way.
    acknowledged: u64,
    /// The conversation that is open.
    open: Option<ConversationId>,
    waiting: Waiting,
    /// Whether anything was said that is left.
    written: bool,
    form: Form,
    /// Nothing is taken before the form is filled.
    form_asked: bool,
    /// The form with which a message is left is being read.
    finding: bool,
    /// Messages that are not durable yet.
    under_way: u8,
    /// Nothing is taken before this time.
    held_until: Timestamp,
    impatience: u8,
    /// Messages that were told to wait and were not taken since. A page sends a window of them again and again; whoever goes on
    /// with new ones does not listen.
    put_off: Vec<CompactString>,
    signs: Bucket,
    /// How far the answers got, as recorded.
    reached: Reached,
    /// What the visitor has seen.
    read: u64,
    marking: bool,
    ending: bool,
    /// Who the visitor says to be, where that is kept nowhere else.
    held: Option<Box<Introduction>>,
    /// Forms that were handed over to be recorded.
    forms: u32,
    /// The one of them that its page waits for.
    starting: Option<u32>,
}

/// What a welcome says besides the history.
#[derive(Clone, Debug)]
pub struct Beginning {
    /// The visitor's new token.
    pub visitor: String,
    pub epoch: Uuid,
    pub lang: Lang,
    /// Whether a form is kept that the visitor filled.
    pub introduced: bool,
    /// What is asked of a visitor whom nobody knows, or of anybody instead of the chat.
    pub form: Form,
    pub greeting: Option<String>,
    pub theme_color: Option<String>,
}

impl Session {
    /// Welcomes a visitor with their history.
    pub fn begin(
        beginning: Beginning,
        history: &VisitorHistory,
        now: Timestamp,
        names: impl Fn(AgentId) -> Option<String>,
    ) -> (Self, Vec<Effect>) {
        let form_asked = match beginning.form.purpose {
            FormPurpose::Prechat => !history.is_known && !beginning.introduced,
            FormPurpose::LeaveMessage => true,
        };
        let mut session = Self {
            teller: Teller::new(beginning.lang),
            told: history.newest,
            acknowledged: 0,
            open: history.open,
            waiting: Waiting::begin(history),
            written: history.is_known,
            form: beginning.form,
            form_asked,
            finding: false,
            under_way: 0,
            held_until: Timestamp(0),
            impatience: 0,
            put_off: Vec::new(),
            signs: Bucket::full(SIGNS, now),
            reached: history.reached,
            read: history.reached.read,
            marking: false,
            ending: false,
            held: None,
            forms: 0,
            starting: None,
        };
        let lines = history
            .rows
            .iter()
            .filter_map(|row| session.teller.row(row, &names));
        let asked = session.form_asked.then_some(&session.form);
        let welcome = Welcome {
            visitor: beginning.visitor,
            epoch: beginning.epoch,
            offset: session.told,
            resumed: history.gapless,
            form: asked.map(|form| Arc::clone(&form.fields)),
            form_purpose: asked.map(|form| form.purpose),
            form_title: asked.and_then(|form| form.title.clone()),
            form_intro: asked.and_then(|form| form.intro.clone()),
            conversation_id: session.open,
            waiting: session.waiting.is_so(),
            messages: lines.collect(),
            read: history.read_by_agent,
            greeting: beginning.greeting,
            theme_color: beginning.theme_color,
        };
        let mut effects = vec![Effect::Tell(ToVisitor::Welcome(Box::new(welcome)))];
        effects.extend(session.mark());
        (session, effects)
    }

    /// Whether anything was said that is left, so that there is a contact to name.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.written
    }

    /// Whether a conversation is open.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// The page said something.
    pub fn hear(&mut self, frame: FromVisitor, around: &mut Around<'_>) -> Vec<Effect> {
        match frame {
            FromVisitor::Send {
                client_id,
                body,
                choice,
            } => self.send(client_id, &body, choice, around),
            FromVisitor::Start {
                client_id,
                name,
                email,
                fields,
            } => {
                let given = given(name, email, fields);
                match self.form.purpose {
                    FormPurpose::Prechat => self.start(&given, around),
                    FormPurpose::LeaveMessage => self.leave(client_id, &given, around),
                }
            }
            FromVisitor::Typing { typing } => self.sign(typing, around.now).into_iter().collect(),
            FromVisitor::Read { seq } => {
                self.read = self.read.max(seq.min(self.told));
                self.mark().into_iter().collect()
            }
            FromVisitor::GiveUp => self.give_up().into_iter().collect(),
            FromVisitor::End => self.end().into_iter().collect(),
            FromVisitor::Hello(_) | FromVisitor::Pong | FromVisitor::Unknown => Vec::new(),
        }
    }

    fn send(
        &mut self,
        client_id: CompactString,
        body: &str,
        choice: Option<CompactString>,
        around: &mut Around<'_>,
    ) -> Vec<Effect> {
        if !names_fit(&client_id) || choice.as_deref().is_some_and(|id| !names_fit(id)) {
            return vec![Effect::HangUp(REFUSED)];
        }
        let body = body.trim();
        let refused = if !around.channel_exists {
            Some(RefusalCode::ClosedChannel)
        } else if self.form_asked {
            Some(RefusalCode::FormRequired)
        } else if body.is_empty() {
            Some(RefusalCode::Empty)
        } else if body.chars().count() > BODY_CHARS_MAX {
            Some(RefusalCode::TooLong)
        } else {
            None
        };
        if let Some(code) = refused {
            return vec![refusal(client_id, code)];
        }
        if let Some(pause) = self.pause(around) {
            return self.wait(client_id, pause, around.now);
        }
        self.put_off.retain(|put_off| *put_off != client_id);
        self.under_way += 1;
        vec![Effect::Receive {
            client_id,
            body: body.to_owned(),
            choice,
            introduction: self.held.as_deref().cloned(),
        }]
    }

    /// How long the page must wait, if at all.
    fn pause(&mut self, around: &mut Around<'_>) -> Option<Duration> {
        if around.now < self.held_until {
            return Some(self.held_until.since(around.now));
        }
        self.impatience = 0;
        if self.under_way >= WINDOW {
            return Some(WINDOW_PAUSE);
        }
        (around.pace)().err()
    }

    /// Holds everything until the pause is over, so that what the page sent behind this message does not pass it.
    fn wait(&mut self, client_id: CompactString, pause: Duration, now: Timestamp) -> Vec<Effect> {
        self.held_until = self.held_until.max(now.plus(pause));
        self.impatience = self.impatience.saturating_add(1);
        let is_new = !self.put_off.contains(&client_id);
        let has_room = self.put_off.len() < usize::from(IMPATIENCE_MAX);
        if self.impatience > IMPATIENCE_MAX || (is_new && !has_room) {
            return vec![Effect::Excess, refusal(client_id, RefusalCode::TooFast)];
        }
        if is_new {
            self.put_off.push(client_id.clone());
        }
        let retry_after_ms = u64::try_from(pause.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX);
        vec![Effect::Tell(ToVisitor::Wait {
            client_id,
            retry_after_ms,
        })]
    }

    fn sign(&mut self, typing: bool, now: Timestamp) -> Option<Effect> {
        let conversation = self.open?;
        self.signs.take(SIGNS, now).ok()?;
        Some(Effect::Typing {
            conversation,
            typing,
        })
    }

    fn end(&mut self) -> Option<Effect> {
        let conversation = self.open.filter(|_| !self.ending)?;
        self.ending = true;
        Some(Effect::End { conversation })
    }

    /// The next thing to record about the answers, unless something is being recorded.
    fn mark(&mut self) -> Option<Effect> {
        if self.marking {
            return None;
        }
        let read = self.read.min(self.reached.sent);
        let (message, status) = if read > self.reached.read {
            (read, Status::Read)
        } else if self.reached.sent > self.reached.delivered.max(self.reached.read) {
            (self.reached.sent, Status::Delivered)
        } else {
            return None;
        };
        self.marking = true;
        Some(Effect::Mark { message, status })
    }

    /// Something came out.
    pub fn settled(&mut self, settled: Settled, now: Timestamp) -> Vec<Effect> {
        match settled {
            Settled::Received { client_id, taken } => self.received(client_id, taken, now),
            Settled::Left { client_id, taken } => self.left(client_id, taken, now),
            Settled::Marked {
                message,
                status,
                recorded,
            } => {
                self.marking = false;
                if !recorded {
                    return Vec::new();
                }
                self.reach(message, status);
                self.mark().into_iter().collect()
            }
            Settled::Ended => {
                self.ending = false;
                Vec::new()
            }
            Settled::Introduced { form, recorded } => self.introduced(form, recorded),
            Settled::Remembered => Vec::new(),
            Settled::Found(form) => self.found(form),
        }
    }

    fn received(&mut self, client_id: CompactString, taken: Taken, now: Timestamp) -> Vec<Effect> {
        self.under_way = self.under_way.saturating_sub(1);
        match taken {
            Taken::Durable { seq, at } => {
                self.written = true;
                self.held = None;
                self.acknowledged = self.acknowledged.max(seq);
                vec![Effect::Tell(ToVisitor::Ack {
                    client_id,
                    seq,
                    at: rfc3339(at),
                })]
            }
            Taken::Not { retry_after } => self.wait(client_id, retry_after, now),
            Taken::Lost => self.wait(client_id, LOST_PAUSE, now),
            Taken::Banned => vec![
                refusal(client_id, RefusalCode::Banned),
                Effect::HangUp(REFUSED),
            ],
        }
    }

    fn reach(&mut self, message: u64, status: Status) {
        let reached = &mut self.reached;
        match status {
            Status::Sent => reached.sent = reached.sent.max(message),
            Status::Delivered => reached.delivered = reached.delivered.max(message),
            Status::Read => reached.read = reached.read.max(message),
            Status::Queued | Status::Failed => {}
        }
    }

    /// Something was recorded on the visitor's key.
    pub fn committed(
        &mut self,
        entry: &Entry,
        names: impl Fn(AgentId) -> Option<String>,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (seq, fact) in entry.numbered() {
            if seq > self.told {
                self.told = seq;
                self.waiting.learn(fact);
                self.learn(seq, entry.at, fact, &names, &mut effects);
            }
        }
        effects.extend(self.waiting.news().map(Effect::Tell));
        effects.extend(self.mark());
        effects
    }

    fn learn(
        &mut self,
        seq: u64,
        at: Timestamp,
        fact: &Fact,
        names: &impl Fn(AgentId) -> Option<String>,
        effects: &mut Vec<Effect>,
    ) {
        let line = self.teller.fact(seq, at, fact, names);
        let mut tell = |frame| effects.push(Effect::Tell(frame));
        match fact {
            Fact::Opened(opened) => tell(self.begun(opened.conversation)),
            Fact::Reopened { conversation, .. } => tell(self.begun(*conversation)),
            Fact::Closed { .. } => {
                self.open = None;
                // A page passes over a second frame with one offset, so the last of the two carries it.
                let message = |message| ToVisitor::Message {
                    offset: None,
                    message,
                };
                line.map(message).into_iter().for_each(&mut tell);
                tell(ToVisitor::Closed { offset: seq });
            }
            Fact::Received(_) | Fact::Queued(_) | Fact::Assigned { .. } => {
                self.written = true;
                let offset = Some(seq);
                let message = |message| ToVisitor::Message { offset, message };
                line.map(message).into_iter().for_each(tell);
            }
            Fact::ReadByAgent { up_to, .. } => tell(ToVisitor::Status {
                offset: seq,
                seq: *up_to,
                status: VisitorStatus::Read,
            }),
            Fact::SendEnded {
                message,
                outcome: SendOutcome::Sent(_),
                ..
            } => self.reach(*message, Status::Sent),
            Fact::StatusRose {
                message, status, ..
            } => self.reach(*message, *status),
            Fact::SendEnded {
                outcome: SendOutcome::Retry { .. } | SendOutcome::Rejected(_),
                ..
            }
            | Fact::Attempted { .. }
            | Fact::AttemptAmbiguous { .. }
            | Fact::StatusKept { .. }
            | Fact::Requeued { .. }
            | Fact::FirstAnswered { .. }
            | Fact::Erased(_)
            | Fact::Stale { .. }
            | Fact::ProfileNamed { .. }
            | Fact::EmailTyped { .. }
            | Fact::LanguageChosen { .. }
            | Fact::FormFilled(_)
            | Fact::BotStarted(_)
            | Fact::MenuMoved { .. }
            | Fact::BotEnded { .. }
            | Fact::KnownAgentsForgotten { .. }
            | Fact::ContactRenamed { .. }
            | Fact::DeadLettered(_)
            | Fact::LetterSettled { .. }
            | Fact::Noticed(_)
            | Fact::TimerSet { .. }
            | Fact::TimerCleared { .. }
            | Fact::SessionChosen { .. }
            | Fact::OfferMade { .. }
            | Fact::OfferEnded { .. } => {}
        }
    }

    /// A conversation is open, on this page or another of the visitor's: nothing is asked before it any more.
    fn begun(&mut self, conversation: ConversationId) -> ToVisitor {
        self.open = Some(conversation);
        self.form_asked = false;
        ToVisitor::Started {
            conversation_id: self.open,
        }
    }

    /// Somebody types.
    #[must_use]
    pub fn typing(
        &self,
        conversation: ConversationId,
        who: Typist,
        typing: bool,
    ) -> Option<Effect> {
        match who {
            Typist::Agent(_) if self.open == Some(conversation) => {
                Some(Effect::Tell(ToVisitor::Typing { typing }))
            }
            Typist::Agent(_) | Typist::Customer => None,
        }
    }

    /// Tries again to record what could not be recorded.
    pub fn tick(&mut self) -> Option<Effect> {
        self.mark()
    }
}

/// The message is not accepted, and would not be the next time.
fn refusal(client_id: CompactString, code: RefusalCode) -> Effect {
    Effect::Tell(ToVisitor::Refused {
        client_id: Some(client_id),
        code,
    })
}

#[cfg(test)]
mod tests;
