//! What a conversation makes of what the customer says.

use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::conversation::letter::Letter;
use ecluse_engine::conversation::{Command, FilledForm, Introduction, Refusal};
use ecluse_engine::message::{Fact, Inbound, Timestamp};
use ecluse_engine::provider::NotAllowed;
use ecluse_engine::sim::sample::{self, DAY};
use ecluse_engine::texts::Language;

use crate::talk::{ALICE, HOUR, Talk, fingerprint, receive, says, sent_at};

#[test]
fn exactly_once_visible() {
    let mut talk = Talk::begun();
    talk.check(&[
        (says("a"), "known as 3"),
        (says("b"), "4 received b"),
        (says("a"), "known as 3"),
    ]);
    talk.later(DAY * 7);
    assert_eq!(
        talk.does(&says("a")),
        "known as 3",
        "providers redeliver for seven days"
    );
    talk.later(HOUR);
    assert_eq!(talk.does(&says("a")), "5 received a", "and no longer");
}

#[test]
fn a_name_is_noted_when_it_changes() {
    let named = |id: &str, name: &str| {
        receive(Inbound {
            profile_name: Some(name.to_owned()),
            ..sample::text(id, "")
        })
    };
    Talk::new().check(&[
        (
            named("a", "Zoé"),
            "1 opened, 2 timer at 24:00, 3 named Zoé, 4 received a",
        ),
        (named("b", "Zoé"), "5 received b"),
        (says("c"), "6 received c"),
        (named("d", "Zoë"), "7 named Zoë, 8 received d"),
    ]);
}

#[test]
fn a_visitor_who_says_who_they_are_is_believed_to_have_typed_it() {
    let introduce = |name: Option<&str>, email: Option<&str>| {
        Command::Introduce(Introduction {
            name: name.map(str::to_owned),
            email: email.map(str::to_owned),
            form: None,
        })
    };
    Talk::new().check(&[
        (
            introduce(Some("Zoé"), None),
            "refused: the conversation is another one by now",
        ),
        (says("a"), "1 opened, 2 timer at 24:00, 3 received a"),
        (
            introduce(Some("Zoé"), Some("zoe@example.org")),
            "4 named Zoé, 5 typed zoe@example.org",
        ),
        (introduce(Some("Zoé"), None), "nothing new since 5"),
    ]);
}

#[test]
fn what_a_customer_filled_in_is_kept_once_with_the_conversation() {
    let fill = |id: &str| {
        let form = FilledForm {
            form: "Before the chat".to_owned(),
            answers: vec![("Order number".to_owned(), "42".to_owned())],
            fingerprint: Some(fingerprint(id)),
        };
        Command::Introduce(Introduction {
            form: Some(form),
            ..Introduction::default()
        })
    };
    let mut talk = Talk::begun();
    talk.check(&[
        (fill("f"), "4 filled Before the chat"),
        (fill("f"), "nothing new since 4"),
        (fill("g"), "5 filled Before the chat"),
    ]);
    let Some(Fact::FormFilled(form)) = talk.entries[1].facts.first() else {
        panic!("it was filled in");
    };
    assert_eq!(form.conversation, Some(talk.id()));
    assert_eq!(form.answers, [("Order number".to_owned(), "42".to_owned())]);
}

#[test]
fn a_message_and_who_wrote_it_stand_in_one_entry_or_not_at_all() {
    let introduction = || Introduction {
        name: Some("Zoé".to_owned()),
        email: Some("zoe@example.org".to_owned()),
        form: Some(FilledForm {
            form: "After hours".to_owned(),
            answers: vec![("Order number".to_owned(), "42".to_owned())],
            fingerprint: Some(fingerprint("f")),
        }),
    };
    let left = |id: &str| {
        let message = Inbound {
            // What was typed counts more than what the page carried.
            profile_name: Some("Zozo".to_owned()),
            ..sample::text(id, "Rappelez-moi")
        };
        Command::ReceiveWith {
            message: Arc::new(message),
            fingerprint: fingerprint(id),
            introduction: Box::new(introduction()),
        }
    };
    let mut talk = Talk::new();
    talk.check(&[
        (
            left("a"),
            "1 opened, 2 timer at 24:00, 3 named Zoé, 4 received a, 5 typed zoe@example.org, 6 filled After hours",
        ),
        (left("a"), "known as 4"),
        (left("b"), "7 received b, 8 typed zoe@example.org"),
        (
            Command::Introduce(Introduction {
                email: None,
                ..introduction()
            }),
            "nothing new since 8",
        ),
    ]);
    let opened = talk.entries[0].facts.last();
    let Some(Fact::FormFilled(form)) = opened else {
        panic!("{opened:?}");
    };
    assert_eq!(form.conversation, Some(talk.id()));

    let letter = Letter::of(&left("a"));
    let kept = serde_json::from_str::<Letter>(letter.to_raw().0.get()).unwrap();
    let again = kept.into_command(1, &talk.key, &sample::FINGERPRINTER);
    assert_eq!(again, Some(left("a")), "and in one dead letter");
}

#[test]
fn a_message_that_was_left_opens_a_conversation_that_says_so() {
    let left = receive(Inbound {
        offline: true,
        ..sample::text("a", "Rappelez-moi")
    });
    Talk::new().check(&[
        (left, "1 opened offline, 2 timer at 24:00, 3 received a"),
        (says("b"), "4 received b"),
    ]);
}

#[test]
fn a_language_is_noted_when_it_changes() {
    let in_language = |id: &str, language| {
        receive(Inbound {
            language: Some(language),
            ..sample::text(id, "")
        })
    };
    Talk::new().check(&[
        (
            in_language("a", Language::Fr),
            "1 opened, 2 timer at 24:00, 3 speaks fr, 4 received a",
        ),
        (in_language("b", Language::Fr), "5 received b"),
        (says("c"), "6 received c"),
        (in_language("d", Language::En), "7 speaks en, 8 received d"),
    ]);
}

#[test]
fn window_enforced() {
    let mut talk = Talk::begun();
    let write = talk.answers(ALICE, "x", None);
    talk.later(DAY - Duration::from_secs(1));
    assert_eq!(
        talk.does(&write),
        "4 queued x, 5 first answer after 86399 s"
    );
    talk.later(Duration::from_secs(1));
    let closed_at = Some(sample::START.plus(DAY));
    let expected = NotAllowed::WindowClosed {
        closed_at,
        allowed: vec!["template"],
    };
    assert_eq!(
        talk.refusal(&write),
        Refusal::NotAllowed(expected),
        "and it says what is still allowed"
    );
    let now = talk.now;
    assert_eq!(talk.does(&sent_at("b", now)), "6 received b");
    assert_eq!(
        talk.does(&write),
        "7 queued x",
        "the customer opens the window again"
    );
}

#[test]
fn the_window_counts_from_when_the_customer_wrote() {
    let (written, hours) = (sample::START, |hours: u32| HOUR * hours);
    let at = |by: u32| written.plus(hours(by));
    let table = [
        ("in time", at(0), 0, at(0)),
        ("redelivered after hours", at(0), 20, at(0)),
        ("by a clock that is ahead", at(30), 1, at(1)),
        ("without a time", Timestamp(0), 2, at(2)),
        ("with an impossible time", Timestamp(-5), 3, at(3)),
    ];
    for (what, sent, came, opens) in table {
        let mut talk = Talk::new();
        talk.later(hours(came));
        talk.does(&sent_at("a", sent));
        assert_eq!(talk.state.last_inbound_at, Some(opens), "{what}");
    }
    let mut talk = Talk::begun();
    talk.later(hours(10));
    talk.does(&sent_at("b", at(10)));
    talk.later(hours(1));
    talk.does(&sent_at("c", at(2)));
    assert_eq!(
        talk.state.last_inbound_at,
        Some(at(10)),
        "an older message closes nothing"
    );
    let write = talk.answers(ALICE, "x", None);
    talk.now = at(34).plus(Duration::from_secs(1));
    assert!(matches!(talk.refusal(&write), Refusal::NotAllowed(_)));
}
