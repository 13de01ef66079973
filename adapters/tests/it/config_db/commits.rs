//! Many changes at once: each stands alone, and those that arrive together share a commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::world::{EDITOR, World, editor, live_chat, refusal};
use ecluse_adapters::storage::config_db::{ConfigError, QueueDraft};
use ecluse_engine::configuration::Strategy;
use futures_util::FutureExt as _;

#[tokio::test]
async fn a_refused_change_takes_nothing_of_another_one_with_it() {
    let world = World::new().await;
    let queue = world.queue("Support").await.id;
    let before = world.db.feed().current().revision;
    let tasks = (0..60).map(|n| {
        let db = world.db.clone();
        // Every third wants the same domain: one of them gets it.
        let domain = match n % 3 {
            0 => "same.test".to_owned(),
            _ => format!("d{n}.test"),
        };
        tokio::spawn(async move {
            db.create_channel(&editor(), live_chat(queue, &[&domain]))
                .await
        })
    });
    let (mut made, mut refused) = (0, 0);
    for task in tasks.collect::<Vec<_>>() {
        match task.await.unwrap() {
            Ok(_) => made += 1,
            other => {
                assert_eq!(refusal(other), ("live_chat.domains[0]".to_owned(), "taken"));
                refused += 1;
            }
        }
    }
    assert_eq!((made, refused), (41, 19));
    let known = world.db.feed().current();
    assert_eq!(known.channels.len(), 41);
    assert_eq!(known.revision, before + 41);
    assert_eq!(
        *known,
        world.db.snapshot().await.unwrap(),
        "the last one published has them all"
    );
}

#[tokio::test]
async fn a_change_does_not_wait_for_the_end_of_those_that_are_taken_back() {
    const ROUNDS: usize = 500;
    let world = World::new().await;
    let taken_back = Arc::new(AtomicUsize::new(0));
    // Together they see to it that somebody always waits for the turn to write.
    let others = (0..4).map(|_| {
        let (db, taken_back) = (world.db.clone(), Arc::clone(&taken_back));
        tokio::spawn(async move {
            while taken_back.fetch_add(1, Ordering::Relaxed) < ROUNDS {
                let rehearsed = db.rehearse(&EDITOR, |change| {
                    change
                        .create_queue(QueueDraft::new("Rehearsed", Strategy::Auto))
                        .boxed()
                });
                rehearsed.await.unwrap();
            }
        })
    });
    let others: Vec<_> = others.collect();
    world.queue("Support").await;
    let before = taken_back.swap(ROUNDS, Ordering::Relaxed);
    assert!(before < ROUNDS, "it was made before they had ended");
    for other in others {
        other.await.unwrap();
    }
}

#[tokio::test]
async fn a_rehearsal_tells_what_would_be_and_leaves_nothing() {
    let world = World::new().await;
    let before = world.db.feed().current();
    let rehearsed = world.db.rehearse(&EDITOR, |change| {
        change
            .create_queue(QueueDraft::new("Support", Strategy::Auto))
            .boxed()
    });
    assert_eq!(rehearsed.await.unwrap().name, "Support");
    assert_eq!(
        world.db.snapshot().await.unwrap().queues,
        std::collections::BTreeMap::new()
    );
    assert_eq!(world.db.feed().current().revision, before.revision);
}

#[tokio::test]
async fn a_change_that_fails_halfway_is_taken_back_whole() {
    let world = World::new().await;
    let failed = world.db.change(&EDITOR, |change| {
        async move {
            change
                .create_queue(QueueDraft::new("Support", Strategy::Auto))
                .await?;
            change
                .create_queue(QueueDraft::new("support", Strategy::Auto))
                .await
        }
        .boxed()
    });
    assert_eq!(refusal(failed.await), ("name".to_owned(), "taken"));
    assert!(world.db.feed().current().queues.is_empty());
    world.queue("Support").await;
}

#[tokio::test]
async fn a_change_that_panics_harms_nobody_else() {
    let world = World::new().await;
    let db = world.db.clone();
    let panicked = tokio::spawn(async move {
        let work = db.change::<(), ConfigError>(&EDITOR, |change| {
            async move {
                change
                    .create_queue(QueueDraft::new("Lost", Strategy::Auto))
                    .await?;
                panic!("on purpose")
            }
            .boxed()
        });
        work.await
    });
    assert!(panicked.await.is_err());
    world.queue("Support").await;
    let names: Vec<String> = world
        .db
        .feed()
        .current()
        .queues
        .values()
        .map(|queue| queue.name.clone())
        .collect();
    assert_eq!(names, ["Support"]);
    assert!(!matches!(
        world.db.snapshot().await,
        Err(ConfigError::Storage(_))
    ));
}
