//! Compares what customers wrote and were told with what is stored: pure, and the whole proof of the demonstration.

use std::collections::{BTreeMap, HashMap, HashSet};

use ecluse_adapters::sim::ledger::Summary;
use ecluse_adapters::storage::read_model::ledger::ReceivedRow;
use ecluse_engine::ids::{Address, ProviderMessageId};
use serde::{Deserialize, Serialize};

/// The ledger's page in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Messages that customers wrote.
    pub(crate) sent: u64,
    /// Those for which Écluse said yes.
    pub(crate) acknowledged: u64,
    /// Different messages in the store.
    pub(crate) stored: u64,
    /// Messages in the timelines, as often as a desk shows them.
    pub(crate) shown: u64,
    /// Our answers that the stand-in took.
    pub(crate) answers_accepted: u64,
    /// Acknowledged and not stored.
    pub(crate) lost: u64,
    /// Shown more often than once.
    pub(crate) doubled: u64,
    /// Shown after something that the same customer wrote later.
    pub(crate) out_of_order: u64,
}

/// What is stored, gathered in the order of storing.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    by_customer: BTreeMap<Address, Vec<(u64, ProviderMessageId)>>,
    newest: u64,
}

impl Stored {
    /// The place of the newest row that was added.
    pub(crate) fn newest(&self) -> u64 {
        self.newest
    }

    pub(crate) fn add(&mut self, row: ReceivedRow) {
        self.newest = self.newest.max(row.place);
        self.by_customer
            .entry(row.customer)
            .or_default()
            .push((row.seq, row.id));
    }

    /// Holds what is stored against what the customers know. `told` must not be newer than the rows.
    pub(crate) fn compare(&self, told: &Summary) -> Figures {
        let rows = || self.by_customer.values().flatten();
        let stored: HashSet<&ProviderMessageId> = rows().map(|(_, id)| id).collect();
        let shown = rows().count();
        let written = told.by_customer.values().flatten();
        let lost = written
            .filter(|id| !told.unacknowledged.contains(*id) && !stored.contains(id))
            .count();
        let out_of_order: usize = self
            .by_customer
            .iter()
            .filter_map(|(customer, rows)| Some(misplaced(rows, told.by_customer.get(customer)?)))
            .sum();
        Figures {
            sent: told.sent,
            acknowledged: told.acknowledged,
            stored: stored.len() as u64,
            shown: shown as u64,
            answers_accepted: told.answers_accepted,
            lost: lost as u64,
            doubled: (shown - stored.len()) as u64,
            out_of_order: out_of_order as u64,
        }
    }
}

/// How many rows of a customer stand behind one that was written later, or share their number with another.
fn misplaced(rows: &[(u64, ProviderMessageId)], written: &[ProviderMessageId]) -> usize {
    let turn: HashMap<&ProviderMessageId, usize> = written
        .iter()
        .enumerate()
        .map(|(turn, id)| (id, turn))
        .collect();
    let mut by_seq: Vec<_> = rows.iter().collect();
    by_seq.sort_by_key(|(seq, _)| *seq);
    let mut seen = HashSet::new();
    let mut latest = 0;
    let mut last_seq = None;
    let mut misplaced = 0;
    for (seq, id) in by_seq {
        let Some(turn) = turn.get(id).copied().filter(|_| seen.insert(id)) else {
            continue;
        };
        misplaced += usize::from(turn < latest || last_seq == Some(seq));
        latest = latest.max(turn);
        last_seq = Some(seq);
    }
    misplaced
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each customer's messages as the ledger has them; those with a `?` are not acknowledged.
    fn told(written: &[(&str, &[&str])]) -> Summary {
        let mut told = Summary::default();
        for (customer, ids) in written {
            for id in *ids {
                let name: ProviderMessageId = id.trim_end_matches('?').into();
                told.sent += 1;
                match id.ends_with('?') {
                    true => drop(told.unacknowledged.insert(name.clone())),
                    false => told.acknowledged += 1,
                }
                let customer = Address::from(*customer);
                told.by_customer.entry(customer).or_default().push(name);
            }
        }
        told
    }

    /// Rows as customer, number and id, in the order of storing; then stored, shown, lost, doubled and misplaced ones.
    fn check(written: &[(&str, &[&str])], rows: &[(&str, u64, &str)], expected: [u64; 5]) {
        let mut stored = Stored::default();
        for (place, (customer, seq, id)) in (1..).zip(rows) {
            stored.add(ReceivedRow {
                place,
                customer: (*customer).into(),
                seq: *seq,
                id: (*id).into(),
            });
        }
        let found = stored.compare(&told(written));
        let figures = [
            found.stored,
            found.shown,
            found.lost,
            found.doubled,
            found.out_of_order,
        ];
        assert_eq!(figures, expected, "{written:?} {rows:?}");
        assert_eq!(stored.newest(), rows.len() as u64);
    }

    #[test]
    fn what_is_lost_doubled_or_out_of_order_is_counted() {
        let written: &[(&str, &[&str])] = &[("33", &["a", "b", "c?"]), ("44", &["x"])];
        check(written, &[], [0, 0, 3, 0, 0]);
        let all = [("33", 2, "a"), ("44", 2, "x"), ("33", 3, "b")];
        check(written, &all, [3, 3, 0, 0, 0]);
        check(written, &[all[0], all[2]], [2, 2, 1, 0, 0]);
        let unheard = [all[0], all[1], all[2], ("33", 4, "c")];
        check(written, &unheard, [4, 4, 0, 0, 0]);
        let doubled = [all[0], all[1], all[2], ("33", 4, "a")];
        check(written, &doubled, [3, 4, 0, 1, 0]);
        let swapped = [("33", 3, "a"), ("33", 2, "b"), all[1]];
        check(written, &swapped, [3, 3, 0, 0, 1]);
        let one_number = [("33", 2, "a"), ("33", 2, "b"), all[1]];
        check(written, &one_number, [3, 3, 0, 0, 1]);
        let stored_late_with_an_earlier_number = [all[2], all[0], all[1]];
        check(
            written,
            &stored_late_with_an_earlier_number,
            [3, 3, 0, 0, 0],
        );
        check(
            &[("33", &["a", "b", "c"])],
            &[("33", 1, "c"), ("33", 2, "a"), ("33", 3, "b")],
            [3, 3, 0, 0, 2],
        );
    }
}
