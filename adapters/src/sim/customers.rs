//! Invented customers of an invented shop: who writes next, and what.
//!
//! What must stay true: nobody here exists. The telephone numbers are from the ranges that ARCEP and Ofcom keep for
//! fiction. A customer waits for an answer before the next line of the dialogue, and asks again when none comes.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::time::Instant;

use ecluse_engine::ids::Address;

use super::wire::Line;

mod script;

use script::{DIALOGUES, Dialogue, NUDGES, PEOPLE, Said};

/// How the customers write.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CustomersOptions {
    /// Messages a second, all customers together.
    pub per_second: f64,
    /// How many customers there are, at most 400.
    pub count: usize,
    /// The longest that it takes to read an answer and to type the next line; the shortest is a quarter of it.
    pub thinking: Duration,
    /// Chooses who says what.
    pub seed: u64,
}

impl Default for CustomersOptions {
    fn default() -> Self {
        Self {
            per_second: 1.0,
            count: 60,
            thinking: Duration::from_secs(6),
            seed: 1,
        }
    }
}

/// The most customers that there are numbers and names for.
const COUNT_MAX: usize = 400;

/// How long a customer waits for an answer before asking again.
const PATIENCE: Duration = Duration::from_secs(45);

/// How long after a dialogue the same customer comes back.
const REST: Duration = Duration::from_secs(90);

/// What somebody is about to write.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Utterance {
    pub(super) customer: Address,
    pub(super) name: String,
    pub(super) line: Line,
}

#[derive(Debug)]
struct Person {
    name: String,
    language: usize,
    mood: Mood,
}

#[derive(Clone, Copy, Debug)]
enum Mood {
    /// Not in a dialogue; may begin one from then on.
    Idle { from: Instant },
    /// Writes the next line when its time comes.
    Typing {
        dialogue: &'static Dialogue,
        next: usize,
        at: Instant,
    },
    /// Wrote a line and hopes for an answer.
    Waiting {
        dialogue: &'static Dialogue,
        next: usize,
        since: Instant,
    },
}

/// Everybody, and whose turn it is.
#[derive(Debug)]
pub(super) struct Crowd {
    people: BTreeMap<Address, Person>,
    thinking: Duration,
    rng: StdRng,
}

impl Crowd {
    pub(super) fn new(options: &CustomersOptions, now: Instant) -> Self {
        let mut rng = StdRng::seed_from_u64(options.seed);
        let people = (0..options.count.min(COUNT_MAX))
            .map(|i| person(i, &mut rng, now))
            .collect();
        Self {
            people,
            thinking: options.thinking,
            rng,
        }
    }

    /// The next line: of whoever finished typing first, else of somebody new, else of whoever waited too long.
    pub(super) fn next(&mut self, now: Instant) -> Option<Utterance> {
        let who = self
            .typed(now)
            .or_else(|| self.newcomer(now))
            .or_else(|| self.impatient(now))?;
        let person = self.people.get_mut(&who)?;
        let line = match person.mood {
            Mood::Idle { .. } => {
                let dialogues = DIALOGUES[person.language];
                let dialogue = &dialogues[self.rng.random_range(0..dialogues.len())];
                person.said(dialogue, 0, now, self.thinking, &mut self.rng)
            }
            Mood::Typing { dialogue, next, .. } => {
                person.said(dialogue, next, now, self.thinking, &mut self.rng)
            }
            Mood::Waiting { dialogue, next, .. } => {
                person.mood = Mood::Waiting {
                    dialogue,
                    next,
                    since: now,
                };
                let nudges = NUDGES[person.language];
                Line::Text(nudges[self.rng.random_range(0..nudges.len())].to_owned())
            }
        };
        Some(Utterance {
            name: person.name.clone(),
            customer: who,
            line,
        })
    }

    /// Hears that the customer was answered.
    pub(super) fn answered(&mut self, customer: &Address, now: Instant) {
        let Some(person) = self.people.get_mut(customer) else {
            return;
        };
        if let Mood::Waiting { dialogue, next, .. } = person.mood {
            let at = now + some_of(self.thinking, &mut self.rng);
            person.mood = match dialogue.lines.get(next) {
                Some(_) => Mood::Typing { dialogue, next, at },
                None => Mood::Idle { from: now + REST },
            };
        }
    }

    fn typed(&self, now: Instant) -> Option<Address> {
        let typed = self
            .people
            .iter()
            .filter_map(|(address, person)| match person.mood {
                Mood::Typing { at, .. } if at <= now => Some((at, address)),
                Mood::Typing { .. } | Mood::Idle { .. } | Mood::Waiting { .. } => None,
            });
        typed.min().map(|(_, address)| address.clone())
    }

    fn newcomer(&mut self, now: Instant) -> Option<Address> {
        let idle = self.people.iter().filter(|(_, person)| match person.mood {
            Mood::Idle { from } => from <= now,
            Mood::Typing { .. } | Mood::Waiting { .. } => false,
        });
        let idle: Vec<&Address> = idle.map(|(address, _)| address).collect();
        let chosen = (!idle.is_empty()).then(|| self.rng.random_range(0..idle.len()))?;
        idle.get(chosen).map(|address| (*address).clone())
    }

    fn impatient(&self, now: Instant) -> Option<Address> {
        let waiting = self
            .people
            .iter()
            .filter_map(|(address, person)| match person.mood {
                Mood::Waiting { since, .. } if since + PATIENCE <= now => Some((since, address)),
                Mood::Waiting { .. } | Mood::Idle { .. } | Mood::Typing { .. } => None,
            });
        waiting.min().map(|(_, address)| address.clone())
    }
}

impl Person {
    /// Says line `index`; lines marked as going on are typed at once, without an answer between.
    fn said(
        &mut self,
        dialogue: &'static Dialogue,
        index: usize,
        now: Instant,
        thinking: Duration,
        rng: &mut StdRng,
    ) -> Line {
        let said = &dialogue.lines[index];
        let next = index + 1;
        let goes_on = matches!(dialogue.lines.get(next), Some(Said::AtOnce(_)));
        self.mood = if goes_on {
            let at = now + some_of(thinking, rng) / 2;
            Mood::Typing { dialogue, next, at }
        } else if next < dialogue.lines.len() {
            Mood::Waiting {
                dialogue,
                next,
                since: now,
            }
        } else {
            Mood::Idle { from: now + REST }
        };
        said.line()
    }
}

/// A quarter of the time at the least.
fn some_of(time: Duration, rng: &mut StdRng) -> Duration {
    time.mul_f64(rng.random_range(0.25..=1.0))
}

/// Customer number `index`: French and English speakers in turn.
fn person(index: usize, rng: &mut StdRng, now: Instant) -> (Address, Person) {
    let language = index % PEOPLE.len();
    let (first, last) = PEOPLE[language];
    let name = format!(
        "{} {}",
        first[rng.random_range(0..first.len())],
        last[(index / 2) % last.len()]
    );
    let number = match language {
        0 => format!("3363998{index:04}"),
        _ => format!("447700900{index:03}"),
    };
    (
        number.into(),
        Person {
            name,
            language,
            mood: Mood::Idle { from: now },
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(count: usize) -> (Crowd, Instant) {
        let now = Instant::now();
        (
            Crowd::new(
                &CustomersOptions {
                    count,
                    ..CustomersOptions::default()
                },
                now,
            ),
            now,
        )
    }

    #[test]
    fn a_customer_waits_for_an_answer_and_goes_on_after_it() {
        let (mut crowd, mut now) = crowd(1);
        let first = crowd.next(now).unwrap();
        let mut lines = vec![first.line.clone()];
        // Whatever the customer says at once comes without an answer.
        loop {
            now += Duration::from_secs(10);
            match crowd.next(now) {
                Some(more) => lines.push(more.line),
                None => break,
            }
        }
        crowd.answered(&first.customer, now);
        assert_eq!(crowd.next(now), None, "nobody types in no time");
        now += Duration::from_secs(10);
        let follow_up = crowd.next(now).unwrap();
        assert_eq!(follow_up.customer, first.customer);
        assert!(!lines.contains(&follow_up.line));
    }

    #[test]
    fn somebody_always_writes_even_when_nobody_is_answered() {
        let (mut crowd, start) = crowd(60);
        let written =
            (0..600).filter(|second| crowd.next(start + Duration::from_secs(*second)).is_some());
        assert!(written.count() > 590);
    }

    #[test]
    fn the_same_seed_tells_the_same_story() {
        let story = |seed| {
            let now = Instant::now();
            let mut crowd = Crowd::new(
                &CustomersOptions {
                    seed,
                    ..CustomersOptions::default()
                },
                now,
            );
            (0..50)
                .filter_map(|i| crowd.next(now + Duration::from_secs(i)))
                .map(|u| u.line)
                .collect::<Vec<_>>()
        };
        assert_eq!(story(7), story(7));
        assert_ne!(story(7), story(8));
    }

    #[test]
    fn nobody_exists() {
        let (crowd, _) = crowd(COUNT_MAX);
        assert_eq!(crowd.people.len(), COUNT_MAX);
        for address in crowd.people.keys() {
            assert!(
                address.0.starts_with("3363998") || address.0.starts_with("447700900"),
                "{address}"
            );
            assert!((11..=12).contains(&address.0.len()), "{address}");
        }
    }
}
