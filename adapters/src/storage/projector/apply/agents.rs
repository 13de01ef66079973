//! What agents leave in the read model: what they were offered, what they chose to work on, and which customers they know.

use ecluse_engine::ids::{AgentId, ConversationId, OfferId, QueueId};
use ecluse_engine::message::{Entry, OfferEnd, Timestamp};
use rusqlite::params;

use super::{Batch, Place, json};

impl Batch<'_> {
    pub(super) fn offer_made(
        &self,
        entry: &Entry,
        offer: OfferId,
        conversation: ConversationId,
        queue: QueueId,
        agent: AgentId,
        expires: Timestamp,
    ) -> rusqlite::Result<()> {
        self.execute(
            "INSERT OR IGNORE INTO offers (id, tenant, conversation, queue, agent, made_at, expires_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                offer.as_bytes(),
                entry.key.tenant().0,
                conversation.as_bytes(),
                queue.as_bytes(),
                agent.as_bytes(),
                entry.at.0,
                expires.0
            ],
        )
    }

    pub(super) fn offer_ended(
        &self,
        offer: OfferId,
        end: OfferEnd,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE offers SET ended_at = ?2, end = ?3 WHERE id = ?1 AND ended_at IS NULL",
            params![offer.as_bytes(), at.0, json(&end)],
        )
    }

    /// Whatever else was said of the offer meanwhile: the conversation belongs to whoever accepted it.
    pub(super) fn offer_accepted(&self, offer: OfferId, at: Timestamp) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE offers SET ended_at = ?2, end = ?3 WHERE id = ?1",
            params![offer.as_bytes(), at.0, json(&OfferEnd::Accepted)],
        )
    }

    pub(super) fn session_chosen(
        &self,
        tenant: u32,
        agent: &[u8; 16],
        choice: Option<&str>,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        self.execute(
            "INSERT INTO presence_history (at, tenant, agent, choice) VALUES (?1, ?2, ?3, ?4)",
            params![at.0, tenant, agent, choice],
        )?;
        match choice {
            Some(choice) => self.execute(
                "INSERT OR REPLACE INTO agent_sessions (agent, tenant, choice, since) VALUES (?1, ?2, ?3, ?4)",
                params![agent, tenant, choice, at.0],
            ),
            None => self.execute("DELETE FROM agent_sessions WHERE agent = ?1", params![agent]),
        }
    }

    pub(super) fn agent_known(&self, place: &Place<'_>, agent: AgentId) -> rusqlite::Result<()> {
        self.execute(
            "INSERT OR REPLACE INTO known_agents (key, tenant, agent, at) VALUES (?1, ?2, ?3, ?4)",
            params![
                place.digest.0,
                place.key.tenant.0,
                agent.as_bytes(),
                place.at.0
            ],
        )
    }

    pub(super) fn known_agents_forgotten(
        &self,
        tenant: u32,
        before: Timestamp,
    ) -> rusqlite::Result<()> {
        self.execute(
            "DELETE FROM known_agents WHERE tenant = ?1 AND at < ?2",
            params![tenant, before.0],
        )
    }
}
