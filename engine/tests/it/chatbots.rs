//! Chatbots in a conversation: the menu from its first words to the hand-over, and everything that may come between.

use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::chatbot::Chatbot;
use ecluse_engine::conversation::{Bot, Command, Configured, Phase};
use ecluse_engine::hours::QueueHours;
use ecluse_engine::ids::ConversationId;
use ecluse_engine::message::{
    Author, ChannelKind, CloseReason, Content, Destination, Fact, Inbound, InteractiveKind,
    InteractiveReply, TimerKind,
};
use ecluse_engine::runtime::Decision;
use ecluse_engine::sim::sample::{self, DAY, chatbot_id, queue_id};
use ecluse_engine::texts::{Language, Localized};

use crate::talk::{HOUR, Talk, assign, due, receive, requeue, says};

/// A conversation for chatbot `number`, opened and not begun, without automatic replies.
fn due_to(number: u64) -> Talk {
    let mut talk = Talk::in_a_centre(Destination::Chatbot(chatbot_id(number)));
    talk.channel.auto_replies = Default::default();
    assert_eq!(
        talk.does(&says("a")),
        "1 opened, 2 timer at 36:00, 3 received a"
    );
    talk
}

/// A conversation in which the menu of chatbot `number` has begun.
fn with(number: u64) -> Talk {
    let mut talk = due_to(number);
    let start = start(talk.id(), number);
    assert_eq!(
        talk.does(&start),
        "4 bot started, 5 bot Hello! / 1. My order / 2. Opening hours / 3. Something else, 6 menu timer at 12:05"
    );
    talk
}

fn start(conversation: ConversationId, number: u64) -> Command {
    Command::StartBot {
        conversation,
        chatbot: chatbot_id(number),
    }
}

fn answers(id: &str, body: &str) -> Command {
    receive(sample::text(id, body))
}

fn menu_due(generation: u64) -> Command {
    Command::TimerDue {
        kind: TimerKind::BotTimeout,
        generation,
    }
}

fn change_bot(talk: &mut Talk, number: u64, change: impl FnOnce(&mut Chatbot)) {
    let chatbot = talk.config().chatbots.get_mut(&chatbot_id(number)).unwrap();
    change(Arc::make_mut(chatbot));
}

#[test]
fn a_menu_leads_to_a_queue_with_what_was_chosen() {
    let mut talk = with(1);
    talk.check(&[
        (
            answers("b", "1"),
            "7 received b, 8 menu [0] 0, 9 bot Which one? / 1. Delivery / 2. Invoice",
        ),
        (
            answers("c", "facture"),
            "10 received c, 11 bot One moment., 12 bot chosen [my order > invoice], 13 menu timer cleared, 14 requeued",
        ),
        // A late answer is a message like any other.
        (answers("d", "1"), "15 received d"),
    ]);
    let episode = talk.episode();
    assert_eq!(
        (episode.queue, episode.phase),
        (Some(queue_id(2)), Phase::Waiting)
    );
    assert_eq!(episode.waiting_since, talk.now, "with its age");
}

#[test]
fn bot_escalates_once() {
    let mut talk = with(1);
    let id = talk.id();
    talk.does(&answers("b", "3"));
    talk.check(&[
        (start(id, 1), "known as 11"),
        (menu_due(6), "known as 0"),
        (answers("c", "1"), "12 received c"),
        (assign(id, 1), "13 assigned"),
        (requeue(id, 1, Some(1)), "14 requeued from its agent"),
        (start(id, 1), "known as 14"),
        (answers("d", "2"), "15 received d"),
    ]);
}

#[test]
fn a_start_that_comes_late_or_twice_begins_nothing() {
    let mut talk = due_to(1);
    let (id, close) = (talk.id(), talk.close());
    talk.check(&[
        (assign(id, 1), "4 assigned"),
        (start(id, 1), "known as 4"),
        (start(id, 2), "known as 4"),
        (close, "5 closed resolved, 6 timer cleared"),
        (start(id, 1), "refused: the conversation is closed"),
    ]);
    talk.later(DAY * 2);
    talk.does(&says("b"));
    assert_eq!(
        talk.does(&start(id, 1)),
        "10 stale start_bot; refused: the conversation is another one by now"
    );
    let mut twice = with(1);
    let id = twice.id();
    twice.check(&[(start(id, 1), "known as 6")]);
}

#[test]
fn what_is_said_before_the_menu_begins_is_no_answer() {
    let mut talk = due_to(1);
    talk.check(&[(answers("b", "1"), "4 received b")]);
    assert_eq!(talk.episode().bot, Some(Bot::Due(chatbot_id(1))));
}

#[test]
fn wrong_answers_lead_to_the_fallback_or_repeat_the_menu() {
    let menu = "Please choose an answer. / 1. My order / 2. Opening hours / 3. Something else";
    let mut falls_back = with(1);
    for (number, id) in ["b", "c"].into_iter().enumerate() {
        let told = falls_back.does(&answers(id, "quoi ?"));
        assert!(
            told.ends_with(&format!(
                "menu [] {}, {} bot {menu}",
                number + 1,
                9 + number * 3
            )),
            "{told}"
        );
    }
    assert_eq!(
        falls_back.does(&answers("d", "quoi ?")),
        "13 received d, 14 bot One moment., 15 bot gaveup [], 16 menu timer cleared, 17 requeued"
    );
    assert_eq!(falls_back.episode().queue, Some(queue_id(1)));

    // Two machines without a queue to fall back to come to an end, too.
    let mut repeats = with(2);
    let said = |talk: &mut Talk, number: u32| talk.does(&answers(&format!("w{number}"), "quoi ?"));
    for number in 0..9 {
        assert!(said(&mut repeats, number).ends_with(menu));
    }
    assert_eq!(said(&mut repeats, 9), "34 received w9");
    assert!(repeats.does(&answers("x", "1")).contains("menu [0] 0"));
}

#[test]
fn an_answer_that_only_informs_shows_the_options_again() {
    let mut talk = with(1);
    talk.check(&[(
        answers("b", "opening HOURS"),
        "7 received b, 8 menu [] 0, 9 bot 8 to 20 / 1. My order / 2. Opening hours / 3. Something else",
    )]);
}

#[test]
fn a_customer_who_does_not_answer_goes_to_the_fallback_or_is_closed() {
    let mut falls_back = with(1);
    falls_back.later(Duration::from_secs(299));
    falls_back.check(&[(
        answers("b", "1"),
        "7 received b, 8 menu [0] 0, 9 bot Which one? / 1. Delivery / 2. Invoice",
    )]);
    falls_back.later(Duration::from_secs(2));
    falls_back.check(&[
        (menu_due(6), "10 menu timer at 12:09"),
        (menu_due(6), "known as 0"),
    ]);
    falls_back.later(Duration::from_secs(298));
    falls_back.check(&[(
        menu_due(10),
        "11 bot timedout [my order], 12 menu timer cleared, 13 requeued",
    )]);
    assert_eq!(falls_back.episode().queue, Some(queue_id(1)));

    let mut closes = with(2);
    closes.channel.auto_replies = sample::auto_replies();
    closes.later(Duration::from_secs(300));
    closes.check(&[(
        menu_due(6),
        "7 auto Conversation closed, 8 closed timedout, 9 timer cleared, 10 menu timer cleared",
    )]);
    assert_eq!(
        closes.episode().phase,
        Phase::Closed {
            at: closes.now,
            reason: CloseReason::TimedOut
        }
    );
}

#[test]
fn a_running_menu_stays_what_it_was_when_it_began() {
    let mut talk = with(1);
    change_bot(&mut talk, 1, |chatbot| {
        let script = Arc::make_mut(&mut chatbot.script);
        script.options.clear();
        script.handover = Localized::same("Changed");
        chatbot.fallback_queue = Some(queue_id(2));
    });
    talk.check(&[(
        answers("b", "3"),
        "7 received b, 8 bot One moment., 9 bot chosen [something else], 10 menu timer cleared, 11 requeued",
    )]);
}

#[test]
fn where_a_chatbot_or_a_queue_is_gone_the_fallback_or_the_first_queue_takes_over() {
    let queue = |talk: &Talk| talk.episode().queue;
    // The chatbot, before it began.
    let mut talk = due_to(1);
    talk.config().chatbots.clear();
    let start_it = start(talk.id(), 1);
    talk.check(&[(start_it, "4 bot deleted [], 5 requeued")]);
    assert_eq!(queue(&talk), Some(queue_id(1)), "the first by name");
    // The chatbot, in the midst of its menu.
    let mut talk = with(1);
    talk.config().chatbots.clear();
    talk.check(&[(
        answers("b", "1"),
        "7 received b, 8 bot deleted [], 9 menu timer cleared, 10 requeued",
    )]);
    assert_eq!(queue(&talk), Some(queue_id(1)));
    // The queue that is chosen, with a fallback and without.
    for (number, expected) in [(1, 1), (2, 1)] {
        let mut talk = with(number);
        talk.config().queues.remove(&queue_id(2));
        talk.does(&answers("b", "3"));
        assert_eq!(queue(&talk), Some(queue_id(expected)));
    }
    // The fallback itself.
    let mut talk = with(1);
    talk.config().queues.remove(&queue_id(1));
    talk.later(Duration::from_secs(300));
    talk.does(&menu_due(6));
    assert_eq!(queue(&talk), Some(queue_id(2)));
    // Everything: it waits for whoever takes it.
    let mut talk = with(1);
    talk.config().queues.clear();
    talk.check(&[(
        answers("b", "3"),
        "7 received b, 8 bot One moment., 9 bot chosen [something else], 10 menu timer cleared",
    )]);
    assert_eq!((queue(&talk), talk.episode().bot.clone()), (None, None));
    let taken = assign(talk.id(), 1);
    talk.check(&[(taken, "11 assigned")]);
    // Without any queue, who does not answer is closed.
    let mut talk = with(1);
    talk.config().queues.clear();
    talk.later(Duration::from_secs(300));
    assert!(talk.does(&menu_due(6)).contains("closed timedout"));
}

#[test]
fn a_menu_that_may_not_be_said_leads_to_people() {
    let mut late = due_to(1);
    late.channel.rules.window = Some(DAY);
    late.later(DAY);
    let start_late = start(late.id(), 1);
    late.check(&[(start_late, "4 bot unable [], 5 requeued")]);
    let mut long = due_to(1);
    long.channel.rules.text_limit = 10;
    let start_long = start(long.id(), 1);
    long.check(&[(start_long, "4 bot unable [], 5 requeued")]);
    let mut longer = with(1);
    longer.channel.rules.text_limit = 10;
    longer.check(&[(
        answers("b", "1"),
        "7 received b, 8 bot unable [], 9 menu timer cleared, 10 requeued",
    )]);
    let mut empty = due_to(1);
    change_bot(&mut empty, 1, |chatbot| {
        let script = Arc::make_mut(&mut chatbot.script);
        script.options.clear();
        script.greeting = Localized::default();
    });
    let start_empty = start(empty.id(), 1);
    empty.check(&[(start_empty, "4 bot unable [], 5 requeued")]);
}

#[test]
fn a_chatbot_says_nothing_to_whom_is_banned() {
    let mut talk = due_to(1);
    talk.is_banned = true;
    let start = start(talk.id(), 1);
    talk.check(&[(start, "4 bot unable [], 5 requeued")]);
}

#[test]
fn people_take_move_and_close_what_a_chatbot_has() {
    let mut taken = with(1);
    let id = taken.id();
    taken.does(&answers("b", "1"));
    taken.check(&[
        (
            assign(id, 1),
            "10 bot taken [my order], 11 menu timer cleared, 12 assigned",
        ),
        (answers("c", "1"), "13 received c"),
        (menu_due(6), "known as 0"),
    ]);
    let mut moved = with(1);
    let id = moved.id();
    moved.check(&[(
        requeue(id, 2, None),
        "7 bot taken [], 8 menu timer cleared, 9 requeued",
    )]);
    let mut closed = with(1);
    let close = closed.close();
    closed.check(&[
        (
            close,
            "7 closed resolved, 8 timer cleared, 9 menu timer cleared",
        ),
        (menu_due(6), "known as 0"),
    ]);
}

#[test]
fn a_conversation_that_is_reopened_goes_to_its_queue_or_begins_with_the_chatbot() {
    let mut handed_over = with(1);
    handed_over.does(&answers("b", "3"));
    let close = handed_over.close();
    handed_over.does(&close);
    assert!(handed_over.does(&says("c")).contains("reopened, "));
    assert_eq!(handed_over.episode().bot, None);

    let mut never = with(1);
    let close = never.close();
    never.does(&close);
    assert!(never.does(&says("c")).contains("reopened with a bot"));
    let again = start(never.id(), 1);
    assert!(never.does(&again).contains("bot started"));
}

#[test]
fn a_hand_over_to_a_queue_that_is_closed_says_so() {
    let mut talk = with(1);
    talk.channel.auto_replies = sample::auto_replies();
    talk.later(HOUR * 9);
    talk.check(&[(
        receive(Inbound {
            sent_at: talk.now,
            ..sample::text("b", "3")
        }),
        "7 received b, 8 bot One moment., 9 bot chosen [something else], 10 menu timer cleared, \
         11 requeued outside hours, 12 auto We are closed",
    )]);
}

#[test]
fn a_machine_is_not_led_through_a_menu_and_an_idle_customer_is_still_closed() {
    let mut by_machine = Talk::in_a_centre(Destination::Chatbot(chatbot_id(1)));
    by_machine.does(&receive(Inbound {
        automatic: true,
        ..sample::text("a", "Je suis absent")
    }));
    let start = start(by_machine.id(), 1);
    by_machine.check(&[(start, "4 bot unable [], 5 requeued")]);
    let mut talk = with(2);
    let machine = receive(Inbound {
        automatic: true,
        ..sample::text("b", "1")
    });
    talk.check(&[(machine, "7 received b")]);
    // What a chatbot says keeps no conversation alive.
    talk.later(DAY);
    talk.check(&[(
        due(2),
        "8 closed idle, 9 timer cleared, 10 menu timer cleared",
    )]);
}

#[test]
fn a_chat_has_buttons_and_a_message_has_numbers() {
    let mut talk = due_to(1);
    talk.channel.kind = ChannelKind::LiveChat;
    let start = start(talk.id(), 1);
    assert_eq!(
        talk.does(&start),
        "4 bot started, 5 bot Hello!, 6 menu timer at 12:05"
    );
    let Fact::Queued(queued) = &talk.entries[1].facts[1] else {
        panic!("it speaks");
    };
    assert_eq!(queued.message.author, Author::Chatbot(chatbot_id(1)));
    let Content::Text(text) = &queued.message.content else {
        panic!("in words");
    };
    let choices: Vec<_> = text
        .choices
        .iter()
        .map(|choice| (choice.id.as_str(), choice.label.as_str()))
        .collect();
    assert_eq!(
        choices,
        [
            ("1", "My order"),
            ("2", "Opening hours"),
            ("3", "Something else")
        ]
    );
    let clicked = receive(Inbound {
        content: Content::Interactive(InteractiveReply {
            kind: InteractiveKind::Button,
            id: "1.2".to_owned(),
            title: "Invoice".to_owned(),
            description: None,
        }),
        ..sample::text("b", "")
    });
    assert!(
        talk.does(&clicked)
            .contains("bot chosen [my order > invoice]")
    );
}

#[test]
fn a_menu_speaks_the_customers_language() {
    let mut talk = Talk::in_a_centre(Destination::Chatbot(chatbot_id(1)));
    talk.channel.auto_replies = Default::default();
    talk.does(&receive(Inbound {
        language: Some(Language::Fr),
        ..sample::text("a", "Bonjour")
    }));
    let start = start(talk.id(), 1);
    assert!(talk.does(&start).contains("bot Bonjour ! / 1. Ma commande"));
    assert!(talk.does(&answers("b", "3")).contains("[autre chose]"));
}

#[test]
fn a_chatbot_of_another_world_begins_nothing() {
    let mut talk = due_to(1);
    let bare = Configured::from(&talk.channel);
    let command = start(talk.id(), 1);
    let decided = talk.state.step(&talk.key, bare, &command, talk.now);
    let Decision::Record(entry, _) = decided else {
        panic!("it ends");
    };
    assert!(matches!(entry.facts[..], [Fact::BotEnded { .. }]));
    assert_eq!(talk.episode().bot, None);
}

#[test]
fn what_is_left_for_a_chatbot_waits_in_the_queue_that_stands_in_for_it() {
    for (fallback, queue) in [(Some(2), 2), (None, 1)] {
        let mut talk = Talk::in_a_centre(Destination::Chatbot(chatbot_id(1)));
        talk.channel.auto_replies = Default::default();
        change_bot(&mut talk, 1, |bot| {
            bot.fallback_queue = fallback.map(queue_id);
        });
        let left = receive(Inbound {
            offline: true,
            ..sample::text("a", "Rappelez-moi")
        });
        assert_eq!(
            talk.does(&left),
            "1 opened offline, 2 timer at 36:00, 3 received a"
        );
        let (id, episode) = (talk.id(), talk.episode());
        assert_eq!(
            (episode.queue, &episode.bot),
            (Some(queue_id(queue)), &None)
        );
        talk.check(&[(start(id, 1), "known as 3")]);
    }
}

#[test]
fn whoever_leaves_a_message_instead_of_waiting_for_a_chatbot_waits_in_a_queue() {
    let mut talk = due_to(1);
    let left = receive(Inbound {
        offline: true,
        ..sample::text("b", "Rappelez-moi")
    });
    assert_eq!(talk.does(&left), "4 requeued, 5 received b");
    let (id, episode) = (talk.id(), talk.episode());
    assert_eq!((episode.queue, &episode.bot), (Some(queue_id(1)), &None));
    talk.check(&[(start(id, 1), "known as 5")]);
}

#[test]
fn a_chatbot_is_closed_while_every_queue_is_to_which_it_leads() {
    let mut talk = Talk::in_a_centre(Destination::Chatbot(chatbot_id(1)));
    let (noon, night) = (talk.now, talk.now.plus(HOUR * 9));
    let takes = |talk: &mut Talk, number, now| {
        let destination = Destination::Chatbot(chatbot_id(number));
        talk.config().takes(destination, now)
    };
    assert!(takes(&mut talk, 1, noon));
    assert!(!takes(&mut talk, 1, night));
    let open = talk.config().queues.get_mut(&queue_id(2)).unwrap();
    Arc::make_mut(open).hours = QueueHours::Off;
    assert!(takes(&mut talk, 1, night), "one of them is always open");
    let open = talk.config().queues.get_mut(&queue_id(2)).unwrap();
    Arc::make_mut(open).hours = QueueHours::Inherit;
    change_bot(&mut talk, 1, |bot| {
        bot.fallback_queue = None;
        Arc::make_mut(&mut bot.script).options.clear();
    });
    assert!(takes(&mut talk, 1, night), "it leads to nobody");
    assert!(takes(&mut talk, 9, night), "nobody knows it");
}
