//! Every field of a body that has not the shape it should have. serde names the first one only; each is mended as it is found,
//! so that the next one shows.
//!
//! What must stay true: what is named stands in the body as it was sent, or is missing there; nothing that the mending brought
//! in is blamed on the sender. Diagnosis is bounded, because anybody may send anything.

use std::collections::VecDeque;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::FieldError;
use super::json::{Fault, Path};

/// More faults than that are no slips.
const FAULTS_MAX: usize = 16;
/// A longer body has its first fault named.
const BYTES_MAX: usize = 32 << 10;

/// What is wrong with a body of which `first` is known.
pub(super) fn all<T: DeserializeOwned>(bytes: &[u8], first: Fault) -> Vec<FieldError> {
    let mut faults = vec![first];
    let whole = (bytes.len() <= BYTES_MAX).then(|| serde_json::from_slice(bytes).ok());
    let mut whole: Option<Value> = whole.flatten();
    while let (Some(value), Some(last)) = (&whole, faults.last()) {
        let Some((mended, Some(next))) = mend::<T>(value, last, &faults) else {
            break;
        };
        if !next.is_of_the_sender() || faults.len() >= FAULTS_MAX {
            break;
        }
        faults.push(next);
        whole = Some(mended);
    }
    faults.into_iter().map(FieldError::from).collect()
}

/// The value with one fault mended, and the fault that shows then, which is none of the `known`. `None` if nothing mends it.
fn mend<T: DeserializeOwned>(
    value: &Value,
    fault: &Fault,
    known: &[Fault],
) -> Option<(Value, Option<Fault>)> {
    let mut left = candidates(fault);
    while let Some(candidate) = left.pop_front() {
        let mut mended = value.clone();
        if put(&mut mended, &fault.path, candidate).is_none() {
            continue;
        }
        let bytes = serde_json::to_vec(&mended).ok()?;
        let Err(error) = serde_json::from_slice::<T>(&bytes) else {
            return Some((mended, None));
        };
        let next = Fault::of(&bytes, &error);
        if !known.iter().any(|known| next.is_within(known)) {
            return Some((mended, Some(next)));
        }
        if fault.variant().is_none() && left.len() > 1 {
            left.extend(next.variant().map(|variant| Some(json!(variant))));
        }
    }
    None
}

/// What may stand in a field's place, what has its type before `None`, which takes it away: what is missing is told late.
fn candidates(fault: &Fault) -> VecDeque<Option<Value>> {
    const NIL: &str = "00000000-0000-0000-0000-000000000000";
    let values = [
        json!(""),
        json!(1),
        json!(false),
        json!([]),
        json!({}),
        json!(NIL),
        json!({ "queue": NIL }),
        Value::Null,
    ];
    let variant = fault.variant().map(|variant| json!(variant));
    let values = variant.into_iter().chain(values).map(Some);
    match fault.code {
        "unknown_field" => VecDeque::from([None]),
        "required" => values.collect(),
        _ => values.chain(std::iter::once(None)).collect(),
    }
}

/// Puts a value where a path leads, or takes away what is there.
fn put(whole: &mut Value, path: &Path, candidate: Option<Value>) -> Option<()> {
    let (last, parents) = path.split_last()?;
    let parent = parents
        .iter()
        .try_fold(whole, |value, step| step.of_mut(value))?;
    last.put(parent, candidate)
}
