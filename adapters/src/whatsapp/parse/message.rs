//! One element of `messages`: what a customer sent.
//!
//! What must stay true: an element that names a sender and an id is a message, whatever else is wrong with it.

use compact_str::CompactString;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, Visitor};
use serde_json::value::RawValue;

use ecluse_engine::ids::{Address, ProviderMessageId};
use ecluse_engine::message::{
    ContactCard, ContactCards, Content, Inbound, InteractiveKind, InteractiveReply, Location,
    Media, MediaKind, Reaction, Timestamp, Unknown,
};

use super::{Contacts, present, text};
use crate::meta::Str;
use crate::whatsapp::ReceivedItem;

/// Reads one element; `None` if it does not say who sent it, or which message it is.
pub(super) fn read(raw: &RawValue, contacts: &Contacts<'_, '_>) -> Option<ReceivedItem> {
    let message = serde_json::from_str(raw.get()).unwrap_or_else(|_| Message::head_of(raw));
    let content = message.content().unwrap_or_else(|| message.unknown(raw));
    message.item(content, contacts)
}

/// As [`read`], of an element of a known kind; `None` for any other.
pub(super) fn read_known(
    message: &Message<'_>,
    contacts: &Contacts<'_, '_>,
) -> Option<ReceivedItem> {
    message.item(message.content()?, contacts)
}

#[derive(Default, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
    from: Option<Str<'a>>,
    /// The business-scoped id, which stands in for a telephone number that the customer hides.
    from_user_id: Option<Str<'a>>,
    #[serde(default)]
    timestamp: Seconds,
    #[serde(rename = "type")]
    kind: Option<Str<'a>>,
    context: Option<Context<'a>>,
    text: Option<Body<'a>>,
    image: Option<File<'a>>,
    audio: Option<File<'a>>,
    video: Option<File<'a>>,
    document: Option<File<'a>>,
    sticker: Option<File<'a>>,
    location: Option<Place<'a>>,
    contacts: Option<Vec<Card<'a>>>,
    interactive: Option<Interactive<'a>>,
    button: Option<Button<'a>>,
    reaction: Option<Emoji<'a>>,
}

/// What is left to read of a message whose own part is broken.
#[derive(Default, Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    from: Option<&'a RawValue>,
    from_user_id: Option<&'a RawValue>,
    timestamp: Option<&'a RawValue>,
    #[serde(rename = "type")]
    kind: Option<&'a RawValue>,
    context: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Context<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    body: Str<'a>,
}

#[derive(Deserialize)]
struct File<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
    url: Option<Str<'a>>,
    mime_type: Option<Str<'a>>,
    sha256: Option<Str<'a>>,
    filename: Option<Str<'a>>,
    caption: Option<Str<'a>>,
    voice: Option<bool>,
}

#[derive(Deserialize)]
struct Place<'a> {
    latitude: f64,
    longitude: f64,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    address: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Card<'a> {
    #[serde(borrow)]
    name: Option<CardName<'a>>,
    phones: Option<Vec<Phone<'a>>>,
    emails: Option<Vec<Email<'a>>>,
}

#[derive(Deserialize)]
struct CardName<'a> {
    #[serde(borrow)]
    formatted_name: Option<Str<'a>>,
    first_name: Option<Str<'a>>,
    last_name: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Phone<'a> {
    #[serde(borrow)]
    phone: Option<Str<'a>>,
    wa_id: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Email<'a> {
    #[serde(borrow)]
    email: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Interactive<'a> {
    #[serde(borrow)]
    button_reply: Option<Choice<'a>>,
    list_reply: Option<Choice<'a>>,
    nfm_reply: Option<Form<'a>>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    id: Str<'a>,
    title: Str<'a>,
    description: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Form<'a> {
    #[serde(borrow)]
    response_json: Str<'a>,
    body: Option<Str<'a>>,
    name: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Button<'a> {
    #[serde(borrow)]
    payload: Option<Str<'a>>,
    text: Str<'a>,
}

#[derive(Deserialize)]
struct Emoji<'a> {
    #[serde(borrow)]
    message_id: Str<'a>,
    emoji: Option<Str<'a>>,
}

impl<'a> Message<'a> {
    fn head_of(raw: &'a RawValue) -> Self {
        let head: Head<'a> = serde_json::from_str(raw.get()).unwrap_or_default();
        Self {
            id: head.id.and_then(text),
            from: head.from.and_then(text),
            from_user_id: head.from_user_id.and_then(text),
            timestamp: head
                .timestamp
                .and_then(|raw| serde_json::from_str(raw.get()).ok())
                .unwrap_or_default(),
            kind: head.kind.and_then(text),
            context: head
                .context
                .and_then(|raw| serde_json::from_str(raw.get()).ok()),
            ..Self::default()
        }
    }

    fn item(&self, content: Content, contacts: &Contacts<'_, '_>) -> Option<ReceivedItem> {
        let id = present(self.id.as_ref())?;
        let from = self.sender().or_else(|| contacts.sole_id())?;
        Some(ReceivedItem::Message {
            from: Address::from(from),
            message: Inbound {
                profile_name: contacts.name_of(from).map(str::to_owned),
                reply_to: self.answered(),
                ..Inbound::new(id, self.timestamp.0, content)
            },
        })
    }

    fn sender(&self) -> Option<&str> {
        present(self.from.as_ref()).or_else(|| present(self.from_user_id.as_ref()))
    }

    fn answered(&self) -> Option<ProviderMessageId> {
        self.context
            .as_ref()
            .and_then(|context| present(context.id.as_ref()))
            .map(Into::into)
    }

    fn unknown(&self, raw: &RawValue) -> Content {
        let kind = present(self.kind.as_ref()).unwrap_or("unknown").into();
        Content::Unknown(Unknown {
            kind,
            raw: raw.to_owned(),
        })
    }

    /// What the type says the message holds; `None` if the type is new or its part is missing.
    fn content(&self) -> Option<Content> {
        match present(self.kind.as_ref())? {
            "text" => self.text.as_ref().map(|text| Content::text(&*text.body)),
            "image" => self.image.as_ref().map(|file| file.media(MediaKind::Image)),
            "audio" => self
                .audio
                .as_ref()
                .map(|file| file.media(file.audio_kind())),
            "video" => self.video.as_ref().map(|file| file.media(MediaKind::Video)),
            "document" => self
                .document
                .as_ref()
                .map(|file| file.media(MediaKind::Document)),
            "sticker" => self
                .sticker
                .as_ref()
                .map(|file| file.media(MediaKind::Sticker)),
            "location" => self.location.as_ref().map(Place::content),
            "contacts" => self.contacts.as_deref().map(Card::content),
            "interactive" => self.interactive.as_ref().and_then(Interactive::content),
            "button" => self.button.as_ref().map(Button::content),
            "reaction" => self.reaction.as_ref().map(Emoji::content),
            _ => None,
        }
    }
}

fn owned(text: Option<&Str<'_>>) -> Option<String> {
    text.map(|text| (**text).to_owned())
}

fn compact(text: Option<&Str<'_>>) -> Option<CompactString> {
    text.map(|text| CompactString::from(&**text))
}

impl File<'_> {
    fn audio_kind(&self) -> MediaKind {
        if self.voice == Some(true) {
            MediaKind::Voice
        } else {
            MediaKind::Audio
        }
    }

    fn media(&self, kind: MediaKind) -> Content {
        Content::Media(Media {
            kind,
            id: compact(self.id.as_ref()),
            url: owned(self.url.as_ref()),
            mime_type: compact(self.mime_type.as_ref()),
            sha256: compact(self.sha256.as_ref()),
            filename: owned(self.filename.as_ref()),
            caption: owned(self.caption.as_ref()),
        })
    }
}

impl Place<'_> {
    fn content(&self) -> Content {
        Content::Location(Location {
            latitude: self.latitude,
            longitude: self.longitude,
            name: owned(self.name.as_ref()),
            address: owned(self.address.as_ref()),
        })
    }
}

impl Card<'_> {
    fn content(cards: &[Self]) -> Content {
        let cards = cards.iter().map(Self::card).collect();
        Content::Contacts(ContactCards { cards })
    }

    fn card(&self) -> ContactCard {
        let phones = self.phones.iter().flatten();
        let emails = self.emails.iter().flatten();
        ContactCard {
            name: self.name.as_ref().map(CardName::full).unwrap_or_default(),
            phones: phones
                .filter_map(|p| present(p.phone.as_ref()).or_else(|| present(p.wa_id.as_ref())))
                .map(CompactString::from)
                .collect(),
            emails: emails
                .filter_map(|e| present(e.email.as_ref()))
                .map(CompactString::from)
                .collect(),
        }
    }
}

impl CardName<'_> {
    fn full(&self) -> String {
        if let Some(name) = present(self.formatted_name.as_ref()) {
            return name.to_owned();
        }
        let parts = [
            present(self.first_name.as_ref()),
            present(self.last_name.as_ref()),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

impl Interactive<'_> {
    fn content(&self) -> Option<Content> {
        let reply = match (&self.button_reply, &self.list_reply, &self.nfm_reply) {
            (Some(choice), None, None) => choice.reply(InteractiveKind::Button),
            (None, Some(choice), None) => choice.reply(InteractiveKind::List),
            (None, None, Some(form)) => form.reply(),
            _ => return None,
        };
        Some(Content::Interactive(reply))
    }
}

impl Choice<'_> {
    fn reply(&self, kind: InteractiveKind) -> InteractiveReply {
        InteractiveReply {
            kind,
            id: (*self.id).to_owned(),
            title: (*self.title).to_owned(),
            description: owned(self.description.as_ref()),
        }
    }
}

impl Form<'_> {
    fn reply(&self) -> InteractiveReply {
        InteractiveReply {
            kind: InteractiveKind::Flow,
            id: (*self.response_json).to_owned(),
            title: owned(self.body.as_ref()).unwrap_or_default(),
            description: owned(self.name.as_ref()),
        }
    }
}

impl Button<'_> {
    fn content(&self) -> Content {
        let payload = self.payload.as_ref().unwrap_or(&self.text);
        Content::Interactive(InteractiveReply {
            kind: InteractiveKind::QuickReply,
            id: (**payload).to_owned(),
            title: (*self.text).to_owned(),
            description: None,
        })
    }
}

impl Emoji<'_> {
    fn content(&self) -> Content {
        Content::Reaction(Reaction {
            target: (&*self.message_id).into(),
            emoji: present(self.emoji.as_ref()).map(CompactString::from),
        })
    }
}

/// A time in whole seconds, written as text or as a number; the epoch if it is neither, because a message is worth more
/// than its time.
#[derive(Clone, Copy, Default)]
pub(super) struct Seconds(pub(super) Timestamp);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecondsVisitor)
    }
}

struct SecondsVisitor;

impl<'de> Visitor<'de> for SecondsVisitor {
    type Value = Seconds;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a time")
    }

    fn visit_str<E>(self, text: &str) -> Result<Seconds, E> {
        Ok(text
            .parse()
            .map(|secs| Seconds(Timestamp::from_secs(secs)))
            .unwrap_or_default())
    }

    fn visit_i64<E>(self, secs: i64) -> Result<Seconds, E> {
        Ok(Seconds(Timestamp::from_secs(secs)))
    }

    fn visit_u64<E>(self, secs: u64) -> Result<Seconds, E> {
        Ok(i64::try_from(secs)
            .map(|secs| Seconds(Timestamp::from_secs(secs)))
            .unwrap_or_default())
    }

    fn visit_f64<E>(self, _: f64) -> Result<Seconds, E> {
        Ok(Seconds::default())
    }

    fn visit_bool<E>(self, _: bool) -> Result<Seconds, E> {
        Ok(Seconds::default())
    }

    fn visit_unit<E>(self) -> Result<Seconds, E> {
        Ok(Seconds::default())
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Seconds, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Seconds::default())
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Seconds, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Seconds::default())
    }
}
