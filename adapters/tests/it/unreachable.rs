//! What a provider's word about a message says of the address that it went to.

use ecluse_engine::ids::{ConversationId, ConversationKey, Key, TenantId};
use ecluse_engine::message::{Entry, Fact, ProviderError, SendOutcome, Status};
use ecluse_engine::sim::sample;
use smallvec::smallvec;

use crate::node::{Customers, Node};

fn error(code: i64) -> ProviderError {
    ProviderError {
        code,
        title: "Message undeliverable".to_owned(),
        detail: None,
    }
}

fn rose(status: Status, code: Option<i64>) -> Fact {
    Fact::StatusRose {
        conversation: ConversationId(uuid::Uuid::nil()),
        message: 1,
        status,
        at: sample::START,
        error: code.map(error),
    }
}

fn rejected(code: i64) -> Fact {
    Fact::SendEnded {
        conversation: ConversationId(uuid::Uuid::nil()),
        message: 1,
        attempt: 1,
        outcome: SendOutcome::Rejected(error(code)),
        fingerprint: None,
    }
}

async fn is_marked(node: &Node) -> bool {
    node.projected().await;
    let contacts = node.reads.contacts(TenantId::DEFAULT, None, None, 2);
    let contacts = contacts.await.unwrap();
    let unreachable = contacts[0].identities[0].unreachable.as_ref();
    assert!(unreachable.is_none_or(|it| it.error == error(131_026)));
    unreachable.is_some()
}

#[tokio::test]
async fn an_address_is_marked_by_that_error_alone_and_free_again_by_what_arrives() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path()).unwrap();
    let mut customers = Customers::new(1);
    node.append(customers.write());
    let key: ConversationKey = customers.states.keys().next().unwrap().clone();
    let next_seq = customers.states[&key].next_seq;
    let rows = [
        (rejected(131_047), false),
        (rose(Status::Failed, Some(131_053)), false),
        (rose(Status::Failed, None), false),
        (rejected(131_026), true),
        (rose(Status::Sent, None), true),
        (rose(Status::Delivered, None), false),
        (rose(Status::Failed, Some(131_026)), true),
        (rose(Status::Read, None), false),
    ];
    for (first_seq, (fact, marked)) in (next_seq..).zip(rows) {
        let said = format!("{fact:?}");
        node.append(Entry {
            key: Key::Conversation(key.clone()),
            at: sample::START.plus(std::time::Duration::from_secs(3_600)),
            first_seq,
            facts: smallvec![fact],
        });
        assert_eq!(is_marked(&node).await, marked, "{said}");
    }
    node.stop();
}
