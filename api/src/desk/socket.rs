//! The live side of a desk: one WebSocket, one task, a bounded queue behind it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use actix_ws::{AggregatedMessage, CloseCode, CloseReason, Session};
use ecluse_adapters::storage::read_model::conversations::{ConversationRow, TimelineRange};
use ecluse_engine::ids::{AgentId, ConversationId, OfferId, QueueId};
use ecluse_engine::journal::{Committed, Position};
use ecluse_engine::live::{Interest, LiveEvent, REPLAYED_MAX, Subscription, Typist};
use ecluse_engine::message::{Fact, OfferEnd};
use ecluse_engine::router::{OpenOffer, RouterMessage, RoutingEvent};
use ecluse_engine::runtime::gate::Shut;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::snapshot::{self, Colleague, DeskQueue, Rights, presence_word};
use crate::access::{lens, may_see, visible};
use crate::app::App;
use crate::auth::{AgentUp, Auth, Principal};
use crate::error::ApiError;

/// The reader was too slow, may see other things than before, or the engine stops: come back with epoch and offset.
const CLOSE_RECONNECT: u16 = 4_000;

/// The session ended: do not come back.
const CLOSE_SIGNED_OUT: u16 = 4_001;

/// How often the client is pinged, and how long it may be silent.
const PING: Duration = Duration::from_secs(25);
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// After something happened, how many wait in each queue is told this much later, once for all that happened meanwhile.
const QUEUES_AFTER: Duration = Duration::from_millis(500);

/// Changes are gathered this long, so that a burst is one look at the store.
const GATHER: Duration = Duration::from_millis(15);

/// Where the client is.
#[derive(Debug, Deserialize)]
pub(crate) struct ResumeQuery {
    epoch: Option<Uuid>,
    offset: Option<u64>,
}

/// What a client may say.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ClientFrame {
    Pong,
    Typing { conversation_id: Uuid, typing: bool },
    Watch { conversation_id: Option<Uuid> },
}

/// `GET /desk/socket`.
///
/// # Errors
/// Not signed in, a foreign origin, or no WebSocket.
pub(crate) async fn open(
    caller: AgentUp,
    app: Data<App>,
    auth: Data<Auth>,
    query: Query<ResumeQuery>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let caller = caller.0;
    caller.person()?;
    if !auth.is_own_origin(&request) {
        return Err(ApiError::Forbidden.into());
    }
    let (response, session, stream) = actix_ws::handle(&request, body)?;
    let stream = stream.max_frame_size(16 << 10).aggregate_continuations();
    let app = app.into_inner();
    let desk = Desk {
        rights: snapshot::rights(&app, &caller),
        app,
        caller,
        session,
        interest: Interest::default(),
        queues_due: None,
        queues_told: None,
    };
    actix_web::rt::spawn(desk.run(query.into_inner(), stream));
    Ok(response)
}

struct Desk {
    app: Arc<App>,
    caller: Principal,
    session: Session,
    interest: Interest,
    rights: Rights,
    /// When the queues are to be told again.
    queues_due: Option<Instant>,
    queues_told: Option<Value>,
}

/// Waits for a time, if there is one.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

/// Why a socket's task ends.
enum End {
    Gone,
    Close(u16),
}

impl From<actix_ws::Closed> for End {
    fn from(_: actix_ws::Closed) -> Self {
        Self::Gone
    }
}

impl From<ApiError> for End {
    fn from(_: ApiError) -> Self {
        Self::Close(CLOSE_RECONNECT)
    }
}

impl Desk {
    async fn run(mut self, resume: ResumeQuery, stream: actix_ws::AggregatedMessageStream) {
        let Ok(agent) = self.caller.person() else {
            return;
        };
        let presence = self.app.connected(self.caller.tenant, agent);
        let end = self.serve(resume, stream).await;
        drop(presence);
        if let Err(End::Close(code)) = end {
            let reason = CloseReason {
                code: CloseCode::Other(code),
                description: None,
            };
            let _ = self.session.close(Some(reason)).await;
        }
    }

    async fn serve(
        &mut self,
        resume: ResumeQuery,
        mut stream: actix_ws::AggregatedMessageStream,
    ) -> Result<(), End> {
        let mut config = self.app.engine.config.subscribe();
        self.rights = snapshot::rights(&self.app, &self.caller);
        self.caller.role = self.rights.role;
        self.interest = snapshot::interest(&self.app, &self.caller).await?;
        let mut subscription = self.app.engine.live.subscribe(self.interest.clone());
        let mut seen = self.resume(&resume).await?;
        let gate = self.app.engine.gate.clone();
        let mut drained = std::pin::pin!(gate.until_shut(Shut::Draining));
        let mut ping = tokio::time::interval(PING);
        let mut heard = Instant::now();
        loop {
            tokio::select! {
                event = subscription.next() => {
                    let Some(event) = event else { return Err(End::Close(CLOSE_RECONNECT)) };
                    seen = self.show(event, &mut subscription, seen).await?;
                }
                message = stream.next() => {
                    heard = Instant::now();
                    match message {
                        Some(Ok(AggregatedMessage::Text(text))) => self.hear(&text, &subscription).await?,
                        Some(Ok(AggregatedMessage::Ping(bytes))) => self.session.pong(&bytes).await?,
                        Some(Ok(AggregatedMessage::Pong(_) | AggregatedMessage::Binary(_))) => {}
                        Some(Ok(AggregatedMessage::Close(_)) | Err(_)) | None => return Err(End::Gone),
                    }
                }
                _ = config.changed() => {
                    self.must_be_signed_in().await?;
                    if snapshot::rights(&self.app, &self.caller) != self.rights {
                        return Err(End::Close(CLOSE_RECONNECT));
                    }
                }
                () = &mut drained => return Err(End::Close(CLOSE_RECONNECT)),
                () = until(self.queues_due) => self.show_queues().await?,
                _ = ping.tick() => {
                    if heard.elapsed() > SILENCE_MAX {
                        return Err(End::Gone);
                    }
                    self.must_be_signed_in().await?;
                    self.send(&json!({"type": "ping"})).await?;
                }
            }
        }
    }

    /// Says where the client is, and replays what it missed, or tells it to load anew. What is above the answer is heard.
    async fn resume(&mut self, resume: &ResumeQuery) -> Result<Position, End> {
        let epoch = self.rights.epoch(&self.app);
        let reached = self.app.engine.live.reached();
        let from = resume.offset.map(Position);
        let missed = match (from, reached) {
            (Some(from), Some(reached)) if resume.epoch == Some(epoch) => {
                self.missed(from, reached).await
            }
            (Some(_) | None, Some(_) | None) => None,
        };
        let resumed = missed.is_some();
        let head = reached.unwrap_or_else(|| self.app.engine.log.head());
        let offset = from.filter(|_| resumed).unwrap_or(head);
        self.send(
            &json!({"type": "hello", "epoch": epoch, "offset": offset.0, "resumed": resumed}),
        )
        .await?;
        if let Some(missed) = missed {
            self.show_committed(&missed).await?;
            self.show_colleagues().await?;
        }
        Ok(head.max(offset))
    }

    /// What of the entries above `from` concerns the desk; `None` if nobody can tell.
    async fn missed(&self, from: Position, reached: Position) -> Option<Vec<Arc<Committed>>> {
        let engine = &self.app.engine;
        // A snapshot is up to date earlier than the live views are.
        if from >= reached {
            return (from <= engine.log.head()).then(Vec::new);
        }
        if reached.0 - from.0 > REPLAYED_MAX as u64 {
            return None;
        }
        let mut entries = Vec::new();
        let replayed = engine
            .log
            .replay(from, reached, |one| entries.push(Arc::clone(one)));
        replayed.await.ok()?;
        if entries.len() as u64 != reached.0 - from.0 {
            return None;
        }
        let missed = engine.live.recall(&self.interest, entries)?;
        let chosen = missed.iter().any(|one| chooses(one, self.interest.agent));
        (!chosen).then_some(missed)
    }

    async fn show(
        &mut self,
        first: LiveEvent,
        subscription: &mut Subscription,
        seen: Position,
    ) -> Result<Position, End> {
        let mut committed = Vec::new();
        let mut next = Some(first);
        if matches!(next, Some(LiveEvent::Committed(_))) {
            tokio::time::sleep(GATHER).await;
        }
        while let Some(event) = next {
            match event {
                LiveEvent::Committed(entry) if entry.position > seen => committed.push(entry),
                LiveEvent::Committed(_) => {}
                LiveEvent::Typing {
                    conversation,
                    who,
                    typing,
                } => self.show_typing(conversation, who, typing).await?,
                LiveEvent::Presence { agent, presence } => {
                    let word = presence.map_or("offline", presence_word);
                    self.show_presence(agent.0, word).await?;
                }
            }
            next = subscription.try_next();
        }
        let newest = committed.last().map_or(seen, |last| last.position);
        let before = self.interest.clone();
        if self.show_committed(&committed).await? {
            self.interest.queues = snapshot::interest(&self.app, &self.caller).await?.queues;
        }
        if self.interest != before {
            subscription.change(self.interest.clone());
        }
        Ok(newest)
    }

    /// Shows what a run of entries changed; true if the agent's own choice of queues is among it.
    async fn show_committed(&mut self, entries: &[Arc<Committed>]) -> Result<bool, End> {
        let Some(last) = entries.last() else {
            return Ok(false);
        };
        self.app.engine.log.projected_to(last.position).await;
        let mut changed: BTreeMap<ConversationId, (u64, u64)> = BTreeMap::new();
        let mut own_choice = false;
        for committed in entries {
            if committed.entry.conversation_key().is_some() {
                note_changes(committed, &mut changed);
            } else {
                own_choice |= self.show_routing(committed).await?;
            }
        }
        for (conversation, (from, position)) in changed {
            self.show_conversation(conversation, from, position).await?;
        }
        self.queues_due
            .get_or_insert_with(|| Instant::now() + QUEUES_AFTER);
        Ok(own_choice)
    }

    async fn show_conversation(
        &mut self,
        id: ConversationId,
        from: u64,
        position: u64,
    ) -> Result<(), End> {
        let found = self
            .app
            .reads
            .find_conversation(self.caller.tenant, id)
            .await;
        let row = match found {
            Ok(Some(row)) => row,
            Ok(None) => return self.show_erasure(id, position).await,
            Err(_unread) => return Ok(()),
        };
        let mut view = lens(&self.app, &self.caller).await?.conversation(&row);
        let messages = if may_see(&self.app, &self.caller, &row) {
            self.messages_from(&row, from).await?
        } else {
            // That it went elsewhere is told, and what is said there is not.
            view.last_message = None;
            self.interest.watched.take_if(|watched| *watched == row.key);
            Vec::new()
        };
        let frame = json!({
            "type": "event", "offset": position, "conversation": view, "messages": messages,
        });
        self.send(&frame).await
    }

    /// What happened to a conversation that is nowhere any more.
    async fn show_erasure(&mut self, id: ConversationId, position: u64) -> Result<(), End> {
        let frame = json!({"type": "erased", "offset": position, "conversation_id": id.0});
        self.send(&frame).await
    }

    async fn messages_from(&self, row: &ConversationRow, from: u64) -> Result<Vec<Value>, End> {
        let range = TimelineRange {
            after: Some(from.saturating_sub(1)),
            limit: 100,
            ..TimelineRange::default()
        };
        let rows = self
            .app
            .reads
            .timeline(row.id, range)
            .await
            .map_err(|error| End::from(ApiError::internal(error)))?;
        let lens = lens(&self.app, &self.caller).await?;
        Ok(rows
            .iter()
            .filter_map(|message| serde_json::to_value(lens.message(row, message)).ok())
            .collect())
    }

    /// Offers to this agent; true if the agent's own choice changed.
    async fn show_routing(&mut self, committed: &Committed) -> Result<bool, End> {
        let own = self.interest.agent;
        let offset = committed.position.0;
        let mut own_choice = false;
        for fact in &committed.entry.facts {
            match fact {
                Fact::OfferMade {
                    offer,
                    conversation,
                    queue,
                    agent,
                    expires,
                } if Some(*agent) == own => {
                    let open = OpenOffer {
                        offer: *offer,
                        conversation: *conversation,
                        queue: *queue,
                        expires: *expires,
                    };
                    let lens = lens(&self.app, &self.caller).await?;
                    for view in snapshot::offers(&self.app, &self.caller, &lens, vec![open]).await?
                    {
                        self.send(&json!({"type": "offer", "offset": offset, "offer": view}))
                            .await?;
                    }
                }
                Fact::OfferEnded {
                    offer, agent, end, ..
                } if Some(*agent) == own => {
                    self.show_offer_end(offset, *offer, end_word(*end)).await?;
                }
                Fact::SessionChosen { agent, .. } => own_choice |= Some(*agent) == own,
                _ => {}
            }
        }
        Ok(own_choice)
    }

    async fn show_offer_end(&mut self, offset: u64, offer: OfferId, end: &str) -> Result<(), End> {
        self.send(
            &json!({"type": "offer_ended", "offset": offset, "offer_id": offer.0, "end": end}),
        )
        .await
    }

    async fn show_typing(
        &mut self,
        conversation: ConversationId,
        who: Typist,
        typing: bool,
    ) -> Result<(), End> {
        let who = match who {
            Typist::Customer => json!({"kind": "customer", "id": null, "name": null}),
            Typist::Agent(agent) if Some(agent) == self.interest.agent => return Ok(()),
            Typist::Agent(agent) => {
                let named = lens(&self.app, &self.caller).await?.agent(agent);
                json!({"kind": "agent", "id": named.id, "name": named.name})
            }
        };
        let frame = json!({"type": "typing", "conversation_id": conversation.0, "who": who, "typing": typing});
        self.send(&frame).await
    }

    async fn show_presence(&mut self, agent: Uuid, word: &str) -> Result<(), End> {
        self.send(&json!({"type": "presence", "agent_id": agent, "presence": word}))
            .await
    }

    async fn show_queues(&mut self) -> Result<(), End> {
        self.queues_due = None;
        let (queues, _) = self.floor().await?;
        let frame = json!({"type": "queues", "queues": queues});
        if self.queues_told.as_ref() == Some(&frame) {
            return Ok(());
        }
        self.send(&frame).await?;
        self.queues_told = Some(frame);
        Ok(())
    }

    async fn floor(&self) -> Result<(Vec<DeskQueue>, Vec<Colleague>), End> {
        let floor = self.app.floors.of(&self.app, self.caller.tenant).await?;
        Ok(snapshot::floor(&self.app, &floor, self.caller.person()?))
    }

    /// Who came and went is nowhere written, so whoever was away is told of everybody.
    async fn show_colleagues(&mut self) -> Result<(), End> {
        let (_, colleagues) = self.floor().await?;
        for colleague in colleagues {
            self.show_presence(colleague.id, &colleague.presence)
                .await?;
        }
        Ok(())
    }

    async fn hear(&mut self, text: &str, subscription: &Subscription) -> Result<(), End> {
        match serde_json::from_str(text) {
            Ok(ClientFrame::Typing {
                conversation_id,
                typing,
            }) => {
                if let Ok(row) = visible(&self.app, &self.caller, conversation_id).await {
                    let who = Typist::Agent(self.caller.person()?);
                    self.app.engine.live.typing(&row.key, row.id, who, typing);
                }
            }
            Ok(ClientFrame::Watch { conversation_id }) => {
                self.interest.watched = match conversation_id {
                    Some(id) => visible(&self.app, &self.caller, id)
                        .await
                        .ok()
                        .map(|row| row.key),
                    None => None,
                };
                subscription.change(self.interest.clone());
            }
            Ok(ClientFrame::Pong) | Err(_) => {}
        }
        Ok(())
    }

    async fn must_be_signed_in(&self) -> Result<(), End> {
        let good = self.is_signed_in().await;
        good.then_some(()).ok_or(End::Close(CLOSE_SIGNED_OUT))
    }

    /// Whether the session that opened the socket is still good.
    async fn is_signed_in(&self) -> bool {
        let Ok(session) = self.caller.session() else {
            return false;
        };
        // A database that cannot be read ends nobody's session.
        self.app
            .config
            .session(session.session)
            .await
            .map_or(true, |found| found.is_some())
    }

    async fn send(&mut self, frame: &impl Serialize) -> Result<(), End> {
        let text =
            serde_json::to_string(frame).map_err(|error| End::from(ApiError::internal(error)))?;
        let sent = tokio::time::timeout(Duration::from_secs(10), self.session.text(text)).await;
        sent.map_err(|_| End::Close(CLOSE_RECONNECT))?
            .map_err(End::from)
    }
}

/// The conversation that a fact changes, and from which number on its timeline must be shown again.
fn concerned(fact: &Fact, seq: u64) -> Option<(ConversationId, u64)> {
    match fact {
        Fact::Opened(opened) => Some((opened.conversation, seq)),
        Fact::Received(received) => Some((received.conversation, seq)),
        Fact::Queued(queued) => Some((queued.conversation, seq)),
        Fact::Reopened { conversation, .. }
        | Fact::Assigned { conversation, .. }
        | Fact::Requeued { conversation, .. }
        | Fact::FirstAnswered { conversation, .. }
        | Fact::BotEnded { conversation, .. }
        | Fact::Closed { conversation, .. } => Some((*conversation, seq)),
        Fact::SendEnded {
            conversation,
            message,
            ..
        }
        | Fact::StatusRose {
            conversation,
            message,
            ..
        } => Some((*conversation, *message)),
        Fact::FormFilled(form) => Some((form.conversation?, seq)),
        Fact::Erased(erased) => erased.conversation.map(|conversation| (conversation, seq)),
        // It changes the count of what is unread, and no line.
        Fact::ReadByAgent { conversation, .. } => Some((*conversation, seq + 1)),
        Fact::Attempted { .. }
        | Fact::AttemptAmbiguous { .. }
        | Fact::StatusKept { .. }
        | Fact::Stale { .. }
        | Fact::ProfileNamed { .. }
        | Fact::EmailTyped { .. }
        | Fact::LanguageChosen { .. }
        | Fact::BotStarted(_)
        | Fact::MenuMoved { .. }
        | Fact::KnownAgentsForgotten { .. }
        | Fact::ContactRenamed { .. }
        | Fact::DeadLettered(_)
        | Fact::LetterSettled { .. }
        | Fact::Noticed(_)
        | Fact::TimerSet { .. }
        | Fact::TimerCleared { .. }
        | Fact::SessionChosen { .. }
        | Fact::OfferMade { .. }
        | Fact::OfferEnded { .. } => None,
    }
}

fn note_changes(committed: &Committed, changed: &mut BTreeMap<ConversationId, (u64, u64)>) {
    for (seq, fact) in committed.entry.numbered() {
        if let Some((conversation, shown_from)) = concerned(fact, seq) {
            let slot = changed
                .entry(conversation)
                .or_insert((shown_from, committed.position.0));
            slot.0 = slot.0.min(shown_from);
            slot.1 = committed.position.0;
        }
    }
}

/// Whether an entry changed for which queues the agent works: what they show is then another list.
fn chooses(committed: &Committed, own: Option<AgentId>) -> bool {
    let facts = &committed.entry.facts;
    facts
        .iter()
        .any(|fact| matches!(fact, Fact::SessionChosen { agent, .. } if Some(*agent) == own))
}

fn end_word(end: OfferEnd) -> &'static str {
    match end {
        OfferEnd::Accepted => "accepted",
        OfferEnd::Refused => "refused",
        OfferEnd::TimedOut => "timed_out",
        OfferEnd::Withdrawn => "withdrawn",
    }
}

/// An agent's open sockets: when the last one closes, the router starts the grace time.
#[derive(Debug)]
pub struct Connected {
    app: std::sync::Weak<App>,
    tenant: ecluse_engine::ids::TenantId,
    agent: ecluse_engine::ids::AgentId,
}

impl Connected {
    pub(crate) fn new(
        app: &Arc<App>,
        tenant: ecluse_engine::ids::TenantId,
        agent: ecluse_engine::ids::AgentId,
    ) -> Self {
        if app.engine.live.desks.open(agent) {
            let event = RoutingEvent::AgentConnectionBack { agent };
            app.engine.tell_router(tenant, RouterMessage::Event(event));
        }
        Self {
            app: Arc::downgrade(app),
            tenant,
            agent,
        }
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let Some(app) = self.app.upgrade() else {
            return;
        };
        if app.engine.live.desks.close(self.agent) {
            let event = RoutingEvent::AgentConnectionLost { agent: self.agent };
            app.engine
                .tell_router(self.tenant, RouterMessage::Event(event));
        }
    }
}

/// Queues by id, for the presence route.
#[must_use]
pub(crate) fn queue_ids(ids: &[Uuid]) -> Vec<QueueId> {
    ids.iter().copied().map(QueueId).collect()
}
