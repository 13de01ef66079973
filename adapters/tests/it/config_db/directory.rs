//! The directory follows the configuration, channel by channel.

use std::sync::Arc;

use ecluse_adapters::directory::{Directory, ProviderSettings};
use ecluse_adapters::http::{ClientOptions, client};

use super::world::{TENANT, World, cloud, editor, live_chat};

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

fn directory() -> Directory {
    let settings = ProviderSettings {
        meta_app_secret: Some("app secret".into()),
        meta_verify_token: Some("verify token".into()),
        ..ProviderSettings::default()
    };
    Directory::new(settings, client(&ClientOptions::default()).unwrap())
}

#[tokio::test]
async fn a_secret_that_does_not_open_takes_no_other_channel_with_it() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let mut ids = Vec::new();
    for (number, id) in [("+17862320000", "42"), ("+17862320001", "43")] {
        let draft = cloud(queue, number, id);
        let created = world.db.create_channel(&editor(), draft).await;
        ids.push(created.unwrap().id);
    }
    let file = rusqlite::Connection::open(world.dir.path().join("config.db")).unwrap();
    file.execute(
        "UPDATE channel_secrets SET sealed = zeroblob(64) WHERE channel = ?1",
        [ids[0].as_bytes()],
    )
    .unwrap();
    let directory = directory();
    assert_eq!(directory.refresh(&world.db).await.unwrap().len(), 2);
    let reason = directory.unusable(ids[0]).unwrap();
    assert!(reason.contains("master key"), "{reason}");
    assert_eq!(directory.unusable(ids[1]), None);

    let again = cloud(queue, "+17862320000", "42");
    let (db, editor) = (&world.db, editor());
    let changed = db.change_channel(&editor, ids[0], None, again).await;
    changed.unwrap();
    assert_eq!(directory.refresh(&world.db).await.unwrap().len(), 1);
    assert_eq!(directory.unusable(ids[0]), None, "it was given again");
}

#[tokio::test]
async fn what_cannot_be_read_now_is_read_again() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let draft = live_chat(queue, &["one.example"]);
    let id = world.db.create_channel(&editor(), draft).await.unwrap().id;
    let file = rusqlite::Connection::open(world.dir.path().join("config.db")).unwrap();
    let rename = |from: &str, to: &str| {
        file.execute_batch(&format!("ALTER TABLE {from} RENAME TO {to}"))
            .unwrap();
    };
    let directory = directory();
    rename("channels", "elsewhere");
    assert!(directory.refresh(&world.db).await.is_err());
    let (behind, db) = (directory.clone(), world.db.clone());
    let caught_up = tokio::spawn(async move { behind.catch_up(&db).await });
    rename("elsewhere", "channels");
    assert_eq!(caught_up.await.unwrap(), [(TENANT, id)]);
    assert!(directory.current().channel(id).is_some());

    rename("channels", "elsewhere");
    world.db.close().await;
    assert_eq!(directory.catch_up(&world.db).await, [], "it is over");
}
