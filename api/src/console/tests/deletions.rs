//! What is asked before something is deleted, and what stands in the way.

use actix_web::http::StatusCode;

use super::World;
use super::sample::{CHAT, EMPTY, SUPPORT, TENANT, WHATSAPP};

/// As if nobody had deleted it.
fn keep_number(world: &World) {
    let kind = crate::console::backend::Kind::Channel;
    let active = serde_json::json!("active");
    world.sample.change(kind, WHATSAPP, "state", active);
}

#[actix_web::test]
async fn a_number_that_is_given_up_already_is_not_asked_about_but_can_be_taken_back() {
    let world = World::new().await;
    let path = format!("/console/channels/{WHATSAPP}");
    let html = world.get(&format!("{path}/delete?lang=fr")).await.html;
    assert!(!html.contains("Êtes-vous sûr"), "{html}");
    assert!(!html.contains("value=\"delete\""), "{html}");
    for text in [
        "+1-786-232-XXXX est déjà prévue",
        "jusqu’au 30/11/2026 inclus",
        "name=\"_do\" value=\"reactivate\"",
        &format!("action=\"{path}\""),
    ] {
        assert!(html.contains(text), "{text}: {html}");
    }
    let fields = [("_revision", "1"), ("_do", "reactivate")];
    let taken_back = world.post(&path, &fields).await;
    assert_eq!(taken_back.status, StatusCode::SEE_OTHER);
    assert_eq!(taken_back.place, format!("{path}?done=reactivated"));
    let html = world.get(&format!("{path}/delete?lang=fr")).await.html;
    assert!(html.contains("Êtes-vous sûr"), "{html}");
}

#[actix_web::test]
async fn a_whatsapp_number_is_given_up_with_everything_said_and_its_last_digits_hidden() {
    let world = World::new().await;
    keep_number(&world);
    let html = world
        .get(&format!("/console/channels/{WHATSAPP}/delete?lang=fr"))
        .await
        .html;
    for text in [
        ">Êtes-vous sûr de vouloir supprimer le numéro\u{a0}: +1-786-232-XXXX\u{a0}?<",
        ">Dans le cas de la suppression du numéro, votre numéro passera dans un statut en attente de suppression qui durera jusqu’à la fin du mois en cours.<",
        ">Sachez que pendant cette période, vous pourrez envoyer ou recevoir des messages et réactiver votre numéro, mais vous ne pourrez pas créer de nouveau canal WhatsApp avec ce numéro.<",
        ">Afin de réactiver votre numéro, veuillez contacter votre administrateur du hub partenaire 360Dialog.<",
    ] {
        assert!(html.contains(text), "{text}");
    }
}

#[actix_web::test]
async fn no_word_of_the_question_shows_the_last_digits_of_a_number() {
    let world = World::new().await;
    let kind = crate::console::backend::Kind::Channel;
    keep_number(&world);
    for (number, masked, shown) in [
        ("+33639980002", "+33 6 39 98 XX XX", "+33 6 39 98 00 02"),
        ("+17862321234", "+1-786-232-XXXX", "+1 786-232-1234"),
    ] {
        for member in ["name", "address"] {
            let number = serde_json::json!(number);
            world.sample.change(kind, WHATSAPP, member, number);
        }
        let path = format!("/console/channels/{WHATSAPP}/delete");
        let html = world.get(&path).await.html;
        let (_, heading) = html.split_once("<h1>").unwrap();
        let heading = heading.split("</h1>").next().unwrap();
        assert!(heading.ends_with(masked), "{heading}");
        assert_eq!(html.matches(masked).count(), 2, "{html}");
        for whole in [number, shown] {
            assert!(!html.contains(whole), "{html}");
        }
    }
}

#[actix_web::test]
async fn whoever_gives_up_a_number_of_metas_own_is_sent_to_no_partner_hub() {
    let world = World::new().await;
    let kind = crate::console::backend::Kind::Channel;
    let cloud = serde_json::json!({"provider": "cloud", "number": "+17862321234"});
    world.sample.change(kind, WHATSAPP, "whatsapp", cloud);
    keep_number(&world);
    let path = format!("/console/channels/{WHATSAPP}/delete?lang=fr");
    let html = world.get(&path).await.html;
    assert!(html.contains("statut en attente de suppression"));
    assert!(!html.contains("hub partenaire"), "{html}");
}

#[actix_web::test]
async fn open_conversations_are_told_exactly_or_as_more_than_so_many() {
    let world = World::new().await;
    let counted = format!("/console/channels/{CHAT}/delete?lang=fr");
    let html = world.get(&counted).await.html;
    assert!(html.contains("4 conversations y sont ouvertes"));
    keep_number(&world);
    let too_many = format!("/console/channels/{WHATSAPP}/delete?lang=fr");
    let html = world.get(&too_many).await.html;
    assert!(html.contains("Plus de 100"), "{html}");
}

#[actix_web::test]
async fn what_still_points_to_a_queue_is_listed_when_it_cannot_be_deleted() {
    let world = World::new().await;
    let fields = [("_revision", "1"), ("_do", "delete")];
    let answer = world
        .post(&format!("/console/queues/{SUPPORT}/delete"), &fields)
        .await;
    assert_eq!(answer.status, StatusCode::CONFLICT);
    assert!(
        answer
            .html
            .contains(&format!("/console/channels/{CHAT}\">Boutique"))
    );
    let gone = world
        .post(&format!("/console/queues/{EMPTY}/delete"), &fields)
        .await;
    assert_eq!(
        gone.place,
        format!("/console/queues?done=deleted&id={EMPTY}")
    );
}

#[actix_web::test]
async fn who_is_beaten_while_deleting_is_asked_about_what_the_other_saved() {
    let world = World::new().await;
    let path = format!("/console/queues/{EMPTY}/delete");
    let kind = crate::console::backend::Kind::Queue;
    *world.sample.meanwhile.lock() = Some((kind, EMPTY, "name", "Comptoir".into()));
    let fields = [("_revision", "1"), ("_do", "delete")];
    let asked = world.post(&path, &fields).await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(asked.html.contains("Comptoir"), "{}", asked.html);
    let fields = [("_revision", "2"), ("_do", "delete")];
    let gone = world.post(&path, &fields).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.html);
}

#[actix_web::test]
async fn what_the_console_does_not_delete_has_no_page_that_asks() {
    let world = World::new().await;
    for thing in [format!("tenants/{TENANT}"), "audit/12".to_owned()] {
        let path = format!("/console/{thing}/delete");
        assert_eq!(world.get(&path).await.status, StatusCode::NOT_FOUND);
        let sent = world.post(&path, &[("_revision", "1")]).await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[actix_web::test]
async fn a_deletion_that_does_not_say_what_was_seen_is_asked_for_again() {
    let world = World::new().await;
    let path = format!("/console/queues/{EMPTY}/delete");
    for fields in [
        &[("_do", "delete")][..],
        &[("_do", "delete"), ("_revision", "one")],
    ] {
        let asked = world.post(&path, fields).await;
        assert_eq!(asked.status, StatusCode::CONFLICT);
        assert!(
            asked.html.contains("name=\"_revision\" value=\"1\""),
            "{}",
            asked.html
        );
        let page = world.get(&format!("/console/queues/{EMPTY}")).await;
        assert_eq!(page.status, StatusCode::OK, "it is still there");
    }
}
