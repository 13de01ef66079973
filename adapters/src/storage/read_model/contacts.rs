//! Contacts with their identities, and the dead letters.

use std::collections::HashMap;

use ecluse_engine::ids::{ContactId, ConversationKey, TenantId};
use ecluse_engine::message::{ChannelKind, ProviderError, Timestamp};
use ecluse_engine::store::StoreError;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use uuid::Uuid;

use super::ReadModel;
use super::engine::{json_from, key_at, uuid_at};
use crate::storage::projector::rows::kind_of;

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRow {
    pub id: ContactId,
    pub name: Option<String>,
    /// An address that a visitor typed; it proves nothing.
    pub typed_email: Option<String>,
    pub created_at: Timestamp,
    pub identities: Vec<Identity>,
}

/// One address of a customer on one kind of channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub kind: ChannelKind,
    pub address: String,
    /// The provider says that nobody is reached there, and nothing has come from there since.
    pub unreachable: Option<Unreachable>,
}

/// A provider's word that an address reaches nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    pub since: Timestamp,
    pub error: ProviderError,
}

/// A message that could not be handled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetterRow {
    pub id: i64,
    pub at: Timestamp,
    /// The conversation's key, if the letter was for one.
    pub key: Option<ConversationKey>,
    pub cause: String,
    /// What it was, as JSON.
    pub letter: String,
}

impl ReadModel {
    /// One contact of a tenant.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn contact(
        &self,
        tenant: TenantId,
        id: ContactId,
    ) -> Result<Option<ContactRow>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached("SELECT id, name, email, created_at FROM contacts WHERE id = ?1 AND tenant = ?2")?
                .query_row(params![id.as_bytes(), tenant.0], |row| contact_at(connection, row))
                .optional()
        })
        .await
    }

    /// The names of those contacts of a tenant that have one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn contact_names(
        &self,
        tenant: TenantId,
        ids: Vec<ContactId>,
    ) -> Result<HashMap<ContactId, String>, StoreError> {
        self.read(move |connection| {
            let mut named = connection.prepare_cached(
                "SELECT name FROM contacts WHERE id = ?1 AND tenant = ?2 AND name IS NOT NULL",
            )?;
            let mut names: HashMap<ContactId, String> = HashMap::new();
            for id in ids {
                let name: Option<String> = named
                    .query_row(params![id.as_bytes(), tenant.0], |row| row.get(0))
                    .optional()?;
                names.extend(name.map(|name| (id, name)));
            }
            Ok(names)
        })
        .await
    }

    /// Contacts of a tenant whose name, address or typed e-mail contains `text`, in order of their ids.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn contacts(
        &self,
        tenant: TenantId,
        text: Option<String>,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<ContactRow>, StoreError> {
        self.read(move |connection| {
            let pattern = text.map(|text| format!("%{}%", text.replace(['%', '_'], "")));
            let after = after.map(Uuid::into_bytes);
            connection
                .prepare_cached(
                    "SELECT id, name, email, created_at FROM contacts c WHERE tenant = ?1 AND (?2 IS NULL OR id > ?2) \
                     AND (?3 IS NULL OR name LIKE ?3 OR email LIKE ?3 OR EXISTS \
                     (SELECT 1 FROM addresses a WHERE a.contact = c.id AND a.address LIKE ?3)) ORDER BY id LIMIT ?4",
                )?
                .query_map(params![tenant.0, after, pattern, limit], |row| contact_at(connection, row))?
                .collect()
        })
        .await
    }

    /// Other contacts that have the e-mail address which a visitor typed: possible matches, for an agent's eyes only.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn possible_matches(
        &self,
        tenant: TenantId,
        id: ContactId,
    ) -> Result<Vec<ContactRow>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT o.id, o.name, o.email, o.created_at FROM contacts c JOIN contacts o \
                     ON o.tenant = c.tenant AND o.email = c.email AND o.id <> c.id \
                     WHERE c.id = ?1 AND c.tenant = ?2 LIMIT 5",
                )?
                .query_map(params![id.as_bytes(), tenant.0], |row| {
                    contact_at(connection, row)
                })?
                .collect()
        })
        .await
    }

    /// The keys on which a contact of a tenant writes.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn contact_keys(
        &self,
        tenant: TenantId,
        id: ContactId,
    ) -> Result<Vec<ConversationKey>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT tenant, channel, address, thread FROM addresses WHERE contact = ?1 AND tenant = ?2",
                )?
                .query_map(params![id.as_bytes(), tenant.0], |row| key_at(row, 0))?
                .collect()
        })
        .await
    }

    /// The dead letters of a tenant, newest first.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn dead_letters(
        &self,
        tenant: TenantId,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<DeadLetterRow>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id, at, key, cause, letter FROM dead_letters WHERE tenant = ?1 AND (?2 IS NULL OR id < ?2) \
                     AND settled_at IS NULL ORDER BY id DESC LIMIT ?3",
                )?
                .query_map(params![tenant.0, before, limit], letter_at)?
                .collect()
        })
        .await
    }

    /// One dead letter of a tenant.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn dead_letter(
        &self,
        tenant: TenantId,
        id: i64,
    ) -> Result<Option<DeadLetterRow>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id, at, key, cause, letter FROM dead_letters WHERE tenant = ?1 AND id = ?2 AND settled_at IS NULL",
                )?
                .query_row(params![tenant.0, id], letter_at)
                .optional()
        })
        .await
    }
}

fn contact_at(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<ContactRow> {
    let id = ContactId(uuid_at(row, 0)?);
    // Customers' messages have the provider's time, in whole seconds.
    let identities = connection
        .prepare_cached(
            "SELECT kind, address, max(CASE WHEN a.unreachable_at > coalesce(k.last_inbound_at + 1000000, 0) \
             THEN a.unreachable_at END), a.unreachable \
             FROM addresses a LEFT JOIN keys k ON k.key = a.key WHERE a.contact = ?1 \
             GROUP BY kind, address ORDER BY kind, address LIMIT 20",
        )?
        .query_map([id.as_bytes()], identity_at)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ContactRow {
        id,
        name: row.get(1)?,
        typed_email: row.get(2)?,
        created_at: Timestamp(row.get(3)?),
        identities,
    })
}

fn identity_at(row: &Row<'_>) -> rusqlite::Result<Identity> {
    let since: Option<i64> = row.get(2)?;
    let unreachable = since.map(|since| {
        Ok::<_, rusqlite::Error>(Unreachable {
            since: Timestamp(since),
            error: json_from(&row.get::<_, String>(3)?)?,
        })
    });
    Ok(Identity {
        kind: kind_of(row.get(0)?),
        address: row.get(1)?,
        unreachable: unreachable.transpose()?,
    })
}

fn letter_at(row: &Row<'_>) -> rusqlite::Result<DeadLetterRow> {
    Ok(DeadLetterRow {
        id: row.get(0)?,
        at: Timestamp(row.get(1)?),
        key: json_from(&row.get::<_, String>(2)?).ok(),
        cause: row.get(3)?,
        letter: row.get(4)?,
    })
}
