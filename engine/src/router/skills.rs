//! Skills, as the router compares them.
//!
//! What must stay true: the numbers are sorted and without repeats, so that equal sets are equal values and comparing
//! two sets costs one pass.

use smallvec::SmallVec;

/// What a conversation requires or an agent has, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SkillSet(SmallVec<[u32; 4]>);

impl SkillSet {
    /// Whether every skill of `required` is here.
    #[must_use]
    pub fn covers(&self, required: &Self) -> bool {
        required
            .0
            .iter()
            .all(|skill| self.0.binary_search(skill).is_ok())
    }
}

impl FromIterator<u32> for SkillSet {
    fn from_iter<I: IntoIterator<Item = u32>>(skills: I) -> Self {
        let mut skills: SmallVec<[u32; 4]> = skills.into_iter().collect();
        skills.sort_unstable();
        skills.dedup();
        Self(skills)
    }
}
