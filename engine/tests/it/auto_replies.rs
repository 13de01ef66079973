//! What is said without a person: when, how often, in which language, and never to a machine.

use std::sync::Arc;
use std::time::Duration;

use ecluse_engine::configuration::{AutoReplies, Channel, ReplyText};
use ecluse_engine::conversation::{Bot, Command};
use ecluse_engine::hours::{ClosedDate, Hours, QueueHours};
use ecluse_engine::ids::{ConversationId, TenantId};
use ecluse_engine::message::{
    Actor, AutoReply, CloseReason, Content, Destination, Entry, Fact, Inbound, Text, TimerKind,
};
use ecluse_engine::provider::ChannelRules;
use ecluse_engine::runtime::Decision;
use ecluse_engine::sim::sample::{self, DAY, chatbot_id, queue_id};
use ecluse_engine::tenant::Tenant;
use ecluse_engine::texts::{Language, Localized};

use crate::talk::{ALICE, HOUR, Talk, assign, due, reacts, receive, requeue, says, sent_at};

const QUEUE: fn() -> Destination = || Destination::Queue(queue_id(1));

fn talk() -> Talk {
    Talk::in_a_centre(QUEUE())
}

fn nobody_there(conversation: ConversationId) -> Command {
    Command::NobodyThere { conversation }
}

fn closes(talk: &Talk, reason: CloseReason, by: Actor) -> Command {
    Command::Close {
        conversation: talk.id(),
        reason,
        by,
    }
}

fn in_language(id: &str, language: Language) -> Command {
    receive(Inbound {
        language: Some(language),
        ..sample::text(id, "Bonjour")
    })
}

fn by_a_machine(id: &str) -> Command {
    receive(Inbound {
        automatic: true,
        ..sample::text(id, "Je suis absent")
    })
}

/// Which automatic texts an entry says.
fn said(entry: &Entry) -> Vec<AutoReply> {
    let facts = entry.facts.iter();
    facts
        .filter_map(|fact| match fact {
            Fact::Queued(queued) => queued.auto_reply,
            _ => None,
        })
        .collect()
}

#[test]
fn the_first_message_is_welcomed_in_the_entry_that_records_it() {
    let mut talk = talk();
    talk.check(&[
        (
            says("a"),
            "1 opened, 2 timer at 36:00, 3 received a, 4 auto Welcome",
        ),
        (says("b"), "5 received b"),
        (says("a"), "known as 3"),
    ]);
}

#[test]
fn outside_of_operation_times_the_customer_is_told_so_instead_and_waits_all_the_same() {
    let mut talk = talk();
    talk.later(HOUR * 9);
    talk.check(&[(
        says("a"),
        "1 opened outside hours, 2 timer at 45:00, 3 received a, 4 auto We are closed",
    )]);
    let Fact::Opened(opened) = &talk.entries[0].facts[0] else {
        panic!("it opened");
    };
    let outside_hours = opened.outside_hours.as_ref().unwrap();
    assert_eq!(outside_hours.opens_at, Some(sample::START.plus(HOUR * 32)));
    assert_eq!(talk.episode().queue, Some(queue_id(1)));
    // It is decided when the conversation opens: it goes on whatever the time is.
    talk.later(HOUR * 11);
    let id = talk.id();
    talk.check(&[
        (says("b"), "5 received b"),
        (nobody_there(id), "nothing new since 5"),
    ]);
}

#[test]
fn a_queues_own_hours_decide_where_it_has_them() {
    for (hours, expected) in [
        (QueueHours::Off, "Welcome"),
        (QueueHours::On(Hours::default()), "We are closed"),
    ] {
        let mut talk = talk();
        let queue = talk.config().queues.get_mut(&queue_id(1)).unwrap();
        Arc::make_mut(queue).hours = hours;
        assert!(talk.does(&says("a")).ends_with(&format!("auto {expected}")));
    }
}

#[test]
fn a_closed_date_says_why_and_where_there_is_no_room_for_it_the_text_goes_alone() {
    let closes_for = |talk: &mut Talk, description: &str| {
        let queue = talk.config().queues.get_mut(&queue_id(1)).unwrap();
        Arc::make_mut(queue).hours = QueueHours::On(Hours {
            open_days: Vec::new(),
            closed_dates: vec![ClosedDate {
                description: description.to_owned(),
                from: jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0),
                to: jiff::civil::date(2200, 1, 1).at(0, 0, 0, 0),
            }],
        });
    };
    let table = [
        (
            "We are closed",
            "Christmas",
            4_096,
            "We are closed / Christmas",
        ),
        (
            "Closed: {reason}.",
            "Christmas",
            4_096,
            "Closed: Christmas.",
        ),
        ("Closed: {reason}.", "", 4_096, "Closed."),
        ("We are closed", "Christmas", 15, "We are closed"),
    ];
    for (text, description, limit, expected) in table {
        let mut talk = talk();
        closes_for(&mut talk, description);
        talk.channel.auto_replies.outside_hours = Localized::same(text).into();
        talk.channel.rules.text_limit = limit;
        let told = talk.does(&says("a"));
        assert_eq!(told.rsplit_once("auto ").unwrap().1, expected);
    }
}

#[test]
fn a_customer_who_comes_back_is_told_of_closed_hours_and_is_not_welcomed_again() {
    let mut talk = talk();
    talk.does(&says("a"));
    let close = closes(&talk, CloseReason::CustomerLeft, Actor::Customer);
    talk.check(&[
        (close.clone(), "5 closed customerleft, 6 timer cleared"),
        (says("b"), "7 reopened, 8 timer at 36:00, 9 received b"),
        (close.clone(), "10 closed customerleft, 11 timer cleared"),
    ]);
    talk.later(HOUR * 10);
    talk.check(&[
        (
            says("c"),
            "12 reopened outside hours, 13 timer at 46:00, 14 received c, 15 auto We are closed",
        ),
        (close, "16 closed customerleft, 17 timer cleared"),
        (
            says("d"),
            "18 reopened outside hours, 19 timer at 46:00, 20 received d",
        ),
    ]);
}

#[test]
fn each_text_is_said_once_in_a_conversation_however_often_it_is_asked_for() {
    let mut talk = talk();
    talk.does(&says("a"));
    let (id, close) = (
        talk.id(),
        closes(&talk, CloseReason::Resolved, Actor::Program),
    );
    talk.check(&[
        (nobody_there(id), "5 auto Nobody is here"),
        (nobody_there(id), "nothing new since 5"),
        (
            close.clone(),
            "6 auto Conversation closed, 7 closed resolved, 8 timer cleared",
        ),
        (nobody_there(id), "nothing new since 8"),
        (says("b"), "9 reopened, 10 timer at 36:00, 11 received b"),
        (nobody_there(id), "nothing new since 11"),
        (close, "12 closed resolved, 13 timer cleared"),
    ]);
    // Another conversation has its own.
    talk.later(DAY + HOUR);
    assert_eq!(
        talk.does(&says("c")),
        "14 opened after another, 15 timer at 61:00, 16 received c, 17 auto Welcome"
    );
    talk.check(&[(nobody_there(id), "nothing new since 17")]);
}

#[test]
fn nobody_is_there_only_while_nobody_has_it() {
    let mut talk = talk();
    talk.does(&says("a"));
    let id = talk.id();
    talk.check(&[
        (assign(id, 1), "5 assigned"),
        (nobody_there(id), "nothing new since 5"),
        (requeue(id, 1, Some(1)), "6 requeued from its agent"),
        (nobody_there(id), "7 auto Nobody is here"),
    ]);
}

#[test]
fn who_was_closed_by_us_is_told_so_and_who_left_is_not() {
    let table = [
        (CloseReason::Resolved, true),
        (CloseReason::Idle, true),
        (CloseReason::TimedOut, true),
        (CloseReason::CustomerLeft, false),
        (CloseReason::ChannelDeleted, false),
    ];
    for (reason, is_told) in table {
        let mut talk = talk();
        talk.does(&says("a"));
        talk.does(&closes(&talk, reason, Actor::System));
        let told = said(talk.entries.last().unwrap()) == [AutoReply::Closed];
        assert_eq!(told, is_told, "{reason:?}");
    }
}

#[test]
fn a_customer_is_written_to_in_their_language_then_the_channels_then_the_tenants() {
    let welcome = |talk: &mut Talk, command: &Command| {
        let told = talk.does(command);
        told.rsplit_once("auto ").unwrap().1.to_owned()
    };
    let (french, english) = ("Bienvenue", "Welcome");
    let mut theirs = talk();
    theirs.channel.language = Some(Language::En);
    assert_eq!(
        welcome(&mut theirs, &in_language("a", Language::Fr)),
        french
    );
    let close = closes(&theirs, CloseReason::CustomerLeft, Actor::Customer);
    theirs.does(&close);
    theirs.later(DAY * 2);
    assert_eq!(welcome(&mut theirs, &says("b")), french, "it is remembered");

    let mut channels = talk();
    channels.channel.language = Some(Language::Fr);
    assert_eq!(welcome(&mut channels, &says("a")), french);

    let mut tenants = talk();
    assert_eq!(welcome(&mut tenants, &says("a")), english);
    let mut tenants = talk();
    let french_tenant = Tenant {
        language: Language::Fr,
        ..Tenant::new(TenantId::DEFAULT)
    };
    tenants.config().tenants = [(TenantId::DEFAULT, Arc::new(french_tenant))].into();
    assert_eq!(welcome(&mut tenants, &says("a")), french);
}

#[test]
fn an_empty_text_is_silence() {
    let mut talk = talk();
    talk.channel.auto_replies = AutoReplies {
        welcome: ReplyText::default(),
        closed: Localized {
            fr: Some(String::new()),
            en: None,
        }
        .into(),
        ..sample::auto_replies()
    };
    talk.does(&says("a"));
    let close = closes(&talk, CloseReason::Resolved, Actor::Program);
    talk.check(&[(close, "4 closed resolved, 5 timer cleared")]);
}

#[test]
fn a_reply_that_is_off_is_silence_although_it_has_a_text() {
    let mut talk = talk();
    let replies = &mut talk.channel.auto_replies;
    for reply in [&mut replies.welcome, &mut replies.no_agent] {
        reply.enabled = false;
    }
    talk.check(&[(says("a"), "1 opened, 2 timer at 36:00, 3 received a")]);
    let (id, close) = (talk.id(), talk.close());
    talk.check(&[(nobody_there(id), "nothing new since 3")]);
    // It was not said, so it can be later; what is on was said all the while.
    talk.channel.auto_replies.no_agent.enabled = true;
    talk.check(&[
        (nobody_there(id), "4 auto Nobody is here"),
        (
            close,
            "5 auto Conversation closed, 6 closed resolved, 7 timer cleared",
        ),
    ]);

    let mut at_night = self::talk();
    at_night.channel.auto_replies.outside_hours.enabled = false;
    at_night.later(HOUR * 9);
    at_night.check(&[(
        says("a"),
        "1 opened outside hours, 2 timer at 45:00, 3 received a",
    )]);
}

#[test]
fn nothing_is_said_that_the_channels_rules_would_refuse() {
    let mut late = talk();
    late.channel.rules.window = Some(DAY);
    // Redelivered when the window that it opens is over.
    let written = sample::START.plus(HOUR * 12);
    late.later(DAY + HOUR * 2);
    assert_eq!(
        late.does(&sent_at("a", written)),
        "1 opened, 2 timer at 62:00, 3 received a"
    );
    let id = late.id();
    late.check(&[(nobody_there(id), "nothing new since 3")]);

    let mut short = talk();
    short.channel.rules.text_limit = 3;
    short.check(&[(says("a"), "1 opened, 2 timer at 36:00, 3 received a")]);

    let mut deleted = talk();
    deleted.channel.deleted = true;
    deleted.check(&[(
        says("a"),
        "1 opened, 2 timer at 36:00, 3 received a, 4 closed channeldeleted, 5 timer cleared",
    )]);
}

#[test]
fn nothing_is_said_by_itself_to_whom_is_banned() {
    let mut talk = talk();
    talk.does(&says("a"));
    talk.is_banned = true;
    let (id, close) = (talk.id(), talk.close());
    talk.check(&[
        (nobody_there(id), "nothing new since 4"),
        (close, "5 closed resolved, 6 timer cleared"),
    ]);
}

#[test]
fn a_message_that_was_left_is_not_welcomed_and_waits_until_somebody_answers() {
    let left = |id: &str| {
        receive(Inbound {
            offline: true,
            ..sample::text(id, "Rappelez-moi")
        })
    };
    let mut talk = talk();
    talk.check(&[(
        left("a"),
        "1 opened offline, 2 timer at 36:00, 3 received a",
    )]);
    let id = talk.id();
    talk.check(&[(nobody_there(id), "4 auto Nobody is here")]);
    talk.later(DAY);
    talk.check(&[(due(2), "5 timer at 60:00")]);
    talk.later(DAY);
    let answer = talk.answers(ALICE, "x", Some(3));
    talk.check(&[(due(5), "6 timer at 84:00")]);
    assert!(talk.does(&answer).starts_with("7 queued x"));
    talk.later(DAY);
    let closed = "9 auto Conversation closed, 10 closed idle, 11 timer cleared";
    talk.check(&[
        (due(6), closed),
        // What is left later is another matter, however soon it comes.
        (
            left("b"),
            "12 opened after another offline, 13 timer at 108:00, 14 received b",
        ),
    ]);

    let mut at_night = self::talk();
    at_night.later(HOUR * 9);
    at_night.check(&[(
        left("a"),
        "1 opened offline outside hours, 2 timer at 45:00, 3 received a, 4 auto We are closed",
    )]);
}

#[test]
fn who_gives_up_waiting_leaves_a_message_that_silence_does_not_end() {
    let left = |id: &str| {
        receive(Inbound {
            offline: true,
            ..sample::text(id, "Rappelez-moi")
        })
    };
    let mut talk = talk();
    talk.does(&says("a"));
    talk.check(&[(left("b"), "5 received b")]);
    talk.later(DAY);
    talk.check(&[(due(2), "6 timer at 60:00")]);
    let answer = talk.answers(ALICE, "x", None);
    assert!(talk.does(&answer).starts_with("7 queued x"));
    talk.later(DAY);
    talk.check(&[
        (
            due(6),
            "9 auto Conversation closed, 10 closed idle, 11 timer cleared",
        ),
        // They come back, and give up again.
        (says("c"), "12 reopened, 13 timer at 84:00, 14 received c"),
        (left("d"), "15 received d"),
    ]);
    talk.later(DAY);
    talk.check(&[(due(13), "16 timer at 108:00")]);

    let mut held = self::talk();
    held.does(&says("a"));
    let taken = assign(held.id(), 1);
    held.check(&[(taken, "5 assigned"), (left("b"), "6 received b")]);
    held.later(DAY);
    let ended = held.does(&due(2));
    assert!(ended.contains("closed idle"), "somebody had it: {ended}");
}

#[test]
fn a_machine_and_a_reaction_are_not_answered() {
    let mut talk = talk();
    talk.does(&by_a_machine("a"));
    let (id, close) = (
        talk.id(),
        closes(&talk, CloseReason::Resolved, Actor::Program),
    );
    talk.check(&[
        (nobody_there(id), "nothing new since 3"),
        (close.clone(), "4 closed resolved, 5 timer cleared"),
    ]);
    talk.later(HOUR * 9);
    talk.check(&[
        (
            by_a_machine("b"),
            "6 reopened outside hours, 7 timer at 45:00, 8 received b",
        ),
        (nobody_there(id), "nothing new since 8"),
        (close, "9 closed resolved, 10 timer cleared"),
        // A person is.
        (
            says("c"),
            "11 reopened outside hours, 12 timer at 45:00, 13 received c, 14 auto We are closed",
        ),
    ]);
    let mut reacted = Talk::in_a_centre(QUEUE());
    reacted.check(&[(reacts("r"), "1 opened, 2 timer at 36:00, 3 received r")]);
}

#[test]
fn an_automatic_text_is_no_first_answer_and_keeps_no_conversation_alive() {
    let mut talk = talk();
    talk.does(&says("a"));
    let (id, first) = (talk.id(), talk.answers(ALICE, "x", Some(3)));
    talk.later(HOUR * 23);
    talk.check(&[(nobody_there(id), "5 auto Nobody is here")]);
    assert!(!talk.episode().first_answered);
    talk.later(HOUR - Duration::from_secs(1));
    // Nor did anybody write meanwhile whom the agent would have to read first.
    assert_eq!(
        talk.does(&first),
        "6 queued x, 7 first answer after 86399 s"
    );

    let mut idle = Talk::in_a_centre(QUEUE());
    idle.does(&says("a"));
    let id = idle.id();
    idle.later(HOUR * 23);
    idle.does(&nobody_there(id));
    idle.later(HOUR);
    assert_eq!(
        idle.does(&due(2)),
        "6 auto Conversation closed, 7 closed idle, 8 timer cleared"
    );
}

/// Two centres whose channels reach each other, as two numbers do that forward to each other.
struct Neighbours {
    talks: [Talk; 2],
    /// By whom, and which of the automatic texts it is; none, if a chatbot says it.
    sent: [Vec<(ConversationId, Option<AutoReply>)>; 2],
    next_id: u64,
}

impl Neighbours {
    fn new(replies: &AutoReplies, idle_hours: [u32; 2]) -> Self {
        Self::with(replies, idle_hours.map(|hours| (hours, QUEUE())))
    }

    fn with(replies: &AutoReplies, centres: [(u32, Destination); 2]) -> Self {
        let talk = |(idle, destination)| {
            let mut talk = Talk::in_a_centre(destination);
            talk.channel = Channel {
                auto_replies: replies.clone(),
                rules: ChannelRules {
                    window: None,
                    idle_close: Some(HOUR * idle),
                    reopen_within: Duration::ZERO,
                    ..sample::rules()
                },
                ..talk.channel
            };
            talk
        };
        Self {
            talks: centres.map(talk),
            sent: [Vec::new(), Vec::new()],
            next_id: 0,
        }
    }

    /// One of them hears something; what it says to that, the other hears.
    fn hear(&mut self, who: usize, command: &Command) {
        let Decision::Record(entry, _) = self.talks[who].step(command) else {
            return;
        };
        for fact in &entry.facts {
            let Fact::Queued(queued) = fact else {
                continue;
            };
            self.sent[who].push((queued.conversation, queued.auto_reply));
            let Content::Text(Text { body, .. }) = &queued.message.content else {
                panic!("only texts are said");
            };
            self.next_id += 1;
            let now = self.talks[1 - who].now;
            let message = receive(Inbound {
                sent_at: now,
                ..sample::text(&format!("m{}", self.next_id), body)
            });
            self.hear(1 - who, &message);
            self.route(1 - who);
        }
    }

    /// Does what a router would without anybody logged in.
    fn route(&mut self, who: usize) {
        let Some(conversation) = self.open(who) else {
            return;
        };
        self.hear(who, &nobody_there(conversation));
        let bot = self.talks[who].episode().bot.as_ref().map(Bot::chatbot);
        if let Some(chatbot) = bot {
            let start = Command::StartBot {
                conversation,
                chatbot,
            };
            self.hear(who, &start);
        }
    }

    fn open(&self, who: usize) -> Option<ConversationId> {
        let episode = self.talks[who].state.episode.as_ref();
        episode
            .filter(|episode| episode.is_open())
            .map(|episode| episode.id)
    }

    /// An hour passes, with what falls due in it.
    fn an_hour(&mut self) {
        for who in [0, 1] {
            self.talks[who].later(HOUR);
            let episode = self.talks[who].state.episode.as_ref();
            let menu = episode.and_then(|episode| episode.turn());
            let menu_due = Command::TimerDue {
                kind: TimerKind::BotTimeout,
                generation: menu.map_or(0, |turn| turn.generation),
            };
            self.hear(who, &menu_due);
            let generation = self.talks[who].state.idle_generation;
            self.hear(who, &due(generation));
        }
    }
}

#[test]
fn no_reply_loop() {
    let welcome_only = AutoReplies {
        welcome: Localized::same("Bonjour").into(),
        ..AutoReplies::default()
    };
    let mut neighbours = Neighbours::new(&welcome_only, [24, 24]);
    neighbours.hear(0, &says("a"));
    (0..24 * 30).for_each(|_| neighbours.an_hour());
    let counts = neighbours.sent.each_ref().map(Vec::len);
    assert_eq!(counts, [1, 1], "one message each");
}

#[test]
fn two_of_us_with_every_text_say_each_once_in_a_conversation_and_come_to_an_end() {
    for idle_hours in [[24, 24], [24, 12], [1, 7], [2, 48]] {
        let mut neighbours = Neighbours::new(&sample::auto_replies(), idle_hours);
        neighbours.hear(0, &says("a"));
        (0..24 * 30).for_each(|_| neighbours.an_hour());
        let sent = neighbours.sent.clone();
        for mut sent in sent.clone() {
            let count = sent.len();
            sent.sort_by_key(|(conversation, reply)| {
                (*conversation, reply.map(|reply| reply as u8))
            });
            sent.dedup();
            assert_eq!(sent.len(), count, "{idle_hours:?}: once in a conversation");
        }
        (0..24 * 30).for_each(|_| neighbours.an_hour());
        assert_eq!(
            neighbours.sent, sent,
            "{idle_hours:?}: after a month there is silence"
        );
    }
}

#[test]
fn two_chatbots_that_talk_to_each_other_come_to_an_end() {
    let chatbot = |number| Destination::Chatbot(chatbot_id(number));
    for places in [
        [chatbot(1), chatbot(1)],
        [chatbot(1), chatbot(2)],
        [chatbot(2), chatbot(2)],
        [QUEUE(), chatbot(2)],
    ] {
        let centres = places.map(|place| (24, place));
        let mut neighbours = Neighbours::with(&sample::auto_replies(), centres);
        neighbours.hear(0, &says("a"));
        neighbours.route(0);
        (0..24 * 30).for_each(|_| neighbours.an_hour());
        let said = neighbours.sent.each_ref().map(Vec::len);
        assert!(
            said.iter().all(|said| (1..100).contains(said)),
            "{places:?}: {said:?}"
        );
        (0..24 * 30).for_each(|_| neighbours.an_hour());
        let later = neighbours.sent.each_ref().map(Vec::len);
        assert_eq!(later, said, "{places:?}: after a month there is silence");
    }
}
