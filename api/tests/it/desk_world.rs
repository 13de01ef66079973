//! A node with one live chat and two agents, and desks that are open there as browsers open them.

use std::time::Duration;

use ecluse_adapters::storage::config_db::{Editor, PersonDraft, QueueDraft};
use ecluse_api::auth::hash_secret;
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::conversation::Command;
use ecluse_engine::ids::{AgentId, ConversationId, ConversationKey, QueueId, TenantId};
use ecluse_engine::message::Actor;
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Bytes;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::chat_world::World;
use crate::world::PASSWORD;

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node whose queue has members.
pub(crate) struct Centre {
    pub(crate) world: World,
    hash: String,
}

impl Centre {
    /// Marie is a member of the queue; nobody else is.
    pub(crate) async fn new() -> Self {
        let centre = Self {
            world: World::unattended().await,
            hash: hash_secret(&PASSWORD.into()).unwrap(),
        };
        centre.let_in(centre.world.agent).await;
        centre
            .with_members("Support", vec![centre.world.agent])
            .await;
        centre
    }

    async fn let_in(&self, agent: AgentId) {
        let config = &self.world.app.config;
        config
            .set_password(&editor(), agent, self.hash.clone(), None)
            .await
            .unwrap();
    }

    /// Somebody more.
    pub(crate) async fn person(&self, name: &str, role: Role) -> AgentId {
        let draft = PersonDraft::new(name, email(name), role);
        let config = &self.world.app.config;
        let id = config
            .create_person(&editor(), draft)
            .await
            .unwrap()
            .person
            .id;
        self.let_in(id).await;
        id
    }

    pub(crate) async fn with_role(&self, id: AgentId, name: &str, role: Role) {
        let draft = PersonDraft::new(name, email(name), role);
        let config = &self.world.app.config;
        config
            .change_person(&editor(), id, None, draft)
            .await
            .unwrap();
    }

    /// The queue's name and members from now on.
    pub(crate) async fn with_members(&self, name: &str, members: Vec<AgentId>) {
        let draft = QueueDraft {
            members,
            ..QueueDraft::new(name, Strategy::Manual)
        };
        let config = &self.world.app.config;
        config
            .change_queue(&editor(), self.world.queue, None, draft)
            .await
            .unwrap();
    }

    /// A queue that nobody serves.
    pub(crate) async fn other_queue(&self) -> QueueId {
        let config = &self.world.app.config;
        let draft = QueueDraft::new("Elsewhere", Strategy::Manual);
        config.create_queue(&editor(), draft).await.unwrap().id
    }

    /// Moves a conversation that waits.
    pub(crate) async fn requeue(
        &self,
        key: &ConversationKey,
        conversation: ConversationId,
        queue: QueueId,
    ) {
        let command = Command::Requeue {
            conversation,
            queue,
            by: Actor::Program,
            from: None,
        };
        self.world.ask(key, command).await;
    }

    /// Gives a conversation to an agent.
    pub(crate) async fn give(
        &self,
        key: &ConversationKey,
        conversation: ConversationId,
        agent: AgentId,
    ) {
        let command = Command::Assign {
            conversation,
            queue: Some(self.world.queue),
            agent,
            by: Actor::Program,
            offer: None,
            over_capacity: false,
        };
        self.world.ask(key, command).await;
    }

    pub(crate) async fn sign_in(&self, name: &str) -> SignedIn<'_> {
        let credentials = json!({"email": email(name), "password": PASSWORD});
        let asked = self
            .world
            .request(Method::POST, "/api/v1/session")
            .header("Origin", self.world.origin())
            .json(&credentials);
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let body: Value = answer.json().await.unwrap();
        SignedIn {
            world: &self.world,
            cookie,
            csrf: body["csrf_token"].as_str().unwrap().to_owned(),
        }
    }
}

fn editor() -> Editor {
    Editor::system(TenantId::DEFAULT)
}

fn email(name: &str) -> String {
    format!("{}@shop.example", name.to_lowercase())
}

/// A browser in which somebody signed in.
pub(crate) struct SignedIn<'a> {
    world: &'a World,
    cookie: String,
    csrf: String,
}

impl SignedIn<'_> {
    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.world
            .request(method, path)
            .header("Cookie", &self.cookie)
            .header("Origin", self.world.origin())
            .header("X-CSRF-Token", &self.csrf)
    }

    /// What REST answers to a body, or to none; it must not refuse.
    pub(crate) async fn rest(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.try_rest(method, path, body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// The status and what REST answers to a body, or to none.
    pub(crate) async fn try_rest(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value) {
        let request = self.request(method, path).header("If-Match", "*");
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// A page of the console, in a language.
    pub(crate) async fn page(&self, path: &str, language: &str) -> String {
        let asked = self.request(Method::GET, path);
        let answer = asked.header("Accept-Language", language).send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }

    /// Sends a form of the console, in French: the status and the page that comes.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("_csrf", &self.csrf).extend_pairs(fields);
        let asked = self
            .request(Method::POST, path)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(body.finish());
        let answer = asked.header("Accept-Language", "fr").send().await;
        let answer = answer.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The whole desk.
    pub(crate) async fn snapshot(&self) -> Value {
        let answer = self.request(Method::GET, "/api/v1/desk").send().await;
        let answer = answer.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// The status of an attempt to read a conversation.
    pub(crate) async fn reads(&self, conversation: ConversationId) -> u16 {
        let path = format!("/api/v1/conversations/{conversation}");
        let answer = self.request(Method::GET, &path).send().await;
        answer.unwrap().status().as_u16()
    }

    pub(crate) async fn be(&self, presence: &str, queues: &[QueueId]) {
        let body = json!({"presence": presence, "queues": queues});
        let asked = self
            .request(Method::PUT, "/api/v1/desk/presence")
            .json(&body);
        assert_eq!(asked.send().await.unwrap().status(), 204);
    }

    /// A socket from where a snapshot is, and whether it resumed.
    pub(crate) async fn open(&self, snapshot: &Value) -> (Desk, bool) {
        let mut desk = self.connect(&snapshot["epoch"], &snapshot["offset"]).await;
        let hello = desk.hear().await;
        assert_eq!(hello["type"], "hello", "{hello}");
        (desk, hello["resumed"].as_bool().unwrap())
    }

    async fn connect(&self, epoch: &Value, offset: &Value) -> Desk {
        let place = format!("epoch={}&offset={offset}", epoch.as_str().unwrap());
        let address = format!("ws://{}/desk/socket?{place}", self.world.address);
        let mut request = address.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("Origin", self.world.origin().parse().unwrap());
        headers.insert("Cookie", self.cookie.parse().unwrap());
        let stream = TcpStream::connect(self.world.address).await.unwrap();
        let (socket, _) = client_async(request, stream).await.unwrap();
        Desk { socket }
    }
}

/// An open desk.
pub(crate) struct Desk {
    socket: WebSocketStream<TcpStream>,
}

impl Desk {
    /// Has the conversation before its agent's eyes from now on.
    pub(crate) async fn watch(&mut self, conversation: ConversationId) {
        let frame = json!({"type": "watch", "conversation_id": conversation.0});
        let said = Message::text(frame.to_string());
        self.socket.send(said).await.unwrap();
        // The pong says that what was said before was heard.
        self.socket.send(Message::Ping(Bytes::new())).await.unwrap();
        let pong =
            async { while !matches!(self.socket.next().await, Some(Ok(Message::Pong(_)))) {} };
        timeout(PATIENCE, pong).await.expect("nothing is heard");
    }

    /// The next frame, or the code with which the desk is closed.
    pub(crate) async fn next(&mut self) -> Result<Value, Option<u16>> {
        let heard = timeout(PATIENCE, self.socket.next());
        match heard.await.expect("nothing is heard") {
            Some(Ok(Message::Text(text))) => Ok(serde_json::from_str(&text).unwrap()),
            Some(Ok(Message::Close(frame))) => Err(frame.map(|frame| frame.code.into())),
            Some(Ok(other)) => panic!("{other:?}"),
            Some(Err(_)) | None => Err(None),
        }
    }

    pub(crate) async fn hear(&mut self) -> Value {
        self.next().await.expect("the desk stays open")
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

    /// The code with which the desk is closed, whatever it hears before.
    pub(crate) async fn closed(&mut self) -> Option<u16> {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }

    /// Closes as a browser does, and waits for the answer.
    pub(crate) async fn close(mut self) {
        self.socket.send(Message::Close(None)).await.unwrap();
        self.closed().await;
    }
}
