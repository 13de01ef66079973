//! Answers to requests that carried an `Idempotency-Key`, so that a request that is sent again is not done again.
//!
//! What must stay true: an answer is kept in the transaction of what it answers; and it is sealed, because it may hold
//! what is shown once.

use std::time::Duration;

use ecluse_engine::ids::TenantId;
use futures_util::FutureExt as _;
use secrecy::ExposeSecret as _;
use uuid::Uuid;

use super::{Change, ConfigDb, ConfigError, sql};
use crate::secrets::Cell;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 3_600);

/// Whose key it is, and what was asked with it.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    /// The API key or the person.
    pub caller: Uuid,
    pub key: String,
    /// SHA-256 of the request.
    pub request: [u8; 32],
}

/// An answer, as its author encoded it.
pub type RememberedAnswer = Vec<u8>;

impl ConfigDb {
    /// The answer that a key was given before.
    ///
    /// # Errors
    /// The key came with another request, or the database cannot be read.
    pub async fn remembered_answer(
        &self,
        tenant: TenantId,
        key: &IdempotencyKey,
    ) -> Result<Option<RememberedAnswer>, ConfigError> {
        let row: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as(sql::ANSWER_READ)
            .bind(tenant.0)
            .bind(key.caller)
            .bind(key.key.clone())
            .bind(self.now().0)
            .fetch_optional(&mut *self.read().await?)
            .await?;
        self.opened(key, row)
    }

    /// Keeps an answer for a day, unless the key was given one meanwhile; returns what is kept.
    ///
    /// # Errors
    /// The key came with another request, or the database cannot be written.
    pub async fn remember_answer(
        &self,
        tenant: TenantId,
        key: IdempotencyKey,
        answer: RememberedAnswer,
    ) -> Result<RememberedAnswer, ConfigError> {
        self.note(move |change| {
            async move {
                let change = change.in_tenant(tenant);
                if let Some(known) = change.remembered_answer(&key).await? {
                    return Ok(known);
                }
                change.remember_answer(&key, &answer).await?;
                Ok(answer)
            }
            .boxed()
        })
        .await
    }

    fn opened(
        &self,
        key: &IdempotencyKey,
        row: Option<(Vec<u8>, Vec<u8>)>,
    ) -> Result<Option<RememberedAnswer>, ConfigError> {
        let Some((request, sealed)) = row else {
            return Ok(None);
        };
        if request != key.request {
            return Err(ConfigError::IdempotencyKeyUsed);
        }
        let opened = self.0.vault.open(cell(key.caller.as_bytes()), &sealed)?;
        Ok(Some(opened.expose_secret().clone()))
    }
}

impl Change {
    /// As [`ConfigDb::remembered_answer`], in the order of changes.
    ///
    /// # Errors
    /// The key came with another request, or the database cannot be read.
    pub async fn remembered_answer(
        &mut self,
        key: &IdempotencyKey,
    ) -> Result<Option<RememberedAnswer>, ConfigError> {
        let row: Option<(Vec<u8>, Vec<u8>)> = sqlx::query_as(sql::ANSWER_READ)
            .bind(self.tenant().0)
            .bind(key.caller)
            .bind(key.key.clone())
            .bind(self.at.0)
            .fetch_optional(self.conn())
            .await?;
        self.db.opened(key, row)
    }

    /// Keeps the answer of this change for a day, and forgets older ones.
    ///
    /// # Errors
    /// The database cannot be written.
    pub async fn remember_answer(
        &mut self,
        key: &IdempotencyKey,
        answer: &[u8],
    ) -> Result<(), ConfigError> {
        let sealed = self.db.0.vault.seal(cell(key.caller.as_bytes()), answer)?;
        sqlx::query(sql::ANSWERS_EXPIRE)
            .bind(self.at.0)
            .execute(self.conn())
            .await?;
        sqlx::query(sql::ANSWER_WRITE)
            .bind(self.tenant().0)
            .bind(key.caller)
            .bind(key.key.clone())
            .bind(key.request.to_vec())
            .bind(sealed)
            .bind(self.at.plus(KEPT).0)
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

fn cell(row: &[u8]) -> Cell<'_> {
    Cell {
        table: "idempotency",
        column: "sealed",
        row,
    }
}
