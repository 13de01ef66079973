//! WhatsApp channels that go at the end of their month: at the deadline, once, whatever happens to the process meanwhile.

use std::time::Duration;

use ecluse_adapters::storage::config_db::{AuditFilter, ChannelState, ConfigDb};
use ecluse_engine::ids::ChannelId;
use ecluse_engine::message::Timestamp;

use super::world::{TENANT, World, clock, cloud, editor};

/// The end of November 2023 in UTC, where the world's clock begins in the middle of that month.
const DEADLINE: Timestamp = Timestamp::from_secs(1_701_388_800);

/// How often the channel was deleted.
async fn deletions(db: &ConfigDb, id: ChannelId) -> usize {
    let filter = AuditFilter {
        resource_id: Some(id.0),
        action: Some("deleted".to_owned()),
        ..AuditFilter::default()
    };
    db.audit_page(TENANT, &filter, 10).await.unwrap().len()
}

#[tokio::test]
async fn a_channel_goes_at_its_deadline_once_however_often_the_process_restarts() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let mut ids = Vec::new();
    for (number, id) in [("+17862320000", "42"), ("+17862320001", "43")] {
        let draft = cloud(queue, number, id);
        let made = world.db.create_channel(&editor(), draft).await.unwrap();
        let retired = world.db.retire_channel(&editor(), made.id, None).await;
        let until = retired.unwrap().unwrap().pending_deletion_until;
        assert_eq!(until, Some(DEADLINE));
        ids.push(made.id);
    }
    let (gone, kept) = (ids[0], ids[1]);
    let state = async |db: &ConfigDb, id| db.channel(TENANT, id).await.unwrap().unwrap().state;
    let reactivated = world.db.reactivate_channel(&editor(), kept, None).await;
    assert_eq!(reactivated.unwrap().pending_deletion_until, None);

    let left = DEADLINE.since(world.db.now());
    world.pass(left - Duration::from_micros(1));
    let next = world.db.delete_due_channels().await.unwrap();
    assert_eq!(next, Some(DEADLINE));
    assert_eq!(
        state(&world.db, gone).await,
        ChannelState::Active,
        "it works until then"
    );

    world.db.close().await;
    world.pass(Duration::from_micros(1));
    for start in 0..3 {
        let db = ConfigDb::open(world.dir.path(), None, clock(&world.now));
        let db = db.await.unwrap();
        for _ in 0..2 {
            assert_eq!(
                db.delete_due_channels().await.unwrap(),
                None,
                "start {start}"
            );
        }
        assert_eq!(state(&db, gone).await, ChannelState::Deleted);
        assert_eq!(state(&db, kept).await, ChannelState::Active);
        assert_eq!(deletions(&db, gone).await, 1, "start {start}");
        let secrets = db.channel_secrets(gone).await.unwrap();
        assert!(secrets.access_token.is_none());
        db.close().await;
    }
}
