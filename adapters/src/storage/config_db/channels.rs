//! Channels: read, create, change, delete, and their secrets.

use std::collections::{BTreeMap, BTreeSet};

use ecluse_engine::ids::{ChannelId, ChatbotId, QueueId, TenantId};
use ecluse_engine::message::{Destination, Timestamp};
use futures_util::FutureExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::{Action, Resource};
use super::channel::{
    ChannelDraft, ChannelHealth, ChannelRecord, ChannelSecrets, ChannelSettings, ChannelState,
    Claim, SecretChange, SecretName,
};
use super::channel_check::{CheckedChannel, CheckedDraft, check, destination_link};
use super::document::{Document, DocumentRecord};
use super::form::FormBody;
use super::link::Link;
use super::sms_trunk::SmsTrunkBody;
use super::violation::InTheWay;
use super::{
    Change, ConfigDb, ConfigError, Editor, Page, Violation, from_word, refuse_stale, sql, unsigned,
};
use crate::secrets::{Cell, Vault};

const SECRETS_TABLE: &str = "channel_secrets";
const SIGN_ON_NEEDED: &str = "sign_on_needed";

impl ConfigDb {
    /// A channel, deleted or not.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn channel(
        &self,
        tenant: TenantId,
        id: ChannelId,
    ) -> Result<Option<ChannelRecord>, ConfigError> {
        read(&mut *self.read().await?, tenant, id).await
    }

    /// The channels that are not deleted, in the order of their creation.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn channels(
        &self,
        tenant: TenantId,
        page: Page,
    ) -> Result<Vec<ChannelRecord>, ConfigError> {
        let rows: Vec<Row> = sqlx::query_as(sql::CHANNEL_PAGE)
            .bind(tenant.0)
            .bind(page.after.unwrap_or_default())
            .bind(page.limit)
            .fetch_all(&mut *self.read().await?)
            .await?;
        rows.into_iter().map(Row::record).collect()
    }

    /// The channels of every tenant that changed after a revision, with their secrets; deleted ones too (they have none
    /// left). After 0 that is every channel.
    ///
    /// # Errors
    /// The database cannot be read, or a secret does not open.
    pub async fn channels_since(
        &self,
        revision: u64,
    ) -> Result<Vec<(ChannelRecord, ChannelSecrets)>, ConfigError> {
        let mut conn = self.read().await?;
        let revision = i64::try_from(revision).unwrap_or(i64::MAX);
        let rows: Vec<Row> = sqlx::query_as(sql::CHANNEL_SINCE)
            .bind(revision)
            .fetch_all(&mut *conn)
            .await?;
        let sealed: Vec<Sealed> = sqlx::query_as(sql::SECRETS_SINCE)
            .bind(revision)
            .fetch_all(&mut *conn)
            .await?;
        let mut sealed_by_channel: BTreeMap<Uuid, Vec<Sealed>> = BTreeMap::new();
        for secret in sealed {
            sealed_by_channel
                .entry(secret.channel)
                .or_default()
                .push(secret);
        }
        let with_secrets = rows.into_iter().map(|row| {
            let sealed = sealed_by_channel.remove(&row.id).unwrap_or_default();
            Ok((row.record()?, open(&self.0.vault, &sealed)?))
        });
        with_secrets.collect()
    }

    /// The secrets of one channel; none if there is no such channel.
    ///
    /// # Errors
    /// The database cannot be read, or a secret does not open.
    pub async fn channel_secrets(&self, id: ChannelId) -> Result<ChannelSecrets, ConfigError> {
        let sealed: Vec<Sealed> = sqlx::query_as(sql::SECRETS_READ)
            .bind(id.0)
            .fetch_all(&mut *self.read().await?)
            .await?;
        open(&self.0.vault, &sealed)
    }

    /// The WhatsApp channel of a number (E.164), whichever tenant's it is.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn whatsapp_channel(
        &self,
        number: &str,
    ) -> Result<Option<ChannelRecord>, ConfigError> {
        let mut conn = self.read().await?;
        let claim = Claim::deployment_wide("whatsapp.number", number);
        let holder: Option<(u32, Uuid)> = sqlx::query_as(sql::ADDRESS_CHANNEL)
            .bind(claim.scope)
            .bind(claim.address)
            .fetch_optional(&mut *conn)
            .await?;
        match holder {
            Some((tenant, id)) => read(&mut conn, TenantId(tenant), ChannelId(id)).await,
            None => Ok(None),
        }
    }

    /// Adds a channel.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every field that cannot be accepted.
    pub async fn create_channel(
        &self,
        editor: &Editor,
        draft: ChannelDraft,
    ) -> Result<ChannelRecord, ConfigError> {
        self.change(editor, move |change| change.create_channel(draft).boxed())
            .await
    }

    /// Replaces a channel's configuration; the kind stays. `expected` is the revision that the editor saw.
    ///
    /// # Errors
    /// A refused field, a newer revision, or no such channel.
    pub async fn change_channel(
        &self,
        editor: &Editor,
        id: ChannelId,
        expected: Option<u64>,
        draft: ChannelDraft,
    ) -> Result<ChannelRecord, ConfigError> {
        self.change(editor, move |change| {
            change.change_channel(id, expected, draft).boxed()
        })
        .await
    }

    /// Deletes a channel: it keeps its row for its history, and gives up its addresses and secrets.
    ///
    /// # Errors
    /// A newer revision, or no such channel.
    pub async fn delete_channel(
        &self,
        editor: &Editor,
        id: ChannelId,
        expected: Option<u64>,
    ) -> Result<(), ConfigError> {
        self.change(editor, move |change| {
            change.delete_channel(id, expected).boxed()
        })
        .await
    }

    /// Stores the consent that a company gave in place of `used`, unless somebody signed on anew meanwhile. Says whether it
    /// did. It is the company's doing and no change of the configuration.
    ///
    /// # Errors
    /// The database cannot be read or written, or the stored secret does not open.
    pub async fn replace_refresh_token(
        &self,
        tenant: TenantId,
        id: ChannelId,
        used: &SecretString,
        fresh: &SecretString,
    ) -> Result<bool, ConfigError> {
        let (used, fresh) = (used.clone(), fresh.clone());
        self.note(move |change| {
            async move {
                let change = change.in_tenant(tenant);
                let sealed: Vec<Sealed> = sqlx::query_as(sql::SECRETS_READ)
                    .bind(id.0)
                    .fetch_all(change.conn())
                    .await?;
                let stored = open(&change.db.0.vault, &sealed)?.refresh_token;
                let is_used = |stored: SecretString| stored.expose_secret() == used.expose_secret();
                if !stored.is_some_and(is_used) {
                    return Ok(false);
                }
                change
                    .store_secret(id, SecretName::RefreshToken, &fresh)
                    .await?;
                Ok(true)
            }
            .boxed()
        })
        .await
    }
}

impl ConfigDb {
    /// Why a WhatsApp number cannot be connected: another channel than `own` has it.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn number_taken(
        &self,
        tenant: TenantId,
        number: &str,
        own: Option<ChannelId>,
    ) -> Result<Option<Violation>, ConfigError> {
        let claim = Claim::deployment_wide("whatsapp.number", number);
        taken(&mut *self.read().await?, tenant, &claim, own).await
    }

    /// Whether there is such a channel, of whichever tenant, that is not deleted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn is_active_channel(&self, id: ChannelId) -> Result<bool, ConfigError> {
        let count: i64 = sqlx::query_scalar(sql::CHANNEL_ACTIVE)
            .bind(id.0)
            .fetch_one(&mut *self.read().await?)
            .await?;
        Ok(count > 0)
    }
}

/// An address that another channel than `own` holds. Of another tenant's channel nothing more is told.
async fn taken(
    conn: &mut SqliteConnection,
    tenant: TenantId,
    claim: &Claim,
    own: Option<ChannelId>,
) -> Result<Option<Violation>, ConfigError> {
    let holder: Option<(Uuid, u32, Option<i64>)> = sqlx::query_as(sql::ADDRESS_HOLDER)
        .bind(claim.scope.clone())
        .bind(claim.address.clone())
        .fetch_optional(conn)
        .await?;
    Ok(match holder {
        Some((holder, _, _)) if own == Some(ChannelId(holder)) => None,
        Some((_, of, Some(until))) if of == tenant.0 => {
            let until = jiff::Timestamp::from_microsecond(until).unwrap_or_default();
            let message =
                format!("is of a channel that is deleted at {until}; reactivate that one, or wait");
            Some(Violation::new(
                claim.field.clone(),
                "pending_deletion",
                message,
            ))
        }
        Some(_) => {
            let message = "is already connected to a channel";
            Some(Violation::new(claim.field.clone(), "taken", message))
        }
        None => None,
    })
}

impl ChannelDraft {
    /// The addresses that no other channel may hold, as a roster has them; `None` of a draft that says not enough.
    #[must_use]
    pub fn holds(&self, tenant: TenantId) -> Option<Vec<String>> {
        let checked = check(self.clone(), tenant);
        let claims = checked.claims.iter();
        checked.settings.as_ref()?;
        Some(claims.map(Claim::held).collect())
    }
}

pub(super) async fn read(
    conn: &mut SqliteConnection,
    tenant: TenantId,
    id: ChannelId,
) -> Result<Option<ChannelRecord>, ConfigError> {
    let row: Option<Row> = sqlx::query_as(sql::CHANNEL_READ)
        .bind(tenant.0)
        .bind(id.0)
        .fetch_optional(conn)
        .await?;
    row.map(Row::record).transpose()
}

/// The channels of every tenant that changed after a revision.
pub(super) async fn since(
    conn: &mut SqliteConnection,
    revision: i64,
) -> Result<Vec<ChannelRecord>, ConfigError> {
    let rows: Vec<Row> = sqlx::query_as(sql::CHANNEL_SINCE)
        .bind(revision)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Row::record).collect()
}

impl Change {
    /// A channel, deleted or not.
    ///
    /// # Errors
    /// There is none, or the database cannot be read.
    pub async fn channel(&mut self, id: ChannelId) -> Result<ChannelRecord, ConfigError> {
        let tenant = self.tenant();
        read(self.conn(), tenant, id)
            .await?
            .ok_or(ConfigError::NotFound)
    }

    /// Adds a channel.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every field that cannot be accepted.
    pub async fn create_channel(
        &mut self,
        mut draft: ChannelDraft,
    ) -> Result<ChannelRecord, ConfigError> {
        let reserved = self.attach_sign_on(&mut draft).await?.or(draft.reserved);
        self.refuse_beyond_licence(draft.settings.kind()).await?;
        let id = ChannelId(reserved.unwrap_or_else(|| self.new_id()));
        let checked = check(draft, self.tenant());
        let checked = self.looked_up(id, checked, None).await?;
        self.write_channel(sql::CHANNEL_CREATE, id, None, &checked)
            .await?;
        let after = self.channel(id).await?;
        self.audit_channel(Action::Created, None, Some(&after), &checked.secrets)
            .await?;
        Ok(after)
    }

    /// Replaces a channel's configuration; the kind stays. `expected` is the revision that the editor saw.
    ///
    /// # Errors
    /// A refused field, a newer revision, or no such channel.
    pub async fn change_channel(
        &mut self,
        id: ChannelId,
        expected: Option<u64>,
        draft: ChannelDraft,
    ) -> Result<ChannelRecord, ConfigError> {
        let before = self.live_channel(id, expected).await?;
        let mut draft = draft;
        self.attach_sign_on(&mut draft).await?;
        draft.settings.keep_what_providers_told(&before.settings);
        let checked = check(draft, self.tenant());
        let checked = self.looked_up(id, checked, Some(&before)).await?;
        let key = Some(before.key.clone());
        self.write_channel(sql::CHANNEL_CHANGE, id, key, &checked)
            .await?;
        if checked.reaches_its_company_anew(&before) {
            let healing = sqlx::query(sql::CHANNEL_HEALED).bind(id.0);
            healing.execute(self.conn()).await?;
        }
        let after = self.channel(id).await?;
        self.audit_channel(
            Action::Changed,
            Some(&before),
            Some(&after),
            &checked.secrets,
        )
        .await?;
        Ok(after)
    }

    /// Deletes a channel: it keeps its row for its history, and gives up its addresses and secrets.
    ///
    /// # Errors
    /// A newer revision, or no such channel.
    pub async fn delete_channel(
        &mut self,
        id: ChannelId,
        expected: Option<u64>,
    ) -> Result<(), ConfigError> {
        let before = self.live_channel(id, expected).await?;
        let (at, revision) = (self.at.0, self.revision());
        let deletion = sqlx::query(sql::CHANNEL_DELETE)
            .bind(id.0)
            .bind(at)
            .bind(revision);
        deletion.execute(self.conn()).await?;
        for statement in [
            sql::ADDRESSES_RELEASE,
            sql::SECRETS_DELETE,
            sql::LINKS_CLEAR,
        ] {
            sqlx::query(statement)
                .bind(id.0)
                .execute(self.conn())
                .await?;
        }
        self.audit_channel(Action::Deleted, Some(&before), None, &[])
            .await
    }

    pub(super) async fn live_channel(
        &mut self,
        id: ChannelId,
        expected: Option<u64>,
    ) -> Result<ChannelRecord, ConfigError> {
        let channel = self.channel(id).await?;
        if channel.state == ChannelState::Deleted {
            return Err(ConfigError::ChannelDeleted);
        }
        refuse_stale(channel.revision, expected)?;
        Ok(channel)
    }

    /// The channel to store, or all that is wrong with it: by itself, and by what only the database knows.
    async fn looked_up(
        &mut self,
        id: ChannelId,
        checked: CheckedDraft,
        before: Option<&ChannelRecord>,
    ) -> Result<CheckedChannel, ConfigError> {
        let found = self.look_up(id, &checked, before).await?;
        match checked.channel {
            Ok(channel) => ConfigError::refuse(found).map(|()| channel),
            Err(mut violations) => {
                tell_besides(&mut violations, found);
                Err(ConfigError::Invalid(violations))
            }
        }
    }

    /// What only the database knows: what the channel points to exists and fits, the addresses are free, the needed secrets
    /// are there, the kind is the same.
    async fn look_up(
        &mut self,
        id: ChannelId,
        checked: &CheckedDraft,
        before: Option<&ChannelRecord>,
    ) -> Result<Vec<Violation>, ConfigError> {
        let mut violations = self.dangling(&checked.links).await?;
        if let Some(settings) = &checked.settings {
            tell_besides(&mut violations, self.unfit(settings).await?);
        }
        let tenant = self.tenant();
        for claim in &checked.claims {
            violations.extend(taken(self.conn(), tenant, claim, Some(id)).await?);
        }
        let resource = (Resource::Channel, id.0);
        violations.extend(self.key_violation(resource, checked.key.as_deref()).await?);
        let stored = before.map(|before| before.secrets.clone());
        violations.extend(secret_violations(checked, &stored.unwrap_or_default()));
        if before.is_some_and(|before| before.settings.kind() != checked.kind) {
            let message = "a channel's kind does not change; add another channel";
            violations.push(Violation::new("kind", "immutable", message));
        }
        Ok(violations)
    }

    /// What the settings point to and cannot be used as they want it: a trunk that does not carry the number, a form of
    /// another purpose. What does not exist is another matter.
    async fn unfit(&mut self, settings: &ChannelSettings) -> Result<Vec<Violation>, ConfigError> {
        let mut violations = Vec::new();
        match settings {
            ChannelSettings::Sms(sms) => {
                let trunk = existing(self.document::<SmsTrunkBody>(sms.trunk).await)?;
                violations.extend(trunk.and_then(|trunk| sms.not_carried_by(&trunk.body)));
            }
            ChannelSettings::LiveChat(chat) => {
                for (field, id, purpose) in chat.forms() {
                    let form = existing(self.document::<FormBody>(id).await)?;
                    if form.is_some_and(|form| form.body.purpose != purpose) {
                        violations.push(purpose.is_not_the_forms(field));
                    }
                }
            }
            ChannelSettings::Email(_)
            | ChannelSettings::Facebook(_)
            | ChannelSettings::Whatsapp(_) => {}
        }
        Ok(violations)
    }

    /// Notes the channels that a document served before this change of it and serves no more. They may be changed by what
    /// follows in the same change.
    pub(super) async fn note_unserved<D: Document>(
        &mut self,
        id: Uuid,
        before: &D,
        after: &D,
    ) -> Result<(), ConfigError> {
        if !matches!(D::KIND, Resource::SmsTrunk | Resource::Form) {
            return Ok(());
        }
        let rows: Vec<Row> = sqlx::query_as(sql::CHANNELS_POINTING_TO)
            .bind(self.tenant().0)
            .bind(id)
            .fetch_all(self.conn())
            .await?;
        for row in rows {
            let channel = row.record()?;
            let settings = &channel.settings;
            if before.serves(id, settings) && !after.serves(id, settings) {
                self.unserved.push((D::KIND, channel.id));
            }
        }
        Ok(())
    }

    /// Refuses what leaves a channel with something that serves it no more: no edit of the channel would be accepted.
    pub(super) async fn refuse_if_unserved(&mut self) -> Result<(), ConfigError> {
        let mut by = Vec::new();
        let mut what = None;
        for (kind, id) in std::mem::take(&mut self.unserved) {
            let channel = self.channel(id).await?;
            if channel.state == ChannelState::Active
                && !self.unfit(&channel.settings).await?.is_empty()
            {
                what = Some(kind);
                by.push(InTheWay {
                    kind: Resource::Channel,
                    id: id.0,
                    name: channel.name,
                });
            }
        }
        what.map_or(Ok(()), |what| Err(ConfigError::InUse { what, by }))
    }

    /// Runs one of the two statements that take a whole channel, and stores what belongs to it.
    async fn write_channel(
        &mut self,
        statement: &'static str,
        id: ChannelId,
        stored_key: Option<String>,
        checked: &CheckedChannel,
    ) -> Result<(), ConfigError> {
        let resource = (Resource::Channel, id.0);
        let key = self
            .key_for(resource, checked.key.as_deref(), stored_key, &checked.name)
            .await?;
        let (queue, chatbot) = columns(checked.destination);
        sqlx::query(statement)
            .bind(id.0)
            .bind(self.tenant().0)
            .bind(checked.settings.kind().as_str())
            .bind(key)
            .bind(checked.name.clone())
            .bind(checked.settings.address())
            .bind(queue)
            .bind(chatbot)
            .bind(checked.language.map(|language| language.as_str()))
            .bind(json(&checked.auto_replies)?)
            .bind(json(&checked.settings)?)
            .bind(self.at.0)
            .bind(self.revision())
            .execute(self.conn())
            .await?;
        self.store_links(resource, &checked.links()).await?;
        self.store_parts(id, checked).await
    }

    /// The addresses and secrets of a channel whose row exists.
    async fn store_parts(
        &mut self,
        id: ChannelId,
        checked: &CheckedChannel,
    ) -> Result<(), ConfigError> {
        let tenant = self.tenant();
        sqlx::query(sql::ADDRESSES_RELEASE)
            .bind(id.0)
            .execute(self.conn())
            .await?;
        for claim in checked.settings.claims(tenant) {
            sqlx::query(sql::ADDRESS_TAKE)
                .bind(claim.scope)
                .bind(claim.address)
                .bind(id.0)
                .bind(tenant.0)
                .execute(self.conn())
                .await?;
        }
        for (name, change) in &checked.secrets {
            match change {
                SecretChange::Keep => {}
                SecretChange::Clear => self.forget_secret(id, *name).await?,
                SecretChange::Set(secret) => self.store_secret(id, *name, secret).await?,
            }
        }
        let usable = checked.settings.secrets();
        for name in SecretName::ALL {
            if usable.iter().all(|(usable, _)| *usable != name) {
                self.forget_secret(id, name).await?;
            }
        }
        Ok(())
    }

    async fn store_secret(
        &mut self,
        id: ChannelId,
        name: SecretName,
        secret: &SecretString,
    ) -> Result<(), ConfigError> {
        let sealed = self
            .db
            .0
            .vault
            .seal(cell(name, id.as_bytes()), secret.expose_secret().as_bytes())?;
        sqlx::query(sql::SECRET_WRITE)
            .bind(id.0)
            .bind(name.as_str())
            .bind(self.tenant().0)
            .bind(sealed)
            .execute(self.conn())
            .await?;
        Ok(())
    }

    async fn forget_secret(&mut self, id: ChannelId, name: SecretName) -> Result<(), ConfigError> {
        let deletion = sqlx::query(sql::SECRET_DELETE)
            .bind(id.0)
            .bind(name.as_str());
        deletion.execute(self.conn()).await?;
        Ok(())
    }

    pub(super) async fn audit_channel(
        &mut self,
        action: Action,
        before: Option<&ChannelRecord>,
        after: Option<&ChannelRecord>,
        secrets: &[(SecretName, SecretChange)],
    ) -> Result<(), ConfigError> {
        let Some(id) = before.or(after).map(|channel| channel.id) else {
            return Ok(());
        };
        let written: Vec<&str> = secrets.iter().map(|(name, _)| name.as_str()).collect();
        self.audit_with_secrets((Resource::Channel, id.0), action, (before, after), &written)
            .await
    }
}

/// What of a look-up is told beside other violations: a field is refused for one reason.
fn tell_besides(violations: &mut Vec<Violation>, found: Vec<Violation>) {
    for one in found {
        let is_told = |told: &Violation| told.field == one.field || told.makes_needless(&one);
        if !violations.iter().any(is_told) {
            violations.push(one);
        }
    }
}

impl Violation {
    /// Whoever must sign on with a company is told so once.
    fn makes_needless(&self, other: &Self) -> bool {
        self.code == SIGN_ON_NEEDED && other.code == SIGN_ON_NEEDED
    }
}

fn existing<D>(
    found: Result<DocumentRecord<D>, ConfigError>,
) -> Result<Option<DocumentRecord<D>>, ConfigError> {
    match found {
        Ok(record) => Ok(Some(record)),
        Err(ConfigError::NotFound) => Ok(None),
        Err(other) => Err(other),
    }
}

impl CheckedChannel {
    /// Whether what its connections need is another than before; what was told of their health then says nothing.
    fn reaches_its_company_anew(&self, before: &ChannelRecord) -> bool {
        let mut changes = self.secrets.iter().map(|(_, change)| change);
        self.settings != before.settings
            || changes.any(|change| !matches!(change, SecretChange::Keep))
    }

    /// Everything that the channel points to.
    fn links(&self) -> Vec<Link> {
        let mut links = self.settings.links();
        links.push(destination_link(&self.destination));
        links
    }
}

/// A secret that the settings do not use, or the lack of one that they need.
fn secret_violations(checked: &CheckedDraft, stored: &BTreeSet<SecretName>) -> Vec<Violation> {
    let usable = checked.usable;
    let is_usable = |name| usable.iter().any(|(usable, _)| *usable == name);
    let mut violations: Vec<Violation> = checked
        .secrets
        .iter()
        .filter(|(name, change)| matches!(change, SecretChange::Set(_)) && !is_usable(*name))
        .map(|(name, _)| {
            let message = "the provider does not use it";
            Violation::new(name.field(), "not_for_this_provider", message)
        })
        .collect();
    let change_of = |name| checked.secrets.iter().find(|(changed, _)| *changed == name);
    for (name, _) in usable.iter().filter(|(_, required)| *required) {
        let present = match change_of(*name) {
            Some((_, SecretChange::Set(_))) => true,
            Some((_, SecretChange::Clear)) => false,
            Some((_, SecretChange::Keep)) | None => stored.contains(name),
        };
        if !present {
            violations.push(name.missing());
        }
    }
    violations
}

impl SecretName {
    /// The violation of a channel that lacks it.
    pub(super) fn missing(self) -> Violation {
        let (code, message) = match self {
            Self::RefreshToken | Self::PageAccessToken => {
                (SIGN_ON_NEEDED, "sign on with the company first, or give it")
            }
            _ => ("required", "nothing can be sent without it"),
        };
        Violation::new(self.field(), code, message)
    }
}

fn cell(name: SecretName, channel: &[u8]) -> Cell<'_> {
    named_cell(name.as_str(), channel)
}

pub(super) const fn named_cell<'a>(name: &'a str, channel: &'a [u8]) -> Cell<'a> {
    Cell {
        table: SECRETS_TABLE,
        column: name,
        row: channel,
    }
}

const fn columns(destination: Destination) -> (Option<Uuid>, Option<Uuid>) {
    match destination {
        Destination::Queue(queue) => (Some(queue.0), None),
        Destination::Chatbot(chatbot) => (None, Some(chatbot.0)),
    }
}

fn json(value: &impl Serialize) -> Result<String, ConfigError> {
    serde_json::to_string(value).map_err(|source| ConfigError::Unreadable {
        what: "channel",
        source,
    })
}

#[derive(sqlx::FromRow)]
struct Sealed {
    channel: Uuid,
    name: String,
    sealed: Vec<u8>,
}

fn open(vault: &Vault, sealed: &[Sealed]) -> Result<ChannelSecrets, ConfigError> {
    let mut secrets = ChannelSecrets::default();
    for secret in sealed {
        let name: SecretName = from_word("secret", &secret.name)?;
        let text = vault.open_text(cell(name, secret.channel.as_bytes()), &secret.sealed)?;
        match name {
            SecretName::AccessToken => secrets.access_token = Some(text),
            SecretName::ApiKey => secrets.api_key = Some(text),
            SecretName::WebhookSecret => secrets.webhook_secret = Some(text),
            SecretName::ImapPassword => secrets.imap_password = Some(text),
            SecretName::SmtpPassword => secrets.smtp_password = Some(text),
            SecretName::RefreshToken => secrets.refresh_token = Some(text),
            SecretName::PageAccessToken => secrets.page_access_token = Some(text),
            SecretName::BroughtToken => secrets.brought_token = Some(text),
            SecretName::WebhookHeaders => {
                secrets.webhook_headers =
                    serde_json::from_str(text.expose_secret()).map_err(|source| {
                        ConfigError::Unreadable {
                            what: "secret",
                            source,
                        }
                    })?;
            }
        }
    }
    Ok(secrets)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant: u32,
    key: String,
    name: String,
    address: String,
    queue: Option<Uuid>,
    chatbot: Option<Uuid>,
    language: Option<String>,
    auto_replies: String,
    settings: String,
    state: String,
    degraded_reason: Option<String>,
    sign_in_required: bool,
    pending_deletion_until: Option<i64>,
    created_at: i64,
    updated_at: i64,
    revision: i64,
    secrets: String,
}

impl Row {
    fn record(self) -> Result<ChannelRecord, ConfigError> {
        let unreadable = |source| ConfigError::Unreadable {
            what: "channel",
            source,
        };
        let destination = match (self.queue, self.chatbot) {
            (Some(queue), _) => Destination::Queue(QueueId(queue)),
            (None, chatbot) => Destination::Chatbot(ChatbotId(chatbot.unwrap_or_default())),
        };
        Ok(ChannelRecord {
            id: ChannelId(self.id),
            tenant: TenantId(self.tenant),
            key: self.key,
            name: self.name,
            address: self.address,
            destination,
            language: self
                .language
                .map(|language| from_word("language", &language))
                .transpose()?,
            auto_replies: serde_json::from_str(&self.auto_replies).map_err(unreadable)?,
            settings: serde_json::from_str(&self.settings).map_err(unreadable)?,
            state: from_word("channel", &self.state)?,
            health: match (self.degraded_reason, self.sign_in_required) {
                (Some(reason), true) => ChannelHealth::SignInRequired { reason },
                (Some(reason), false) => ChannelHealth::Degraded { reason },
                (None, _) => ChannelHealth::Healthy,
            },
            pending_deletion_until: self.pending_deletion_until.map(Timestamp),
            secrets: serde_json::from_str(&self.secrets).map_err(unreadable)?,
            created_at: Timestamp(self.created_at),
            updated_at: Timestamp(self.updated_at),
            revision: unsigned(self.revision),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::word;
    use super::*;

    #[test]
    fn stored_words_are_the_ones_of_the_api() {
        assert_eq!(word(&ChannelState::Deleted), "deleted");
        for name in SecretName::ALL {
            assert_eq!(word(&name), name.as_str());
        }
    }
}
