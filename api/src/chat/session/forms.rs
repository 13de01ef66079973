//! The forms of a session: what a visitor says of themselves, and the message that they leave.
//!
//! What must stay true: a form is accepted when what it says is recorded, or goes with the first message.

use std::collections::BTreeMap;
use std::sync::Arc;

use compact_str::CompactString;
use ecluse_adapters::storage::config_db::FormPurpose;
use ecluse_engine::message::Timestamp;
use uuid::Uuid;

use super::{Around, Effect, REFUSED, Session, Taken};
use crate::chat::form::Form;
use crate::chat::frames::{RefusalCode, ToVisitor};
use crate::chat::introduction::Introduction;
use crate::chat::lines::names_fit;

impl Session {
    pub(super) fn start(
        &mut self,
        given: &BTreeMap<String, String>,
        around: &mut Around<'_>,
    ) -> Vec<Effect> {
        let introduction = match Introduction::read(&self.form, given, self.form_asked) {
            Ok(introduction) => introduction,
            Err(code) => return vec![refused_form(code)],
        };
        if introduction.is_empty() {
            return vec![self.started()];
        }
        if (around.pace)().is_err() {
            return vec![refused_form(RefusalCode::TooFast)];
        }
        let is_kept = (around.keep)(introduction.clone());
        if !self.written {
            // It goes with the first message.
            self.held = (!is_kept).then(|| Box::new(introduction));
            return vec![self.started()];
        }
        self.forms = self.forms.wrapping_add(1);
        self.starting = Some(self.forms);
        vec![Effect::Introduce {
            form: self.forms,
            introduction,
        }]
    }

    /// A form came out. Of two that follow each other the page hears of the second only.
    pub(super) fn introduced(&mut self, form: u32, recorded: bool) -> Vec<Effect> {
        if self.starting != Some(form) {
            return Vec::new();
        }
        self.starting = None;
        vec![match recorded {
            true => self.started(),
            false => refused_form(RefusalCode::TooFast),
        }]
    }

    /// The form is accepted.
    pub(super) fn started(&mut self) -> Effect {
        self.form_asked = false;
        Effect::Tell(ToVisitor::Started {
            conversation_id: self.open,
        })
    }

    /// The visitor would rather leave a message than wait. The form for that is read once.
    pub(super) fn give_up(&mut self) -> Option<Effect> {
        if !self.waiting.is_so() || self.finding {
            return None;
        }
        if self.form.purpose == FormPurpose::LeaveMessage {
            return Some(self.form_to_leave());
        }
        self.finding = true;
        Some(Effect::FindForm)
    }

    /// The form is there; somebody may have come meanwhile.
    pub(super) fn found(&mut self, form: Form) -> Vec<Effect> {
        self.finding = false;
        if !self.waiting.is_so() {
            return Vec::new();
        }
        self.form = form;
        vec![self.form_to_leave()]
    }

    fn form_to_leave(&self) -> Effect {
        let form = &self.form;
        Effect::Tell(ToVisitor::Form {
            form: Arc::clone(&form.fields),
            form_purpose: form.purpose,
            form_title: form.title.clone(),
            form_intro: form.intro.clone(),
        })
    }

    /// A message that nobody can answer now. It may be said again after a break, with the name that it had.
    pub(super) fn leave(
        &mut self,
        client_id: Option<CompactString>,
        given: &BTreeMap<String, String>,
        around: &mut Around<'_>,
    ) -> Vec<Effect> {
        let client_id = client_id.unwrap_or_else(|| Uuid::now_v7().to_string().into());
        if !names_fit(&client_id) {
            return vec![Effect::HangUp(REFUSED)];
        }
        if !around.channel_exists {
            return vec![refused_form(RefusalCode::ClosedChannel)];
        }
        let mut given = match self.form.read(given, true) {
            Ok(given) => given,
            Err(code) => return vec![refused_form(code)],
        };
        let Some(body) = given.message.take() else {
            return vec![refused_form(RefusalCode::Empty)];
        };
        if let Some(pause) = self.pause(around) {
            return self.wait(client_id, pause, around.now);
        }
        self.under_way += 1;
        vec![Effect::Leave {
            client_id,
            body,
            introduction: Introduction::of(given),
        }]
    }

    pub(super) fn left(
        &mut self,
        client_id: CompactString,
        taken: Taken,
        now: Timestamp,
    ) -> Vec<Effect> {
        let mut effects = self.received(client_id, taken, now);
        if matches!(taken, Taken::Durable { .. }) {
            effects.push(self.started());
        }
        effects
    }
}

/// The form is not accepted as it was filled.
pub(super) fn refused_form(code: RefusalCode) -> Effect {
    Effect::Tell(ToVisitor::Refused {
        client_id: None,
        code,
    })
}

/// The answers by the names of their fields; a page of an older release gives the usual two only.
pub(super) fn given(
    name: Option<String>,
    email: Option<String>,
    mut fields: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    for (field, answer) in [("name", name), ("email", email)] {
        if let Some(answer) = answer {
            fields.insert(field.to_owned(), answer);
        }
    }
    fields
}
