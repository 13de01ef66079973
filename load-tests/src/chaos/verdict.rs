//! What the read model shows against what was sent and acknowledged.
//!
//! What must stay true: the judgement is a pure function of the rows and the ledger, and every count has a test in which
//! it is not zero.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use super::ledger::{Ledger, address, read_id};

/// How often each promise was broken. Everything but the first two is a fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    pub acknowledged: u64,
    pub shown: u64,
    /// Acknowledged and not there.
    pub lost: u64,
    /// There more than once.
    pub doubled: u64,
    /// Shown before a message whose acknowledgement had been read when this one was first sent, or before its
    /// predecessor in the same body.
    pub out_of_order: u64,
    /// Numbers of a key, from its first message on, that nothing has.
    pub holes: u64,
    /// Under another contact than it is from, or never sent.
    pub strangers: u64,
}

impl Verdict {
    /// Whether no promise was broken.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let Self {
            acknowledged: _,
            shown: _,
            lost,
            doubled,
            out_of_order,
            holes,
            strangers,
        } = *self;
        lost + doubled + out_of_order + holes + strangers == 0
    }
}

/// What is there of one key.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    pub address: String,
    pub next_seq: u64,
    /// The numbers of all rows.
    pub numbers: Vec<u64>,
    /// The number and the provider's id of each message.
    pub messages: Vec<(u64, String)>,
}

/// Reads the store of a node, which may run, and judges it.
///
/// # Errors
/// The store cannot be read.
pub fn read(data_dir: &Path, ledger: &Ledger) -> anyhow::Result<Verdict> {
    let rows = read_rows(&data_dir.join("store.db")).context("the store cannot be read")?;
    Ok(judge(&rows, ledger))
}

fn read_rows(path: &Path) -> rusqlite::Result<Vec<Rows>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let store = Connection::open_with_flags(path, flags)?;
    store.busy_timeout(Duration::from_secs(10))?;
    let store = store.unchecked_transaction()?;
    let mut keys: HashMap<[u8; 16], Rows> = HashMap::new();
    let mut select = store.prepare(
        "SELECT k.key, a.address, k.next_seq FROM keys k JOIN addresses a ON a.key = k.key",
    )?;
    let mut found = select.query([])?;
    while let Some(row) = found.next()? {
        let (address, next_seq) = (row.get(1)?, row.get(2)?);
        keys.insert(
            row.get(0)?,
            Rows {
                address,
                next_seq,
                ..Rows::default()
            },
        );
    }
    let mut select = store.prepare(
        "SELECT key, seq, iif(kind = 1, json_extract(body, '$.provider_id'), NULL) FROM timeline",
    )?;
    let mut found = select.query([])?;
    while let Some(row) = found.next()? {
        let rows = keys.entry(row.get(0)?).or_default();
        let seq = row.get(1)?;
        rows.numbers.push(seq);
        rows.messages
            .extend(row.get::<_, Option<String>>(2)?.map(|id| (seq, id)));
    }
    Ok(keys.into_values().collect())
}

/// Compares what is there with what was sent and acknowledged.
#[must_use]
pub fn judge(keys: &[Rows], ledger: &Ledger) -> Verdict {
    let mut verdict = Verdict::default();
    let mut shown: HashSet<(usize, usize)> = HashSet::new();
    for rows in keys {
        verdict.holes += holes(rows);
        let mut messages = Vec::new();
        for (seq, id) in &rows.messages {
            verdict.shown += 1;
            let Some(place) = known(ledger, id, &rows.address) else {
                verdict.strangers += 1;
                continue;
            };
            if shown.insert(place) {
                messages.push((*seq, place));
            } else {
                verdict.doubled += 1;
            }
        }
        messages.sort_unstable();
        verdict.out_of_order += out_of_order(&messages, ledger);
    }
    for body in ledger
        .all()
        .iter()
        .filter(|body| body.acknowledged().is_some())
    {
        verdict.acknowledged += body.contacts.len() as u64;
        let lost = (0..body.contacts.len()).filter(|index| !shown.contains(&(body.number, *index)));
        verdict.lost += lost.count() as u64;
    }
    verdict
}

/// The body and the index of a message that was sent, if it stands under its own contact.
fn known(ledger: &Ledger, id: &str, at: &str) -> Option<(usize, usize)> {
    let (number, index) = read_id(id)?;
    let contact = *ledger.body(number)?.contacts.get(index)?;
    (address(contact) == at).then_some((number, index))
}

/// From the first message on every number has a row, because nothing invisible happens in a run.
fn holes(rows: &Rows) -> u64 {
    let Some(first) = rows.messages.iter().map(|(seq, _)| *seq).min() else {
        return 0;
    };
    let there: HashSet<u64> = rows
        .numbers
        .iter()
        .copied()
        .filter(|seq| *seq >= first)
        .collect();
    let in_range = there.iter().filter(|seq| **seq < rows.next_seq).count() as u64;
    let beyond = there.len() as u64 - in_range;
    rows.next_seq.saturating_sub(first).saturating_sub(in_range) + beyond
}

/// Messages, in the order of their numbers, that stand after one which must come later.
fn out_of_order(messages: &[(u64, (usize, usize))], ledger: &Ledger) -> u64 {
    let mut latest_sent = 0;
    let mut last_in_body: BTreeMap<usize, usize> = BTreeMap::new();
    let mut count = 0;
    for (_, (number, index)) in messages {
        let Some(body) = ledger.body(*number) else {
            continue;
        };
        let answered_before_an_earlier_was_sent =
            body.acknowledged().is_some_and(|stamp| stamp < latest_sent);
        let after_its_successor = last_in_body
            .insert(*number, *index)
            .is_some_and(|last| last > *index);
        count += u64::from(answered_before_an_earlier_was_sent || after_its_successor);
        latest_sent = latest_sent.max(body.sent);
    }
    count
}

#[cfg(test)]
mod tests {
    use ecluse_adapters::meta::AppSecret;

    use super::*;

    /// A body of contact 0 with its answer, one that waits for an answer, and one of two messages with its answer.
    fn ledger() -> Ledger {
        let ledger = Ledger::new(AppSecret::new(&"secret".into()).unwrap(), 10);
        let first = ledger.write(vec![0]);
        ledger.acknowledge(&first);
        ledger.write(vec![0]);
        let last = ledger.write(vec![0, 0]);
        ledger.acknowledge(&last);
        ledger
    }

    fn rows(messages: &[(u64, &str)], next_seq: u64) -> Rows {
        let messages: Vec<_> = messages
            .iter()
            .map(|(seq, id)| (*seq, (*id).to_owned()))
            .collect();
        let numbers = [1]
            .into_iter()
            .chain(messages.iter().map(|(seq, _)| *seq))
            .collect();
        Rows {
            address: address(0),
            next_seq,
            numbers,
            messages,
        }
    }

    #[test]
    fn every_broken_promise_is_counted() {
        let good = Verdict {
            acknowledged: 3,
            shown: 3,
            ..Verdict::default()
        };
        let with = |change: fn(&mut Verdict)| {
            let mut verdict = good;
            change(&mut verdict);
            verdict
        };
        let (a, open, b, c) = ("wamid.B0I0", "wamid.B1I0", "wamid.B2I0", "wamid.B2I1");
        let elsewhere = Rows {
            address: address(1),
            ..rows(&[(4, c)], 5)
        };
        let cases = [
            (vec![rows(&[(4, a), (5, b), (6, c)], 7)], good),
            (
                vec![rows(&[(4, a), (5, open), (6, b), (7, c)], 8)],
                with(|v| v.shown = 4),
            ),
            (
                vec![rows(&[(4, a), (5, b), (6, c), (7, open)], 8)],
                with(|v| v.shown = 4),
            ),
            (
                vec![rows(&[(4, a), (5, b)], 6)],
                with(|v| (v.shown, v.lost) = (2, 1)),
            ),
            (vec![], with(|v| (v.shown, v.lost) = (0, 3))),
            (
                vec![rows(&[(4, a), (5, b), (6, c), (7, a)], 8)],
                with(|v| (v.shown, v.doubled) = (4, 1)),
            ),
            (
                vec![rows(&[(4, a), (5, b), (6, c), (7, open), (8, open)], 9)],
                with(|v| (v.shown, v.doubled) = (5, 1)),
            ),
            (
                vec![rows(&[(4, b), (5, a), (6, c)], 7)],
                with(|v| v.out_of_order = 1),
            ),
            (
                vec![rows(&[(4, open), (5, a), (6, b), (7, c)], 8)],
                with(|v| (v.shown, v.out_of_order) = (4, 1)),
            ),
            (
                vec![rows(&[(4, a), (5, c), (6, b)], 7)],
                with(|v| v.out_of_order = 1),
            ),
            (
                vec![rows(&[(4, a), (6, b), (7, c)], 8)],
                with(|v| v.holes = 1),
            ),
            (
                vec![rows(&[(4, a), (5, b), (6, c)], 8)],
                with(|v| v.holes = 1),
            ),
            (
                vec![rows(&[(4, a), (5, b), (6, c)], 6)],
                with(|v| v.holes = 1),
            ),
            (
                vec![rows(&[(4, a), (5, b), (6, c), (7, "wamid.B3I0")], 8)],
                with(|v| (v.shown, v.strangers) = (4, 1)),
            ),
            (
                vec![rows(&[(4, a), (5, b)], 6), elsewhere],
                with(|v| (v.lost, v.strangers) = (1, 1)),
            ),
        ];
        for (number, (keys, expected)) in cases.into_iter().enumerate() {
            let verdict = judge(&keys, &ledger());
            assert_eq!(verdict, expected, "case {number}");
            assert_eq!(verdict.is_clean(), number < 3, "case {number}");
        }
    }

    #[test]
    fn an_id_names_its_body_and_its_place() {
        let body = ledger().body(1).unwrap();
        assert_eq!(read_id(&body.id(1)), Some((1, 1)));
        assert_eq!(read_id("wamid.HBgL"), None);
    }
}
