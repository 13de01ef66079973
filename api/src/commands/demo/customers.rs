//! Who writes next, and what: customers for people to answer.
//!
//! They come a few at a time, wait for answers, react, thank and leave. What must stay true: nobody exists (the numbers are
//! from the ranges that ARCEP and Ofcom keep for fiction); nobody says the same thing twice before having said everything,
//! also after a kill; so whoever sees a sentence twice has found a fault of ours.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ecluse_adapters::sim::ledger::Summary;
use ecluse_adapters::sim::meta::{Line, MetaSim};
use ecluse_engine::ids::Address;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::dialogues::{Said, TONGUES, Tongue};
use super::place::replace;

/// How many customers there are. Half of them speak French, half English.
const PEOPLE: usize = 120;

/// How many talk at once, for each message a second: so many that the pace is kept while each thinks and waits.
const TALKING_PER_PACE: f64 = 16.0;
const TALKING: std::ops::RangeInclusive<usize> = 8..=PEOPLE;

/// How long a customer waits before asking again; each time as much longer, up to the second.
const PATIENCE: [Duration; 2] = [Duration::from_secs(20), Duration::from_secs(60)];

/// How long after a dialogue the same customer comes back at the earliest.
const REST: Duration = Duration::from_secs(90);

/// How many talk at once at a pace, in messages a second.
pub(super) fn talking_at(pace: f64) -> usize {
    let wanted = (pace * TALKING_PER_PACE).ceil().max(0.0) as usize;
    wanted.clamp(*TALKING.start(), *TALKING.end())
}

/// How far a customer is; kept in a file, so that a customer goes on after a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Progress {
    /// Dialogues that are over.
    visits: usize,
    /// Lines said of the dialogue that is not; 0 is nobody who talks.
    said: usize,
    /// Answers there were when the last line was said.
    answers: usize,
    /// How often the customer asked again since then, and ever.
    nudges: usize,
    nudges_ever: usize,
}

#[derive(Debug)]
struct Person {
    index: usize,
    address: Address,
    name: String,
    progress: Progress,
    /// When the last line was said; `None` is before this process.
    said_at: Option<Instant>,
    /// When the answer to it was noticed.
    answered_at: Option<Instant>,
}

/// What somebody is about to write.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Utterance {
    customer: Address,
    name: String,
    line: Line,
}

/// Everybody.
#[derive(Debug)]
pub(super) struct Crowd {
    people: Vec<Person>,
    talking_max: usize,
}

impl Crowd {
    fn new(talking_max: usize, progress: &[Progress]) -> Self {
        let known = |index: usize| progress.get(index).copied().unwrap_or_default();
        let people = (0..PEOPLE).map(|index| Person::new(index, known(index)));
        Self {
            people: people.collect(),
            talking_max,
        }
    }

    fn progress(&self) -> Vec<Progress> {
        self.people.iter().map(|person| person.progress).collect()
    }

    /// The next line: of whoever is ready to go on, else of somebody new, else of whoever waits for too long.
    fn next(&mut self, told: &Summary, now: Instant) -> Option<Utterance> {
        for person in &mut self.people {
            person.notice(told, now);
        }
        if let Some(index) = self.ready(now).or_else(|| self.newcomer(now)) {
            return Some(self.people[index].go_on(told, now));
        }
        let index = self.impatient(now)?;
        Some(self.people[index].ask_again(now))
    }

    fn ready(&self, now: Instant) -> Option<usize> {
        let ready = self.people.iter().filter_map(|person| {
            let due = person.due(now)?;
            (due <= now).then_some((due, person.index))
        });
        ready.min().map(|(_, index)| index)
    }

    fn newcomer(&self, now: Instant) -> Option<usize> {
        let talking = self.people.iter().filter(|person| person.talks()).count();
        if talking >= self.talking_max {
            return None;
        }
        let rested = |person: &&Person| person.said_at.is_none_or(|at| at + REST <= now);
        let idle = self.people.iter().filter(|person| !person.talks());
        let first = idle
            .filter(rested)
            .min_by_key(|person| (person.progress.visits, person.index));
        first.map(|person| person.index)
    }

    fn impatient(&self, now: Instant) -> Option<usize> {
        let waiting = self.people.iter().filter(|person| person.talks());
        let impatient = waiting.filter_map(|person| {
            let since = person.said_at?;
            (since + person.patience() <= now).then_some((since, person.index))
        });
        impatient.min().map(|(_, index)| index)
    }
}

impl Person {
    fn new(index: usize, progress: Progress) -> Self {
        let (tongue, number) = (tongue(index), index / 2);
        let Tongue {
            first_names,
            last_names,
            ..
        } = tongue;
        let first = first_names[number % first_names.len()];
        // Coprime steps pair every first name with another last name in each round.
        let round = number / first_names.len();
        let last = last_names[(number * 7 + round) % last_names.len()];
        let address = match index % 2 {
            0 => format!("336399{:05}", 80_000 + number),
            _ => format!("447700900{number:03}"),
        };
        Self {
            index,
            address: address.into(),
            name: format!("{first} {last}"),
            progress,
            said_at: None,
            answered_at: None,
        }
    }

    fn talks(&self) -> bool {
        self.progress.said > 0
    }

    /// What the customer says this time.
    fn dialogue(&self) -> &'static [Said] {
        let dialogues = tongue(self.index).dialogues;
        dialogues[(self.index / 2 + self.progress.visits) % dialogues.len()]
    }

    /// Looks whether there is an answer.
    fn notice(&mut self, told: &Summary, now: Instant) {
        // What was said before this process counts from its start.
        if self.talks() && self.said_at.is_none() {
            self.said_at = Some(now);
        }
        let answers = answers(told, &self.address);
        if self.talks() && self.answered_at.is_none() && answers > self.progress.answers {
            self.answered_at = Some(now);
        }
    }

    /// When somebody who talks says the next line; `None` while an answer is missing.
    fn due(&self, now: Instant) -> Option<Instant> {
        let next = self
            .dialogue()
            .get(self.progress.said)
            .filter(|_| self.talks())?;
        match next.after_answer {
            true => Some(self.answered_at? + self.thinking()),
            false => Some(self.said_at.unwrap_or(now) + self.thinking() / 2),
        }
    }

    /// The time for reading an answer and typing the next line: two to six seconds.
    fn thinking(&self) -> Duration {
        Duration::from_secs(2 + (self.index * 3 + self.progress.said * 2) as u64 % 5)
    }

    fn patience(&self) -> Duration {
        let [step, longest] = PATIENCE;
        let times = u32::try_from(self.progress.nudges).unwrap_or(u32::MAX);
        step.saturating_mul(times.saturating_add(1)).min(longest)
    }

    /// Says the next line, and leaves after the last.
    fn go_on(&mut self, told: &Summary, now: Instant) -> Utterance {
        let dialogue = self.dialogue();
        let line = dialogue[self.progress.said].line();
        let Progress { visits, said, .. } = self.progress;
        let over = said + 1 == dialogue.len();
        self.progress = Progress {
            visits: visits + usize::from(over),
            said: if over { 0 } else { said + 1 },
            answers: answers(told, &self.address),
            nudges: 0,
            ..self.progress
        };
        self.said_at = Some(now);
        self.answered_at = None;
        self.utter(line)
    }

    fn ask_again(&mut self, now: Instant) -> Utterance {
        let nudges = tongue(self.index).nudges;
        let words = nudges[(self.index / 2 + self.progress.nudges_ever) % nudges.len()];
        self.progress.nudges += 1;
        self.progress.nudges_ever += 1;
        self.said_at = Some(now);
        self.utter(Line::Text(words.to_owned()))
    }

    fn utter(&self, line: Line) -> Utterance {
        Utterance {
            customer: self.address.clone(),
            name: self.name.clone(),
            line,
        }
    }
}

/// French for the even ones.
fn tongue(index: usize) -> &'static Tongue {
    &TONGUES[index % TONGUES.len()]
}

fn answers(told: &Summary, customer: &Address) -> usize {
    told.answers_by_customer.get(customer).map_or(0, Vec::len)
}

/// Lets the customers write through the stand-in, `pace` messages a second, until the task is aborted.
pub(super) async fn write(meta: Arc<MetaSim>, file: PathBuf, pace: f64) {
    if pace <= 0.0 {
        return;
    }
    let mut crowd = Crowd::new(talking_at(pace), &read_progress(&file));
    let mut tick = interval(Duration::from_secs_f64(1.0 / pace));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let Some(utterance) = crowd.next(&meta.summary(), Instant::now()) else {
            continue;
        };
        // First how far they are, then the line: a kill in between leaves a line out, and says none twice.
        let written = save_progress(&file, &crowd).and_then(|()| {
            let Utterance {
                customer,
                name,
                line,
            } = &utterance;
            meta.write(&customer.0, name, line)
        });
        if let Err(error) = written {
            tracing::error!(%error, "a customer's message cannot be recorded, so it is not sent");
        }
    }
}

fn read_progress(file: &Path) -> Vec<Progress> {
    let Ok(text) = fs::read_to_string(file) else {
        return Vec::new();
    };
    serde_json::from_str(&text).unwrap_or_else(|error| {
        tracing::warn!(%error, "how far the customers were cannot be read; they begin anew");
        Vec::new()
    })
}

fn save_progress(file: &Path, crowd: &Crowd) -> std::io::Result<()> {
    replace(file, &serde_json::to_vec(&crowd.progress())?)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Lets the crowd write for some time at two ticks a second, and answers each line at once if told so.
    fn story(crowd: &mut Crowd, told: &mut Summary, secs: u64, answer: bool) -> Vec<Utterance> {
        let start = Instant::now();
        let mut said = Vec::new();
        for tick in 0..secs * 2 {
            let now = start + Duration::from_millis(tick * 500);
            let Some(utterance) = crowd.next(told, now) else {
                continue;
            };
            if answer {
                let answers = told
                    .answers_by_customer
                    .entry(utterance.customer.clone())
                    .or_default();
                answers.push("a".into());
            }
            said.push(utterance);
        }
        said
    }

    fn texts(said: &[Utterance]) -> BTreeMap<&Address, Vec<String>> {
        let mut texts: BTreeMap<&Address, Vec<String>> = BTreeMap::new();
        for utterance in said {
            let text = format!("{:?}", utterance.line);
            texts.entry(&utterance.customer).or_default().push(text);
        }
        texts
    }

    #[test]
    fn nobody_says_the_same_thing_twice_also_after_a_kill() {
        let mut told = Summary::default();
        let mut said = Vec::new();
        let mut progress = Vec::new();
        for round in 0..6 {
            let mut crowd = Crowd::new(8, &progress);
            let is_answered = round % 2 == 0;
            let secs = if is_answered { 120 } else { 60 };
            said.extend(story(&mut crowd, &mut told, secs, is_answered));
            progress = crowd.progress();
        }
        assert!(said.len() > 300, "{}", said.len());
        for (customer, texts) in texts(&said) {
            let different: BTreeSet<_> = texts.iter().collect();
            assert_eq!(different.len(), texts.len(), "{customer}: {texts:#?}");
        }
    }

    #[test]
    fn a_few_talk_at_once_and_wait_for_answers() {
        let mut crowd = Crowd::new(8, &[]);
        let said = story(&mut crowd, &mut Summary::default(), 120, false);
        assert_eq!(texts(&said).len(), 8, "nobody new comes while eight wait");
        assert!(
            (20..80).contains(&said.len()),
            "they do ask again: {}",
            said.len()
        );
        for person in crowd.people.iter().filter(|person| person.talks()) {
            let next = person.dialogue().get(person.progress.said).unwrap();
            assert!(next.after_answer, "{person:?}");
        }
    }

    #[test]
    fn answered_customers_leave_and_others_come() {
        let mut crowd = Crowd::new(8, &[]);
        let said = story(&mut crowd, &mut Summary::default(), 600, true);
        assert!(texts(&said).len() > 50);
        assert!(crowd.people.iter().filter(|person| person.talks()).count() <= 8);
        assert!(said.len() > 900, "the pace is kept: {}", said.len());
    }

    #[test]
    fn customers_are_invented_and_each_has_a_name_of_their_own() {
        let crowd = Crowd::new(8, &[]);
        let addresses = crowd.people.iter().map(|person| person.address.0.as_str());
        for address in addresses.clone() {
            let french = address.starts_with("3363998") && address.len() == 11;
            let english = address.starts_with("447700900") && address.len() == 12;
            assert!(french || english, "{address}");
        }
        assert_eq!(addresses.collect::<BTreeSet<_>>().len(), PEOPLE);
        let names = crowd.people.iter().map(|person| person.name.as_str());
        assert_eq!(names.collect::<BTreeSet<_>>().len(), PEOPLE);
    }

    #[test]
    fn more_talk_at_a_faster_pace() {
        for (pace, talking) in [(0.0, 8), (0.5, 8), (1.0, 16), (2.5, 40), (1_000.0, PEOPLE)] {
            assert_eq!(talking_at(pace), talking, "{pace}");
        }
    }
}
