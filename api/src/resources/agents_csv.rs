//! Agents as CSV (RFC 4180): one row a person, added or changed by number, else by e-mail.
//!
//! What must stay true: a row that cannot be accepted is reported and leaves the others alone; a cell that is empty or missing
//! leaves what a known person has; e-mails change places whatever the order of the rows; and what is exported can be
//! imported and changes nothing.

mod handovers;

use std::collections::{BTreeMap, BTreeSet};

use ecluse_adapters::storage::config_db::{
    Change, ConfigDb, Editor, PersonRecord, PinChange, Resource, email_key,
};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::{AgentId, TenantId};
use ecluse_engine::texts::Language;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use self::handovers::{Handover, groups};
use super::agent::CheckedAgent;
use super::{AgentBody, AgentView, Draft, Kind, Place, Record, Services, strip, value};
use crate::auth::Principal;
use crate::config_file::all;
use crate::error::{ApiError, FieldError, parse_value};

/// Those of a [`Row`].
const COLUMNS: [&str; 9] = [
    "number",
    "name",
    "email",
    "role",
    "pin",
    "wrap_up_secs",
    "capacity",
    "language",
    "key",
];
/// Rows of one file.
const ROWS_MAX: usize = 10_000;
/// Rows that one change puts, unless more need each other: whoever signs in meanwhile waits for no more of them.
const ROWS_AT_ONCE: usize = 200;
/// PINs of a file that are hashed at once, so that whoever signs in meanwhile finds room.
const HASHES_AT_ONCE: usize = 3;

/// A row of a file. Columns may be left out and stand in any order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
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
    /// Rows that say what is so already.
    pub unchanged: usize,
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
    Unchanged,
    Skipped,
}

/// A row that was read: who it is of, and what it says of them.
#[derive(Clone)]
struct Read {
    line: u64,
    name: String,
    row: Row,
    known: Option<AgentId>,
    /// What the row does with e-mails.
    handover: Handover,
    pin: Result<PinChange, Vec<FieldError>>,
}

/// Adds and changes people by the rows of a file, a few hundred in one transaction.
///
/// # Errors
/// The file is no CSV, or has columns that we do not know.
pub async fn import(
    services: &Services,
    caller: &Principal,
    csv: &[u8],
) -> Result<ImportReport, ApiError> {
    let rows = read(csv)?;
    let known = Known::of(all(services, Kind::Agent, caller.tenant).await?);
    let rows = hashed(services, &known, rows).await?;
    let (db, editor) = (services.db.clone(), caller.editor());
    // What was begun ends, whether or not anybody waits for it.
    let work = actix_web::rt::spawn(async move { put_all(&db, &editor, rows).await });
    work.await.map_err(ApiError::internal)?
}

/// The people of the tenant, by what a row names them by.
struct Known {
    by_number: BTreeMap<String, PersonRecord>,
    numbers_by_email: BTreeMap<String, String>,
}

impl Known {
    fn of(records: Vec<Record>) -> Self {
        let people = records.into_iter().filter_map(|record| match record {
            Record::Agent(person) => Some(person),
            _ => None,
        });
        let (mut by_number, mut numbers_by_email) = (BTreeMap::new(), BTreeMap::new());
        for person in people {
            numbers_by_email.insert(email_key(&person.email), person.number.clone());
            by_number.insert(person.number.clone(), person);
        }
        Self {
            by_number,
            numbers_by_email,
        }
    }

    /// By the number, if the row has one, else by the e-mail.
    fn find(&self, row: &Row) -> Option<&PersonRecord> {
        let number = match row.number.as_str() {
            "" => self.numbers_by_email.get(&email_key(&row.email))?,
            number => number,
        };
        self.by_number.get(number)
    }
}

fn read(csv: &[u8]) -> Result<Vec<(u64, Row)>, ApiError> {
    let text = csv.strip_prefix(b"\xef\xbb\xbf").unwrap_or(csv);
    let delimiter = delimiter(text);
    refuse_unclosed_quote(text, delimiter)?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text);
    let headers = reader.headers().map_err(|error| unreadable(&error))?;
    let headers: csv::StringRecord = headers.iter().map(str::to_ascii_lowercase).collect();
    check_columns(&headers)?;
    let mut rows = Vec::new();
    for record in reader.records() {
        let mut record = record.map_err(|error| unreadable(&error))?;
        // Spreadsheets leave out the cells at the end of a row that are empty.
        while record.len() < headers.len() {
            record.push_field("");
        }
        let line = line_of(text, &record);
        let row: Row = record
            .deserialize(Some(&headers))
            .map_err(|error| unreadable(&error))?;
        rows.push((line, row.unquoted()));
        if rows.len() > ROWS_MAX {
            return Err(ApiError::field("csv", "too_many", "at most 10000 rows"));
        }
    }
    Ok(rows)
}

fn unreadable(error: &csv::Error) -> ApiError {
    match error.kind() {
        csv::ErrorKind::Utf8 { .. } => ApiError::field("csv", "not_utf8", "must be in UTF-8"),
        _ => ApiError::Malformed {
            detail: error.to_string(),
        },
    }
}

/// The reader takes what follows a quote that is never closed for a part of its cell, whole rows included.
fn refuse_unclosed_quote(text: &[u8], delimiter: u8) -> Result<(), ApiError> {
    match unclosed_quote(text, delimiter) {
        Some(line) => {
            let field = format!("csv[{line}]");
            let message = format!("the quote that opens on line {line} is not closed");
            Err(ApiError::field(&field, "unclosed_quote", &message))
        }
        None => Ok(()),
    }
}

/// How far a cell was read.
#[derive(Clone, Copy)]
enum Cell {
    Start,
    Bare,
    /// Behind a quote that opened on a line.
    Quoted(u64),
    /// Behind another one, which closed it unless one more follows.
    Closed(u64),
}

/// The line of a quote that nothing closes, or only one that opens a cell of a later line.
fn unclosed_quote(text: &[u8], delimiter: u8) -> Option<u64> {
    let (mut line, mut cell) = (1, Cell::Start);
    for byte in text {
        cell = match (cell, *byte) {
            (Cell::Quoted(since), b'"') => Cell::Closed(since),
            (Cell::Closed(since), b'"') => Cell::Quoted(since),
            (Cell::Quoted(since), _) => Cell::Quoted(since),
            (_, sign) if sign == delimiter || matches!(sign, b'\r' | b'\n') => Cell::Start,
            (Cell::Start, b'"') => Cell::Quoted(line),
            (Cell::Closed(since), sign) if since != line && sign != b' ' => return Some(since),
            _ => Cell::Bare,
        };
        if *byte == b'\n' {
            line += 1;
        }
    }
    match cell {
        Cell::Quoted(since) => Some(since),
        Cell::Start | Cell::Bare | Cell::Closed(_) => None,
    }
}

/// The first line names the columns, each once, and no others than there are.
fn check_columns(headers: &csv::StringRecord) -> Result<(), ApiError> {
    let known = COLUMNS.join(", ");
    if headers.iter().all(str::is_empty) {
        let message = format!("the first line must name the columns: {known}");
        return Err(ApiError::field("csv", "required", &message));
    }
    if let Some(unknown) = headers.iter().find(|column| !COLUMNS.contains(column)) {
        let message = format!("there is no column `{unknown}`; the columns are {known}");
        return Err(ApiError::field("csv", "unknown_column", &message));
    }
    let mut seen = BTreeSet::new();
    if let Some(again) = headers.iter().find(|column| !seen.insert(*column)) {
        let (field, message) = (
            format!("csv.{again}"),
            format!("the first line names the column `{again}` twice"),
        );
        return Err(ApiError::field(&field, "duplicate", &message));
    }
    Ok(())
}

/// The line of a record, the first being 1. The reader tells where it went on after the one before: in front of the lines that
/// are empty, and of what is left of a line's end.
fn line_of(text: &[u8], record: &csv::StringRecord) -> u64 {
    let Some(position) = record.position() else {
        return 0;
    };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.get(start..).unwrap_or_default();
    let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + ends.filter(|byte| **byte == b'\n').count() as u64
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

/// Checks each row and hashes its PIN, a few at a time and in the order of the file.
async fn hashed(
    services: &Services,
    known: &Known,
    rows: Vec<(u64, Row)>,
) -> Result<Vec<Read>, ApiError> {
    let one = |(line, row): (u64, Row)| async move {
        let person = known.find(&row);
        let pin = match row.over(person) {
            Ok(checked) => checked.pin_change(&services.auth).await.map(Ok)?,
            Err(ApiError::Validation(errors)) => Err(errors),
            Err(other) => return Err(other),
        };
        let name = match person {
            Some(person) if row.name.is_empty() => person.name.clone(),
            Some(_) | None => row.name.clone(),
        };
        let known = person.map(|person| person.id);
        let handover = row.handover(person);
        Ok(Read {
            line,
            name,
            row,
            known,
            handover,
            pin,
        })
    };
    stream::iter(rows)
        .map(one)
        .buffered(HASHES_AT_ONCE)
        .try_collect()
        .await
}

impl Row {
    /// The person that the row asks for. What it leaves empty is as before, or what is usual for somebody new.
    fn over(&self, before: Option<&PersonRecord>) -> Result<CheckedAgent, ApiError> {
        let mut body = match before {
            Some(person) => value(&AgentView::from(person.clone())),
            None => json!({ "name": "", "email": "", "role": "agent" }),
        };
        strip(&mut body, Kind::Agent.read_only());
        let mut errors = Vec::new();
        for (member, text) in self.texts() {
            if !text.is_empty() {
                body[member] = Value::from(text);
            }
        }
        for (member, text) in [
            ("wrap_up_secs", &self.wrap_up_secs),
            ("capacity", &self.capacity),
        ] {
            match text.parse::<u32>() {
                Ok(number) => body[member] = Value::from(number),
                Err(_) if text.is_empty() => {}
                Err(_) => {
                    errors.push(FieldError::new(member, "invalid", "must be a whole number"));
                }
            }
        }
        if !errors.is_empty() {
            return Err(ApiError::Validation(errors));
        }
        let body: AgentBody = parse_value(&body)?;
        body.checked().map_err(|refused| refused.error())
    }

    /// What becomes of the e-mail of the person, as they are before.
    fn handover(&self, before: Option<&PersonRecord>) -> Handover {
        let had = before.map(|person| email_key(&person.email));
        let to = Some(email_key(&self.email));
        let to = to.filter(|email| !email.is_empty() && had.as_ref() != Some(email));
        Handover {
            from: had.filter(|_| to.is_some()),
            to,
        }
    }

    fn texts(&self) -> [(&'static str, &str); 7] {
        [
            ("name", &self.name),
            ("email", &self.email),
            ("role", &self.role),
            ("number", &self.number),
            ("pin", &self.pin),
            ("language", &self.language),
            ("key", &self.key),
        ]
    }
}

async fn put_all(
    db: &ConfigDb,
    editor: &Editor,
    rows: Vec<Read>,
) -> Result<ImportReport, ApiError> {
    let mut done = Vec::with_capacity(rows.len());
    for groups in shares(rows) {
        let put = db.change(editor, move |change| put_groups(change, groups).boxed());
        done.extend(put.await?);
    }
    done.sort_by_key(|row| row.line);
    Ok(ImportReport::of(done))
}

/// What each change puts: groups of rows that are put together.
fn shares(rows: Vec<Read>) -> Vec<Vec<Vec<Read>>> {
    let handovers: Vec<Handover> = rows.iter().map(|read| read.handover.clone()).collect();
    let mut rows: Vec<Option<Read>> = rows.into_iter().map(Some).collect();
    let (mut shares, mut share, mut in_share) = (Vec::new(), Vec::new(), 0);
    for group in groups(&handovers) {
        let group = group.into_iter().filter_map(|row| rows[row].take());
        let group: Vec<Read> = group.collect();
        in_share += group.len();
        share.push(group);
        if in_share >= ROWS_AT_ONCE {
            shares.push(std::mem::take(&mut share));
            in_share = 0;
        }
    }
    if !share.is_empty() {
        shares.push(share);
    }
    shares
}

async fn put_groups(
    change: &mut Change,
    groups: Vec<Vec<Read>>,
) -> Result<Vec<ImportedRow>, ApiError> {
    change.look_for_free_numbers().await?;
    let mut done = Vec::new();
    for group in groups {
        done.extend(put_group(change, group).await?);
    }
    Ok(done)
}

impl ImportReport {
    fn of(rows: Vec<ImportedRow>) -> Self {
        let count = |outcome: RowOutcome| rows.iter().filter(|row| row.outcome == outcome).count();
        Self {
            added: count(RowOutcome::Added),
            changed: count(RowOutcome::Changed),
            unchanged: count(RowOutcome::Unchanged),
            skipped: count(RowOutcome::Skipped),
            rows,
        }
    }
}

/// Puts rows together if all of them can be accepted, else each by itself.
async fn put_group(change: &mut Change, group: Vec<Read>) -> Result<Vec<ImportedRow>, ApiError> {
    if group.len() > 1 {
        let together = group.clone();
        let handed_on = change.part(move |part| hand_on(part, together).boxed());
        if let Some(done) = handed_on.await? {
            return Ok(done);
        }
    }
    let mut done = Vec::with_capacity(group.len());
    for read in group {
        done.push(put(change, read).await?);
    }
    Ok(done)
}

/// Puts rows after all of their people gave their e-mails up, and says whether that may stay.
async fn hand_on(
    part: &mut Change,
    mut group: Vec<Read>,
) -> Result<(Option<Vec<ImportedRow>>, bool), ApiError> {
    // Somebody new may be given the first free number, and the others have theirs again only when they are written.
    group.sort_by_key(|read| read.known.is_none());
    for id in group.iter().filter_map(|read| read.known) {
        part.let_go(Resource::Agent, id.0).await?;
    }
    let mut done = Vec::with_capacity(group.len());
    for read in group {
        done.push(put(part, read).await?);
    }
    let is_written =
        |row: &ImportedRow| matches!(row.outcome, RowOutcome::Added | RowOutcome::Changed);
    let stays = done.iter().all(is_written);
    Ok((stays.then_some(done), stays))
}

async fn put(change: &mut Change, read: Read) -> Result<ImportedRow, ApiError> {
    let (line, name) = (read.line, read.name.clone());
    let (outcome, errors) = match put_alone(change, read).await {
        Ok(outcome) => (outcome, Vec::new()),
        Err(ApiError::Validation(errors)) => (RowOutcome::Skipped, errors),
        Err(error @ (ApiError::Conflict(_) | ApiError::NotFound)) => {
            let told = FieldError::new("row", error.code(), error.problem().detail);
            (RowOutcome::Skipped, vec![told])
        }
        Err(other) => return Err(other),
    };
    Ok(ImportedRow {
        line,
        name,
        outcome,
        errors,
    })
}

async fn put_alone(change: &mut Change, read: Read) -> Result<RowOutcome, ApiError> {
    let Read {
        row, known, pin, ..
    } = read;
    let pin = pin.map_err(ApiError::Validation)?;
    let done = change.part(move |part| put_row(part, row, known, pin).boxed());
    done.await
}

/// Puts the row over the person as they are now: somebody may have changed them while PINs were hashed.
async fn put_row(
    part: &mut Change,
    row: Row,
    known: Option<AgentId>,
    pin: PinChange,
) -> Result<(RowOutcome, bool), ApiError> {
    let before = match known {
        Some(id) => Some(part.person(id).await?),
        None => None,
    };
    let draft = row.over(before.as_ref())?.with(pin);
    let sets_pin = draft.sets_pin();
    let at = known.map(|id| Place {
        id: id.0,
        expected: None,
    });
    let record = Draft::Agent(draft).put(part, at).await?.record;
    Ok(match (before, record) {
        (None, _) => (RowOutcome::Added, true),
        (Some(before), Record::Agent(after)) if !sets_pin && before.is_same(&after) => {
            (RowOutcome::Unchanged, false)
        }
        (Some(_), _) => (RowOutcome::Changed, true),
    })
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
    fn unquoted(self) -> Self {
        Self {
            name: unquoted(self.name),
            email: unquoted(self.email),
            ..self
        }
    }

    fn of(person: PersonRecord) -> Self {
        let role = |role: Role| value(&role).as_str().unwrap_or_default().to_owned();
        Self {
            number: person.number,
            name: quoted(person.name),
            email: quoted(person.email),
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

/// What spreadsheets take for the beginning of a formula.
const FORMULA_SIGNS: [char; 4] = ['=', '+', '-', '@'];

fn is_like_a_formula(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA_SIGNS)
}

/// A cell that a spreadsheet would take for a formula is given as text, by an apostrophe before it.
fn quoted(text: String) -> String {
    match is_like_a_formula(&text) {
        true => format!("'{text}"),
        false => text,
    }
}

/// The cell without the apostrophe that [`quoted`] gave it.
fn unquoted(text: String) -> String {
    match text.strip_prefix('\'') {
        Some(rest) if is_like_a_formula(rest) => rest.to_owned(),
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_alike_whatever_ends_them() {
        for end in ["\n", "\r\n"] {
            let csv = ["name,email", "Ada,\"a@b.fr\"", "", "Bob,b@b.fr"].join(end);
            let rows = read(csv.as_bytes()).unwrap();
            let lines: Vec<_> = rows.iter().map(|(line, _)| *line).collect();
            assert_eq!(lines, [2, 4], "{end:?}");
        }
    }

    #[test]
    fn a_quote_that_is_not_closed_is_told_by_its_line() {
        let rows = [
            ("name,email\n\"Ada\",a@b.fr\n", None),
            ("name,email\n\"Ada \"\"B\"\"\",a@b.fr", None),
            ("name,email\r\n\"Ada\r\nB\" ,a@b.fr\r\n", None),
            ("name,email\nAda \"B,a@b.fr\n", None),
            (
                "name,email\nAda,a@b.fr\n\"Bob,b@b.fr\nCho,c@b.fr\n",
                Some(3),
            ),
            ("name,email\n\"Bob,b@b.fr\n\"Cho, C\",c@b.fr\n", Some(2)),
            ("\"name,email\nBob,b@b.fr\n", Some(1)),
        ];
        for (csv, line) in rows {
            assert_eq!(unclosed_quote(csv.as_bytes(), b','), line, "{csv}");
        }
    }

    #[test]
    fn a_long_file_is_put_in_shares_that_part_no_rows_which_need_each_other() {
        let row = |line: usize, from: Option<usize>, to: Option<usize>| Read {
            line: line as u64,
            name: String::new(),
            row: Row::default(),
            known: None,
            handover: Handover {
                from: from.map(|email| email.to_string()),
                to: to.map(|email| email.to_string()),
            },
            pin: Ok(PinChange::Keep),
        };
        let mut rows: Vec<Read> = (0..450).map(|line| row(line, None, None)).collect();
        rows[0] = row(0, Some(1), Some(2));
        rows[449] = row(449, Some(2), Some(1));
        let shares = shares(rows);
        let sizes: Vec<usize> = shares
            .iter()
            .map(|share| share.iter().map(Vec::len).sum::<usize>())
            .collect();
        assert_eq!(sizes, [200, 200, 50]);
        let lines: Vec<u64> = shares[0][0].iter().map(|read| read.line).collect();
        assert_eq!(lines, [0, 449]);
    }

    #[test]
    fn a_cell_comes_back_as_it_went_whatever_it_begins_with() {
        let rows = [
            ("=1+1", "'=1+1"),
            ("+33", "'+33"),
            ("-a", "'-a"),
            ("@b", "'@b"),
            ("'=1", "''=1"),
            ("'tis", "'tis"),
            ("Ada", "Ada"),
            ("", ""),
        ];
        for (text, cell) in rows {
            assert_eq!(quoted(text.to_owned()), cell);
            assert_eq!(unquoted(cell.to_owned()), text);
        }
        assert_eq!(unquoted("=typed".to_owned()), "=typed");
    }
}
