//! Connections that are tried from their pages.

use actix_web::http::StatusCode;
use serde_json::json;

use super::World;
use super::sample::{MAILBOX, TRUNK};
use super::saving::{controls, pairs};
use crate::console::backend::Kind;

#[actix_web::test]
async fn each_connection_is_verified_by_itself_and_the_result_stands_beside_it() {
    let world = World::new().await;
    let path = format!("/console/channels/{MAILBOX}");
    let fields = controls(&world.get(&path).await.html);
    let mut pressed = pairs(&fields);
    pressed.push(("_do", "verify imap"));
    let imap = world.post(&path, &pressed).await.html;
    assert!(imap.contains("The connection works."));
    pressed.pop();
    pressed.push(("_do", "verify smtp"));
    let smtp = world.post(&path, &pressed).await.html;
    assert!(smtp.contains("refused the user name or the password. (535 5.7.8)"));
    assert!(!smtp.contains("The connection works."));
}

/// What stands beside the button of a connection.
fn beside<'a>(html: &'a str, connection: &str) -> &'a str {
    let rest = html.split(&format!("value=\"verify {connection}\"")).nth(1);
    rest.unwrap().split("</div>").next().unwrap()
}

#[actix_web::test]
async fn what_came_of_one_connection_stays_while_the_other_is_tried_until_it_is_another() {
    let world = World::new().await;
    let path = format!("/console/channels/{MAILBOX}");
    let fields = controls(&world.get(&path).await.html);
    let first = [pairs(&fields), vec![("_do", "verify imap")]].concat();
    let mut fields = controls(&world.post(&path, &first).await.html);
    let second = [pairs(&fields), vec![("_do", "verify smtp")]].concat();
    let both = world.post(&path, &second).await.html;
    assert!(
        beside(&both, "imap").contains("The connection works."),
        "{both}"
    );
    assert!(beside(&both, "smtp").contains("535 5.7.8"), "{both}");
    for (name, value) in &mut fields {
        if name == "email.imap.host" {
            "imap.other.example".clone_into(value);
        }
    }
    let moved = [pairs(&fields), vec![("_do", "verify smtp")]].concat();
    let moved = world.post(&path, &moved).await.html;
    assert!(
        !beside(&moved, "imap").contains("The connection works."),
        "{moved}"
    );
}

#[actix_web::test]
async fn how_a_channel_is_after_a_try_is_read_anew() {
    let world = World::new().await;
    let path = format!("/console/channels/{MAILBOX}");
    let sample = &world.sample;
    sample.change(Kind::Channel, MAILBOX, "state", json!("active"));
    let fields = controls(&world.get(&path).await.html);
    let pressed = [pairs(&fields), vec![("_do", "verify smtp")]].concat();
    let tried = world.post(&path, &pressed).await.html;
    assert!(tried.contains("badge bad\">Degraded: SMTP"), "{tried}");
}

#[actix_web::test]
async fn a_try_that_is_refused_is_not_called_a_save() {
    let world = World::new().await;
    let path = format!("/console/channels/{MAILBOX}");
    let mut fields = controls(&world.get(&path).await.html);
    for (name, value) in &mut fields {
        if name == "email.imap.host" {
            value.clear();
        }
    }
    let pressed = |what: &'static str| [pairs(&fields), vec![("_do", what)]].concat();
    let tried = world.post(&path, &pressed("verify imap")).await.html;
    assert!(tried.contains("Nothing was verified. Please correct:"));
    assert!(!tried.contains("Nothing was saved."));
    let saved = world.post(&path, &pressed("save")).await.html;
    assert!(saved.contains("Nothing was saved. Please correct:"));
}

#[actix_web::test]
async fn a_connection_is_tried_as_it_stands_on_the_page_or_not_at_all() {
    let world = World::new().await;
    let path = format!("/console/channels/{MAILBOX}");
    let mut fields = controls(&world.get(&path).await.html);
    for (name, value) in &mut fields {
        match name.as_str() {
            "email.imap.host" => value.clear(),
            "email.imap.password" => "new".clone_into(value),
            _ => {}
        }
    }
    let pressed = |what: &'static str| [pairs(&fields), vec![("_do", what)]].concat();
    let imap = world.post(&path, &pressed("verify imap")).await.html;
    assert!(!imap.contains("The connection works."), "{imap}");
    assert!(imap.contains("This field is required."), "{imap}");
    let smtp = world.post(&path, &pressed("verify smtp")).await.html;
    assert!(
        smtp.contains("(535 5.7.8)"),
        "of the other nothing is wrong"
    );
}

/// The text of one button of a page, by its command.
fn button<'a>(html: &'a str, command: &str) -> &'a str {
    let (_, rest) = html.split_once(&format!("value=\"{command}\"")).unwrap();
    let words = rest.split("</button>").next().unwrap();
    words.rsplit('>').next().unwrap()
}

#[actix_web::test]
async fn each_button_that_tries_a_connection_of_a_mailbox_says_which() {
    let world = World::new().await;
    let path = "/console/channels/new/email?lang=fr";
    let fields = [
        ("email.provider", "gmail"),
        ("email.sign_on", "so3"),
        ("_do", "check gmail"),
    ];
    let own = world.get(path).await.html;
    let signed_on = world.post(path, &fields).await.html;
    for html in [own, signed_on] {
        let said = |connection: &str| format!("Vérifier la connexion ({connection})");
        assert_eq!(button(&html, "verify imap"), said("IMAP"));
        assert_eq!(button(&html, "verify smtp"), said("SMTP"));
    }
}

#[actix_web::test]
async fn a_trunk_is_tried_as_it_is_saved_and_what_failed_is_said() {
    let world = World::new().await;
    let path = format!("/console/sms-trunks/{TRUNK}?lang=fr");
    let shown = world.get(&path).await.html;
    assert!(shown.contains("Vérifier le trunk enregistré"));
    let controls = controls(&shown);
    let mut fields = pairs(&controls);
    fields.push(("_do", "verify"));
    let tried = world.post(&path, &fields).await;
    assert_eq!(tried.status, StatusCode::OK);
    let said = "Le numéro n’appartient pas à ce compte. (+33612345678)";
    assert!(tried.html.contains(said), "{}", tried.html);
    let new = world.get("/console/sms-trunks/new?lang=fr").await.html;
    assert!(!new.contains("Vérifier le trunk"), "one that is not saved");
}
