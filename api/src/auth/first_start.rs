//! The first administrator: a deployment that nobody can administer is of no use.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ecluse_adapters::storage::config_db::{ConfigDb, Editor, Token};
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::TenantId;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};

use super::password::hash_secret;
use crate::error::ApiError;

const KEY_NAME: &str = "first administrator";
/// What a person can still type: 18 bytes are 24 characters.
const GENERATED_PASSWORD_BYTES: usize = 18;
const WEAK_KEY_LENGTH: usize = 32;

/// What was made up on the first start, to be shown once.
#[derive(Debug)]
pub struct FirstStart {
    /// The password of `admin`, unless one was given.
    pub password: Option<SecretString>,
    /// The administrator's API key, unless one was given.
    pub api_key: Option<SecretString>,
}

/// Adds the administrator `admin` and an API key, unless anybody was ever added. The key comes first: a start that is
/// cut short between the two is repeated by the next one.
///
/// # Errors
/// The configuration cannot be written.
pub async fn first_start(
    db: &ConfigDb,
    password: Option<SecretString>,
    api_key: Option<SecretString>,
) -> Result<Option<FirstStart>, ApiError> {
    if db.has_people().await? {
        return Ok(None);
    }
    let generated_key = add_key(db, api_key.as_ref()).await?;
    let generated_password = if password.is_none() {
        Some(draw_password())
    } else {
        None
    };
    let chosen = password
        .or_else(|| generated_password.clone())
        .unwrap_or_default();
    let hash = tokio::task::spawn_blocking(move || hash_secret(&chosen))
        .await
        .map_err(ApiError::internal)??;
    let added = db
        .create_first_administrator(TenantId::DEFAULT, hash)
        .await?;
    Ok(added.map(|_| FirstStart {
        password: generated_password,
        api_key: generated_key,
    }))
}

/// Adds the key that was given, or one that is returned.
async fn add_key(
    db: &ConfigDb,
    given: Option<&SecretString>,
) -> Result<Option<SecretString>, ApiError> {
    let editor = Editor::system(TenantId::DEFAULT);
    let Some(given) = given else {
        let new = db
            .create_api_key(&editor, KEY_NAME, Role::Administrator)
            .await?;
        return Ok(Some(new.key.expose().into()));
    };
    if given.expose_secret().len() < WEAK_KEY_LENGTH {
        tracing::warn!("ECLUSE_ADMIN_API_KEY is short enough to be guessed");
    }
    let key = Token::presented(given.expose_secret().trim());
    if db.api_key(key.digest()).await?.is_none() {
        db.add_api_key(&editor, KEY_NAME, Role::Administrator, key)
            .await?;
    }
    Ok(None)
}

fn draw_password() -> SecretString {
    let bits = SecretBox::init_with(rand::random::<[u8; GENERATED_PASSWORD_BYTES]>);
    URL_SAFE_NO_PAD.encode(bits.expose_secret()).into()
}
