//! Every field of a body that has not the shape it should have. serde names the first one only; something else is put in the
//! place of each that was found, so that the next one shows.
//!
//! What must stay true: what is named stands in the body as it was sent, or is missing there; nothing that was put in is
//! blamed on the sender. Diagnosis is bounded, because anybody may send anything.

use std::collections::VecDeque;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::fault::Fault;
use super::path::Path;
use super::{FieldError, objects};

/// More faults than that are no slips.
const FAULTS_MAX: usize = 16;
/// How often a body is read to find them.
const READINGS_MAX: usize = 256;
/// A longer body has its first fault named.
const BYTES_MAX: usize = 32 << 10;

/// What could be read of a body, and what could not.
#[derive(Debug)]
pub struct Mended<T> {
    /// Something else stands in the place of what could not be read, so it is good for nothing but to judge the rest by.
    pub read: T,
    pub faults: Vec<FieldError>,
}

/// Reads what can be read of a body; `None` if nothing that could be put in makes one of it.
#[must_use]
pub fn mended<T: DeserializeOwned>(sent: &Value) -> Option<Mended<T>> {
    let bytes = serde_json::to_vec(sent).ok()?;
    let mends = match objects::read::<T>(&bytes) {
        Ok(read) => {
            let faults = Vec::new();
            return Some(Mended { read, faults });
        }
        Err(_) if bytes.len() > BYTES_MAX => return None,
        Err(error) => mends::<T>(Some(sent), Fault::of(&bytes, &error)),
    };
    let bytes = serde_json::to_vec(&with(sent, &mends)?).ok()?;
    Some(Mended {
        read: objects::read(&bytes).ok()?,
        faults: told(mends),
    })
}

/// What is wrong with a body of which `first` is known.
pub(super) fn all<T: DeserializeOwned>(bytes: &[u8], first: Fault) -> Vec<FieldError> {
    let sent: Option<Value> = match bytes.len() {
        ..=BYTES_MAX => serde_json::from_slice(bytes).ok(),
        _ => None,
    };
    told(mends::<T>(sent.as_ref(), first))
}

fn told(mends: Vec<Mend>) -> Vec<FieldError> {
    mends.into_iter().map(|mend| mend.fault.into()).collect()
}

fn mends<T: DeserializeOwned>(sent: Option<&Value>, first: Fault) -> Vec<Mend> {
    let mut mends = vec![Mend::of(first)];
    for _ in 0..READINGS_MAX {
        let Some(next) = sent.and_then(|sent| shown::<T>(sent, &mends)) else {
            break;
        };
        let known = mends.iter().position(|mend| next.is_within(&mend.fault));
        let goes_on = match known {
            Some(known) => mends[known].try_another(&next),
            None if next.is_of_the_sender() && mends.len() < FAULTS_MAX => {
                mends.push(Mend::of(next));
                true
            }
            // Fields that exclude each other: the newest one that was mended does without.
            None => mends
                .iter_mut()
                .rev()
                .any(|mend| mend.is_left_out_for(&next)),
        };
        if !goes_on {
            break;
        }
    }
    mends
}

/// The body as it is mended.
fn with(sent: &Value, mends: &[Mend]) -> Option<Value> {
    let mut mended = sent.clone();
    for mend in mends {
        put(
            &mut mended,
            &mend.fault.path,
            mend.candidates.front()?.clone(),
        );
    }
    Some(mended)
}

/// The fault that shows in the body as it is mended, if there is one.
fn shown<T: DeserializeOwned>(sent: &Value, mends: &[Mend]) -> Option<Fault> {
    let bytes = serde_json::to_vec(&with(sent, mends)?).ok()?;
    let error = objects::read::<T>(&bytes).err()?;
    Some(Fault::of(&bytes, &error))
}

/// A fault, and what may stand in the field's place: the first candidate does, and `None` takes the field away.
struct Mend {
    fault: Fault,
    candidates: VecDeque<Option<Value>>,
}

impl Mend {
    fn of(fault: Fault) -> Self {
        const NIL: &str = "00000000-0000-0000-0000-000000000000";
        let values = [
            json!(""),
            json!(1),
            json!(false),
            json!([]),
            json!({}),
            json!(NIL),
            json!({ "queue": NIL }),
            json!({ "label": {}, "queue": NIL }),
            Value::Null,
        ];
        let known = fault.variant().or_else(|| fault.example());
        let known = known.map(|known| json!(known));
        let values = known.into_iter().chain(values).map(Some);
        let candidates = match fault.code {
            "unknown_field" => VecDeque::from([None]),
            _ => values.chain(std::iter::once(None)).collect(),
        };
        Self { fault, candidates }
    }

    /// Whether the field was not left out yet and now is, because of what is said of all that it is part of.
    fn is_left_out_for(&mut self, refusal: &Fault) -> bool {
        let is_part = self.fault.is_within(refusal) && self.candidates.len() > 1;
        if is_part {
            self.candidates = VecDeque::from([None]);
        }
        is_part
    }

    /// Whether there is another candidate. Where a word is wanted, the refusal of another one says a good one.
    fn try_another(&mut self, refusal: &Fault) -> bool {
        self.candidates.pop_front();
        let is_first = self.fault.variant().is_none() && self.candidates.len() > 1;
        if let (true, Some(variant)) = (is_first, refusal.variant()) {
            self.candidates.push_front(Some(json!(variant)));
        }
        !self.candidates.is_empty()
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
