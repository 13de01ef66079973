//! The dialog in which a person signs in and allows things: who may come back, and with what.

use ecluse_engine::message::Timestamp;

use super::{Code, Login, Person};
use crate::cmp::facebook::SCOPES;
use crate::meta::same_secret;
use crate::sim::pages::{random_word, with_parameters};

/// One person's way through the dialog.
#[derive(Clone, Debug)]
pub(in crate::sim) struct Dialog {
    redirect_uri: String,
    state: String,
    pub(in crate::sim) scopes: Vec<String>,
    person: Option<usize>,
    pub(in crate::sim) pages: Vec<String>,
}

impl Login {
    /// Starts a dialog; the error is what Facebook shows instead, because nobody may be sent to an address it does not
    /// know.
    pub(in crate::sim) fn open(
        &mut self,
        value: impl Fn(&str) -> String,
    ) -> Result<String, &'static str> {
        let scopes = value("scope");
        let scopes = scopes.split(',').filter(|scope| !scope.is_empty());
        let dialog = Dialog {
            redirect_uri: value("redirect_uri"),
            state: value("state"),
            scopes: scopes.map(str::to_owned).collect(),
            person: None,
            pages: Vec::new(),
        };
        self.check_request(&value("client_id"), &value("response_type"), &dialog)?;
        let id = random_word(24);
        self.dialogs.insert(id.clone(), dialog);
        Ok(id)
    }

    fn check_request(
        &self,
        client_id: &str,
        response_type: &str,
        dialog: &Dialog,
    ) -> Result<(), &'static str> {
        if client_id != self.options.app_id {
            return Err("Invalid App ID: The provided app ID does not look like a valid app ID.");
        }
        if !self.options.redirect_uris.contains(&dialog.redirect_uri) {
            return Err(
                "URL blocked: This redirect failed because the redirect URI is not white-listed in the app's client OAuth \
                 settings.",
            );
        }
        if !matches!(response_type, "" | "code") {
            return Err("This stand-in has response_type=code only.");
        }
        let is_known = |scope: &String| SCOPES.contains(&scope.as_str());
        match dialog.scopes.iter().all(is_known) {
            true => Ok(()),
            false => Err("Invalid Scopes: This message is only shown to developers."),
        }
    }

    /// Signs the person in; `Ok(Some)` is where a person without a role is sent back to.
    pub(in crate::sim) fn sign_in(
        &mut self,
        id: &str,
        email: &str,
        password: &str,
    ) -> Result<Option<String>, &'static str> {
        let people = &self.options.people;
        let known =
            |person: &Person| person.email == email && same_secret(password, &person.password);
        let index = people.iter().position(known);
        let index = index.ok_or("The e-mail or the password that you entered is not right.")?;
        let has_role = people.get(index).is_some_and(|person| person.has_role);
        let dialog = self.dialogs.get_mut(id).ok_or(GONE)?;
        dialog.person = Some(index);
        if has_role {
            return Ok(None);
        }
        let message = "App Not Setup: This app is still in development mode, and you don't have access to it. Switch to a \
                       registered test user or ask an app admin for permissions.";
        let parameters = [("error_code", "1349126"), ("error_message", message)];
        let back = back(dialog, &parameters);
        self.dialogs.remove(id);
        Ok(Some(back))
    }

    pub(in crate::sim) fn dialog(&self, id: &str) -> Option<(&Dialog, Option<&Person>)> {
        let dialog = self.dialogs.get(id)?;
        let person = dialog
            .person
            .and_then(|index| self.options.people.get(index));
        Some((dialog, person))
    }

    /// Keeps of the person's pages and of the scopes what was ticked.
    pub(in crate::sim) fn choose(
        &mut self,
        id: &str,
        pages: &[String],
        scopes: &[String],
    ) -> Option<()> {
        let dialog = self.dialogs.get_mut(id)?;
        let person = self.options.people.get(dialog.person?)?;
        let own = person.pages.iter().map(|page| page.id.clone());
        dialog.pages = own.filter(|page| pages.contains(page)).collect();
        dialog.scopes.retain(|scope| scopes.contains(scope));
        Some(())
    }

    /// Where a person who allowed everything is sent, with a code.
    pub(in crate::sim) fn confirm(&mut self, id: &str, now: Timestamp) -> Option<String> {
        let dialog = self.dialogs.remove(id)?;
        let code = format!("AQD{}", random_word(48));
        let made = Code {
            person: dialog.person?,
            redirect_uri: dialog.redirect_uri.clone(),
            scopes: dialog.scopes.clone(),
            pages: dialog.pages.clone(),
            made_at: now,
            is_used: false,
        };
        self.codes.insert(code.clone(), made);
        Some(back(&dialog, &[("code", &code)]))
    }

    /// Where a person who pressed Cancel is sent.
    pub(in crate::sim) fn cancel(&mut self, id: &str) -> Option<String> {
        let dialog = self.dialogs.remove(id)?;
        let parameters = [
            ("error", "access_denied"),
            ("error_code", "200"),
            ("error_description", "Permissions error"),
            ("error_reason", "user_denied"),
        ];
        Some(back(&dialog, &parameters))
    }
}

pub(in crate::sim) const GONE: &str = "This dialog is over. Close the window and start again.";

fn back(dialog: &Dialog, parameters: &[(&str, &str)]) -> String {
    let mut parameters = parameters.to_vec();
    if !dialog.state.is_empty() {
        parameters.push(("state", &dialog.state));
    }
    format!("{}#_=_", with_parameters(&dialog.redirect_uri, &parameters))
}
