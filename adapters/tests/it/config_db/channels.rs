//! Channels: what is accepted, what is kept, and what is never shown.

use super::world::{
    ALL, HOUR, SECRET, TENANT, World, chat, clock, cloud, editor, files_hold, live_chat, mail,
    mailbox, refusal, refusals, whatsapp,
};
use ecluse_adapters::storage::config_db::{
    ChannelDraft, ChannelHealth, ChannelRecord, ChannelSettings, ChannelState, ConfigDb,
    ConfigError, Editor, SecretChange, SecretName, SecretsDraft, WhatsappProviderKind,
};
use ecluse_engine::configuration::ReplyText;
use ecluse_engine::ids::{ChannelId, ChatbotId, QueueId, TenantId};
use ecluse_engine::message::{ChannelKind, Destination, Timestamp};
use ecluse_engine::texts::{Language, Localized};
use futures_util::FutureExt as _;
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use uuid::Uuid;

#[tokio::test]
async fn a_channel_comes_back_after_a_restart_with_its_secrets() {
    let world = World::new().await;
    let queue = world.queue("Support").await;
    let created = world
        .db
        .create_channel(&editor(), cloud(queue.id, "+1 (786) 232-0000", "42"))
        .await
        .unwrap();
    assert_eq!(created.address, "+17862320000");
    assert!(created.secrets.contains(&SecretName::AccessToken));
    let (epoch, key) = (world.db.epoch(), world.db.fingerprint_key());
    world.db.close().await;

    let db = ConfigDb::open(world.dir.path(), None, clock(&world.now))
        .await
        .unwrap();
    assert_eq!((db.epoch(), db.fingerprint_key()), (epoch, key));
    let channels = db.channels_since(0).await.unwrap();
    let [(channel, secrets)] = channels.as_slice() else {
        panic!("{channels:?}")
    };
    assert_eq!(*channel, created);
    let secrets = secrets.as_ref().unwrap();
    assert_eq!(
        secrets.access_token.as_ref().unwrap().expose_secret(),
        SECRET
    );
    assert_eq!(
        db.channel(TENANT, created.id).await.unwrap().unwrap(),
        created
    );
}

#[tokio::test]
async fn a_channel_that_nobody_named_is_named_after_what_it_is() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    for (domains, language, name) in [
        (&["a.test", "b.test"] as &[&str], None, "a.test"),
        (&[], None, "Live chat"),
        (&[], Some(Language::Fr), "Discussion en direct"),
    ] {
        let mut draft = live_chat(queue, domains);
        draft.language = language;
        chat(&mut draft).standalone = domains.is_empty();
        let made = world.db.create_channel(&editor(), draft).await.unwrap();
        assert_eq!(
            (made.name.as_str(), made.is_named_after_itself()),
            (name, true)
        );
    }
}

#[tokio::test]
async fn an_automatic_reply_that_is_off_keeps_its_text_and_one_of_before_is_on() {
    let world = World::new().await;
    let queue = world.queue("Support").await;
    let mut draft = live_chat(queue.id, &["example.com"]);
    draft.auto_replies.welcome = Localized::same(" Bonjour ").into();
    draft.auto_replies.closed = ReplyText {
        text: Localized::same("Fin"),
        enabled: false,
    };
    let created = world.db.create_channel(&editor(), draft).await.unwrap();
    let snapshot = world.db.feed().current();
    let replies = &snapshot.channels[&created.id].auto_replies;
    assert!(replies.welcome.is_said() && !replies.closed.is_said());
    assert_eq!(replies.welcome.text, Localized::same("Bonjour"));
    assert_eq!(replies.closed.text, Localized::same("Fin"));
    world.db.close().await;

    let reopened = || ConfigDb::open(world.dir.path(), None, clock(&world.now));
    let db = reopened().await.unwrap();
    let kept = db.channel(TENANT, created.id).await.unwrap().unwrap();
    assert_eq!(kept, created);
    db.close().await;
    let file = rusqlite::Connection::open(world.dir.path().join("config.db")).unwrap();
    let before = r#"{"closed":{"fr":"Fin"}}"#;
    file.execute("UPDATE channels SET auto_replies = ?1", [before])
        .unwrap();
    file.close().unwrap();
    let db = reopened().await.unwrap();
    let kept = db.channel(TENANT, created.id).await.unwrap().unwrap();
    assert!(kept.auto_replies.closed.is_said());
}

/// As the first version kept it.
#[tokio::test]
async fn a_fingerprint_key_that_stood_in_clear_is_sealed_and_stays_the_same() {
    let world = World::new().await;
    world.db.close().await;
    let key = *b"clear as a bell!";
    let holds_it = || files_hold(world.dir.path(), "clear as a bell!");
    let file = rusqlite::Connection::open(world.dir.path().join("config.db")).unwrap();
    file.execute(
        "UPDATE meta SET fingerprint_key = ?1, fingerprint_sealed = NULL",
        [key.as_slice()],
    )
    .unwrap();
    file.close().unwrap();
    assert!(holds_it());
    for _ in 0..2 {
        let db = ConfigDb::open(world.dir.path(), None, clock(&world.now))
            .await
            .unwrap();
        assert_eq!(db.fingerprint_key(), key);
        assert!(!holds_it(), "beside the open files");
        db.close().await;
        assert!(!holds_it());
    }
}

#[tokio::test]
async fn a_secret_is_nowhere_in_the_files_the_audit_or_the_debug_output() {
    let world = World::new().await;
    let queue = world.queue("Support").await;
    let mut draft = cloud(queue.id, "+17862320000", "42");
    let created = world
        .db
        .create_channel(&editor(), draft.clone())
        .await
        .unwrap();
    whatsapp(&mut draft).provider = WhatsappProviderKind::Dialog360;
    draft.secrets = SecretsDraft {
        api_key: SecretChange::Set("d360-secret".into()),
        webhook_secret: SecretChange::Set("hook-secret".into()),
        webhook_headers: SecretChange::Set(BTreeMap::from([(
            "X-Auth".to_owned(),
            "head-secret".into(),
        )])),
        ..SecretsDraft::default()
    };
    assert!(
        files_hold(world.dir.path(), "17862320000"),
        "the search finds what is not secret"
    );
    let changed = world
        .db
        .change_channel(&editor(), created.id, None, draft.clone())
        .await
        .unwrap();
    let secrets = world.db.channel_secrets(created.id).await.unwrap();
    assert_eq!(
        secrets.api_key.as_ref().unwrap().expose_secret(),
        "d360-secret"
    );
    assert_eq!(
        secrets.webhook_headers["x-auth"].expose_secret(),
        "head-secret"
    );
    assert!(
        secrets.access_token.is_none(),
        "the other provider's token is forgotten"
    );
    let audit = world.db.audit(TENANT, None, 100).await.unwrap();
    let shown = format!("{audit:?} {changed:?} {draft:?} {secrets:?}");
    for secret in [SECRET, "d360-secret", "hook-secret", "head-secret"] {
        assert!(
            !files_hold(world.dir.path(), secret),
            "{secret} is in a file"
        );
        assert!(!shown.contains(secret), "{secret} is shown");
    }
}

#[tokio::test]
async fn the_rules_of_a_channel_are_those_of_its_kind() {
    let world = World::new().await;
    let queue = world.queue("Support").await;
    world
        .db
        .create_channel(&editor(), live_chat(queue.id, &["example.com"]))
        .await
        .unwrap();
    world
        .db
        .create_channel(&editor(), cloud(queue.id, "+17862320000", "42"))
        .await
        .unwrap();
    for channel in world.db.feed().current().channels.values() {
        let (window, idle) = match channel.kind {
            ChannelKind::LiveChat => (None, HOUR / 2),
            ChannelKind::Whatsapp => (Some(HOUR * 24), HOUR * 24),
            other => panic!("{other:?}"),
        };
        assert_eq!(channel.rules.window, window);
        assert_eq!(channel.rules.idle_close, Some(idle));
        assert_eq!(channel.rules.reopen_within, HOUR * 24);
        assert_eq!(channel.rules.text_limit, 4096);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_live_chat_is_named_field_by_field() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    type Edit = fn(&mut ChannelDraft);
    let rows: [(Edit, &str, &str); 9] = [
        (
            |draft| chat(draft).domains.clear(),
            "live_chat.domains",
            "domain_or_standalone",
        ),
        (
            |draft| chat(draft).domains = vec!["a.test".to_owned(); 101],
            "live_chat.domains",
            "too_many",
        ),
        (
            |draft| chat(draft).domains[0] = "https://a.test".to_owned(),
            "live_chat.domains[0]",
            "scheme_not_allowed",
        ),
        (
            |draft| chat(draft).domains.push("a b".to_owned()),
            "live_chat.domains[1]",
            "invalid_domain",
        ),
        (
            |draft| chat(draft).theme_color = Some("red".to_owned()),
            "live_chat.theme_color",
            "invalid_color",
        ),
        (
            |draft| chat(draft).greeting = french("x".repeat(501)),
            "live_chat.greeting.fr",
            "too_long",
        ),
        (
            |draft| draft.name = Some("x".repeat(101)),
            "name",
            "too_long",
        ),
        (
            |draft| draft.destination = Destination::Queue(QueueId(Uuid::from_u128(5))),
            "destination.queue",
            "unknown_queue",
        ),
        (
            |draft| draft.destination = Destination::Chatbot(ChatbotId(Uuid::from_u128(5))),
            "destination.chatbot",
            "unknown_chatbot",
        ),
    ];
    for (edit, field, code) in rows {
        let mut draft = live_chat(queue, &["example.com"]);
        edit(&mut draft);
        assert_eq!(
            refusal(world.db.create_channel(&editor(), draft).await),
            (field.to_owned(), code)
        );
    }
    let mut alone = live_chat(queue, &[]);
    chat(&mut alone).standalone = true;
    let alone = world.db.create_channel(&editor(), alone).await.unwrap();
    assert_eq!(
        (alone.name.as_str(), alone.address.as_str()),
        ("Live chat", "")
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_whatsapp_number_is_named_field_by_field() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    type Edit = fn(&mut ChannelDraft);
    let rows: [(Edit, &str, &str); 9] = [
        (
            |draft| whatsapp(draft).number = "12".to_owned(),
            "whatsapp.number",
            "invalid_number",
        ),
        (
            |draft| whatsapp(draft).number = "+33 abc defg".to_owned(),
            "whatsapp.number",
            "invalid_number",
        ),
        (
            |draft| whatsapp(draft).phone_number_id = None,
            "whatsapp.phone_number_id",
            "required",
        ),
        (
            |draft| whatsapp(draft).phone_number_id = Some("4x".to_owned()),
            "whatsapp.phone_number_id",
            "invalid",
        ),
        (
            |draft| draft.secrets.access_token = SecretChange::Keep,
            "whatsapp.access_token",
            "required",
        ),
        (
            |draft| draft.secrets.access_token = SecretChange::Set(" ".into()),
            "whatsapp.access_token",
            "required",
        ),
        (
            |draft| draft.secrets.api_key = SecretChange::Set("key".into()),
            "whatsapp.api_key",
            "not_for_this_provider",
        ),
        (
            |draft| whatsapp(draft).provider = WhatsappProviderKind::Dialog360,
            "whatsapp.access_token",
            "not_for_this_provider",
        ),
        (
            |draft| draft.destination = Destination::Chatbot(ChatbotId(Uuid::from_u128(5))),
            "destination.chatbot",
            "not_allowed",
        ),
    ];
    for (edit, field, code) in rows {
        let mut draft = cloud(queue, "+17862320000", "42");
        edit(&mut draft);
        let refusals = refusals(world.db.create_channel(&editor(), draft).await);
        assert!(
            refusals.contains(&(field.to_owned(), code)),
            "{field} {code}: {refusals:?}"
        );
    }
}

/// The channel that a refusal names.
fn holder(refused: &Result<ChannelRecord, ConfigError>) -> Option<&str> {
    match refused {
        Err(ConfigError::Invalid(violations)) => violations[0].holder.as_deref(),
        other => panic!("expected refused fields, not {other:?}"),
    }
}

#[tokio::test]
async fn an_address_belongs_to_one_channel_until_it_is_given_up() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let db = &world.db;
    let first = db
        .create_channel(&editor(), live_chat(queue, &["one.test", "Two.test"]))
        .await
        .unwrap();
    let second = db
        .create_channel(&editor(), live_chat(queue, &["three.test"]))
        .await
        .unwrap();
    let taken = db
        .create_channel(&editor(), live_chat(queue, &["four.test", "two.TEST"]))
        .await;
    assert_eq!(holder(&taken), Some("one.test"));
    assert_eq!(refusal(taken), ("live_chat.domains[1]".to_owned(), "taken"));
    let taken = db
        .change_channel(&editor(), second.id, None, live_chat(queue, &["one.test"]))
        .await;
    assert_eq!(refusal(taken), ("live_chat.domains[0]".to_owned(), "taken"));
    db.change_channel(&editor(), first.id, None, live_chat(queue, &["two.test"]))
        .await
        .unwrap();
    db.change_channel(&editor(), second.id, None, live_chat(queue, &["one.test"]))
        .await
        .unwrap();

    let number = db
        .create_channel(&editor(), cloud(queue, "+17862320000", "42"))
        .await
        .unwrap();
    let taken = db
        .create_channel(&editor(), cloud(queue, "1 786 232 0000", "43"))
        .await;
    assert_eq!(holder(&taken), Some("Support"));
    assert_eq!(refusal(taken), ("whatsapp.number".to_owned(), "taken"));
    let taken = db
        .create_channel(&editor(), cloud(queue, "+17862320001", "42"))
        .await;
    assert_eq!(
        refusal(taken),
        ("whatsapp.phone_number_id".to_owned(), "taken")
    );
    db.delete_channel(&editor(), number.id, None).await.unwrap();
    db.create_channel(&editor(), cloud(queue, "+17862320000", "42"))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_deleted_channel_keeps_its_row_and_nothing_else() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let channel = world
        .db
        .create_channel(&editor(), cloud(queue, "+17862320000", "42"))
        .await
        .unwrap();
    world
        .db
        .delete_channel(&editor(), channel.id, Some(channel.revision))
        .await
        .unwrap();
    let kept = world.db.channel(TENANT, channel.id).await.unwrap().unwrap();
    assert_eq!(kept.state, ChannelState::Deleted);
    assert!(kept.secrets.is_empty());
    assert!(
        world
            .db
            .channel_secrets(channel.id)
            .await
            .unwrap()
            .access_token
            .is_none()
    );
    assert!(world.db.channels(TENANT, ALL).await.unwrap().is_empty());
    assert!(world.db.feed().current().channels[&channel.id].deleted);
    assert_eq!(
        world.db.names(TENANT).await.unwrap().channels[&channel.id].1,
        "Support"
    );
    let again = world.db.delete_channel(&editor(), channel.id, None).await;
    assert!(matches!(again, Err(ConfigError::ChannelDeleted)));
    world.db.delete_queue(&editor(), queue, None).await.unwrap();
    assert_eq!(
        world.db.names(TENANT).await.unwrap().queues[&queue],
        "Support"
    );
}

#[tokio::test]
async fn health_degrades_without_a_revision_and_a_change_of_what_it_is_of_heals() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let channel = world
        .db
        .create_channel(&editor(), live_chat(queue, &["a.test"]))
        .await
        .unwrap();
    let degraded = ChannelHealth::Degraded {
        reason: "the token expired".to_owned(),
    };
    let revision = world.db.feed().current().revision;
    assert!(
        world
            .db
            .set_channel_health(TENANT, channel.id, degraded.clone())
            .await
            .unwrap()
    );
    assert!(
        !world
            .db
            .set_channel_health(TENANT, channel.id, degraded.clone())
            .await
            .unwrap()
    );
    let now = world.db.channel(TENANT, channel.id).await.unwrap().unwrap();
    assert_eq!((&now.health, now.revision), (&degraded, channel.revision));
    assert_eq!(world.db.feed().current().revision, revision);
    let mut draft = live_chat(queue, &["a.test"]);
    draft.name = Some("Renamed".to_owned());
    let renamed = world
        .db
        .change_channel(&editor(), channel.id, None, draft)
        .await;
    assert_eq!(renamed.unwrap().health, now.health);
    let changed = world
        .db
        .change_channel(&editor(), channel.id, None, live_chat(queue, &["b.test"]))
        .await;
    assert_eq!(changed.unwrap().health, ChannelHealth::Healthy);
}

#[tokio::test]
async fn a_mailbox_has_worked_when_both_its_ways_have_and_until_they_are_others() {
    let world = World::new().await;
    let (db, queue) = (&world.db, world.queue("Support").await.id);
    let created = db.create_channel(&editor(), mailbox(queue, 993)).await;
    let id = created.unwrap().id;
    let last = async || {
        let channel = db.channel(TENANT, id).await.unwrap().unwrap();
        channel.last_worked_at()
    };
    let revision = db.feed().current().revision;
    db.note_worked(TENANT, id, "imap").await.unwrap();
    assert_eq!(last().await, None, "nobody tried to send");
    let first = Timestamp(world.now.load(Ordering::Relaxed));
    world.pass(HOUR);
    db.note_worked(TENANT, id, "smtp").await.unwrap();
    assert_eq!(last().await, Some(first));
    assert_eq!(db.feed().current().revision, revision);

    let mut renamed = mailbox(queue, 993);
    renamed.name = Some("Renamed".to_owned());
    renamed.secrets = SecretsDraft::default();
    let renamed = db.change_channel(&editor(), id, None, renamed).await;
    assert_eq!(renamed.unwrap().last_worked_at(), Some(first));
    let moved = mailbox(queue, 994);
    let moved = db.change_channel(&editor(), id, None, moved).await;
    assert_eq!(moved.unwrap().last_worked_at(), None);
}

#[tokio::test]
async fn changing_one_way_of_a_mailbox_leaves_what_is_known_of_the_other() {
    let world = World::new().await;
    let (db, queue) = (&world.db, world.queue("Support").await.id);
    let created = db.create_channel(&editor(), mailbox(queue, 993)).await;
    let id = created.unwrap().id;
    for way in ["imap", "smtp"] {
        db.note_worked(TENANT, id, way).await.unwrap();
    }
    let first = Timestamp(world.now.load(Ordering::Relaxed));
    world.pass(HOUR);
    let ill = |reason: &str| ChannelHealth::Degraded {
        reason: reason.to_owned(),
    };
    let both = ill("imap: tls.failed; smtp: connection.refused");
    db.set_channel_health(TENANT, id, both.clone())
        .await
        .unwrap();

    let mut draft = mailbox(queue, 993);
    draft.secrets = SecretsDraft::default();
    mail(&mut draft).check_interval_secs = 120;
    let slower = db.change_channel(&editor(), id, None, draft.clone()).await;
    let slower = slower.unwrap();
    assert_eq!(
        (slower.last_worked_at(), slower.health),
        (Some(first), both)
    );

    draft.secrets.smtp_password = SecretChange::Set(SECRET.into());
    mail(&mut draft).smtp.as_mut().unwrap().port = 587;
    let moved = db.change_channel(&editor(), id, None, draft).await.unwrap();
    assert_eq!(moved.last_worked_at(), None);
    assert_eq!(moved.health, ill("imap: tls.failed"));
    db.note_worked(TENANT, id, "smtp").await.unwrap();
    let verified = db.channel(TENANT, id).await.unwrap().unwrap();
    assert_eq!(verified.last_worked_at(), Some(first));
}

#[tokio::test]
async fn a_number_has_worked_when_it_was_saved_only_if_its_company_answered_for_it() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let asked = |id: &str| ChannelDraft {
        answered_for: true,
        ..cloud(queue, "+17862320000", id)
    };
    let created = world.db.create_channel(&editor(), asked("42")).await;
    let created = created.unwrap();
    assert_eq!(created.last_worked_at(), Some(created.created_at));
    world.pass(HOUR);
    let change = async |draft: ChannelDraft| {
        let id = created.id;
        let changed = world.db.change_channel(&editor(), id, None, draft).await;
        changed.unwrap()
    };
    let changed = change(asked("43")).await;
    assert_eq!(changed.last_worked_at(), Some(changed.updated_at));
    let unasked = change(cloud(queue, "+17862320000", "44")).await;
    assert_eq!(unasked.last_worked_at(), None);
    let other = cloud(queue, "+17862320001", "45");
    let other = world.db.create_channel(&editor(), other).await.unwrap();
    assert_eq!(other.last_worked_at(), None);
}

#[tokio::test]
async fn a_secret_that_is_not_mentioned_is_kept() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let mut draft = cloud(queue, "+17862320000", "42");
    let channel = world
        .db
        .create_channel(&editor(), draft.clone())
        .await
        .unwrap();
    draft.secrets = SecretsDraft::default();
    draft.name = Some("Renamed".to_owned());
    world
        .db
        .change_channel(&editor(), channel.id, None, draft.clone())
        .await
        .unwrap();
    let secrets = world.db.channel_secrets(channel.id).await.unwrap();
    assert_eq!(secrets.access_token.unwrap().expose_secret(), SECRET);
    draft.secrets.access_token = SecretChange::Clear;
    let refused = world
        .db
        .change_channel(&editor(), channel.id, None, draft)
        .await;
    assert_eq!(
        refusal(refused),
        ("whatsapp.access_token".to_owned(), "required")
    );
    let other_kind = world
        .db
        .change_channel(&editor(), channel.id, None, live_chat(queue, &["a.test"]))
        .await;
    assert_eq!(refusal(other_kind), ("kind".to_owned(), "immutable"));
}

#[test]
fn settings_are_stored_under_words_that_stay() {
    let settings: ChannelSettings = serde_json::from_str(
        r#"{"kind":"whatsapp","number":"+1","provider":{"name":"cloud","phone_number_id":"4","business_account_id":null}}"#,
    )
    .unwrap();
    assert_eq!(settings.kind(), ChannelKind::Whatsapp);
    let settings: ChannelSettings =
        serde_json::from_str(r#"{"kind":"live_chat","domains":["a.test"],"standalone":false}"#)
            .unwrap();
    assert_eq!(settings.kind(), ChannelKind::LiveChat);
}

fn french(text: String) -> Localized {
    Localized {
        fr: Some(text),
        en: None,
    }
}

#[tokio::test]
async fn a_number_whose_channel_goes_at_the_end_of_the_month_is_told_as_such_to_its_tenant_alone() {
    let world = World::new().await;
    let queue = world.queue("Support").await;
    let number = "+17862320000";
    let held = world
        .db
        .create_channel(&editor(), cloud(queue.id, number, "42"))
        .await
        .unwrap();
    let queue = queue.id;
    let taken = async |tenant, own: Option<ChannelId>| {
        let draft = cloud(queue, number, "42");
        let editor = Editor::system(tenant);
        let rehearsed = world.db.rehearse(&editor, move |change| {
            async move {
                match own {
                    Some(id) => change.change_channel(id, None, draft).await,
                    None => change.create_channel(draft).await,
                }
            }
            .boxed()
        });
        match rehearsed.await {
            Err(ConfigError::Invalid(violations)) => {
                let mut found = violations.iter();
                let found = found.find(|violation| violation.field == "whatsapp.number");
                found.map(|violation| (violation.code, violation.holder.clone()))
            }
            done => done.map(|_| None).unwrap(),
        }
    };
    let by_ours = Some(("taken", Some("Support".into())));
    assert_eq!(taken(TENANT, None).await, by_ours);
    assert_eq!(taken(TenantId(2), None).await, Some(("taken", None)));
    assert_eq!(taken(TENANT, Some(held.id)).await, None);
    world
        .db
        .retire_channel(&editor(), held.id, None)
        .await
        .unwrap();
    assert_eq!(taken(TENANT, None).await, Some(("pending_deletion", None)));
    assert_eq!(taken(TenantId(2), None).await, Some(("taken", None)));
    let again = cloud(queue, number, "43");
    assert_eq!(
        refusal(world.db.create_channel(&editor(), again).await),
        ("whatsapp.number".to_owned(), "pending_deletion")
    );
}
