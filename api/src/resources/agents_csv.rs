//! Agents as CSV (RFC 4180): one row a person, added or changed by number, else by e-mail.
//!
//! What must stay true: a row that cannot be accepted is reported and leaves the others alone.

use ecluse_adapters::storage::config_db::{Change, PersonDraft, PersonRecord};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::TenantId;
use ecluse_engine::texts::Language;
use futures_util::FutureExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{AgentBody, Draft, Kind, Place, Record, Services, value};
use crate::auth::Principal;
use crate::config_file::all;
use crate::error::{ApiError, FieldError, parse_value};

/// Rows of one file.
const ROWS_MAX: usize = 10_000;

/// A row of a file. Columns may be left out and stand in any order.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Row {
    number: String,
    name: String,
    email: String,
    role: String,
    pin: String,
    wrap_up_secs: String,
    capacity: String,
    language: String,
    key: String,
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportReport {
    pub added: usize,
    pub changed: usize,
    pub skipped: usize,
    pub rows: Vec<ImportedRow>,
}

/// What became of one row.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedRow {
    /// In the file, from 1; the header is line 1.
    pub line: u64,
    pub name: String,
    pub outcome: RowOutcome,
    /// Why it was skipped.
    pub errors: Vec<FieldError>,
}

/// Whether a row was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    Added,
    Changed,
    Skipped,
}

/// A row that was read: who it is, and what they should be.
struct Read {
    line: u64,
    name: String,
    draft: Result<Draft, Vec<FieldError>>,
    email: String,
    number: Option<String>,
}

/// Adds and changes people by the rows of a file, in one transaction.
///
/// # Errors
/// The file is no CSV, or has columns that we do not know.
pub async fn import(
    services: &Services,
    caller: &Principal,
    csv: &[u8],
) -> Result<ImportReport, ApiError> {
    let rows = read(services, csv).await?;
    let people = all(services, Kind::Agent, caller.tenant).await?;
    let people: Vec<PersonRecord> = people
        .into_iter()
        .filter_map(|record| match record {
            Record::Agent(person) => Some(person),
            _ => None,
        })
        .collect();
    let editor = caller.editor();
    let work = services
        .db
        .change(&editor, move |change| put_all(change, rows, people).boxed());
    work.await
}

async fn read(services: &Services, csv: &[u8]) -> Result<Vec<Read>, ApiError> {
    let malformed = |error: csv::Error| ApiError::Malformed {
        detail: error.to_string(),
    };
    let text = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text);
    let headers = reader.headers().map_err(malformed)?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(malformed)?;
        let line = record.position().map_or(0, csv::Position::line);
        let row: Row = record.deserialize(Some(&headers)).map_err(malformed)?;
        rows.push(row.read(line, services).await?);
        if rows.len() > ROWS_MAX {
            return Err(ApiError::field("csv", "too_many", "at most 10000 rows"));
        }
    }
    Ok(rows)
}

/// Spreadsheets of some countries separate by semicolons.
fn delimiter(text: &[u8]) -> u8 {
    let header = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |sign: u8| header.iter().filter(|byte| **byte == sign).count();
    if count(b';') > count(b',') {
        b';'
    } else {
        b','
    }
}

impl Row {
    async fn read(self, line: u64, services: &Services) -> Result<Read, ApiError> {
        let (name, email) = (self.name.clone(), self.email.clone());
        let number = Some(self.number.clone()).filter(|number| !number.is_empty());
        let draft = match self.draft(services).await {
            Ok(draft) => Ok(Draft::Agent(draft)),
            Err(ApiError::Validation(errors)) => Err(errors),
            Err(other) => return Err(other),
        };
        Ok(Read {
            line,
            name,
            draft,
            email,
            number,
        })
    }

    async fn draft(self, services: &Services) -> Result<PersonDraft, ApiError> {
        let body = self.body().map_err(ApiError::Validation)?;
        let body: AgentBody = parse_value(&body)?;
        body.draft(&services.auth).await
    }

    /// The body that REST would take; what is empty is left out.
    fn body(self) -> Result<Value, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut number_of = |field: &str, text: &str, usual: u32| match text {
            "" => usual,
            text => text.parse().unwrap_or_else(|_| {
                errors.push(FieldError::new(field, "invalid", "must be a whole number"));
                usual
            }),
        };
        let wrap_up_secs = number_of(
            "wrap_up_secs",
            &self.wrap_up_secs,
            PersonDraft::WRAP_UP_SECS,
        );
        let capacity = number_of("capacity", &self.capacity, PersonDraft::CAPACITY);
        if !errors.is_empty() {
            return Err(errors);
        }
        let role = if self.role.is_empty() {
            "agent"
        } else {
            &self.role
        };
        let mut body = json!({
            "name": self.name,
            "email": self.email,
            "role": role,
            "wrap_up_secs": wrap_up_secs,
            "capacity": capacity,
        });
        for (member, text) in [
            ("number", self.number),
            ("pin", self.pin),
            ("language", self.language),
            ("key", self.key),
        ] {
            if !text.is_empty() {
                body[member] = Value::String(text);
            }
        }
        Ok(body)
    }
}

async fn put_all(
    change: &mut Change,
    rows: Vec<Read>,
    people: Vec<PersonRecord>,
) -> Result<ImportReport, ApiError> {
    let mut report = ImportReport {
        added: 0,
        changed: 0,
        skipped: 0,
        rows: Vec::with_capacity(rows.len()),
    };
    for row in rows {
        let known = people.iter().find(|person| match &row.number {
            Some(number) => person.number == *number,
            None => person.email.eq_ignore_ascii_case(&row.email),
        });
        let at = known.map(|person| Place {
            id: person.id.0,
            expected: None,
        });
        let (outcome, errors) = put(change, row.draft, at).await?;
        match outcome {
            RowOutcome::Added => report.added += 1,
            RowOutcome::Changed => report.changed += 1,
            RowOutcome::Skipped => report.skipped += 1,
        }
        report.rows.push(ImportedRow {
            line: row.line,
            name: row.name,
            outcome,
            errors,
        });
    }
    Ok(report)
}

async fn put(
    change: &mut Change,
    draft: Result<Draft, Vec<FieldError>>,
    at: Option<Place>,
) -> Result<(RowOutcome, Vec<FieldError>), ApiError> {
    let draft = match draft {
        Ok(draft) => draft,
        Err(errors) => return Ok((RowOutcome::Skipped, errors)),
    };
    let done = change
        .part(move |part| async move { draft.put(part, at).await.map(|_| ((), true)) }.boxed());
    match done.await.map_err(ApiError::from) {
        Ok(()) if at.is_some() => Ok((RowOutcome::Changed, Vec::new())),
        Ok(()) => Ok((RowOutcome::Added, Vec::new())),
        Err(ApiError::Validation(errors)) => Ok((RowOutcome::Skipped, errors)),
        Err(error @ ApiError::Conflict(_)) => {
            let told = FieldError::new("row", error.code(), error.problem().detail);
            Ok((RowOutcome::Skipped, vec![told]))
        }
        Err(other) => Err(other),
    }
}

/// Everybody, as a file that can be imported. PINs and passwords are not in it.
///
/// # Errors
/// The configuration cannot be read.
pub async fn export(services: &Services, tenant: TenantId) -> Result<String, ApiError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in all(services, Kind::Agent, tenant).await? {
        if let Record::Agent(person) = record {
            writer
                .serialize(Row::of(person))
                .map_err(ApiError::internal)?;
        }
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| ApiError::internal(error.to_string()))?;
    String::from_utf8(bytes).map_err(ApiError::internal)
}

impl Row {
    fn of(person: PersonRecord) -> Self {
        let role = |role: Role| value(&role).as_str().unwrap_or_default().to_owned();
        Self {
            number: person.number,
            name: plain(person.name),
            email: person.email,
            role: role(person.role),
            pin: String::new(),
            wrap_up_secs: person.wrap_up_secs.to_string(),
            capacity: person.capacity.to_string(),
            language: person
                .language
                .map(Language::as_str)
                .unwrap_or_default()
                .to_owned(),
            key: person.key,
        }
    }
}

/// A name that a spreadsheet would take for a formula is given as text.
fn plain(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@']) {
        format!("'{text}")
    } else {
        text
    }
}
