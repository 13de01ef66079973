//! How offers end in the read model, and what a router is told of after a restart.

use ecluse_engine::ids::{ConversationId, Key, OfferId, TenantId};
use ecluse_engine::message::{Actor, Entry, Fact, OfferEnd};
use ecluse_engine::sim::sample;
use ecluse_engine::store::Store as _;
use rusqlite::Connection;
use smallvec::smallvec;
use uuid::Uuid;

use crate::node::Node;

fn offer(number: u128) -> OfferId {
    OfferId(Uuid::from_u128(number))
}

fn conversation(number: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(0x1_0000 + number))
}

fn entry(key: Key, fact: Fact) -> Entry {
    Entry {
        key,
        at: sample::START,
        first_seq: 1,
        facts: smallvec![fact],
    }
}

fn of_the_router(fact: Fact) -> Entry {
    let tenant = TenantId::DEFAULT;
    entry(Key::Router { tenant }, fact)
}

fn made(number: u128) -> Entry {
    of_the_router(Fact::OfferMade {
        offer: offer(number),
        conversation: conversation(number),
        queue: sample::queue_id(1),
        agent: sample::agent_id(1),
        expires: sample::START,
    })
}

fn ended(number: u128, end: OfferEnd) -> Entry {
    of_the_router(Fact::OfferEnded {
        offer: offer(number),
        conversation: conversation(number),
        queue: sample::queue_id(1),
        agent: sample::agent_id(1),
        end,
    })
}

fn accepted(number: u128) -> Entry {
    let key = Key::Conversation(sample::key(1, &format!("contact {number}")));
    entry(
        key,
        Fact::Assigned {
            conversation: conversation(number),
            queue: Some(sample::queue_id(1)),
            agent: sample::agent_id(1),
            by: Actor::Agent(sample::agent_id(1)),
            offer: Some(offer(number)),
            over_capacity: false,
        },
    )
}

fn end_of(node: &Node, number: u128) -> Option<String> {
    let connection = Connection::open(node.directory.join("store.db")).unwrap();
    let sql = "SELECT end FROM offers WHERE id = ?1 AND (end IS NULL) = (ended_at IS NULL)";
    connection
        .query_row(sql, [offer(number).as_bytes()], |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn an_accepted_offer_has_an_end_and_is_lost_by_no_restart() {
    let place = tempfile::tempdir().unwrap();
    let node = Node::open(place.path()).unwrap();
    let stories = [
        (vec![made(1)], None),
        (vec![made(2), accepted(2)], Some(r#""accepted""#)),
        (
            vec![made(3), ended(3, OfferEnd::Refused)],
            Some(r#""refused""#),
        ),
        // Whatever is said of it before or after, it was accepted.
        (
            vec![made(4), accepted(4), ended(4, OfferEnd::Withdrawn)],
            Some(r#""accepted""#),
        ),
        (
            vec![made(5), ended(5, OfferEnd::Withdrawn), accepted(5)],
            Some(r#""accepted""#),
        ),
    ];
    for (entries, _) in &stories {
        entries.iter().for_each(|entry| node.append(entry.clone()));
    }
    node.projected().await;
    node.stop();

    let node = Node::open(place.path()).unwrap();
    for (number, (_, expected)) in (1..).zip(&stories) {
        assert_eq!(end_of(&node, number).as_deref(), *expected, "{number}");
    }
    let snapshot = node.reads.routing(TenantId::DEFAULT).await.unwrap();
    let lost: Vec<OfferId> = snapshot.lost_offers.iter().map(|lost| lost.offer).collect();
    assert_eq!(lost, [offer(1)]);
    node.stop();
}
