//! Argon2id, on the blocking pool and a few at a time: each check takes 19 MiB and tens of milliseconds of a core.

use std::time::Duration;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::SecretString;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::bytes;
use crate::error::{ApiError, FieldError};

/// OWASP's second choice of parameters, Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// At once: 4 × 19 MiB.
const AT_ONCE: usize = 4;
const PATIENCE: Duration = Duration::from_secs(5);

/// The shortest password, in characters.
pub const PASSWORD_LENGTH_MIN: usize = 12;

const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = PASSWORD_LENGTH_MIN..=256;

/// Verified in place of a hash that does not exist, so that a stranger waits as long as anybody. Nothing matches it
/// but by finding a preimage.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlz$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// What is wrong with a new password.
#[must_use]
pub fn check_password(field: &str, password: &SecretString, avoid: &[&str]) -> Option<FieldError> {
    use secrecy::ExposeSecret as _;
    let text = password.expose_secret();
    let length = text.chars().count();
    if length < *PASSWORD_LENGTH.start() {
        let message = format!("at least {} characters", PASSWORD_LENGTH.start());
        return Some(FieldError::new(field, "too_short", message));
    }
    if length > *PASSWORD_LENGTH.end() {
        let message = format!("at most {} characters", PASSWORD_LENGTH.end());
        return Some(FieldError::new(field, "too_long", message));
    }
    let mut characters = text.chars();
    let first = characters.next();
    let repeats = characters.all(|c| Some(c) == first);
    let known = avoid
        .iter()
        .any(|avoid| avoid.to_lowercase() == text.to_lowercase());
    (repeats || known).then(|| FieldError::new(field, "too_easy", "is too easy to guess"))
}

/// Hashes a password or PIN with a random salt. Takes tens of milliseconds.
///
/// # Errors
/// The operating system gave no randomness.
pub fn hash_secret(secret: &SecretString) -> Result<String, ApiError> {
    let hash = argon2()?.hash_password(bytes(secret)).map_err(failed)?;
    Ok(hash.to_string())
}

fn argon2() -> Result<Argon2<'static>, ApiError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(failed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn failed(error: impl std::fmt::Display) -> ApiError {
    ApiError::internal(format!("argon2 failed: {error}"))
}

/// Checks and makes hashes.
pub(super) struct Hasher {
    permits: Semaphore,
}

impl Default for Hasher {
    fn default() -> Self {
        Self {
            permits: Semaphore::new(AT_ONCE),
        }
    }
}

impl Hasher {
    /// Whether `secret` is what `hash` was made of; `None` takes as long and is never.
    pub(super) async fn verify(
        &self,
        hash: Option<&str>,
        secret: &SecretString,
    ) -> Result<bool, ApiError> {
        let (exists, hash) = (hash.is_some(), hash.unwrap_or(NOBODY).to_owned());
        let secret = secret.clone();
        let matches = self.run(move || {
            let hash = PasswordHash::new(&hash).map_err(failed)?;
            Ok(argon2()?.verify_password(bytes(&secret), &hash).is_ok())
        });
        Ok(matches.await? && exists)
    }

    pub(super) async fn hash(&self, secret: SecretString) -> Result<String, ApiError> {
        self.run(move || hash_secret(&secret)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _permit = self.permit().await?;
        tokio::task::spawn_blocking(work)
            .await
            .map_err(ApiError::internal)?
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, ApiError> {
        match tokio::time::timeout(PATIENCE, self.permits.acquire()).await {
            Ok(permit) => permit.map_err(ApiError::internal),
            Err(_) => Err(ApiError::Busy {
                retry_after_secs: PATIENCE.as_secs(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_fits_its_secret_and_nobody_fits_nobody() {
        let hasher = Hasher::default();
        let hash = hasher.hash("correct horse battery".into()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            hasher
                .verify(Some(&hash), &"correct horse battery".into())
                .await
                .unwrap()
        );
        assert!(
            !hasher
                .verify(Some(&hash), &"correct horse".into())
                .await
                .unwrap()
        );
        assert!(!hasher.verify(None, &"".into()).await.unwrap());
    }

    #[test]
    fn the_stand_in_costs_as_much_as_a_real_hash() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let params = Params::try_from(&nobody).unwrap();
        assert_eq!(
            (params.m_cost(), params.t_cost(), params.p_cost()),
            (MEMORY_KIB, PASSES, LANES)
        );
        assert_eq!(nobody.hash.unwrap().len(), 32);
    }

    #[test]
    fn weak_passwords_are_refused() {
        let rows = [
            ("correct horse battery", None),
            ("短い短い短い短い短い短い", None),
            ("short", Some("too_short")),
            ("aaaaaaaaaaaaaaaa", Some("too_easy")),
            ("Somebody@Example.com", Some("too_easy")),
        ];
        for (password, code) in rows {
            let error = check_password("password", &password.into(), &["somebody@example.com"]);
            assert_eq!(
                error.as_ref().map(|error| error.code.as_str()),
                code,
                "{password}"
            );
        }
        let long = "ab".repeat(129);
        assert_eq!(
            check_password("new", &long.into(), &[]).unwrap().code,
            "too_long"
        );
    }
}
