//! Settings pages: shown, sent, refused, changed by two people at once.
//!
//! What must stay true: what was typed is shown again whatever happened, but for secrets; and nothing is saved that the reader
//! did not see, because the form carries the revision that it was made of.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use serde_json::Value;

use super::administrator::{Administrator, Submission};
use super::around::Around;
use super::cell::Badge;
use super::conflict::{self, Conflict};
use super::gone;
use super::head::{ActionView, Head, LinkView};
use super::kept;
use super::once;
use super::references::references;
use super::refusal::see;
use super::resource::{Acted, Resource, Subject};
use super::shell::Shell;
use super::times;
use super::told::told;
use crate::console::backend::{Filter, Kind, Shown};
use crate::console::catalogue::Catalogue;
use crate::console::form::value::{at, scalar};
use crate::console::form::{
    Command, Control, Form, FormView, Key, Outcome, Outcomes, Posted, Sight, Versions, differences,
    draft, read, send,
};
use crate::console::headers::Frames;
use crate::console::pages::{Page, answer};
use crate::error::{ApiError, FieldError};
use crate::resources::joined;

/// So many changes back, what a form was opened with is looked for.
const RECORDS: usize = 20;

#[derive(Debug, Template)]
#[template(path = "console/edit.html")]
struct EditPage {
    page: Page,
    shell: Shell,
    head: Head,
    notices: Vec<Badge>,
    alert: Option<String>,
    /// What is in the way of a save.
    references: Vec<LinkView>,
    conflict: Option<Conflict>,
    form: FormView,
    /// What did not take place, above what is to be corrected.
    refused: String,
    action: String,
    revision: Option<u64>,
    /// What the page carries of buttons that were pressed before.
    kept: Vec<String>,
    save: String,
}

/// The thing that a settings page is about.
#[derive(Debug)]
struct Open<'a> {
    admin: &'a Administrator,
    resource: &'a dyn Resource,
    around: Around,
    /// `None` while it has not been saved.
    id: Option<&'a str>,
    /// As it is stored, or blank.
    base: Shown,
}

/// What is in a form when it is shown, and what became of it.
#[derive(Debug, Default)]
struct Sheet {
    value: Value,
    errors: Vec<FieldError>,
    /// What was asked for when it was refused; `None` is a save.
    asked: Option<Key>,
    outcomes: Outcomes,
    alert: Option<String>,
    references: Vec<LinkView>,
    conflict: Option<Conflict>,
    fresh: Option<String>,
    /// The names of secrets that were typed.
    retype: Vec<&'static str>,
    revision: Option<u64>,
    status: StatusCode,
}

/// Which thing a page is about.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// One to be, of a variant where there are several.
    New(Option<&'a str>),
    One(&'a str),
    /// The tenant's settings, of which there is one.
    Only,
}

/// `GET` of a settings page.
///
/// # Errors
/// There is no such thing, or it cannot be read.
pub async fn page(
    admin: &Administrator,
    resource: &dyn Resource,
    which: Which<'_>,
) -> Result<HttpResponse, ApiError> {
    let open = Open::of(admin, resource, which).await?;
    if let Some(gone) = open.gone().await? {
        return Ok(gone);
    }
    let shown = Sheet {
        value: open.base.body.clone(),
        revision: Some(open.base.revision),
        ..Sheet::default()
    };
    open.render(shown)
}

/// `POST` of a settings page.
///
/// # Errors
/// There is no such thing, or it cannot be read.
pub async fn submitted(
    Submission { by, mut posted }: Submission,
    resource: &dyn Resource,
    which: Which<'_>,
) -> Result<HttpResponse, ApiError> {
    let mut open = Open::of(&by, resource, which).await?;
    if let Some(gone) = open.gone().await? {
        return Ok(gone);
    }
    let command = posted.command();
    let fresh = posted.apply(&command);
    let form = open.form(&open.base.body)?;
    let mut value = read(&form, &posted, open.base.body.clone());
    resource.complete(&by, &mut value).await?;
    let mut shown = Sheet {
        outcomes: kept::read(&form, &posted, &value),
        value,
        fresh,
        retype: typed_secrets(&form, &posted),
        revision: posted.revision(),
        ..Sheet::default()
    };
    match command {
        Command::Save => {
            if let Some(done) = open.save(&posted, &mut shown).await? {
                return Ok(done);
            }
        }
        Command::Other { word, subject } => {
            if let Some(done) = open.act((&word, &subject), &mut shown).await? {
                return Ok(done);
            }
        }
        Command::Refresh | Command::Add(_) | Command::Remove { .. } | Command::Move { .. } => {}
    }
    open.render(shown)
}

impl<'a> Open<'a> {
    async fn of(
        admin: &'a Administrator,
        resource: &'a dyn Resource,
        which: Which<'a>,
    ) -> Result<Self, ApiError> {
        let mut around = Around::load(admin, resource.needs()).await?;
        let (id, base) = match which {
            Which::One(id) => (Some(id), stored(admin, resource, id).await?),
            Which::Only => (Some(""), stored(admin, resource, "").await?),
            Which::New(variant) => (None, blank(resource, variant)?),
        };
        if let Some(company) = resource.company(&base.body) {
            around.ask_for(admin, company).await?;
        }
        Ok(Self {
            admin,
            resource,
            around,
            id,
            base,
        })
    }

    /// What is shown instead where it was deleted.
    async fn gone(&self) -> Result<Option<HttpResponse>, ApiError> {
        gone::page(self.admin, self.resource, &self.around, &self.base).await
    }

    fn form(&self, value: &Value) -> Result<Form, ApiError> {
        let subject = Subject { id: self.id, value };
        self.resource
            .form(&self.around, subject)
            .ok_or(ApiError::NotFound)
    }

    /// Saves; `None` when the form has to be shown again.
    async fn save(
        &mut self,
        posted: &Posted,
        shown: &mut Sheet,
    ) -> Result<Option<HttpResponse>, ApiError> {
        let form = self.form(&shown.value)?;
        let body = match send(&form, &mut shown.value) {
            Ok(body) => body,
            Err(faults) => {
                let (body, _) = draft(&form, &mut shown.value);
                let body = self.finished(&shown.value, body);
                let refused = self.refusals(body).await?;
                let refused = unexplained(refused, &faults);
                shown.refuse(joined(faults, refused));
                return Ok(None);
            }
        };
        let body = self.finished(&shown.value, body);
        let stored = self.store(posted.revision(), body).await;
        match stored {
            Ok(saved) => self.saved(&saved).map(Some),
            Err(ApiError::PreconditionFailed) => self.collided(&form, shown).await,
            Err(ApiError::Validation(errors)) => {
                shown.refuse(errors);
                Ok(None)
            }
            Err(error @ (ApiError::NotFound | ApiError::Internal(_))) => Err(error),
            Err(error) => {
                shown.status = StatusCode::CONFLICT;
                shown.alert = Some(told(self.admin, &error));
                shown.references = references(&error);
                Ok(None)
            }
        }
    }

    /// What the server would refuse of a form that has faults of its own: everything is told at once.
    async fn refusals(&self, body: Value) -> Result<Vec<FieldError>, ApiError> {
        let (backend, kind) = (&self.admin.backend, self.resource.kind());
        backend.refusals(kind, self.id, body).await
    }

    fn finished(&self, value: &Value, mut body: Value) -> Value {
        self.resource.finish(&self.around, value, &mut body);
        body
    }

    async fn store(&self, expected: Option<u64>, body: Value) -> Result<Shown, ApiError> {
        let (backend, kind) = (&self.admin.backend, self.resource.kind());
        match self.id {
            None => backend.create(kind, body).await,
            // A form that does not say what it was made of would overwrite what nobody saw.
            Some(_) if expected.is_none() => Err(ApiError::PreconditionFailed),
            Some("") => backend.change_settings(expected, body).await,
            Some(id) => backend.replace(kind, id, expected, body).await,
        }
    }

    fn saved(&self, saved: &Shown) -> Result<HttpResponse, ApiError> {
        let list = format!("/console/{}", self.resource.slug());
        if self.id.is_some() {
            return Ok(see(&format!("{}?done=saved", self.admin.here)));
        }
        if let Some((member, title, help)) = self.resource.once()
            && !saved.text(member).is_empty()
        {
            return Ok(once::page(
                self.admin,
                (title, help),
                saved.text(member),
                &list,
            ));
        }
        Ok(see(&if self.resource.stays() {
            format!("{list}/{}?done=created", saved.id)
        } else {
            format!("{list}?done=created&id={}", saved.id)
        }))
    }

    /// Shows what somebody else saved, field by field; the next save is made of that revision. What somebody else deleted
    /// is saved no more.
    async fn collided(
        &mut self,
        form: &Form,
        shown: &mut Sheet,
    ) -> Result<Option<HttpResponse>, ApiError> {
        // The other save may have come after this form was opened.
        if let Some(id) = self.id {
            self.base = stored(self.admin, self.resource, id).await?;
        }
        if let Some(gone) = self.gone().await? {
            return Ok(Some(gone));
        }
        let filter = Filter {
            limit: Some(RECORDS),
            terms: vec![("resource_id", self.base.id.clone())],
            ..Filter::default()
        };
        let records = self.admin.backend.list(Kind::Audit, &filter).await?.items;
        let recorded = shown
            .revision
            .and_then(|opened| conflict::recorded(&records, opened));
        let mut versions = Versions {
            theirs: &self.base.body,
            ours: &shown.value,
            recorded: None,
        };
        let catalogue = self.admin.catalogue;
        let is_same = differences(form, versions, catalogue).is_empty();
        versions.recorded = recorded.as_ref();
        let differences = differences(form, versions, catalogue);
        shown.conflict = Some(Conflict {
            who: self.who(records.first().map(AsRef::as_ref)),
            differences,
            none: self.admin.text(match is_same {
                true => "console-conflict-same",
                false => "console-conflict-elsewhere",
            }),
        });
        shown.status = StatusCode::PRECONDITION_FAILED;
        shown.revision = Some(self.base.revision);
        Ok(None)
    }

    /// Who changed it last, and when.
    fn who(&self, last: Option<&Shown>) -> String {
        let Some(last) = last else {
            return self.admin.text("console-conflict-somebody");
        };
        let zone = self
            .around
            .settings
            .get("time_zone")
            .and_then(Value::as_str);
        let at = times::minute(last.text("at"), zone.unwrap_or("UTC"), self.admin.lang);
        let words = [
            ("name", editor(last, self.admin.catalogue).into()),
            ("at", at.into()),
        ];
        self.admin.catalogue.fill("console-conflict-who", &words)
    }

    /// Does what a button of the kind asks for; `None` when the form has to be shown again.
    async fn act(
        &mut self,
        command: (&str, &str),
        shown: &mut Sheet,
    ) -> Result<Option<HttpResponse>, ApiError> {
        let form = self.form(&shown.value)?;
        let key = format!("{} {}", command.0, command.1).trim_end().to_owned();
        shown.asked = Some(refused(command.0));
        shown.outcomes.remove(&key);
        let (body, faults) = draft(&form, &mut shown.value);
        let in_the_way = in_the_way(command, &faults);
        if !in_the_way.is_empty() {
            shown.refuse(in_the_way);
            return Ok(None);
        }
        let subject = Subject {
            id: self.id,
            value: &shown.value,
        };
        let body = self.finished(subject.value, body);
        let acted = self.resource.act(self.admin, subject, command, body).await;
        match acted {
            Ok(Acted::Outcome(outcome)) => {
                shown.outcomes.insert(key, outcome);
                // What was tried tells how the thing is.
                if let Some(id) = self.id {
                    self.base = stored(self.admin, self.resource, id).await?;
                }
            }
            Ok(Acted::Value(value)) => shown.value = value,
            Ok(Acted::Done(word)) => {
                return Ok(Some(see(&format!("{}?done={word}", self.admin.here))));
            }
            Ok(Acted::Unknown) => return Err(ApiError::NotFound),
            Err(ApiError::Validation(errors)) => shown.refuse(explained(errors, &faults)),
            Err(error @ ApiError::Internal(_)) => return Err(error),
            Err(error) => {
                let text = told(self.admin, &error);
                shown.outcomes.insert(key, Outcome { good: false, text });
            }
        }
        Ok(None)
    }

    fn render(&self, shown: Sheet) -> Result<HttpResponse, ApiError> {
        let admin = self.admin;
        let form = self.form(&shown.value)?;
        let sight = Sight {
            value: &shown.value,
            usual: &self.resource.usual(&shown.value),
            errors: &shown.errors,
            outcomes: &shown.outcomes,
            fresh: shown.fresh.as_deref(),
            retype: &shown.retype,
            catalogue: admin.catalogue,
        };
        let head = self.head(&shown.value);
        let page = EditPage {
            page: Page::bare(admin.lang, &admin.user.csrf_token),
            shell: Shell::new(admin, &head.title),
            head,
            notices: match self.id {
                Some(_) => self.resource.notices(&self.around, &self.base.body),
                None => Vec::new(),
            },
            alert: shown.alert,
            references: shown.references,
            conflict: shown.conflict,
            form: FormView::new(&form, sight),
            refused: admin.text(shown.asked.unwrap_or("console-refused")),
            action: admin.here.clone(),
            revision: self.id.and(shown.revision),
            kept: kept::carried(&form, &shown.outcomes, &shown.value),
            save: admin.text("common-save"),
        };
        Ok(answer(shown.status, Frames::Own, &page))
    }

    fn head(&self, value: &Value) -> Head {
        let (admin, resource) = (self.admin, self.resource);
        let list = format!("/console/{}", resource.slug());
        let texts = resource.texts();
        let title = match self.id {
            None => resource.new_title(&self.around, value),
            Some("") => admin.text(texts.title),
            Some(_) => resource.name(&self.around, &self.base),
        };
        let is_one = self.id.is_some_and(|id| !id.is_empty());
        let deletion = texts.deletion.filter(|_| is_one);
        let delete = deletion.map(|deletion| self.delete_action(deletion.button));
        Head {
            title,
            lead: (self.id == Some("")).then(|| admin.text(texts.lead)),
            back: (self.id != Some("")).then(|| LinkView {
                label: admin.text(texts.title),
                href: list,
            }),
            channel: resource.channel(value),
            badges: match self.id {
                Some(_) => resource.badges(&self.around, &self.base.body),
                None => Vec::new(),
            },
            actions: delete.into_iter().collect(),
        }
    }

    fn delete_action(&self, label: Key) -> ActionView {
        ActionView {
            href: format!("{}/delete", self.admin.here),
            label: self.admin.text(label),
            icon: "trash",
            primary: false,
            danger: true,
            dialog: None,
        }
    }
}

impl Sheet {
    fn refuse(&mut self, errors: Vec<FieldError>) {
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self.errors = errors;
    }
}

fn typed_secrets(form: &Form, posted: &Posted) -> Vec<&'static str> {
    let secrets = form
        .fields()
        .filter(|field| matches!(field.control, Control::Secret { .. }));
    let names = secrets.map(|field| field.path);
    names
        .filter(|name| posted.first(name).is_some_and(|typed| !typed.is_empty()))
        .collect()
}

/// What did not take place when a button's command was refused.
fn refused(word: &str) -> Key {
    match word {
        "verify" => "console-refused-verify",
        _ => "console-refused-other",
    }
}

/// What keeps a connection from being tried as it stands on the page. Where something is missing, what is saved would be
/// tried with the rest, and a new password sent to the server of before.
fn in_the_way((word, connection): (&str, &str), faults: &[FieldError]) -> Vec<FieldError> {
    let is_of = |fault: &&FieldError| fault.field.split('.').any(|part| part == connection);
    let of_connection = faults.iter().filter(is_of).cloned();
    of_connection.filter(|_| word == "verify").collect()
}

/// Without what could not be read as a whole because of a part that the form names.
fn unexplained(mut refused: Vec<FieldError>, faults: &[FieldError]) -> Vec<FieldError> {
    let is_named = |error: &FieldError| faults.iter().any(|fault| fault.is_within(&error.field));
    refused.retain(|error| error.code != "invalid" || !is_named(error));
    refused
}

/// What the server could not read, in the form's own words where the form knows why.
fn explained(errors: Vec<FieldError>, faults: &[FieldError]) -> Vec<FieldError> {
    let explained = |error: FieldError| {
        let fits = |fault: &&FieldError| error.code == "invalid" && fault.field == error.field;
        let known = faults.iter().find(fits).cloned();
        known.unwrap_or(error)
    };
    errors.into_iter().map(explained).collect()
}

/// A thing as it is stored now; without an id it is the tenant's settings.
async fn stored(
    admin: &Administrator,
    resource: &dyn Resource,
    id: &str,
) -> Result<Shown, ApiError> {
    match id {
        "" => admin.backend.settings().await,
        id => admin.backend.show(resource.kind(), id).await,
    }
}

fn blank(resource: &dyn Resource, variant: Option<&str>) -> Result<Shown, ApiError> {
    Ok(Shown {
        id: String::new(),
        revision: 0,
        body: resource.blank(variant).ok_or(ApiError::NotFound)?,
    })
}

/// Who made a change of the audit trail: somebody by name, or nobody.
#[must_use]
pub fn editor(record: &Shown, catalogue: &'static Catalogue) -> String {
    let name = scalar(at(&record.body, "editor.name"));
    let kind = scalar(at(&record.body, "editor.kind"));
    match (kind.as_str(), name.as_str()) {
        // A company that changes something by itself has its name there.
        ("system", "system") => catalogue.text("console-ban-automatic").into_owned(),
        _ => name,
    }
}
