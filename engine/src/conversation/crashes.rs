//! Crashes that a rehearsal provokes in conversations, to see that nothing else suffers from them. Off by default.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::Command;
use crate::message::{Content, Fingerprint};

/// Makes the handling of chosen messages crash. Clones share the switch.
#[derive(Clone, Debug, Default)]
pub struct Crashes(Arc<Switch>);

#[derive(Debug, Default)]
struct Switch {
    is_on: AtomicBool,
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    word: String,
    times: u32,
    struck: HashMap<Fingerprint, u32>,
}

impl Crashes {
    /// From now on every customer's text with `word` in it crashes its handler, the first `times` times that it is
    /// handled. An empty word ends it.
    pub fn on(&self, word: &str, times: u32) {
        *self.0.plan.lock() = Plan {
            word: word.to_owned(),
            times,
            struck: HashMap::new(),
        };
        self.0.is_on.store(!word.is_empty(), Ordering::Release);
    }

    /// # Panics
    /// That is what it is for.
    pub(crate) fn strike(&self, command: &Command) {
        if !self.0.is_on.load(Ordering::Acquire) {
            return;
        }
        let Some((message, fingerprint)) = command.inbound() else {
            return;
        };
        let Content::Text(text) = &message.content else {
            return;
        };
        let mut plan = self.0.plan.lock();
        if !text.body.contains(&plan.word) {
            return;
        }
        let times = plan.times;
        let struck = plan.struck.entry(fingerprint).or_default();
        if *struck < times {
            *struck += 1;
            drop(plan);
            panic!("a rehearsed crash");
        }
    }
}
