//! What must hold of one conversation's facts, whatever brought them about.

use std::collections::{BTreeMap, HashMap, HashSet};

use ecluse_engine::conversation::sends::rises;
use ecluse_engine::conversation::{State, recent};
use ecluse_engine::ids::{ChatbotId, ConversationId};
use ecluse_engine::message::{
    Author, AutoReply, Destination, Entry, Fact, Fingerprint, SendOutcome, Status, TimerKind,
    Timestamp,
};
use ecluse_engine::sim::sample;

/// What the facts so far say, kept in the dumbest way.
#[derive(Debug, Default)]
pub(crate) struct Audit {
    next_seq: u64,
    /// The episode, and whether it is open.
    episode: Option<(ConversationId, bool)>,
    seen: HashMap<Fingerprint, Timestamp>,
    last_inbound: Option<Timestamp>,
    statuses: BTreeMap<u64, Status>,
    in_flight: BTreeMap<u64, u32>,
    timer: Option<u64>,
    read: Option<u64>,
    said: HashSet<(ConversationId, AutoReply)>,
    menu: Menu,
    /// What is said now goes with an erasure.
    erasing: bool,
}

/// What may become of a chatbot's turn.
#[derive(Debug, Default, PartialEq)]
enum Menu {
    /// There is none, or it is over.
    #[default]
    None,
    Due(ChatbotId),
    Running {
        chatbot: ChatbotId,
        timer: Option<u64>,
    },
}

impl Audit {
    pub(crate) fn hear(&mut self, entry: &Entry) {
        assert_eq!(entry.first_seq, self.next_seq.max(1), "one_order");
        assert!(!entry.facts.is_empty(), "an entry says something");
        let erases = |fact: &Fact| matches!(fact, Fact::Erased(_));
        self.erasing = entry.facts.iter().any(erases);
        for (seq, fact) in entry.numbered() {
            self.fact(seq, fact, entry.at);
        }
        let is_machine = |fact: &Fact| matches!(fact, Fact::Received(r) if r.message.automatic);
        if entry.facts.iter().any(is_machine) {
            let answer = entry
                .facts
                .iter()
                .find(|fact| matches!(fact, Fact::Queued(_)));
            assert_eq!(answer, None, "a machine is never answered by ours");
        }
        self.next_seq = entry.first_seq + entry.facts.len() as u64;
    }

    fn fact(&mut self, seq: u64, fact: &Fact, at: Timestamp) {
        match fact {
            Fact::Opened(opened) => {
                assert!(!self.is_open(), "one_open_conversation");
                assert_eq!(
                    opened.previous,
                    self.episode.map(|(id, _)| id),
                    "episodes are linked"
                );
                self.episode = Some((opened.conversation, true));
                self.menu = match opened.destination {
                    Destination::Queue(_) => Menu::None,
                    Destination::Chatbot(chatbot) => Menu::Due(chatbot),
                };
            }
            Fact::Reopened {
                conversation,
                queue,
                chatbot,
                ..
            } => {
                assert!(queue.is_some() != chatbot.is_some(), "it goes to one place");
                self.menu = chatbot.map_or(Menu::None, Menu::Due);
                assert_eq!(
                    self.episode,
                    Some((*conversation, false)),
                    "only the last episode is reopened"
                );
                self.episode = Some((*conversation, true));
            }
            Fact::Received(received) => {
                assert_eq!(Some(received.conversation), self.episode.map(|(id, _)| id));
                self.shown_once(received.fingerprint, at);
                let opens = received.message.sent_at.min(at);
                self.last_inbound = self.last_inbound.max(Some(opens));
            }
            Fact::Queued(queued) => {
                self.is_current(queued.conversation);
                let window = self.last_inbound.map(|last| at.since(last) < sample::DAY);
                assert_eq!(window, Some(true), "window_enforced");
                if let Some(fingerprint) = queued.fingerprint {
                    self.shown_once(fingerprint, at);
                }
                if let Some(reply) = queued.auto_reply {
                    let is_new = self.said.insert((queued.conversation, reply));
                    assert!(is_new, "{reply:?} is said once in a conversation");
                }
                if let Author::Chatbot(bot) = queued.message.author {
                    assert!(
                        matches!(self.menu, Menu::Running { chatbot, .. } if chatbot == bot),
                        "bot_escalates_once: {bot} speaks out of its turn"
                    );
                }
                self.statuses.insert(seq, Status::Queued);
            }
            Fact::BotStarted(started) => {
                self.is_current(started.conversation);
                let due = std::mem::take(&mut self.menu);
                assert_eq!(due, Menu::Due(started.chatbot), "bot_escalates_once");
                self.menu = Menu::Running {
                    chatbot: started.chatbot,
                    timer: None,
                };
            }
            Fact::MenuMoved { conversation, .. } => {
                self.is_current(*conversation);
                let runs = matches!(self.menu, Menu::Running { .. });
                assert!(runs, "bot_escalates_once: a late answer runs no menu");
            }
            Fact::BotEnded {
                conversation,
                chatbot: bot,
                ..
            } => {
                self.is_current(*conversation);
                match std::mem::take(&mut self.menu) {
                    Menu::Due(chatbot) | Menu::Running { chatbot, .. } => {
                        assert_eq!(chatbot, *bot, "a turn ends once");
                    }
                    Menu::None => panic!("bot_escalates_once: a turn ends once"),
                }
            }
            Fact::Attempted {
                message, attempt, ..
            } => {
                assert_eq!(
                    self.statuses.get(message),
                    Some(&Status::Queued),
                    "only what waits is sent"
                );
                self.in_flight.insert(*message, *attempt);
            }
            Fact::AttemptAmbiguous {
                message, attempt, ..
            } => {
                assert_eq!(
                    self.in_flight.get(message),
                    Some(attempt),
                    "only what is out can be lost"
                );
            }
            Fact::SendEnded {
                message,
                attempt,
                outcome,
                ..
            } => self.send_ended(*message, *attempt, outcome),
            Fact::StatusRose {
                message, status, ..
            } => {
                let before = self
                    .statuses
                    .insert(*message, *status)
                    .expect("a message of ours");
                assert!(
                    rises(before, *status),
                    "status_only_rises: {message} from {before:?} to {status:?}"
                );
            }
            Fact::StatusKept { .. } => assert!(
                !self.in_flight.is_empty(),
                "a status is kept for a call that is out"
            ),
            Fact::Assigned { conversation, .. } | Fact::Requeued { conversation, .. } => {
                self.is_current(*conversation);
                let runs = matches!(self.menu, Menu::Running { .. });
                assert!(!runs, "whoever takes it from a chatbot ends its turn");
                self.menu = Menu::None;
            }
            Fact::FirstAnswered { conversation, .. } => self.is_current(*conversation),
            Fact::ReadByAgent {
                conversation,
                up_to,
                ..
            } => {
                self.is_current(*conversation);
                assert!(
                    self.read.is_none_or(|read| read < *up_to) && *up_to < seq,
                    "reading only goes on, and not beyond what was said"
                );
                self.read = Some(*up_to);
            }
            Fact::Closed { conversation, .. } => {
                self.is_current(*conversation);
                self.episode = Some((*conversation, false));
                self.menu = Menu::None;
            }
            Fact::Erased(erased) => {
                assert!(erased.up_to < seq, "only what was said is erased");
                let is_current = self.episode.map(|(id, _)| id) == erased.conversation;
                assert!(
                    !(is_current && self.is_open()),
                    "what is open keeps what was said"
                );
                self.statuses.retain(|message, _| *message > erased.up_to);
                self.read = self.read.filter(|read| *read > erased.up_to);
                if is_current {
                    self.episode = None;
                    self.last_inbound = None;
                    self.timer = None;
                }
            }
            Fact::Stale { conversation, .. } => {
                assert_ne!(
                    Some(*conversation),
                    self.episode.map(|(id, _)| id),
                    "only another episode's is stale"
                );
            }
            Fact::TimerSet {
                conversation,
                generation,
                kind,
                ..
            } => {
                self.is_current(*conversation);
                assert_eq!(*generation, seq, "a generation is used once");
                match kind {
                    TimerKind::IdleClose => self.timer = Some(*generation),
                    TimerKind::BotTimeout => {
                        let Menu::Running { timer, .. } = &mut self.menu else {
                            panic!("a menu that runs is timed, and no other");
                        };
                        *timer = Some(*generation);
                    }
                }
            }
            Fact::TimerCleared { kind, .. } => match kind {
                TimerKind::IdleClose => self.timer = None,
                TimerKind::BotTimeout => assert_eq!(self.menu, Menu::None, "it runs no more"),
            },
            Fact::FormFilled(form) => {
                assert!(self.episode.is_some());
                form.fingerprint
                    .into_iter()
                    .for_each(|id| self.shown_once(id, at));
            }
            Fact::ProfileNamed { .. } | Fact::EmailTyped { .. } | Fact::LanguageChosen { .. } => {
                assert!(
                    self.episode.is_some(),
                    "nobody is introduced before they wrote"
                );
            }
            Fact::DeadLettered(_) => {}
            Fact::ContactRenamed { .. }
            | Fact::KnownAgentsForgotten { .. }
            | Fact::LetterSettled { .. }
            | Fact::Noticed(_)
            | Fact::SessionChosen { .. }
            | Fact::OfferMade { .. }
            | Fact::OfferEnded { .. } => panic!("no conversation decides {fact:?}"),
        }
    }

    fn send_ended(&mut self, message: u64, attempt: u32, outcome: &SendOutcome) {
        let ended = self.in_flight.remove(&message);
        assert!(
            ended == Some(attempt) || (self.erasing && ended.is_none()),
            "an attempt ends once, and what waits has its end with an erasure: {ended:?}"
        );
        let status = match outcome {
            SendOutcome::Sent(_) => Status::Sent,
            SendOutcome::Retry { .. } => return,
            SendOutcome::Rejected(_) => Status::Failed,
        };
        let before = self
            .statuses
            .insert(message, status)
            .expect("a message of ours");
        assert!(
            rises(before, status),
            "status_only_rises: {message} from {before:?} to {status:?}"
        );
    }

    fn shown_once(&mut self, fingerprint: Fingerprint, at: Timestamp) {
        if let Some(before) = self.seen.insert(fingerprint, at) {
            assert!(
                at.since(before) > recent::REMEMBERED,
                "exactly_once_visible: {fingerprint:?}"
            );
        }
    }

    fn is_open(&self) -> bool {
        self.episode.is_some_and(|(_, open)| open)
    }

    fn is_current(&self, conversation: ConversationId) {
        assert_eq!(
            self.episode,
            Some((conversation, true)),
            "stale episodes never change ownership"
        );
    }

    /// The state says what the facts say.
    pub(crate) fn agrees_with(&self, state: &State) {
        assert_eq!(state.next_seq, self.next_seq.max(1));
        assert_eq!(
            state
                .episode
                .as_ref()
                .map(|episode| (episode.id, episode.is_open())),
            self.episode
        );
        let turn = state.episode.as_ref().and_then(|episode| episode.turn());
        let running = turn.map(|turn| (turn.chatbot, Some(turn.generation)));
        match self.menu {
            Menu::Running { chatbot, timer } => assert_eq!(running, Some((chatbot, timer))),
            Menu::None | Menu::Due(_) => assert_eq!(running, None),
        }
        assert_eq!(state.idle_generation, self.timer.unwrap_or(0));
        assert_eq!(
            self.timer.is_some(),
            self.is_open(),
            "an open conversation has a timer"
        );
        let text = format!("{state:?}");
        assert!(
            self.episode.is_some() || !text.contains("Zoé"),
            "who was erased has no name: {text}"
        );
        for (seq, send) in state.sends.iter() {
            assert_eq!(
                Some(&send.status),
                self.statuses.get(&seq),
                "the status of {seq}"
            );
            assert_eq!(
                send.attempting.then_some(&send.attempt),
                self.in_flight.get(&seq),
                "whether {seq} is out"
            );
        }
    }
}
