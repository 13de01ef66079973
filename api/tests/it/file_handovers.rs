//! What no two may have changes places in one file.

use serde_json::{Value, json};

use crate::files::{Deployment, agent, all_are, chat, queue};

#[actix_web::test]
async fn names_and_addresses_can_change_places() {
    let deployment = Deployment::new().await;
    let documents = |flip: bool| {
        let pair = |first: &str, second: &str| match flip {
            false => (first.to_owned(), second.to_owned()),
            true => (second.to_owned(), first.to_owned()),
        };
        let (one, two) = pair("one", "two");
        vec![
            queue("first", &one),
            queue("second", &two),
            agent("ada", &format!("{one}@example.com")),
            agent("bob", &format!("{two}@example.com")),
            chat("a", "first", &format!("{one}.example.com")),
            chat("b", "first", &format!("{two}.example.com")),
        ]
    };
    deployment.apply(&documents(false), &[]).await;
    for how in ["dry_run", "prune"] {
        let told = deployment.apply(&documents(true), &[how]).await;
        assert!(all_are("changed", &told), "{how}: {told:?}");
    }
    let shown = deployment.one("channels", "a").await;
    assert_eq!(shown["live_chat"]["domains"], json!(["two.example.com"]));
    assert_eq!(
        deployment.one("agents", "bob").await["email"],
        "one@example.com"
    );
    let again = deployment.apply(&documents(true), &[]).await;
    assert!(all_are("unchanged", &again), "{again:?}");
    // What stays deleted gives its name up before another one takes it.
    let taken = [queue("first", "one"), chat("a", "first", "two.example.com")];
    let told = deployment.apply(&taken, &["prune"]).await;
    assert!(
        told.contains(&"deleted queue second".to_owned()),
        "{told:?}"
    );
    assert_eq!(deployment.one("queues", "first").await["name"], "one");
}

/// What no two of a kind may have, besides what [`names_and_addresses_can_change_places`] has.
fn pairs(flip: bool) -> Vec<Value> {
    let pair = |first: &str, second: &str| match flip {
        false => [first.to_owned(), second.to_owned()],
        true => [second.to_owned(), first.to_owned()],
    };
    let names = pair("One", "Two");
    let numbers = pair("+33639980001", "+33639980002");
    let mailboxes = pair("one@example.com", "two@example.com");
    let of_agents = pair("0007", "0008");
    let mut documents = vec![queue("support", "Support")];
    for (key, place) in [("a", 0), ("b", 1)] {
        let mut ada = agent(key, &format!("{key}@example.com"));
        ada["number"] = json!(of_agents[place]);
        let server = json!({
            "host": "mail.example.com", "port": 993, "security": "tls", "username": "u", "password": "p",
        });
        documents.extend([
            ada,
            json!({
                "resource": "chatbot", "key": key, "name": names[place], "fallback_queue": "support",
                "options": [{ "label": { "fr": "Une commande", "en": "An order" }, "queue": "support" }],
            }),
            json!({
                "resource": "form", "key": key, "name": names[place], "purpose": "prechat",
                "fields": [{ "name": "name", "type": "text", "label": { "fr": "Nom", "en": "Name" }, "required": true }],
            }),
            json!({
                "resource": "sms_trunk", "key": key, "name": names[place], "provider": "twilio",
                "numbers": [numbers[place]],
                "twilio": {
                    "account_sid": "AC0123456789abcdef0123456789abcdef", "auth_token": "fedcba9876543210fedcba9876543210",
                },
            }),
            json!({
                "resource": "channel", "key": format!("text-{key}"), "kind": "sms",
                "destination": { "queue": "support" }, "sms": { "number": numbers[place], "trunk": key },
            }),
            json!({
                "resource": "channel", "key": format!("mail-{key}"), "kind": "email",
                "destination": { "queue": "support" },
                "email": { "provider": "custom", "address": mailboxes[place], "imap": server, "smtp": server },
            }),
        ]);
    }
    documents
}

#[actix_web::test]
async fn whatever_is_unique_changes_places_and_the_trail_says_only_that() {
    let deployment = Deployment::new().await;
    deployment.apply(&pairs(false), &[]).await;
    let again = deployment.apply(&pairs(false), &["dry_run"]).await;
    assert!(all_are("unchanged", &again), "{again:?}");
    for how in [&["dry_run"][..], &[], &["prune"]] {
        let told = deployment.apply(&pairs(true), how).await;
        let expected = if how == ["prune"] {
            "unchanged"
        } else {
            "changed"
        };
        assert!(all_are(expected, &told[1..]), "{how:?}: {told:?}");
    }
    assert_eq!(deployment.one("agents", "a").await["number"], "0008");
    let text = deployment.one("channels", "text-b").await;
    assert_eq!(text["sms"]["number"], "+33639980001");

    let audit = deployment
        .world
        .get("/api/v1/audit?resource=agent&action=changed");
    let audit = audit.key(&deployment.key).send().await.json();
    let numbers = |item: &Value| {
        let number = |state: &str| item[state]["number"].as_str().unwrap().to_owned();
        (number("before"), number("after"))
    };
    let mut told: Vec<_> = audit["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .collect();
    told.sort_unstable();
    let expected = [("0007", "0008"), ("0008", "0007")];
    assert_eq!(
        told,
        expected.map(|(was, is)| (was.to_owned(), is.to_owned()))
    );
}

#[actix_web::test]
async fn a_number_is_taken_from_whoever_gives_it_up_in_the_file_and_from_nobody_else() {
    let deployment = Deployment::new().await;
    let numbered = |key: &str, number: Option<&str>| {
        let mut person = agent(key, &format!("{key}@example.com"));
        if let Some(number) = number {
            person["number"] = json!(number);
        }
        person
    };
    deployment
        .apply(
            &[numbered("ada", Some("0001")), numbered("bob", Some("0002"))],
            &[],
        )
        .await;
    // Who keeps a number keeps it, and who is named later takes none of another one's.
    let file = [numbered("cho", Some("0001")), numbered("ada", None)];
    let refused = deployment.try_apply(&file, &[]).await;
    let taken = ("documents[0].number".to_owned(), "taken".to_owned());
    assert_eq!(refused.fields(), std::slice::from_ref(&taken));
    // So does who is in no document.
    let refused = deployment
        .try_apply(&[numbered("ada", Some("0002"))], &[])
        .await;
    assert_eq!(refused.fields(), [taken]);
    // A chain: each takes the number of the one before, and who is new the one that is free then.
    let file = [
        numbered("dan", None),
        numbered("cho", Some("0001")),
        numbered("ada", Some("0002")),
        numbered("bob", Some("0003")),
    ];
    deployment.apply(&file, &[]).await;
    assert_eq!(deployment.one("agents", "dan").await["number"], "0004");
    let again = deployment.apply(&file, &[]).await;
    assert!(all_are("unchanged", &again), "{again:?}");
    // A person of another key and e-mail is another person, who may have the number of one who goes.
    let dan = deployment.one("agents", "dan").await["id"].clone();
    let told = deployment
        .apply(&[numbered("eve", Some("0004"))], &["prune"])
        .await;
    assert!(told.contains(&"created agent eve".to_owned()), "{told:?}");
    assert_ne!(deployment.one("agents", "eve").await["id"], dan);
}
