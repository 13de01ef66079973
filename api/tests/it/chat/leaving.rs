//! A message that is left where nobody can answer.

use ecluse_adapters::storage::config_db::{ChannelDraft, SettingsDraft};
use ecluse_adapters::storage::read_model::conversations::{TimelineEntry, TimelineRange};
use ecluse_engine::configuration::AutoReplies;
use ecluse_engine::conversation::Phase;
use ecluse_engine::ids::{ConversationId, TenantId};
use ecluse_engine::journal::Position;
use ecluse_engine::message::{ChannelKind, Content, Fact};
use ecluse_engine::texts::Localized;
use serde_json::{Value, json};

use crate::chat_world::{Prepared, Setup, Talking, World, leave, send};

fn with_a_form(mut draft: ChannelDraft, prepared: &Prepared) -> ChannelDraft {
    if let SettingsDraft::LiveChat(chat) = &mut draft.settings {
        chat.leave_message_form = Some(prepared.leave_message_form);
    }
    ChannelDraft {
        auto_replies: AutoReplies {
            welcome: Localized::same("Welcome").into(),
            outside_hours: Localized::same("We are closed").into(),
            no_agent: Localized::same("Nobody is here").into(),
            ..AutoReplies::default()
        },
        ..draft
    }
}

/// What is recorded of a conversation, in the words that matter here.
async fn recorded(world: &World, conversation: ConversationId) -> Vec<String> {
    let range = TimelineRange {
        limit: 100,
        ..TimelineRange::default()
    };
    let rows = world.app.reads.timeline(conversation, range).await.unwrap();
    let told = rows.into_iter().filter_map(|row| match row.entry {
        TimelineEntry::Received(message) => match message.content {
            Content::Text(text) => Some(format!("{} (offline {})", text.body, message.offline)),
            other => panic!("{other:?}"),
        },
        TimelineEntry::Event(fact) => match *fact {
            Fact::Opened(opened) => Some(format!("opened (offline {})", opened.offline)),
            Fact::FormFilled(form) => Some(format!("{}: {:?}", form.form, form.answers)),
            _ => None,
        },
        TimelineEntry::Sent { .. } => None,
    });
    told.collect()
}

#[tokio::test]
async fn where_nobody_is_there_a_message_waits_in_the_queue_with_the_answers_of_the_form() {
    for (closed, reply) in [(false, "Nobody is here"), (true, "We are closed")] {
        let world = World::with(Setup {
            unattended: !closed,
            closed,
            channel: Some(with_a_form),
            ..Setup::default()
        })
        .await;
        let (mut page, welcome) = world.visitor().await;
        assert_eq!(welcome["form_purpose"], "leave_message");
        assert_eq!(welcome["form_title"], "Write to us");
        assert_eq!(welcome["form"][2]["required"], true);
        page.say(send("early", "Bonjour")).await;
        assert_eq!(page.until("refused").await["code"], "form_required");
        let fields = json!({"order": "4711", "message": ""});
        let empty = json!({"type": "start", "client_id": "a", "name": "Ada", "fields": fields});
        page.say(empty).await;
        let refused = page.until("refused").await;
        assert_eq!(
            (&refused["client_id"], &refused["code"]),
            (&Value::Null, &json!("empty"))
        );

        let fields = json!({"order": "4711", "message": "Rappelez-moi"});
        let left = json!({"type": "start", "client_id": "a", "name": "Ada", "fields": fields});
        page.say(left).await;
        page.until("started").await;
        let said = loop {
            let message = page.message().await;
            if message["from"] == "system" {
                break message;
            }
            assert_eq!(
                (&message["from"], &message["body"], &message["client_id"]),
                (&json!("me"), &json!("Rappelez-moi"), &json!("a"))
            );
        };
        assert_eq!(said["body"], reply);

        let (key, conversation) = world.newest_conversation().await;
        let expected = [
            "opened (offline true)",
            "Rappelez-moi (offline true)",
            "After hours: [(\"Order\", \"4711\")]",
        ];
        world
            .until(async || (recorded(&world, conversation).await == expected).then_some(()))
            .await;
        let (reads, tenant) = (&world.app.reads, TenantId::DEFAULT);
        let row = reads.find_conversation(tenant, conversation).await.unwrap();
        let row = row.unwrap();
        assert_eq!((row.phase, row.queue), (Phase::Waiting, Some(world.queue)));
        let contact = key.contact_id(ChannelKind::LiveChat);
        let contact = reads.contact(tenant, contact).await.unwrap().unwrap();
        assert_eq!(contact.name.as_deref(), Some("Ada"));
        page.say(send("b", "Et vite")).await;
        page.until("ack").await;
    }
}

/// What stands in the journal in one entry with the visitor's message of this number.
async fn taken_with(world: &World, message: u64) -> Vec<Fact> {
    let log = &world.app.engine.log;
    let entries = log.read(Position(0), 1_000).await.unwrap();
    let mut entries = entries.iter().map(|committed| &committed.entry);
    let entry = entries.find(|entry| {
        let mut numbered = entry.numbered();
        numbered.any(|(seq, fact)| seq == message && matches!(fact, Fact::Received(_)))
    });
    entry.unwrap().facts.to_vec()
}

#[tokio::test]
async fn what_was_filled_in_cannot_be_lost_without_the_message_that_was_acknowledged() {
    for unattended in [true, false] {
        let world = World::with(Setup {
            unattended,
            ..Setup::default()
        })
        .await;
        let (mut page, _) = world.visitor().await;
        if unattended {
            page.say(leave("a", "Rappelez-moi")).await;
        } else {
            page.introduce().await;
            page.say(send("a", "Bonjour")).await;
        }
        let message = page.until("ack").await["seq"].as_u64().unwrap();
        drop(page);
        let facts = taken_with(&world, message).await;
        let typed = facts.iter().find_map(|fact| match fact {
            Fact::EmailTyped { email, .. } => Some(email.as_str()),
            _ => None,
        });
        assert_eq!(typed, Some("zoe@example.fr"), "{facts:?}");
        let names = facts.iter().filter_map(|fact| match fact {
            Fact::ProfileNamed { name, .. } => Some(name.as_str()),
            _ => None,
        });
        assert_eq!(names.collect::<Vec<_>>(), ["Zoé"], "once");
    }
}

#[tokio::test]
async fn what_is_left_again_after_a_break_is_left_once() {
    let world = World::unattended().await;
    let (mut page, welcome) = world.visitor().await;
    assert_eq!(
        welcome["form"].as_array().unwrap().len(),
        3,
        "a name, an address and the message"
    );
    let (mut other, _) = world
        .welcome(json!({"type": "hello", "visitor": welcome["visitor"]}))
        .await;
    page.say(leave("a", "Rappelez-moi")).await;
    let first = page.until("ack").await;
    other.say(leave("a", "Rappelez-moi")).await;
    assert_eq!(other.until("ack").await["seq"], first["seq"]);
    let back = json!({"type": "hello", "visitor": welcome["visitor"]});
    let (_, back) = world.welcome(back).await;
    assert_eq!(back["form"], Value::Null);
    assert_eq!(back["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_is_in_a_conversation_is_not_sent_away_from_it() {
    let world = World::unattended().await;
    let Talking { welcome, .. } = world.talking("Bonjour").await;
    let back = json!({"type": "hello", "visitor": welcome["visitor"]});
    let (mut page, welcome) = world.welcome(back).await;
    assert_eq!(
        (&welcome["form"], &welcome["form_purpose"]),
        (&Value::Null, &Value::Null)
    );
    page.say(send("b", "Et aussi")).await;
    page.until("ack").await;
    page.say(json!({"type": "end"})).await;
    page.until("closed").await;
    let back = json!({"type": "hello", "visitor": welcome["visitor"]});
    let (_, welcome) = world.welcome(back).await;
    assert_eq!(
        welcome["form_purpose"], "leave_message",
        "and when it is over, nobody is there"
    );
}

#[tokio::test]
async fn who_gives_up_waiting_leaves_a_message_in_the_conversation() {
    let world = World::with(Setup {
        channel: Some(with_a_form),
        ..Setup::default()
    })
    .await;
    let Talking {
        welcome,
        key,
        conversation,
        ..
    } = world.talking("Bonjour").await;
    let hello = json!({"type": "hello", "visitor": welcome["visitor"]});
    let (mut page, back) = world.welcome(hello.clone()).await;
    assert_eq!(
        (&back["waiting"], &back["form"]),
        (&json!(true), &Value::Null)
    );
    page.say(json!({"type": "give_up"})).await;
    let form = page.until("form").await;
    assert_eq!(
        (&form["form_title"], &form["form_purpose"]),
        (&json!("Write to us"), &json!("leave_message"))
    );
    let fields = json!({"order": "4711", "message": "Rappelez-moi"});
    page.say(json!({"type": "start", "client_id": "b", "name": "Zoé", "fields": fields}))
        .await;
    page.until("started").await;
    let expected = [
        "opened (offline false)",
        "Bonjour (offline false)",
        "Rappelez-moi (offline true)",
        "After hours: [(\"Order\", \"4711\")]",
    ];
    world
        .until(async || (recorded(&world, conversation).await == expected).then_some(()))
        .await;
    let (reads, tenant) = (&world.app.reads, TenantId::DEFAULT);
    let row = reads.find_conversation(tenant, conversation).await.unwrap();
    let row = row.unwrap();
    assert_eq!((row.phase, row.queue), (Phase::Waiting, Some(world.queue)));
    let (mut page, back) = world.welcome(hello).await;
    assert_eq!(back["waiting"], false, "they wait for nobody");
    page.say(json!({"type": "give_up"})).await;
    let told = page.frames_until_pong().await;
    assert!(told.iter().all(|frame| frame["type"] != "form"), "{told:?}");

    // Whoever closed it had the message; who writes again waits for somebody, on a page that is loaded anew as well.
    world.close(&key, conversation).await;
    page.until("closed").await;
    page.say(send("c", "Toujours là ?")).await;
    page.until("ack").await;
    let hello = json!({"type": "hello", "visitor": welcome["visitor"]});
    let (_, again) = world.welcome(hello).await;
    assert_eq!(again["waiting"], true, "{again}");
}

#[tokio::test]
async fn who_is_answered_waits_no_more() {
    let world = World::new().await;
    let Talking {
        welcome,
        key,
        conversation,
        ..
    } = world.talking("Bonjour").await;
    let hello = json!({"type": "hello", "visitor": welcome["visitor"]});
    let (mut page, back) = world.welcome(hello.clone()).await;
    assert_eq!(back["waiting"], true);
    world.assign(&key, conversation).await;
    assert_eq!(page.until("waiting").await["waiting"], false);
    let (_, back) = world.welcome(hello).await;
    assert_eq!(back["waiting"], false);
}
