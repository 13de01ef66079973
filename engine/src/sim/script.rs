//! What could happen next to a conversation, chosen by a number: sensible things mostly, and everything that a provider, a
//! program or a person should not do but does.
//!
//! The same numbers give the same commands, and smaller numbers give plainer ones, so that a failing list of numbers can
//! be made shorter.

use std::sync::Arc;
use std::time::Duration;

use super::sample::{self, FINGERPRINTER, agent_id, answer, chatbot_id, queue_id};
use crate::conversation::sends::Send;
use crate::conversation::{Bot, Command, FilledForm, Introduction, Past, State};
use crate::ids::{ChannelId, ConversationId, ProviderMessageId};
use crate::message::{
    Actor, Author, CloseReason, Content, ErasureReason, Fingerprint, Inbound, InteractiveKind,
    InteractiveReply, ProviderError, Reaction, SendOutcome, Status, StatusReport, TimerKind,
};
use crate::texts::Language;

/// The memory that makes repetitions and stale commands possible.
#[derive(Clone, Debug)]
pub struct Script {
    channel: ChannelId,
    received: Vec<(Arc<Inbound>, Fingerprint)>,
    sent: Vec<Command>,
    episodes: Vec<ConversationId>,
    /// The last number of each episode that another followed.
    ends: Vec<u64>,
    /// The next number of the conversation when it was looked at last.
    next_seq: u64,
    next_id: u64,
}

/// A number taken apart into choices.
struct Choices(u64);

impl Choices {
    fn among(&mut self, count: usize) -> usize {
        let count = count.max(1) as u64;
        let chosen = self.0 % count;
        self.0 /= count;
        chosen as usize
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.among(of.len())]
    }
}

#[derive(Clone, Copy)]
enum Happening {
    New,
    Again,
    Named,
    Reaction,
    Answer,
    AnswerAgain,
    Begin,
    End,
    GiveUp,
    Report,
    Mark,
    Read,
    Assign,
    Requeue,
    Close,
    Timer,
    Introduce,
    Choose,
    Machine,
    StartBot,
    Nobody,
    Erase,
}

/// What happens how often; the plainest first.
const HAPPENINGS: [Happening; 45] = {
    use Happening::{
        Again, Answer, AnswerAgain, Assign, Begin, Choose, Close, End, Erase, GiveUp, Introduce,
        Machine, Mark, Named, New, Nobody, Reaction, Read, Report, Requeue, StartBot, Timer,
    };
    [
        New,
        New,
        New,
        New,
        Again,
        Again,
        Named,
        Reaction,
        Answer,
        Answer,
        Answer,
        Answer,
        AnswerAgain,
        Begin,
        Begin,
        Begin,
        Begin,
        End,
        End,
        End,
        End,
        GiveUp,
        Report,
        Report,
        Report,
        Report,
        Mark,
        Read,
        Read,
        Assign,
        Assign,
        Requeue,
        Close,
        Timer,
        Introduce,
        Choose,
        Choose,
        Choose,
        StartBot,
        StartBot,
        StartBot,
        Nobody,
        Machine,
        Timer,
        Erase,
    ]
};

/// Seconds between two commands, mostly none: a day and a week are passed now and then, because rules depend on them.
const PAUSES: [u64; 24] = [
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 60, 60, 60, 3_600, 3_600, 3_600, 50_000, 50_000,
    90_000, 700_000,
];

impl Script {
    /// A script for one conversation of a channel.
    #[must_use]
    pub fn new(channel: ChannelId) -> Self {
        Self {
            channel,
            received: Vec::new(),
            sent: Vec::new(),
            episodes: Vec::new(),
            ends: Vec::new(),
            next_seq: 1,
            next_id: 0,
        }
    }

    /// What happens next, and how long after what happened before.
    pub fn next(&mut self, choice: u64, state: &State) -> (Duration, Command) {
        if let Some(episode) = state
            .episode
            .as_ref()
            .filter(|episode| self.episodes.last() != Some(&episode.id))
        {
            if !self.episodes.is_empty() {
                self.ends.push(self.next_seq - 1);
            }
            self.episodes.push(episode.id);
        }
        self.next_seq = state.next_seq;
        let mut choices = Choices(choice);
        let happening = choices.one(&HAPPENINGS);
        let pause = Duration::from_secs(choices.one(&PAUSES));
        (pause, self.command(happening, &mut choices, state))
    }

    fn command(&mut self, happening: Happening, choices: &mut Choices, state: &State) -> Command {
        match happening {
            Happening::New if menu_runs(state) => self.choose(choices),
            Happening::New => self.receive(None, Content::text("Bonjour")),
            Happening::Named => {
                let name = choices.one(&["Zoé", "Camille", "李雷"]);
                self.receive(Some(name), Content::text("C'est moi"))
            }
            Happening::Reaction => {
                let reaction = Reaction {
                    target: "out-1-1".into(),
                    emoji: Some("👍".into()),
                };
                self.receive(None, Content::Reaction(reaction))
            }
            Happening::Again => match self.received.get(choices.among(self.received.len())) {
                Some((message, fingerprint)) => Command::Receive {
                    message: Arc::clone(message),
                    fingerprint: *fingerprint,
                },
                None => self.receive(None, Content::text("Bonjour")),
            },
            Happening::Answer => self.answer(choices, state),
            Happening::AnswerAgain => match self.sent.get(choices.among(self.sent.len())) {
                Some(command) => command.clone(),
                None => self.answer(choices, state),
            },
            Happening::Begin => {
                let (message, send) = a_send(choices, state);
                let next = send.map_or(1, |send| send.attempt + 1);
                Command::StartAttempt {
                    message,
                    attempt: choices.one(&[next, next, next, 1]),
                }
            }
            Happening::End => self.end(choices, state),
            Happening::GiveUp => {
                let (message, attempt) = an_attempt(choices, state);
                Command::GiveUpAttempt { message, attempt }
            }
            Happening::Report => self.report(choices, state),
            Happening::Mark => Command::Mark {
                status: choices.one(&[Status::Delivered, Status::Read, Status::Sent]),
                message: choices.among(usize::try_from(state.next_seq).unwrap_or(usize::MAX))
                    as u64,
            },
            Happening::Read => Command::ReadByAgent {
                conversation: self.episode(choices, state),
                agent: agent_id(choices.among(3) as u64),
                up_to: state.last_in_seq + choices.one(&[0, 0, 0, 7]),
            },
            Happening::Assign => Command::Assign {
                conversation: self.episode(choices, state),
                queue: choices.one(&[None, Some(queue_id(1)), Some(queue_id(2))]),
                agent: agent_id(choices.among(3) as u64),
                by: Actor::System,
                offer: None,
                over_capacity: false,
            },
            Happening::Requeue => Command::Requeue {
                conversation: self.episode(choices, state),
                queue: queue_id(1 + choices.among(2) as u64),
                by: Actor::System,
                from: choices.one(&[
                    Some(agent_id(0)),
                    Some(agent_id(1)),
                    Some(agent_id(2)),
                    None,
                ]),
            },
            Happening::Close => Command::Close {
                conversation: self.episode(choices, state),
                reason: choices.one(&[CloseReason::Resolved, CloseReason::CustomerLeft]),
                by: Actor::Program,
            },
            Happening::Introduce => self.introduce(choices),
            Happening::Timer => timer(choices, state),
            Happening::Choose => self.choose(choices),
            Happening::Machine => self.receive_marked(choices),
            Happening::Erase => Command::Erase {
                past: self.past(choices, state),
                by: Actor::Program,
                why: ErasureReason::Requested,
            },
            Happening::StartBot => {
                let bot = state
                    .episode
                    .as_ref()
                    .and_then(|episode| episode.bot.as_ref());
                let due = bot.map_or_else(|| chatbot_id(1), Bot::chatbot);
                Command::StartBot {
                    conversation: self.episode(choices, state),
                    chatbot: choices.one(&[due, due, due, chatbot_id(2)]),
                }
            }
            Happening::Nobody => Command::NobodyThere {
                conversation: self.episode(choices, state),
            },
        }
    }

    fn choose(&mut self, choices: &mut Choices) -> Command {
        let typed = choices.one(&["1", "2", "3", "livraison", "quoi ?", "non", "hein ?"]);
        let chosen = InteractiveReply {
            kind: InteractiveKind::Button,
            id: choices.one(&["1", "2", "1.2", "3"]).to_owned(),
            title: String::new(),
            description: None,
        };
        match choices.one(&[false, false, true]) {
            true => self.receive(None, Content::Interactive(chosen)),
            false => self.receive(None, Content::text(typed)),
        }
    }

    fn introduce(&mut self, choices: &mut Choices) -> Command {
        let name = choices.one(&[None, Some("Zoé")]).map(str::to_owned);
        let email = choices.one(&[None, Some("zoe@example.org")]);
        let form = choices.one(&[false, true]).then(|| {
            let id = format!("form-{}", choices.among(3));
            FilledForm {
                form: "before the chat".to_owned(),
                answers: vec![("Commande".to_owned(), "42".to_owned())],
                fingerprint: Some(FINGERPRINTER.of(self.channel, &id)),
            }
        });
        Command::Introduce(Introduction {
            name,
            email: email.map(str::to_owned),
            form,
        })
    }

    /// A message with the marks that few have: a machine wrote it, it was left, its language is known.
    fn receive_marked(&mut self, choices: &mut Choices) -> Command {
        let provider_id = self.new_id();
        let message = Inbound {
            provider_id,
            automatic: choices.one(&[true, false]),
            offline: choices.one(&[false, true]),
            language: choices.one(&[None, Some(Language::Fr), Some(Language::En)]),
            ..sample::text("", "Je suis absent.")
        };
        self.received(message)
    }

    fn new_id(&mut self) -> ProviderMessageId {
        self.next_id += 1;
        ProviderMessageId::from(format!("in-{}", self.next_id))
    }

    fn received(&mut self, message: Inbound) -> Command {
        let fingerprint = FINGERPRINTER.of(self.channel, &message.provider_id.0);
        let message = Arc::new(message);
        self.received.push((Arc::clone(&message), fingerprint));
        Command::Receive {
            message,
            fingerprint,
        }
    }

    fn receive(&mut self, name: Option<&str>, content: Content) -> Command {
        let provider_id = self.new_id();
        self.received(Inbound {
            provider_id,
            profile_name: name.map(str::to_owned),
            content,
            ..sample::text("", "")
        })
    }

    fn answer(&mut self, choices: &mut Choices, state: &State) -> Command {
        let author = choices.one(&[
            Author::Agent(agent_id(1)),
            Author::Agent(agent_id(2)),
            Author::Program,
            Author::System,
        ]);
        let newest = state.next_seq.saturating_sub(1);
        let based_on = choices.one(&[None, Some(newest), Some(newest), Some(newest / 2)]);
        let mut message = answer(author, "Voici");
        let fingerprint = choices.one(&[true, false]).then(|| {
            self.next_id += 1;
            let id = format!("client-{}", self.next_id);
            let fingerprint = FINGERPRINTER.of(self.channel, &id);
            message.client_id = Some(id.into());
            fingerprint
        });
        let conversation = self.episode(choices, state);
        let command = Command::Send {
            conversation,
            message: Arc::new(message),
            fingerprint,
            based_on,
        };
        if fingerprint.is_some() {
            self.sent.push(command.clone());
        }
        command
    }

    fn end(&self, choices: &mut Choices, state: &State) -> Command {
        let (message, attempt) = an_attempt(choices, state);
        let error = ProviderError {
            code: 131_000,
            title: "something went wrong".to_owned(),
            detail: None,
        };
        let id = sent_as(message, attempt);
        let at = state.last_activity_at;
        let (outcome, fingerprint) = match choices.among(5) {
            0..=2 => {
                let fingerprint = FINGERPRINTER.of(self.channel, &id.0);
                (SendOutcome::Sent(id), Some(fingerprint))
            }
            3 => (SendOutcome::Retry { at, error }, None),
            _ => (SendOutcome::Rejected(error), None),
        };
        Command::EndAttempt {
            message,
            attempt,
            outcome,
            fingerprint,
        }
    }

    fn report(&self, choices: &mut Choices, state: &State) -> Command {
        let (message, attempt) = match choices.among(8) {
            0..=2 => an_attempt(choices, state),
            3..=6 => {
                let (message, send) = a_send(choices, state);
                (message, send.map_or(1, |send| send.attempt))
            }
            _ => (9_999, 1),
        };
        let provider_id = sent_as(message, attempt);
        let fingerprint = FINGERPRINTER.of(self.channel, &provider_id.0);
        let status = choices.one(&[
            Status::Delivered,
            Status::Read,
            Status::Sent,
            Status::Failed,
        ]);
        let error = (status == Status::Failed).then(|| ProviderError {
            code: 131_026,
            title: "undeliverable".to_owned(),
            detail: None,
        });
        Command::Report {
            report: StatusReport {
                provider_id,
                status,
                at: state.last_activity_at,
                error,
            },
            fingerprint,
        }
    }

    /// All of it, or an episode and what was before, as the store would name it.
    fn past(&self, choices: &mut Choices, state: &State) -> Past {
        let number = choices.among(self.episodes.len() + 1);
        let Some(conversation) = self.episodes.get(number).copied() else {
            return Past::Whole;
        };
        let newest = state.next_seq - 1;
        let seq = self.ends.get(number).copied().unwrap_or(newest);
        Past::UpTo { conversation, seq }
    }

    /// The current episode, mostly.
    fn episode(&self, choices: &mut Choices, state: &State) -> ConversationId {
        let current = state.episode.as_ref().map(|episode| episode.id);
        let older = self
            .episodes
            .get(choices.among(self.episodes.len()))
            .copied();
        let nobodys = ConversationId(uuid::Uuid::nil());
        choices
            .one(&[
                current, current, current, current, current, current, older, None,
            ])
            .unwrap_or(nobodys)
    }
}

fn menu_runs(state: &State) -> bool {
    let episode = state.episode.as_ref();
    episode.is_some_and(|episode| episode.turn().is_some())
}

fn timer(choices: &mut Choices, state: &State) -> Command {
    let turn = state.episode.as_ref().and_then(|episode| episode.turn());
    let menu = turn.map_or(0, |turn| turn.generation);
    let (kind, generation) = choices.one(&[
        (TimerKind::IdleClose, state.idle_generation),
        (TimerKind::BotTimeout, menu),
    ]);
    Command::TimerDue {
        kind,
        generation: generation + choices.one(&[0, 0, 0, 1]),
    }
}

/// One of the sends, or a number that has none.
fn a_send<'s>(choices: &mut Choices, state: &'s State) -> (u64, Option<&'s Send>) {
    let queued = state
        .sends
        .iter()
        .find(|(_, send)| send.status == Status::Queued);
    let any = state
        .sends
        .iter()
        .nth(choices.among(state.sends.iter().count()));
    match choices.one(&[queued, queued, any]) {
        Some((seq, send)) => (seq, Some(send)),
        None => (state.next_seq, None),
    }
}

/// The attempt that is out, mostly.
fn an_attempt(choices: &mut Choices, state: &State) -> (u64, u32) {
    match state.sends.iter().find(|(_, send)| send.attempting) {
        Some((message, send)) => (
            message,
            choices.one(&[send.attempt, send.attempt, send.attempt, send.attempt + 1]),
        ),
        None => {
            let (message, send) = a_send(choices, state);
            (message, send.map_or(1, |send| send.attempt))
        }
    }
}

/// The id under which the provider took an attempt.
fn sent_as(message: u64, attempt: u32) -> ProviderMessageId {
    ProviderMessageId::from(format!("out-{message}-{attempt}"))
}
