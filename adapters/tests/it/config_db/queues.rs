//! Queues: names, members and who needs them.

use super::world::{TENANT, World, editor, live_chat, refusal};
use ecluse_adapters::storage::config_db::{ConfigError, Page, QueueDraft, Resource};
use ecluse_engine::configuration::Strategy;
use ecluse_engine::ids::{AgentId, QueueId};
use std::time::Duration;
use uuid::Uuid;

#[tokio::test]
async fn what_is_wrong_with_a_queue_is_named_field_by_field() {
    let world = World::new().await;
    world.queue("Été_1-b c").await;
    type Edit = fn(&mut QueueDraft);
    let rows: [(Edit, &str, &str); 9] = [
        (|draft| draft.name = "  ".to_owned(), "name", "required"),
        (|draft| draft.name = "x".repeat(65), "name", "too_long"),
        (
            |draft| draft.name = "a/b".to_owned(),
            "name",
            "invalid_characters",
        ),
        (|draft| draft.name = "éTÉ_1-B C".to_owned(), "name", "taken"),
        (
            |draft| draft.name = "E\u{301}te\u{301}_1-b \u{a0} c".to_owned(),
            "name",
            "taken",
        ),
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
async fn a_queues_name_is_kept_composed_and_with_single_spaces() {
    let world = World::new().await;
    let queue = world.queue("  E\u{301}quipe \t de\u{a0}nuit ").await;
    assert_eq!(queue.name, "Équipe de nuit");
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
        Err(ConfigError::InUse { what, by }) => {
            assert_eq!((what, by.len()), (Resource::Queue, 1));
            assert_eq!(
                (by[0].kind, by[0].id, by[0].name.as_str()),
                (Resource::Channel, channel.id.0, "a.test")
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
