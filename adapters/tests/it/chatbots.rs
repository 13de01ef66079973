//! What the read model keeps of chatbots, forms and returning customers, and what an engine wakes with.

use std::path::Path;
use std::sync::Arc;

use ecluse_adapters::storage::read_model::conversations::{TimelineEntry, TimelineRange};
use ecluse_engine::configuration::{Channel, Snapshot};
use ecluse_engine::conversation::{Command, Configured, FilledForm, Introduction, State};
use ecluse_engine::ids::{ConversationKey, Key, TenantId};
use ecluse_engine::message::{
    Actor, BotEnd, CloseReason, Destination, Entry, Fact, Fingerprint, Inbound, TimerKind,
    Timestamp,
};
use ecluse_engine::runtime::Decision;
use ecluse_engine::sim::sample::{self, DAY};
use ecluse_engine::store::{OpenBot, Store as _};
use rusqlite::Connection;
use smallvec::smallvec;

use crate::node::Node;

/// A customer of a channel with a chatbot.
struct Customer {
    key: ConversationKey,
    channel: Channel,
    config: Snapshot,
    state: State,
    now: Timestamp,
}

impl Customer {
    fn new() -> Self {
        let channel = Channel {
            destination: Destination::Chatbot(sample::chatbot_id(1)),
            ..sample::channel(1, sample::rules())
        };
        Self {
            key: sample::key(1, "a customer"),
            config: sample::centre([channel.clone()]),
            channel,
            state: State::default(),
            now: sample::START,
        }
    }

    fn does(&mut self, node: &Node, command: &Command) {
        let configured = Configured {
            channel: &self.channel,
            snapshot: Some(&self.config),
            is_banned: false,
        };
        match self.state.step(&self.key, configured, command, self.now) {
            Decision::Record(entry, _) => node.append(entry),
            other => panic!("{command:?}: {other:?}"),
        }
    }

    fn says(&mut self, node: &Node, id: &str, body: &str) {
        let message = Inbound {
            sent_at: self.now,
            ..sample::text(id, body)
        };
        self.does(
            node,
            &Command::Receive {
                message: Arc::new(message),
                fingerprint: sample::FINGERPRINTER.of(self.channel.id, id),
            },
        );
    }

    fn leaves(&mut self, node: &Node, id: &str) {
        let message = Inbound {
            sent_at: self.now,
            offline: true,
            ..sample::text(id, "Rappelez-moi")
        };
        self.does(
            node,
            &Command::Receive {
                message: Arc::new(message),
                fingerprint: sample::FINGERPRINTER.of(self.channel.id, id),
            },
        );
    }

    fn begins(&mut self, node: &Node) {
        self.says(node, "a", "Bonjour");
        let conversation = self.state.episode.as_ref().unwrap().id;
        let chatbot = sample::chatbot_id(1);
        self.does(
            node,
            &Command::StartBot {
                conversation,
                chatbot,
            },
        );
    }
}

async fn restarted(node: Node, directory: &Path) -> Node {
    node.projected().await;
    node.stop();
    Node::open(directory).unwrap()
}

#[tokio::test]
async fn a_menu_goes_on_after_a_restart_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path()).unwrap();
    let mut customer = Customer::new();
    customer.says(&node, "0", "Bonjour");
    node.projected().await;
    let bot = |running| {
        Some(OpenBot {
            chatbot: sample::chatbot_id(1),
            running,
        })
    };
    let open = node.reads.routing(TenantId::DEFAULT).await.unwrap().open;
    assert_eq!(
        (open[0].bot, open[0].queue),
        (bot(false), None),
        "it waits in the line"
    );

    customer.state = node.state(&customer.key).await;
    let conversation = customer.state.episode.as_ref().unwrap().id;
    let chatbot = sample::chatbot_id(1);
    customer.does(
        &node,
        &Command::StartBot {
            conversation,
            chatbot,
        },
    );
    customer.says(&node, "b", "1");
    let node = restarted(node, directory.path()).await;
    let open = node.reads.routing(TenantId::DEFAULT).await.unwrap().open;
    assert_eq!(open[0].bot, bot(true), "its turn has begun");
    let due = node
        .reads
        .due_timers(customer.now.plus(DAY), 10)
        .await
        .unwrap();
    let kinds: Vec<_> = due.iter().map(|timer| timer.kind).collect();
    assert_eq!(kinds, [TimerKind::BotTimeout, TimerKind::IdleClose]);

    customer.state = node.state(&customer.key).await;
    customer.says(&node, "c", "2");
    node.projected().await;
    let open = node.reads.routing(TenantId::DEFAULT).await.unwrap().open;
    assert_eq!(
        (open[0].bot, open[0].queue),
        (None, Some(sample::queue_id(2)))
    );
    let due = node
        .reads
        .due_timers(customer.now.plus(DAY), 10)
        .await
        .unwrap();
    assert_eq!(due.len(), 1, "a menu that is over is not timed");
    node.stop();
}

#[tokio::test]
async fn what_was_left_while_nobody_had_come_is_known_after_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path()).unwrap();
    let mut customer = Customer::new();
    customer.begins(&node);
    customer.leaves(&node, "b");
    node.projected().await;
    assert_eq!(node.state(&customer.key).await, customer.state);
    let left = |customer: &Customer| customer.state.episode.as_ref().unwrap().left;
    assert_eq!(left(&customer), 0, "a chatbot hears it");
    customer.says(&node, "c", "3");
    customer.leaves(&node, "d");
    let node = restarted(node, directory.path()).await;
    assert_eq!(node.state(&customer.key).await, customer.state);
    assert_eq!(left(&customer), customer.state.last_in_seq);
    node.stop();
}

#[tokio::test]
async fn the_desk_sees_what_was_chosen_and_what_was_filled_in() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path()).unwrap();
    let mut customer = Customer::new();
    customer.begins(&node);
    let answers = vec![("Order number".to_owned(), "42".to_owned())];
    let form = Some(FilledForm {
        form: "Before the chat".to_owned(),
        answers: answers.clone(),
        fingerprint: Some(Fingerprint(7)),
    });
    let introduction = Introduction {
        form,
        ..Introduction::default()
    };
    customer.does(&node, &Command::Introduce(introduction));
    customer.says(&node, "b", "3");
    node.projected().await;
    assert_eq!(node.state(&customer.key).await, customer.state);
    let conversation = customer.state.episode.as_ref().unwrap().id;
    let range = TimelineRange {
        limit: 100,
        ..TimelineRange::default()
    };
    let rows = node.reads.timeline(conversation, range).await.unwrap();
    let facts = rows.iter().filter_map(|row| match &row.entry {
        TimelineEntry::Event(fact) => Some(fact.as_ref()),
        TimelineEntry::Received(_) | TimelineEntry::Sent { .. } => None,
    });
    let told: Vec<_> = facts
        .filter_map(|fact| match fact {
            Fact::FormFilled(form) => Some(format!("{} {:?}", form.form, form.answers)),
            Fact::BotEnded { end, chosen, .. } => Some(format!("{end:?} {chosen:?}")),
            _ => None,
        })
        .collect();
    let chosen = format!("{:?} {:?}", BotEnd::Chosen, ["Something else"]);
    assert_eq!(told, [format!("Before the chat {answers:?}"), chosen]);
    node.stop();
}

#[tokio::test]
async fn who_finished_a_conversation_is_known_with_the_time() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path()).unwrap();
    let mut customer = Customer::new();
    customer.begins(&node);
    let conversation = customer.state.episode.as_ref().unwrap().id;
    let agent = sample::agent_id(1);
    let assign = Command::Assign {
        conversation,
        queue: Some(sample::queue_id(2)),
        agent,
        by: Actor::System,
        offer: None,
        over_capacity: false,
    };
    customer.does(&node, &assign);
    let close = Command::Close {
        conversation,
        reason: CloseReason::Resolved,
        by: Actor::Agent(agent),
    };
    customer.does(&node, &close);
    node.projected().await;
    let found = async |tenant, since| node.reads.finished_since(tenant, since).await.unwrap();
    let (now, tenant) = (customer.now, TenantId::DEFAULT);
    assert_eq!(found(tenant, now).await, [(agent, now)]);
    assert!(found(tenant, Timestamp(now.0 + 1)).await.is_empty());
    assert!(found(TenantId(2), now).await.is_empty());
    node.stop();
}

#[tokio::test]
async fn which_agent_a_customer_was_with_is_remembered_and_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let node = Node::open(directory.path()).unwrap();
    let mut customer = Customer::new();
    customer.begins(&node);
    let conversation = customer.state.episode.as_ref().unwrap().id;
    customer.does(
        &node,
        &Command::Assign {
            conversation,
            queue: Some(sample::queue_id(2)),
            agent: sample::agent_id(1),
            by: Actor::System,
            offer: None,
            over_capacity: false,
        },
    );
    let node = restarted(node, directory.path()).await;
    let woken = node.state(&customer.key).await;
    assert!(woken.known_agent.is_some());
    assert_eq!(woken, customer.state);
    let count = || -> u64 {
        let connection = Connection::open(node.directory.join("store.db")).unwrap();
        let sql = "SELECT count(*) FROM known_agents";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    for (before, expected) in [(customer.now, 1), (customer.now.plus(DAY), 0)] {
        let tenant = TenantId::DEFAULT;
        node.append(Entry {
            key: Key::Timers { tenant },
            at: customer.now,
            first_seq: 0,
            facts: smallvec![Fact::KnownAgentsForgotten { before }],
        });
        node.projected().await;
        assert_eq!(count(), expected);
    }
    node.stop();
}
