//! What is taken of a channel, and the draft that it asks for.
//!
//! What must stay true: a secret that is left out is kept.

use std::collections::BTreeMap;

use ecluse_adapters::storage::config_db::{
    ChannelDraft, EmailDraft, FacebookDraft, LiveChatDraft, MailServer, SecretChange, SecretsDraft,
    Security, SettingsDraft, SmsDraft, WhatsappDraft, WhatsappProviderKind, secret_change,
};
use ecluse_engine::configuration::AutoReplies;
use ecluse_engine::message::ChannelKind;
use ecluse_engine::texts::{Language, Localized};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{DestinationBody, EmailProviderBody, ProviderBody, SmsBody};
use crate::error::ApiError;
use crate::routes::common::{kind_schema, language_schema};

/// A channel as it should be. The member named as the kind is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelBody {
    /// Cannot change later.
    #[schema(schema_with = kind_schema)]
    kind: ChannelKind,
    /// Your own name for it, unique among channels; made of the name if it is left out.
    #[schema(pattern = "^[a-z0-9][a-z0-9_.-]{0,63}$")]
    key: Option<String>,
    /// For people; the address if it is left out.
    #[schema(max_length = 100)]
    name: Option<String>,
    /// Only live chat and SMS may lead to a chatbot.
    destination: DestinationBody,
    /// Of automatic texts where the customer's own is not known; the tenant's if it is left out.
    #[serde(default)]
    #[schema(schema_with = language_schema)]
    language: Option<Language>,
    /// What is said without a person. An empty text is silence, and so is a reply with `enabled: false`, which keeps its text.
    #[serde(default)]
    auto_replies: AutoReplies,
    live_chat: Option<LiveChatBody>,
    sms: Option<SmsBody>,
    email: Option<EmailBody>,
    facebook: Option<FacebookBody>,
    whatsapp: Option<WhatsappBody>,
}

/// A chat on web pages, as it should be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LiveChatBody {
    /// Bare host names; `*.example.com` stands for all below it; a loopback host may carry a port. No IPv6 addresses.
    #[serde(default)]
    #[schema(max_items = 100, example = json!(["www.example.com"]))]
    domains: Vec<String>,
    /// Whether the chat may also be opened as a page of its own.
    #[serde(default)]
    standalone: bool,
    #[schema(pattern = "^#[0-9a-fA-F]{6}$", example = "#0a6ebd")]
    theme_color: Option<String>,
    /// Above the chat; the channel's name, if there is none.
    #[serde(default)]
    title: Localized,
    #[serde(default)]
    greeting: Localized,
    /// A form of purpose `prechat`.
    prechat_form: Option<Uuid>,
    /// A form of purpose `leave_message`.
    leave_message_form: Option<Uuid>,
}

/// A mailbox, as it should be. A secret that is left out is kept; `null` forgets it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EmailBody {
    provider: EmailProviderBody,
    /// Left out where a sign-on brings it.
    #[serde(default)]
    #[schema(max_length = 254, example = "support@example.com")]
    address: String,
    /// Needed for `custom`; a sign-on brings it.
    imap: Option<MailServerBody>,
    /// Needed for `custom`; a sign-on brings it.
    smtp: Option<MailServerBody>,
    #[serde(default = "attachment_mb_max")]
    #[schema(minimum = 1, maximum = 25, default = 10)]
    attachment_mb_max: u32,
    #[serde(default = "check_interval_secs")]
    #[schema(minimum = 10, maximum = 3600, default = 60)]
    check_interval_secs: u32,
    /// A finished sign-on of `microsoft` or `gmail`: address, servers and consent are its.
    #[schema(write_only)]
    sign_on: Option<Uuid>,
    /// For `microsoft` and `gmail`, where no sign-on window was used.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    refresh_token: SecretChange,
}

const fn attachment_mb_max() -> u32 {
    EmailDraft::ATTACHMENT_MB_MAX
}

const fn check_interval_secs() -> u32 {
    EmailDraft::CHECK_INTERVAL_SECS
}

/// A mail server, as it should be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MailServerBody {
    /// A name or an address.
    #[schema(example = "imap.gmail.com")]
    host: String,
    #[schema(minimum = 1, maximum = 65535, example = 993)]
    port: u16,
    /// What the port is usually spoken with, if it is left out: `tls` on 993 and 465, else `starttls`.
    security: Option<Security>,
    #[serde(default)]
    username: String,
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    password: SecretChange,
}

/// A Facebook page, as it should be. Name and id are read from the page's token.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FacebookBody {
    /// A finished sign-on of `facebook`: the page and its token are its.
    #[schema(write_only)]
    sign_on: Option<Uuid>,
    /// Left out, it is kept.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    page_access_token: SecretChange,
}

/// A WhatsApp number, as it should be. A secret that is left out is kept; `null` forgets it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhatsappBody {
    provider: ProviderBody,
    /// A finished sign-on of `whatsapp`: the number and its key are its.
    #[schema(write_only)]
    sign_on: Option<Uuid>,
    /// International, 7 to 15 digits. Left out, it is kept, a sign-on's, or for `cloud` read back from Meta; with an
    /// `api_key` of one's own it is needed.
    #[serde(default, deserialize_with = "text_or_null")]
    #[schema(value_type = Option<String>, example = "+33123456789")]
    number: String,
    /// Needed for `cloud`.
    phone_number_id: Option<String>,
    business_account_id: Option<String>,
    /// For `cloud`.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    access_token: SecretChange,
    /// For `dialog360`.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    api_key: SecretChange,
    /// What `dialog360` signs webhooks with.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<String>, write_only)]
    webhook_secret: SecretChange,
    /// Headers that `dialog360` was told to send with every webhook.
    #[serde(default, deserialize_with = "secret_change")]
    #[schema(value_type = Option<BTreeMap<String, String>>, write_only)]
    webhook_headers: SecretChange<BTreeMap<String, SecretString>>,
}

fn text_or_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Option::<String>::deserialize(from).map(Option::unwrap_or_default)
}

impl ChannelBody {
    fn sign_on(&self) -> Option<Uuid> {
        let of_mail = self.email.as_ref().and_then(|email| email.sign_on);
        let of_page = self.facebook.as_ref().and_then(|page| page.sign_on);
        let of_number = self.whatsapp.as_ref().and_then(|number| number.sign_on);
        of_mail.or(of_page).or(of_number)
    }

    /// The draft that it asks for.
    ///
    /// # Errors
    /// A member is missing, or belongs to another kind of channel.
    pub(crate) fn draft(self) -> Result<ChannelDraft, ApiError> {
        self.refuse_others()?;
        let sign_on = self.sign_on();
        let mut secrets = SecretsDraft::default();
        let settings = match self.kind {
            ChannelKind::LiveChat => {
                SettingsDraft::LiveChat(needed("live_chat", self.live_chat)?.draft())
            }
            ChannelKind::Sms => SettingsDraft::Sms(needed("sms", self.sms)?.draft()),
            ChannelKind::Email => {
                SettingsDraft::Email(needed("email", self.email)?.draft(&mut secrets))
            }
            ChannelKind::Facebook => {
                SettingsDraft::Facebook(self.facebook.unwrap_or_default().draft(&mut secrets))
            }
            ChannelKind::Whatsapp => {
                SettingsDraft::Whatsapp(needed("whatsapp", self.whatsapp)?.draft(&mut secrets))
            }
        };
        Ok(ChannelDraft {
            key: self.key,
            name: self.name,
            destination: self.destination.into(),
            language: self.language,
            auto_replies: self.auto_replies,
            settings,
            secrets,
            sign_on,
            reserved: None,
            answered_for: false,
        })
    }

    fn refuse_others(&self) -> Result<(), ApiError> {
        let members = [
            (ChannelKind::LiveChat, self.live_chat.is_some()),
            (ChannelKind::Sms, self.sms.is_some()),
            (ChannelKind::Email, self.email.is_some()),
            (ChannelKind::Facebook, self.facebook.is_some()),
            (ChannelKind::Whatsapp, self.whatsapp.is_some()),
        ];
        match members
            .iter()
            .find(|(kind, there)| *there && *kind != self.kind)
        {
            None => Ok(()),
            Some((kind, _)) => Err(ApiError::field(
                kind.as_str(),
                "not_allowed",
                "does not belong to this kind of channel",
            )),
        }
    }
}

fn needed<T>(field: &str, member: Option<T>) -> Result<T, ApiError> {
    member.ok_or_else(|| ApiError::field(field, "required", "is needed for this kind of channel"))
}

impl LiveChatBody {
    fn draft(self) -> LiveChatDraft {
        LiveChatDraft {
            domains: self.domains,
            standalone: self.standalone,
            theme_color: self.theme_color,
            title: self.title,
            greeting: self.greeting,
            prechat_form: self.prechat_form,
            leave_message_form: self.leave_message_form,
        }
    }
}

impl SmsBody {
    fn draft(self) -> SmsDraft {
        SmsDraft {
            number: self.number,
            trunk: self.trunk,
        }
    }
}

impl EmailBody {
    fn draft(self, secrets: &mut SecretsDraft) -> EmailDraft {
        secrets.refresh_token = self.refresh_token;
        let imap = self
            .imap
            .map(|server| server.split(&mut secrets.imap_password));
        let smtp = self
            .smtp
            .map(|server| server.split(&mut secrets.smtp_password));
        EmailDraft {
            provider: self.provider.into(),
            address: self.address,
            imap,
            smtp,
            attachment_mb_max: self.attachment_mb_max,
            check_interval_secs: self.check_interval_secs,
        }
    }
}

impl MailServerBody {
    /// The server, and its password apart.
    fn split(self, password: &mut SecretChange) -> MailServer {
        *password = self.password;
        MailServer {
            host: self.host,
            port: self.port,
            security: self.security.unwrap_or_else(|| Security::usual(self.port)),
            username: self.username,
        }
    }
}

impl FacebookBody {
    fn draft(self, secrets: &mut SecretsDraft) -> FacebookDraft {
        secrets.page_access_token = self.page_access_token;
        FacebookDraft::default()
    }
}

impl WhatsappBody {
    fn draft(self, secrets: &mut SecretsDraft) -> WhatsappDraft {
        secrets.access_token = self.access_token;
        secrets.api_key = self.api_key;
        secrets.webhook_secret = self.webhook_secret;
        secrets.webhook_headers = self.webhook_headers;
        WhatsappDraft {
            provider: match self.provider {
                ProviderBody::Cloud => WhatsappProviderKind::Cloud,
                ProviderBody::Dialog360 => WhatsappProviderKind::Dialog360,
            },
            number: self.number,
            phone_number_id: self.phone_number_id,
            business_account_id: self.business_account_id,
            client_id: None,
            channel_id: None,
        }
    }
}
