//! A small menu in two languages: where each answer leads.

use uuid::Uuid;

use super::*;
use crate::message::{InteractiveKind, InteractiveReply, Location, Reaction, Unknown};

fn both(fr: &str, en: &str) -> Localized {
    Localized {
        fr: Some(fr.to_owned()),
        en: Some(en.to_owned()),
    }
}

fn queue(number: u128) -> QueueId {
    QueueId(Uuid::from_u128(number))
}

fn option(label: Localized, leads_to: LeadsTo) -> MenuOption {
    MenuOption { label, leads_to }
}

fn script() -> Script {
    let below = Submenu {
        text: both("Laquelle ?", "Which one?"),
        options: vec![
            option(both("Livraison", "Delivery"), LeadsTo::Queue(queue(1))),
            option(both("Facture", "Invoice"), LeadsTo::Queue(queue(2))),
        ],
    };
    Script {
        greeting: both("Bonjour !", "Hello!"),
        invalid_reply: both("Choisissez une réponse.", "Please choose an answer."),
        handover: both("Un instant.", "One moment."),
        invalid_max: 2,
        timeout_secs: 300,
        options: vec![
            option(both("Ma commande", "My order"), LeadsTo::Menu(below)),
            option(
                both("Horaires", "Opening hours"),
                LeadsTo::Text(both("De 9 h à 18 h", "9 to 6")),
            ),
            option(
                both("Autre chose", "Something else"),
                LeadsTo::Queue(queue(3)),
            ),
        ],
    }
}

fn clicks(id: &str) -> Content {
    Content::Interactive(InteractiveReply {
        kind: InteractiveKind::Button,
        id: id.to_owned(),
        title: String::new(),
        description: None,
    })
}

fn path(of: &[u8]) -> MenuPath {
    MenuPath(of.iter().copied().collect())
}

fn at(of: &[u8], wrong: u32) -> Progress {
    Progress {
        path: path(of),
        wrong,
    }
}

/// In short: what is said in English, with where the customer is then.
fn heard(script: &Script, from: &Progress, content: &Content, may_give_up: bool) -> String {
    match script.hear(from, content, may_give_up) {
        Step::Show { text, progress } => {
            let text = text.text(Language::En).unwrap_or_default();
            format!("{text} {:?} {}", &progress.path.0[..], progress.wrong)
        }
        Step::Choose { queue, path } => format!("queue {} by {}", queue.0.as_u128(), path.to_id()),
        Step::GiveUp => "give up".to_owned(),
        Step::Ignore => "ignore".to_owned(),
    }
}

#[test]
fn an_answer_counts_by_its_number_its_label_in_either_language_or_the_id_of_the_choice() {
    let table = [
        (at(&[], 0), Content::text("1"), "Which one? [0] 0"),
        (at(&[], 1), Content::text("1."), "Which one? [0] 0"),
        (at(&[], 0), Content::text("MA COMMANDE"), "Which one? [0] 0"),
        (at(&[], 0), Content::text("my order"), "Which one? [0] 0"),
        (at(&[], 0), clicks("1"), "Which one? [0] 0"),
        (at(&[], 0), Content::text("3"), "queue 3 by 3"),
        (at(&[0], 0), Content::text("2"), "queue 2 by 1.2"),
        (at(&[0], 0), Content::text("delivery"), "queue 1 by 1.1"),
        (at(&[0], 0), clicks("1.2"), "queue 2 by 1.2"),
        // A button of the menu before counts still; its label, once gone from sight, does not.
        (at(&[0], 0), clicks("3"), "queue 3 by 3"),
        (
            at(&[0], 0),
            Content::text("my order"),
            "Please choose an answer. [0] 1",
        ),
        (
            at(&[0], 0),
            Content::text("3"),
            "Please choose an answer. [0] 1",
        ),
        (
            at(&[], 0),
            Content::text("0"),
            "Please choose an answer. [] 1",
        ),
        (at(&[], 0), clicks("9"), "Please choose an answer. [] 1"),
        (at(&[], 0), clicks("1.1.1"), "Please choose an answer. [] 1"),
        (at(&[], 0), clicks("0"), "Please choose an answer. [] 1"),
    ];
    for (from, content, expected) in table {
        assert_eq!(
            heard(&script(), &from, &content, true),
            expected,
            "{from:?} {content:?}"
        );
    }
}

#[test]
fn an_option_that_only_says_something_shows_the_options_again() {
    let script = script();
    let said = heard(&script, &at(&[], 1), &Content::text("2"), true);
    assert_eq!(said, "9 to 6 [] 0");
    // Chosen from further down, the menu is the one that it belongs to.
    assert_eq!(
        heard(&script, &at(&[0], 0), &clicks("2"), true),
        "9 to 6 [] 0"
    );
}

#[test]
fn wrong_answers_end_in_the_fallback_or_repeat_the_menu_until_it_falls_silent() {
    let (script, nonsense) = (script(), Content::text("quoi ?"));
    assert_eq!(
        heard(&script, &at(&[0], 0), &nonsense, true),
        "Please choose an answer. [0] 1"
    );
    assert_eq!(heard(&script, &at(&[0], 1), &nonsense, true), "give up");
    for wrong in 0..6 {
        let repeated = format!("Please choose an answer. [0] {}", wrong + 1);
        assert_eq!(heard(&script, &at(&[0], wrong), &nonsense, false), repeated);
    }
    assert_eq!(heard(&script, &at(&[0], 6), &nonsense, false), "ignore");
    assert_eq!(
        heard(&script, &at(&[0], 6), &Content::text("1"), false),
        "queue 1 by 1.1"
    );
    let impatient = Script {
        invalid_max: 0,
        ..script
    };
    assert_eq!(heard(&impatient, &at(&[], 0), &nonsense, true), "give up");
}

#[test]
fn what_is_no_answer_is_not_counted_as_a_wrong_one() {
    let reaction = Content::Reaction(Reaction {
        target: "x".into(),
        emoji: None,
    });
    let unknown = Content::Unknown(Unknown {
        kind: "order".into(),
        raw: serde_json::value::RawValue::from_string("{}".to_owned()).unwrap(),
    });
    let place = Content::Location(Location {
        latitude: 0.0,
        longitude: 0.0,
        name: None,
        address: None,
    });
    let table = [
        (reaction, "ignore"),
        (unknown, "ignore"),
        (place, "Please choose an answer. [] 1"),
    ];
    for (content, expected) in table {
        assert_eq!(heard(&script(), &at(&[], 0), &content, true), expected);
    }
}

#[test]
fn options_are_numbered_lines_and_choices_for_buttons() {
    let script = script();
    let words = |text: &Localized, of: &[u8], language, buttons| {
        script.words(text, &path(of), language, buttons).unwrap()
    };
    let numbered = words(&script.greeting, &[], Language::Fr, false);
    assert_eq!(
        numbered.body,
        "Bonjour !\n1. Ma commande\n2. Horaires\n3. Autre chose"
    );
    let below = words(&Localized::default(), &[0], Language::En, true);
    assert_eq!(
        below.body, "1. Delivery\n2. Invoice",
        "buttons alone say nothing"
    );
    let ids: Vec<_> = below
        .choices
        .iter()
        .map(|choice| choice.id.as_str())
        .collect();
    assert_eq!(ids, ["1.1", "1.2"]);
    let buttons = words(&script.greeting, &[], Language::En, true);
    assert_eq!(
        (buttons.body.as_str(), buttons.choices.len()),
        ("Hello!", 3)
    );
    let nothing = Script {
        options: Vec::new(),
        ..script
    };
    let words = nothing.words(&Localized::default(), &path(&[]), Language::En, false);
    assert_eq!(words, None);
}

#[test]
fn what_was_chosen_is_told_in_the_customers_language() {
    let script = script();
    assert_eq!(
        script.labels(&path(&[0, 1]), Language::Fr),
        ["Ma commande", "Facture"]
    );
    assert_eq!(script.labels(&path(&[2]), Language::En), ["Something else"]);
    assert_eq!(
        script.labels(&path(&[9, 9]), Language::En),
        Vec::<String>::new()
    );
}

#[test]
fn a_script_is_read_and_written_as_it_is_configured() {
    let script = script();
    let json = serde_json::to_string(&script).unwrap();
    assert_eq!(serde_json::from_str::<Script>(&json).unwrap(), script);
    assert!(json.contains(r#""label":{"fr":"Autre chose","en":"Something else"},"queue":"#));
}

#[test]
fn the_queues_of_all_levels_are_known() {
    let mut queues = script().queues();
    queues.sort();
    assert_eq!(queues, [1, 2, 3].map(queue));
}
