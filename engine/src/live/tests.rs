//! The live views against a plain model: every subscriber is asked about everything.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, proptest};
use proptest::{prop_oneof, sample::select};
use smallvec::smallvec;
use tokio::sync::mpsc;

use super::concern::{Concern, Passage, Wish};
use super::past::Past;
use super::places::{Place, Places};
use super::subscribers::Subscribers;
use super::{Interest, Live, LiveEvent, REPLAYED_MAX, Subscription};
use crate::ids::{AgentId, ConversationId, ConversationKey, Key, QueueId, TenantId};
use crate::journal::{Committed, Position};
use crate::message::{Actor, CloseReason, Entry, Fact};
use crate::sim::sample;

const CONTACTS: u64 = 3;

fn queue(number: u64) -> QueueId {
    sample::queue_id(number)
}

fn agent(number: u64) -> AgentId {
    sample::agent_id(number)
}

fn key(tenant: u32, contact: u64) -> ConversationKey {
    ConversationKey {
        tenant: TenantId(tenant),
        ..sample::key(1, &format!("contact {contact}"))
    }
}

fn conversation() -> ConversationId {
    ConversationId(uuid::Uuid::nil())
}

fn assigned(to_queue: Option<u64>, to: u64) -> Fact {
    Fact::Assigned {
        conversation: conversation(),
        queue: to_queue.map(queue),
        agent: agent(to),
        by: Actor::System,
        offer: None,
        over_capacity: false,
    }
}

fn requeued(to: u64) -> Fact {
    Fact::Requeued {
        conversation: conversation(),
        queue: queue(to),
        by: Actor::System,
        from: None,
        outside_hours: None,
        preferred: None,
    }
}

fn reopened(to: u64) -> Fact {
    Fact::Reopened {
        conversation: conversation(),
        queue: Some(queue(to)),
        agent: None,
        chatbot: None,
        outside_hours: None,
        preferred: None,
        automatic: false,
    }
}

fn closed() -> Fact {
    Fact::Closed {
        conversation: conversation(),
        reason: CloseReason::Resolved,
        by: Actor::System,
    }
}

fn read() -> Fact {
    Fact::ReadByAgent {
        conversation: conversation(),
        agent: agent(1),
        up_to: 1,
    }
}

fn entry(key: Key, fact: Fact) -> Entry {
    Entry {
        key,
        at: sample::START,
        first_seq: 1,
        facts: smallvec![fact],
    }
}

fn any_fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (1..4u64, 1..4u64).prop_map(|(queue, agent)| assigned(Some(queue), agent)),
        (1..4u64).prop_map(|agent| assigned(None, agent)),
        (1..4u64).prop_map(requeued),
        (1..4u64).prop_map(reopened),
        select(vec![closed(), read()]),
    ]
}

fn any_interest() -> impl Strategy<Value = Interest> {
    let tenant = select(vec![None, Some(1), Some(2)]);
    let watched = proptest::option::of((1..3u32, 0..CONTACTS));
    let of = (vec(1..4u64, 0..3), proptest::option::of(1..4u64));
    (tenant, of, watched, any::<bool>()).prop_map(|(tenant, (queues, own), watched, everything)| {
        Interest {
            tenant: tenant.map(TenantId),
            queues: queues.into_iter().map(queue).collect(),
            agent: own.map(agent),
            watched: watched.map(|(tenant, contact)| key(tenant, contact)),
            everything,
        }
    })
}

/// What a subscriber was told, by position.
fn told(subscription: &mut Subscription) -> Vec<u64> {
    let mut told = Vec::new();
    while let Some(LiveEvent::Committed(committed)) = subscription.try_next() {
        told.push(committed.position.0);
    }
    told
}

fn publish(live: &Live, entries: Vec<Entry>) -> Vec<Arc<Committed>> {
    let first = live.reached().unwrap().0 + 1;
    let committed: Vec<_> = (first..)
        .zip(entries)
        .map(|(position, entry)| {
            Arc::new(Committed {
                position: Position(position),
                entry,
            })
        })
        .collect();
    committed
        .iter()
        .for_each(|committed| live.publish(committed));
    committed
}

fn begun() -> Arc<Live> {
    let live = Arc::new(Live::default());
    live.past.lock().begin(Position(7));
    live
}

proptest! {
    #[test]
    fn whoever_is_concerned_is_found_and_nobody_else(
        interests in vec(any_interest(), 1..12),
        changed in vec((0..12u64, any_interest()), 0..6),
        gone in vec(0..12u64, 0..4),
        facts in vec((1..3u32, 0..CONTACTS, any_fact()), 1..20),
    ) {
        let mut subscribers = Subscribers::default();
        for (id, interest) in (0..).zip(interests) {
            subscribers.insert(id, Wish::new(interest), mpsc::channel(1).0);
        }
        for (id, interest) in changed {
            subscribers.change(id, Wish::new(interest));
        }
        gone.iter().for_each(|id| subscribers.remove(*id));
        let places = Places::default();
        for (tenant, contact, fact) in facts {
            let key = key(tenant, contact);
            let entry = entry(Key::Conversation(key.clone()), fact);
            let passage = places.follow(key.digest(), &entry);
            let concern = Concern::of(&entry, passage);
            assert_eq!(subscribers.concerned(&concern), subscribers.concerned_of_all(&concern));
            let colleagues = Concern::colleagues(TenantId(tenant));
            assert_eq!(subscribers.concerned(&colleagues), subscribers.concerned_of_all(&colleagues));
        }
        (0..12).for_each(|id| subscribers.remove(id));
        assert_eq!((subscribers.len(), subscribers.lists()), (0, 0), "nobody is left in a list");
    }

    /// `resume_or_reload`: what is replayed is what was told.
    #[test]
    fn a_replay_is_what_the_live_view_was(
        interest in any_interest(),
        facts in vec((1..3u32, 0..CONTACTS, any_fact()), 1..60),
    ) {
        let live = begun();
        let mut subscription = live.subscribe(interest.clone());
        let entries = facts
            .into_iter()
            .map(|(tenant, contact, fact)| entry(Key::Conversation(key(tenant, contact)), fact));
        let committed = publish(&live, entries.collect());
        let recalled = live.recall(&interest, committed).unwrap();
        let recalled: Vec<u64> = recalled.iter().map(|committed| committed.position.0).collect();
        assert_eq!(recalled, told(&mut subscription));
    }
}

#[test]
fn a_conversation_is_told_of_to_where_it_was_and_to_where_it_goes() {
    let live = begun();
    let of_queue = |number| Interest {
        tenant: Some(TenantId::DEFAULT),
        queues: vec![queue(number)],
        ..Interest::default()
    };
    let of_agent = |number| Interest {
        tenant: Some(TenantId::DEFAULT),
        agent: Some(agent(number)),
        ..Interest::default()
    };
    let mut all = [of_queue(1), of_queue(2), of_agent(1), of_agent(2)]
        .map(|interest| live.subscribe(interest));
    let rows = [
        (reopened(1), [true, false, false, false]),
        // Moved while it waits.
        (requeued(2), [true, true, false, false]),
        (assigned(Some(2), 1), [false, true, true, false]),
        // Handed over by a colleague.
        (assigned(Some(2), 2), [false, true, true, true]),
        (read(), [false, true, false, true]),
        (closed(), [false, true, false, true]),
        (read(), [false; 4]),
    ];
    for (fact, expected) in rows {
        let name = format!("{fact:?}");
        publish(&live, vec![entry(Key::Conversation(key(1, 1)), fact)]);
        let heard = all.each_mut().map(|one| !told(one).is_empty());
        assert_eq!(heard, expected, "{name}");
    }
}

#[test]
fn only_the_newest_entries_are_remembered() {
    let mut past = Past::default();
    assert_eq!(past.reached(), None);
    past.begin(Position(10));
    assert_eq!(past.passage(Position(10)), None);
    let at = |number| {
        Passage::staying(Place {
            queue: Some(queue(number)),
            agent: None,
        })
    };
    let newest = 10 + REPLAYED_MAX as u64 + 5;
    for position in 11..=newest {
        past.remember(Position(position), at(position));
    }
    assert_eq!(past.reached(), Some(Position(newest)));
    for (position, known) in [
        (10, false),
        (15, false),
        (16, true),
        (newest, true),
        (newest + 1, false),
    ] {
        let expected = known.then(|| at(position));
        assert_eq!(past.passage(Position(position)), expected, "{position}");
    }
}

#[test]
fn a_slow_subscriber_is_cut_off_and_the_others_are_not() {
    let live = begun();
    let everything = Interest {
        tenant: Some(TenantId::DEFAULT),
        everything: true,
        ..Interest::default()
    };
    let mut slow = live.subscribe(everything.clone());
    let mut quick = live.subscribe(everything);
    let mut heard = BTreeSet::new();
    for _ in 0..300 {
        publish(&live, vec![entry(Key::Conversation(key(1, 1)), read())]);
        heard.extend(told(&mut quick));
    }
    assert_eq!(heard.len(), 300);
    assert_eq!(told(&mut slow).len(), crate::limits::SUBSCRIBER_EVENTS);
    assert!(slow.events.is_closed(), "the slow one must resume");
}
