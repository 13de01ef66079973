//! Customers who come back: to the agent who knows them, while that is remembered.

use std::sync::Arc;

use ecluse_engine::configuration::Strategy;
use ecluse_engine::message::{Actor, ChannelKind, CloseReason, Destination};
use ecluse_engine::sim::sample::{self, DAY, chatbot_id, queue_id};
use ecluse_engine::tenant::Tenant;

use crate::talk::{Talk, assign, says};

/// A customer whom agent 1 had, and who left.
fn known() -> Talk {
    let mut talk = Talk::in_a_centre(Destination::Queue(queue_id(1)));
    talk.does(&says("a"));
    let assign = assign(talk.id(), 1);
    talk.does(&assign);
    leave(&mut talk);
    talk
}

fn leave(talk: &mut Talk) {
    talk.does(&ecluse_engine::conversation::Command::Close {
        conversation: talk.id(),
        reason: CloseReason::CustomerLeft,
        by: Actor::Customer,
    });
}

#[test]
fn a_customer_who_comes_back_is_given_to_the_agent_who_knows_them() {
    let mut talk = known();
    assert!(
        talk.does(&says("b")).contains("reopened for a1"),
        "in the same conversation"
    );
    leave(&mut talk);
    talk.later(DAY * 90);
    assert!(
        talk.does(&says("c"))
            .contains("opened after another for a1"),
        "and in another"
    );
    let known = talk.state.known_agent.unwrap();
    assert_eq!(known.agent, sample::agent_id(1));
}

#[test]
fn who_was_known_is_forgotten_after_the_tenants_days() {
    for (returning_days, days, is_known) in [
        (99, 99, true),
        (99, 100, false),
        (3, 4, false),
        (0, 0, false),
    ] {
        let mut talk = known();
        let tenant = Tenant {
            returning_days,
            ..sample::tenant()
        };
        talk.config().tenants = [(tenant.id, Arc::new(tenant))].into();
        talk.later(DAY * days);
        let told = talk.does(&says("b"));
        assert_eq!(
            told.contains("for a1"),
            is_known,
            "{days} of {returning_days} days: {told}"
        );
    }
}

#[test]
fn only_automatic_queues_that_are_told_to_give_customers_back() {
    for (strategy, returning_customer) in [(Strategy::Manual, true), (Strategy::Auto, false)] {
        let mut talk = known();
        let queue = talk.config().queues.get_mut(&queue_id(1)).unwrap();
        Arc::make_mut(queue).strategy = strategy;
        let queue = talk.config().queues.get_mut(&queue_id(1)).unwrap();
        Arc::make_mut(queue).returning_customer = returning_customer;
        talk.later(DAY * 2);
        let told = talk.does(&says("b"));
        assert!(!told.contains("for a1"), "{strategy:?}: {told}");
    }
}

#[test]
fn a_chatbot_gives_a_returning_customer_to_who_knows_them() {
    let mut talk = known();
    talk.channel.destination = Destination::Chatbot(chatbot_id(1));
    talk.later(DAY * 2);
    talk.does(&says("b"));
    let (conversation, chatbot) = (talk.id(), chatbot_id(1));
    talk.does(&ecluse_engine::conversation::Command::StartBot {
        conversation,
        chatbot,
    });
    let choice = crate::talk::receive(sample::text("c", "3"));
    assert!(talk.does(&choice).contains("requeued for a1"));
}

#[test]
fn a_reply_by_e_mail_reopens_for_as_long_as_the_tenant_says_now() {
    for (kind, reopen_days, days, reopens) in [
        (ChannelKind::Email, Tenant::EMAIL_REOPEN_DAYS, 30, true),
        (ChannelKind::Email, Tenant::EMAIL_REOPEN_DAYS, 31, false),
        (ChannelKind::Email, 3, 3, true),
        (ChannelKind::Email, 3, 4, false),
        (ChannelKind::Email, 0, 1, false),
        (ChannelKind::Sms, 30, 2, false),
        (ChannelKind::Sms, 0, 1, true),
    ] {
        let mut talk = known();
        talk.channel.kind = kind;
        talk.later(DAY * days);
        let tenant = Tenant {
            email_reopen_days: reopen_days,
            ..sample::tenant()
        };
        talk.config().tenants = [(tenant.id, Arc::new(tenant))].into();
        let told = talk.does(&says("b"));
        assert_eq!(
            told.contains("reopened"),
            reopens,
            "{kind:?}, {days} of {reopen_days} days: {told}"
        );
    }
}
