//! What alerts say: the same words in the console and in the mail, and where to act.

use ecluse_adapters::email::postman::{AlertText, AlertWords};
use ecluse_adapters::storage::config_db::{AlertFacts, AlertRecord};
use ecluse_engine::message::ChannelKind;
use ecluse_engine::texts::Language;

use crate::auth::Auth;
use crate::connect::trouble;
use crate::console::address::readable;
use crate::console::catalogue::Catalogue;
use crate::console::language::Lang;

/// The mails of alerts, with links to the console.
#[derive(Clone, Debug)]
pub struct Words {
    auth: Auth,
}

impl Words {
    /// Words whose links lead to where people sign in.
    #[must_use]
    pub fn new(auth: Auth) -> Self {
        Self { auth }
    }
}

impl AlertWords for Words {
    fn mail(&self, alert: &AlertRecord, language: Language) -> AlertText {
        let catalogue = Catalogue::of(match language {
            Language::Fr => Lang::Fr,
            Language::En => Lang::En,
        });
        let what = what(catalogue, &alert.facts);
        let remedy = remedy(catalogue, &alert.facts);
        let place = self.auth.url(&place(&alert.facts));
        let foot = catalogue.text("console-alert-mail-foot");
        AlertText {
            from_name: catalogue.text("common-product").into_owned(),
            subject: what.clone(),
            text: format!("{what}\n\n{remedy}\n{place}\n\n-- \n{foot}\n"),
        }
    }
}

/// What happened, in a line.
#[must_use]
pub fn what(catalogue: &Catalogue, facts: &AlertFacts) -> String {
    match facts {
        AlertFacts::SenderBanned {
            channel_kind,
            address,
            reason,
            ..
        } => {
            let kind = catalogue.text(kind(*channel_kind));
            let reason = catalogue.text(match reason.as_str() {
                "too_many_conversations" => "console-ban-conversations",
                _ => "console-ban-messages",
            });
            catalogue.fill(
                "console-alert-banned",
                &[
                    ("address", address.as_str().into()),
                    ("kind", kind.into()),
                    ("reason", reason.into()),
                ],
            )
        }
        AlertFacts::ChannelDegraded { name, reason, .. } => catalogue.fill(
            "console-alert-degraded",
            &[
                ("name", readable(name).into()),
                ("reason", trouble::told(catalogue, reason).into()),
            ],
        ),
        AlertFacts::SignInRequired { name, .. } => {
            catalogue.fill("console-alert-sign-in", &[("name", readable(name).into())])
        }
    }
}

/// What to do about it.
#[must_use]
pub fn remedy(catalogue: &Catalogue, facts: &AlertFacts) -> String {
    let key = match facts {
        AlertFacts::SenderBanned { .. } => "console-alert-banned-remedy",
        AlertFacts::ChannelDegraded { .. } => "console-alert-degraded-remedy",
        AlertFacts::SignInRequired { .. } => "console-alert-sign-in-remedy",
    };
    catalogue.text(key).into_owned()
}

/// The page of the console where it is done.
#[must_use]
pub fn place(facts: &AlertFacts) -> String {
    match facts {
        AlertFacts::SenderBanned { .. } => "/console/bans".to_owned(),
        AlertFacts::ChannelDegraded { channel, .. }
        | AlertFacts::SignInRequired { channel, .. } => {
            format!("/console/channels/{channel}")
        }
    }
}

const fn kind(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::LiveChat => "common-channel-live-chat",
        ChannelKind::Sms => "common-channel-sms",
        ChannelKind::Email => "common-channel-email",
        ChannelKind::Facebook => "common-channel-facebook",
        ChannelKind::Whatsapp => "common-channel-whatsapp",
    }
}
