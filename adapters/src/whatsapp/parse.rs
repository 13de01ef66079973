//! The webhook body, read: bytes in, what they report out, and nothing else happens.
//!
//! What must stay true: every element of every array is read, in order; an element that is broken or new does not take
//! its siblings with it, and comes out as the provider's JSON; no input panics. The usual body is read in one pass with
//! nothing copied that is not kept. Whatever that pass stumbles over is read again with care, element by element.
//!
//! Source: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks.

use std::collections::HashMap;

use compact_str::CompactString;
use serde::Deserialize;
use serde_json::value::RawValue;

use ecluse_engine::message::RawJson;

use super::{Received, ReceivedItem};
use crate::meta::{Entry, Envelope, Str};

mod message;
mod status;

use self::message::Message;

/// Why a body could not be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Not a webhook of Meta's: answer 400.
    #[error("the body is not UTF-8")]
    Encoding(#[source] std::str::Utf8Error),
    /// Not a webhook of Meta's: answer 400.
    #[error("the body is no webhook envelope")]
    Malformed(#[source] serde_json::Error),
    /// A webhook for something else, such as `page`: acknowledge what is nobody's here, or it comes again for days.
    #[error("the webhook is about {object}, not whatsapp_business_account")]
    OtherObject { object: CompactString },
}

/// Reads a body, which must have been verified.
///
/// # Errors
/// The body is no webhook, or is about something other than WhatsApp.
pub fn parse(body: &[u8]) -> Result<Vec<Received>, ParseError> {
    let text = std::str::from_utf8(body).map_err(ParseError::Encoding)?;
    match read_usual(text) {
        Some(received) => Ok(received),
        None => read_carefully(text),
    }
}

/// The object whose webhooks are read here.
const OBJECT: &str = "whatsapp_business_account";

/// The field under which messages and their statuses come.
const MESSAGES: &str = "messages";

/// A body in which every change holds messages of known kinds or statuses in well-formed lists; `None` for any other.
fn read_usual(text: &str) -> Option<Vec<Received>> {
    let envelope: Envelope<'_, Entry<Change<'_>>> = serde_json::from_str(text).ok()?;
    if &*envelope.object != OBJECT {
        return None;
    }
    let mut received = Vec::new();
    for change in envelope.entry.iter().flat_map(|entry| &entry.changes) {
        if &*change.field != MESSAGES || change.value.is_empty() {
            return None;
        }
        change.value.read(&mut received, message::read_known)?;
    }
    Some(received)
}

fn read_carefully(text: &str) -> Result<Vec<Received>, ParseError> {
    let envelope: Envelope<'_, &RawValue> =
        serde_json::from_str(text).map_err(ParseError::Malformed)?;
    if &*envelope.object != OBJECT {
        return Err(ParseError::OtherObject {
            object: CompactString::from(&*envelope.object),
        });
    }
    let mut received = Vec::new();
    for raw in envelope.entry {
        match serde_json::from_str::<Entry<&RawValue>>(raw.get()) {
            Ok(entry) => entry
                .changes
                .into_iter()
                .for_each(|raw| read_change(raw, &mut received)),
            Err(_) => received.push(account("", "entry", raw)),
        }
    }
    Ok(received)
}

/// Reads one change that may hold anything; what is no list of messages is kept whole.
fn read_change(raw: &RawValue, received: &mut Vec<Received>) {
    let Ok(change) = serde_json::from_str::<LooseChange<'_>>(raw.get()) else {
        return received.push(account("", "changes", raw));
    };
    let field = change
        .field
        .and_then(text)
        .unwrap_or_else(|| Str(MESSAGES.into()));
    let loose = change
        .value
        .and_then(|value| serde_json::from_str::<LooseValue<'_>>(value.get()).ok());
    let number = loose.as_ref().and_then(LooseValue::metadata);
    let value = loose
        .filter(|_| &*field == MESSAGES)
        .map(LooseValue::tighten);
    match value {
        Some((value, unreadable)) if !value.is_empty() => {
            let read = |raw: &&RawValue, contacts: &Contacts<'_, '_>| {
                Some(message::read(raw, contacts).unwrap_or_else(|| kept(MESSAGES, raw)))
            };
            value.read(received, read);
            let number = value.number();
            received.extend(
                unreadable
                    .into_iter()
                    .map(|(name, raw)| account(number, name, raw)),
            );
        }
        Some(_) | None => {
            let number = number
                .as_ref()
                .and_then(|metadata| metadata.phone_number_id.as_deref());
            received.push(account(number.unwrap_or(""), &field, raw));
        }
    }
}

fn account(number: &str, kind: &str, raw: &RawValue) -> Received {
    Received {
        number: number.into(),
        item: kept(kind, raw),
    }
}

fn kept(kind: &str, raw: &RawValue) -> ReceivedItem {
    ReceivedItem::Account {
        kind: kind.into(),
        raw: RawJson(raw.to_owned()),
    }
}

#[derive(Deserialize)]
struct Change<'a> {
    #[serde(borrow)]
    field: Str<'a>,
    value: Value<'a, Message<'a>>,
}

/// What a change of the field `messages` holds; a message is read at once, or is still its JSON.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a, M: Deserialize<'de>"))]
struct Value<'a, M> {
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    contacts: Option<Vec<Contact<'a>>>,
    messages: Option<Vec<M>>,
    statuses: Option<Vec<&'a RawValue>>,
    errors: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct LooseChange<'a> {
    #[serde(borrow)]
    field: Option<&'a RawValue>,
    value: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct LooseValue<'a> {
    #[serde(borrow)]
    metadata: Option<&'a RawValue>,
    contacts: Option<&'a RawValue>,
    messages: Option<&'a RawValue>,
    statuses: Option<&'a RawValue>,
    errors: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    phone_number_id: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Contact<'a> {
    #[serde(borrow)]
    wa_id: Option<Str<'a>>,
    user_id: Option<Str<'a>>,
    profile: Option<Profile<'a>>,
}

#[derive(Deserialize)]
struct Profile<'a> {
    #[serde(borrow)]
    name: Option<Str<'a>>,
}

impl<'a> LooseValue<'a> {
    fn metadata(&self) -> Option<Metadata<'a>> {
        self.metadata
            .and_then(|raw| serde_json::from_str(raw.get()).ok())
    }

    /// The value with what could be read of it, and the lists that could not, by name.
    fn tighten(self) -> (Value<'a, &'a RawValue>, Vec<(&'static str, &'a RawValue)>) {
        let metadata = self.metadata();
        let contacts = self
            .contacts
            .and_then(|raw| elements(raw).ok())
            .unwrap_or_default();
        let contacts = contacts
            .iter()
            .filter_map(|raw| serde_json::from_str(raw.get()).ok());
        let mut unreadable = Vec::new();
        let mut list = |name, raw: Option<&'a RawValue>| {
            let raw = raw.filter(|raw| raw.get() != "null")?;
            let list = elements(raw).ok();
            if list.is_none() {
                unreadable.push((name, raw));
            }
            list
        };
        let value = Value {
            metadata,
            contacts: Some(contacts.collect()),
            messages: list(MESSAGES, self.messages),
            statuses: list("statuses", self.statuses),
            errors: list("errors", self.errors),
        };
        (value, unreadable)
    }
}

fn elements(raw: &RawValue) -> serde_json::Result<Vec<&RawValue>> {
    serde_json::from_str(raw.get())
}

fn text(raw: &RawValue) -> Option<Str<'_>> {
    serde_json::from_str::<Str<'_>>(raw.get())
        .ok()
        .filter(|text| !text.is_empty())
}

impl<M> Value<'_, M> {
    fn is_empty(&self) -> bool {
        self.messages.as_ref().is_none_or(Vec::is_empty)
            && [&self.statuses, &self.errors]
                .iter()
                .all(|list| list.as_ref().is_none_or(Vec::is_empty))
    }

    fn number(&self) -> &str {
        let metadata = self.metadata.as_ref();
        metadata
            .and_then(|metadata| metadata.phone_number_id.as_deref())
            .unwrap_or("")
    }

    /// `None` if `message` gives nothing for one of them; what was read until then is of no use.
    fn read(
        &self,
        received: &mut Vec<Received>,
        message: impl Fn(&M, &Contacts<'_, '_>) -> Option<ReceivedItem>,
    ) -> Option<()> {
        let number = self.number();
        let contacts = Contacts::new(self.contacts.as_deref().unwrap_or_default());
        let mut push = |item| {
            received.push(Received {
                number: number.into(),
                item,
            })
        };
        for element in self.messages.iter().flatten() {
            push(message(element, &contacts)?);
        }
        for raw in self.statuses.iter().flatten() {
            push(status::read(raw, &contacts).unwrap_or_else(|| kept("statuses", raw)));
        }
        for raw in self.errors.iter().flatten() {
            push(kept("errors", raw));
        }
        Some(())
    }
}

/// The people whom a value names, found by any of their ids.
struct Contacts<'v, 'a> {
    list: &'v [Contact<'a>],
    /// Only for long lists, whose search would cost the square of their length.
    by_id: Option<HashMap<&'v str, &'v Contact<'a>>>,
}

impl<'v, 'a> Contacts<'v, 'a> {
    const SEARCHED_MAX: usize = 8;

    fn new(list: &'v [Contact<'a>]) -> Self {
        let by_id = (list.len() > Self::SEARCHED_MAX).then(|| {
            list.iter()
                .rev()
                .flat_map(|c| c.ids().map(move |id| (id, c)))
                .collect()
        });
        Self { list, by_id }
    }

    fn name_of(&self, id: &str) -> Option<&'v str> {
        let found = match &self.by_id {
            Some(by_id) => by_id.get(id).copied(),
            None => self
                .list
                .iter()
                .find(|contact| contact.ids().any(|own| own == id)),
        };
        found?.profile.as_ref()?.name.as_deref()
    }

    /// The id of the only person there is.
    fn sole_id(&self) -> Option<&'v str> {
        match self.list {
            [contact] => contact.ids().next(),
            [] | [_, _, ..] => None,
        }
    }
}

impl<'a> Contact<'a> {
    /// The telephone number first, then the business-scoped id.
    fn ids<'v>(&'v self) -> impl Iterator<Item = &'v str> + use<'v, 'a> {
        let ids = [self.wa_id.as_deref(), self.user_id.as_deref()];
        ids.into_iter().flatten().filter(|id| !id.is_empty())
    }
}

fn present<'v>(text: Option<&'v Str<'_>>) -> Option<&'v str> {
    text.map(|text| &**text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A body that has every shape of element that is read in one pass, and a name that is read twice.
    const BODY: &str = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{
        "metadata":{"phone_number_id":"7"},"contacts":[{"wa_id":"33","profile":{"name":"Zo\u00e9"}}],
        "messages":[{"id":"a","from":"33","timestamp":"5","type":"text","text":{"body":"un"},"context":{"id":"z"}},
                    {"id":"b","from":"33","timestamp":6,"type":"sticker","sticker":{"id":"f"}}],
        "statuses":[{"id":"c","status":"read","timestamp":"7","recipient_id":"33"},{"id":"d","status":"played"}],
        "errors":[{"code":1}]}}]}]}"#;

    #[test]
    fn the_usual_body_is_read_in_one_pass() {
        let usual = read_usual(BODY).unwrap();
        assert_eq!(usual.len(), 5);
        assert_eq!(usual, read_carefully(BODY).unwrap());
    }

    #[test]
    fn an_element_that_is_new_or_broken_is_kept_beside_its_siblings() {
        let odd = r#"{"id":"e","from":"33","timestamp":"8","type":"order","order":{}}"#;
        let last = r#""sticker":{"id":"f"}}"#;
        let body = BODY.replace(last, &format!("{last},{odd},3"));
        assert!(read_usual(&body).is_none());
        let mut expected = read_usual(BODY).unwrap();
        let raw = |json: &str| RawValue::from_string(json.to_owned()).unwrap();
        let contacts = [Contact {
            wa_id: Some(Str("33".into())),
            user_id: None,
            profile: Some(Profile {
                name: Some(Str("Zoé".into())),
            }),
        }];
        let items = [
            message::read(&raw(odd), &Contacts::new(&contacts)).unwrap(),
            kept(MESSAGES, &raw("3")),
        ];
        let number = CompactString::from("7");
        expected.splice(
            2..2,
            items.map(|item| Received {
                number: number.clone(),
                item,
            }),
        );
        assert_eq!(parse(body.as_bytes()).unwrap(), expected);
    }

    /// The second field is not for messages, so the whole body is read with care.
    #[test]
    fn a_body_with_other_news_is_read_with_care() {
        let news = r#"{"field":"account_update","value":{"event":"ACCOUNT_DELETED"}}"#;
        let body = BODY.replace("}]}]}", &format!("}},{news}]}}]}}"));
        assert!(read_usual(&body).is_none());
        let mut expected = read_usual(BODY).unwrap();
        expected.push(account(
            "",
            "account_update",
            &RawValue::from_string(news.to_owned()).unwrap(),
        ));
        assert_eq!(parse(body.as_bytes()).unwrap(), expected);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn both_readings_agree_whatever_happens_to_a_body(
            cuts in prop::collection::vec((0..BODY.len(), 0..12_usize, "[0-9\\[\\]{}\",:a-z]{0,4}"), 0..4),
        ) {
            let mut body = BODY.to_owned();
            for (at, length, text) in cuts {
                let at = at.min(body.len());
                let end = (at + length).min(body.len());
                body.replace_range(at..end, &text);
            }
            if let Some(usual) = read_usual(&body) {
                prop_assert_eq!(usual, read_carefully(&body).unwrap());
            }
        }
    }
}
