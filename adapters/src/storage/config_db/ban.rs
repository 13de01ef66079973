//! Who may not write: people's decisions, and those of the abuse limits.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ecluse_engine::configuration::Banned;
use ecluse_engine::ids::{Address, TenantId};
use ecluse_engine::message::{ChannelKind, Timestamp};
use futures_util::FutureExt as _;
use serde::Serialize;
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::alert::AlertFacts;
use super::audit::{Action, Resource};
use super::text_check::{check_email, email_key, required, too_long};
use super::violation::tell_besides;
use super::{Change, ConfigDb, ConfigError, Editor, Page, Violation, from_word, sql, unsigned};
use crate::sms::number::{NumberError, PhoneNumber};

const ADDRESS_LENGTH_MAX: usize = 254;
const REASON_LENGTH_MAX: usize = 500;
const VISITOR_ID_BYTES: usize = 16;
const PAGE_SCOPED_ID_LENGTH_MAX: usize = 20;
const SHORT_CODE_DIGITS: std::ops::RangeInclusive<usize> = 3..=8;
/// The longest sender that is no number (GSM 03.40, 9.1.2.5).
const SENDER_LENGTH_MAX: usize = 11;

/// A ban that holds, or held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BanRecord {
    pub id: Uuid,
    pub tenant: TenantId,
    pub kind: ChannelKind,
    /// The customer's address on channels of the kind.
    pub address: String,
    pub reason: String,
    /// A person, a key, or the system.
    pub banned_by: String,
    pub since: Timestamp,
    /// `None` is until somebody lifts it.
    pub until: Option<Timestamp>,
    pub lifted_at: Option<Timestamp>,
    pub revision: u64,
}

/// A ban as somebody asks for it.
#[derive(Clone, Debug)]
pub struct BanDraft {
    pub kind: ChannelKind,
    pub address: String,
    pub reason: String,
    pub until: Option<Timestamp>,
}

impl BanDraft {
    /// The ban with the address as the conversations of its kind have it: whoever is banned is compared letter by letter.
    fn canonical(self) -> Result<Self, Violation> {
        let address = canonical(self.kind, self.address.trim())?;
        Ok(Self { address, ..self })
    }

    fn check(&mut self, now: Timestamp) -> Vec<Violation> {
        let mut violations = Vec::new();
        self.address = self.address.trim().to_owned();
        self.reason = self.reason.trim().to_owned();
        if self.address.is_empty() {
            violations.push(required("address"));
        }
        if self.address.len() > ADDRESS_LENGTH_MAX {
            violations.push(too_long("address", ADDRESS_LENGTH_MAX));
        }
        if self.reason.chars().count() > REASON_LENGTH_MAX {
            violations.push(too_long("reason", REASON_LENGTH_MAX));
        }
        if self.until.is_some_and(|until| until <= now) {
            violations.push(Violation::new(
                "until",
                "in_the_past",
                "must be later than now",
            ));
        }
        violations
    }
}

/// An address as the providers of a kind write it.
fn canonical(kind: ChannelKind, text: &str) -> Result<String, Violation> {
    let no_number =
        |error: NumberError| Violation::new("address", "invalid_number", error.to_string());
    Ok(match kind {
        ChannelKind::LiveChat if is_visitor_id(text) => text.to_owned(),
        ChannelKind::LiveChat => {
            let message = "must be a visitor's id, 22 letters, digits, hyphens and underscores, as the contact's identities have it";
            return Err(Violation::new("address", "invalid_visitor", message));
        }
        ChannelKind::Facebook if is_page_scoped_id(text) => text.to_owned(),
        ChannelKind::Facebook => {
            let message = "must be the customer's id on the page, which has digits only";
            return Err(Violation::new("address", "invalid_psid", message));
        }
        ChannelKind::Email if text.contains('*') => {
            let message = "must be one address, no pattern";
            return Err(Violation::new("address", "invalid_email", message));
        }
        ChannelKind::Email => {
            let address = email_key(text);
            check_email("address", &address).map_or(Ok(address), Err)?
        }
        // Meta's id of a customer: the digits of the number, which is not in every country the one that is dialled.
        ChannelKind::Whatsapp if is_whatsapp_id(text) => text.to_owned(),
        ChannelKind::Whatsapp => {
            let number = PhoneNumber::parse(text, None).map_err(no_number)?;
            number.digits().to_owned()
        }
        ChannelKind::Sms => sms_sender(text)?,
    })
}

/// A number, or what else a text message comes from: a short code, or words.
fn sms_sender(text: &str) -> Result<String, Violation> {
    let error = match PhoneNumber::parse(text, None) {
        Ok(number) => return Ok(number.as_str().to_owned()),
        Err(error) => error,
    };
    let digits: String = text.split_whitespace().collect();
    if is_short_code(&digits) {
        return Ok(digits);
    }
    if is_sender_of_words(text) {
        return Ok(text.to_owned());
    }
    let message = match error {
        NumberError::Letters | NumberError::ShortCode | NumberError::NotANumber => format!(
            "must be a number with + and its country code, a short code of {} to {} digits, or a sender's name: up to \
             {SENDER_LENGTH_MAX} letters, digits, spaces and & . - _",
            SHORT_CODE_DIGITS.start(),
            SHORT_CODE_DIGITS.end()
        ),
        other => other.to_string(),
    };
    Err(Violation::new("address", "invalid_number", message))
}

fn is_short_code(text: &str) -> bool {
    SHORT_CODE_DIGITS.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0')
}

/// Whether it is such a name as operators let senders have in place of a number.
fn is_sender_of_words(text: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '&' | '.' | '-' | '_');
    text.chars().count() <= SENDER_LENGTH_MAX
        && text.chars().all(allowed)
        && text.chars().any(char::is_alphabetic)
        && !text.starts_with("00")
}

/// Whether it is such an id as a visitor of a live chat is drawn.
fn is_visitor_id(text: &str) -> bool {
    let id = BASE64_URL_SAFE_NO_PAD.decode(text);
    id.is_ok_and(|id| id.len() == VISITOR_ID_BYTES)
}

fn is_page_scoped_id(text: &str) -> bool {
    text.len() <= PAGE_SCOPED_ID_LENGTH_MAX && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_whatsapp_id(text: &str) -> bool {
    (7..=15).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_digit())
        && !text.starts_with('0')
}

impl BanRecord {
    pub(super) fn banned(&self) -> Banned {
        Banned {
            tenant: self.tenant,
            kind: self.kind,
            address: Address::from(self.address.as_str()),
        }
    }
}

impl ConfigDb {
    /// The bans that hold, in the order in which they began.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn bans(&self, tenant: TenantId, page: Page) -> Result<Vec<BanRecord>, ConfigError> {
        let rows: Vec<Row> = sqlx::query_as(sql::BAN_PAGE)
            .bind(tenant.0)
            .bind(page.after.unwrap_or_default())
            .bind(page.limit)
            .bind(self.now().0)
            .fetch_all(&mut *self.read().await?)
            .await?;
        rows.into_iter().map(Row::record).collect()
    }

    /// As [`ConfigDb::bans`], the newest first: those before one.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn newest_bans(
        &self,
        tenant: TenantId,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<BanRecord>, ConfigError> {
        let rows: Vec<Row> = sqlx::query_as(sql::BAN_PAGE_BACK)
            .bind(tenant.0)
            .bind(before.unwrap_or(Uuid::max()))
            .bind(limit)
            .bind(self.now().0)
            .fetch_all(&mut *self.read().await?)
            .await?;
        rows.into_iter().map(Row::record).collect()
    }

    /// One ban that was not lifted.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn ban(&self, tenant: TenantId, id: Uuid) -> Result<Option<BanRecord>, ConfigError> {
        let row: Option<Row> = sqlx::query_as(sql::BAN_READ)
            .bind(tenant.0)
            .bind(id)
            .fetch_optional(&mut *self.read().await?)
            .await?;
        row.map(Row::record).transpose()
    }

    /// Bans an address.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`]; an address that is banned already is one of them.
    pub async fn add_ban(
        &self,
        editor: &Editor,
        draft: BanDraft,
    ) -> Result<BanRecord, ConfigError> {
        self.change(editor, move |change| change.add_ban(draft).boxed())
            .await
    }

    /// Bans an address by the system's own decision, as it is, and raises an alert that tells it.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`]; an address that is banned already is one of them.
    pub async fn ban_and_alert(
        &self,
        tenant: TenantId,
        draft: BanDraft,
    ) -> Result<BanRecord, ConfigError> {
        self.change(&Editor::system(tenant), move |change| {
            async move {
                let ban = change.write_ban(draft).await?;
                let facts = AlertFacts::SenderBanned {
                    channel_kind: ban.kind,
                    address: ban.address.clone(),
                    reason: ban.reason.clone(),
                    until: ban.until,
                };
                change.raise_alert(tenant, &facts).await?;
                Ok(ban)
            }
            .boxed()
        })
        .await
    }

    /// Lifts a ban.
    ///
    /// # Errors
    /// No such ban.
    pub async fn lift_ban(&self, editor: &Editor, id: Uuid) -> Result<(), ConfigError> {
        self.change(editor, move |change| change.lift_ban(id).boxed())
            .await
    }

    /// Lifts the bans whose time is over, so that no snapshot carries them for ever.
    pub(super) async fn lift_bans_that_are_over(&self) -> Result<(), ConfigError> {
        let are_over: bool = sqlx::query_scalar(sql::BANS_ARE_OVER)
            .bind(self.now().0)
            .fetch_one(&mut *self.read().await?)
            .await?;
        if !are_over {
            return Ok(());
        }
        let system = Editor::system(TenantId::DEFAULT);
        self.change(&system, |change| change.lift_bans_that_are_over().boxed())
            .await
    }
}

impl Change {
    /// Bans an address, written as people write it.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`]; an address that is banned already is one of them.
    pub async fn add_ban(&mut self, mut draft: BanDraft) -> Result<BanRecord, ConfigError> {
        let mut violations = draft.check(self.at);
        if violations.iter().all(|found| found.field != "address") {
            match draft.clone().canonical() {
                Ok(canonical) => draft = canonical,
                Err(violation) => violations.insert(0, violation),
            }
        }
        self.put_ban(draft, violations).await
    }

    async fn write_ban(&mut self, mut draft: BanDraft) -> Result<BanRecord, ConfigError> {
        let violations = draft.check(self.at);
        self.put_ban(draft, violations).await
    }

    /// Writes a ban, unless it is refused by itself or for the one that holds.
    async fn put_ban(
        &mut self,
        draft: BanDraft,
        mut violations: Vec<Violation>,
    ) -> Result<BanRecord, ConfigError> {
        let held: Option<Row> = sqlx::query_as(sql::BAN_HELD)
            .bind(self.tenant().0)
            .bind(draft.kind.as_str())
            .bind(draft.address.clone())
            .fetch_optional(self.conn())
            .await?;
        let holds = |held: &Row| held.until.is_none_or(|until| until > self.at.0);
        if held.as_ref().is_some_and(holds) {
            let taken = Violation::new("address", "taken", "is banned already");
            tell_besides(&mut violations, vec![taken]);
        }
        ConfigError::refuse(violations)?;
        if let Some(held) = held {
            self.end_ban(held.id).await?;
        }
        let id = self.new_id();
        sqlx::query(sql::BAN_ADD)
            .bind(id)
            .bind(self.tenant().0)
            .bind(draft.kind.as_str())
            .bind(draft.address)
            .bind(draft.reason)
            .bind(self.editor.name.clone())
            .bind(self.at.0)
            .bind(draft.until.map(|until| until.0))
            .bind(self.revision())
            .execute(self.conn())
            .await?;
        let after = self.ban(id).await?;
        self.audit((Resource::Ban, id), Action::Created, None, Some(&after))
            .await?;
        Ok(after)
    }

    async fn lift_ban(&mut self, id: Uuid) -> Result<(), ConfigError> {
        let before = self.ban(id).await?;
        self.end_ban(id).await?;
        self.audit((Resource::Ban, id), Action::Lifted, Some(&before), None)
            .await
    }

    /// Lifts the bans whose time is over, as was decided when they began.
    async fn lift_bans_that_are_over(&mut self) -> Result<(), ConfigError> {
        let (at, revision) = (self.at.0, self.revision());
        let lift = sqlx::query(sql::BANS_LIFT_OVER).bind(at).bind(revision);
        lift.execute(self.conn()).await?;
        Ok(())
    }

    async fn end_ban(&mut self, id: Uuid) -> Result<(), ConfigError> {
        let (at, revision) = (self.at.0, self.revision());
        let lift = sqlx::query(sql::BAN_LIFT).bind(id).bind(at).bind(revision);
        lift.execute(self.conn()).await?;
        Ok(())
    }

    async fn ban(&mut self, id: Uuid) -> Result<BanRecord, ConfigError> {
        let tenant = self.tenant().0;
        let row: Option<Row> = sqlx::query_as(sql::BAN_READ)
            .bind(tenant)
            .bind(id)
            .fetch_optional(self.conn())
            .await?;
        row.ok_or(ConfigError::NotFound)?.record()
    }
}

/// The bans that changed after a revision, in the order of their changes; lifted ones too, unless it is the first.
pub(super) async fn since(
    conn: &mut SqliteConnection,
    revision: i64,
) -> Result<Vec<BanRecord>, ConfigError> {
    let rows: Vec<Row> = sqlx::query_as(sql::BAN_SINCE)
        .bind(revision)
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Row::record).collect()
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant: u32,
    kind: String,
    address: String,
    reason: String,
    banned_by: String,
    since: i64,
    until: Option<i64>,
    lifted_at: Option<i64>,
    revision: i64,
}

impl Row {
    fn record(self) -> Result<BanRecord, ConfigError> {
        Ok(BanRecord {
            id: self.id,
            tenant: TenantId(self.tenant),
            kind: from_word("ban", &self.kind)?,
            address: self.address,
            reason: self.reason,
            banned_by: self.banned_by,
            since: Timestamp(self.since),
            until: self.until.map(Timestamp),
            lifted_at: self.lifted_at.map(Timestamp),
            revision: unsigned(self.revision),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_as_the_conversations_of_its_kind_have_it() {
        use ChannelKind::{Email, Facebook, LiveChat, Sms, Whatsapp};
        let rows = [
            (Whatsapp, "+33 6 12 34 56 78", Ok("33612345678")),
            (Whatsapp, "33612345678", Ok("33612345678")),
            (Whatsapp, "+33 (0)6 12 34 56 78", Ok("33612345678")),
            (Whatsapp, "5215512345678", Ok("5215512345678")),
            (Whatsapp, "0612345678", Err("invalid_number")),
            (Whatsapp, "nobody", Err("invalid_number")),
            (Sms, "33 6 12 34 56 78", Ok("+33612345678")),
            (Sms, "+33612345678", Ok("+33612345678")),
            (Sms, "36789", Ok("36789")),
            (Sms, "MyBank", Ok("MyBank")),
            (Sms, "A&B Bank 24", Ok("A&B Bank 24")),
            (Sms, "38 000", Ok("38000")),
            (Sms, "0612345678", Err("invalid_number")),
            (Sms, "+33612345678x", Err("invalid_number")),
            (Sms, "tel:+33612345699", Err("invalid_number")),
            (Sms, "0033Bank", Err("invalid_number")),
            (Sms, "MyBankOfParis", Err("invalid_number")),
            (Sms, "12", Err("invalid_number")),
            (Sms, "+1", Err("invalid_number")),
            (Email, "*@example.com", Err("invalid_email")),
            (
                Email,
                "Ada.Lovelace+Chat@Example.COM",
                Ok("ada.lovelace+chat@example.com"),
            ),
            (Email, "ada@bücher.example", Ok("ada@xn--bcher-kva.example")),
            (Email, "ada", Err("invalid_email")),
            (
                LiveChat,
                "q83vEjRWeJCrze8SNFZ4kA",
                Ok("q83vEjRWeJCrze8SNFZ4kA"),
            ),
            (LiveChat, "q83vEjRWeJCrze8SNFZ4k", Err("invalid_visitor")),
            (LiveChat, "q83vEjRWeJCrze8SNFZ4kB", Err("invalid_visitor")),
            (LiveChat, "q83vEjRWeJCrze8S NFZ4kA", Err("invalid_visitor")),
            (LiveChat, "ada@example.com", Err("invalid_visitor")),
            (Facebook, "8912345678901234", Ok("8912345678901234")),
            (Facebook, "ada.lovelace", Err("invalid_psid")),
            (Facebook, "123456789012345678901", Err("invalid_psid")),
        ];
        for (kind, typed, expected) in rows {
            let kept = canonical(kind, typed).map_err(|refused| refused.code);
            assert_eq!(kept, expected.map(str::to_owned), "{kind:?} {typed}");
        }
    }
}
