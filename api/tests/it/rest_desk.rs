//! What agents, supervisors and programs do with conversations over REST, and what they are told when they may not.

use std::sync::Arc;
use std::time::Duration;

use ecluse_adapters::storage::config_db::{Editor, PersonDraft, QueueDraft};
use ecluse_adapters::storage::read_model::conversations::{
    ConversationRow, TimelineEntry, TimelineRange,
};
use ecluse_api::auth::{SESSION_COOKIE, hash_secret};
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::conversation::{Command, Introduction};
use ecluse_engine::ids::{AgentId, ConversationId, ConversationKey, QueueId, TenantId};
use ecluse_engine::message::{Content, Inbound, Timestamp};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, SET_COOKIE};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::chat_world::{Talking, World, send};

const PASSWORD: &str = "correct horse battery";

/// Longer than anything here takes on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody who calls the API of a world.
pub(crate) struct Caller<'w> {
    world: &'w World,
    headers: HeaderMap,
}

impl<'w> Caller<'w> {
    /// A program with a key of its own.
    pub(crate) async fn program(world: &'w World, role: Role) -> Self {
        let made = world
            .app
            .config
            .create_api_key(&editor(), "tests", role)
            .await
            .unwrap();
        let bearer = format!("Bearer {}", made.key.expose());
        Self {
            world,
            headers: HeaderMap::from_iter([(AUTHORIZATION, header(&bearer))]),
        }
    }

    /// Somebody who has signed in, as our own page does.
    async fn person(world: &'w World, id: AgentId, email: &str) -> Self {
        let hash = hash_secret(&PASSWORD.into()).unwrap();
        let config = &world.app.config;
        config
            .set_password(&editor(), id, hash, None)
            .await
            .unwrap();
        let answer = world
            .request(Method::POST, "/api/v1/session")
            .json(&json!({ "email": email, "password": PASSWORD }))
            .send()
            .await
            .unwrap();
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let cookie = cookies
            .filter_map(|cookie| cookie.to_str().unwrap().split(';').next())
            .find(|cookie| cookie.starts_with(SESSION_COOKIE))
            .unwrap()
            .to_owned();
        let session: Value = answer.json().await.unwrap();
        let csrf = session["csrf_token"].as_str().unwrap();
        let named = HeaderName::from_static;
        Self {
            world,
            headers: HeaderMap::from_iter([
                (COOKIE, header(&cookie)),
                (named("x-csrf-token"), header(csrf)),
                (named("sec-fetch-site"), header("same-origin")),
            ]),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, &Value::Null).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, &body).await
    }

    /// The status and the body of the answer; no body is sent or heard as `null`.
    pub(crate) async fn call(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let mut request = self
            .world
            .request(method, &format!("/api/v1{path}"))
            .headers(self.headers.clone())
            .header("If-Match", "*");
        if !body.is_null() {
            request = request.json(body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or_default())
    }

    /// As [`Caller::post`], again for as long as the answer's code is one of those that pass by themselves.
    async fn post_when(&self, path: &str, body: &Value, passing: &[&str]) -> (u16, Value) {
        let settled = async {
            loop {
                let (status, answer) = self.post(path, body.clone()).await;
                if !passing.contains(&answer["code"].as_str().unwrap_or_default()) {
                    return (status, answer);
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, settled).await.expect("it never settled")
    }
}

fn header(value: &str) -> HeaderValue {
    HeaderValue::from_str(value).unwrap()
}

fn editor() -> Editor {
    Editor::system(TenantId::DEFAULT)
}

/// What the router has not heard of yet.
const UNHEARD: [&str; 4] = [
    "conversation_not_open",
    "being_assigned",
    "not_a_member",
    "unknown_queue",
];

async fn found(world: &World, conversation: ConversationId) -> ConversationRow {
    let found = world
        .app
        .reads
        .find_conversation(TenantId::DEFAULT, conversation);
    found.await.unwrap().unwrap()
}

async fn until_held_by(
    world: &World,
    conversation: ConversationId,
    agent: Option<AgentId>,
    queue: QueueId,
) {
    let read = async || {
        let row = found(world, conversation).await;
        (row.agent == agent && row.queue == Some(queue)).then_some(())
    };
    world.until(read).await;
}

/// Marie and Paul, who work in the queue.
struct Team<'w> {
    marie: Caller<'w>,
    paul: Caller<'w>,
    paul_id: AgentId,
}

impl<'w> Team<'w> {
    async fn new(world: &'w World, strategy: Strategy) -> Self {
        let config = &world.app.config;
        let draft = PersonDraft::new("Paul", "paul@shop.example", Role::Agent);
        let paul_id = config
            .create_person(&editor(), draft)
            .await
            .unwrap()
            .person
            .id;
        let mut draft = QueueDraft::new("Support", strategy);
        draft.members = vec![world.agent];
        if strategy == Strategy::Manual {
            draft.members.push(paul_id);
        }
        let changed = config
            .change_queue(&editor(), world.queue, None, draft)
            .await;
        changed.unwrap();
        Self {
            marie: Caller::person(world, world.agent, "marie@shop.example").await,
            paul: Caller::person(world, paul_id, "paul@shop.example").await,
            paul_id,
        }
    }

    async fn are_there(&self, queue: QueueId) {
        for caller in [&self.marie, &self.paul] {
            is_there(caller, &[queue]).await;
        }
    }
}

async fn is_there(caller: &Caller<'_>, queues: &[QueueId]) {
    let body = json!({ "presence": "available", "queues": queues });
    let set = caller.call(Method::PUT, "/desk/presence", &body).await;
    assert_eq!(set, (204, Value::Null));
}

async fn other_queue(world: &World) -> QueueId {
    let draft = QueueDraft::new("Ventes", Strategy::Manual);
    let queue = world.app.config.create_queue(&editor(), draft).await;
    queue.unwrap().id
}

fn code(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["code"].as_str().unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_conversation_goes_to_whom_it_is_given_and_nobody_else_moves_it() {
    let world = World::new().await;
    let team = Team::new(&world, Strategy::Manual).await;
    let (support, sales, nobody) = (world.queue, other_queue(&world).await, uuid::Uuid::nil());
    let admin = Caller::program(&world, Role::Administrator).await;
    team.are_there(support).await;
    let Talking { conversation, .. } = world.talking("Bonjour").await;
    let path = |action: &str| format!("/conversations/{conversation}/{action}");
    let take = path("take");
    let taken = team.marie.post_when(&take, &Value::Null, &UNHEARD).await;
    assert_eq!(taken, (204, Value::Null));
    until_held_by(&world, conversation, Some(world.agent), support).await;

    let (marie, paul) = (&team.marie, &team.paul);
    let refused = [
        (paul, "take", Value::Null, (409, "already_assigned")),
        (&admin, "take", Value::Null, (403, "people_only")),
        (
            paul,
            "transfer",
            json!({ "queue": sales }),
            (409, "not_allowed"),
        ),
        (marie, "transfer", json!({}), (422, "validation")),
        (
            marie,
            "transfer",
            json!({ "queue": sales, "agent": team.paul_id }),
            (422, "validation"),
        ),
        (
            marie,
            "transfer",
            json!({ "queue": nobody }),
            (409, "unknown_queue"),
        ),
        (
            marie,
            "transfer",
            json!({ "agent": nobody }),
            (409, "unknown_agent"),
        ),
        (
            marie,
            "assign",
            json!({ "agent": nobody }),
            (409, "unknown_agent"),
        ),
        (
            paul,
            "assign",
            json!({ "agent": team.paul_id }),
            (409, "already_assigned"),
        ),
    ];
    for (caller, action, body, expected) in refused {
        let answer = caller
            .post_when(&path(action), &body, &["being_assigned"])
            .await;
        assert_eq!(code(&answer), expected, "{action} {body}");
    }

    let moves = [
        (
            marie,
            "assign",
            json!({ "agent": team.paul_id }),
            Some(team.paul_id),
            support,
        ),
        (
            paul,
            "transfer",
            json!({ "agent": world.agent }),
            Some(world.agent),
            support,
        ),
        (marie, "transfer", json!({ "queue": sales }), None, sales),
        (
            &admin,
            "assign",
            json!({ "agent": team.paul_id }),
            Some(team.paul_id),
            sales,
        ),
        (
            &admin,
            "transfer",
            json!({ "queue": support }),
            None,
            support,
        ),
        (marie, "take", Value::Null, Some(world.agent), support),
    ];
    for (caller, action, body, agent, queue) in moves {
        let passing = [
            "being_assigned",
            "already_assigned",
            "not_allowed",
            "not_a_member",
        ];
        let answer = caller.post_when(&path(action), &body, &passing).await;
        assert_eq!(answer, (204, Value::Null), "{action} {body}");
        until_held_by(&world, conversation, agent, queue).await;
    }

    assert_eq!(marie.post(&path("close"), Value::Null).await.0, 204);
    let late = json!({ "content": { "type": "text", "body": "Trop tard" } });
    assert_eq!(
        code(&marie.post(&path("messages"), late).await),
        (409, "closed")
    );
    assert_eq!(
        marie.post(&path("close"), Value::Null).await.0,
        204,
        "closing twice is closing"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn presence_is_what_the_agent_says_it_is() {
    let world = World::new().await;
    let team = Team::new(&world, Strategy::Manual).await;
    let program = Caller::program(&world, Role::Agent).await;
    for presence in ["available", "busy", "away", "offline", "available"] {
        let body = json!({ "presence": presence, "queues": [world.queue] });
        let set = team.marie.call(Method::PUT, "/desk/presence", &body).await;
        assert_eq!(set, (204, Value::Null), "{presence}");
        let (_, desk) = team.marie.get("/desk").await;
        assert_eq!(desk["me"]["presence"], presence);
    }
    let available = json!({ "presence": "available" });
    let rows = [
        (
            &team.marie,
            json!({ "presence": "asleep" }),
            (422, "validation"),
        ),
        (&program, available, (403, "people_only")),
    ];
    for (caller, body, expected) in rows {
        let answer = caller.call(Method::PUT, "/desk/presence", &body).await;
        assert_eq!(code(&answer), expected, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn nobody_logs_in_to_a_queue_that_is_not_theirs() {
    let world = World::new().await;
    let team = Team::new(&world, Strategy::Manual).await;
    let foreign = other_queue(&world).await;
    let (_, before) = team.marie.get("/desk").await;
    let body = json!({ "presence": "away", "queues": [world.queue, foreign] });
    let refused = team.marie.call(Method::PUT, "/desk/presence", &body).await;
    assert_eq!(code(&refused), (422, "validation"));
    let errors = refused.1["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(
        (&errors[0]["pointer"], &errors[0]["code"]),
        (&json!("/queues/1"), &json!("not_a_member"))
    );
    let (_, desk) = team.marie.get("/desk").await;
    assert_eq!(desk["me"], before["me"], "nothing is set");
    is_there(&team.marie, &[world.queue]).await;
    let leaves = json!({ "presence": "offline", "queues": [foreign] });
    let left = team
        .marie
        .call(Method::PUT, "/desk/presence", &leaves)
        .await;
    assert_eq!(left, (204, Value::Null), "whoever leaves takes up nothing");
}

/// The offer that Marie's desk shows for a conversation.
async fn offer(world: &World, team: &Team<'_>, conversation: ConversationId) -> String {
    let read = async || {
        let (_, desk) = team.marie.get("/desk").await;
        let offers = desk["offers"].as_array().unwrap();
        let mut mine = offers
            .iter()
            .filter(|offer| offer["conversation"]["id"] == json!(conversation));
        mine.next()
            .map(|offer| offer["id"].as_str().unwrap().to_owned())
    };
    world.until(read).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_offer_is_answered_once_by_whoever_got_it() {
    let world = World::new().await;
    let team = Team::new(&world, Strategy::Auto).await;
    is_there(&team.marie, &[world.queue]).await;
    is_there(&team.paul, &[]).await;
    let nothing = Value::Null;
    for (answer, then) in [("accept", Some(world.agent)), ("refuse", None)] {
        let Talking { conversation, .. } = world.talking("Bonjour").await;
        let id = offer(&world, &team, conversation).await;
        let path = |answer: &str| format!("/desk/offers/{id}/{answer}");
        let refused = team.paul.post(&path(answer), nothing.clone()).await;
        assert_eq!(code(&refused), (409, "not_your_offer"), "{answer}");
        let given = team.marie.post(&path(answer), nothing.clone()).await;
        assert_eq!(given, (204, Value::Null), "{answer}");
        let path = path(answer);
        let again = team
            .marie
            .post_when(&path, &nothing, &["being_assigned"])
            .await;
        assert_eq!(code(&again), (409, "offer_ended"), "{answer}");
        until_held_by(&world, conversation, then, world.queue).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_contact_is_found_and_keeps_the_name_that_a_person_gave() {
    let world = World::new().await;
    let team = Team::new(&world, Strategy::Manual).await;
    let Talking {
        conversation, key, ..
    } = world.talking("Bonjour").await;
    world.app.engine.read_your_writes().await;
    let contact = found(&world, conversation).await.contact;
    let path = format!("/contacts/{contact}");
    let marie = &team.marie;
    let (status, list) = marie.get("/contacts?query=zo").await;
    assert_eq!(
        (status, &list["items"][0]["id"]),
        (200, &json!(contact)),
        "{list}"
    );
    let (_, before) = marie.get(&path).await;
    assert_eq!(
        (&before["name"], &before["identities"][0]["kind"]),
        (&json!("Zoé"), &json!("live_chat"))
    );

    let (status, renamed) = marie
        .call(Method::PATCH, &path, &json!({ "name": " Zoé Martin " }))
        .await;
    assert_eq!(
        (status, &renamed["name"]),
        (200, &json!("Zoé Martin")),
        "{renamed}"
    );
    let introduced = Command::Introduce(Introduction {
        name: Some("Z.".to_owned()),
        ..Introduction::default()
    });
    world.ask(&key, introduced).await;
    world.app.engine.read_your_writes().await;
    assert_eq!(marie.get(&path).await.1["name"], "Zoé Martin");

    let nobody = format!("/contacts/{}", uuid::Uuid::nil());
    let rows = [
        (path.as_str(), json!({ "name": " " }), (422, "validation")),
        (
            &path,
            json!({ "name": "x".repeat(201) }),
            (422, "validation"),
        ),
        (
            &path,
            json!({ "name": "x", "email": "y" }),
            (422, "validation"),
        ),
        (&nobody, json!({ "name": "x" }), (404, "not_found")),
    ];
    for (path, body, expected) in rows {
        let answer = marie.call(Method::PATCH, path, &body).await;
        assert_eq!(code(&answer), expected, "{path} {body}");
    }
    let (_, history) = marie.get(&format!("{path}/conversations")).await;
    assert_eq!(history["items"][0]["id"], json!(conversation));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn whoever_missed_a_message_is_told_which_before_answering() {
    let world = World::new().await;
    let program = Caller::program(&world, Role::Agent).await;
    let Talking {
        conversation,
        mut page,
        ..
    } = world.talking("Bonjour").await;
    let path = format!("/conversations/{conversation}/messages");
    let (_, first) = program.get(&path).await;
    let seen = first["items"].as_array().unwrap().last().unwrap()["seq"].clone();
    page.say(send("second", "Encore une chose")).await;
    let newest = page.until("ack").await["seq"].clone();
    let answer = |based_on: &Value| json!({ "content": { "type": "text", "body": "Oui" }, "based_on_seq": based_on });
    let (status, stale) = program.post(&path, answer(&seen)).await;
    assert_eq!((status, &stale["code"]), (409, &json!("stale")), "{stale}");
    assert_eq!(stale["last_seq"], newest);
    let missed: Vec<&Value> = stale["missed"].as_array().unwrap().iter().collect();
    assert_eq!(missed.len(), 1, "{stale}");
    assert_eq!(
        (&missed[0]["seq"], &missed[0]["content"]["body"]),
        (&newest, &json!("Encore une chose"))
    );
    for _ in 0..2 {
        let (status, sent) = program.post(&path, answer(&newest)).await;
        assert_eq!(status, 201, "its own answers do not surprise it: {sent}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_a_chat_takes_of_an_agent_is_what_the_settings_say_from_the_first_save() {
    let world = World::new().await;
    let team = Team::new(&world, Strategy::Manual).await;
    let admin = Caller::program(&world, Role::Administrator).await;
    team.are_there(world.queue).await;
    let weigh = async |units: u32| {
        let settings = json!({ "weights": { "live_chat": units } });
        let saved = admin.call(Method::PATCH, "/settings", &settings).await;
        assert_eq!(saved.0, 200, "{}", saved.1);
    };
    let take = |conversation| format!("/conversations/{conversation}/take");
    let asked = async |path: String| team.marie.post_when(&path, &Value::Null, &UNHEARD).await;

    weigh(60).await;
    let first = world.talking("Bonjour").await.conversation;
    let taken = asked(take(first)).await;
    assert_eq!(taken, (204, Value::Null));
    until_held_by(&world, first, Some(world.agent), world.queue).await;
    let second = world.talking("Bonsoir").await.conversation;
    let refused = asked(take(second)).await;
    assert_eq!(code(&refused), (409, "no_capacity"));

    weigh(50).await;
    assert_eq!(asked(take(second)).await, (204, Value::Null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_queue_is_deleted_only_when_nobody_waits_in_it() {
    let world = World::new().await;
    let (admin, sales) = (
        Caller::program(&world, Role::Administrator).await,
        other_queue(&world).await,
    );
    let Talking {
        conversation,
        mut page,
        ..
    } = world.talking("Bonjour").await;
    let path = |action: &str| format!("/conversations/{conversation}/{action}");
    let (transfer, body) = (path("transfer"), json!({ "queue": sales }));
    let moved = admin.post_when(&transfer, &body, &UNHEARD).await;
    assert_eq!(moved, (204, Value::Null));
    until_held_by(&world, conversation, None, sales).await;

    let queue = format!("/queues/{sales}");
    let refused = admin.call(Method::DELETE, &queue, &Value::Null).await;
    assert_eq!(code(&refused), (409, "queue_not_empty"));
    assert_eq!(refused.1["open_conversations"], 1);
    assert_eq!(refused.1["detail"], "1 conversation is open in it");
    let chat = json!({ "kind": "live_chat", "name": "Shop", "destination": { "queue": sales },
        "live_chat": { "domains": ["shop.test"] } });
    let (_, chat) = admin.post("/channels", chat).await;
    let in_use = admin.call(Method::DELETE, &queue, &Value::Null).await;
    assert_eq!(code(&in_use), (409, "in_use"), "what lasts is told first");
    assert_eq!(in_use.1["references"][0]["id"], chat["id"]);
    let chat = format!("/channels/{}", chat["id"].as_str().unwrap());
    let deleted = admin.call(Method::DELETE, &chat, &Value::Null).await;
    assert_eq!(deleted.0, 204);
    let remedy = refused.1["remedy"].as_str().unwrap();
    assert!(remedy.contains("transfer"), "{remedy}");
    assert_eq!(admin.get(&queue).await.0, 200, "it is still there");

    assert_eq!(admin.post(&path("close"), Value::Null).await.0, 204);
    let deleted = admin.call(Method::DELETE, &queue, &Value::Null).await;
    assert_eq!(deleted, (204, Value::Null));
    page.say(send("again", "Re-bonjour")).await;
    page.until("ack").await;
    let (_, open) = world.newest_conversation().await;
    assert_eq!(found(&world, open).await.queue, Some(world.queue));
}

async fn receive(world: &World, key: &ConversationKey, id: &str, sent_at: Timestamp) {
    let message = Inbound::new(id, sent_at, Content::text(id));
    let fingerprint = world.app.engine.fingerprinter.of(key.channel, id);
    let command = Command::Receive {
        message: Arc::new(message),
        fingerprint,
    };
    world.ask(key, command).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn the_window_that_is_stored_is_the_conversations_own() {
    let world = World::new().await;
    let Talking {
        conversation, key, ..
    } = world.talking("Bonjour").await;
    world.app.engine.read_your_writes().await;
    let now = found(&world, conversation).await.last_inbound_at.unwrap();
    let hour = 3_600_000_000;
    let rows = [
        ("late", Timestamp(now.0 - hour), true),
        ("ahead", Timestamp(now.0 + 24 * hour), false),
        ("without a time", Timestamp(0), false),
    ];
    let mut before = now;
    for (what, sent_at, is_older) in rows {
        receive(&world, &key, what, sent_at).await;
        world.app.engine.read_your_writes().await;
        let row = found(&world, conversation).await;
        let received_at = row.last_message.unwrap().at;
        let expected = if is_older { before } else { received_at };
        assert_eq!(row.last_inbound_at, Some(expected), "{what}");
        before = expected;
    }
}

/// Whoever is told that their answer failed writes it again, so a read model that is behind is no failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_answer_is_confirmed_however_far_behind_the_read_model_is() {
    let world = World::new().await;
    let admin = Caller::program(&world, Role::Administrator).await;
    let Talking { conversation, .. } = world.talking("Bonjour").await;
    let path = format!("/conversations/{conversation}/messages");
    world.app.faults.slow_projection(Duration::from_secs(3));
    let asked = json!({ "content": { "type": "text", "body": "J'arrive" } });
    let (status, sent) = admin.post(&path, asked).await;
    assert_eq!(status, 201, "{sent}");
    let stored = async || {
        let range = TimelineRange {
            limit: 100,
            ..TimelineRange::default()
        };
        let lines = world.app.reads.timeline(conversation, range).await.unwrap();
        lines
            .iter()
            .any(|line| matches!(line.entry, TimelineEntry::Sent { .. }))
    };
    assert!(!stored().await, "it was confirmed before it could be read");
    world.app.faults.slow_projection(Duration::ZERO);
    world.until(async || stored().await.then_some(())).await;
    let (_, page) = admin.get(&path).await;
    let lines = page["items"].as_array().unwrap().iter();
    let mut found: Vec<Value> = lines
        .filter(|line| line["direction"] == "out")
        .cloned()
        .collect();
    assert_eq!(found.len(), 1);
    for field in ["status", "provider_id"] {
        found[0][field] = sent[field].clone();
    }
    assert_eq!(found[0], sent, "what was confirmed is what is read later");
}
