//! A store of an older format goes on as if it had always been of this one.

use ecluse_adapters::storage::backup::{Scope, inspect};
use ecluse_adapters::storage::read_model::conversations::ConversationFilter;
use ecluse_engine::ids::TenantId;
use rusqlite::Connection;

use crate::node::{Customers, Node};

/// What the formats after the third changed, taken back.
const AS_FORMAT_3: &str = "CREATE INDEX conversations_contact ON conversations (contact, id); \
     ALTER TABLE addresses DROP COLUMN unreachable_at; \
     ALTER TABLE addresses DROP COLUMN unreachable; \
     ALTER TABLE conversations DROP COLUMN auto_replied; \
     ALTER TABLE conversations DROP COLUMN automatic; \
     ALTER TABLE conversations DROP COLUMN after_silence; \
     ALTER TABLE conversations DROP COLUMN offline; \
     ALTER TABLE conversations DROP COLUMN outside_hours; \
     ALTER TABLE conversations DROP COLUMN preferred; \
     ALTER TABLE conversations DROP COLUMN chatbot; \
     ALTER TABLE addresses DROP COLUMN language; \
     DROP TABLE bot_turns; \
     DROP TABLE known_agents; \
     DROP INDEX conversations_closed; \
     DROP TABLE erased_ids; \
     ALTER TABLE keys DROP COLUMN erased_up_to; \
     ALTER TABLE keys DROP COLUMN erased_rows; \
     ALTER TABLE checkpoint DROP COLUMN erased; \
     ALTER TABLE checkpoint DROP COLUMN scrubbed; \
     PRAGMA user_version = 3";

#[tokio::test]
async fn a_store_of_the_third_format_keeps_all_and_takes_more() {
    let directory = tempfile::tempdir().unwrap();
    let mut customers = Customers::new(5);
    let node = Node::open(directory.path()).unwrap();
    (0..200).for_each(|_| node.append(customers.write()));
    node.projected().await;
    node.stop();
    Connection::open(directory.path().join("store.db"))
        .unwrap()
        .execute_batch(AS_FORMAT_3)
        .unwrap();

    let node = Node::open(directory.path()).unwrap();
    for (key, state) in &customers.states {
        assert_eq!(&node.state(key).await, state, "{key:?}");
    }
    (0..200).for_each(|_| node.append(customers.write()));
    node.projected().await;
    for (key, state) in &customers.states {
        assert_eq!(&node.state(key).await, state, "{key:?}");
    }
    let tenant = TenantId::DEFAULT;
    let contacts = node.reads.contacts(tenant, None, None, 10).await.unwrap();
    assert_eq!(contacts.len(), customers.states.len());
    for contact in contacts {
        let filter = ConversationFilter {
            contact: Some(contact.id),
            limit: 10,
            ..ConversationFilter::default()
        };
        let found = node.reads.conversations(tenant, filter).await.unwrap();
        let addresses: Vec<_> = found.iter().map(|row| row.key.address.0.as_str()).collect();
        assert_eq!(addresses, [contact.identities[0].address.as_str()]);
    }
    node.stop();
    let findings = inspect(directory.path(), Scope::Pages).findings;
    assert!(
        findings
            .iter()
            .all(|finding| finding.to_string().contains("config.db")),
        "{findings:?}"
    );
}

#[tokio::test]
async fn a_store_of_the_seventh_format_keeps_who_customers_were_with() {
    let directory = tempfile::tempdir().unwrap();
    Node::open(directory.path()).unwrap().stop();
    let store = Connection::open(directory.path().join("store.db")).unwrap();
    store
        .execute_batch(
            "ALTER TABLE known_agents ADD COLUMN queue BLOB; \
             INSERT INTO known_agents (key, tenant, agent, at, queue) VALUES (x'01', 1, x'02', 3, x'04'); \
             PRAGMA user_version = 7",
        )
        .unwrap();
    drop(store);
    Node::open(directory.path()).unwrap().stop();
    let store = Connection::open(directory.path().join("store.db")).unwrap();
    let kept = store.query_row("SELECT * FROM known_agents", [], |row| {
        assert_eq!(
            row.as_ref().column_names(),
            ["key", "tenant", "agent", "at"]
        );
        row.get::<_, i64>(3)
    });
    assert_eq!(kept, Ok(3));
}
