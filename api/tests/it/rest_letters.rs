//! Dead letters over REST: seen, sent again, put away.

use std::sync::Arc;

use ecluse_engine::configuration::Role;
use ecluse_engine::conversation::letter::Letter;
use ecluse_engine::ids::{ConversationId, ConversationKey, Key};
use ecluse_engine::message::{Author, Content, DeadLetter, Fact, Inbound, Outbound, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::chat_world::{Talking, World, send};
use crate::rest_desk::Caller;

const LETTERS: &str = "/dead-letters";

/// As if the handler of what the letter holds had crashed.
async fn write(world: &World, key: &ConversationKey, letter: &Letter) {
    let fact = Fact::DeadLettered(DeadLetter {
        cause: "it crashed".to_owned(),
        letter: Box::new(letter.to_raw()),
    });
    let recorded = world
        .app
        .engine
        .record_durably(Key::Conversation(key.clone()), fact);
    recorded.await.unwrap();
}

fn answer(conversation: ConversationId) -> Letter {
    Letter::Sent {
        conversation,
        message: Arc::new(Outbound {
            author: Author::Program,
            client_id: None,
            reply_to: None,
            content: Content::text("Votre commande part demain."),
        }),
        fingerprint: None,
    }
}

fn received() -> Letter {
    let content = Content::text("Je n'ai rien reçu.");
    Letter::Received(Arc::new(Inbound::new("lost", Timestamp(0), content)))
}

async fn listed(admin: &Caller<'_>) -> Vec<Value> {
    let (status, list) = admin.get(LETTERS).await;
    assert_eq!(status, 200, "{list}");
    list["items"].as_array().unwrap().clone()
}

/// The path of the only letter, and of sending it again.
async fn only(admin: &Caller<'_>) -> (String, String) {
    let letters = listed(admin).await;
    assert_eq!(letters.len(), 1, "{letters:?}");
    let path = format!("{LETTERS}/{}", letters[0]["id"]);
    (path.clone(), format!("{path}/retry"))
}

/// The bodies of what was said in a direction.
async fn said(admin: &Caller<'_>, conversation: ConversationId, direction: &str) -> Vec<Value> {
    let (_, page) = admin
        .get(&format!("/conversations/{conversation}/messages"))
        .await;
    let items = page["items"].as_array().unwrap().iter();
    items
        .filter(|item| item["direction"] == direction)
        .map(|item| item["content"]["body"].clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn an_answer_is_sent_again_once_however_often_it_is_asked_for() {
    let world = World::new().await;
    let admin = Caller::program(&world, Role::Administrator).await;
    let Talking {
        conversation, key, ..
    } = world.talking("Bonjour").await;
    write(&world, &key, &answer(conversation)).await;
    let letters = listed(&admin).await;
    assert_eq!(
        (
            &letters[0]["cause"],
            &letters[0]["retryable"],
            &letters[0]["address"]
        ),
        (
            &json!("it crashed"),
            &json!(true),
            &json!(key.address.to_string())
        )
    );
    let (_, retry) = only(&admin).await;
    let (one, two) = tokio::join!(
        admin.post(&retry, Value::Null),
        admin.post(&retry, Value::Null)
    );
    let statuses = [one.0, two.0];
    assert!(statuses.contains(&204), "{one:?} {two:?}");
    assert!(
        statuses.iter().all(|status| [204, 404].contains(status)),
        "{one:?} {two:?}"
    );
    assert_eq!(
        said(&admin, conversation, "out").await,
        ["Votre commande part demain."]
    );
    assert_eq!(listed(&admin).await, Vec::<Value>::new());
    assert_eq!(admin.post(&retry, Value::Null).await.0, 404, "it is gone");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_is_refused_stays_in_the_list_until_it_is_put_away() {
    let world = World::new().await;
    let admin = Caller::program(&world, Role::Administrator).await;
    let Talking {
        conversation, key, ..
    } = world.talking("Bonjour").await;
    write(&world, &key, &answer(conversation)).await;
    let (letter, retry) = only(&admin).await;
    world.close(&key, conversation).await;
    for _ in 0..2 {
        let (status, problem) = admin.post(&retry, Value::Null).await;
        assert_eq!(
            (status, &problem["code"]),
            (409, &json!("closed")),
            "{problem}"
        );
    }
    assert_eq!(
        only(&admin).await.0,
        letter,
        "nothing was done, so it is kept"
    );
    assert_eq!(said(&admin, conversation, "out").await, Vec::<Value>::new());
    let put_away = admin.call(Method::DELETE, &letter, &Value::Null).await;
    assert_eq!(put_away, (204, Value::Null));
    assert_eq!(listed(&admin).await, Vec::<Value>::new());
    assert_eq!(
        admin.call(Method::DELETE, &letter, &Value::Null).await.0,
        404
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_customers_message_is_received_after_all_and_a_description_is_only_read() {
    let world = World::new().await;
    let admin = Caller::program(&world, Role::Administrator).await;
    let Talking {
        conversation, key, ..
    } = world.talking("Bonjour").await;
    write(&world, &key, &received()).await;
    let (_, retry) = only(&admin).await;
    assert_eq!(admin.post(&retry, Value::Null).await, (204, Value::Null));
    assert_eq!(
        said(&admin, conversation, "in").await,
        ["Bonjour", "Je n'ai rien reçu."]
    );

    write(&world, &key, &Letter::Other("TimerDue".to_owned())).await;
    let letters = listed(&admin).await;
    assert_eq!(letters[0]["retryable"], false);
    let (letter, retry) = only(&admin).await;
    let (status, problem) = admin.post(&retry, Value::Null).await;
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (422, &json!("not_retryable")),
        "{problem}"
    );
    assert_eq!(only(&admin).await.0, letter, "it is kept");
}

/// The guard's promise, kept by a whole node: a message that crashes its conversation disturbs nobody, and nobody loses it.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn a_message_that_crashes_its_conversation_is_kept_and_those_behind_it_go_through() {
    for (times, texts, letters) in [
        (1, vec!["Bonjour", "un", "une bombe", "deux"], 0),
        (2, vec!["Bonjour", "un", "deux"], 1),
    ] {
        let world = World::new().await;
        let admin = Caller::program(&world, Role::Administrator).await;
        let mut talking = world.talking("Bonjour").await;
        world.app.crashes.on("bombe", times);
        for (id, text) in [("1", "un"), ("2", "une bombe"), ("3", "deux")] {
            talking.page.say(send(id, text)).await;
        }
        for _ in 0..3 {
            talking.page.until("ack").await;
        }
        let conversation = talking.conversation;
        assert_eq!(said(&admin, conversation, "in").await, texts, "{times}");
        let listed = listed(&admin).await;
        assert_eq!(listed.len(), letters, "{listed:?}");
        for letter in &listed {
            assert_eq!(letter["cause"], "a rehearsed crash", "{letter}");
        }

        // Once the cause is gone, the letter is handled as if it had just come.
        world.app.crashes.on("", 0);
        if letters > 0 {
            let (_, retry) = only(&admin).await;
            assert_eq!(admin.post(&retry, Value::Null).await.0, 204);
            let all = ["Bonjour", "un", "deux", "une bombe"];
            assert_eq!(said(&admin, conversation, "in").await, all);
        }
    }
}
