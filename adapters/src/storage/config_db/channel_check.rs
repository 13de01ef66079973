//! From "typed" to "true": checks a channel's draft without looking anything up.
//!
//! What must stay true: whatever can be looked up of a draft can be, however wrong the rest of it is.

use std::collections::BTreeMap;

use ecluse_engine::configuration::AutoReplies;
use ecluse_engine::ids::TenantId;
use ecluse_engine::message::{ChannelKind, Destination};
use ecluse_engine::texts::Language;
use secrecy::{ExposeSecret as _, SecretString};

use super::audit::Resource;
use super::channel::{ChannelSettings, LiveChatSettings, WhatsappProvider, WhatsappSettings};
use super::channel_draft::{
    ChannelDraft, LiveChatDraft, SecretsDraft, SettingsDraft, WhatsappDraft, WhatsappProviderKind,
};
use super::claim::Claim;
use super::domain::Domain;
use super::link::Link;
use super::secret::{SecretChange, SecretName, password_as_kept};
use super::text_check::{
    NAME_LENGTH_MAX, check_text, check_visible, email_key, too_long, too_many,
};
use super::violation::Violation;
use crate::sms::number::{NumberError, PhoneNumber};

/// An automatic answer fits into the shortest limit of any provider.
const AUTO_REPLY_LENGTH_MAX: usize = 1_000;
const DOMAINS_MAX: usize = 100;
const GREETING_LENGTH_MAX: usize = 500;
const SECRET_LENGTH_MAX: usize = 4096;
const WEBHOOK_HEADERS_MAX: usize = 20;
/// Meta's ids are decimal numbers of at most 64 bits.
const META_ID_LENGTH_MAX: usize = 20;
/// Fewer digits are no short code, but a number that is not typed to its end.
const SHORT_CODE_DIGITS_MIN: usize = 3;

/// A draft that is well formed: what to store, if the look-ups agree.
#[derive(Debug)]
pub(super) struct CheckedChannel {
    pub(super) key: Option<String>,
    pub(super) name: String,
    pub(super) destination: Destination,
    pub(super) language: Option<Language>,
    pub(super) auto_replies: AutoReplies,
    pub(super) settings: ChannelSettings,
    pub(super) secrets: Vec<(SecretName, SecretChange)>,
    pub(super) answered_for: bool,
}

/// A draft that was checked by itself, and what is still to be looked up: of one that is refused, too, so that everything is
/// told at once.
#[derive(Debug)]
pub(super) struct CheckedDraft {
    pub(super) key: Option<String>,
    pub(super) kind: ChannelKind,
    pub(super) links: Vec<Link>,
    pub(super) claims: Vec<Claim>,
    pub(super) usable: &'static [(SecretName, bool)],
    pub(super) secrets: Vec<(SecretName, SecretChange)>,
    /// As far as they could be read.
    pub(super) settings: Option<ChannelSettings>,
    /// All that is wrong with the draft by itself, or what to store.
    pub(super) channel: Result<CheckedChannel, Vec<Violation>>,
}

/// Checks a draft of a tenant.
pub(super) fn check(draft: ChannelDraft, tenant: TenantId) -> CheckedDraft {
    let mut violations = Vec::new();
    let kind = draft.settings.kind();
    let (mut links, usable) = (draft.settings.links(), draft.settings.secrets());
    links.push(destination_link(&draft.destination));
    let claims = claims(&draft.settings, tenant);
    check_destination(kind, &draft.destination, &mut violations);
    let secrets = check_secrets(&draft.secrets, &mut violations);
    let settings = check_settings(draft.settings, &mut violations);
    let name = check_own_name(draft.name, &mut violations);
    let mut auto_replies = draft.auto_replies;
    check_auto_replies(&mut auto_replies, &mut violations);
    let channel = match &settings {
        Some(settings) if violations.is_empty() => Ok(CheckedChannel {
            key: draft.key.clone(),
            name: name.unwrap_or_else(|| default_name(settings, draft.language)),
            destination: draft.destination,
            language: draft.language,
            auto_replies,
            settings: settings.clone(),
            secrets: secrets.clone(),
            answered_for: draft.answered_for,
        }),
        Some(_) | None => Err(violations),
    };
    CheckedDraft {
        key: draft.key,
        kind,
        links,
        claims,
        usable,
        secrets,
        settings,
        channel,
    }
}

fn check_settings(
    draft: SettingsDraft,
    violations: &mut Vec<Violation>,
) -> Option<ChannelSettings> {
    match draft {
        SettingsDraft::LiveChat(chat) => Some(live_chat(chat, violations)),
        SettingsDraft::Sms(sms) => sms.check(violations).map(ChannelSettings::Sms),
        SettingsDraft::Email(email) => email.check(violations).map(ChannelSettings::Email),
        SettingsDraft::Facebook(page) => page.check(violations).map(ChannelSettings::Facebook),
        SettingsDraft::Whatsapp(number) => whatsapp(number, violations),
    }
}

fn check_own_name(name: Option<String>, violations: &mut Vec<Violation>) -> Option<String> {
    let name = name.map(|name| name.trim().to_owned());
    let name = name.filter(|name| !name.is_empty())?;
    if name.chars().count() > NAME_LENGTH_MAX {
        violations.push(too_long("name", NAME_LENGTH_MAX));
    }
    violations.extend(check_visible("name", &name));
    Some(name)
}

pub(super) fn destination_link(destination: &Destination) -> Link {
    match destination {
        Destination::Queue(queue) => Link::new("destination.queue", Resource::Queue, queue.0),
        Destination::Chatbot(chatbot) => {
            Link::new("destination.chatbot", Resource::Chatbot, chatbot.0)
        }
    }
}

/// What the draft would claim, as far as it can be read; each at the place where it was typed.
fn claims(draft: &SettingsDraft, tenant: TenantId) -> Vec<Claim> {
    match draft {
        SettingsDraft::LiveChat(chat) => {
            let typed = chat.domains.iter().take(DOMAINS_MAX).enumerate();
            let read = typed.filter_map(|(index, text)| Some((index, Domain::parse(text).ok()?)));
            read.map(|(index, domain)| Claim::domain(tenant, index, &domain))
                .collect()
        }
        SettingsDraft::Sms(sms) => {
            let number = PhoneNumber::parse(&sms.number, None).ok();
            let claim = number.map(|number| Claim::sms_number(tenant, number.as_str()));
            claim.into_iter().collect()
        }
        SettingsDraft::Email(mail) => {
            vec![Claim::mailbox(tenant, &email_key(&mail.address))]
        }
        SettingsDraft::Facebook(page) => vec![Claim::page(&page.page_id)],
        SettingsDraft::Whatsapp(number) => {
            let id = number.phone_number_id.as_deref().map(str::trim);
            let id = id.filter(|id| !id.is_empty());
            let number = PhoneNumber::parse(&number.number, None).ok();
            Claim::whatsapp(number.as_ref().map(PhoneNumber::as_str), id)
        }
    }
}

fn check_auto_replies(replies: &mut AutoReplies, violations: &mut Vec<Violation>) {
    for (field, reply) in [
        ("auto_replies.welcome", &mut replies.welcome),
        ("auto_replies.outside_hours", &mut replies.outside_hours),
        ("auto_replies.no_agent", &mut replies.no_agent),
        ("auto_replies.closed", &mut replies.closed),
    ] {
        check_text(field, &mut reply.text, AUTO_REPLY_LENGTH_MAX, violations);
    }
}

/// The name of a channel that nobody named: its address, or what it is where it has none. Visitors read it.
pub(super) fn default_name(settings: &ChannelSettings, language: Option<Language>) -> String {
    let address = settings.address();
    match (address.is_empty(), language) {
        (false, _) => address,
        (true, Some(Language::Fr)) => "Discussion en direct".to_owned(),
        (true, Some(Language::En) | None) => "Live chat".to_owned(),
    }
}

/// Only live chat and SMS may start with a chatbot (requirements 3.2).
fn check_destination(
    kind: ChannelKind,
    destination: &Destination,
    violations: &mut Vec<Violation>,
) {
    let named = match (kind, destination) {
        (_, Destination::Queue(_)) | (ChannelKind::LiveChat | ChannelKind::Sms, _) => return,
        (ChannelKind::Email, _) => "an e-mail channel leads to a queue",
        (ChannelKind::Facebook, _) => "a Facebook channel leads to a queue",
        (ChannelKind::Whatsapp, _) => "a WhatsApp channel leads to a queue",
    };
    violations.push(Violation::new("destination.chatbot", "not_allowed", named));
}

fn live_chat(draft: LiveChatDraft, violations: &mut Vec<Violation>) -> ChannelSettings {
    let domains = check_domains(&draft.domains, draft.standalone, violations);
    let theme_color = draft
        .theme_color
        .map(|color| color.trim().to_ascii_lowercase());
    if theme_color.as_deref().is_some_and(|color| !is_color(color)) {
        violations.push(Violation::new(
            "live_chat.theme_color",
            "invalid_color",
            "must be a colour such as #1a2b3c",
        ));
    }
    let (mut title, mut greeting) = (draft.title, draft.greeting);
    check_text("live_chat.title", &mut title, NAME_LENGTH_MAX, violations);
    check_text(
        "live_chat.greeting",
        &mut greeting,
        GREETING_LENGTH_MAX,
        violations,
    );
    ChannelSettings::LiveChat(LiveChatSettings {
        domains,
        standalone: draft.standalone,
        theme_color,
        title,
        greeting,
        prechat_form: draft.prechat_form,
        leave_message_form: draft.leave_message_form,
    })
}

fn check_domains(
    texts: &[String],
    standalone: bool,
    violations: &mut Vec<Violation>,
) -> Vec<Domain> {
    if texts.is_empty() && !standalone {
        violations.push(Violation::new(
            "live_chat.domains",
            "domain_or_standalone",
            "name at least one domain, or let the chat stand alone",
        ));
    }
    if texts.len() > DOMAINS_MAX {
        violations.push(too_many("live_chat.domains", DOMAINS_MAX, "domains"));
        return Vec::new();
    }
    let mut domains = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        match Domain::parse(text) {
            Ok(domain) if domains.contains(&domain) => {}
            Ok(domain) => domains.push(domain),
            Err(error) => violations.push(Violation::new(
                format!("live_chat.domains[{index}]"),
                error.code(),
                error.to_string(),
            )),
        }
    }
    domains
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| {
        digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn whatsapp(draft: WhatsappDraft, violations: &mut Vec<Violation>) -> Option<ChannelSettings> {
    let before = violations.len();
    let number = match e164("whatsapp.number", &draft.number) {
        Ok(number) => Some(number),
        Err(violation) => {
            violations.push(violation);
            None
        }
    };
    let phone_number_id = meta_id(
        "whatsapp.phone_number_id",
        draft.phone_number_id,
        violations,
    );
    let business_account_id = meta_id(
        "whatsapp.business_account_id",
        draft.business_account_id,
        violations,
    );
    let provider = match draft.provider {
        WhatsappProviderKind::Dialog360 => WhatsappProvider::Dialog360 {
            phone_number_id,
            business_account_id,
            client_id: draft.client_id,
            channel_id: draft.channel_id,
        },
        WhatsappProviderKind::Cloud => {
            let Some(phone_number_id) = phone_number_id else {
                if violations
                    .iter()
                    .all(|found| found.field != "whatsapp.phone_number_id")
                {
                    violations.push(Violation::new(
                        "whatsapp.phone_number_id",
                        "required",
                        "the Cloud API names a number by its phone number id",
                    ));
                }
                return None;
            };
            WhatsappProvider::Cloud {
                phone_number_id,
                business_account_id,
            }
        }
    };
    let number = number.filter(|_| violations.len() == before)?;
    Some(ChannelSettings::Whatsapp(WhatsappSettings {
        number,
        provider,
    }))
}

fn meta_id(field: &str, id: Option<String>, violations: &mut Vec<Violation>) -> Option<String> {
    let id = id
        .map(|id| id.trim().to_owned())
        .filter(|id| !id.is_empty())?;
    if id.len() <= META_ID_LENGTH_MAX && id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(id);
    }
    violations.push(Violation::new(
        field,
        "invalid",
        "must be the number that Meta shows",
    ));
    None
}

/// A number as E.164, or why what was typed is none.
pub(super) fn e164(field: impl Into<String>, text: &str) -> Result<String, Violation> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    PhoneNumber::parse(text, None)
        .map(String::from)
        .map_err(|error| match error {
            NumberError::ShortCode if digits >= SHORT_CODE_DIGITS_MIN => {
                Violation::new(field, "short_code", "short codes are not supported")
            }
            error => {
                let message = format!("{error}; give the whole number, such as +33612345678");
                Violation::new(field, "invalid_number", message)
            }
        })
}

fn check_secrets(
    draft: &SecretsDraft,
    violations: &mut Vec<Violation>,
) -> Vec<(SecretName, SecretChange)> {
    let mut changes = Vec::new();
    let single = [
        (SecretName::AccessToken, &draft.access_token),
        (SecretName::ApiKey, &draft.api_key),
        (SecretName::WebhookSecret, &draft.webhook_secret),
        (SecretName::ImapPassword, &draft.imap_password),
        (SecretName::SmtpPassword, &draft.smtp_password),
        (SecretName::RefreshToken, &draft.refresh_token),
        (SecretName::PageAccessToken, &draft.page_access_token),
        (SecretName::BroughtToken, &draft.brought_token),
    ];
    for (name, change) in single {
        match change {
            SecretChange::Keep => {}
            SecretChange::Clear => changes.push((name, SecretChange::Clear)),
            SecretChange::Set(secret) => match clean_secret(name, secret) {
                Ok(secret) => changes.push((name, SecretChange::Set(secret))),
                Err(violation) => violations.push(violation),
            },
        }
    }
    match &draft.webhook_headers {
        SecretChange::Keep => {}
        SecretChange::Clear => changes.push((SecretName::WebhookHeaders, SecretChange::Clear)),
        SecretChange::Set(headers) if headers.is_empty() => {
            changes.push((SecretName::WebhookHeaders, SecretChange::Clear));
        }
        SecretChange::Set(headers) => {
            changes.extend(
                check_headers(headers, violations)
                    .map(|json| (SecretName::WebhookHeaders, SecretChange::Set(json))),
            );
        }
    }
    changes
}

/// What is pasted often ends in a line break. A password may be any line; what goes into a header is printable ASCII.
fn clean_secret(name: SecretName, secret: &SecretString) -> Result<SecretString, Violation> {
    let text = secret.expose_secret().trim();
    let field = name.field();
    if let Some(message) = secret_fault(secret) {
        let code = if text.is_empty() {
            "required"
        } else {
            "invalid"
        };
        return Err(Violation::new(field, code, message));
    }
    if matches!(name, SecretName::ImapPassword | SecretName::SmtpPassword) {
        return Ok(password_as_kept(secret));
    }
    if !is_header_value(text) {
        return Err(Violation::new(field, "invalid", "must be printable ASCII"));
    }
    Ok(SecretString::from(text))
}

/// What is wrong with any secret.
pub(super) fn secret_fault(secret: &SecretString) -> Option<&'static str> {
    let text = secret.expose_secret().trim();
    if text.is_empty() {
        Some("must not be empty")
    } else if text.len() > SECRET_LENGTH_MAX {
        Some("is longer than 4096 bytes")
    } else if text.chars().any(char::is_control) {
        Some("must be one line")
    } else {
        None
    }
}

pub(super) fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// Header names as in RFC 9110, 5.6.2.
pub(super) fn is_header_name(text: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (1..=100).contains(&text.len()) && text.bytes().all(is_token)
}

fn check_headers(
    headers: &BTreeMap<String, SecretString>,
    violations: &mut Vec<Violation>,
) -> Option<SecretString> {
    let field = "whatsapp.webhook_headers";
    if headers.len() > WEBHOOK_HEADERS_MAX {
        violations.push(too_many(field, WEBHOOK_HEADERS_MAX, "headers"));
        return None;
    }
    let mut clean = BTreeMap::new();
    for (name, value) in headers {
        let value = value.expose_secret().trim();
        if !is_header_name(name) {
            violations.push(Violation::new(
                field,
                "invalid_header_name",
                "is not a header's name",
            ));
        } else if value.is_empty() || value.len() > SECRET_LENGTH_MAX || !is_header_value(value) {
            violations.push(Violation::new(
                format!("{field}.{name}"),
                "invalid",
                "must be printable ASCII and not empty",
            ));
        } else {
            clean.insert(name.to_ascii_lowercase(), value);
        }
    }
    serde_json::to_string(&clean).ok().map(SecretString::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channels_own_name_has_nothing_in_it_that_nobody_sees() {
        for (name, expected) in [("Chat – 2", 0), ("a\nb", 1), ("a\u{202e}b", 1)] {
            let mut violations = Vec::new();
            check_own_name(Some(name.to_owned()), &mut violations);
            assert_eq!(violations.len(), expected, "{name:?}");
        }
    }

    #[test]
    fn a_number_is_one_that_its_country_can_have() {
        for (typed, kept) in [
            ("+33 (0)6 12 34 56 78", Some("+33612345678")),
            ("33612345678", Some("+33612345678")),
            ("+1 786-232-1234", Some("+17862321234")),
            ("+9999999999", None),
            ("+33 6 12", None),
            ("0033 6 12 34 56 78", Some("+33612345678")),
            ("0612345678", None),
            ("12", None),
        ] {
            let found = e164("sms.number", typed);
            assert_eq!(found.as_ref().ok().map(String::as_str), kept, "{typed}");
            if let Err(violation) = found {
                assert_eq!(violation.code, "invalid_number", "{typed}");
            }
        }
        for typed in ["112", "3 61 80", "123456"] {
            let refused = e164("sms.number", typed).unwrap_err();
            assert_eq!(refused.code, "short_code", "{typed}");
        }
    }
}
