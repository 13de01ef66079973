//! Entries as bytes: one version byte, then JSON.
//!
//! JSON because an entry must be readable by later versions, and by a person at three in the morning. The version byte is
//! for the day when that is no longer so.

use ecluse_engine::message::Entry;

/// The only format there is.
const JSON_V1: u8 = 1;

/// An entry could not be read back.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("the entry is empty")]
    Empty,
    #[error("the entry has format {0}, which this version does not know")]
    Format(u8),
    #[error("the entry is not valid")]
    Json(#[source] serde_json::Error),
}

/// The bytes of an entry.
#[must_use]
pub fn encode(entry: &Entry) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1_024);
    bytes.push(JSON_V1);
    serde_json::to_writer(&mut bytes, entry)
        .expect("an entry holds only maps with string keys, and a Vec takes all");
    bytes
}

/// The entry of some bytes.
///
/// # Errors
/// They were not written by [`encode`].
pub fn decode(bytes: &[u8]) -> Result<Entry, DecodeError> {
    match bytes.split_first() {
        None => Err(DecodeError::Empty),
        Some((&JSON_V1, json)) => serde_json::from_slice(json).map_err(DecodeError::Json),
        Some((&other, _)) => Err(DecodeError::Format(other)),
    }
}
