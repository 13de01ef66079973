//! What only the database knows of a channel: whose its addresses are, and whether what it points to exists and serves it.
//!
//! What must stay true: everything that is wrong is told at once, and a field is refused for one reason; of another tenant's
//! channel nothing is told but that it has the address.

use ecluse_engine::ids::{ChannelId, TenantId};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::Resource;
use super::channel::{ChannelRecord, ChannelSettings, ChannelState};
use super::channel_check::{CheckedChannel, CheckedDraft, check};
use super::channel_draft::ChannelDraft;
use super::claim::Claim;
use super::document::{Document, DocumentRecord};
use super::form::FormBody;
use super::sms_trunk::SmsTrunkBody;
use super::violation::{InTheWay, tell_besides};
use super::{Change, ConfigDb, ConfigError, Violation, channel_secrets, channels, sql};

impl ConfigDb {
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
            Some((tenant, id)) => channels::read(&mut conn, TenantId(tenant), ChannelId(id)).await,
            None => Ok(None),
        }
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

/// The claims that another channel than `own` holds. Of another tenant's channel nothing more is told.
async fn taken(
    conn: &mut SqliteConnection,
    tenant: TenantId,
    claims: &[Claim],
    own: ChannelId,
) -> Result<Vec<Violation>, ConfigError> {
    let asked: Vec<_> = claims.iter().map(Claim::place).collect();
    let holders: Vec<Holder> = sqlx::query_as(sql::ADDRESSES_TAKEN)
        .bind(channels::json(&asked)?)
        .bind(own.0)
        .fetch_all(conn)
        .await?;
    let violation = |claim: &Claim| {
        let holder = holders.iter().find(|holder| holder.has(claim))?;
        Some(holder.violation(claim, tenant))
    };
    Ok(claims.iter().filter_map(violation).collect())
}

/// Whose an address is.
#[derive(sqlx::FromRow)]
struct Holder {
    scope: String,
    address: String,
    tenant: u32,
    name: String,
    pending_deletion_until: Option<i64>,
}

impl Holder {
    fn has(&self, claim: &Claim) -> bool {
        (self.scope.as_str(), self.address.as_str()) == claim.place()
    }

    fn violation(&self, claim: &Claim, tenant: TenantId) -> Violation {
        let field = claim.field.clone();
        if self.tenant != tenant.0 {
            return Violation::new(field, "taken", "is already connected to a channel");
        }
        match self.pending_deletion_until {
            Some(until) => {
                let last_second = until.saturating_sub(1_000_000);
                let until = jiff::Timestamp::from_microsecond(last_second).unwrap_or_default();
                let message = format!(
                    "is of a channel that works until {until} and is deleted then; reactivate that one, or wait"
                );
                Violation::new(field, "pending_deletion", message)
            }
            None => {
                let message = format!("is already connected to the channel “{}”", self.name);
                Violation::new(field, "taken", message).held_by(self.name.as_str())
            }
        }
    }
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

impl Change {
    /// The channel to store, or all that is wrong with it: by itself, and by what only the database knows.
    pub(super) async fn looked_up(
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
        violations.extend(taken(self.conn(), tenant, &checked.claims, id).await?);
        let resource = (Resource::Channel, id.0);
        violations.extend(self.key_violation(resource, checked.key.as_deref()).await?);
        let stored = before.map(|before| before.secrets.clone());
        violations.extend(channel_secrets::violations(
            checked,
            &stored.unwrap_or_default(),
        ));
        if let Some(before) = before {
            violations.extend(channel_secrets::elsewhere(checked, before));
        }
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
        let tenant = self.tenant();
        for channel in channels::pointing_to(self.conn(), tenant, id).await? {
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
