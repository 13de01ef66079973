//! Secrets at rest: the master key, and the [`Vault`] that encrypts single columns with it.
//!
//! What must stay true: a secret is readable only in the cell it was written to (the table, column and row are
//! authenticated with it), and no `Debug` or error text of this module contains one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};

/// The file in the data directory that holds a generated master key.
pub const MASTER_KEY_FILE: &str = "master.key";

const KEY_BYTES: usize = 32;
/// XChaCha20's nonce is long enough to be drawn at random for every value.
const NONCE_BYTES: usize = 24;
/// Stands in front of every sealed value, so that a later key can live beside the first.
const FIRST_KEY_ID: u8 = 1;

/// Why a secret could not be read or the master key not be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// `ECLUSE_MASTER_KEY` or the file holds something else than 32 bytes in base64.
    #[error("the master key must be 32 bytes in base64 (44 characters)")]
    Malformed,
    /// The key file exists and cannot be read, or cannot be written.
    #[error("could not use the master key file {path}")]
    File {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Another key, another cell, or changed bytes.
    #[error(
        "the value was not encrypted with this master key for this place, or was changed since"
    )]
    NotOurs,
    /// The operating system gave no randomness, or the value is longer than the cipher takes.
    #[error("the value could not be encrypted")]
    Unsealable,
}

/// The key of everything that is encrypted in the configuration.
#[derive(Debug)]
pub struct MasterKey(SecretBox<[u8; KEY_BYTES]>);

impl MasterKey {
    /// Reads 32 bytes in base64, as in `ECLUSE_MASTER_KEY`.
    ///
    /// # Errors
    /// [`SecretsError::Malformed`].
    pub fn from_base64(text: &SecretString) -> Result<Self, SecretsError> {
        let bytes = SecretBox::new(Box::new(
            STANDARD
                .decode(text.expose_secret().trim())
                .map_err(|_| SecretsError::Malformed)?,
        ));
        let key = <[u8; KEY_BYTES]>::try_from(bytes.expose_secret().as_slice())
            .map_err(|_| SecretsError::Malformed)?;
        Ok(Self(SecretBox::new(Box::new(key))))
    }

    /// The key that an earlier start left in `data_dir`, if any.
    ///
    /// # Errors
    /// The file cannot be read or holds no key.
    pub fn load(data_dir: &Path) -> Result<Option<Self>, SecretsError> {
        let path = data_dir.join(MASTER_KEY_FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => SecretString::from(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SecretsError::File { path, source }),
        };
        warn_if_others_can_read(&path);
        Self::from_base64(&text).map(Some)
    }

    /// Draws a key and leaves it in `data_dir`, readable by its owner only.
    ///
    /// # Errors
    /// The file exists already or cannot be written.
    pub fn create(data_dir: &Path) -> Result<Self, SecretsError> {
        let path = data_dir.join(MASTER_KEY_FILE);
        let key = SecretBox::init_with(rand::random::<[u8; KEY_BYTES]>);
        let text = SecretString::from(STANDARD.encode(key.expose_secret()));
        write_new(data_dir, &path, &text).map_err(|source| SecretsError::File { path, source })?;
        Ok(Self(key))
    }
}

/// Written beside its place and moved there, so that a crash leaves no half a key. The data directory has one owner, so
/// nobody puts another key there between the look and the move.
fn write_new(dir: &Path, path: &Path, text: &SecretString) -> io::Result<()> {
    if path.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let draft = dir.join(format!("{MASTER_KEY_FILE}.new"));
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&draft)?;
    file.write_all(format!("{}\n", text.expose_secret()).as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    File::open(dir)?.sync_all()
}

fn warn_if_others_can_read(path: &Path) {
    let mode = fs::metadata(path)
        .map(|meta| meta.permissions().mode() & 0o077)
        .unwrap_or(0);
    if mode != 0 {
        tracing::warn!(path = %path.display(), "other users can read the master key; its mode should be 0600");
    }
}

/// Where a sealed value stands. It opens nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    pub table: &'static str,
    pub column: &'a str,
    pub row: &'a [u8],
}

impl Cell<'_> {
    /// The associated data; the first two parts hold no `|`, so no two cells share it.
    fn associated_data(&self) -> Vec<u8> {
        debug_assert!(
            !self.table.contains('|') && !self.column.contains('|'),
            "the separator is ours"
        );
        let mut data = format!("{}|{}|", self.table, self.column).into_bytes();
        data.extend_from_slice(self.row);
        data
    }
}

/// Encrypts and decrypts single values with XChaCha20-Poly1305.
pub struct Vault {
    cipher: XChaCha20Poly1305,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// A vault that uses `key`.
    #[must_use]
    pub fn new(key: &MasterKey) -> Self {
        Self {
            cipher: XChaCha20Poly1305::new(key.0.expose_secret().into()),
        }
    }

    /// Encrypts `plain` for `cell`: one byte of key id, the nonce, then the ciphertext with its tag.
    ///
    /// # Errors
    /// [`SecretsError::Unsealable`].
    pub fn seal(&self, cell: Cell<'_>, plain: &[u8]) -> Result<Vec<u8>, SecretsError> {
        let nonce = rand::random::<[u8; NONCE_BYTES]>();
        let payload = Payload {
            msg: plain,
            aad: &cell.associated_data(),
        };
        let sealed = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SecretsError::Unsealable)?;
        let mut value = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        value.push(FIRST_KEY_ID);
        value.extend_from_slice(&nonce);
        value.extend_from_slice(&sealed);
        Ok(value)
    }

    /// Decrypts what [`Vault::seal`] made for the same cell.
    ///
    /// # Errors
    /// [`SecretsError::NotOurs`].
    pub fn open(&self, cell: Cell<'_>, value: &[u8]) -> Result<SecretBox<Vec<u8>>, SecretsError> {
        let (&key_id, rest) = value.split_first().ok_or(SecretsError::NotOurs)?;
        let (nonce, sealed) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SecretsError::NotOurs)?;
        if key_id != FIRST_KEY_ID {
            return Err(SecretsError::NotOurs);
        }
        let payload = Payload {
            msg: sealed,
            aad: &cell.associated_data(),
        };
        self.cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map(|plain| SecretBox::new(Box::new(plain)))
            .map_err(|_| SecretsError::NotOurs)
    }

    /// Decrypts text.
    ///
    /// # Errors
    /// [`SecretsError::NotOurs`], also when the value is not text.
    pub fn open_text(&self, cell: Cell<'_>, value: &[u8]) -> Result<SecretString, SecretsError> {
        let plain = self.open(cell, value)?;
        let text = std::str::from_utf8(plain.expose_secret()).map_err(|_| SecretsError::NotOurs)?;
        Ok(SecretString::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CELL: Cell<'_> = Cell {
        table: "channel_secrets",
        column: "access_token",
        row: b"row",
    };

    fn vault() -> (tempfile::TempDir, Vault) {
        let dir = tempfile::tempdir().unwrap();
        let key = MasterKey::create(dir.path()).unwrap();
        (dir, Vault::new(&key))
    }

    #[test]
    fn a_secret_opens_only_in_its_own_cell() {
        let (_dir, vault) = vault();
        let sealed = vault.seal(CELL, b"EAAG-secret").unwrap();
        assert_eq!(
            vault.open_text(CELL, &sealed).unwrap().expose_secret(),
            "EAAG-secret"
        );
        let elsewhere = [
            Cell {
                table: "people",
                ..CELL
            },
            Cell {
                column: "api_key",
                ..CELL
            },
            Cell {
                row: b"other",
                ..CELL
            },
        ];
        for cell in elsewhere {
            assert!(
                matches!(vault.open(cell, &sealed), Err(SecretsError::NotOurs)),
                "{cell:?}"
            );
        }
    }

    #[test]
    fn changed_or_short_bytes_do_not_open() {
        let (_dir, vault) = vault();
        let sealed = vault.seal(CELL, b"secret").unwrap();
        for cut in 0..sealed.len() {
            assert!(vault.open(CELL, &sealed[..cut]).is_err(), "{cut} bytes");
            let mut changed = sealed.clone();
            changed[cut] ^= 1;
            assert!(vault.open(CELL, &changed).is_err(), "byte {cut}");
        }
        assert_ne!(
            sealed,
            vault.seal(CELL, b"secret").unwrap(),
            "nonces are drawn anew"
        );
    }

    #[test]
    fn a_generated_key_is_private_and_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        assert!(MasterKey::load(dir.path()).unwrap().is_none());
        let vault = Vault::new(&MasterKey::create(dir.path()).unwrap());
        let sealed = vault.seal(CELL, b"secret").unwrap();
        let mode = fs::metadata(dir.path().join(MASTER_KEY_FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "no draft stays"
        );
        let again = Vault::new(&MasterKey::load(dir.path()).unwrap().unwrap());
        assert_eq!(
            again.open(CELL, &sealed).unwrap().expose_secret(),
            b"secret"
        );
        assert!(matches!(
            MasterKey::create(dir.path()),
            Err(SecretsError::File { .. })
        ));
    }

    #[test]
    fn only_thirty_two_bytes_in_base64_are_a_key() {
        let rows = [
            (STANDARD.encode([7; 32]), true),
            (format!(" {}\n", STANDARD.encode([7; 32])), true),
            (STANDARD.encode([7; 31]), false),
            (STANDARD.encode([7; 33]), false),
            ("not base64!".to_owned(), false),
            (String::new(), false),
        ];
        for (text, good) in rows {
            assert_eq!(
                MasterKey::from_base64(&text.clone().into()).is_ok(),
                good,
                "{text:?}"
            );
        }
    }
}
