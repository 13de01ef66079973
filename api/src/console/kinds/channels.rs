//! Channels: the six columns of the list, five kinds of settings, and the question before one is deleted.

pub mod choose;
mod common;
mod email;
mod facebook;
mod list;
mod live_chat;
mod prerequisites;
mod sign_on;
mod silent;
mod sms;
mod verified;
mod whatsapp;

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::console::admin::administrator::Administrator;
use crate::console::admin::cell::{Badge, Cell, Tone};
use crate::console::admin::list::{Asked, FilterView};
use crate::console::admin::resource::{Acted, Scheduled};
use crate::console::admin::{Around, Deletion, Resource, Subject, Texts};
use crate::console::backend::{Kind, OpenConversations, Shown};
use crate::console::catalogue::Catalogue;
use crate::console::form::{Form, Key, Outcome};
use crate::error::ApiError;

pub(in crate::console::kinds) use self::silent::{queue_notice, tenant_notice};
pub(in crate::console::kinds) use self::verified::verified;

/// A kind of channel: its word, its icon, its name, and what it is for.
pub const KINDS: [(&str, &str, Key, Key); 5] = [
    (
        "live_chat",
        "livechat",
        "common-channel-live-chat",
        "console-kind-live-chat",
    ),
    ("sms", "sms", "common-channel-sms", "console-kind-sms"),
    (
        "email",
        "email",
        "common-channel-email",
        "console-kind-email",
    ),
    (
        "facebook",
        "facebook",
        "common-channel-facebook",
        "console-kind-facebook",
    ),
    (
        "whatsapp",
        "whatsapp",
        "common-channel-whatsapp",
        "console-kind-whatsapp",
    ),
];

/// A kind as it is offered.
#[derive(Debug)]
pub struct KindCard {
    pub value: &'static str,
    pub icon: &'static str,
    pub label: String,
    pub help: String,
}

/// Every kind, to choose from.
#[must_use]
pub fn kind_cards(catalogue: &'static Catalogue) -> Vec<KindCard> {
    let card = |(value, icon, label, help): (&'static str, &'static str, Key, Key)| KindCard {
        value,
        icon,
        label: catalogue.text(label).into_owned(),
        help: catalogue.text(help).into_owned(),
    };
    KINDS.into_iter().map(card).collect()
}

/// The icon and the name of a channel's kind.
#[must_use]
pub fn kind_of(value: &Value) -> Option<(&'static str, Key)> {
    let kind = value.get("kind")?.as_str()?;
    let found = KINDS.into_iter().find(|(word, ..)| *word == kind)?;
    Some((found.1, found.2))
}

/// The channels of a tenant.
#[derive(Debug)]
pub struct Channels;

#[async_trait(?Send)]
impl Resource for Channels {
    fn kind(&self) -> Kind {
        Kind::Channel
    }

    fn slug(&self) -> &'static str {
        "channels"
    }

    fn texts(&self) -> Texts {
        Texts {
            title: "console-channels",
            lead: "console-channels-lead",
            icon: "ch-livechat",
            add: Some("console-channel-add"),
            empty: "console-channels-empty",
            empty_help: "console-channels-empty-help",
            deletion: Some(Deletion {
                question: "console-channel-question",
                warning: "console-channel-warning",
                button: "console-channel-delete",
            }),
        }
    }

    fn needs(&self) -> &'static [Kind] {
        &[Kind::Queue, Kind::Chatbot, Kind::Form, Kind::SmsTrunk]
    }

    fn columns(&self) -> &'static [Key] {
        &[
            "console-column-channel",
            "console-column-address",
            "console-column-destination",
            "console-column-routing",
        ]
    }

    fn row(&self, item: &Shown, asked: &Asked<'_>) -> Vec<Cell> {
        list::row(item, asked)
    }

    fn filters(&self, asked: &Asked<'_>) -> Vec<FilterView> {
        list::filters(asked)
    }

    fn keeps(&self, item: &Shown, asked: &Asked<'_>) -> bool {
        list::keeps(item, asked)
    }

    fn blank(&self, variant: Option<&str>) -> Option<Value> {
        match variant? {
            "live_chat" => Some(live_chat::blank()),
            "sms" => Some(sms::blank()),
            "email" => Some(email::blank()),
            "facebook" => Some(facebook::blank()),
            "whatsapp" => Some(whatsapp::blank()),
            _ => None,
        }
    }

    fn form(&self, around: &Around, subject: Subject<'_>) -> Option<Form> {
        match subject.value.get("kind")?.as_str()? {
            "live_chat" => Some(live_chat::form(around, subject)),
            "sms" => Some(sms::form(around, subject)),
            "email" => Some(email::form(around, subject)),
            "facebook" => Some(facebook::form(around, subject)),
            "whatsapp" => Some(whatsapp::form(around, subject)),
            _ => None,
        }
    }

    fn new_title(&self, around: &Around, value: &Value) -> String {
        kind_of(value).map_or_else(String::new, |(_, label)| around.text(label))
    }

    fn name(&self, _around: &Around, item: &Shown) -> String {
        list::name(item)
    }

    fn asked_about(&self, _around: &Around, item: &Shown) -> String {
        match item.text("kind") {
            "whatsapp" => whatsapp::asked_about(item),
            _ => list::name(item),
        }
    }

    fn company(&self, value: &Value) -> Option<&'static str> {
        ["facebook", "whatsapp"]
            .into_iter()
            .find(|kind| value.get("kind").is_some_and(|known| known == kind))
    }

    fn channel(&self, value: &Value) -> Option<&'static str> {
        kind_of(value).map(|(icon, _)| icon)
    }

    fn badges(&self, around: &Around, value: &Value) -> Vec<Badge> {
        list::health(around, value)
    }

    fn notices(&self, around: &Around, value: &Value) -> Vec<Badge> {
        let empty = list::empty_queue(around, value);
        let warning = empty.map(|text| Badge::new(Tone::Warn, text));
        warning
            .into_iter()
            .chain(silent::channel_notice(around, value))
            .chain(list::trouble(around, value))
            .collect()
    }

    fn stays(&self) -> bool {
        true
    }

    fn scheduled(&self, around: &Around, item: &Shown) -> Option<Scheduled> {
        whatsapp::scheduled(around, item)
    }

    fn gone(&self, item: &Shown) -> Option<[Key; 2]> {
        let is_deleted = item.text("state") == "deleted";
        is_deleted.then_some(["console-channel-gone", "console-channel-gone-at"])
    }

    async fn question(
        &self,
        admin: &Administrator,
        around: &Around,
        item: &Shown,
    ) -> Result<(String, Vec<String>), ApiError> {
        let open = admin.backend.open_conversations(&item.id).await?;
        if item.text("kind") == "whatsapp" {
            let texts = ["console-whatsapp-open", "console-whatsapp-open-many"];
            let open = still_open(admin.catalogue, open, texts);
            return Ok(whatsapp::question(around, item, open));
        }
        let texts = ["console-channel-open", "console-channel-open-many"];
        let open = still_open(admin.catalogue, open, texts);
        let name = [("name", list::name(item).into())];
        let question = admin.catalogue.fill("console-channel-question", &name);
        Ok((question, vec![open, admin.text("console-channel-warning")]))
    }

    fn finish(&self, _around: &Around, value: &Value, body: &mut Value) {
        sign_on::leave_out_unfinished(value, body);
    }

    async fn complete(&self, admin: &Administrator, value: &mut Value) -> Result<(), ApiError> {
        sign_on::complete(admin, value).await
    }

    async fn act(
        &self,
        admin: &Administrator,
        subject: Subject<'_>,
        (word, about): (&str, &str),
        body: Value,
    ) -> Result<Acted, ApiError> {
        match word {
            "verify" => {
                let verified = admin
                    .backend
                    .verify_channel(subject.id, about, body)
                    .await?;
                Ok(Acted::Outcome(self::verified::verified(admin, &verified)))
            }
            "sign-on" => sign_on::begin(admin, subject, about).await,
            "reactivate" => {
                let channel = subject.id.ok_or(ApiError::NotFound)?;
                admin.backend.reactivate(channel).await?;
                Ok(Acted::Done("reactivated"))
            }
            "check" => Ok(Acted::Outcome(sign_on::state(admin, subject.value).await?)),
            _ => Ok(Acted::Unknown),
        }
    }
}

/// A channel of a kind about which nothing is said yet.
fn blank(kind: &str, part: Value) -> Value {
    let mut value = json!({"kind": kind, "name": "", "destination": null, "language": null});
    if let Some(members) = value.as_object_mut() {
        members.insert(kind.to_owned(), part);
    }
    value
}

/// What came of a try, as it stands beside its button.
fn outcome(good: bool, text: String) -> Outcome {
    Outcome { good, text }
}

/// How many conversations a deletion would end: counted, or more than that.
fn still_open(
    catalogue: &Catalogue,
    open: OpenConversations,
    [exactly, more_than]: [Key; 2],
) -> String {
    let (key, count) = match open {
        OpenConversations::Exactly(count) => (exactly, count),
        OpenConversations::MoreThan(count) => (more_than, count),
    };
    catalogue.fill(key, &[("count", count.into())])
}
