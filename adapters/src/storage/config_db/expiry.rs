//! What is kept for a while only: sign-ons and answers to requests that carried an `Idempotency-Key`, which are secret, and
//! bans.
//!
//! What must stay true: what is over is deleted without anybody asking for it, so that nothing that a company entrusted to
//! us, or that is shown once, stays in the file. A ban that was lifted stays for a day, until every snapshot is without it.

use ecluse_engine::message::Timestamp;
use futures_util::FutureExt as _;

use super::{ConfigDb, ConfigError, sql};

impl ConfigDb {
    /// Deletes what is over, lifts bans that are, and says when the next will be.
    ///
    /// # Errors
    /// The database cannot be read or written.
    pub async fn forget_what_is_over(&self) -> Result<Option<Timestamp>, ConfigError> {
        match self.first_over().await? {
            Some(first) if first <= self.now() => {}
            later => return Ok(later),
        }
        self.note(|change| {
            async move {
                let now = change.at.0;
                for statement in [sql::SIGN_ONS_EXPIRE, sql::ANSWERS_EXPIRE, sql::BANS_FORGET] {
                    let deletion = sqlx::query(statement).bind(now);
                    deletion.execute(change.conn()).await?;
                }
                Ok(())
            }
            .boxed()
        })
        .await?;
        self.lift_bans_that_are_over().await?;
        self.first_over().await
    }

    async fn first_over(&self) -> Result<Option<Timestamp>, ConfigError> {
        let first: Option<i64> = sqlx::query_scalar(sql::OVER_FIRST)
            .fetch_one(&mut *self.read().await?)
            .await?;
        Ok(first.map(Timestamp))
    }
}
