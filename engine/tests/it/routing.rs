//! The router as a node runs it: over a journal, through restarts, beside desks that stay open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::configuration::{
    Agent, AgentOrder, AutoReplies, Channel, ConfigFeed, OnAgentLost, Queue, Role, Snapshot,
    Strategy,
};
use ecluse_engine::conversation::Command;
use ecluse_engine::hours::QueueHours;
use ecluse_engine::ids::{AgentId, ConversationId, ConversationKey, Key, OfferId, TenantId};
use ecluse_engine::journal::{Append, Journal as _};
use ecluse_engine::limits::Limits;
use ecluse_engine::live::{Interest, LiveEvent};
use ecluse_engine::message::{Actor, AutoReply, CloseReason, Entry, Fact, Item, OfferEnd};
use ecluse_engine::router::{
    Floor, OpenOffer, Presence, RouterMessage, RouterReply, RoutingEvent, Session, SkillSet,
    WorkStrategy,
};
use ecluse_engine::sim::{Commits, SimJournal, World, sample};
use ecluse_engine::store::Store as _;
use ecluse_engine::system::Patience;
use uuid::Uuid;

use crate::recorder::{on_system, pass, settle, until};

/// Not the default one, so that it shows if somebody forgets that there are others.
const TENANT: TenantId = TenantId(2);

fn config(wrap_up_secs: u32, auto_replies: AutoReplies) -> Arc<ConfigFeed> {
    let agents = [1, 2].map(sample::agent_id);
    let agent = |id| Agent {
        id,
        tenant: TENANT,
        name: "Marie".to_owned(),
        role: Role::Agent,
        capacity: 100,
        wrap_up_secs,
    };
    let queue = Queue {
        id: sample::queue_id(1),
        tenant: TENANT,
        name: "Support".to_owned(),
        strategy: Strategy::Auto,
        order: AgentOrder::LongestIdle,
        offer_timeout_secs: 600,
        max_per_agent: 0,
        members: agents.to_vec(),
        on_agent_lost: OnAgentLost::Keep,
        hours: QueueHours::Inherit,
        returning_customer: false,
        survey: false,
    };
    let channel = Channel {
        tenant: TENANT,
        auto_replies,
        ..sample::channel(1, sample::rules())
    };
    Arc::new(ConfigFeed::new(Snapshot {
        revision: 1,
        channels: [(channel.id, Arc::new(channel))].into(),
        queues: [(queue.id, Arc::new(queue))].into(),
        agents: agents.map(|id| (id, Arc::new(agent(id)))).into(),
        ..Snapshot::default()
    }))
}

async fn start(journal: Arc<SimJournal>) -> World {
    start_with(journal, config(0, AutoReplies::default())).await
}

async fn start_with(journal: Arc<SimJournal>, config: Arc<ConfigFeed>) -> World {
    let world = World::start(journal, config, Limits::default());
    world.engine.follow().await.unwrap();
    world
}

/// The process ends and begins again, and desks of `agents` are open before the router is.
async fn restart(world: World, agents: &[AgentId]) -> World {
    let durable = world.journal.log.projected();
    let world = world.crash(durable);
    for agent in agents {
        assert!(world.engine.live.desks.open(*agent));
    }
    world.engine.follow().await.unwrap();
    settle().await;
    world
}

async fn tell(world: &World, event: RoutingEvent) {
    let told = world
        .engine
        .ask_router(TENANT, RouterMessage::Event(event))
        .await;
    assert_eq!(told, Ok(RouterReply::Done));
}

async fn sign_in(world: &World, agent: AgentId) {
    let session = Session {
        queues: BTreeSet::from([sample::queue_id(1)]),
        strategy: WorkStrategy::Blended,
        presence: Presence::Available,
        skills: SkillSet::default(),
    };
    tell(world, RoutingEvent::AgentSignedIn { agent, session }).await;
}

async fn offers(world: &World, agent: AgentId) -> Vec<OpenOffer> {
    let asked = world
        .engine
        .ask_router(TENANT, RouterMessage::ViewDesk { agent });
    match asked.await {
        Ok(RouterReply::Desk(Some(desk), _)) => desk.offers,
        other => panic!("{other:?}"),
    }
}

async fn offered(world: &World, agent: AgentId) -> OpenOffer {
    for _ in 0..1_000 {
        if let Some(offer) = offers(world, agent).await.first() {
            return *offer;
        }
        // Followers keep a pace, and the time moves only while everybody waits.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("nothing is offered to {agent}");
}

/// Returns when the router knows of a conversation that waits.
async fn somebody_waits(world: &World) {
    for _ in 0..1_000 {
        let asked = world.engine.ask_router(TENANT, RouterMessage::ViewFloor);
        let Ok(RouterReply::Floor(Floor { queues, .. })) = asked.await else {
            panic!("the router is there");
        };
        if queues.iter().any(|(_, queue)| queue.waiting > 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("nobody waits");
}

async fn presences(world: &World) -> Vec<Option<Presence>> {
    let asked = world.engine.ask_router(TENANT, RouterMessage::ViewFloor);
    match asked.await {
        Ok(RouterReply::Floor(Floor { agents, .. })) => {
            agents.into_iter().map(|(_, presence)| presence).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn key(id: &str) -> ConversationKey {
    ConversationKey {
        tenant: TENANT,
        ..sample::key(1, id)
    }
}

async fn write(world: &World, id: &str) {
    let message = sample::text(id, "Bonjour");
    let key = key(id);
    let body = vec![Item::Message { key, message }];
    world
        .engine
        .receive(body, 100, Patience::None)
        .await
        .unwrap();
}

/// The ends of offers that the router recorded, entry by entry.
fn ends(journal: &SimJournal) -> Vec<Vec<(OfferId, OfferEnd)>> {
    let entries = journal.entries();
    let of_entry = |facts: &[Fact]| -> Vec<_> {
        let ends = facts.iter().filter_map(|fact| match fact {
            Fact::OfferEnded { offer, end, .. } => Some((*offer, *end)),
            _ => None,
        });
        ends.collect()
    };
    let all = entries
        .iter()
        .map(|committed| of_entry(&committed.entry.facts));
    all.filter(|ends| !ends.is_empty()).collect()
}

fn is_assigned(journal: &SimJournal) -> bool {
    let entries = journal.entries();
    let mut facts = entries.iter().flat_map(|committed| &committed.entry.facts);
    facts.any(|fact| matches!(fact, Fact::Assigned { .. }))
}

fn is_told_that_nobody_is_there(journal: &SimJournal) -> bool {
    let entries = journal.entries();
    let mut facts = entries.iter().flat_map(|committed| &committed.entry.facts);
    let reply = Some(AutoReply::NoAgent);
    facts.any(|fact| matches!(fact, Fact::Queued(queued) if queued.auto_reply == reply))
}

#[test]
fn who_waits_is_told_that_nobody_is_there_unless_that_reply_is_off() {
    for enabled in [true, false] {
        on_system(async {
            let mut replies = sample::auto_replies();
            replies.no_agent.enabled = enabled;
            let world = start_with(SimJournal::new(Commits::AtOnce), config(0, replies)).await;
            assert!(!world.engine.is_attended(TENANT, sample::queue_id(1)).await);
            write(&world, "a").await;
            somebody_waits(&world).await;
            if enabled {
                until("the customer is told", || {
                    is_told_that_nobody_is_there(&world.journal)
                })
                .await;
            }
            pass(1).await;
            assert_eq!(is_told_that_nobody_is_there(&world.journal), enabled);
        });
    }
}

#[test]
fn an_accepted_offer_is_not_withdrawn_by_a_restart_and_an_open_one_is() {
    on_system(async {
        let agent = sample::agent_id(1);
        let world = start(SimJournal::new(Commits::AtOnce)).await;
        sign_in(&world, agent).await;
        write(&world, "accepted").await;
        let offer = offered(&world, agent).await.offer;
        tell(&world, RoutingEvent::OfferAccepted { offer, agent }).await;
        until("the conversation is the agent's", || {
            is_assigned(&world.journal)
        })
        .await;
        write(&world, "open").await;
        let open = offered(&world, agent).await;
        let lost = world
            .journal
            .store
            .routing(TENANT)
            .await
            .unwrap()
            .lost_offers;
        assert_eq!(
            lost.iter().map(|lost| lost.offer).collect::<Vec<_>>(),
            [open.offer]
        );

        let world = restart(world, &[]).await;
        let again = offers(&world, agent).await;
        assert_eq!(again, [], "the agent is not there");
        assert_eq!(
            ends(&world.journal),
            [[(open.offer, OfferEnd::Withdrawn)]],
            "only what was open is withdrawn"
        );
    });
}

/// `an_offer_has_one_owner`: whoever refused it is not asked again.
#[test]
fn who_refused_is_not_asked_again_after_a_restart() {
    on_system(async {
        let [refuses, comes_later] = [1, 2].map(sample::agent_id);
        let world = start(SimJournal::new(Commits::AtOnce)).await;
        sign_in(&world, refuses).await;
        write(&world, "a").await;
        let OpenOffer {
            offer,
            conversation,
            ..
        } = offered(&world, refuses).await;
        let agent = refuses;
        tell(&world, RoutingEvent::OfferRefused { offer, agent }).await;
        until("the refusal is written down", || {
            ends(&world.journal) == [[(offer, OfferEnd::Refused)]]
        })
        .await;

        let world = restart(world, &[refuses]).await;
        sign_in(&world, refuses).await;
        assert_eq!(offers(&world, refuses).await, []);
        sign_in(&world, comes_later).await;
        assert_eq!(
            offered(&world, comes_later).await.conversation,
            conversation
        );
    });
}

#[test]
fn who_writes_up_a_conversation_is_offered_the_next_one_when_that_is_over_whatever_restarts() {
    on_system(async {
        let agent = sample::agent_id(1);
        let world = start_with(
            SimJournal::new(Commits::AtOnce),
            config(60, AutoReplies::default()),
        )
        .await;
        sign_in(&world, agent).await;
        write(&world, "first").await;
        let OpenOffer {
            offer,
            conversation,
            ..
        } = offered(&world, agent).await;
        tell(&world, RoutingEvent::OfferAccepted { offer, agent }).await;
        until("the conversation is the agent's", || {
            is_assigned(&world.journal)
        })
        .await;
        let command = Command::Close {
            conversation,
            reason: CloseReason::Resolved,
            by: Actor::Agent(agent),
        };
        world.engine.ask(&key("first"), command).await.unwrap();
        world.hand.advance(Duration::from_secs(20));

        let world = restart(world, &[agent]).await;
        write(&world, "second").await;
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            assert_eq!(offers(&world, agent).await, [], "they write it up");
        }
        world.hand.advance(Duration::from_secs(41));
        tell(&world, RoutingEvent::DeadlineReached).await;
        assert_ne!(offered(&world, agent).await.conversation, conversation);
    });
}

#[test]
fn a_queue_is_attended_while_somebody_who_serves_it_is_there() {
    on_system(async {
        let agent = sample::agent_id(1);
        let world = start(SimJournal::new(Commits::AtOnce)).await;
        let is_attended = async || world.engine.is_attended(TENANT, sample::queue_id(1)).await;
        assert!(!is_attended().await);
        sign_in(&world, agent).await;
        assert!(is_attended().await);
        tell(&world, RoutingEvent::AgentConnectionLost { agent }).await;
        assert!(is_attended().await, "they may yet come back");
        tell(&world, RoutingEvent::AgentSignedOut { agent }).await;
        assert!(!is_attended().await);
    });
}

#[test]
fn offers_lost_by_the_process_are_withdrawn_in_entries_of_bounded_size() {
    on_system(async {
        let world = start(SimJournal::new(Commits::AtOnce)).await;
        let made: Vec<OfferId> = (0..600).map(|n| OfferId(Uuid::from_u128(n))).collect();
        let facts = made.iter().map(|offer| Fact::OfferMade {
            offer: *offer,
            conversation: ConversationId(offer.0),
            queue: sample::queue_id(1),
            agent: sample::agent_id(1),
            expires: sample::START,
        });
        world.journal.append(Append::entry(Entry {
            key: Key::Router { tenant: TENANT },
            at: sample::START,
            first_seq: 0,
            facts: facts.collect(),
        }));
        let world = restart(world, &[]).await;
        until("every lost offer is withdrawn", || {
            ends(&world.journal).concat().len() >= made.len()
        })
        .await;
        let ends = ends(&world.journal);
        assert_eq!(
            ends.iter().map(Vec::len).collect::<Vec<_>>(),
            [256, 256, 88]
        );
        let withdrawn: BTreeMap<_, _> = ends.concat().into_iter().collect();
        let expected = made.iter().map(|offer| (*offer, OfferEnd::Withdrawn));
        assert_eq!(withdrawn, expected.collect());
    });
}

#[test]
fn a_router_that_starts_over_knows_whose_desk_is_open() {
    on_system(async {
        let [here, gone] = [1, 2].map(sample::agent_id);
        let world = start(SimJournal::new(Commits::AtOnce)).await;
        sign_in(&world, here).await;
        sign_in(&world, gone).await;
        let world = restart(world, &[here]).await;
        let seen = presences(&world).await;
        assert_eq!(seen, [Some(Presence::Available), Some(Presence::Away)]);

        let mut hearing = world.engine.live.subscribe(Interest {
            tenant: Some(TENANT),
            ..Interest::default()
        });
        world.hand.advance(Duration::from_secs(31));
        tell(&world, RoutingEvent::DeadlineReached).await;
        let seen = presences(&world).await;
        assert_eq!(seen, [Some(Presence::Available), None]);
        let heard = hearing.try_next();
        assert!(
            matches!(heard, Some(LiveEvent::Presence { agent, presence: None }) if agent == gone),
            "{heard:?}"
        );
        write(&world, "new").await;
        assert_eq!(
            offered(&world, here).await.conversation,
            world.journal.store.routing(TENANT).await.unwrap().open[0].conversation
        );
    });
}

#[test]
fn a_loss_told_late_is_none_while_a_desk_is_open() {
    on_system(async {
        let agent = sample::agent_id(1);
        let world = start(SimJournal::new(Commits::AtOnce)).await;
        sign_in(&world, agent).await;
        let desks = &world.engine.live.desks;
        assert_eq!((desks.open(agent), desks.open(agent)), (true, false));
        assert!(!desks.close(agent), "one of two");
        for (is_open, expected) in [
            (true, Some(Presence::Available)),
            (false, Some(Presence::Away)),
        ] {
            if !is_open {
                assert!(desks.close(agent), "the last one");
            }
            tell(&world, RoutingEvent::AgentConnectionLost { agent }).await;
            assert_eq!(presences(&world).await[0], expected);
        }
    });
}
