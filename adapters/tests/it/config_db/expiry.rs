//! What is kept for a while only leaves the file when it is over, without anybody asking.

use std::time::Duration;

use ecluse_adapters::storage::config_db::{
    BanDraft, IdempotencyKey, NewSignOn, SignOnKind, SignOnProgress, Token,
};
use ecluse_engine::message::ChannelKind;
use uuid::Uuid;

use super::world::{HOUR, TENANT, World, editor};

fn sealed_rows(world: &World) -> i64 {
    let file = rusqlite::Connection::open(world.dir.path().join("config.db")).unwrap();
    let count = "SELECT (SELECT COUNT(*) FROM sign_ons) + (SELECT COUNT(*) FROM idempotency)";
    file.query_row(count, [], |row| row.get(0)).unwrap()
}

#[tokio::test]
async fn sign_ons_and_remembered_answers_are_forgotten_when_they_are_over() {
    let world = World::new().await;
    assert_eq!(world.db.forget_what_is_over().await.unwrap(), None);
    let new = NewSignOn {
        tenant: TENANT,
        kind: SignOnKind::Facebook,
        state: Token::draw().digest(),
        progress: SignOnProgress::default(),
    };
    let sign_on = world.db.begin_sign_on(new).await.unwrap();
    let key = IdempotencyKey {
        caller: Uuid::from_u128(9),
        key: "again".to_owned(),
        request: [7; 32],
    };
    let answer = b"shown once".to_vec();
    let kept = world
        .db
        .remember_answer(TENANT, key.clone(), answer.clone());
    assert_eq!(kept.await.unwrap(), answer);
    let another = world.db.remember_answer(TENANT, key, b"later".to_vec());
    assert_eq!(another.await.unwrap(), answer, "the first answer stays");

    let next = world.db.forget_what_is_over().await.unwrap();
    assert_eq!((next, sealed_rows(&world)), (Some(sign_on.expires_at), 2));
    world.pass(Duration::from_secs(16 * 60));
    assert!(world.db.forget_what_is_over().await.unwrap().is_some());
    assert_eq!(sealed_rows(&world), 1);
    world.pass(HOUR * 25);
    assert_eq!(world.db.forget_what_is_over().await.unwrap(), None);
    assert_eq!(sealed_rows(&world), 0);
}

fn bans(world: &World) -> (i64, usize) {
    let file = rusqlite::Connection::open(world.dir.path().join("config.db")).unwrap();
    let rows = file.query_row("SELECT COUNT(*) FROM bans", [], |row| row.get(0));
    (rows.unwrap(), world.db.feed().current().bans.len())
}

#[tokio::test]
async fn a_ban_that_is_over_leaves_the_snapshot_and_a_day_later_the_file() {
    let world = World::new().await;
    let until = world.db.now().plus(HOUR);
    for (address, until) in [
        ("an-hour-0000000000000A", Some(until)),
        ("for-ever0000000000000A", None),
    ] {
        let draft = BanDraft {
            kind: ChannelKind::LiveChat,
            address: address.to_owned(),
            reason: "insults".to_owned(),
            until,
        };
        world.db.add_ban(&editor(), draft).await.unwrap();
    }
    let next = world.db.forget_what_is_over().await.unwrap();
    assert_eq!((next, bans(&world)), (Some(until), (2, 2)));

    world.pass(HOUR);
    world.db.forget_what_is_over().await.unwrap();
    assert_eq!(bans(&world), (2, 1));
    let known = world.db.feed().current();
    assert_eq!(*known, world.db.snapshot().await.unwrap());
    world.db.forget_what_is_over().await.unwrap();
    assert_eq!(world.db.feed().current().revision, known.revision, "once");

    world.pass(HOUR * 24);
    assert_eq!(world.db.forget_what_is_over().await.unwrap(), None);
    assert_eq!(bans(&world), (1, 1));
}
