//! What was really written and really answered, so that it can be compared with what the product shows.
//!
//! What must stay true: a customer's message is in the file before it is sent for the first time, and its
//! acknowledgement after it was acknowledged. Each event is one line and one write to the operating system, which
//! survives `kill -9` of this process. What the file does not call acknowledged is delivered again at the next start.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use compact_str::CompactString;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use ecluse_engine::ids::{Address, ProviderMessageId};
use ecluse_engine::message::{RawJson, Timestamp};

/// The name of the file in the given directory.
pub const FILE_NAME: &str = "meta-ledger.jsonl";

/// A message of a customer, as the webhook carries it.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    pub id: ProviderMessageId,
    pub customer: Address,
    pub name: String,
    pub at: Timestamp,
    /// The element of `messages`.
    pub message: RawJson,
}

/// An answer of ours that the stand-in accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    pub id: ProviderMessageId,
    pub customer: Address,
    pub at: Timestamp,
    pub text: String,
}

/// The totals, and what each customer wrote and was answered, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Messages that customers wrote.
    pub sent: u64,
    /// Those for which the webhook answered 200.
    pub acknowledged: u64,
    pub answers_accepted: u64,
    /// What each customer is called.
    pub names: BTreeMap<Address, String>,
    /// The ids of each customer's messages in the order of writing.
    pub by_customer: BTreeMap<Address, Vec<ProviderMessageId>>,
    /// The ids of the answers to each customer in the order of acceptance.
    pub answers_by_customer: BTreeMap<Address, Vec<ProviderMessageId>>,
    /// Messages still to be acknowledged.
    pub unacknowledged: BTreeSet<ProviderMessageId>,
}

/// The file and what it says.
#[derive(Debug)]
pub struct Ledger {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    sink: Sink,
    summary: Summary,
    last_written: BTreeMap<Address, Timestamp>,
}

#[derive(Debug)]
enum Sink {
    Memory,
    File(File),
    /// Nothing more can be recorded, so nothing more can happen.
    Closed,
}

/// What a ledger left open: delivered again by whoever opened it.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    pub(super) written: Vec<Written>,
    /// Answers of which some status was never acknowledged, with those that were.
    pub(super) accepted: Vec<(Accepted, BTreeSet<CompactString>)>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Event {
    Sent {
        id: ProviderMessageId,
        customer: Address,
        name: String,
        at: Timestamp,
        /// JSON inside a string, because a tagged enum cannot hold it raw.
        message: String,
    },
    Acknowledged {
        id: ProviderMessageId,
    },
    AnswerAccepted {
        id: ProviderMessageId,
        customer: Address,
        at: Timestamp,
        text: String,
    },
    StatusAcknowledged {
        id: ProviderMessageId,
        status: CompactString,
    },
}

/// The last word about an answer.
const FINAL_STATUSES: [&str; 2] = ["read", "failed"];

impl Ledger {
    /// A ledger that is forgotten with the process.
    pub(super) fn in_memory() -> Self {
        let summary = Summary::default();
        Self {
            inner: Mutex::new(Inner {
                sink: Sink::Memory,
                summary,
                last_written: BTreeMap::new(),
            }),
        }
    }

    /// Opens or creates the file in `directory`, and says what it left open. A last line that was cut off is dropped.
    ///
    /// # Errors
    /// The file cannot be opened, is in use by another process, or holds something else.
    pub(super) fn open(directory: &Path) -> io::Result<(Self, Unfinished)> {
        std::fs::create_dir_all(directory)?;
        let path = directory.join(FILE_NAME);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        file.try_lock().map_err(io::Error::from)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        let ledger = Self::in_memory();
        let mut unfinished = Replay::default();
        for line in text.get(..whole).unwrap_or("").lines() {
            let event: Event = serde_json::from_str(line)?;
            ledger.inner.lock().count(&event);
            unfinished.apply(event)?;
        }
        ledger.inner.lock().sink = Sink::File(file);
        Ok((ledger, unfinished.finish()))
    }

    /// What has been recorded so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.inner.lock().summary.clone()
    }

    /// When the customer wrote last.
    #[must_use]
    pub fn last_written(&self, customer: &Address) -> Option<Timestamp> {
        self.inner.lock().last_written.get(customer).copied()
    }

    /// How many messages wait for their acknowledgement.
    #[must_use]
    pub fn unacknowledged(&self) -> usize {
        self.inner.lock().summary.unacknowledged.len()
    }

    /// Gives the file up for another process; every further event is an error.
    pub(super) fn close(&self) {
        self.inner.lock().sink = Sink::Closed;
    }

    pub(super) fn sent(&self, written: &Written) -> io::Result<()> {
        self.inner.lock().record(&Event::Sent {
            id: written.id.clone(),
            customer: written.customer.clone(),
            name: written.name.clone(),
            at: written.at,
            message: written.message.0.get().to_owned(),
        })
    }

    pub(super) fn acknowledged(&self, id: &ProviderMessageId) -> io::Result<()> {
        self.inner
            .lock()
            .record(&Event::Acknowledged { id: id.clone() })
    }

    pub(super) fn answer_accepted(&self, accepted: &Accepted) -> io::Result<()> {
        self.inner.lock().record(&Event::AnswerAccepted {
            id: accepted.id.clone(),
            customer: accepted.customer.clone(),
            at: accepted.at,
            text: accepted.text.clone(),
        })
    }

    pub(super) fn status_acknowledged(
        &self,
        id: &ProviderMessageId,
        status: &str,
    ) -> io::Result<()> {
        let status = status.into();
        self.inner.lock().record(&Event::StatusAcknowledged {
            id: id.clone(),
            status,
        })
    }
}

impl Inner {
    fn record(&mut self, event: &Event) -> io::Result<()> {
        match &mut self.sink {
            Sink::Memory => {}
            Sink::File(file) => {
                let mut line = serde_json::to_vec(event)?;
                line.push(b'\n');
                file.write_all(&line)?;
            }
            Sink::Closed => return Err(io::Error::other("the ledger is closed")),
        }
        self.count(event);
        Ok(())
    }

    fn count(&mut self, event: &Event) {
        let summary = &mut self.summary;
        match event {
            Event::Sent {
                id,
                customer,
                name,
                at,
                ..
            } => {
                summary.sent += 1;
                summary.unacknowledged.insert(id.clone());
                summary.names.insert(customer.clone(), name.clone());
                summary
                    .by_customer
                    .entry(customer.clone())
                    .or_default()
                    .push(id.clone());
                self.last_written.insert(customer.clone(), *at);
            }
            Event::Acknowledged { id } => {
                // A process killed between the answer and its record hears the same answer again.
                summary.acknowledged += u64::from(summary.unacknowledged.remove(id));
            }
            Event::AnswerAccepted { id, customer, .. } => {
                summary.answers_accepted += 1;
                summary
                    .answers_by_customer
                    .entry(customer.clone())
                    .or_default()
                    .push(id.clone());
            }
            Event::StatusAcknowledged { .. } => {}
        }
    }
}

#[derive(Default)]
struct Replay {
    order: u64,
    written: BTreeMap<ProviderMessageId, (u64, Written)>,
    accepted: BTreeMap<ProviderMessageId, (u64, Accepted, BTreeSet<CompactString>)>,
}

impl Replay {
    fn apply(&mut self, event: Event) -> io::Result<()> {
        self.order += 1;
        match event {
            Event::Sent {
                id,
                customer,
                name,
                at,
                message,
            } => {
                let message = RawJson(RawValue::from_string(message)?);
                let written = Written {
                    id: id.clone(),
                    customer,
                    name,
                    at,
                    message,
                };
                self.written.insert(id, (self.order, written));
            }
            Event::Acknowledged { id } => {
                self.written.remove(&id);
            }
            Event::AnswerAccepted {
                id,
                customer,
                at,
                text,
            } => {
                let accepted = Accepted {
                    id: id.clone(),
                    customer,
                    at,
                    text,
                };
                self.accepted
                    .insert(id, (self.order, accepted, BTreeSet::new()));
            }
            Event::StatusAcknowledged { id, status } => {
                if FINAL_STATUSES.contains(&status.as_str()) {
                    self.accepted.remove(&id);
                } else if let Some((_, _, statuses)) = self.accepted.get_mut(&id) {
                    statuses.insert(status);
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Unfinished {
        let mut written: Vec<_> = self.written.into_values().collect();
        written.sort_by_key(|(order, _)| *order);
        let mut accepted: Vec<_> = self.accepted.into_values().collect();
        accepted.sort_by_key(|(order, ..)| *order);
        Unfinished {
            written: written.into_iter().map(|(_, written)| written).collect(),
            accepted: accepted
                .into_iter()
                .map(|(_, accepted, known)| (accepted, known))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(id: &str, customer: &str) -> Written {
        Written {
            id: id.into(),
            customer: customer.into(),
            name: "Zoé".to_owned(),
            at: Timestamp::from_secs(5),
            message: RawJson(RawValue::from_string(format!(r#"{{"id":"{id}"}}"#)).unwrap()),
        }
    }

    #[test]
    fn what_was_not_acknowledged_is_left_open_by_a_ledger_that_was_never_closed() {
        let directory = tempfile::tempdir().unwrap();
        let (ledger, unfinished) = Ledger::open(directory.path()).unwrap();
        assert!(unfinished.written.is_empty() && unfinished.accepted.is_empty());
        for (id, customer) in [("b", "33"), ("a", "33"), ("c", "44")] {
            ledger.sent(&written(id, customer)).unwrap();
        }
        ledger.acknowledged(&"b".into()).unwrap();
        for id in ["x", "y"] {
            let at = Timestamp::from_secs(6);
            let text = "Oui".to_owned();
            ledger
                .answer_accepted(&Accepted {
                    id: id.into(),
                    customer: "33".into(),
                    at,
                    text,
                })
                .unwrap();
            ledger.status_acknowledged(&id.into(), "sent").unwrap();
        }
        ledger.status_acknowledged(&"x".into(), "read").unwrap();
        let before = ledger.summary();
        assert!(
            Ledger::open(directory.path()).is_err(),
            "two processes must not share a ledger"
        );
        drop(ledger);

        // A machine that lost its power may leave half a line.
        let path = directory.path().join(FILE_NAME);
        OpenOptions::new()
            .append(true)
            .open(path)
            .unwrap()
            .write_all(b"{\"event\":\"se")
            .unwrap();
        let (ledger, unfinished) = Ledger::open(directory.path()).unwrap();
        assert_eq!(before.names[&Address::from("33")], "Zoé");
        assert_eq!(ledger.summary(), before);
        assert_eq!(
            (before.sent, before.acknowledged, before.answers_accepted),
            (3, 1, 2)
        );
        assert_eq!(
            before.by_customer[&Address::from("33")],
            ["b".into(), "a".into()]
        );
        assert_eq!(unfinished.written, [written("a", "33"), written("c", "44")]);
        let open: Vec<_> = unfinished
            .accepted
            .iter()
            .map(|(a, known)| (&a.id.0[..], known.len()))
            .collect();
        assert_eq!(open, [("y", 1)]);
        ledger.acknowledged(&"a".into()).unwrap();
        ledger.acknowledged(&"a".into()).unwrap();
        assert_eq!(ledger.summary().acknowledged, 2);
    }
}
