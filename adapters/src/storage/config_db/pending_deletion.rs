//! The deletion of a WhatsApp channel: it works on until the month ends, in the tenant's time zone, and can be taken back
//! until then.
//!
//! What must stay true: the deadline is stored with the confirmation, so a restart changes nothing; the deletion itself
//! happens once, because it is a change of a channel that is still active; and what a company says of a deletion stays in
//! the trail, whether or not it changed anything here.

use ecluse_engine::ids::{ChannelId, TenantId};
use ecluse_engine::message::{ChannelKind, Timestamp};
use futures_util::FutureExt as _;
use jiff::tz::TimeZone;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::audit::Action;
use super::channel::ChannelRecord;
use super::document::{self, DocumentRecord};
use super::settings::SettingsBody;
use super::{Change, ConfigDb, ConfigError, Editor, channels, sql, word};

/// What the company that carries a number says of its deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionNews {
    /// The client has given the number up.
    Scheduled,
    /// It was brought back.
    TakenBack,
}

/// What news of a deletion lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Schedule,
    TakeBack,
    /// The channel is so already; who hears of the number later must know what was said.
    Note,
}

impl DeletionNews {
    /// `said` is what the company said last. A number that it did not give up it cannot bring back: that it runs is no news.
    const fn step(self, said: Option<Self>, is_pending: bool) -> Option<Step> {
        match (self, said, is_pending) {
            (Self::Scheduled, _, false) => Some(Step::Schedule),
            (Self::TakenBack, Some(Self::Scheduled), true) => Some(Step::TakeBack),
            (Self::Scheduled, Some(Self::Scheduled), true)
            | (Self::TakenBack, Some(Self::TakenBack) | None, _) => None,
            (Self::Scheduled, Some(Self::TakenBack) | None, true)
            | (Self::TakenBack, Some(Self::Scheduled), false) => Some(Step::Note),
        }
    }

    const fn action(self) -> Action {
        match self {
            Self::Scheduled => Action::DeletionScheduled,
            Self::TakenBack => Action::Reactivated,
        }
    }
}

/// The end of the last second of the month of `now` (23:59:59, R129): the first instant of the next month. What people read is
/// that last second, [`ChannelRecord::last_second`].
fn end_of_month(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let local = jiff::Timestamp::from_microsecond(now.0)
        .unwrap_or_default()
        .to_zoned(zone.clone());
    let next = local
        .datetime()
        .date()
        .first_of_month()
        .saturating_add(jiff::Span::new().months(1))
        .to_zoned(zone.clone());
    next.map_or(now, |next| Timestamp(next.timestamp().as_microsecond()))
}

impl ConfigDb {
    /// Deletes a channel as its kind asks for: at once, or at the end of the month.
    ///
    /// # Errors
    /// A newer revision, or no such channel.
    pub async fn retire_channel(
        &self,
        editor: &Editor,
        id: ChannelId,
        expected: Option<u64>,
    ) -> Result<Option<ChannelRecord>, ConfigError> {
        self.change(editor, move |change| {
            change.retire_channel(id, expected).boxed()
        })
        .await
    }

    /// Takes a pending deletion back.
    ///
    /// # Errors
    /// [`ConfigError::NotPending`], a newer revision, or no such channel.
    pub async fn reactivate_channel(
        &self,
        editor: &Editor,
        id: ChannelId,
        expected: Option<u64>,
    ) -> Result<ChannelRecord, ConfigError> {
        self.change(editor, move |change| {
            change.reactivate_channel(id, expected).boxed()
        })
        .await
    }

    /// Has a channel follow what its company, which is the editor, says of its number's deletion: whoever scheduled it here,
    /// it is taken back when a number that was given up there runs again. What is no news changes nothing.
    ///
    /// # Errors
    /// The channel is deleted, there is none, or the database cannot be read or written.
    pub async fn follow_deletion(
        &self,
        editor: &Editor,
        id: ChannelId,
        news: DeletionNews,
    ) -> Result<(), ConfigError> {
        let mut conn = self.read().await?;
        let channel = channels::read(&mut conn, editor.tenant, id).await?;
        let channel = channel.ok_or(ConfigError::NotFound)?;
        let said = said_last(&mut conn, editor, id).await?;
        drop(conn);
        let is_pending = channel.pending_deletion_until.is_some();
        if news.step(said, is_pending).is_none() {
            return Ok(());
        }
        self.change(editor, move |change| {
            change.follow_deletion(id, news).boxed()
        })
        .await
    }

    /// Deletes what is due now, and says when the next deadline is.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn delete_due_channels(&self) -> Result<Option<Timestamp>, ConfigError> {
        let next = self.next_deadline().await?;
        let now = self.now();
        if next.is_none_or(|next| next > now) {
            return Ok(next);
        }
        let due: Vec<(u32, Uuid)> = sqlx::query_as(sql::CHANNELS_DUE)
            .bind(now.0)
            .fetch_all(&mut *self.read().await?)
            .await?;
        for (tenant, id) in due {
            let editor = Editor::system(TenantId(tenant));
            let deleted = self.change(&editor, move |change| {
                change.delete_if_due(ChannelId(id)).boxed()
            });
            deleted.await?;
        }
        self.next_deadline().await
    }

    async fn next_deadline(&self) -> Result<Option<Timestamp>, ConfigError> {
        let next: Option<i64> = sqlx::query_scalar(sql::CHANNEL_NEXT_DUE)
            .fetch_one(&mut *self.read().await?)
            .await?;
        Ok(next.map(Timestamp))
    }
}

/// What an editor said last of a channel's deletion.
async fn said_last(
    conn: &mut SqliteConnection,
    editor: &Editor,
    id: ChannelId,
) -> Result<Option<DeletionNews>, ConfigError> {
    let action: Option<String> = sqlx::query_scalar(sql::AUDIT_LAST_OF_DELETION)
        .bind(editor.tenant.0)
        .bind(id.0)
        .bind(editor.stored().0)
        .bind(editor.name.clone())
        .fetch_optional(conn)
        .await?;
    let news = [DeletionNews::Scheduled, DeletionNews::TakenBack];
    let mut news = news.into_iter();
    Ok(action.and_then(|action| news.find(|news| word(&news.action()) == action)))
}

impl Change {
    async fn follow_deletion(
        &mut self,
        id: ChannelId,
        news: DeletionNews,
    ) -> Result<(), ConfigError> {
        let editor = self.editor.clone();
        let said = said_last(self.conn(), &editor, id).await?;
        let before = self.live_channel(id, None).await?;
        match news.step(said, before.pending_deletion_until.is_some()) {
            Some(Step::Schedule) => self.retire_channel(id, None).await.map(drop),
            Some(Step::TakeBack) => self.reactivate_channel(id, None).await.map(drop),
            Some(Step::Note) => {
                let as_it_is = Some(&before);
                self.audit_channel(news.action(), as_it_is, as_it_is, &[])
                    .await
            }
            None => Ok(()),
        }
    }

    /// Deletes a channel as its kind asks for: at once, or at the end of the month. Repeated, it changes nothing.
    ///
    /// # Errors
    /// A newer revision, or no such channel.
    pub async fn retire_channel(
        &mut self,
        id: ChannelId,
        expected: Option<u64>,
    ) -> Result<Option<ChannelRecord>, ConfigError> {
        let before = self.live_channel(id, expected).await?;
        if before.settings.kind() != ChannelKind::Whatsapp {
            self.delete_channel(id, expected).await?;
            return Ok(None);
        }
        if before.pending_deletion_until.is_some() {
            return Ok(Some(before));
        }
        let zone = self.time_zone().await?;
        let until = end_of_month(self.at, &zone);
        self.set_pending(&before, Some(until), Action::DeletionScheduled)
            .await
            .map(Some)
    }

    /// Takes a pending deletion back.
    ///
    /// # Errors
    /// [`ConfigError::NotPending`], a newer revision, or no such channel.
    pub async fn reactivate_channel(
        &mut self,
        id: ChannelId,
        expected: Option<u64>,
    ) -> Result<ChannelRecord, ConfigError> {
        let before = self.live_channel(id, expected).await?;
        if before.pending_deletion_until.is_none() {
            return Err(ConfigError::NotPending);
        }
        self.set_pending(&before, None, Action::Reactivated).await
    }

    async fn time_zone(&mut self) -> Result<TimeZone, ConfigError> {
        let tenant = self.tenant();
        let settings: Option<DocumentRecord<SettingsBody>> =
            document::read_only(self.conn(), tenant).await?;
        let name = settings.map(|settings| settings.body.time_zone);
        let zone = name.and_then(|name| TimeZone::get(&name).ok());
        Ok(zone.unwrap_or(TimeZone::UTC))
    }

    async fn delete_if_due(&mut self, id: ChannelId) -> Result<(), ConfigError> {
        let channel = self.channel(id).await?;
        let is_due = channel
            .pending_deletion_until
            .is_some_and(|until| until <= self.at);
        match is_due {
            true => self.delete_channel(id, None).await,
            false => Ok(()),
        }
    }

    async fn set_pending(
        &mut self,
        before: &ChannelRecord,
        until: Option<Timestamp>,
        action: Action,
    ) -> Result<ChannelRecord, ConfigError> {
        let (at, revision) = (self.at.0, self.revision());
        sqlx::query(sql::CHANNEL_PENDING)
            .bind(before.id.0)
            .bind(until.map(|until| until.0))
            .bind(at)
            .bind(revision)
            .execute(self.conn())
            .await?;
        let after = self.channel(before.id).await?;
        self.audit_channel(action, Some(before), Some(&after), &[])
            .await?;
        Ok(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let at: jiff::Timestamp = text.parse().unwrap();
        Timestamp(at.as_microsecond())
    }

    #[test]
    fn a_company_takes_back_what_it_knew_of_and_what_it_says_again_is_no_news() {
        use DeletionNews::{Scheduled, TakenBack};
        let rows = [
            (Scheduled, None, false, Some(Step::Schedule)),
            (Scheduled, Some(Scheduled), false, Some(Step::Schedule)),
            (Scheduled, None, true, Some(Step::Note)),
            (Scheduled, Some(TakenBack), true, Some(Step::Note)),
            (Scheduled, Some(Scheduled), true, None),
            (TakenBack, Some(Scheduled), true, Some(Step::TakeBack)),
            (TakenBack, Some(Scheduled), false, Some(Step::Note)),
            (TakenBack, Some(TakenBack), true, None),
            (TakenBack, None, true, None),
        ];
        for (news, said, is_pending, step) in rows {
            let found = news.step(said, is_pending);
            assert_eq!(found, step, "{news:?} after {said:?}, {is_pending}");
        }
    }

    #[test]
    fn the_month_ends_where_the_tenant_is() {
        let rows = [
            ("UTC", "2026-11-26T12:00:00Z", "2026-12-01T00:00:00Z"),
            (
                "Europe/Paris",
                "2026-11-30T22:59:59Z",
                "2026-11-30T23:00:00Z",
            ),
            (
                "Europe/Paris",
                "2026-11-30T23:00:00Z",
                "2026-12-31T23:00:00Z",
            ),
            (
                "America/New_York",
                "2026-12-31T23:30:00Z",
                "2027-01-01T05:00:00Z",
            ),
            (
                "Pacific/Auckland",
                "2026-01-31T10:59:59Z",
                "2026-01-31T11:00:00Z",
            ),
            ("UTC", "2028-02-29T23:59:59Z", "2028-03-01T00:00:00Z"),
        ];
        for (zone, now, end) in rows {
            let zone = TimeZone::get(zone).unwrap();
            assert_eq!(end_of_month(at(now), &zone), at(end), "{now} {zone:?}");
        }
    }
}
