//! What came of buttons that were pressed before: the form carries it, so that one connection's result does not take away the
//! other's. It is told only as long as what was tried is what the form still says.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::console::form::value::{at, scalar};
use crate::console::form::{Block, Control, Form, Outcome, Outcomes, Posted, Section};

/// Carries one outcome.
const FIELD: &str = "_came";
const OUTCOMES_MAX: usize = 8;
const LENGTH_MAX: usize = 2000;

/// An outcome as a form carries it.
#[derive(Debug, Deserialize, Serialize)]
struct Kept {
    command: String,
    good: bool,
    text: String,
    /// Of what was tried.
    mark: u64,
}

/// What a form carries, as far as it still says what was tried.
#[must_use]
pub fn read(form: &Form, posted: &Posted, value: &Value) -> Outcomes {
    let carried = posted.all(FIELD).iter().take(OUTCOMES_MAX);
    let short = carried.filter(|text| text.len() <= LENGTH_MAX);
    let known = short.filter_map(|text| serde_json::from_str::<Kept>(text).ok());
    let holds = known.filter(|kept| mark(form, &kept.command, value) == Some(kept.mark));
    let outcome = |kept: Kept| {
        let (good, text) = (kept.good, kept.text);
        (kept.command, Outcome { good, text })
    };
    holds.map(outcome).collect()
}

/// What a form has to carry of its outcomes.
#[must_use]
pub fn carried(form: &Form, outcomes: &Outcomes, value: &Value) -> Vec<String> {
    let one = |(command, outcome): (&String, &Outcome)| {
        let kept = Kept {
            command: command.clone(),
            good: outcome.good,
            text: outcome.text.clone(),
            mark: mark(form, command, value)?,
        };
        serde_json::to_string(&kept).ok()
    };
    outcomes.iter().filter_map(one).collect()
}

/// Of all that a button tries, but for secrets; `None` where it tries nothing.
fn mark(form: &Form, command: &str, value: &Value) -> Option<u64> {
    if !command.starts_with("verify") {
        return None;
    }
    let section = form.sections.iter().find(|one| has(one, command))?;
    let mut hasher = DefaultHasher::new();
    let choice = section.when.map(|when| scalar(at(value, when.path)));
    choice.hash(&mut hasher);
    for field in &section.fields {
        if !matches!(field.control, Control::Secret { .. }) {
            scalar(at(value, field.path)).hash(&mut hasher);
        }
    }
    Some(hasher.finish())
}

fn has(section: &Section, command: &str) -> bool {
    let mut blocks = section.lead.iter().chain(&section.tail);
    blocks.any(|block| matches!(block, Block::Action(action) if action.command == command))
}
