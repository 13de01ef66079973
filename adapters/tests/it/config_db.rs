//! What `config.db` promises, through its public face, on real files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ecluse_adapters::storage::config_db::{
    ChannelDraft, ChannelHealth, ChannelSettings, ChannelState, Clock, ConfigDb, ConfigError,
    Editor, EditorKind, LinkPurpose, LiveChatDraft, Page, PersonDraft, PinChange, QueueDraft,
    QueueRecord, SecretChange, SecretName, SecretsDraft, SettingsDraft, Token, WhatsappDraft,
    WhatsappProviderKind,
};
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::ids::{AgentId, ChatbotId, QueueId, TenantId};
use ecluse_engine::message::{ChannelKind, Destination, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

const TENANT: TenantId = TenantId::DEFAULT;
const ALL: Page = Page {
    after: None,
    limit: 1_000,
};
const SECRET: &str = "EAAG-very-secret-token";
const HOUR: Duration = Duration::from_secs(3_600);

struct World {
    dir: tempfile::TempDir,
    now: Arc<AtomicI64>,
    db: ConfigDb,
}

fn clock(now: &Arc<AtomicI64>) -> Clock {
    let now = Arc::clone(now);
    Arc::new(move || Timestamp(now.load(Ordering::Relaxed)))
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(Timestamp::from_secs(1_700_000_000).0));
        let db = ConfigDb::open(dir.path(), None, clock(&now)).await.unwrap();
        Self { dir, now, db }
    }

    fn pass(&self, time: Duration) {
        self.now
            .fetch_add(i64::try_from(time.as_micros()).unwrap(), Ordering::Relaxed);
    }

    async fn queue(&self, name: &str) -> QueueRecord {
        self.db
            .create_queue(&editor(), QueueDraft::new(name, Strategy::Auto))
            .await
            .unwrap()
    }

    async fn person(&self, email: &str, role: Role) -> AgentId {
        let draft = PersonDraft::new("Somebody", email, role);
        self.db
            .create_person(&editor(), draft)
            .await
            .unwrap()
            .person
            .id
    }

    async fn administrator(&self, email: &str) -> AgentId {
        let id = self.person(email, Role::Administrator).await;
        self.db
            .set_password(&editor(), id, "hash".to_owned(), None)
            .await
            .unwrap();
        id
    }
}

fn editor() -> Editor {
    Editor {
        tenant: TENANT,
        kind: EditorKind::Key(Uuid::from_u128(9)),
        name: "tests".to_owned(),
    }
}

fn live_chat(queue: QueueId, domains: &[&str]) -> ChannelDraft {
    ChannelDraft {
        name: None,
        destination: Destination::Queue(queue),
        settings: SettingsDraft::LiveChat(LiveChatDraft {
            domains: domains.iter().map(|&domain| domain.to_owned()).collect(),
            ..LiveChatDraft::default()
        }),
    }
}

fn cloud(queue: QueueId, number: &str, id: &str) -> ChannelDraft {
    ChannelDraft {
        name: Some("Support".to_owned()),
        destination: Destination::Queue(queue),
        settings: SettingsDraft::Whatsapp(WhatsappDraft {
            provider: WhatsappProviderKind::Cloud,
            number: number.to_owned(),
            phone_number_id: Some(id.to_owned()),
            business_account_id: None,
            secrets: SecretsDraft {
                access_token: SecretChange::Set(SECRET.into()),
                ..SecretsDraft::default()
            },
        }),
    }
}

fn whatsapp(draft: &mut ChannelDraft) -> &mut WhatsappDraft {
    match &mut draft.settings {
        SettingsDraft::Whatsapp(whatsapp) => whatsapp,
        SettingsDraft::LiveChat(_) => panic!("a WhatsApp draft"),
    }
}

fn chat(draft: &mut ChannelDraft) -> &mut LiveChatDraft {
    match &mut draft.settings {
        SettingsDraft::LiveChat(chat) => chat,
        SettingsDraft::Whatsapp(_) => panic!("a live chat draft"),
    }
}

/// The refused fields with their codes.
fn refusals<T: std::fmt::Debug>(result: Result<T, ConfigError>) -> Vec<(String, &'static str)> {
    match result {
        Err(ConfigError::Invalid(violations)) => violations
            .into_iter()
            .map(|violation| (violation.field, violation.code))
            .collect(),
        other => panic!("expected refused fields, not {other:?}"),
    }
}

fn refusal<T: std::fmt::Debug>(result: Result<T, ConfigError>) -> (String, &'static str) {
    let mut refusals = refusals(result);
    assert_eq!(refusals.len(), 1, "{refusals:?}");
    refusals.remove(0)
}

fn files_hold(dir: &Path, text: &str) -> bool {
    std::fs::read_dir(dir).unwrap().any(|file| {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    })
}

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
    let channels = db.all_channels().await.unwrap();
    let [(channel, secrets)] = channels.as_slice() else {
        panic!("{channels:?}")
    };
    assert_eq!(*channel, created);
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
    whatsapp(&mut draft).secrets = SecretsDraft {
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
async fn another_or_a_missing_master_key_is_refused_in_clear_words() {
    let world = World::new().await;
    world.db.close().await;
    let open = |key: Option<SecretString>| {
        let clock = clock(&world.now);
        let dir = world.dir.path();
        async move {
            ConfigDb::open(dir, key.as_ref(), clock)
                .await
                .unwrap_err()
                .to_string()
        }
    };
    let zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert!(open(Some(zeros.into())).await.contains("ECLUSE_MASTER_KEY"));
    assert!(open(Some("short".into())).await.contains("32 bytes"));
    std::fs::remove_file(world.dir.path().join("master.key")).unwrap();
    assert!(open(None).await.contains("missing"));
}

#[tokio::test]
async fn every_change_is_published_in_order_with_a_higher_revision() {
    let world = World::new().await;
    let feed = world.db.feed();
    let mut news = feed.subscribe();
    let before = *news.borrow_and_update();
    let queue = world.queue("Support").await;
    assert!(news.has_changed().unwrap());
    assert_eq!(*news.borrow_and_update(), before + 1);
    let agent = world.person("a@example.com", Role::Agent).await;
    let channel = world
        .db
        .create_channel(&editor(), live_chat(queue.id, &["example.com"]))
        .await
        .unwrap();
    let current = feed.current();
    assert_eq!(current.revision, before + 3);
    assert_eq!(channel.revision, current.revision);
    assert_eq!(
        current.channels[&channel.id].destination,
        Destination::Queue(queue.id)
    );
    assert_eq!(current.agents[&agent].role, Role::Agent);
    assert_eq!(current.queues[&queue.id].offer_timeout_secs, 30);
    assert_eq!(*current, world.db.snapshot().await.unwrap());

    let refused = world
        .db
        .create_queue(&editor(), QueueDraft::new("support", Strategy::Auto))
        .await;
    assert_eq!(refusal(refused), ("name".to_owned(), "taken"));
    assert_eq!(
        feed.current().revision,
        before + 3,
        "a refusal changes nothing"
    );

    let many = (0..20).map(|n| {
        let db = world.db.clone();
        tokio::spawn(async move {
            db.create_queue(
                &editor(),
                QueueDraft::new(format!("Queue {n}"), Strategy::Manual),
            )
            .await
        })
    });
    for task in many.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    assert_eq!(feed.current().revision, before + 23);
    assert_eq!(
        feed.current().queues.len(),
        21,
        "the last snapshot published has every queue"
    );
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
            "required",
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
            |draft| chat(draft).greeting = Some("x".repeat(501)),
            "live_chat.greeting",
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
        ("live_chat", "")
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
            |draft| whatsapp(draft).secrets.access_token = SecretChange::Keep,
            "whatsapp.access_token",
            "required",
        ),
        (
            |draft| whatsapp(draft).secrets.access_token = SecretChange::Set(" ".into()),
            "whatsapp.access_token",
            "required",
        ),
        (
            |draft| whatsapp(draft).secrets.api_key = SecretChange::Set("key".into()),
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
    assert!(world.db.feed().current().channels.is_empty());
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
async fn a_change_based_on_an_old_revision_is_refused() {
    let world = World::new().await;
    let queue = world.queue("Support").await;
    let channel = world
        .db
        .create_channel(&editor(), live_chat(queue.id, &["a.test"]))
        .await
        .unwrap();
    let agent = world.person("a@example.com", Role::Agent).await;
    let old = Some(channel.revision - 1);
    let is_stale = |error: ConfigError| matches!(error, ConfigError::Stale { .. });
    let db = &world.db;
    let draft = || live_chat(queue.id, &["b.test"]);
    assert!(is_stale(
        db.change_channel(&editor(), channel.id, old, draft())
            .await
            .unwrap_err()
    ));
    assert!(is_stale(
        db.delete_channel(&editor(), channel.id, old)
            .await
            .unwrap_err()
    ));
    let renamed = || QueueDraft::new("Sales", Strategy::Auto);
    assert!(is_stale(
        db.change_queue(&editor(), queue.id, Some(999), renamed())
            .await
            .unwrap_err()
    ));
    assert!(is_stale(
        db.delete_queue(&editor(), queue.id, Some(999))
            .await
            .unwrap_err()
    ));
    let person = || PersonDraft::new("B", "b@example.com", Role::Agent);
    assert!(is_stale(
        db.change_person(&editor(), agent, Some(999), person())
            .await
            .unwrap_err()
    ));
    assert!(is_stale(
        db.delete_person(&editor(), agent, Some(999))
            .await
            .unwrap_err()
    ));
    let changed = db
        .change_channel(&editor(), channel.id, Some(channel.revision), draft())
        .await
        .unwrap();
    assert!(changed.revision > channel.revision);
}

#[tokio::test]
async fn health_degrades_without_a_revision_and_a_change_heals() {
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
    assert_eq!((now.health, now.revision), (degraded, channel.revision));
    assert_eq!(world.db.feed().current().revision, revision);
    let changed = world
        .db
        .change_channel(&editor(), channel.id, None, live_chat(queue, &["a.test"]))
        .await;
    assert_eq!(changed.unwrap().health, ChannelHealth::Healthy);
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
    whatsapp(&mut draft).secrets = SecretsDraft::default();
    draft.name = Some("Renamed".to_owned());
    world
        .db
        .change_channel(&editor(), channel.id, None, draft.clone())
        .await
        .unwrap();
    let secrets = world.db.channel_secrets(channel.id).await.unwrap();
    assert_eq!(secrets.access_token.unwrap().expose_secret(), SECRET);
    whatsapp(&mut draft).secrets.access_token = SecretChange::Clear;
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

#[tokio::test]
async fn what_is_wrong_with_a_queue_is_named_field_by_field() {
    let world = World::new().await;
    world.queue("Été_1-b c").await;
    type Edit = fn(&mut QueueDraft);
    let rows: [(Edit, &str, &str); 8] = [
        (|draft| draft.name = "  ".to_owned(), "name", "required"),
        (|draft| draft.name = "x".repeat(65), "name", "too_long"),
        (
            |draft| draft.name = "a/b".to_owned(),
            "name",
            "invalid_characters",
        ),
        (|draft| draft.name = "éTÉ_1-B C".to_owned(), "name", "taken"),
        (
            |draft| draft.offer_timeout_secs = 4,
            "offer_timeout_secs",
            "out_of_range",
        ),
        (
            |draft| draft.max_per_agent = 1_001,
            "max_per_agent",
            "out_of_range",
        ),
        (
            |draft| draft.members = vec![AgentId(Uuid::from_u128(1))],
            "members[0]",
            "unknown_agent",
        ),
        (
            |draft| draft.members = vec![AgentId(Uuid::from_u128(1)); 10_001],
            "members",
            "too_many",
        ),
    ];
    for (edit, field, code) in rows {
        let mut draft = QueueDraft::new("Sales", Strategy::Manual);
        edit(&mut draft);
        assert_eq!(
            refusal(world.db.create_queue(&editor(), draft).await),
            (field.to_owned(), code)
        );
    }
}

#[tokio::test]
async fn a_queue_that_channels_point_to_is_not_deleted() {
    let world = World::new().await;
    let queue = world.queue("Support").await;
    let channel = world
        .db
        .create_channel(&editor(), live_chat(queue.id, &["a.test"]))
        .await
        .unwrap();
    match world.db.delete_queue(&editor(), queue.id, None).await {
        Err(ConfigError::QueueInUse { channels }) => {
            assert_eq!(channels.len(), 1);
            assert_eq!(
                (channels[0].id, channels[0].name.as_str()),
                (channel.id, "a.test")
            );
        }
        other => panic!("{other:?}"),
    }
    world
        .db
        .delete_channel(&editor(), channel.id, None)
        .await
        .unwrap();
    world
        .db
        .delete_queue(&editor(), queue.id, None)
        .await
        .unwrap();
    assert!(world.db.queue(TENANT, queue.id).await.unwrap().is_none());
    world.queue("Support").await;
}

#[tokio::test]
async fn a_deleted_person_leaves_queues_sessions_and_numbers() {
    let world = World::new().await;
    let agent = world.person("a@example.com", Role::Agent).await;
    let mut draft = QueueDraft::new("Support", Strategy::Auto);
    draft.members = vec![agent, agent];
    let queue = world.db.create_queue(&editor(), draft).await.unwrap();
    assert_eq!(queue.members, [agent]);
    let session = world
        .db
        .create_session(TENANT, agent)
        .await
        .unwrap()
        .digest();
    assert!(world.db.session(session).await.unwrap().is_some());
    world
        .db
        .delete_person(&editor(), agent, None)
        .await
        .unwrap();
    let after = world.db.queue(TENANT, queue.id).await.unwrap().unwrap();
    assert!(after.members.is_empty() && after.revision > queue.revision);
    assert!(world.db.session(session).await.unwrap().is_none());
    assert!(
        world
            .db
            .credentials_by_email("a@example.com")
            .await
            .unwrap()
            .is_none()
    );
    assert!(world.db.feed().current().agents.is_empty());
    assert_eq!(
        world.db.names(TENANT).await.unwrap().people[&agent],
        "Somebody"
    );
    world.person("a@example.com", Role::Agent).await;
}

#[tokio::test]
async fn numbers_are_four_digits_unique_and_first_free() {
    let world = World::new().await;
    let numbered = |email: &str, number: Option<&str>| {
        let mut draft = PersonDraft::new("Somebody", email, Role::Agent);
        draft.number = number.map(str::to_owned);
        draft
    };
    let db = &world.db;
    let number = async |draft| {
        db.create_person(&editor(), draft)
            .await
            .unwrap()
            .person
            .number
    };
    assert_eq!(number(numbered("a@x.test", None)).await, "0001");
    assert_eq!(number(numbered("b@x.test", Some("0003"))).await, "0003");
    assert_eq!(number(numbered("c@x.test", None)).await, "0002");
    assert_eq!(number(numbered("d@x.test", None)).await, "0004");
    assert_eq!(number(numbered("e@x.test", Some("0000"))).await, "0000");
    assert_eq!(number(numbered("f@x.test", None)).await, "0005");
    match db
        .create_person(&editor(), numbered("g@x.test", Some("0003")))
        .await
    {
        Err(ConfigError::Invalid(violations)) => {
            assert_eq!(
                (violations[0].field.as_str(), violations[0].code),
                ("number", "taken")
            );
            assert!(
                violations[0].message.contains("0006"),
                "the first free number is offered"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_person_is_named_field_by_field() {
    let world = World::new().await;
    world.person("Taken@Example.com", Role::Agent).await;
    type Edit = fn(&mut PersonDraft);
    let rows: [(Edit, &str, &str); 12] = [
        (|draft| draft.name = " ".to_owned(), "name", "required"),
        (|draft| draft.name = "x".repeat(101), "name", "too_long"),
        (|draft| draft.email = String::new(), "email", "required"),
        (
            |draft| draft.email = "nobody".to_owned(),
            "email",
            "invalid_email",
        ),
        (
            |draft| draft.email = "a b@x.test".to_owned(),
            "email",
            "invalid_email",
        ),
        (
            |draft| draft.email = "@x.test".to_owned(),
            "email",
            "invalid_email",
        ),
        (
            |draft| draft.email = "taken@example.COM".to_owned(),
            "email",
            "taken",
        ),
        (
            |draft| draft.number = Some("123".to_owned()),
            "number",
            "invalid_number",
        ),
        (
            |draft| draft.number = Some("12a4".to_owned()),
            "number",
            "invalid_number",
        ),
        (
            |draft| draft.wrap_up_secs = 3_601,
            "wrap_up_secs",
            "out_of_range",
        ),
        (|draft| draft.capacity = 0, "capacity", "out_of_range"),
        (|draft| draft.capacity = 1_001, "capacity", "out_of_range"),
    ];
    for (edit, field, code) in rows {
        let mut draft = PersonDraft::new("B", "b@example.com", Role::Agent);
        edit(&mut draft);
        assert_eq!(
            refusal(world.db.create_person(&editor(), draft).await),
            (field.to_owned(), code)
        );
    }
}

#[tokio::test]
async fn somebody_can_always_administer() {
    let world = World::new().await;
    let first = world.administrator("one@example.com").await;
    world
        .person("only-invited@example.com", Role::Administrator)
        .await;
    let demoted = || PersonDraft::new("One", "one@example.com", Role::Supervisor);
    let db = &world.db;
    let is_last = |error: ConfigError| matches!(error, ConfigError::LastAdministrator);
    assert!(is_last(
        db.delete_person(&editor(), first, None).await.unwrap_err()
    ));
    assert!(is_last(
        db.change_person(&editor(), first, None, demoted())
            .await
            .unwrap_err()
    ));
    let second = world.administrator("two@example.com").await;
    db.change_person(&editor(), first, None, demoted())
        .await
        .unwrap();
    assert!(is_last(
        db.delete_person(&editor(), second, None).await.unwrap_err()
    ));
    db.delete_person(&editor(), first, None).await.unwrap();
}

#[tokio::test]
async fn sessions_end_when_idle_and_when_old() {
    let world = World::new().await;
    let agent = world.person("a@example.com", Role::Agent).await;
    let open = async || {
        world
            .db
            .create_session(TENANT, agent)
            .await
            .unwrap()
            .digest()
    };
    let is_open = async |session| world.db.session(session).await.unwrap().is_some();
    let idle = open().await;
    world.pass(HOUR * 12 - Duration::from_secs(1));
    assert!(is_open(idle).await);
    world.db.touch_session(idle, world.db.now()).await.unwrap();
    world.pass(HOUR * 11);
    assert!(is_open(idle).await, "using it keeps it open");
    world.pass(HOUR);
    assert!(!is_open(idle).await);

    let old = open().await;
    for _ in 0..7 * 24 - 1 {
        world.pass(HOUR);
        world.db.touch_session(old, world.db.now()).await.unwrap();
    }
    assert!(is_open(old).await);
    world.pass(HOUR);
    assert!(
        !is_open(old).await,
        "using it does not keep it open for ever"
    );
}

#[tokio::test]
async fn a_link_works_once_and_not_for_long() {
    let world = World::new().await;
    let db = &world.db;
    let draft = PersonDraft::new("A", "a@example.com", Role::Agent);
    let new = db.create_person(&editor(), draft).await.unwrap();
    let agent = new.person.id;
    let session = db.create_session(TENANT, agent).await.unwrap().digest();
    let invitation = new.invitation.digest();
    assert_eq!(
        db.link(invitation).await.unwrap().unwrap().purpose,
        LinkPurpose::Invitation
    );
    db.use_link(invitation, "hash-1".to_owned()).await.unwrap();
    assert!(
        db.session(session).await.unwrap().is_none(),
        "other sessions end"
    );
    let gone = |result: Result<(), ConfigError>| matches!(result, Err(ConfigError::LinkGone));
    assert!(gone(db.use_link(invitation, "hash-2".to_owned()).await));
    assert!(gone(
        db.use_link(Token::presented("guess").digest(), "hash-2".to_owned())
            .await
    ));

    for (purpose, age_max) in [
        (LinkPurpose::Invitation, HOUR * 24 * 7),
        (LinkPurpose::Reset, HOUR),
    ] {
        let void = db
            .create_link(&editor(), agent, purpose)
            .await
            .unwrap()
            .digest();
        let link = db
            .create_link(&editor(), agent, purpose)
            .await
            .unwrap()
            .digest();
        assert!(
            gone(db.use_link(void, "hash-2".to_owned()).await),
            "a newer link replaces it"
        );
        world.pass(age_max - Duration::from_secs(1));
        assert!(db.link(link).await.unwrap().is_some());
        world.pass(Duration::from_secs(1));
        assert!(gone(db.use_link(link, "hash-2".to_owned()).await));
    }
    let credentials = db
        .credentials_by_email(" A@Example.com ")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(credentials.password_hash.as_deref(), Some("hash-1"));
}

#[tokio::test]
async fn a_pin_is_kept_set_or_cleared() {
    let world = World::new().await;
    let agent = world.person("a@example.com", Role::Agent).await;
    let draft = |pin| PersonDraft {
        pin,
        ..PersonDraft::new("A", "a@example.com", Role::Agent)
    };
    let rows = [
        (PinChange::Keep, false),
        (
            PinChange::Set {
                hash: "pin-hash".to_owned(),
            },
            true,
        ),
        (PinChange::Keep, true),
        (PinChange::Clear, false),
    ];
    for (pin, has_pin) in rows {
        let person = world
            .db
            .change_person(&editor(), agent, None, draft(pin))
            .await
            .unwrap();
        assert_eq!(person.has_pin, has_pin);
        assert_eq!(
            person.number, "0001",
            "the number stays when it is not mentioned"
        );
    }
}

#[tokio::test]
async fn a_key_is_found_by_its_digest_until_it_is_revoked() {
    let world = World::new().await;
    let db = &world.db;
    let refused = db.create_api_key(&editor(), " ", Role::Agent).await;
    assert_eq!(refusal(refused), ("name".to_owned(), "required"));
    let new = db
        .create_api_key(&editor(), "CRM", Role::Supervisor)
        .await
        .unwrap();
    let digest = Token::presented(new.key.expose()).digest();
    assert_eq!(db.api_key(digest).await.unwrap().unwrap(), new.record);
    db.touch_api_key(new.record.id, Timestamp(5)).await.unwrap();
    assert_eq!(
        db.api_keys(TENANT, ALL).await.unwrap()[0].last_used_at,
        Some(Timestamp(5))
    );
    let generation = db.sign_in_generation();
    db.delete_api_key(&editor(), new.record.id).await.unwrap();
    assert!(
        db.sign_in_generation() > generation,
        "whoever remembers keys forgets them"
    );
    assert!(db.api_key(digest).await.unwrap().is_none());
    assert!(matches!(
        db.delete_api_key(&editor(), new.record.id).await,
        Err(ConfigError::NotFound)
    ));
    assert!(!files_hold(world.dir.path(), new.key.expose()));
}

#[tokio::test]
async fn every_change_leaves_who_when_what_before_and_after() {
    let world = World::new().await;
    let queue = world.queue("Support").await;
    world.pass(HOUR);
    let draft = QueueDraft::new("Sales", Strategy::Manual);
    world
        .db
        .change_queue(&editor(), queue.id, None, draft)
        .await
        .unwrap();
    world
        .db
        .delete_queue(&editor(), queue.id, None)
        .await
        .unwrap();
    let audit = world.db.audit(TENANT, None, 10).await.unwrap();
    let actions: Vec<&str> = audit.iter().map(|record| record.action.as_str()).collect();
    assert_eq!(actions, ["deleted", "changed", "created"]);
    let change = &audit[1];
    assert_eq!(change.at, world.db.now());
    assert_eq!(
        (change.editor, change.editor_name.as_str()),
        (editor().kind, "tests")
    );
    assert_eq!(
        (change.resource.as_str(), change.resource_id),
        ("queue", queue.id.0)
    );
    assert_eq!(change.before.as_ref().unwrap()["name"], "Support");
    assert_eq!(change.after.as_ref().unwrap()["name"], "Sales");
    assert!(audit[0].after.is_none() && audit[2].before.is_none());
    let older = world
        .db
        .audit(TENANT, Some(change.position), 10)
        .await
        .unwrap();
    assert_eq!(older.len(), 1);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_a_whole_change() {
    let world = World::new().await;
    let feed = world.db.feed();
    let revision = feed.current().revision;
    let draft = QueueDraft::new("Support", Strategy::Auto);
    let me = editor();
    let mut creation = Box::pin(world.db.create_queue(&me, draft));
    let started =
        std::future::poll_fn(|cx| std::task::Poll::Ready(creation.as_mut().poll(cx).is_pending()));
    assert!(started.await);
    drop(creation);
    let mut news = feed.subscribe();
    news.wait_for(|now| *now > revision).await.unwrap();
    assert_eq!(world.db.queues(TENANT, ALL).await.unwrap().len(), 1);
}

#[tokio::test]
async fn pages_follow_each_other() {
    let world = World::new().await;
    let mut created = Vec::new();
    for n in 0..5 {
        world.pass(Duration::from_millis(1));
        created.push(world.queue(&format!("Queue {n}")).await.id);
    }
    let mut seen: Vec<QueueId> = Vec::new();
    loop {
        let page = Page {
            after: seen.last().map(|id| id.0),
            limit: 2,
        };
        let items = world.db.queues(TENANT, page).await.unwrap();
        if items.is_empty() {
            break;
        }
        seen.extend(items.into_iter().map(|queue| queue.id));
    }
    assert_eq!(seen, created);
}

#[tokio::test]
async fn nothing_of_one_tenant_is_reachable_from_another() {
    let world = World::new().await;
    let queue = world.queue("Support").await;
    let other = TenantId(2);
    assert!(world.db.queue(other, queue.id).await.unwrap().is_none());
    assert!(world.db.queues(other, ALL).await.unwrap().is_empty());
    assert!(world.db.audit(other, None, 10).await.unwrap().is_empty());
    let stranger = Editor {
        tenant: other,
        ..editor()
    };
    let draft = QueueDraft::new("Mine", Strategy::Auto);
    let result = world
        .db
        .change_queue(&stranger, queue.id, None, draft)
        .await;
    assert!(matches!(result, Err(ConfigError::NotFound)));
}

#[tokio::test]
async fn the_first_administrator_is_added_once() {
    let world = World::new().await;
    assert!(!world.db.has_people().await.unwrap());
    let first = world
        .db
        .create_first_administrator(TENANT, "hash".to_owned())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (first.email.as_str(), first.number.as_str()),
        ("admin", "0000")
    );
    assert!(world.db.has_people().await.unwrap());
    assert!(
        world
            .db
            .create_first_administrator(TENANT, "other".to_owned())
            .await
            .unwrap()
            .is_none()
    );
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
