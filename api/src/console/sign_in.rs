//! The pages on which a person signs in, or chooses a password by a link: forms that work without a script.
//!
//! What must stay true: a form that is shown again has what was typed, but no password; whoever has no session is told
//! nothing that the API would not tell them.

use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, ResponseError as _};
use askama::Template;
use secrecy::{ExposeSecret as _, SecretString};
use url::form_urlencoded;

use super::admin::told::words;
use super::catalogue::Catalogue;
use super::form::{Posted, problems};
use super::headers::Frames;
use super::language::Lang;
use super::pages::{Page, answer};
use crate::auth::{PASSWORD_LENGTH_MIN, SignIn};
use crate::error::{ApiError, FieldError};

/// Where somebody who signed in goes, unless they wanted to go elsewhere.
const HOME: &str = "/desk";

/// What was typed to sign in, and what is wrong with it.
#[derive(Debug, Default)]
pub struct SignInForm {
    email: String,
    number: String,
    alert: String,
    email_error: String,
    password_error: String,
    /// Whether a PIN is missing is not told to strangers, so its fields are shown to everybody who was refused.
    asks_for_pin: bool,
}

#[derive(Debug, Template)]
#[template(path = "login.html")]
struct Login<'a> {
    page: Page,
    form: &'a SignInForm,
    /// A form was sent without a session, and what was typed into it is lost.
    unsaved: bool,
    /// Where to go afterwards and what is said, for the links of the languages.
    next: String,
}

impl SignInForm {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Something is missing: the form with what it lacks.
    pub fn read(posted: &Posted, lang: Lang) -> Result<(Self, SignIn), Box<Self>> {
        let typed = |name| posted.first(name).unwrap_or_default().trim().to_owned();
        let password = posted.first("password").unwrap_or_default();
        let pin = posted.first("pin").unwrap_or_default();
        let mut form = Self {
            email: typed("email"),
            number: typed("number"),
            ..Self::default()
        };
        form.asks_for_pin = !form.number.is_empty() || !pin.is_empty();
        let catalogue = Catalogue::of(lang);
        if form.email.is_empty() {
            form.email_error = catalogue.text("login-email-missing").into_owned();
        }
        if password.is_empty() {
            form.password_error = catalogue.text("login-password-missing").into_owned();
        }
        if form.email.is_empty() || password.is_empty() {
            return Err(Box::new(form));
        }
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let asked = SignIn {
            email: form.email.clone(),
            password: password.into(),
            number: some(&form.number),
            pin: some(pin).map(SecretString::from),
        };
        Ok((form, asked))
    }

    /// The page. `query` is the one of its address.
    #[must_use]
    pub fn page(&self, lang: Lang, query: &str) -> HttpResponse {
        let status = if self.email_error.is_empty() && self.password_error.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        self.answer(status, lang, query)
    }

    /// The page after a refusal.
    #[must_use]
    pub fn refused(mut self, error: &ApiError, lang: Lang, query: &str) -> HttpResponse {
        self.alert = words(Catalogue::of(lang), error);
        self.asks_for_pin |= matches!(error, ApiError::SignInRefused);
        refusal(error, self.answer(error.status_code(), lang, query))
    }

    fn answer(&self, status: StatusCode, lang: Lang, query: &str) -> HttpResponse {
        let next =
            wanted(query).map(|next| form_urlencoded::byte_serialize(next.as_bytes()).collect());
        let mut next: String = next.unwrap_or_default();
        let unsaved = form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "unsaved");
        if unsaved {
            next.push_str("&unsaved=1");
        }
        let login = Login {
            page: Page::bare(lang, ""),
            form: self,
            unsaved,
            next,
        };
        answer(status, Frames::Nobody, &login)
    }
}

/// Where the query wants somebody who signed in to go.
fn wanted(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let next = pairs.find(|(name, _)| name == "next");
    next.map(|(_, next)| next.into_owned())
}

/// Where somebody who signed in goes: to the page of ours that asked for it, and nowhere else.
#[must_use]
pub fn destination(query: &str) -> String {
    let is_ours = |next: &String| {
        next.starts_with('/')
            && !next.starts_with("//")
            && !next.starts_with("/login")
            && !next.contains(['\\', '\t', '\r', '\n'])
    };
    let next = wanted(query).filter(is_ours);
    next.unwrap_or_else(|| HOME.to_owned())
}

/// How far a person is with a new password.
#[derive(Debug, Default)]
pub struct PasswordForm {
    alert: String,
    password_error: String,
    again_error: String,
    done: bool,
}

#[derive(Debug, Template)]
#[template(path = "invitation.html")]
struct Invitation<'a> {
    page: Page,
    form: &'a PasswordForm,
    help: String,
    next: String,
}

impl PasswordForm {
    /// Reads the new password, which was typed twice.
    ///
    /// # Errors
    /// The two are not the same: the form that says so.
    pub fn read(posted: &Posted, lang: Lang) -> Result<SecretString, Self> {
        let typed = |name| SecretString::from(posted.first(name).unwrap_or_default());
        let (password, again) = (typed("password"), typed("again"));
        if password.expose_secret() == again.expose_secret() {
            return Ok(password);
        }
        Err(Self {
            again_error: Catalogue::of(lang)
                .text("invitation-different")
                .into_owned(),
            ..Self::default()
        })
    }

    /// What is shown to whoever chose a password.
    #[must_use]
    pub fn done() -> Self {
        Self {
            done: true,
            ..Self::default()
        }
    }

    /// The page: the same whether or not the link is good, which only its use tells.
    #[must_use]
    pub fn page(&self, lang: Lang) -> HttpResponse {
        let status = if self.again_error.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        self.answer(status, lang)
    }

    /// The page after a refusal.
    #[must_use]
    pub fn refused(error: &ApiError, lang: Lang) -> HttpResponse {
        let catalogue = Catalogue::of(lang);
        let mut form = Self::default();
        match error {
            ApiError::Validation(errors) => {
                let sentences = errors.iter().map(|error| password_fault(error, catalogue));
                form.password_error = sentences.collect::<Vec<_>>().join(" ");
            }
            other => form.alert = words(catalogue, other),
        }
        refusal(error, form.answer(error.status_code(), lang))
    }

    fn answer(&self, status: StatusCode, lang: Lang) -> HttpResponse {
        let invitation = Invitation {
            page: Page::bare(lang, ""),
            form: self,
            help: counted(Catalogue::of(lang), "invitation-password-help"),
            next: String::new(),
        };
        answer(status, Frames::Nobody, &invitation)
    }
}

/// A page with what the API says of the same refusal beside its words; our own failure is in the log.
fn refusal(error: &ApiError, mut page: HttpResponse) -> HttpResponse {
    if matches!(error, ApiError::Internal(_)) {
        tracing::error!(%error, "a sign-in page failed");
    }
    if let Some(secs) = error.retry_after_secs() {
        page.headers_mut().insert(RETRY_AFTER, secs.into());
    }
    page
}

/// What is wrong with a new password.
fn password_fault(error: &FieldError, catalogue: &'static Catalogue) -> String {
    match error.code.as_str() {
        "too_short" => counted(catalogue, "invitation-too-short"),
        _ => problems::sentence(error, catalogue),
    }
}

/// A text that says how many characters a password has at least.
fn counted(catalogue: &Catalogue, key: &'static str) -> String {
    catalogue.fill(key, &[("count", PASSWORD_LENGTH_MIN.into())])
}

#[cfg(test)]
mod tests {
    use super::destination;

    #[test]
    fn a_sign_in_leads_to_a_page_of_ours() {
        let rows = [
            ("next=%2Fconsole%2Fqueues%3Fq%3Da", "/console/queues?q=a"),
            ("lang=fr&next=%2Fdesk", "/desk"),
            ("", "/desk"),
            ("next=%2F%2Fevil.test", "/desk"),
            ("next=%2F%5Cevil.test", "/desk"),
            ("next=%2F%09%2Fevil.test", "/desk"),
            ("next=https%3A%2F%2Fevil.test", "/desk"),
            ("next=%2Flogin%3Fnext%3D%2Flogin", "/desk"),
        ];
        for (query, place) in rows {
            assert_eq!(destination(query), place, "{query}");
        }
    }
}
