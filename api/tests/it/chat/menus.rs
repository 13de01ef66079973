//! A chatbot's menu on the visitor's page, and the page's language.

use ecluse_adapters::storage::config_db::ChannelDraft;
use ecluse_engine::configuration::AutoReplies;
use ecluse_engine::message::Destination;
use ecluse_engine::texts::{Language, Localized};
use serde_json::json;

use crate::chat_world::{Prepared, Setup, World, leave, send};

fn with_a_menu(draft: ChannelDraft, prepared: &Prepared) -> ChannelDraft {
    ChannelDraft {
        destination: Destination::Chatbot(prepared.chatbot),
        ..draft
    }
}

fn with_a_welcome(draft: ChannelDraft, _: &Prepared) -> ChannelDraft {
    let welcome = Localized {
        fr: Some("Bienvenue".to_owned()),
        en: Some("Welcome".to_owned()),
    };
    ChannelDraft {
        language: Some(Language::En),
        auto_replies: AutoReplies {
            welcome: welcome.into(),
            ..AutoReplies::default()
        },
        ..draft
    }
}

#[tokio::test]
async fn a_menu_is_answered_by_a_button_whose_label_the_visitor_sees() {
    let world = World::with(Setup {
        unattended: true,
        channel: Some(with_a_menu),
        ..Setup::default()
    })
    .await;
    let (mut page, welcome) = world.visitor().await;
    assert_eq!(welcome["form_purpose"], "prechat", "a chatbot needs nobody");
    page.introduce().await;
    page.say(send("a", "Bonjour")).await;
    let menu = loop {
        let message = page.message().await;
        if message["from"] == "agent" {
            break message;
        }
    };
    assert_eq!(
        (&menu["body"], &menu["choices"]),
        (
            &json!("Que puis-je faire ?"),
            &json!([{"id": "1", "label": "Ma commande"}])
        ),
        "in the page's language"
    );
    page.say(json!({"type": "send", "client_id": "b", "body": "Ma commande", "choice": "1"}))
        .await;
    let chosen = page.message().await;
    assert_eq!(
        (&chosen["from"], &chosen["body"], &chosen["client_id"]),
        (&json!("me"), &json!("Ma commande"), &json!("b"))
    );
    let (_, conversation) = world.newest_conversation().await;
    world.until_it_waits(conversation).await;
    let (_, back) = world
        .welcome(json!({"type": "hello", "visitor": welcome["visitor"]}))
        .await;
    let lines = back["messages"].as_array().unwrap();
    let bodies: Vec<_> = lines.iter().map(|line| &line["body"]).collect();
    assert_eq!(bodies, ["Bonjour", "Que puis-je faire ?", "Ma commande"]);
    assert_eq!(lines[1]["choices"][0]["id"], "1");
}

#[tokio::test]
async fn who_waits_for_a_chatbot_is_told_so_and_may_leave_a_message_instead() {
    let world = World::with(Setup {
        unattended: true,
        channel: Some(with_a_menu),
        ..Setup::default()
    })
    .await;
    let (mut first, _) = world.visitor().await;
    first.introduce().await;
    first.say(send("a", "Bonjour")).await;
    while first.message().await["choices"].is_null() {}
    let (mut second, welcome) = world.visitor().await;
    second.introduce().await;
    second.say(send("b", "Bonjour")).await;
    assert_eq!(second.until("waiting").await["waiting"], true);
    let hello = json!({"type": "hello", "visitor": welcome["visitor"]});
    let (_, back) = world.welcome(hello.clone()).await;
    assert_eq!(back["waiting"], true, "a page that comes back waits on");

    second.say(json!({"type": "give_up"})).await;
    let form = second.until("form").await;
    assert_eq!(form["form_purpose"], "leave_message");
    second.say(leave("c", "Rappelez-moi")).await;
    second.until("started").await;
    let (_, conversation) = world.newest_conversation().await;
    world.until_it_waits(conversation).await;
    let (_, back) = world.welcome(hello).await;
    assert_eq!(back["waiting"], false, "nobody waits for the answer");
}

#[tokio::test]
async fn a_menu_that_leads_to_closed_queues_only_gives_way_to_a_message() {
    let world = World::with(Setup {
        closed: true,
        channel: Some(with_a_menu),
        ..Setup::default()
    })
    .await;
    let (mut page, welcome) = world.visitor().await;
    assert_eq!(welcome["form_purpose"], "leave_message");
    page.say(leave("a", "Rappelez-moi")).await;
    page.until("started").await;
    let (_, conversation) = world.newest_conversation().await;
    world.until_it_waits(conversation).await;
    let shown = page.frames_until_pong().await;
    let menus = shown
        .iter()
        .filter(|frame| !frame["message"]["choices"].is_null());
    assert_eq!(menus.count(), 0, "nobody is led through a menu: {shown:?}");
}

#[tokio::test]
async fn automatic_replies_speak_the_language_of_the_page() {
    let world = World::with(Setup {
        channel: Some(with_a_welcome),
        ..Setup::default()
    })
    .await;
    let (mut page, _) = world.visitor().await;
    page.introduce().await;
    page.say(send("a", "Hello")).await;
    let said = loop {
        let message = page.message().await;
        if message["from"] == "system" {
            break message;
        }
    };
    assert_eq!(said["body"], "Bienvenue");
}
