//! What visitors are asked before they write, and messages that they leave.

use std::collections::BTreeMap;

use ecluse_engine::chatbot::menu::Script;
use ecluse_engine::ids::ChatbotId;
use ecluse_engine::message::BotStarted;
use ecluse_engine::texts::{Language, Localized};

use super::*;
use crate::chat::session::forms::refused_form;

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
    for (form, recorded, told) in [
        (1, true, started(Some(CONVERSATION))),
        (2, false, refused_form(RefusalCode::TooFast)),
    ] {
        let effects = hear(&mut known, start(Some("Ada"), None));
        let introduction = Introduction {
            name: Some("Ada".to_owned()),
            email: None,
            answers: None,
        };
        assert_eq!(
            effects,
            [Effect::Introduce { form, introduction }],
            "nothing is said before it is so"
        );
        let effects = known.settled(Settled::Introduced { form, recorded }, NOW);
        assert_eq!(effects, [told]);
    }
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
fn a_form_is_answered_when_it_came_out_itself_and_no_other_did() {
    let start = |name: &str| FromVisitor::Start {
        client_id: None,
        name: Some(name.to_owned()),
        email: None,
        fields: BTreeMap::new(),
    };
    let mut session = talking();
    let recorded = |form| Settled::Introduced {
        form,
        recorded: true,
    };
    hear(&mut session, start("Ada"));
    let kept = session.settled(Settled::Remembered, NOW);
    assert_eq!(kept, [], "what another page filled in is recorded");
    hear(&mut session, start("Ada Lune"));
    let replaced = session.settled(recorded(1), NOW);
    assert_eq!(replaced, [], "it was corrected since");
    let effects = session.settled(recorded(2), NOW);
    let started = ToVisitor::Started {
        conversation_id: Some(CONVERSATION),
    };
    assert_eq!(effects, [Effect::Tell(started)]);
    assert_eq!(session.settled(recorded(2), NOW), [], "once");
}

#[test]
fn a_form_for_which_there_is_no_room_goes_with_the_first_message_of_its_own_page() {
    let (mut stranger, _) = begin(&VisitorHistory::default(), false);
    let start = FromVisitor::Start {
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
        start,
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
    assert_eq!(given, std::slice::from_ref(&ada));
    let started = ToVisitor::Started {
        conversation_id: None,
    };
    assert_eq!(effects, [Effect::Tell(started)]);
    let mut carried = |client_id| match &hear(&mut stranger, send(client_id, "Bonjour"))[..] {
        [Effect::Receive { introduction, .. }] => introduction.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(carried("a"), Some(ada.clone()));
    assert_eq!(carried("b"), Some(ada), "the first may be lost");
    durable(&mut stranger, "a", 2);
    let effects = hear(&mut stranger, send("c", "Bonjour"));
    let [Effect::Receive { introduction, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(*introduction, None, "it is recorded");
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

fn give_up(session: &mut Session) -> Vec<Effect> {
    hear(session, FromVisitor::GiveUp)
}

fn waiting(waiting: bool) -> Effect {
    Effect::Tell(ToVisitor::Waiting { waiting })
}

fn left_behind(client_id: &str) -> Fact {
    let message = Inbound {
        offline: true,
        ..inbound(client_id, "Rappelez-moi")
    };
    Fact::Received(Received {
        conversation: CONVERSATION,
        fingerprint: Fingerprint(2),
        message: Arc::new(message),
    })
}

fn assigned() -> Fact {
    Fact::Assigned {
        conversation: CONVERSATION,
        queue: Some(QUEUE),
        agent: AGENT,
        by: Actor::Agent(AGENT),
        offer: None,
        over_capacity: false,
    }
}

#[test]
fn who_waits_may_leave_a_message_in_the_conversation_instead() {
    let (mut session, _) = begin(&VisitorHistory::default(), true);
    assert_eq!(give_up(&mut session), [], "nobody waits yet");
    let first = entry(1, vec![opened(), received("a", "Bonjour")]);
    let effects = session.committed(&first, name);
    assert_eq!(effects.last(), Some(&waiting(true)));
    assert_eq!(give_up(&mut session), [Effect::FindForm]);
    assert_eq!(give_up(&mut session), [], "it is being read");
    let form = Form::usual(FormPurpose::LeaveMessage);
    let fields = Arc::clone(&form.fields);
    let told = session.settled(Settled::Found(form), NOW);
    let asked = Effect::Tell(ToVisitor::Form {
        form: fields,
        form_purpose: FormPurpose::LeaveMessage,
        form_title: None,
        form_intro: None,
    });
    assert_eq!(told, [asked]);
    assert_eq!(give_up(&mut session), told, "it is known by now");

    let effects = hear(&mut session, send("b", "Toujours là ?"));
    assert!(is_received(&effects), "whoever reads it may still write");
    let effects = hear(&mut session, leave("c", &[("message", "Rappelez-moi")]));
    assert!(matches!(&effects[..], [Effect::Leave { .. }]));
    let effects = session.committed(&entry(3, vec![left_behind("c")]), name);
    assert_eq!(effects.last(), Some(&waiting(false)));
    let settled = Settled::Left {
        client_id: "c".into(),
        taken: Taken::Durable { seq: 3, at: NOW },
    };
    let effects = session.settled(settled, NOW);
    let [
        Effect::Tell(ToVisitor::Ack { .. }),
        Effect::Tell(ToVisitor::Started { .. }),
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(give_up(&mut session), [], "once is enough");
}

#[test]
fn who_is_with_somebody_or_with_a_chatbot_does_not_wait_and_who_is_in_its_line_does() {
    let (queue, conversation) = (QUEUE, CONVERSATION);
    let requeued = || Fact::Requeued {
        conversation,
        queue,
        by: Actor::System,
        from: None,
        outside_hours: None,
        preferred: None,
    };
    let answered = || answered(Author::Agent(AGENT), "Oui");
    let to_a_chatbot = Fact::Opened(Opened::new(
        CONVERSATION,
        ChannelKind::LiveChat,
        key().contact_id(ChannelKind::LiveChat),
        Destination::Chatbot(ChatbotId(Uuid::from_u128(4))),
    ));
    let script = Script {
        greeting: Localized::default(),
        invalid_reply: Localized::default(),
        handover: Localized::default(),
        invalid_max: 3,
        timeout_secs: 300,
        options: Vec::new(),
    };
    let begun = Fact::BotStarted(Box::new(BotStarted {
        conversation,
        chatbot: ChatbotId(Uuid::from_u128(4)),
        script: Arc::new(script),
        fallback_queue: None,
        language: Language::Fr,
    }));
    let rows = [
        (vec![opened()], vec![true]),
        (vec![opened(), assigned()], vec![]),
        (vec![to_a_chatbot.clone()], vec![true]),
        (vec![to_a_chatbot.clone(), begun], vec![]),
        (vec![to_a_chatbot, requeued()], vec![true]),
        (vec![opened(), left_behind("a")], vec![]),
        (vec![opened(), closed()], vec![]),
    ];
    let told = |effects: &[Effect]| -> Vec<bool> {
        let waiting = effects.iter().filter_map(|effect| match effect {
            Effect::Tell(ToVisitor::Waiting { waiting }) => Some(*waiting),
            _ => None,
        });
        waiting.collect()
    };
    for (facts, expected) in rows {
        let (mut session, _) = begin(&VisitorHistory::default(), true);
        let effects = session.committed(&entry(1, facts.clone()), name);
        assert_eq!(told(&effects), expected, "{facts:?}");
    }
    let mut session = talking();
    let steps = [
        (left_behind("b"), vec![false]),
        (assigned(), vec![]),
        (answered(), vec![]),
        (requeued(), vec![true]),
        (assigned(), vec![false]),
    ];
    for (seq, (fact, expected)) in (3..).zip(steps) {
        let effects = session.committed(&entry(seq, vec![fact]), name);
        assert_eq!(told(&effects), expected, "{seq}");
    }
}

#[test]
fn a_form_that_comes_after_somebody_has_come_is_not_shown() {
    let mut session = talking();
    assert_eq!(give_up(&mut session), [Effect::FindForm]);
    session.committed(&entry(3, vec![assigned()]), name);
    let form = Form::usual(FormPurpose::LeaveMessage);
    assert_eq!(session.settled(Settled::Found(form), NOW), []);
    let waits = VisitorHistory {
        newest: 2,
        is_known: true,
        open: Some(CONVERSATION),
        waits: true,
        ..VisitorHistory::default()
    };
    let (mut back, effects) = begin(&waits, false);
    let Effect::Tell(ToVisitor::Welcome(welcome)) = &effects[0] else {
        panic!("{effects:?}")
    };
    assert!(welcome.waiting, "a page that comes back waits on");
    let effects = back.committed(&entry(3, vec![assigned()]), name);
    assert_eq!(effects.last(), Some(&waiting(false)));
}
