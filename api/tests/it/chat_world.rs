//! A node with one live chat, and pages that talk to it as a visitor's browser does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{App as HttpApp, HttpServer};
use ecluse_adapters::http::{ClientOptions, client};
use ecluse_adapters::storage::config_db::{
    ChannelDraft, ChatbotBody, ConfigDb, ConfigError, Document, Editor, FormBody, LiveChatDraft,
    PersonDraft, QueueDraft, QueueStatus, SettingsBody, SettingsDraft,
};
use ecluse_api::app::App;
use ecluse_api::auth::{Auth, AuthOptions};
use ecluse_api::chat::token::Signer;
use ecluse_api::chat::{Chat, ChatTimes};
use ecluse_api::config::{CommandLine, Settings};
use ecluse_api::{routes, server};
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::conversation::{Command, Phase, Reply};
use ecluse_engine::ids::{
    AgentId, ChannelId, ChatbotId, ConversationId, ConversationKey, QueueId, TenantId,
};
use ecluse_engine::message::{Actor, Author, CloseReason, Content, Destination, Outbound};
use ecluse_engine::router::{
    Presence, RouterMessage, RouterReply, RoutingEvent, Session, SkillSet, WorkStrategy,
};
use ecluse_engine::runtime::Clock;
use ecluse_engine::texts::Localized;
use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use serde_json::{Value, from_value, json};
use tempfile::TempDir;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::tungstenite::{Bytes, Error};
use tokio_tungstenite::{WebSocketStream, client_async};
use uuid::Uuid;

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The site of the channel.
pub(crate) const SITE: &str = "https://shop.example";

/// How a world is.
#[derive(Clone, Copy, Default)]
pub(crate) struct Setup {
    /// Other times than a node's.
    pub(crate) times: Option<ChatTimes>,
    pub(crate) standalone: bool,
    /// Nobody is logged in to the queue; else Marie is, without a desk.
    pub(crate) unattended: bool,
    /// The queue is outside of its operation times.
    pub(crate) closed: bool,
    /// Where the channel leads and what it says, otherwise than usual.
    pub(crate) channel: Option<fn(ChannelDraft, &Prepared) -> ChannelDraft>,
    /// The address on the page of settings.
    pub(crate) public_url: Option<&'static str>,
}

/// What a channel may name.
pub(crate) struct Prepared {
    pub(crate) chatbot: ChatbotId,
    /// A form that leaves a message and asks for a name and an order.
    pub(crate) leave_message_form: Uuid,
}

impl Prepared {
    async fn new(config: &ConfigDb, editor: &Editor, queue: QueueId) -> Self {
        let label = |text: &str| json!({"en": text});
        let chatbot: ChatbotBody = from_value(json!({
            "name": "Menu", "concurrency_limit": 1, "greeting": {"fr": "Que puis-je faire ?", "en": "What is it about?"},
            "options": [{"label": {"fr": "Ma commande", "en": "My order"}, "queue": queue.0}],
        }))
        .unwrap();
        let form: FormBody = from_value(json!({
            "name": "After hours", "purpose": "leave_message", "title": label("Write to us"),
            "fields": [
                {"name": "name", "type": "text", "label": label("Name")},
                {"name": "order", "type": "text", "label": label("Order"), "required": true},
                {"name": "message", "type": "multiline", "label": label("Message")},
            ],
        }))
        .unwrap();
        Self {
            chatbot: ChatbotId(create(config, editor, chatbot).await),
            leave_message_form: create(config, editor, form).await,
        }
    }
}

async fn create<D: Document>(config: &ConfigDb, editor: &Editor, body: D) -> Uuid {
    let work = config.change(editor, move |change| change.create_document(body).boxed());
    let created: Result<_, ConfigError> = work.await;
    created.unwrap().id
}

/// A running node.
pub(crate) struct World {
    pub(crate) app: Arc<App>,
    /// Only with times of its own.
    pub(crate) chat: Option<Arc<Chat>>,
    pub(crate) channel: ChannelId,
    pub(crate) agent: AgentId,
    pub(crate) queue: QueueId,
    pub(crate) address: SocketAddr,
    pub(crate) http: reqwest::Client,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _dir: TempDir,
}

struct Running {
    app: Arc<App>,
    chat: Option<Arc<Chat>>,
    address: SocketAddr,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let clock = Clock::system();
        let config = ConfigDb::open(&data, None, Arc::new(move || clock.now()))
            .await
            .unwrap();
        let editor = Editor::system(TenantId::DEFAULT);
        let person = PersonDraft::new("Marie", "marie@shop.example", Role::Agent);
        let agent = config
            .create_person(&editor, person)
            .await
            .unwrap()
            .person
            .id;
        let mut draft = QueueDraft {
            members: vec![agent],
            ..QueueDraft::new("Support", Strategy::Manual)
        };
        if setup.closed {
            draft.rules.operation_times.status = QueueStatus::On;
        }
        let queue = config.create_queue(&editor, draft).await.unwrap().id;
        let chat = LiveChatDraft {
            domains: vec!["shop.example".to_owned(), "localhost:3000".to_owned()],
            standalone: setup.standalone,
            theme_color: Some("#0a6ebd".to_owned()),
            greeting: Localized::same("Bonjour !"),
            ..LiveChatDraft::default()
        };
        let draft = ChannelDraft {
            name: Some("Boutique".to_owned()),
            ..ChannelDraft::new(Destination::Queue(queue), SettingsDraft::LiveChat(chat))
        };
        let draft = match setup.channel {
            Some(change) => change(draft, &Prepared::new(&config, &editor, queue).await),
            None => draft,
        };
        let channel = config.create_channel(&editor, draft).await.unwrap().id;
        if let Some(url) = setup.public_url {
            let settings = SettingsBody {
                public_url: Some(url.to_owned()),
                ..SettingsBody::default()
            };
            let put: Result<_, ConfigError> = config
                .change(&editor, move |change| {
                    change.put_only_document(None, settings).boxed()
                })
                .await;
            put.unwrap();
        }
        config.close().await;
        let place = CommandLine {
            data_dir: Some(data),
            listen: Some("127.0.0.1:0".to_owned()),
            ..CommandLine::default()
        };
        let mut settings = Settings::read(&place).unwrap();
        (settings.workers, settings.arbiters) = (1, 2);
        let (tell, told) = oneshot::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            actix_rt::System::new().block_on(run(settings, setup.times, tell, stopped));
        });
        let Running { app, chat, address } = told.await.unwrap();
        if !setup.unattended {
            attend(&app, agent, queue).await;
        }
        Self {
            app,
            chat,
            channel,
            agent,
            queue,
            address,
            http: client(&ClientOptions::default()).unwrap(),
            stop: Some(stop),
            thread: Some(thread),
            _dir: dir,
        }
    }

    /// Our own origin, from which the framed page comes.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What signs the tokens of this node.
    pub(crate) fn signer(&self) -> Signer {
        Signer::new(&self.app.config.fingerprint_key())
    }

    pub(crate) fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.origin()))
    }

    pub(crate) fn chat_path(&self, rest: &str) -> String {
        format!("/chat/{}{rest}", self.channel)
    }

    /// What the launcher asks for on the channel's site.
    pub(crate) async fn site_token(&self) -> String {
        let asked = self
            .request(reqwest::Method::POST, &self.chat_path("/token"))
            .header("Origin", SITE);
        let granted: Value = asked.send().await.unwrap().json().await.unwrap();
        granted["token"].as_str().unwrap().to_owned()
    }

    /// A connection that has not said hello; else the status of the refusal.
    pub(crate) async fn connect(&self, origin: Option<&str>) -> Result<Page, u16> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        self.connect_over(stream, origin).await
    }

    /// As [`World::connect`], from a machine that takes `bytes` at a time.
    pub(crate) async fn connect_narrow(&self, bytes: u32) -> Page {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(bytes).unwrap();
        let stream = socket.connect(self.address).await.unwrap();
        self.connect_over(stream, Some(SITE)).await.unwrap()
    }

    async fn connect_over(&self, stream: TcpStream, origin: Option<&str>) -> Result<Page, u16> {
        let address = format!("ws://{}{}", self.address, self.chat_path("/socket?lang=fr"));
        let mut request = address.into_client_request().unwrap();
        if let Some(origin) = origin {
            request
                .headers_mut()
                .insert("Origin", origin.parse().unwrap());
        }
        match client_async(request, stream).await {
            Ok((socket, _)) => Ok(Page { socket }),
            Err(Error::Http(refused)) => Err(refused.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A page of the site that says `hello`, and its welcome.
    pub(crate) async fn welcome(&self, hello: Value) -> (Page, Value) {
        let mut page = self.connect(Some(SITE)).await.unwrap();
        page.say(hello).await;
        let welcome = page.hear().await;
        assert_eq!(welcome["type"], "welcome", "{welcome}");
        (page, welcome)
    }

    /// A node to whose queue nobody is logged in, until somebody is.
    pub(crate) async fn unattended() -> Self {
        Self::with(Setup {
            unattended: true,
            ..Setup::default()
        })
        .await
    }

    /// A new visitor.
    pub(crate) async fn visitor(&self) -> (Page, Value) {
        self.welcome(json!({"type": "hello"})).await
    }

    /// A new visitor who has said `text`, with their conversation.
    pub(crate) async fn talking(&self, text: &str) -> Talking {
        let (mut page, welcome) = self.visitor().await;
        if welcome["form_purpose"] == "leave_message" {
            page.say(leave("first", text)).await;
        } else {
            page.introduce().await;
            page.say(send("first", text)).await;
        }
        page.until("ack").await;
        let (key, conversation) = self.newest_conversation().await;
        Talking {
            page,
            welcome,
            key,
            conversation,
        }
    }

    pub(crate) async fn newest_conversation(&self) -> (ConversationKey, ConversationId) {
        self.app.engine.read_your_writes().await;
        let open = self
            .app
            .engine
            .store
            .open_on_channel(self.channel, 1_000)
            .await
            .unwrap();
        open.into_iter()
            .max_by_key(|(_, conversation)| *conversation)
            .unwrap()
    }

    pub(crate) async fn ask(&self, key: &ConversationKey, command: Command) -> u64 {
        match self.app.engine.ask(key, command).await.unwrap() {
            Some(Reply::Done { seq, .. } | Reply::Known { seq, .. }) => seq,
            refused => panic!("{refused:?}"),
        }
    }

    /// The agent answers; the number of the answer.
    pub(crate) async fn answer(
        &self,
        key: &ConversationKey,
        conversation: ConversationId,
        text: &str,
    ) -> u64 {
        let author = Author::Agent(self.agent);
        let message = Outbound {
            author,
            client_id: None,
            reply_to: None,
            content: Content::text(text),
        };
        let message = Arc::new(message);
        self.ask(
            key,
            Command::Send {
                conversation,
                message,
                fingerprint: None,
                based_on: None,
            },
        )
        .await
    }

    pub(crate) async fn assign(&self, key: &ConversationKey, conversation: ConversationId) -> u64 {
        let by = Actor::Agent(self.agent);
        let (queue, agent, offer, over_capacity) = (Some(self.queue), self.agent, None, false);
        self.ask(
            key,
            Command::Assign {
                conversation,
                queue,
                agent,
                by,
                offer,
                over_capacity,
            },
        )
        .await
    }

    pub(crate) async fn close(&self, key: &ConversationKey, conversation: ConversationId) -> u64 {
        let (reason, by) = (CloseReason::Resolved, Actor::Agent(self.agent));
        self.ask(
            key,
            Command::Close {
                conversation,
                reason,
                by,
            },
        )
        .await
    }

    /// Waits until what is read of the store is as wanted, looking again with every commit.
    pub(crate) async fn until<T>(&self, read: impl AsyncFn() -> Option<T>) -> T {
        let log = &self.app.engine.log;
        let found = async {
            loop {
                let head = log.head();
                log.projected_to(head).await;
                if let Some(found) = read().await {
                    return found;
                }
                log.beyond(head).await;
            }
        };
        timeout(PATIENCE, found)
            .await
            .expect("what was waited for never came")
    }

    /// Waits until the conversation waits for an agent of the queue.
    pub(crate) async fn until_it_waits(&self, conversation: ConversationId) {
        let waits = async || {
            let row = self
                .app
                .reads
                .find_conversation(TenantId::DEFAULT, conversation)
                .await
                .unwrap();
            row.filter(|row| row.queue == Some(self.queue) && row.phase == Phase::Waiting)
        };
        self.until(waits).await;
    }

    /// Lets the node stop; its pages are told.
    pub(crate) fn begin_stop(&mut self) {
        drop(self.stop.take());
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A test that failed already must not end the process.
            let ended = thread.join();
            assert!(
                ended.is_ok() || std::thread::panicking(),
                "the node panicked"
            );
        }
    }
}

async fn run(
    settings: Settings,
    times: Option<ChatTimes>,
    tell: oneshot::Sender<Running>,
    stopped: oneshot::Receiver<()>,
) {
    let app = App::start(&settings).await.unwrap();
    let (server, address, chat) = match times {
        None => {
            let bound = server::bind(&app, &settings, None).unwrap();
            (bound.server, bound.address, None)
        }
        Some(times) => {
            let options = AuthOptions::new("http://127.0.0.1".parse().unwrap());
            let auth = Auth::new(app.config.clone(), options);
            let chat = Chat::start(&app, &auth, times);
            let shared = Data::from(Arc::clone(&chat));
            let server = HttpServer::new(move || {
                HttpApp::new()
                    .app_data(shared.clone())
                    .configure(routes::chat::configure)
            });
            let server = server
                .workers(1)
                .disable_signals()
                .shutdown_timeout(1)
                .bind("127.0.0.1:0")
                .unwrap();
            let address = server.addrs()[0];
            (server.run(), address, Some(chat))
        }
    };
    let handle = server.handle();
    let serving = tokio::spawn(server);
    assert!(
        tell.send(Running {
            app: Arc::clone(&app),
            chat,
            address
        })
        .is_ok()
    );
    let _ = stopped.await;
    app.stop().await;
    handle.stop(false).await;
    serving.await.unwrap().unwrap();
}

/// A visitor who has written.
pub(crate) struct Talking {
    pub(crate) page: Page,
    pub(crate) welcome: Value,
    pub(crate) key: ConversationKey,
    pub(crate) conversation: ConversationId,
}

/// A visitor's page.
pub(crate) struct Page {
    socket: WebSocketStream<TcpStream>,
}

/// What a page hears.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Frame(Value),
    /// Our answer to a WebSocket ping.
    Pong,
    Closed(Option<u16>),
}

impl Page {
    pub(crate) async fn say(&mut self, frame: Value) {
        self.say_raw(Message::text(frame.to_string())).await;
    }

    /// Answers the form before the chat.
    pub(crate) async fn introduce(&mut self) {
        self.say(json!({"type": "start", "name": "Zoé", "email": "zoe@example.fr"}))
            .await;
        self.until("started").await;
    }

    /// As [`Page::say`]; the error if the page was hung up on.
    pub(crate) async fn try_say(&mut self, frame: Value) -> Result<(), Error> {
        self.socket.send(Message::text(frame.to_string())).await
    }

    pub(crate) async fn say_raw(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    pub(crate) async fn ping(&mut self) {
        self.say_raw(Message::Ping(Bytes::from_static(b"?"))).await;
    }

    pub(crate) async fn next(&mut self) -> Heard {
        let heard = timeout(PATIENCE, self.socket.next())
            .await
            .expect("nothing is heard");
        match heard {
            Some(Ok(Message::Text(text))) => Heard::Frame(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Pong(_))) => Heard::Pong,
            Some(Ok(Message::Close(frame))) => Heard::Closed(frame.map(|frame| frame.code.into())),
            Some(Ok(other)) => panic!("{other:?}"),
            Some(Err(_)) | None => Heard::Closed(None),
        }
    }

    /// The next frame.
    pub(crate) async fn hear(&mut self) -> Value {
        match self.next().await {
            Heard::Frame(frame) => frame,
            other => panic!("{other:?}"),
        }
    }

    /// The next frame of a type; others before it are passed over.
    pub(crate) async fn until(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.hear().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// The message of the next `message` frame.
    pub(crate) async fn message(&mut self) -> Value {
        self.until("message").await["message"].take()
    }

    /// The code with which the page is hung up on, whatever it hears before.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Heard::Closed(code) = self.next().await {
                return code;
            }
        }
    }

    /// Everything that was said before, and nothing after, has an answer: an unknown frame has none, a ping has.
    pub(crate) async fn frames_until_pong(&mut self) -> Vec<Value> {
        self.ping().await;
        let mut frames = Vec::new();
        loop {
            match self.next().await {
                Heard::Frame(frame) => frames.push(frame),
                Heard::Pong => return frames,
                Heard::Closed(code) => panic!("closed: {code:?}"),
            }
        }
    }
}

/// Marie is logged in to the queue.
async fn attend(app: &App, agent: AgentId, queue: QueueId) {
    let session = Session {
        queues: [queue].into(),
        strategy: WorkStrategy::Blended,
        presence: Presence::Available,
        skills: SkillSet::default(),
    };
    let event = RoutingEvent::AgentSignedIn { agent, session };
    let told = app
        .engine
        .ask_router(TenantId::DEFAULT, RouterMessage::Event(event))
        .await;
    assert_eq!(told, Ok(RouterReply::Done));
}

/// What a page says to leave a message with the usual form.
pub(crate) fn leave(client_id: &str, text: &str) -> Value {
    json!({
        "type": "start", "client_id": client_id, "name": "Zoé", "email": "zoe@example.fr", "fields": {"message": text},
    })
}

pub(crate) fn send(client_id: &str, body: &str) -> Value {
    json!({"type": "send", "client_id": client_id, "body": body})
}

/// A page that comes back with what an earlier welcome said.
pub(crate) fn again(welcome: &Value, offset: &Value) -> Value {
    json!({"type": "hello", "visitor": welcome["visitor"], "epoch": welcome["epoch"], "offset": offset})
}
