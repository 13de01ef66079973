//! What customers wrote, as it was stored: read to be compared with what a ledger outside of the product says.
//!
//! What must stay true: nothing is left out and nothing is merged here, so that a message which is stored twice is read
//! twice.

use ecluse_engine::ids::{Address, ChannelId, ProviderMessageId};
use ecluse_engine::store::StoreError;
use rusqlite::{Connection, params};

use super::ReadModel;
use crate::storage::projector::rows::kind;

/// A message of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedRow {
    /// Where it is in the order of storing.
    pub place: u64,
    pub customer: Address,
    /// Its number in the conversation, by which people see it.
    pub seq: u64,
    pub id: ProviderMessageId,
}

impl ReadModel {
    /// Messages of a channel's customers that were stored after `place` (0 is before the first), in the order of
    /// storing; at most `limit`.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn received_after(
        &self,
        channel: ChannelId,
        place: u64,
        limit: u32,
    ) -> Result<Vec<ReceivedRow>, StoreError> {
        self.read(move |connection| received_after(connection, channel, place, limit))
            .await
    }
}

fn received_after(
    connection: &Connection,
    channel: ChannelId,
    place: u64,
    limit: u32,
) -> rusqlite::Result<Vec<ReceivedRow>> {
    // A cross join keeps SQLite from reading all addresses first.
    connection
        .prepare_cached(
            "SELECT t.id, a.address, t.seq, json_extract(t.body, '$.provider_id') \
             FROM timeline t CROSS JOIN addresses a ON a.key = t.key \
             WHERE t.id > ?1 AND t.kind = ?2 AND a.channel = ?3 ORDER BY t.id LIMIT ?4",
        )?
        .query_map(
            params![place, kind::RECEIVED, channel.as_bytes(), limit],
            |row| {
                Ok(ReceivedRow {
                    place: row.get(0)?,
                    customer: Address::from(row.get_ref(1)?.as_str()?),
                    seq: row.get(2)?,
                    id: ProviderMessageId::from(row.get_ref(3)?.as_str()?),
                })
            },
        )?
        .collect()
}
