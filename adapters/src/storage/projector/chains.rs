//! Where the rows of recently written keys end, so that most rows are appended without a look-up.
//!
//! What must stay true: what is remembered was committed. A transaction that fails leaves no trace here.

use std::collections::HashMap;
use std::mem;

use ecluse_engine::ids::KeyDigest;

/// Keys in each of the two generations; 32 bytes each, so all of them take 8 MiB at the most.
const GENERATION_MAX: usize = 64 * 1_024;

/// The end of a key's rows in the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain {
    /// 0 if there is no row.
    pub(super) newest_row: i64,
    pub(super) row_count: u64,
}

/// The ends of the keys that were written last. A key is forgotten when two generations of others came after it.
#[derive(Debug, Default)]
pub(super) struct Chains {
    young: HashMap<KeyDigest, Chain>,
    old: HashMap<KeyDigest, Chain>,
}

impl Chains {
    pub(super) fn get(&self, key: KeyDigest) -> Option<Chain> {
        self.young.get(&key).or_else(|| self.old.get(&key)).copied()
    }

    /// Remembers what a transaction has committed.
    pub(super) fn remember(&mut self, committed: impl IntoIterator<Item = (KeyDigest, Chain)>) {
        for (key, chain) in committed {
            if self.young.len() >= GENERATION_MAX {
                self.old = mem::take(&mut self.young);
            }
            self.young.insert(key, chain);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u64) -> KeyDigest {
        KeyDigest(u128::from(number).to_be_bytes())
    }

    #[test]
    fn the_newest_ends_are_known_and_the_number_of_them_is_bounded() {
        let mut chains = Chains::default();
        let chain = |newest_row| Chain {
            newest_row,
            row_count: 1,
        };
        chains.remember([(key(0), chain(1)), (key(0), chain(2))]);
        assert_eq!(chains.get(key(0)), Some(chain(2)));
        assert_eq!(chains.get(key(1)), None);
        let many = 3 * GENERATION_MAX as u64;
        chains.remember((1..=many).map(|number| (key(number), chain(3))));
        assert_eq!(chains.get(key(0)), None, "it was long ago");
        assert_eq!(chains.get(key(many)), Some(chain(3)));
        assert!(chains.young.len() + chains.old.len() <= 2 * GENERATION_MAX);
    }

    #[test]
    fn a_newer_end_hides_an_older_generation() {
        let mut chains = Chains::default();
        chains.remember((0..GENERATION_MAX as u64).map(|number| (key(number), Chain::default())));
        let newer = Chain {
            newest_row: 9,
            row_count: 9,
        };
        chains.remember([(key(1), newer)]);
        assert_eq!(chains.old.get(&key(1)), Some(&Chain::default()));
        assert_eq!(chains.get(key(1)), Some(newer));
    }
}
