//! The live side of a desk: it resumes with the whole gap or loads anew, and shows nothing that is not its own any more.

use ecluse_engine::configuration::Role;
use serde_json::{Value, json};

use crate::chat_world::{Talking, send};
use crate::desk_world::{Centre, Desk, SignedIn};

const RECONNECT: Option<u16> = Some(4_000);

/// The next change of a conversation: its state, and the texts with it.
async fn change(desk: &mut Desk, talking: &Talking) -> (Value, Vec<Value>) {
    loop {
        let mut event = desk.until("event").await;
        if event["conversation"]["id"] == talking.conversation.to_string() {
            let messages = event["messages"].as_array().unwrap();
            let bodies = messages
                .iter()
                .map(|message| message["content"]["body"].clone());
            let bodies = bodies.filter(|body| !body.is_null()).collect();
            return (event["conversation"]["state"].take(), bodies);
        }
    }
}

async fn opened(marie: &SignedIn<'_>, snapshot: &Value) -> Desk {
    let (desk, resumed) = marie.open(snapshot).await;
    assert!(resumed, "nothing is in the way of resuming");
    desk
}

/// What happens while the desk is away.
enum Gap {
    Nothing,
    Message,
    Closed,
    MovedWhileItWaits,
    TakenByAnother,
}

#[actix_web::test]
async fn resume_or_reload() {
    for (gap, expected) in [
        (Gap::Nothing, None),
        (
            Gap::Message,
            Some(("waiting", vec![json!("Il y a quelqu'un ?")])),
        ),
        (Gap::Closed, Some(("closed", vec![]))),
        (Gap::MovedWhileItWaits, Some(("waiting", vec![]))),
        (Gap::TakenByAnother, Some(("assigned", vec![]))),
    ] {
        let centre = Centre::new().await;
        let world = &centre.world;
        let marie = centre.sign_in("Marie").await;
        let mut talking = world.talking("Bonjour").await;
        let snapshot = marie.snapshot().await;
        assert_eq!(snapshot["unassigned"].as_array().unwrap().len(), 1);
        opened(&marie, &snapshot).await.close().await;

        let (key, conversation) = (talking.key.clone(), talking.conversation);
        match gap {
            Gap::Nothing => {}
            Gap::Message => {
                talking.page.say(send("second", "Il y a quelqu'un ?")).await;
                talking.page.until("ack").await;
            }
            Gap::Closed => drop(world.close(&key, conversation).await),
            Gap::MovedWhileItWaits => {
                let elsewhere = centre.other_queue().await;
                centre.requeue(&key, conversation, elsewhere).await;
                talking.page.say(send("second", "Pour un autre")).await;
                talking.page.until("ack").await;
            }
            Gap::TakenByAnother => {
                let paul = centre.person("Paul", Role::Agent).await;
                centre.give(&key, conversation, paul).await;
            }
        }
        let mut desk = opened(&marie, &snapshot).await;
        if let Some((state, bodies)) = expected {
            let shown = change(&mut desk, &talking).await;
            assert_eq!(shown, (json!(state), bodies));
        }
        // What comes afterwards is heard too, once.
        let other = world.talking("Une autre").await;
        let (shown, bodies) = change(&mut desk, &other).await;
        assert_eq!(
            (shown, bodies),
            (json!("waiting"), vec![json!("Une autre")])
        );
    }
}

#[actix_web::test]
async fn a_desk_that_cannot_resume_loads_anew() {
    let centre = Centre::new().await;
    let marie = centre.sign_in("Marie").await;
    centre.world.talking("Bonjour").await;
    let snapshot = marie.snapshot().await;
    let offset = snapshot["offset"].as_u64().unwrap();
    let other_epoch = json!("00000000-0000-0000-0000-000000000001");
    for (epoch, offset, resumed) in [
        (&snapshot["epoch"], offset, true),
        (&snapshot["epoch"], 0, true),
        (&snapshot["epoch"], offset + 1_000, false),
        (&other_epoch, offset, false),
    ] {
        let place = json!({"epoch": epoch, "offset": offset});
        assert_eq!(marie.open(&place).await.1, resumed, "{place}");
    }
    // Another list belongs to another choice of queues.
    let mut hearing = opened(&marie, &snapshot).await;
    marie.be("available", &[centre.world.queue]).await;
    hearing.until("queues").await;
    assert!(!marie.open(&snapshot).await.1);
    assert!(marie.open(&marie.snapshot().await).await.1);
}

#[actix_web::test]
async fn a_stop_sends_desks_away_to_come_back() {
    let mut centre = Centre::new().await;
    let mut desk = {
        let marie = centre.sign_in("Marie").await;
        opened(&marie, &marie.snapshot().await).await
    };
    centre.world.begin_stop();
    assert_eq!(desk.closed().await, RECONNECT);
}

#[actix_web::test]
async fn an_open_desk_follows_the_rights_of_its_agent() {
    let centre = Centre::new().await;
    let world = &centre.world;
    let boss = centre.person("Ines", Role::Supervisor).await;
    let both = vec![world.agent, boss];
    centre.with_members("Support", both.clone()).await;
    let (marie, ines) = (centre.sign_in("Marie").await, centre.sign_in("Ines").await);
    let before = (marie.snapshot().await, ines.snapshot().await);
    let mut member = opened(&marie, &before.0).await;
    let mut supervisor = opened(&ines, &before.1).await;
    // A change that concerns neither closes neither.
    centre.other_queue().await;
    centre.with_members("Renamed", both).await;
    let talking = world.talking("Bonjour").await;
    change(&mut member, &talking).await;
    change(&mut supervisor, &talking).await;

    centre.with_role(boss, "Ines", Role::Agent).await;
    assert_eq!(supervisor.closed().await, RECONNECT);
    centre.with_members("Support", vec![]).await;
    assert_eq!(member.closed().await, RECONNECT);
    for (agent, before) in [(&marie, &before.0), (&ines, &before.1)] {
        assert!(!agent.open(before).await.1, "it must load anew");
        let now = agent.snapshot().await;
        let lists = [&now["unassigned"], &now["supervised"], &now["mine"]];
        assert_eq!(lists.map(|list| list.as_array().unwrap().len()), [0; 3]);
        assert!(agent.open(&now).await.1);
    }
}

#[actix_web::test]
async fn a_supervisor_watches_over_the_queues_of_which_they_are_a_member_and_an_administrator_over_all()
 {
    let centre = Centre::new().await;
    let world = &centre.world;
    let ines = centre.person("Ines", Role::Supervisor).await;
    let omar = centre.person("Omar", Role::Supervisor).await;
    centre.person("Ada", Role::Administrator).await;
    centre
        .with_members("Support", vec![world.agent, ines])
        .await;
    let (agent, talking) = (world.agent, world.talking("Bonjour").await);
    centre.give(&talking.key, talking.conversation, agent).await;
    for (name, sees) in [("Ines", true), ("Omar", false), ("Ada", true)] {
        let somebody = centre.sign_in(name).await;
        let snapshot = somebody.snapshot().await;
        let listed = snapshot["supervised"].as_array().unwrap().len();
        assert_eq!(listed, usize::from(sees), "{name}");
        let read = somebody.reads(talking.conversation).await;
        assert_eq!(read, if sees { 200 } else { 404 }, "{name}");
    }

    let (of_ines, of_omar) = (centre.sign_in("Ines").await, centre.sign_in("Omar").await);
    let mut hears = opened(&of_ines, &of_ines.snapshot().await).await;
    let mut passed_over = opened(&of_omar, &of_omar.snapshot().await).await;
    world
        .answer(&talking.key, talking.conversation, "Oui ?")
        .await;
    let (state, bodies) = change(&mut hears, &talking).await;
    assert_eq!((state, bodies), (json!("assigned"), vec![json!("Oui ?")]));
    // The first thing that the supervisor of no queue hears of is what they are given themselves.
    let other = world.talking("Une autre").await;
    centre.give(&other.key, other.conversation, omar).await;
    let first = passed_over.until("event").await;
    assert_eq!(first["conversation"]["id"], other.conversation.to_string());
}

#[actix_web::test]
async fn a_colleague_whose_connection_drops_is_away_until_back() {
    let centre = Centre::new().await;
    let paul = centre.person("Paul", Role::Agent).await;
    let (marie, of_paul) = (centre.sign_in("Marie").await, centre.sign_in("Paul").await);
    let snapshot = marie.snapshot().await;
    let mut desk = opened(&marie, &snapshot).await;
    let mut seen = async |expected: &str| {
        loop {
            let frame = desk.until("presence").await;
            if frame["agent_id"] == paul.to_string() && frame["presence"] == expected {
                return;
            }
        }
    };
    let paul_desk = opened(&of_paul, &of_paul.snapshot().await).await;
    of_paul.be("available", &[]).await;
    seen("available").await;
    paul_desk.close().await;
    seen("away").await;
    let again = of_paul.snapshot().await;
    let paul_desk = of_paul.open(&again).await.0;
    seen("available").await;
    of_paul.be("offline", &[]).await;
    seen("offline").await;
    paul_desk.close().await;

    // Whoever comes back hears of everybody, though nothing of it is written.
    of_paul.be("busy", &[]).await;
    seen("busy").await;
    drop(desk);
    let mut desk = opened(&marie, &snapshot).await;
    let shown = desk.until("presence").await;
    assert_eq!(
        (&shown["agent_id"], &shown["presence"]),
        (&json!(paul), &json!("busy"))
    );
}
