//! Where a licence ends, and how that is told: over REST, gate by gate.

use ecluse_engine::configuration::Role;
use serde_json::{Value, json};

use crate::world::{Answer, World};

const LICENCE: &str = "/api/v1/tenants/1/licence";

async fn set(world: &World, key: &str, licence: Value) -> Answer {
    let etag = world.get(LICENCE).key(key).send().await.etag();
    let set = world.put(LICENCE, &licence).key(key).if_match(&etag);
    let set = set.send().await;
    assert_eq!(set.status, 200, "{}", set.text());
    set
}

fn live_chat(queue: &str, domain: &str) -> Value {
    json!({ "kind": "live_chat", "destination": { "queue": queue }, "live_chat": { "domains": [domain] } })
}

fn whatsapp(queue: &str) -> Value {
    json!({
        "kind": "whatsapp", "destination": { "queue": queue },
        "whatsapp": { "provider": "dialog360", "number": "+33612345678", "api_key": "k" },
    })
}

fn facebook(queue: &str) -> Value {
    json!({ "kind": "facebook", "destination": { "queue": queue } })
}

fn person(email: &str, role: &str) -> Value {
    json!({ "name": "Somebody", "email": email, "role": role })
}

/// Refuses by the gate.
async fn check_gate(world: &World, key: &str, path: &str, body: &Value, gate: Value) {
    let refused = world.post(path, body).key(key).send().await;
    assert_eq!(
        refused.refusal(),
        (409, "licence".to_owned()),
        "{path} {body}"
    );
    assert_eq!(refused.json()["gate"], gate, "{path} {body}");
}

#[actix_web::test]
async fn each_gate_of_a_licence_refuses_and_names_itself() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let queue = world.queue(&key, "Support").await;
    world
        .add(&key, "/api/v1/channels", &live_chat(&queue, "a.test"))
        .await;
    world
        .add(&key, "/api/v1/agents", &person("a@x.test", "agent"))
        .await;
    let boss = world
        .add(&key, "/api/v1/agents", &person("s@x.test", "supervisor"))
        .await;
    let (channels, agents, queues) = ("/api/v1/channels", "/api/v1/agents", "/api/v1/queues");
    let survey = json!({ "name": "Sales", "strategy": "auto", "survey": true });

    set(&world, &key, json!({ "channels_max": 1 })).await;
    let gate = json!({ "member": "channels_max", "limit": 1, "used": 1 });
    check_gate(&world, &key, channels, &live_chat(&queue, "b.test"), gate).await;

    set(&world, &key, json!({ "supervisor_seats": 1 })).await;
    let gate = json!({ "member": "supervisor_seats", "limit": 1, "used": 1 });
    for role in ["supervisor", "administrator"] {
        check_gate(
            &world,
            &key,
            agents,
            &person("b@x.test", role),
            gate.clone(),
        )
        .await;
    }
    let agent = world.add(&key, agents, &person("c@x.test", "agent")).await;
    let place = format!("{agents}/{}", agent["id"].as_str().unwrap());
    let raised = json!({ "role": "supervisor" });
    let raised = world
        .patch(&place, &raised)
        .key(&key)
        .if_match("*")
        .send()
        .await;
    assert_eq!(raised.refusal(), (409, "licence".to_owned()));
    let kept = format!("{agents}/{}", boss["id"].as_str().unwrap());
    let kept = world
        .patch(&kept, &json!({ "capacity": 50 }))
        .key(&key)
        .if_match("*");
    assert_eq!(kept.send().await.status, 200, "what is there goes on");

    for (member, used) in [("agent_seats", 3), ("supervisor_seats", 1)] {
        set(&world, &key, json!({ member: 0 })).await;
        let gate = json!({ "member": member, "limit": 0, "used": used });
        check_gate(&world, &key, channels, &whatsapp(&queue), gate.clone()).await;
        check_gate(&world, &key, channels, &facebook(&queue), gate).await;
        let domain = format!("{}.test", member.replace('_', "-"));
        world.add(&key, channels, &live_chat(&queue, &domain)).await;
    }

    set(&world, &key, json!({ "modules": [] })).await;
    let gate = json!({ "member": "modules", "module": "omnichannel" });
    check_gate(&world, &key, channels, &whatsapp(&queue), gate.clone()).await;
    check_gate(&world, &key, channels, &facebook(&queue), gate).await;
    let gate = json!({ "member": "modules", "module": "customer_survey" });
    check_gate(&world, &key, queues, &survey, gate).await;

    set(&world, &key, json!({})).await;
    world.add(&key, queues, &survey).await;
    world.add(&key, channels, &whatsapp(&queue)).await;
}

#[actix_web::test]
async fn a_licence_is_set_by_who_saw_it_as_it_is() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let before = world.get("/api/v1/licence").key(&key).send().await;
    assert_eq!(before.etag(), "\"0\"");
    let licence = json!({ "channels_max": 3, "modules": ["omnichannel"] });
    let blind = world.put(LICENCE, &licence).key(&key).send().await;
    assert_eq!(blind.refusal(), (428, "precondition_required".to_owned()));
    let now = set(&world, &key, licence.clone()).await;
    assert_eq!(now.json()["channels_max"], 3);
    assert_eq!(
        now.json()["used"],
        json!({ "agents": 0, "agents_at_work": 0, "supervisors": 0, "channels": 0 })
    );
    let stale = world
        .put(LICENCE, &licence)
        .key(&key)
        .if_match(&before.etag());
    assert_eq!(
        stale.send().await.refusal(),
        (412, "precondition_failed".to_owned())
    );
    for path in [LICENCE, "/api/v1/licence"] {
        let read = world.get(path).key(&key).send().await;
        assert_eq!(
            (read.etag(), read.json()),
            (now.etag(), now.json()),
            "{path}"
        );
    }
    let beyond = json!({ "channels_max": 1_000_001 });
    let beyond = world
        .put(LICENCE, &beyond)
        .key(&key)
        .if_match("*")
        .send()
        .await;
    assert_eq!(
        beyond.fields(),
        [("channels_max".to_owned(), "out_of_range".to_owned())]
    );

    let tenant = world.other_tenant().await;
    let stranger = world.key_in(tenant, Role::Administrator).await;
    let own = world.get("/api/v1/licence").key(&stranger).send().await;
    assert_eq!(own.json()["channels_max"], Value::Null);
    for call in [
        world.get(LICENCE),
        world.put(LICENCE, &licence).if_match("*"),
    ] {
        let refused = call.key(&stranger).send().await;
        assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    }
    let nobodys = world
        .get("/api/v1/tenants/99/licence")
        .key(&key)
        .send()
        .await;
    assert_eq!(nobodys.refusal().0, 404);
}

#[actix_web::test]
async fn a_merge_patch_changes_one_limit_and_null_takes_it_away() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    set(&world, &key, json!({ "agent_seats": 5, "channels_max": 7 })).await;
    let etag = world.get(LICENCE).key(&key).send().await.etag();
    let patch = |body, etag: &str| world.patch(LICENCE, &body).key(&key).if_match(etag);
    let fewer = patch(json!({ "agent_seats": 3 }), &etag).send().await;
    assert_eq!(fewer.status, 200, "{}", fewer.text());
    let limits = |answer: &Answer| {
        let shown = answer.json();
        (shown["agent_seats"].clone(), shown["channels_max"].clone())
    };
    assert_eq!(limits(&fewer), (json!(3), json!(7)));
    let stale = patch(json!({ "agent_seats": 4 }), &etag).send().await;
    assert_eq!(stale.refusal().0, 412);
    let none = patch(json!({ "channels_max": null }), "*").send().await;
    assert_eq!(limits(&none), (json!(3), Value::Null));
}
