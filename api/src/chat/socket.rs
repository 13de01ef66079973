//! A visitor's socket: one task that feeds the [`Session`] and does what it decides.
//!
//! Whoever is idle costs memory only, so what takes its time is on the heap while it lasts, and nothing is buffered here:
//! what comes in waits in the connection, what goes out in its queue of 32 frames, and behind that in the subscription,
//! which is cut off when it is full.

mod greeting;
mod line;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, ProtocolError};
use compact_str::CompactString;
use ecluse_engine::conversation::{self, Command, FilledForm, Refusal, Reply};
use ecluse_engine::ids::{ConversationId, ConversationKey};
use ecluse_engine::live::{LiveEvent, Subscription, Typist};
use ecluse_engine::message::{Actor, CloseReason as Why, Content, Inbound, Status, Timestamp};
use ecluse_engine::runtime::{Admission, Envelope, NoRoom};
use ecluse_engine::store::StoreError;
use ecluse_engine::system::Engine;
use ecluse_engine::texts::Language;
use tokio::time::{Instant, timeout};

use self::greeting::{form_to_leave, greet};
use self::line::{COME_BACK, End, GO_AWAY, Line, Read, read};
use super::entry::Page;
use super::frames::ToVisitor;
use super::introduction::Introduction;
use super::lines::{content_of, provider_id, text_of};
use super::session::{Around, Effect, Session, Settled, Taken};
use super::{Chat, ChatChannel};
use crate::console::language::Lang;

/// What a message takes in the gate besides its text, in bytes.
const ENVELOPE_BYTES: usize = 128;

/// What is known of a socket before its page says anything.
#[derive(Clone, Debug)]
pub struct Asked {
    pub channel: ChatChannel,
    pub page: Page,
    pub lang: Lang,
}

/// Serves a socket to its end.
pub async fn serve(
    chat: Arc<Chat>,
    asked: Box<Asked>,
    socket: actix_ws::Session,
    mut frames: AggregatedMessageStream,
) {
    chat.sockets.fetch_add(1, Ordering::Relaxed);
    let mut line = Line {
        socket,
        slow_after: chat.times.slow_after,
    };
    let news = chat.news.subscribe();
    let end = match Box::pin(greet(&chat, asked, &mut line, &mut frames)).await {
        Ok(greeted) => {
            let talk = Talk {
                chat: Arc::clone(&chat),
                key: greeted.key,
                language: greeted.lang.language(),
                session: greeted.session,
                subscription: greeted.subscription,
                under_way: UnderWay::default(),
                line,
            };
            talk.run(greeted.effects, frames, news).await
        }
        Err(end) => (end, line),
    };
    chat.sockets.fetch_sub(1, Ordering::Relaxed);
    let (end, line) = end;
    Box::pin(line.close(end)).await;
}

/// What a socket waits for.
enum Next {
    Heard(Option<Result<AggregatedMessage, ProtocolError>>),
    Live(Option<LiveEvent>),
    Settled(Settled),
    Pulse,
    News,
}

/// A welcome visitor's socket.
struct Talk {
    chat: Arc<Chat>,
    key: ConversationKey,
    /// Of the page, and so of whoever reads it.
    language: Language,
    session: Session,
    subscription: Subscription,
    under_way: UnderWay,
    line: Line,
}

impl Talk {
    async fn run(
        mut self,
        effects: Vec<Effect>,
        mut frames: AggregatedMessageStream,
        mut news: tokio::sync::watch::Receiver<super::News>,
    ) -> (End, Line) {
        let draining = news.borrow_and_update().draining;
        let end = match self.begin(effects, draining).await {
            Ok(()) => self.talk(&mut frames, &mut news).await,
            Err(end) => end,
        };
        (end, self.line)
    }

    async fn begin(&mut self, effects: Vec<Effect>, draining: bool) -> Result<(), End> {
        self.look_around(draining).await?;
        self.carry_out(effects).await?;
        if self.session.is_written() {
            self.introduce_kept();
        }
        Ok(())
    }

    async fn talk(
        &mut self,
        frames: &mut AggregatedMessageStream,
        news: &mut tokio::sync::watch::Receiver<super::News>,
    ) -> End {
        let times = self.chat.times;
        let mut pulse = std::pin::pin!(tokio::time::sleep(times.ping_every));
        let mut is_pinged = false;
        loop {
            let next = tokio::select! {
                message = frames.recv() => Next::Heard(message),
                event = self.subscription.next() => Next::Live(event),
                settled = self.under_way.next() => Next::Settled(settled),
                () = pulse.as_mut() => Next::Pulse,
                _ = news.changed() => Next::News,
            };
            let done = match next {
                Next::Heard(message) => {
                    if std::mem::take(&mut is_pinged) {
                        pulse.as_mut().reset(Instant::now() + times.ping_every);
                    }
                    self.hear(message).await
                }
                Next::Live(event) => self.show(event).await,
                Next::Settled(settled) => self.settle(settled).await,
                Next::Pulse if is_pinged => Err(COME_BACK),
                Next::Pulse => {
                    is_pinged = true;
                    pulse.as_mut().reset(Instant::now() + times.pong_within);
                    self.ping().await
                }
                Next::News => {
                    let draining = news.borrow_and_update().draining;
                    self.notice(draining).await
                }
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn hear(
        &mut self,
        message: Option<Result<AggregatedMessage, ProtocolError>>,
    ) -> Result<(), End> {
        match read(message)? {
            Read::Frame(frame) => {
                let chat = Arc::clone(&self.chat);
                let (digest, now) = (self.key.digest(), chat.app.engine.clock.now());
                let mut pace = || chat.paces.take(digest, now);
                let mut keep = |introduction| chat.introductions.keep(&self.key, introduction, now);
                let channel_exists = chat.exists(self.key.channel);
                let effects = self.session.hear(
                    frame,
                    &mut Around {
                        now,
                        channel_exists,
                        pace: &mut pace,
                        keep: &mut keep,
                    },
                );
                self.carry_out(effects).await
            }
            Read::Ping(bytes) => self
                .line
                .socket
                .pong(&bytes)
                .await
                .map_err(|_closed| End::Gone),
            Read::Pong => Ok(()),
        }
    }

    async fn show(&mut self, event: Option<LiveEvent>) -> Result<(), End> {
        let effects = match event {
            Some(LiveEvent::Committed(committed)) => self
                .session
                .committed(&committed.entry, |agent| self.chat.agent_name(agent)),
            Some(LiveEvent::Typing {
                conversation,
                who,
                typing,
            }) => self
                .session
                .typing(conversation, who, typing)
                .into_iter()
                .collect(),
            Some(LiveEvent::Presence { .. }) => Vec::new(),
            // The page reads too slowly, and what it missed is not here any more.
            None => return Err(COME_BACK),
        };
        self.carry_out(effects).await
    }

    async fn settle(&mut self, settled: Settled) -> Result<(), End> {
        let now = self.chat.app.engine.clock.now();
        let is_first_word = matches!(
            settled,
            Settled::Received {
                taken: Taken::Durable { .. },
                ..
            }
        );
        let effects = self.session.settled(settled, now);
        self.carry_out(effects).await?;
        if is_first_word {
            self.introduce_kept();
        }
        Ok(())
    }

    async fn ping(&mut self) -> Result<(), End> {
        self.line.tell(&ToVisitor::Ping).await?;
        let now = self.chat.now();
        self.chat.introductions.renew(&self.key, now);
        let again = self.session.tick().into_iter().collect();
        self.carry_out(again).await
    }

    /// The configuration changed, or the engine drains. What is open on a deleted channel is closed, and its page is told so
    /// before it is sent away.
    async fn notice(&mut self, draining: bool) -> Result<(), End> {
        if !self.chat.exists(self.key.channel) {
            let _ = timeout(self.line.slow_after, self.show_the_end()).await;
        }
        self.look_around(draining).await
    }

    async fn show_the_end(&mut self) -> Result<(), End> {
        while self.session.is_open() {
            let event = self.subscription.next().await;
            self.show(event).await?;
        }
        Ok(())
    }

    /// Whether the page may stay.
    async fn look_around(&mut self, draining: bool) -> Result<(), End> {
        if !self.chat.exists(self.key.channel) {
            return Err(GO_AWAY);
        }
        if self.chat.is_banned(&self.key) {
            return Err(self.line.banish().await);
        }
        if draining {
            let _ = timeout(self.line.slow_after, self.settle_all()).await;
            return Err(COME_BACK);
        }
        Ok(())
    }

    /// What is on its way still becomes durable, and its page should hear of it.
    async fn settle_all(&mut self) -> Result<(), End> {
        while !self.under_way.is_empty() {
            let settled = self.under_way.next().await;
            self.settle(settled).await?;
        }
        Ok(())
    }

    async fn carry_out(&mut self, effects: Vec<Effect>) -> Result<(), End> {
        let mut due = VecDeque::from(effects);
        while let Some(effect) = due.pop_front() {
            match effect {
                Effect::Tell(frame) => self.line.tell(&frame).await?,
                Effect::Receive {
                    client_id,
                    body,
                    choice,
                    introduction,
                } => {
                    let message = self.message(&client_id, content_of(body, choice.as_deref()));
                    let kept = self.chat.introductions.get(&self.key).or(introduction);
                    let settled = |taken| Settled::Received { client_id, taken };
                    due.extend(self.receive(message, kept, settled));
                }
                Effect::Leave {
                    client_id,
                    body,
                    introduction,
                } => due.extend(self.leave(client_id, body, introduction)),
                Effect::Introduce { form, introduction } => self.introduce(form, introduction),
                Effect::FindForm => self.find_form(),
                Effect::Mark { message, status } => self.mark(message, status),
                Effect::End { conversation } => self.end(conversation),
                Effect::Typing {
                    conversation,
                    typing,
                } => {
                    self.chat.app.engine.live.typing(
                        &self.key,
                        conversation,
                        Typist::Customer,
                        typing,
                    );
                }
                Effect::Excess => {
                    if !self.chat.lets_in(&self.key) {
                        return Err(self.line.banish().await);
                    }
                }
                Effect::HangUp(code) => return Err(End::Close(CloseCode::Other(code))),
            }
        }
        Ok(())
    }

    /// What the visitor said.
    fn message(&self, client_id: &str, content: Content) -> Inbound {
        let name = provider_id(&self.key.address.0, client_id);
        Inbound {
            language: Some(self.language),
            ..Inbound::new(name, self.chat.now(), content)
        }
    }

    fn leave(
        &mut self,
        client_id: CompactString,
        body: String,
        introduction: Introduction,
    ) -> Vec<Effect> {
        let message = Inbound {
            offline: true,
            ..self.message(&client_id, Content::text(body))
        };
        let introduction = Some(introduction).filter(|given| !given.is_empty());
        let settled = |taken| Settled::Left { client_id, taken };
        self.receive(message, introduction, settled)
    }

    /// Takes room at once, in the order of the frames; the rest takes its time.
    fn receive(
        &mut self,
        message: Inbound,
        introduction: Option<Introduction>,
        settled: impl FnOnce(Taken) -> Settled + 'static,
    ) -> Vec<Effect> {
        let engine = &self.chat.app.engine;
        let share = engine.share(self.key.channel);
        let text = text_of(&message.content).map_or(0, str::len);
        let bytes = text + introduction.as_ref().map_or(0, Introduction::bytes) + ENVELOPE_BYTES;
        let admission = match engine.gate.try_admit(&share, 1, bytes) {
            Ok(admission) => admission,
            Err(NoRoom { retry_after, .. }) => {
                let taken = Taken::Not { retry_after };
                let now = engine.clock.now();
                return self.session.settled(settled(taken), now);
            }
        };
        let (chat, key) = (Arc::clone(&self.chat), self.key.clone());
        self.under_way.add(async move {
            let taken = take_in(&chat, &key, message, introduction, admission).await;
            settled(taken)
        });
        Vec::new()
    }

    fn end(&mut self, conversation: ConversationId) {
        let command = Command::Close {
            conversation,
            reason: Why::CustomerLeft,
            by: Actor::Customer,
        };
        let asked = self.ask(command);
        self.under_way.add(async move {
            let _ = asked.await;
            Settled::Ended
        });
    }

    fn mark(&mut self, message: u64, status: Status) {
        let asked = self.ask(Command::Mark { message, status });
        self.under_way.add(async move {
            let recorded = stands(&asked.await);
            Settled::Marked {
                message,
                status,
                recorded,
            }
        });
    }

    fn find_form(&mut self) {
        let (chat, key, language) = (Arc::clone(&self.chat), self.key.clone(), self.language);
        self.under_way.add(async move {
            let form = form_to_leave(&chat, &key, language).await;
            Settled::Found(form)
        });
    }

    /// Has a form of this page recorded.
    fn introduce(&mut self, form: u32, introduction: Introduction) {
        let recorded = self.record(introduction);
        self.under_way.add(async move {
            Settled::Introduced {
                form,
                recorded: recorded.await,
            }
        });
    }

    /// Has recorded what is kept, if anything is.
    fn introduce_kept(&mut self) {
        if let Some(kept) = self.chat.introductions.get(&self.key) {
            let recorded = self.record(kept);
            self.under_way.add(async move {
                recorded.await;
                Settled::Remembered
            });
        }
    }

    /// Records who the visitor says to be; whether that is so. Until it is, it stays kept.
    fn record(&self, introduction: Introduction) -> impl Future<Output = bool> + use<> {
        let told = told(&self.chat.app.engine, &self.key, introduction.clone());
        let asked = self.ask(Command::Introduce(told));
        let (chat, key) = (Arc::clone(&self.chat), self.key.clone());
        async move {
            let recorded = stands(&asked.await);
            if recorded {
                chat.introductions.forget(&key, &introduction);
            }
            recorded
        }
    }

    fn ask(&self, command: Command) -> impl Future<Output = Result<Option<Reply>, NoRoom>> + use<> {
        let (chat, key) = (Arc::clone(&self.chat), self.key.clone());
        async move { chat.app.engine.ask(&key, command).await }
    }
}

/// Whether what was asked for is so, since now or already.
fn stands(reply: &Result<Option<Reply>, NoRoom>) -> bool {
    matches!(reply, Ok(Some(Reply::Done { .. } | Reply::Known { .. })))
}

/// Who the visitor says to be, in the words of the conversation.
fn told(
    engine: &Engine,
    key: &ConversationKey,
    introduction: Introduction,
) -> conversation::Introduction {
    let Introduction {
        name,
        email,
        answers,
    } = introduction;
    let form = answers.map(|filled| FilledForm {
        form: filled.answers.form,
        answers: filled.answers.answers,
        fingerprint: Some(engine.fingerprinter.of(key.channel, &filled.id.to_string())),
    });
    conversation::Introduction { name, email, form }
}

/// Hands a message to its conversation, with who wrote it, and waits until both are durable.
async fn take_in(
    chat: &Chat,
    key: &ConversationKey,
    message: Inbound,
    introduction: Option<Introduction>,
    admission: Admission,
) -> Taken {
    let engine = &chat.app.engine;
    let with = introduction.clone().map(|given| told(engine, key, given));
    let reply = post(engine, key, message, with, admission).await;
    let is_recorded = matches!(reply, Some(Reply::Done { .. } | Reply::Buried { .. }));
    if let Some(recorded) = introduction.filter(|_| is_recorded) {
        chat.introductions.forget(key, &recorded);
    }
    match reply {
        Some(Reply::Known { seq, .. }) => match said_at(chat, key, seq).await {
            Ok(at) => Taken::Durable { seq, at },
            Err(_unread) => Taken::Lost,
        },
        // What could not be handled is kept too, and saying it again would not help.
        Some(Reply::Done { seq, at, .. } | Reply::Buried { seq, at }) => Taken::Durable { seq, at },
        Some(Reply::Refused(Refusal::Banned)) => Taken::Banned,
        Some(Reply::Refused(_)) | None => Taken::Lost,
    }
}

/// When a message was taken that the page repeats.
async fn said_at(chat: &Chat, key: &ConversationKey, seq: u64) -> Result<Timestamp, StoreError> {
    if let Some(at) = chat.app.reads.said_at(key, seq).await? {
        return Ok(at);
    }
    chat.app.engine.read_your_writes().await;
    Ok(chat
        .app
        .reads
        .said_at(key, seq)
        .await?
        .unwrap_or_else(|| chat.app.engine.clock.now()))
}

async fn post(
    engine: &Engine,
    key: &ConversationKey,
    message: Inbound,
    introduction: Option<conversation::Introduction>,
    admission: Admission,
) -> Option<Reply> {
    let fingerprint = engine.fingerprinter.of(key.channel, &message.provider_id.0);
    let message = Arc::new(message);
    let message = match introduction.map(Box::new) {
        Some(introduction) => Command::ReceiveWith {
            message,
            fingerprint,
            introduction,
        },
        None => Command::Receive {
            message,
            fingerprint,
        },
    };
    let (receipt, _answer) = admission.into_receipt();
    let (envelope, told) = Envelope::asking(message, receipt);
    engine.conversations.post(key, envelope).await;
    told.await.ok()
}

/// What takes its time, oldest first. It is polled in that order, so messages are handed over as they came.
#[derive(Default)]
struct UnderWay(Vec<Pin<Box<dyn Future<Output = Settled>>>>);

impl UnderWay {
    fn add(&mut self, work: impl Future<Output = Settled> + 'static) {
        self.0.push(Box::pin(work));
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next that comes out; never, while there is nothing.
    async fn next(&mut self) -> Settled {
        poll_fn(|context| {
            for index in 0..self.0.len() {
                if let Poll::Ready(settled) = self.0[index].as_mut().poll(context) {
                    drop(self.0.remove(index));
                    if self.0.is_empty() {
                        self.0 = Vec::new();
                    }
                    return Poll::Ready(settled);
                }
            }
            Poll::Pending
        })
        .await
    }
}
