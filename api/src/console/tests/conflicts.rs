//! Two who change one thing at once.

use actix_web::http::StatusCode;
use serde_json::json;

use super::World;
use super::sample::{CHAT, MAILBOX, SUPPORT};
use super::saving::{controls, pairs};
use crate::console::backend::Kind;

#[actix_web::test]
async fn two_who_save_at_once_see_what_the_other_did_and_may_save_anyway() {
    let world = World::new().await;
    let path = format!("/console/queues/{SUPPORT}");
    let shown = world.get(&path).await.html;
    let mut fields = controls(&shown);
    for (name, value) in &mut fields {
        if name == "name" {
            *value = "Assistance".to_owned();
        }
    }
    world
        .sample
        .change(Kind::Queue, SUPPORT, "offer_timeout_secs", json!(45));
    let answer = world.post(&path, &pairs(&fields)).await;
    assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
    for text in [
        "James Hill changed this",
        "26 Nov 2026, 18:40",
        "<td>45</td><td>30</td>",
        "<td>Support</td><td>Assistance</td>",
        "value=\"Assistance\"",
    ] {
        assert!(answer.html.contains(text), "{text}");
    }
    let again = world.post(&path, &pairs(&controls(&answer.html))).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    assert_eq!(
        world.sample.stored(Kind::Queue, SUPPORT)["name"],
        "Assistance"
    );
}

#[actix_web::test]
async fn who_is_beaten_while_saving_sees_what_the_other_has_just_saved() {
    let world = World::new().await;
    let path = format!("/console/queues/{SUPPORT}");
    let fields = controls(&world.get(&path).await.html);
    let change = (Kind::Queue, SUPPORT, "offer_timeout_secs", json!(45));
    *world.sample.meanwhile.lock() = Some(change);
    let answer = world.post(&path, &pairs(&fields)).await;
    assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED);
    assert!(
        answer.html.contains("<td>45</td><td>30</td>"),
        "{}",
        answer.html
    );
    assert!(answer.html.contains("name=\"_revision\" value=\"2\""));
    let again = world.post(&path, &pairs(&controls(&answer.html))).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.html);
}

#[actix_web::test]
async fn of_two_who_saved_each_sees_what_the_other_changed() {
    let world = World::new().await;
    let path = format!("/console/queues/{SUPPORT}");
    let mut fields = controls(&world.get(&path).await.html);
    let mut before = world.sample.stored(Kind::Queue, SUPPORT);
    let patience = "offer_timeout_secs";
    world
        .sample
        .change(Kind::Queue, SUPPORT, patience, json!(45));
    let mut after = world.sample.stored(Kind::Queue, SUPPORT);
    before["revision"] = json!(1);
    after["revision"] = json!(2);
    let record = json!({"at": "2026-11-26T17:50:00Z", "editor": {"kind": "person", "name": "James Hill"}, "resource": "queue",
        "resource_id": SUPPORT, "action": "changed", "before": before, "after": after});
    world.sample.put(Kind::Audit, "0", record);
    for (name, value) in &mut fields {
        if name == "name" {
            "Renamed".clone_into(value);
        }
    }
    let html = world.post(&path, &pairs(&fields)).await.html;
    assert!(
        html.contains("<td><del>30</del> 45</td><td>30</td>"),
        "{html}"
    );
    assert!(!html.contains("<td>Renamed</td>"), "{html}");
}

#[actix_web::test]
async fn a_form_that_does_not_say_what_it_was_made_of_overwrites_nothing() {
    let world = World::new().await;
    for path in [
        format!("/console/queues/{SUPPORT}"),
        "/console/settings".to_owned(),
    ] {
        let whole = controls(&world.get(&path).await.html);
        let bare = whole.iter().filter(|(name, _)| name != "_revision");
        let bare: Vec<_> = bare.cloned().collect();
        let mut unreadable = bare.clone();
        unreadable.push(("_revision".to_owned(), "latest".to_owned()));
        for fields in [bare, unreadable] {
            let answer = world.post(&path, &pairs(&fields)).await;
            assert_eq!(answer.status, StatusCode::PRECONDITION_FAILED, "{path}");
            assert!(answer.html.contains("id=\"conflict-title\""), "{path}");
            assert!(world.sample.sent.lock().is_empty(), "{path}");
            let again = world.post(&path, &pairs(&controls(&answer.html))).await;
            assert_eq!(again.status, StatusCode::SEE_OTHER, "{path}");
            world.sample.sent.lock().clear();
        }
    }
}

#[actix_web::test]
async fn a_channel_that_was_deleted_has_a_page_that_says_so_and_nothing_to_save() {
    let world = World::new().await;
    let (path, other) = (
        format!("/console/channels/{CHAT}"),
        format!("/console/channels/{MAILBOX}"),
    );
    let fields = controls(&world.get(&path).await.html);
    let late = controls(&world.get(&other).await.html);
    let deleted = (Kind::Channel, MAILBOX, "state", json!("deleted"));
    *world.sample.meanwhile.lock() = Some(deleted);
    let beaten = world.post(&other, &pairs(&late)).await;
    world
        .sample
        .change(Kind::Channel, CHAT, "state", json!("deleted"));
    let record = json!({"at": "2026-11-27T10:00:00Z", "resource_id": CHAT, "action": "deleted"});
    world.sample.put(Kind::Audit, "31", record);
    let again = [("_revision", "1"), ("_do", "delete")];
    let question = format!("{path}/delete");
    for (answer, said) in [
        (beaten, "The channel “Contact” is deleted."),
        (
            world.get(&path).await,
            "The channel “Boutique” was deleted (27 Nov 2026, ",
        ),
        (world.post(&path, &pairs(&fields)).await, "was deleted"),
        (world.get(&question).await, "was deleted"),
        (world.post(&question, &again).await, "was deleted"),
    ] {
        assert_eq!(answer.status, StatusCode::GONE, "{}", answer.html);
        assert!(answer.html.contains(said), "{said}: {}", answer.html);
        assert!(answer.html.contains("primary\" href=\"/console/channels\""));
        for text in ["edit-form", "conflict", "value=\"delete\"", ">Connected<"] {
            assert!(!answer.html.contains(text), "{text}: {}", answer.html);
        }
    }
}
