//! The directory follows the configuration, channel by channel.

use std::sync::Arc;

use ecluse_adapters::directory::{Directory, ProviderSettings};
use ecluse_adapters::http::{ClientOptions, client};

use super::world::{TENANT, World, editor, live_chat};

#[tokio::test]
async fn an_edit_builds_that_channel_anew_and_touches_no_other() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let mut ids = Vec::new();
    for domain in ["one.example", "two.example"] {
        let draft = live_chat(queue, &[domain]);
        ids.push(world.db.create_channel(&editor(), draft).await.unwrap().id);
    }
    // As the database lists them.
    ids.sort_unstable();
    let client = client(&ClientOptions::default()).unwrap();
    let directory = Directory::new(ProviderSettings::default(), client);
    let built = async || {
        let built = directory.refresh(&world.db).await.unwrap();
        let ids = built.into_iter().map(|(tenant, id)| {
            assert_eq!(tenant, TENANT);
            id
        });
        ids.collect::<Vec<_>>()
    };
    assert_eq!(built().await, ids);
    let before = directory.current();

    let draft = live_chat(queue, &["three.example"]);
    let changed = world
        .db
        .change_channel(&editor(), ids[1], None, draft)
        .await;
    changed.unwrap();
    world.queue("Sales").await;
    assert_eq!(built().await, ids[1..]);
    let after = directory.current();
    let is_same = |id| Arc::ptr_eq(before.channel(id).unwrap(), after.channel(id).unwrap());
    assert_eq!(
        ids.iter().map(|id| is_same(*id)).collect::<Vec<_>>(),
        [true, false]
    );

    world
        .db
        .delete_channel(&editor(), ids[1], None)
        .await
        .unwrap();
    assert_eq!(built().await, []);
    let left = directory.current();
    assert!(left.channel(ids[1]).is_none() && left.channel(ids[0]).is_some());
}
