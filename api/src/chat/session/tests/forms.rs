//! What visitors are asked before they write, and messages that they leave.

use std::collections::BTreeMap;

use super::*;

#[test]
fn the_form_is_asked_of_strangers_and_must_be_filled_then() {
    let start = |name: Option<&str>, email: Option<&str>| FromVisitor::Start {
        client_id: None,
        name: name.map(str::to_owned),
        email: email.map(str::to_owned),
        fields: BTreeMap::new(),
    };
    let (mut stranger, effects) = begin(&VisitorHistory::default(), false);
    let Effect::Tell(ToVisitor::Welcome(welcome)) = &effects[0] else {
        panic!("{effects:?}")
    };
    assert_eq!(welcome.form, Some(Form::usual(FormPurpose::Prechat).fields));
    assert_eq!(
        refusal(&hear(&mut stranger, start(Some("Ada"), None))),
        Some(RefusalCode::Empty)
    );
    let started = |conversation_id| Effect::Tell(ToVisitor::Started { conversation_id });
    let effects = hear(&mut stranger, start(Some("Ada"), Some("ada@b.fr")));
    assert_eq!(effects, [started(None)], "it goes with the first message");

    let mut known = talking();
    assert_eq!(
        hear(&mut known, start(None, None)),
        [started(Some(CONVERSATION))]
    );
    for (recorded, told) in [
        (true, started(Some(CONVERSATION))),
        (false, refused_form(RefusalCode::TooFast)),
    ] {
        let effects = hear(&mut known, start(Some("Ada"), None));
        assert_eq!(
            effects,
            [Effect::Introduce],
            "nothing is said before it is so"
        );
        let effects = known.settled(Settled::Introduced { recorded }, NOW);
        assert_eq!(effects, [told]);
    }
    let settled = Settled::Introduced { recorded: true };
    assert_eq!(known.settled(settled, NOW), [], "no page waits for it");
    let erased = VisitorHistory {
        newest: 9,
        ..VisitorHistory::default()
    };
    let (_, effects) = begin(&erased, false);
    let Effect::Tell(ToVisitor::Welcome(welcome)) = &effects[0] else {
        panic!("{effects:?}")
    };
    assert!(welcome.form.is_some(), "nobody knows them any more");
    let (_, effects) = begin(&VisitorHistory::default(), true);
    let Effect::Tell(ToVisitor::Welcome(welcome)) = &effects[0] else {
        panic!("{effects:?}")
    };
    assert_eq!(welcome.form, None, "who filled it is not asked again");
}

#[test]
fn a_form_that_cannot_be_kept_is_refused_and_asked_again() {
    let (mut stranger, _) = begin(&VisitorHistory::default(), false);
    let start = || FromVisitor::Start {
        client_id: None,
        name: Some("Ada".to_owned()),
        email: Some("ada@b.fr".to_owned()),
        fields: BTreeMap::new(),
    };
    let ada = Introduction {
        name: Some("Ada".to_owned()),
        email: Some("ada@b.fr".to_owned()),
        answers: None,
    };
    let mut given = Vec::new();
    let effects = stranger.hear(
        start(),
        &mut Around {
            now: NOW,
            channel_exists: true,
            pace: &mut || Ok(()),
            keep: &mut |introduction| {
                given.push(introduction);
                false
            },
        },
    );
    assert_eq!(given, [ada]);
    assert_eq!(refusal(&effects), Some(RefusalCode::TooFast));
    let effects = hear(&mut stranger, send("a", "Bonjour"));
    assert_eq!(refusal(&effects), Some(RefusalCode::FormRequired));
    hear(&mut stranger, start());
    assert!(is_received(&hear(&mut stranger, send("a", "Bonjour"))));
}

fn leave(client_id: &str, fields: &[(&str, &str)]) -> FromVisitor {
    let fields = fields
        .iter()
        .map(|(name, answer)| ((*name).to_owned(), (*answer).to_owned()));
    FromVisitor::Start {
        client_id: Some(client_id.into()),
        name: Some("Ada".to_owned()),
        email: Some("ada@b.fr".to_owned()),
        fields: fields.collect(),
    }
}

#[test]
fn where_nobody_can_answer_anybody_is_asked_to_leave_a_message() {
    let known = VisitorHistory {
        newest: 4,
        is_known: true,
        ..VisitorHistory::default()
    };
    for (history, introduced) in [
        (&VisitorHistory::default(), false),
        (&VisitorHistory::default(), true),
        (&known, false),
    ] {
        let (mut session, effects) = begin_with(history, introduced, FormPurpose::LeaveMessage);
        let Effect::Tell(ToVisitor::Welcome(welcome)) = &effects[0] else {
            panic!("{effects:?}")
        };
        assert_eq!(welcome.form_purpose, Some(FormPurpose::LeaveMessage));
        let effects = hear(&mut session, send("a", "Bonjour"));
        assert_eq!(refusal(&effects), Some(RefusalCode::FormRequired));
        let empty = leave("a", &[("message", " ")]);
        assert_eq!(
            refusal(&hear(&mut session, empty)),
            Some(RefusalCode::Empty)
        );
        let introduction = Introduction {
            name: Some("Ada".to_owned()),
            email: Some("ada@b.fr".to_owned()),
            answers: None,
        };
        let left = Effect::Leave {
            client_id: "a".into(),
            body: "Rappelez-moi".to_owned(),
            introduction,
        };
        let effects = hear(&mut session, leave("a", &[("message", "Rappelez-moi")]));
        assert_eq!(effects, [left]);
    }
}

#[test]
fn a_message_is_left_when_it_is_durable_and_not_before() {
    let (mut session, _) = begin_with(&VisitorHistory::default(), false, FormPurpose::LeaveMessage);
    let settled = |taken| Settled::Left {
        client_id: "a".into(),
        taken,
    };
    let retry_after = Duration::from_millis(70);
    let effects = session.settled(settled(Taken::Not { retry_after }), NOW);
    assert_eq!(waits(&effects), Some(70));
    let later = NOW.plus(retry_after);
    let again = hear_at(&mut session, leave("a", &[("message", "x")]), later);
    assert!(matches!(&again[..], [Effect::Leave { .. }]), "{again:?}");
    let effects = session.settled(settled(Taken::Durable { seq: 3, at: NOW }), later);
    let [
        Effect::Tell(ToVisitor::Ack { seq: 3, .. }),
        Effect::Tell(ToVisitor::Started { .. }),
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    let effects = hear_at(&mut session, send("b", "Et aussi"), later);
    assert!(matches!(&effects[..], [Effect::Receive { .. }]));
}

#[test]
fn nothing_is_asked_where_a_conversation_began_on_another_page() {
    for purpose in [FormPurpose::Prechat, FormPurpose::LeaveMessage] {
        let (mut session, _) = begin_with(&VisitorHistory::default(), false, purpose);
        session.committed(&entry(1, vec![opened(), received("a", "Bonjour")]), name);
        let effects = hear(&mut session, send("b", "Et aussi"));
        assert!(matches!(&effects[..], [Effect::Receive { .. }]));
    }
}
