//! From a finished sign-on to a channel: what the company told fills the draft in.
//!
//! What must stay true: what a company told wins over what was typed; a sign-on of one kind fills no channel of another.

use secrecy::SecretString;
use uuid::Uuid;

use super::channel_draft::{ChannelDraft, SettingsDraft, WhatsappDraft, WhatsappProviderKind};
use super::channel_email::{EmailDraft, EmailProvider};
use super::secret::SecretChange;
use super::sign_ons::{SignOnFound, SignOnKind, SignOnMailbox, SignOnNumber, SignOnRecord};
use super::{Change, ConfigError};

/// What a webhook that we registered carries, besides the provider's own signature.
const WEBHOOK_HEADER: &str = "X-Ecluse-Channel";

impl SignOnNumber {
    /// The header that the number's webhook proves itself with.
    #[must_use]
    pub const fn webhook_header() -> &'static str {
        WEBHOOK_HEADER
    }
}

impl Change {
    /// Takes the draft's sign-on, if it names one, and fills the draft in. Returns the id that a new channel must have.
    pub(super) async fn attach_sign_on(
        &mut self,
        draft: &mut ChannelDraft,
    ) -> Result<Option<Uuid>, ConfigError> {
        let Some(id) = draft.sign_on.take() else {
            return Ok(None);
        };
        let sign_on = self.take_sign_on(id).await?;
        fill(draft, &sign_on, self.rehearses)?;
        Ok(sign_on.progress.reserved)
    }
}

fn fill(
    draft: &mut ChannelDraft,
    sign_on: &SignOnRecord,
    rehearses: bool,
) -> Result<(), ConfigError> {
    let found = sign_on.progress.found.as_ref();
    match (&mut draft.settings, found) {
        (SettingsDraft::Facebook(page), Some(SignOnFound::Pages(_))) => {
            let chosen = sign_on.page().ok_or(ConfigError::SignOnGone)?;
            page.page_id.clone_from(&chosen.id);
            page.page_name.clone_from(&chosen.name);
            draft.secrets.page_access_token = SecretChange::Set(chosen.token.clone());
            Ok(())
        }
        (SettingsDraft::Whatsapp(number), Some(SignOnFound::Numbers { client_id, .. })) => {
            let chosen = sign_on.number().ok_or(ConfigError::SignOnGone)?;
            fill_number(number, client_id, chosen);
            fill_keys(draft, chosen, rehearses)
        }
        (SettingsDraft::Email(mail), Some(SignOnFound::Mailbox(mailbox)))
            if kind_of(mail.provider) == Some(sign_on.kind) =>
        {
            fill_mailbox(mail, mailbox);
            draft.secrets.refresh_token = SecretChange::Set(mailbox.refresh_token.clone());
            draft.secrets.brought_token = SecretChange::Clear;
            Ok(())
        }
        (settings, _) => {
            let field = format!("{}.sign_on", settings.kind().as_str());
            let message = "is a sign-on for another kind of channel";
            Err(ConfigError::field(field, "wrong_kind", message))
        }
    }
}

const fn kind_of(provider: EmailProvider) -> Option<SignOnKind> {
    match provider {
        EmailProvider::Custom => None,
        EmailProvider::Microsoft => Some(SignOnKind::Microsoft),
        EmailProvider::Gmail => Some(SignOnKind::Gmail),
    }
}

fn fill_number(draft: &mut WhatsappDraft, client_id: &str, chosen: &SignOnNumber) {
    draft.provider = WhatsappProviderKind::Dialog360;
    draft.number.clone_from(&chosen.number);
    draft.phone_number_id = None;
    draft
        .business_account_id
        .clone_from(&chosen.business_account_id);
    draft.client_id = Some(client_id.to_owned());
    draft.channel_id = Some(chosen.channel_id.clone());
}

/// The key is made before the transaction and after its rehearsal; a sign-on without one was not prepared.
fn fill_keys(
    draft: &mut ChannelDraft,
    chosen: &SignOnNumber,
    rehearses: bool,
) -> Result<(), ConfigError> {
    let to_be_made = SecretString::from("to be made");
    let (key, secret) = match (&chosen.api_key, &chosen.webhook_word) {
        (Some(key), Some(secret)) => (key, secret),
        _ if rehearses => (&to_be_made, &to_be_made),
        _ => return Err(ConfigError::SignOnGone),
    };
    let headers = [(WEBHOOK_HEADER.to_owned(), secret.clone())];
    draft.secrets.api_key = SecretChange::Set(key.clone());
    draft.secrets.webhook_headers = SecretChange::Set(headers.into());
    Ok(())
}

fn fill_mailbox(draft: &mut EmailDraft, mailbox: &SignOnMailbox) {
    // What was typed may be another address of the same mailbox.
    if draft.address.trim().is_empty() {
        draft.address.clone_from(&mailbox.address);
    }
    draft.imap = Some(mailbox.imap.clone());
    draft.smtp = Some(mailbox.smtp.clone());
}
