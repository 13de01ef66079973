//! What a POST adds is added once: sent again with the same `Idempotency-Key` and the same body, it is answered as before.
//!
//! What must stay true: an answer is kept, sealed, in the transaction of what it tells, so that neither is there without the
//! other, and what is shown once can be shown again to who asked for it.

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse};
use ecluse_adapters::storage::config_db::{Change, ConfigDb, IdempotencyKey};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::common::etag;
use crate::auth::{Principal, PrincipalKind};
use crate::error::ApiError;

/// The longest `Idempotency-Key`.
const KEY_LENGTH_MAX: usize = 255;

/// What a POST that adds something is answered, in a form that can be kept.
#[derive(Debug, Serialize, Deserialize)]
pub struct Added {
    /// Of what has one: its revision.
    pub revision: Option<u64>,
    /// Of what can be read: where.
    pub place: Option<String>,
    pub body: Value,
}

impl Added {
    fn answer(self) -> HttpResponse {
        let mut answer = HttpResponse::build(StatusCode::CREATED);
        if let Some(revision) = self.revision {
            answer.insert_header((ETAG, etag(revision)));
        }
        if let Some(place) = self.place {
            answer.insert_header((LOCATION, place));
        }
        answer.json(self.body)
    }

    fn encoded(&self) -> Result<Vec<u8>, ApiError> {
        serde_json::to_vec(self).map_err(ApiError::internal)
    }

    fn decode(bytes: &[u8]) -> Result<Self, ApiError> {
        serde_json::from_slice(bytes).map_err(ApiError::internal)
    }
}

/// A request to add something, which may come again.
#[derive(Debug)]
pub struct Once {
    caller: Principal,
    key: Option<IdempotencyKey>,
}

impl Once {
    /// The request of `caller` to add `body` to a collection.
    ///
    /// # Errors
    /// The header `Idempotency-Key` cannot be one.
    pub fn of(
        request: &HttpRequest,
        caller: &Principal,
        collection: &str,
        body: &Value,
    ) -> Result<Self, ApiError> {
        Ok(Self {
            key: idempotency_key(request, caller, collection, body)?,
            caller: caller.clone(),
        })
    }

    /// The answer, if the request was answered before.
    ///
    /// # Errors
    /// The key came with another request, or the configuration cannot be read.
    pub async fn before(&self, db: &ConfigDb) -> Result<Option<HttpResponse>, ApiError> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let known = db.remembered_answer(self.caller.tenant, key).await?;
        let answer = |known: Vec<u8>| Ok(Added::decode(&known)?.answer());
        known.map(answer).transpose()
    }

    /// The answer to the same request, if it was quicker and took what this one was refused; else the refusal.
    ///
    /// # Errors
    /// The refusal, or the configuration cannot be read.
    pub async fn answered_meanwhile(
        &self,
        db: &ConfigDb,
        refusal: ApiError,
    ) -> Result<HttpResponse, ApiError> {
        if self.key.is_some() {
            db.settle().await?;
        }
        self.before(db).await?.ok_or(refusal)
    }

    /// Adds by `work`, unless a request with the same key was quicker.
    ///
    /// # Errors
    /// What `work` failed with, or the key came with another request.
    pub async fn add(
        self,
        db: &ConfigDb,
        work: impl for<'c> FnOnce(&'c mut Change) -> BoxFuture<'c, Result<Added, ApiError>>
        + Send
        + 'static,
    ) -> Result<HttpResponse, ApiError> {
        let Self { caller, key } = self;
        let (editor, tenant) = (caller.editor(), caller.tenant);
        let kept = db.change(&editor, move |change| {
            async move {
                if let Some(key) = &key
                    && let Some(known) = change.remembered_answer(key).await?
                {
                    return Ok::<_, ApiError>(known);
                }
                let answer = work(change).await?.encoded()?;
                if let Some(key) = &key {
                    change
                        .in_tenant(tenant)
                        .remember_answer(key, &answer)
                        .await?;
                }
                Ok(answer)
            }
            .boxed()
        });
        Ok(Added::decode(&kept.await?)?.answer())
    }

    /// Keeps the answer of what was added outside of the configuration. A request with the same key that was quicker keeps
    /// its own, which is the answer of both.
    ///
    /// # Errors
    /// The configuration cannot be written, or the key came with another request.
    pub async fn keep(self, db: &ConfigDb, added: Added) -> Result<HttpResponse, ApiError> {
        let Some(key) = self.key else {
            return Ok(added.answer());
        };
        let answer = added.encoded()?;
        let kept = db.remember_answer(self.caller.tenant, key, answer).await?;
        Ok(Added::decode(&kept)?.answer())
    }
}

/// The header `Idempotency-Key`, bound to what is asked.
fn idempotency_key(
    request: &HttpRequest,
    caller: &Principal,
    collection: &str,
    body: &Value,
) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(value) = request.headers().get("Idempotency-Key") else {
        return Ok(None);
    };
    let key = value.to_str().unwrap_or_default().trim();
    let is_plain = key.bytes().all(|byte| byte.is_ascii_graphic());
    if key.is_empty() || key.len() > KEY_LENGTH_MAX || !is_plain {
        let message = "must be 1 to 255 printable characters of ASCII, without spaces";
        return Err(ApiError::field("Idempotency-Key", "invalid", message));
    }
    let asked = format!("{collection} {body}");
    let digest = ring::digest::digest(&ring::digest::SHA256, asked.as_bytes());
    Ok(Some(IdempotencyKey {
        caller: match caller.kind {
            PrincipalKind::Person(person) => person.0,
            PrincipalKind::Key(key) => key,
        },
        key: key.to_owned(),
        request: digest.as_ref().try_into().unwrap_or_default(),
    }))
}
