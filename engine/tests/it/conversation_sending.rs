//! Answers to the customer: what may be said, what becomes of it, and what is kept when it cannot be handled.

use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::conversation::letter::Letter;
use ecluse_engine::conversation::{Command, Refusal, Reply};
use ecluse_engine::message::{Author, Content, Fact, Media, MediaKind, Status};
use ecluse_engine::provider::{ChannelRules, NotAllowed};
use ecluse_engine::sim::sample::{self, FINGERPRINTER, answer};

use crate::talk::{
    ALICE, BOB, Talk, answered, fingerprint, give_up, postponed, rejected, reports, reports_at,
    says, sent, start,
};

#[test]
fn what_a_channel_cannot_send_is_refused() {
    let mut talk = Talk::with(ChannelRules {
        text_limit: 5,
        ..sample::rules()
    });
    talk.does(&says("a"));
    let image = Content::Media(Media {
        kind: MediaKind::Image,
        id: None,
        url: None,
        mime_type: None,
        sha256: None,
        filename: None,
        caption: None,
    });
    let table = [
        (Content::text("ééééé"), None),
        (
            Content::text("123456"),
            Some(NotAllowed::TooLong {
                length: 6,
                limit: 5,
            }),
        ),
        (image, Some(NotAllowed::Unsupported { kind: "media" })),
    ];
    for (content, expected) in table {
        let mut message = answer(Author::Program, "");
        message.content = content;
        let command = Command::Send {
            conversation: talk.id(),
            message: Arc::new(message),
            fingerprint: None,
            based_on: None,
        };
        match expected {
            None => assert!(talk.does(&command).contains("queued"), "{command:?}"),
            Some(rule) => assert_eq!(talk.refusal(&command), Refusal::NotAllowed(rule)),
        }
    }
}

#[test]
fn who_has_not_seen_the_newest_message_is_told_so() {
    let mut talk = Talk::begun();
    let by = |talk: &Talk, author, based_on| talk.answers(author, "x", Some(based_on));
    assert_eq!(
        talk.refusal(&by(&talk, ALICE, 2)),
        Refusal::Stale { newest: 3 },
        "the customer's"
    );
    let command = by(&talk, ALICE, 3);
    assert_eq!(talk.does(&command), "4 queued x, 5 first answer after 0 s");
    let table = [
        (ALICE, 3, None, "her own message does not surprise her"),
        (BOB, 4, Some(6), "it surprises him"),
        (BOB, 6, None, "he has seen it"),
        (BOB, 6, None, "his own does not surprise him either"),
        (ALICE, 7, Some(8), "his newest surprises her"),
        (ALICE, 8, None, "she has seen them"),
        (BOB, 8, Some(9), "hers again"),
    ];
    for (author, based_on, newest, why) in table {
        let command = by(&talk, author, based_on);
        match newest {
            None => assert!(talk.does(&command).contains("queued"), "{why}"),
            Some(newest) => assert_eq!(talk.refusal(&command), Refusal::Stale { newest }, "{why}"),
        }
    }
    let blind = talk.answers(BOB, "x", None);
    assert_eq!(
        talk.does(&blind),
        "10 queued x",
        "who says nothing about it is not asked"
    );
}

#[test]
fn the_first_answer_is_a_persons_or_a_programs_and_is_noted_once() {
    let mut talk = Talk::begun();
    talk.later(Duration::from_secs(90));
    let by = |talk: &Talk, author| talk.answers(author, "x", None);
    let table = [
        (Author::System, "4 queued x"),
        (Author::Program, "5 queued x, 6 first answer after 90 s"),
        (ALICE, "7 queued x"),
    ];
    for (author, expected) in table {
        let command = by(&talk, author);
        assert_eq!(talk.does(&command), expected, "{author:?}");
    }
}

#[test]
fn a_callers_own_id_is_sent_once() {
    let mut talk = Talk::begun();
    let command = |talk: &Talk, id: &str| Command::Send {
        conversation: talk.id(),
        message: Arc::new(answer(Author::System, id)),
        fingerprint: Some(fingerprint(id)),
        based_on: None,
    };
    let (one, two, close) = (command(&talk, "1"), command(&talk, "2"), talk.close());
    talk.check(&[
        (one.clone(), "4 queued 1"),
        (one.clone(), "known as 4"),
        (two, "5 queued 2"),
        (close, "6 closed resolved, 7 timer cleared"),
        (one, "known as 4"),
    ]);
}

#[test]
fn status_only_rises() {
    answered().check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (sent(4, 1, "w"), "6 4 sent as w"),
        (reports("w", Status::Sent), "known as 4"),
        (reports("w", Status::Delivered), "7 4 delivered"),
        (reports("w", Status::Failed), "known as 4"),
        (reports("w", Status::Read), "8 4 read"),
        (reports("w", Status::Delivered), "known as 4"),
        (reports("nobody's", Status::Read), "known as 8"),
    ]);
}

#[test]
fn an_attempt_is_made_once_and_ends_once() {
    answered().check(&[
        (
            start(3, 1),
            "refused: the attempt is not the one that is due",
        ),
        (
            sent(4, 1, "w"),
            "refused: the attempt is not the one that is due",
        ),
        (start(4, 1), "5 attempt 1 of 4"),
        (
            start(4, 1),
            "refused: the attempt is not the one that is due",
        ),
        (
            start(4, 2),
            "refused: the attempt is not the one that is due",
        ),
        (postponed(4, 1), "6 4 postponed"),
        (
            postponed(4, 1),
            "refused: the attempt is not the one that is due",
        ),
        (
            start(4, 1),
            "refused: the attempt is not the one that is due",
        ),
        (start(4, 2), "7 attempt 2 of 4"),
        (
            sent(4, 1, "w"),
            "refused: the attempt is not the one that is due",
        ),
        (rejected(4, 2), "8 4 rejected"),
        (
            start(4, 3),
            "refused: the attempt is not the one that is due",
        ),
    ]);
}

#[test]
fn an_early_status_is_kept_and_applied() {
    answered().check(&[
        (reports("w", Status::Delivered), "known as 4"),
        (start(4, 1), "5 attempt 1 of 4"),
        (reports("w", Status::Sent), "6 kept sent of w"),
        (reports("w", Status::Sent), "known as 6"),
        (reports("w", Status::Delivered), "7 kept delivered of w"),
        (reports("w", Status::Sent), "known as 7"),
        (reports("v", Status::Read), "8 kept read of v"),
        (sent(4, 1, "w"), "9 4 sent as w, 10 4 delivered"),
        (reports("w", Status::Read), "11 4 read"),
        (reports("v", Status::Read), "known as 11"),
    ]);
    answered().check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (reports("w", Status::Failed), "6 kept failed of w"),
        (sent(4, 1, "w"), "7 4 sent as w, 8 4 failed"),
    ]);
}

#[test]
fn a_lost_answer_is_resolved_by_a_status() {
    answered().check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (
            give_up(4, 2),
            "refused: the attempt is not the one that is due",
        ),
        (give_up(4, 1), "6 attempt 1 of 4 ambiguous"),
        (give_up(4, 1), "known as 4"),
        (
            reports("w", Status::Delivered),
            "7 4 sent as w, 8 4 delivered",
        ),
        (
            give_up(4, 1),
            "refused: the attempt is not the one that is due",
        ),
        (
            start(4, 2),
            "refused: the attempt is not the one that is due",
        ),
        (reports("w", Status::Read), "9 4 read"),
    ]);
    answered().check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (reports("w", Status::Sent), "6 kept sent of w"),
        (give_up(4, 1), "7 4 sent as w"),
    ]);
    answered().check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (give_up(4, 1), "6 attempt 1 of 4 ambiguous"),
        (start(4, 2), "7 attempt 2 of 4"),
        (sent(4, 2, "v"), "8 4 sent as v"),
    ]);
}

#[test]
fn a_lost_answer_is_not_resolved_by_what_was_sent_before() {
    let minute = Duration::from_secs(60);
    let mut talk = answered();
    talk.later(minute);
    talk.check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (give_up(4, 1), "6 attempt 1 of 4 ambiguous"),
        (
            reports_at("old", Status::Delivered, 57),
            "7 kept delivered of old",
        ),
        (give_up(4, 1), "known as 4"),
        (reports_at("w", Status::Sent, 58), "8 4 sent as w"),
    ]);
    let mut talk = answered();
    talk.later(minute);
    talk.check(&[
        (start(4, 1), "5 attempt 1 of 4"),
        (reports_at("old", Status::Read, 30), "6 kept read of old"),
        (give_up(4, 1), "7 attempt 1 of 4 ambiguous"),
    ]);
    talk.later(minute);
    talk.check(&[
        (start(4, 2), "8 attempt 2 of 4"),
        (
            reports_at("w", Status::Delivered, 65),
            "9 kept delivered of w",
        ),
        (give_up(4, 2), "10 4 sent as w, 11 4 delivered"),
    ]);
}

#[test]
fn of_several_early_statuses_the_newest_names_a_lost_message() {
    for ids in [["w", "v", "u"], ["u", "v", "w"], ["v", "w", "u"]] {
        let mut talk = answered();
        talk.does(&start(4, 1));
        for (id, secs) in ids.into_iter().zip([7, 9, 8]) {
            talk.does(&reports_at(id, Status::Sent, secs));
        }
        assert_eq!(
            talk.does(&give_up(4, 1)),
            format!("9 4 sent as {}", ids[1]),
            "{ids:?}"
        );
    }
}

#[test]
fn the_customers_page_marks_what_was_sent_and_nothing_else() {
    let mut talk = answered();
    let mark = |message, status| Command::Mark { message, status };
    let second = talk.answers(Author::System, "y", None);
    talk.check(&[
        (second, "5 queued y"),
        (mark(5, Status::Read), "nothing new since 5"),
        (start(4, 1), "6 attempt 1 of 4"),
        (sent(4, 1, "w"), "7 4 sent as w"),
        (mark(3, Status::Read), "nothing new since 7"),
        (mark(5, Status::Delivered), "8 4 delivered"),
        (mark(5, Status::Read), "9 4 read"),
        (mark(5, Status::Delivered), "nothing new since 9"),
    ]);
}

#[test]
fn every_send_that_waits_can_still_be_begun_however_many_there_are() {
    let mut talk = Talk::begun();
    for _ in 0..300 {
        let command = talk.answers(Author::System, "x", None);
        talk.does(&command);
    }
    for message in 4..304 {
        assert!(
            talk.does(&start(message, 1)).contains("attempt"),
            "message {message}"
        );
        assert!(
            talk.does(&sent(message, 1, &format!("w{message}")))
                .contains("sent"),
            "message {message}"
        );
    }
}

#[test]
fn what_cannot_be_handled_is_kept_with_its_cause_and_takes_a_number() {
    let mut talk = Talk::begun();
    let (entry, reply) = talk
        .state
        .bury(&talk.key, &says("b"), "it crashed", talk.now);
    assert_eq!(
        reply,
        Reply::Buried {
            seq: 4,
            at: talk.now
        }
    );
    let Some(Fact::DeadLettered(letter)) = entry.facts.first() else {
        panic!("a letter, not {entry:?}")
    };
    assert_eq!(letter.cause, "it crashed");
    let kept: Letter = serde_json::from_str(letter.letter.0.get()).expect("the message, as it was");
    let again = kept
        .into_command(1, &talk.key, &FINGERPRINTER)
        .expect("a message can be tried again");
    assert_eq!(again, says("b"));
    assert_eq!(talk.does(&again), "5 received b", "it was never shown");
    assert_eq!(talk.does(&says("b")), "known as 5");
}

#[test]
fn an_answer_from_a_dead_letter_is_sent_once_however_often_it_is_tried() {
    let mut talk = Talk::begun();
    let keyed = |fingerprint| Command::Send {
        conversation: talk.id(),
        message: Arc::new(answer(ALICE, "x")),
        fingerprint,
        based_on: None,
    };
    let callers = fingerprint("order-1");
    let again = |command: &Command, id| {
        Letter::of(command)
            .into_command(id, &talk.key, &FINGERPRINTER)
            .expect("an answer can be tried again")
    };
    let (plain, with_key) = (keyed(None), keyed(Some(callers)));
    let (first, second) = (again(&plain, 1), again(&plain, 2));
    let (third, original) = (again(&with_key, 3), with_key);
    talk.check(&[
        (first.clone(), "4 queued x, 5 first answer after 0 s"),
        (first, "known as 4"),
        (second, "6 queued x"),
        (third, "7 queued x"),
        (original, "known as 7"),
    ]);
}

#[test]
fn a_letter_from_before_it_kept_the_callers_id_is_read() {
    let talk = Talk::begun();
    let mut letter = serde_json::to_value(Letter::of(&talk.answers(ALICE, "x", None)))
        .expect("a letter is JSON");
    assert_eq!(letter["sent"].get("fingerprint"), None);
    letter["sent"]["fingerprint"] = serde_json::to_value(fingerprint("k")).expect("it is a string");
    let kept: Letter = serde_json::from_value(letter).expect("with it as well");
    let command = kept.into_command(1, &talk.key, &FINGERPRINTER);
    assert!(
        matches!(command, Some(Command::Send { fingerprint: Some(id), .. }) if id == fingerprint("k"))
    );
}
