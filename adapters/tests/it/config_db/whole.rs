//! What holds for every change.

use super::world::{ALL, HOUR, TENANT, World, clock, editor, live_chat, refusal};
use ecluse_adapters::storage::config_db::{ConfigDb, ConfigError, Editor, PersonDraft, QueueDraft};
use ecluse_engine::configuration::{Role, Strategy};
use ecluse_engine::ids::TenantId;
use ecluse_engine::message::Destination;
use secrecy::SecretString;

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
