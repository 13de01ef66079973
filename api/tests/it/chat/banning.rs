//! A visitor who is banned is told so, once, and let in again when the ban is no more.

use std::sync::Arc;
use std::time::Duration;

use ecluse_adapters::storage::config_db::{Editor, Page as ConfigPage};
use ecluse_adapters::storage::read_model::conversations::ConversationFilter;
use ecluse_engine::configuration::{Banned, Snapshot};
use ecluse_engine::ids::{ConversationKey, TenantId};
use ecluse_engine::message::{ChannelKind, Timestamp};
use serde_json::{Value, json};

use crate::chat_world::{Heard, Page, Talking, World, again, send};

use super::{REFUSED, history};

/// What the page is told before it is hung up on for good.
async fn ends_banned(page: &mut Page) -> Value {
    let mut last = Value::Null;
    loop {
        match page.next().await {
            Heard::Frame(frame) => last = frame,
            Heard::Pong => {}
            Heard::Closed(code) => {
                assert_eq!(code, REFUSED);
                assert_eq!(
                    (&last["type"], &last["code"]),
                    (&json!("refused"), &json!("banned")),
                    "{last}"
                );
                return last["client_id"].take();
            }
        }
    }
}

/// Sends on whatever it is told, until it is hung up on or has said enough.
async fn flood(page: &mut Page) {
    for number in 0..60 {
        let said = page.try_say(send(&format!("m{number}"), "x")).await;
        if said.is_err() {
            return;
        }
    }
}

/// Waits until a message is taken and the page knows of its conversation; either may be told first.
async fn begun(page: &mut Page) {
    let mut due = vec!["ack", "started"];
    while !due.is_empty() {
        let frame = page.hear().await;
        due.retain(|kind| frame["type"] != *kind);
    }
}

/// The same configuration with these bans.
fn ban(world: &World, bans: impl IntoIterator<Item = (Banned, Option<Timestamp>)>) {
    let feed = world.app.config.feed();
    let current = feed.current();
    feed.publish(Snapshot {
        revision: current.revision + 1,
        bans: Arc::new(bans.into_iter().collect()),
        ..Snapshot::clone(&current)
    });
}

fn visitor(key: &ConversationKey) -> Banned {
    Banned {
        tenant: key.tenant,
        kind: ChannelKind::LiveChat,
        address: key.address.clone(),
    }
}

/// Sends until it is taken: after a flood the page is told to wait first.
async fn says_in_its_time(page: &mut Page, text: &str) {
    page.say(send("back", text)).await;
    loop {
        let frame = page.hear().await;
        match frame["type"].as_str() {
            Some("ack") => return,
            Some("wait") => {
                let pause = frame["retry_after_ms"].as_u64().unwrap();
                tokio::time::sleep(Duration::from_millis(pause)).await;
                page.say(send("back", text)).await;
            }
            Some("refused") => panic!("{frame}"),
            _ => {}
        }
    }
}

/// The ban that the limits led to is in the configuration, and is lifted there.
async fn is_lifted_by_hand(world: &World, key: &ConversationKey) {
    let config = &world.app.config;
    let mut revision = config.feed().subscribe();
    while !config.feed().current().bans.contains_key(&visitor(key)) {
        revision.changed().await.unwrap();
    }
    let page = ConfigPage {
        after: None,
        limit: 10,
    };
    let bans = config.bans(key.tenant, page).await.unwrap();
    let [ban] = &bans[..] else {
        panic!("{bans:?}");
    };
    assert_eq!(
        (
            ban.reason.as_str(),
            ban.address.as_str(),
            ban.banned_by.as_str()
        ),
        ("too_many_messages", &*key.address.0, "system")
    );
    // It is stored a moment after it was decided.
    let lasts = ban.until.unwrap().since(ban.since);
    let day = Duration::from_secs(24 * 3_600);
    assert!(lasts <= day && lasts > day / 2, "{lasts:?}");
    let editor = Editor::system(key.tenant);
    config.lift_ban(&editor, ban.id).await.unwrap();
}

/// A page that comes back is told at once.
async fn is_turned_away(world: &World, welcome: &Value) {
    let mut page = world.connect(Some(super::SITE)).await.unwrap();
    page.say(again(welcome, &json!(null))).await;
    assert_eq!(ends_banned(&mut page).await, Value::Null);
}

#[tokio::test]
async fn who_sends_on_and_on_is_banned_on_every_page_and_others_are_not() {
    let world = World::new().await;
    let Talking {
        mut page,
        welcome,
        key,
        ..
    } = world.talking("Bonjour").await;
    let (mut other_tab, _) = world.welcome(again(&welcome, &json!(null))).await;
    for page in [&mut page, &mut other_tab] {
        flood(page).await;
        ends_banned(page).await;
        is_turned_away(&world, &welcome).await;
    }
    let said = history(&world, &key).await.rows.len();
    assert!(said <= 20, "{said} were taken");
    is_lifted_by_hand(&world, &key).await;
    let (mut back, _) = world.welcome(again(&welcome, &json!(null))).await;
    says_in_its_time(&mut back, "Pardon").await;

    world.talking("Je suis quelqu'un d'autre").await;
}

#[tokio::test]
async fn who_begins_one_conversation_after_the_other_is_banned() {
    let world = World::new().await;
    let Talking {
        mut page, welcome, ..
    } = world.talking("0").await;
    for number in 1..5 {
        page.say(json!({"type": "end"})).await;
        page.until("closed").await;
        page.say(send(&format!("m{number}"), "Encore")).await;
        begun(&mut page).await;
    }
    page.say(json!({"type": "end"})).await;
    page.until("closed").await;
    page.say(send("sixth", "Encore")).await;
    assert_eq!(ends_banned(&mut page).await, "sixth");
    is_turned_away(&world, &welcome).await;
    let filter = ConversationFilter {
        limit: 10,
        ..ConversationFilter::default()
    };
    let found = world.app.reads.conversations(TenantId::DEFAULT, filter);
    assert_eq!(
        found.await.unwrap().len(),
        1,
        "the banned one opened nothing"
    );
}

#[tokio::test]
async fn who_is_banned_meanwhile_is_told_at_once_and_let_in_when_it_is_lifted() {
    let world = World::new().await;
    let Talking {
        mut page,
        welcome,
        key,
        ..
    } = world.talking("Bonjour").await;
    let mut bystander = world.talking("Bonsoir").await;
    ban(&world, [(visitor(&key), None)]);
    assert_eq!(ends_banned(&mut page).await, Value::Null);
    is_turned_away(&world, &welcome).await;
    bystander.page.say(send("on", "Je continue")).await;
    bystander.page.until("ack").await;

    ban(&world, []);
    let (mut page, _) = world.welcome(again(&welcome, &json!(null))).await;
    page.say(send("back", "Me revoilà")).await;
    page.until("ack").await;
}
