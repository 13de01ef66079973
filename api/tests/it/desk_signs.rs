//! What people see of each other without a message: who types, to whoever may see the conversation and to nobody else, and
//! what one customer wrote on every channel.

use std::collections::VecDeque;
use std::time::Duration;

use ecluse_adapters::storage::config_db::{Editor, QueueDraft};
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::ids::{AgentId, ConversationId, QueueId, TenantId};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{WebSocketStream, client_async};
use uuid::Uuid;

use crate::chat_world::{Talking, World, send};
use crate::desk_world::Centre;
use crate::node::{Node, Place, body, text};
use crate::world::PASSWORD;

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The open desk of somebody who also says something there.
struct Speaker<'w> {
    world: &'w World,
    socket: WebSocketStream<TcpStream>,
    heard: VecDeque<Value>,
}

impl<'w> Speaker<'w> {
    async fn open(world: &'w World, name: &str) -> Self {
        let email = format!("{}@shop.example", name.to_lowercase());
        let asked = world
            .request(Method::POST, "/api/v1/session")
            .header("Origin", world.origin())
            .json(&json!({"email": email, "password": PASSWORD}));
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap();
        let address = format!("ws://{}/desk/socket", world.address);
        let mut request = address.into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("Origin", world.origin().parse().unwrap());
        headers.insert("Cookie", cookie.parse().unwrap());
        let stream = TcpStream::connect(world.address).await.unwrap();
        let (socket, _) = client_async(request, stream).await.unwrap();
        let mut speaker = Self {
            world,
            socket,
            heard: VecDeque::new(),
        };
        speaker.until("hello").await;
        speaker
    }

    async fn read(&mut self) -> Message {
        let read = timeout(PATIENCE, self.socket.next());
        let read = read.await.expect("nothing is heard");
        read.expect("the desk stays open").unwrap()
    }

    /// Says something, and waits until the desk has done what was asked.
    async fn say(&mut self, frame: Value) {
        let said = Message::text(frame.to_string());
        self.socket.send(said).await.unwrap();
        let ping = Message::Ping("done?".into());
        self.socket.send(ping).await.unwrap();
        loop {
            match self.read().await {
                Message::Text(text) => self.heard.push_back(serde_json::from_str(&text).unwrap()),
                Message::Pong(_) => return,
                other => panic!("{other:?}"),
            }
        }
    }

    async fn types(&mut self, conversation: ConversationId, typing: bool) {
        let frame = json!({"type": "typing", "conversation_id": conversation, "typing": typing});
        self.say(frame).await;
    }

    async fn watches(&mut self, conversation: Option<ConversationId>) {
        self.say(json!({"type": "watch", "conversation_id": conversation}))
            .await;
    }

    async fn next(&mut self) -> Value {
        if let Some(frame) = self.heard.pop_front() {
            return frame;
        }
        match self.read().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// The next change that is told, which must be this conversation's.
    async fn next_event_is_of(&mut self, conversation: ConversationId) -> Value {
        let event = self.until("event").await;
        assert_eq!(event["conversation"]["id"], conversation.to_string());
        event
    }

    /// The next frame of a type; others before it are passed over.
    async fn until(&mut self, kind: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["type"] == kind {
                return frame;
            }
        }
    }

    /// The signs of typing so far: everybody hears of the presence of nobody, after all that came before.
    async fn signs(&mut self) -> Vec<Value> {
        let nobody = AgentId(Uuid::now_v7());
        let live = &self.world.app.engine.live;
        live.presence(TenantId::DEFAULT, nobody, None);
        let mut signs = Vec::new();
        loop {
            let frame = self.next().await;
            match frame["type"].as_str().unwrap() {
                "typing" => signs.push(frame),
                "presence" if frame["agent_id"] == nobody.to_string() => return signs,
                _ => {}
            }
        }
    }
}

/// A queue that somebody works in besides.
async fn queue_of(centre: &Centre, member: AgentId) -> QueueId {
    let draft = QueueDraft {
        members: vec![member],
        ..QueueDraft::new("Elsewhere", Strategy::Manual)
    };
    let editor = Editor::system(TenantId::DEFAULT);
    let config = &centre.world.app.config;
    config.create_queue(&editor, draft).await.unwrap().id
}

fn sign(conversation: ConversationId, who: (&str, Value, &str), typing: bool) -> Value {
    let (kind, id, name) = who;
    let name = Some(name).filter(|name| !name.is_empty());
    let who = json!({"kind": kind, "id": id, "name": name});
    json!({"type": "typing", "conversation_id": conversation, "who": who, "typing": typing})
}

#[actix_web::test]
async fn who_types_is_told_to_who_watches_and_may_see() {
    let centre = Centre::new().await;
    let world = &centre.world;
    let zita = centre.person("Zita", Role::Agent).await;
    centre.person("Paul", Role::Agent).await;
    centre
        .with_members("Support", vec![world.agent, zita])
        .await;
    // A member of the queue who works in another one now hears of it only what they watch.
    let elsewhere = queue_of(&centre, zita).await;
    centre
        .sign_in("Zita")
        .await
        .be("available", &[elsewhere])
        .await;
    let Talking {
        mut page,
        key,
        conversation,
        ..
    } = world.talking("Bonjour").await;
    centre.give(&key, conversation, world.agent).await;
    let mut marie = Speaker::open(world, "Marie").await;
    let mut member = Speaker::open(world, "Zita").await;
    let mut stranger = Speaker::open(world, "Paul").await;
    let by_marie = |typing| {
        let who = ("agent", json!(world.agent), "Marie");
        sign(conversation, who, typing)
    };

    stranger.watches(Some(conversation)).await;
    marie.types(conversation, true).await;
    assert_eq!(member.signs().await, [] as [Value; 0], "nobody watches yet");
    member.watches(Some(conversation)).await;
    marie.types(conversation, true).await;
    marie.types(conversation, false).await;
    assert_eq!(member.signs().await, [by_marie(true), by_marie(false)]);
    page.say(json!({"type": "typing", "typing": true})).await;
    page.frames_until_pong().await;
    let by_visitor = [sign(conversation, ("customer", Value::Null, ""), true)];
    assert_eq!(member.signs().await, by_visitor);
    assert_eq!(marie.signs().await, by_visitor, "nobody hears themselves");
    member.watches(None).await;
    marie.types(conversation, true).await;
    assert_eq!(member.signs().await, [] as [Value; 0], "it looks elsewhere");
    assert_eq!(stranger.signs().await, [] as [Value; 0], "it asked in vain");
}

#[actix_web::test]
async fn who_may_not_see_a_conversation_hears_nothing_of_what_they_watch() {
    let centre = Centre::new().await;
    let world = &centre.world;
    let paul = centre.person("Paul", Role::Agent).await;
    let talking = world.talking("Bonjour").await;
    let mut stranger = Speaker::open(world, "Paul").await;
    stranger.watches(Some(talking.conversation)).await;
    let agent = world.agent;
    centre.give(&talking.key, talking.conversation, agent).await;
    world
        .answer(&talking.key, talking.conversation, "Oui ?")
        .await;
    let own = world.talking("Une autre").await;
    centre.give(&own.key, own.conversation, paul).await;
    stranger.next_event_is_of(own.conversation).await;
}

#[actix_web::test]
async fn whoever_watched_what_goes_elsewhere_hears_that_it_went_and_nothing_more() {
    let centre = Centre::new().await;
    let world = &centre.world;
    let zita = centre.person("Zita", Role::Agent).await;
    centre
        .with_members("Support", vec![world.agent, zita])
        .await;
    let elsewhere = queue_of(&centre, world.agent).await;
    let mut talking = world.talking("Bonjour").await;
    let mut member = Speaker::open(world, "Zita").await;
    member.watches(Some(talking.conversation)).await;
    let (key, conversation) = (talking.key.clone(), talking.conversation);
    centre.requeue(&key, conversation, elsewhere).await;
    let moved = member.next_event_is_of(conversation).await;
    assert_eq!(moved["conversation"]["last_message"], Value::Null);

    let mut marie = Speaker::open(world, "Marie").await;
    marie.types(conversation, true).await;
    assert_eq!(member.signs().await, Vec::<Value>::new());
    talking.page.say(send("second", "Entre nous")).await;
    talking.page.until("ack").await;
    let other = world.talking("Une autre").await;
    member.next_event_is_of(other.conversation).await;
}

#[actix_web::test]
async fn the_visitor_sees_that_the_agent_types_and_nobody_else() {
    let centre = Centre::new().await;
    let world = &centre.world;
    centre.person("Paul", Role::Agent).await;
    let Talking {
        mut page,
        key,
        conversation,
        ..
    } = world.talking("Bonjour").await;
    centre.give(&key, conversation, world.agent).await;
    world.answer(&key, conversation, "Oui ?").await;
    page.message().await;
    let mut marie = Speaker::open(world, "Marie").await;
    let mut stranger = Speaker::open(world, "Paul").await;
    for typing in [true, false] {
        stranger.types(conversation, !typing).await;
        marie.types(conversation, typing).await;
        let seen = page.until("typing").await;
        assert_eq!(seen, json!({"type": "typing", "typing": typing}));
    }
    assert_eq!(marie.signs().await, [] as [Value; 0]);
}

const KEY: &str = "a-key-for-the-tests-of-a-customer's-history";

async fn get(node: &Node, path: &str) -> Value {
    let request = node.client().get(node.url(&format!("/api/v1{path}")));
    let answer = request.bearer_auth(KEY).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

/// The conversations of a list: each one's contact, channel and address.
fn listed(list: &Value) -> Vec<[&str; 3]> {
    let items = list["items"].as_array().unwrap().iter();
    let read = items.map(|item| {
        let [contact, channel] = ["contact", "channel"].map(|part| item[part]["id"].as_str());
        [contact, channel, item["address"].as_str()].map(Option::unwrap)
    });
    read.collect()
}

#[tokio::test]
async fn what_a_customer_wrote_to_two_channels_is_one_history() {
    let place = Place::new().await;
    let options = [("ADMIN_API_KEY", KEY), ("ADMIN_PASSWORD", PASSWORD)];
    let node = place.start_with(&options).await;
    let (customer, other) = ("33600000001", "33600000002");
    let of_cloud = body(&[text(customer, "wamid.cloud"), text(other, "wamid.other")]);
    assert_eq!(node.deliver(&of_cloud).await, 200);
    node.projected().await;
    let of_dialog360 = body(&[text(customer, "wamid.360")]);
    let taken = node.deliver_360dialog(place.dialog360, &of_dialog360).await;
    assert_eq!(taken, 200);
    node.projected().await;

    let found = get(&node, &format!("/contacts?query={customer}")).await;
    let contacts = found["items"].as_array().unwrap();
    assert_eq!(
        contacts.len(),
        1,
        "one person, whatever they write to: {found}"
    );
    let id = contacts[0]["id"].as_str().unwrap();
    let contact = get(&node, &format!("/contacts/{id}")).await;
    let identity = json!([{"kind": "whatsapp", "address": customer}]);
    assert_eq!(contact["identities"], identity, "{contact}");

    let channels = [place.cloud, place.dialog360].map(|channel| channel.to_string());
    let both = channels.each_ref().map(|channel| [id, channel, customer]);
    for path in [
        format!("/contacts/{id}/conversations"),
        format!("/conversations?contact={id}"),
    ] {
        let list = get(&node, &path).await;
        assert_eq!(listed(&list), both, "{path}");
    }
    let all = get(&node, "/conversations").await;
    assert_eq!(
        listed(&all).len(),
        3,
        "the other customer is another contact: {all}"
    );
    node.stop().await;
}
