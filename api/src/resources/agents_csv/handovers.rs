//! Which rows of a file of people hand e-mails on to each other: one alone would be refused, because the e-mail is of
//! somebody whose own row gives it up; pure.

use std::collections::{BTreeMap, HashMap};

/// What a row does with e-mails, in lower case.
#[derive(Clone, Debug, Default)]
pub(super) struct Handover {
    /// The one that its person has and does not keep.
    pub(super) from: Option<String>,
    /// The one that its person gets and does not have.
    pub(super) to: Option<String>,
}

/// The rows, those that hand e-mails on to each other together: groups in the order of their first rows.
pub(super) fn groups(rows: &[Handover]) -> Vec<Vec<usize>> {
    let given_up = rows.iter().enumerate();
    let given_up = given_up.filter_map(|(row, one)| Some((one.from.as_deref()?, row)));
    let given_up: HashMap<&str, usize> = given_up.collect();
    let mut parents: Vec<usize> = (0..rows.len()).collect();
    for (taker, one) in rows.iter().enumerate() {
        let giver = one.to.as_deref().and_then(|email| given_up.get(email));
        if let Some(giver) = giver {
            let (first, other) = (
                first_of(&mut parents, taker),
                first_of(&mut parents, *giver),
            );
            parents[first.max(other)] = first.min(other);
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for row in 0..rows.len() {
        let first = first_of(&mut parents, row);
        groups.entry(first).or_default().push(row);
    }
    groups.into_values().collect()
}

/// The first row of a row's group.
fn first_of(parents: &mut [usize], mut row: usize) -> usize {
    while parents[row] != row {
        parents[row] = parents[parents[row]];
        row = parents[row];
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_need_each_other_are_together_and_no_others() {
        let row = |from: &str, to: &str| {
            let email = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
            Handover {
                from: email(from),
                to: email(to),
            }
        };
        let rows = [
            row("a", "b"),
            row("", ""),
            row("b", "a"),
            row("", "c"),
            row("d", "e"),
            row("c", "d"),
            row("f", "g"),
        ];
        assert_eq!(groups(&rows), [vec![0, 2], vec![1], vec![3, 4, 5], vec![6]]);
        assert!(groups(&[]).is_empty());
    }
}
