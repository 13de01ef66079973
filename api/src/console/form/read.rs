//! From what was posted to JSON: [`read`] keeps everything that was typed, for showing it again; [`send`] makes of that
//! exactly what the REST API takes.

use serde_json::{Map, Value};

use super::posted::Posted;
use super::value::{at, items, put, scalar, strip, take};
use super::{Control, Field, Form, Variant, WEEKDAYS, When};
use crate::console::address::readable;
use crate::error::FieldError;

/// Which member of a [`Control::OneOf`] was chosen, while the form is shown again.
pub const CHOSEN: &str = "~leads_to";
/// Appended to the name of a colour: whether it is used.
pub const OWN_SUFFIX: &str = "~own";
/// Appended to the name of a secret: forget it.
pub const FORGET_SUFFIX: &str = "~forget";

/// What was posted, laid over `base`. Nothing is lost: rows that are still empty, members that are not of use now and numbers
/// that are none are all there. It may hold secrets.
#[must_use]
pub fn read(form: &Form, posted: &Posted, mut base: Value) -> Value {
    for field in form.fields() {
        read_field(field, posted, "", &mut base);
    }
    base
}

fn read_fields(fields: &[Field], posted: &Posted, prefix: &str, scope: &mut Value) {
    for field in fields {
        read_field(field, posted, prefix, scope);
    }
}

/// The name of a field's input: its path below the row that it stands in.
#[must_use]
pub fn name(prefix: &str, path: &str) -> String {
    match (prefix, path) {
        ("", path) => path.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, path) => format!("{prefix}.{path}"),
    }
}

fn read_field(field: &Field, posted: &Posted, prefix: &str, scope: &mut Value) {
    let name = name(prefix, field.path);
    match &field.control {
        Control::ReadOnly => {}
        Control::Secret { .. } => read_secret(field.path, posted, &name, scope),
        Control::Hidden if posted.first(&name).is_none_or(str::is_empty) => {
            take(scope, field.path);
        }
        Control::OneOf { variants } => read_one_of(variants, posted, &name, prefix, scope),
        control => {
            let typed = value_of(control, field, posted, &name);
            let value = as_stored(control, at(scope, field.path), typed);
            put(scope, field.path, value);
        }
    }
}

/// What is shown in another spelling than it is stored in stays as it is stored, until something else is typed.
fn as_stored(control: &Control, stored: Option<&Value>, typed: Value) -> Value {
    let is_respelt = matches!(
        control,
        Control::Name | Control::Email | Control::Host | Control::Tel
    );
    let reads_so = |stored: &&str| {
        let typed = typed.as_str();
        typed.is_some_and(|typed| readable(typed) == readable(stored))
    };
    let stored = stored.and_then(Value::as_str).filter(|_| is_respelt);
    stored.filter(reads_so).map_or(typed, Value::from)
}

fn value_of(control: &Control, field: &Field, posted: &Posted, name: &str) -> Value {
    let typed = posted.first(name).unwrap_or_default();
    match control {
        Control::Text
        | Control::Name
        | Control::Email
        | Control::Host
        | Control::Url
        | Control::Tel
        | Control::DateTime => text(typed.trim(), field.required),
        Control::Select { .. } | Control::Radio { .. } | Control::Hidden => text(typed, false),
        Control::Textarea { .. } => text(&plain_lines(typed), field.required),
        Control::Number { .. } => number(typed.trim()),
        Control::Tagged { .. } => tagged(typed),
        Control::Checkbox => Value::Bool(!typed.is_empty()),
        Control::Switch if typed.is_empty() => Value::Bool(false),
        Control::Switch => Value::Null,
        Control::MultiSelect { .. } => posted.all(name).iter().cloned().map(Value::from).collect(),
        Control::Color { .. } => color(posted, name, typed),
        Control::Localized { .. } => localized(posted, name),
        Control::Repeated { fields, .. } => rows(fields, posted, name),
        Control::Week => week(posted, name),
        Control::Pairs { .. } => pairs(&plain_lines(typed)),
        // Those are read where they are met.
        Control::Secret { .. } | Control::OneOf { .. } | Control::ReadOnly => Value::Null,
    }
}

fn text(typed: &str, required: bool) -> Value {
    if typed.is_empty() && !required {
        Value::Null
    } else {
        Value::from(typed)
    }
}

/// Browsers send every line's end as CR LF.
fn plain_lines(typed: &str) -> String {
    typed.replace("\r\n", "\n").trim_end().to_owned()
}

/// What is no integer stays as it was typed, so that it can be shown and refused.
fn number(typed: &str) -> Value {
    if typed.is_empty() {
        return Value::Null;
    }
    typed
        .parse::<i64>()
        .map_or_else(|_| Value::from(typed), Value::from)
}

fn tagged(typed: &str) -> Value {
    let one = |(tag, id): (&str, &str)| {
        Value::Object(Map::from_iter([(tag.to_owned(), Value::from(id))]))
    };
    typed.split_once(':').map_or(Value::Null, one)
}

fn color(posted: &Posted, name: &str, typed: &str) -> Value {
    match posted.first(&format!("{name}{OWN_SUFFIX}")) {
        Some(_) => Value::from(typed),
        None => Value::Null,
    }
}

fn localized(posted: &Posted, name: &str) -> Value {
    let one = |lang: &str| {
        let typed = plain_lines(posted.first(&format!("{name}.{lang}"))?.trim());
        (!typed.is_empty()).then(|| (lang.to_owned(), Value::from(typed)))
    };
    Value::Object(["fr", "en"].into_iter().filter_map(one).collect())
}

fn rows(fields: &[Field], posted: &Posted, name: &str) -> Value {
    let row = |key: &String| {
        let mut scope = Value::Object(Map::new());
        read_fields(fields, posted, &format!("{name}[{key}]"), &mut scope);
        scope
    };
    posted.rows(name).iter().map(row).collect()
}

fn week(posted: &Posted, name: &str) -> Value {
    let day = |(day, _): (&'static str, &str)| {
        let list = format!("{name}.{day}");
        let windows = posted.rows(&list).iter().map(move |key| {
            let time = |end| {
                posted
                    .first(&format!("{list}[{key}].{end}"))
                    .unwrap_or_default()
            };
            serde_json::json!({"day": day, "from": time("from"), "to": time("to")})
        });
        windows.collect::<Vec<_>>()
    };
    WEEKDAYS.into_iter().flat_map(day).collect()
}

/// A line without a colon leaves the whole as it was typed, so that it can be shown and refused.
fn pairs(typed: &str) -> Value {
    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
    let pair = |line: &str| {
        let (name, value) = line.split_once(':')?;
        Some((name.trim().to_owned(), Value::from(value.trim())))
    };
    match lines.map(pair).collect::<Option<Map<_, _>>>() {
        Some(pairs) => Value::Object(pairs),
        None => Value::from(typed),
    }
}

fn read_secret(path: &str, posted: &Posted, name: &str, scope: &mut Value) {
    let typed = posted.first(name).unwrap_or_default();
    if !typed.is_empty() {
        put(scope, path, Value::from(typed));
    } else if posted.first(&format!("{name}{FORGET_SUFFIX}")).is_some() {
        put(scope, path, Value::Null);
    } else {
        take(scope, path);
    }
}

fn read_one_of(variants: &[Variant], posted: &Posted, name: &str, prefix: &str, scope: &mut Value) {
    let chosen = posted
        .first(&super::read::name(name, CHOSEN))
        .unwrap_or_default();
    put(scope, CHOSEN, Value::from(chosen));
    for variant in variants {
        read_fields(&variant.fields, posted, prefix, scope);
    }
}

/// The member of a [`Control::OneOf`] that is chosen: the one that was chosen in the page, else the one that is there.
#[must_use]
pub fn chosen<'a>(variants: &'a [Variant], scope: &Value) -> Option<&'a Variant> {
    let asked = scalar(scope.get(CHOSEN));
    let named = variants.iter().find(|variant| variant.key == asked);
    named
        .or_else(|| {
            variants
                .iter()
                .find(|variant| scope.get(variant.key).is_some())
        })
        .or_else(|| variants.first())
}

/// Whether a field's value is part of the body, as the values of its scope are.
fn is_sent(when: Option<When>, scope: &Value) -> bool {
    when.is_some_and(|when| when.kept) || is_of_use(when, scope)
}

/// Whether a field or section is of use, as the values of its scope are.
#[must_use]
pub fn is_of_use(when: Option<When>, scope: &Value) -> bool {
    when.is_none_or(|when| when.any.contains(&scalar(at(scope, when.path)).as_str()))
}

/// Makes of what [`read`] gave the body that the REST API takes: without what is not of use and without what only the server
/// sets. Rows that are still empty are dropped from both, so that the places in a refusal are those of the page.
///
/// # Errors
/// What cannot be sent at all: a required field that is empty or not filled in yet, a number that is none or outside its
/// bounds, a header without its colon. Everything else is for the server to judge.
pub fn send(form: &Form, value: &mut Value) -> Result<Value, Vec<FieldError>> {
    let (body, errors) = make(form, value);
    if errors.is_empty() {
        Ok(body)
    } else {
        Err(errors)
    }
}

/// The same of a form that is not finished, for what is tried before it is saved; with what would be in the way of a save.
#[must_use]
pub fn draft(form: &Form, value: &mut Value) -> (Value, Vec<FieldError>) {
    make(form, value)
}

fn make(form: &Form, value: &mut Value) -> (Value, Vec<FieldError>) {
    for field in form.fields() {
        settle(field, value);
    }
    let mut body = value.clone();
    let mut errors = Vec::new();
    for section in &form.sections {
        let shown = is_of_use(section.when, value);
        for field in &section.fields {
            if shown && is_sent(field.when, value) {
                tidy(field, "", &mut body, &mut errors);
            } else {
                leave_out(field, &mut body);
            }
        }
    }
    for path in abandoned(form, value) {
        take(&mut body, path);
    }
    strip(&mut body);
    for field in form.fields() {
        leave_a_row(field, value);
    }
    (body, errors)
}

/// A list that needs something keeps a row to type it into.
fn leave_a_row(field: &Field, value: &mut Value) {
    let list = at(value, field.path).and_then(Value::as_array);
    let is_empty = list.is_some_and(Vec::is_empty);
    if is_empty && field.required && is_plain(&field.control) {
        put(value, field.path, Value::from(vec![""]));
    }
}

/// Whether a list that needs something holds one row, and that one waits to be filled in.
#[must_use]
pub fn is_waiting(field: &Field, value: &Value) -> bool {
    let rows = items(at(value, field.path));
    field.required && is_plain(&field.control) && rows.len() == 1 && rows.iter().all(is_blank)
}

/// Whether it is a list of which every row is one input.
fn is_plain(control: &Control) -> bool {
    match control {
        Control::Repeated { fields, .. } => fields.iter().all(|field| field.path.is_empty()),
        _ => false,
    }
}

/// Drops the rows into which nothing was typed.
fn settle(field: &Field, scope: &mut Value) {
    match &field.control {
        Control::Week => retain(scope, field.path, |window| {
            !(scalar(window.get("from")).is_empty() && scalar(window.get("to")).is_empty())
        }),
        Control::Repeated { fields, .. } => settle_rows(fields, field.path, scope),
        Control::OneOf { variants } => {
            for field in variants.iter().flat_map(|variant| &variant.fields) {
                settle(field, scope);
            }
        }
        _ => {}
    }
}

fn settle_rows(fields: &[Field], path: &str, scope: &mut Value) {
    // Members that are not chosen have no list at all.
    if at(scope, path).is_none() {
        return;
    }
    if fields.iter().all(|field| field.path.is_empty()) {
        retain(scope, path, |row| !is_blank(row));
    }
    let mut rows = items(at(scope, path)).to_vec();
    for row in &mut rows {
        for field in fields {
            settle(field, row);
        }
    }
    put(scope, path, Value::Array(rows));
}

/// Whether there is nothing in a value.
fn is_blank(row: &Value) -> bool {
    row.is_null()
        || row.as_str().is_some_and(str::is_empty)
        || row.as_object().is_some_and(Map::is_empty)
        || row.as_array().is_some_and(Vec::is_empty)
}

fn leave_out(field: &Field, body: &mut Value) {
    match field.control {
        // The same value may be asked for, or carried, in another section.
        Control::ReadOnly | Control::Hidden => {}
        _ => take(body, field.path),
    }
}

/// The flags of secrets that are not of use any more: they may be the last that keeps an object alive.
fn abandoned<'a>(form: &'a Form, value: &'a Value) -> impl Iterator<Item = &'static str> + 'a {
    form.sections.iter().flat_map(move |section| {
        let shown = is_of_use(section.when, value);
        let secret = move |field: &Field| match field.control {
            Control::Secret { has } if !(shown && is_sent(field.when, value)) => Some(has),
            _ => None,
        };
        section.fields.iter().filter_map(secret)
    })
}

fn tidy(field: &Field, prefix: &str, scope: &mut Value, errors: &mut Vec<FieldError>) {
    let name = name(prefix, field.path);
    match &field.control {
        // Whatever fills it in has not run yet.
        Control::ReadOnly if field.required && at(scope, field.path).is_none_or(is_blank) => {
            errors.push(FieldError::new(name, "required", "must be given"));
            return;
        }
        Control::Secret { has } if field.required && !is_there(field.path, has, scope) => {
            errors.push(FieldError::new(name, "required", "must be given"));
            return;
        }
        Control::Secret { .. } | Control::ReadOnly | Control::Hidden => return,
        // A number that the server's type cannot hold would be refused there without its bounds.
        Control::Number { min, max, .. } if is_outside(at(scope, field.path), *min, *max) => {
            errors.push(outside(name, *min, *max));
            return;
        }
        Control::Number { .. } if at(scope, field.path).is_some_and(Value::is_string) => {
            errors.push(FieldError::new(
                name,
                "not_a_number",
                "must be a whole number",
            ));
            return;
        }
        Control::Pairs { .. } if at(scope, field.path).is_some_and(Value::is_string) => {
            errors.push(FieldError::new(
                name,
                "not_a_pair",
                "each line is Name: value",
            ));
            return;
        }
        Control::Repeated { fields, .. } => tidy_rows(fields, field.path, &name, scope, errors),
        Control::OneOf { variants } => return tidy_one_of(variants, prefix, scope, errors),
        _ => {}
    }
    if at(scope, field.path).is_none_or(is_blank) {
        leave_blank(field, name, scope, errors);
    }
}

/// Whether a secret was typed, or one is kept.
fn is_there(path: &str, has: &str, scope: &Value) -> bool {
    at(scope, has) == Some(&Value::Bool(true)) || !at(scope, path).is_none_or(is_blank)
}

fn is_outside(value: Option<&Value>, min: i64, max: i64) -> bool {
    match value {
        Some(Value::String(typed)) => is_whole(typed),
        other => {
            let number = other.and_then(Value::as_i64);
            number.is_some_and(|number| !(min..=max).contains(&number))
        }
    }
}

/// Whether it is a whole number, which stays as it was typed where it is larger than all that can be read.
fn is_whole(typed: &str) -> bool {
    let digits = typed.strip_prefix(['-', '+']).unwrap_or(typed);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn outside(name: String, min: i64, max: i64) -> FieldError {
    FieldError {
        minimum: Some(min),
        maximum: Some(max),
        ..FieldError::new(name, "out_of_range", format!("from {min} to {max}"))
    }
}

/// Nothing was given: the server takes what is usual, unless something is needed.
fn leave_blank(field: &Field, name: String, scope: &mut Value, errors: &mut Vec<FieldError>) {
    if field.required {
        errors.push(FieldError::new(name, field.missing, "must be given"));
    }
    if at(scope, field.path).is_some_and(|value| value.is_null() || value == "") {
        take(scope, field.path);
    }
}

fn tidy_rows(
    fields: &[Field],
    path: &str,
    name: &str,
    scope: &mut Value,
    errors: &mut Vec<FieldError>,
) {
    let mut rows = items(at(scope, path)).to_vec();
    for (place, row) in rows.iter_mut().enumerate() {
        let prefix = format!("{name}[{place}]");
        let before = row.clone();
        for field in fields {
            if is_sent(field.when, &before) {
                tidy(field, &prefix, row, errors);
            } else {
                leave_out(field, row);
            }
        }
    }
    put(scope, path, Value::Array(rows));
}

fn tidy_one_of(
    variants: &[Variant],
    prefix: &str,
    scope: &mut Value,
    errors: &mut Vec<FieldError>,
) {
    let Some(kept) = chosen(variants, scope) else {
        return;
    };
    for variant in variants.iter().filter(|variant| variant.key != kept.key) {
        take(scope, variant.key);
    }
    for field in &kept.fields {
        tidy(field, prefix, scope, errors);
    }
}

fn retain(scope: &mut Value, path: &str, keep: impl Fn(&Value) -> bool) {
    if at(scope, path).is_none() {
        return;
    }
    let kept: Vec<Value> = items(at(scope, path))
        .iter()
        .filter(|item| keep(item))
        .cloned()
        .collect();
    put(scope, path, Value::Array(kept));
}
