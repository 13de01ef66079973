mod forms;

use std::sync::Arc;

use ecluse_adapters::storage::read_model::visitor::{Said, VisitorRow};
use ecluse_engine::ids::{Address, ChannelId, ConversationKey, Key, QueueId, TenantId};
use ecluse_engine::message::{
    Actor, Author, ChannelKind, CloseReason, Content, Destination, Fingerprint, Inbound, Opened,
    Outbound, Queued, Received, TimerKind,
};
use proptest::prelude::*;
use smallvec::SmallVec;

use super::*;
use crate::chat::frames::{Side, VisitorMessage};
use crate::chat::lines::provider_id;
use crate::chat::pace::MESSAGES;

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
const AGENT: AgentId = AgentId(Uuid::from_u128(7));
const CONVERSATION: ConversationId = ConversationId(Uuid::from_u128(9));
const QUEUE: QueueId = QueueId(Uuid::from_u128(3));

fn key() -> ConversationKey {
    let channel = ChannelId(Uuid::from_u128(1));
    ConversationKey {
        tenant: TenantId::DEFAULT,
        channel,
        address: Address("visitor".into()),
        thread: None,
    }
}

fn entry(first_seq: u64, facts: Vec<Fact>) -> Entry {
    Entry {
        key: Key::Conversation(key()),
        at: NOW,
        first_seq,
        facts: SmallVec::from_vec(facts),
    }
}

fn inbound(client_id: &str, body: &str) -> Inbound {
    Inbound::new(provider_id("visitor", client_id), NOW, Content::text(body))
}

fn outbound(author: Author, body: &str) -> Outbound {
    Outbound {
        author,
        client_id: None,
        reply_to: None,
        content: Content::text(body),
    }
}

fn opened() -> Fact {
    Fact::Opened(Opened::new(
        CONVERSATION,
        ChannelKind::LiveChat,
        key().contact_id(ChannelKind::LiveChat),
        Destination::Queue(QUEUE),
    ))
}

fn received(client_id: &str, body: &str) -> Fact {
    let message = Arc::new(inbound(client_id, body));
    Fact::Received(Received {
        conversation: CONVERSATION,
        fingerprint: Fingerprint(1),
        message,
    })
}

fn answered(author: Author, body: &str) -> Fact {
    let message = Arc::new(outbound(author, body));
    Fact::Queued(Queued {
        conversation: CONVERSATION,
        message,
        fingerprint: None,
        auto_reply: None,
    })
}

fn sent(message: u64) -> Fact {
    let outcome = SendOutcome::Sent("chat.1".into());
    Fact::SendEnded {
        conversation: CONVERSATION,
        message,
        attempt: 1,
        outcome,
        fingerprint: None,
    }
}

fn closed() -> Fact {
    Fact::Closed {
        conversation: CONVERSATION,
        reason: CloseReason::Resolved,
        by: Actor::Agent(AGENT),
    }
}

fn name(agent: AgentId) -> Option<String> {
    (agent == AGENT).then(|| "Marie".to_owned())
}

fn begin(history: &VisitorHistory, introduced: bool) -> (Session, Vec<Effect>) {
    begin_with(history, introduced, FormPurpose::Prechat)
}

fn begin_with(
    history: &VisitorHistory,
    introduced: bool,
    purpose: FormPurpose,
) -> (Session, Vec<Effect>) {
    let beginning = Beginning {
        visitor: "token".to_owned(),
        epoch: Uuid::from_u128(5),
        lang: Lang::Fr,
        introduced,
        form: Form::usual(purpose),
        greeting: None,
        theme_color: None,
    };
    Session::begin(beginning, history, NOW, name)
}

/// A session whose visitor has written once.
fn talking() -> Session {
    let (mut session, _) = begin(&VisitorHistory::default(), true);
    session.committed(&entry(1, vec![opened(), received("a", "Bonjour")]), name);
    session
}

fn hear_at(session: &mut Session, frame: FromVisitor, now: Timestamp) -> Vec<Effect> {
    session.hear(
        frame,
        &mut Around {
            now,
            channel_exists: true,
            pace: &mut || Ok(()),
            keep: &mut |_| true,
        },
    )
}

fn hear(session: &mut Session, frame: FromVisitor) -> Vec<Effect> {
    hear_at(session, frame, NOW)
}

fn send(client_id: &str, body: &str) -> FromVisitor {
    FromVisitor::Send {
        client_id: client_id.into(),
        body: body.to_owned(),
        choice: None,
    }
}

fn waits(effects: &[Effect]) -> Option<u64> {
    match effects {
        [Effect::Tell(ToVisitor::Wait { retry_after_ms, .. })] => Some(*retry_after_ms),
        _ => None,
    }
}

fn refusal(effects: &[Effect]) -> Option<RefusalCode> {
    match effects {
        [Effect::Tell(ToVisitor::Refused { code, .. })]
        | [
            Effect::Excess,
            Effect::Tell(ToVisitor::Refused { code, .. }),
        ] => Some(*code),
        _ => None,
    }
}

fn is_received(effects: &[Effect]) -> bool {
    matches!(effects, [Effect::Receive { .. }])
}

fn durable(session: &mut Session, client_id: &str, seq: u64) -> Vec<Effect> {
    let taken = Taken::Durable { seq, at: NOW };
    session.settled(
        Settled::Received {
            client_id: client_id.into(),
            taken,
        },
        NOW,
    )
}

fn lines(effects: &[Effect]) -> Vec<(Side, String)> {
    let line = |effect: &Effect| match effect {
        Effect::Tell(ToVisitor::Message { message, .. }) => {
            Some((message.from, message.body.clone()))
        }
        _ => None,
    };
    effects.iter().filter_map(line).collect()
}

#[test]
fn a_text_is_taken_as_it_was_meant_or_refused_with_a_reason() {
    let long = "é".repeat(BODY_CHARS_MAX);
    let longer = format!("{long}é");
    let rows = [
        (" Bonjour\n", Ok("Bonjour")),
        ("", Err(RefusalCode::Empty)),
        (" \n\t", Err(RefusalCode::Empty)),
        (long.as_str(), Ok(long.as_str())),
        (longer.as_str(), Err(RefusalCode::TooLong)),
    ];
    for (body, expected) in rows {
        let effects = hear(&mut talking(), send("b", body));
        match expected {
            Ok(body) => {
                let receive = Effect::Receive {
                    client_id: "b".into(),
                    body: body.to_owned(),
                    choice: None,
                    introduction: None,
                };
                assert_eq!(effects, [receive]);
            }
            Err(code) => assert_eq!(refusal(&effects), Some(code)),
        }
    }
    let mut gone = || Ok(());
    let keep = &mut |_: Introduction| true;
    let around = &mut Around {
        now: NOW,
        channel_exists: false,
        pace: &mut gone,
        keep,
    };
    assert_eq!(
        refusal(&talking().hear(send("b", "x"), around)),
        Some(RefusalCode::ClosedChannel)
    );
    for nameless in ["", "\u{7}", &"x".repeat(CLIENT_ID_BYTES_MAX + 1)] {
        assert_eq!(
            hear(&mut talking(), send(nameless, "x")),
            [Effect::HangUp(REFUSED)]
        );
    }
}

#[test]
fn beyond_the_window_nothing_is_taken_until_the_pause_is_over() {
    let mut session = talking();
    for number in 0..WINDOW {
        assert!(
            is_received(&hear(&mut session, send(&format!("m{number}"), "x"))),
            "{number}"
        );
    }
    assert_eq!(waits(&hear(&mut session, send("m8", "x"))), Some(200));
    let ack = durable(&mut session, "m0", 3);
    assert!(
        matches!(&ack[..], [Effect::Tell(ToVisitor::Ack { seq: 3, .. })]),
        "{ack:?}"
    );
    let half = NOW.plus(Duration::from_millis(100));
    assert_eq!(
        waits(&hear_at(&mut session, send("m9", "x"), half)),
        Some(100),
        "m8 comes before m9"
    );
    let after = NOW.plus(Duration::from_millis(200));
    assert!(is_received(&hear_at(&mut session, send("m8", "x"), after)));
    assert!(
        waits(&hear_at(&mut session, send("m9", "x"), after)).is_some(),
        "the window is full again"
    );
}

#[test]
fn what_found_no_room_holds_what_came_behind_it() {
    let rows = [
        (
            Taken::Not {
                retry_after: Duration::from_secs(2),
            },
            2_000,
        ),
        (Taken::Lost, 1_000),
    ];
    for (taken, ms) in rows {
        let mut session = talking();
        assert!(is_received(&hear(&mut session, send("a", "x"))));
        let settled = Settled::Received {
            client_id: "a".into(),
            taken,
        };
        assert_eq!(waits(&session.settled(settled, NOW)), Some(ms));
        assert_eq!(waits(&hear(&mut session, send("b", "x"))), Some(ms));
        let after = NOW.plus(Duration::from_millis(ms));
        for client_id in ["a", "b"] {
            assert!(
                is_received(&hear_at(&mut session, send(client_id, "x"), after)),
                "{client_id}"
            );
        }
    }
}

#[test]
fn who_does_not_wait_is_refused_in_the_end() {
    let mut session = talking();
    let pace = &mut || Err(Duration::from_millis(500));
    let keep = &mut |_: Introduction| true;
    let around = &mut Around {
        now: NOW,
        channel_exists: true,
        pace,
        keep,
    };
    for number in 0..IMPATIENCE_MAX {
        assert_eq!(
            waits(&session.hear(send("a", "x"), around)),
            Some(500),
            "{number}"
        );
    }
    assert_eq!(
        refusal(&session.hear(send("a", "x"), around)),
        Some(RefusalCode::TooFast)
    );
    let later = NOW.plus(Duration::from_millis(500));
    assert!(
        is_received(&hear_at(&mut session, send("a", "x"), later)),
        "and is heard again after a pause"
    );
}

#[test]
fn who_goes_on_with_new_messages_does_not_wait_at_any_rate() {
    for (per_second, most) in [(10_u64, 50), (30, 50), (100, 50)] {
        let mut session = talking();
        let mut bucket = Bucket::full(MESSAGES, NOW);
        let heard = (0..most).map(|number| {
            let now = NOW.plus(Duration::from_millis(1_000 * number / per_second));
            let around = &mut Around {
                now,
                channel_exists: true,
                pace: &mut || bucket.take(MESSAGES, now),
                keep: &mut |_| true,
            };
            let effects = session.hear(send(&format!("m{number}"), "x"), around);
            if is_received(&effects) {
                durable(&mut session, &format!("m{number}"), 2 + number);
            }
            matches!(effects[0], Effect::Excess)
        });
        let excesses = heard.filter(|is_excess| *is_excess).count();
        assert!(excesses >= 8, "{per_second} a second: {excesses}");
    }
}

#[test]
fn who_waits_is_never_refused_however_long_there_is_no_room() {
    let mut session = talking();
    let mut now = NOW;
    for _ in 0..100 {
        assert!(is_received(&hear_at(&mut session, send("a", "x"), now)));
        let taken = Taken::Not {
            retry_after: Duration::from_secs(2),
        };
        let settled = Settled::Received {
            client_id: "a".into(),
            taken,
        };
        assert_eq!(waits(&session.settled(settled, now)), Some(2_000));
        for behind in 1..WINDOW {
            assert!(waits(&hear_at(&mut session, send(&behind.to_string(), "x"), now)).is_some());
        }
        now = now.plus(Duration::from_secs(2));
    }
}

#[test]
fn the_page_is_told_each_line_once_and_in_order() {
    let (mut session, _) = begin(&VisitorHistory::default(), true);
    let first = entry(1, vec![opened(), received("a", "Bonjour")]);
    let effects = session.committed(&first, name);
    let started = ToVisitor::Started {
        conversation_id: Some(CONVERSATION),
    };
    assert_eq!(effects[0], Effect::Tell(started));
    assert_eq!(lines(&effects), [(Side::Me, "Bonjour".to_owned())]);
    let Effect::Tell(ToVisitor::Message { offset, message }) = &effects[1] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        (*offset, message.seq, message.client_id.as_deref()),
        (Some(2), 2, Some("a"))
    );
    assert_eq!(
        session.committed(&first, name),
        [],
        "what is known is not told again"
    );

    let by = Actor::Agent(AGENT);
    let (queue, offer, over_capacity) = (Some(QUEUE), None, false);
    let assigned = Fact::Assigned {
        conversation: CONVERSATION,
        queue,
        agent: AGENT,
        by,
        offer,
        over_capacity,
    };
    let answers = [
        assigned,
        answered(Author::Agent(AGENT), "Bonjour !"),
        answered(Author::Program, "Offre"),
        answered(Author::System, "Absents"),
        Fact::EmailTyped {
            contact: key().contact_id(ChannelKind::LiveChat),
            email: "a@b.fr".to_owned(),
        },
    ];
    let effects = session.committed(&entry(3, answers.to_vec()), name);
    let expected = [
        (Side::System, "Marie a rejoint la discussion"),
        (Side::Agent, "Bonjour !"),
        (Side::Agent, "Offre"),
        (Side::System, "Absents"),
    ];
    assert_eq!(
        lines(&effects),
        expected.map(|(side, body)| (side, body.to_owned()))
    );
    let Effect::Tell(ToVisitor::Message { message, .. }) = &effects[1] else {
        panic!("{effects:?}")
    };
    assert_eq!(message.name.as_deref(), Some("Marie"));

    let kind = TimerKind::IdleClose;
    let end = [
        closed(),
        Fact::TimerCleared {
            conversation: CONVERSATION,
            kind,
        },
    ];
    let effects = session.committed(&entry(8, end.to_vec()), name);
    assert_eq!(
        lines(&effects),
        [(Side::System, "La discussion est terminée".to_owned())]
    );
    assert_eq!(
        effects.last(),
        Some(&Effect::Tell(ToVisitor::Closed { offset: 8 }))
    );
}

#[test]
fn an_entry_that_is_known_in_part_is_told_in_part() {
    let history = VisitorHistory {
        newest: 2,
        is_known: true,
        open: Some(CONVERSATION),
        ..VisitorHistory::default()
    };
    let (mut session, _) = begin(&history, true);
    let facts = vec![opened(), received("a", "Un"), received("b", "Deux")];
    assert_eq!(
        lines(&session.committed(&entry(1, facts), name)),
        [(Side::Me, "Deux".to_owned())]
    );
}

#[test]
fn delivered_and_read_are_recorded_once_the_answer_was_sent() {
    let mut session = talking();
    let answer = |seq, body| entry(seq, vec![answered(Author::Agent(AGENT), body)]);
    let mark = |message, status| Effect::Mark { message, status };
    let marked = |message, status, recorded| Settled::Marked {
        message,
        status,
        recorded,
    };
    let told = session.committed(&answer(3, "Oui"), name);
    assert_eq!(
        told.len(),
        1,
        "nothing can be recorded before the outbox is done: {told:?}"
    );
    assert_eq!(hear(&mut session, FromVisitor::Read { seq: 900 }), []);
    assert_eq!(
        session.committed(&entry(4, vec![sent(3)]), name),
        [mark(3, Status::Read)]
    );
    session.committed(&answer(5, "Et"), name);
    assert_eq!(
        session.committed(&entry(6, vec![sent(5)]), name),
        [],
        "one at a time"
    );
    let next = session.settled(marked(3, Status::Read, true), NOW);
    assert_eq!(
        next,
        [mark(5, Status::Delivered)],
        "the visitor saw no more than the page had then"
    );
    assert_eq!(
        session.settled(marked(5, Status::Delivered, false), NOW),
        []
    );
    assert_eq!(
        session.tick(),
        Some(mark(5, Status::Delivered)),
        "what found no room is tried again"
    );
    assert_eq!(hear(&mut session, FromVisitor::Read { seq: 5 }), []);
    assert_eq!(
        session.settled(marked(5, Status::Delivered, true), NOW),
        [mark(5, Status::Read)]
    );
    assert_eq!(session.settled(marked(5, Status::Read, true), NOW), []);
    assert_eq!(hear(&mut session, FromVisitor::Read { seq: 5 }), []);
}

#[test]
fn an_answer_that_waited_for_the_visitor_is_delivered_with_the_welcome() {
    let row = VisitorRow {
        seq: 3,
        at: NOW,
        said: Said::Sent(Box::new(outbound(Author::Agent(AGENT), "Oui"))),
    };
    let reached = Reached {
        sent: 3,
        delivered: 0,
        read: 0,
    };
    let history = VisitorHistory {
        newest: 4,
        is_known: true,
        rows: vec![row],
        reached,
        ..VisitorHistory::default()
    };
    let (_, effects) = begin(&history, false);
    assert_eq!(
        effects[1..],
        [Effect::Mark {
            message: 3,
            status: Status::Delivered
        }]
    );
    let Effect::Tell(ToVisitor::Welcome(welcome)) = &effects[0] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        (welcome.offset, welcome.resumed, welcome.form.clone()),
        (4, false, None)
    );
    let [
        VisitorMessage {
            seq: 3,
            from: Side::Agent,
            ..
        },
    ] = &welcome.messages[..]
    else {
        panic!("{welcome:?}")
    };
}

#[test]
fn a_choice_is_a_message_with_its_id() {
    let choose = |choice: &str| FromVisitor::Send {
        client_id: "b".into(),
        body: "Ma commande".to_owned(),
        choice: Some(choice.into()),
    };
    let receive = Effect::Receive {
        client_id: "b".into(),
        body: "Ma commande".to_owned(),
        choice: Some("2.1".into()),
        introduction: None,
    };
    assert_eq!(hear(&mut talking(), choose("2.1")), [receive]);
    for broken in ["", "a\nb", &"x".repeat(65)] {
        let effects = hear(&mut talking(), choose(broken));
        assert_eq!(effects, [Effect::HangUp(REFUSED)], "{broken:?}");
    }
}

#[test]
fn signs_need_a_conversation_and_are_few() {
    let (mut stranger, _) = begin(&VisitorHistory::default(), true);
    let typing = |typing| FromVisitor::Typing { typing };
    assert_eq!(hear(&mut stranger, typing(true)), []);
    assert_eq!(hear(&mut stranger, FromVisitor::End), []);
    let mut session = talking();
    let sign = Effect::Typing {
        conversation: CONVERSATION,
        typing: true,
    };
    assert_eq!(hear(&mut session, typing(true)), [sign]);
    let passed = (0..100)
        .filter(|_| !hear(&mut session, typing(false)).is_empty())
        .count();
    assert_eq!(passed, 5, "of a burst of six, one was used");
    let end = Effect::End {
        conversation: CONVERSATION,
    };
    assert_eq!(
        hear(&mut session, FromVisitor::End),
        std::slice::from_ref(&end)
    );
    assert_eq!(hear(&mut session, FromVisitor::End), [], "one at a time");
    session.settled(Settled::Ended, NOW);
    assert_eq!(
        hear(&mut session, FromVisitor::End),
        [end],
        "it found no room, and is tried again"
    );
    session.committed(&entry(3, vec![closed()]), name);
    session.settled(Settled::Ended, NOW);
    assert_eq!(hear(&mut session, FromVisitor::End), []);
}

#[test]
fn the_agent_of_the_open_conversation_is_seen_typing() {
    let session = talking();
    let other = ConversationId(Uuid::from_u128(1));
    let rows = [
        (CONVERSATION, Typist::Agent(AGENT), true),
        (CONVERSATION, Typist::Customer, false),
        (other, Typist::Agent(AGENT), false),
    ];
    for (conversation, who, shown) in rows {
        let effect = session.typing(conversation, who, true);
        assert_eq!(
            effect,
            shown.then_some(Effect::Tell(ToVisitor::Typing { typing: true }))
        );
    }
}

proptest! {
    /// However frames, answers and time come, no more is under way than the window holds, every send is answered once, and
    /// what waits is not passed by what came behind it.
    #[test]
    fn every_message_is_answered_once_and_in_its_turn(steps in prop::collection::vec((0u8..4, 0u64..300), 1..300)) {
        let mut session = talking();
        let mut now = NOW;
        let mut outbox: std::collections::VecDeque<u32> = (0..40).collect();
        let mut under_way = std::collections::VecDeque::new();
        let mut taken_in_order = Vec::new();
        let mut hold = NOW;
        for (step, ms) in steps {
            now = now.plus(Duration::from_millis(ms));
            match step {
                // The page sends the next one that it may send.
                0 | 1 => {
                    let Some(next) = outbox.front().copied().filter(|_| now >= hold) else { continue };
                    match &hear_at(&mut session, send(&next.to_string(), "x"), now)[..] {
                        [Effect::Receive { .. }] => {
                            outbox.pop_front();
                            under_way.push_back(next);
                        }
                        [Effect::Tell(ToVisitor::Wait { retry_after_ms, .. })] => {
                            hold = now.plus(Duration::from_millis(*retry_after_ms));
                        }
                        other => prop_assert!(false, "{other:?}"),
                    }
                }
                2 => {
                    let Some(done) = under_way.pop_front() else { continue };
                    let effects = durable(&mut session, &done.to_string(), 3);
                    let is_ack = matches!(&effects[..], [Effect::Tell(ToVisitor::Ack { .. })]);
                    prop_assert!(is_ack);
                    taken_in_order.push(done);
                }
                _ => {
                    // The gate is found full at once, so only the newest can be given back.
                    let Some(back) = under_way.pop_back() else { continue };
                    let retry_after = Duration::from_millis(ms);
                    let settled = Settled::Received { client_id: back.to_string().into(), taken: Taken::Not { retry_after } };
                    prop_assert_eq!(waits(&session.settled(settled, now)), Some(ms));
                    outbox.push_front(back);
                    hold = hold.max(now.plus(retry_after));
                }
            }
            prop_assert!(under_way.len() <= usize::from(WINDOW));
        }
        prop_assert!(taken_in_order.is_sorted());
    }
}
