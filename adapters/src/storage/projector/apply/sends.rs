//! What was sent, and what became of it.
//!
//! What must stay true: statuses that came before a send's answer are kept until the next send ends, as the conversation's
//! state keeps them.

use ecluse_engine::message::{
    ChannelKind, Fingerprint, Outbound, ProviderError, Queued, SendOutcome, Status, StatusReport,
    Timestamp,
};
use rusqlite::params;

use super::super::rows::{kind, kind_number, status_number};
use super::{Batch, Place, fingerprint_bytes, json};
use crate::whatsapp::errors::is_unreachable;

impl Batch<'_> {
    pub(super) fn queued(&mut self, place: &Place<'_>, queued: &Queued) -> rusqlite::Result<()> {
        let message: &Outbound = &queued.message;
        let row = self.insert_row(
            place,
            Some(queued.conversation),
            kind::QUEUED,
            queued.fingerprint,
            &json(message),
        )?;
        self.execute(
            "INSERT INTO deliveries (key, seq, row, conversation, channel, queued_at, status, status_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6)",
            params![
                place.digest.0,
                place.seq,
                row,
                queued.conversation.as_bytes(),
                place.key.channel.as_bytes(),
                place.at.0,
                status_number(Status::Queued)
            ],
        )?;
        if let Some(reply) = queued.auto_reply {
            self.auto_replied(queued.conversation, reply)?;
        }
        if !queued.is_automatic() {
            let change = self.change(place.digest);
            change.outbound.push((message.author, place.seq));
            change.activity = Some(place.at);
        }
        Ok(())
    }

    pub(super) fn attempted(
        &self,
        place: &Place<'_>,
        message: u64,
        attempt: u32,
    ) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE deliveries SET attempt = ?3, attempting = 1, blind_retries = blind_retries + ambiguous, ambiguous = 0, \
             attempted_at = CASE WHEN ambiguous THEN attempted_at ELSE ?4 END WHERE key = ?1 AND seq = ?2",
            params![place.digest.0, message, attempt, place.at.0],
        )
    }

    pub(super) fn attempt_ambiguous(
        &self,
        place: &Place<'_>,
        message: u64,
    ) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE deliveries SET ambiguous = 1 WHERE key = ?1 AND seq = ?2",
            params![place.digest.0, message],
        )
    }

    pub(super) fn send_ended(
        &self,
        place: &Place<'_>,
        message: u64,
        outcome: &SendOutcome,
        fingerprint: Option<Fingerprint>,
    ) -> rusqlite::Result<()> {
        self.execute(
            "DELETE FROM kept_statuses WHERE key = ?1",
            params![place.digest.0],
        )?;
        if let SendOutcome::Rejected(error) = outcome {
            self.mark_unreachable(place, Some(error))?;
        }
        match outcome {
            SendOutcome::Sent(id) => self.execute(
                "UPDATE deliveries SET attempting = 0, ambiguous = 0, status = ?3, status_at = ?4, provider_id = ?5, \
                 fingerprint = ?6, error = NULL WHERE key = ?1 AND seq = ?2",
                params![
                    place.digest.0,
                    message,
                    status_number(Status::Sent),
                    place.at.0,
                    id.0.as_str(),
                    fingerprint.map(fingerprint_bytes)
                ],
            ),
            SendOutcome::Retry { at, error } => self.execute(
                "UPDATE deliveries SET attempting = 0, ambiguous = 0, not_before = ?3, error = ?4 WHERE key = ?1 AND seq = ?2",
                params![place.digest.0, message, at.0, json(error)],
            ),
            SendOutcome::Rejected(error) => self.execute(
                "UPDATE deliveries SET attempting = 0, ambiguous = 0, status = ?3, status_at = ?4, error = ?5 \
                 WHERE key = ?1 AND seq = ?2",
                params![place.digest.0, message, status_number(Status::Failed), place.at.0, json(error)],
            ),
        }
    }

    pub(super) fn status_rose(
        &self,
        place: &Place<'_>,
        message: u64,
        status: Status,
        at: Timestamp,
        error: Option<&ProviderError>,
    ) -> rusqlite::Result<()> {
        match status {
            Status::Failed => self.mark_unreachable(place, error)?,
            Status::Delivered | Status::Read => self.unmark_unreachable(place)?,
            Status::Queued | Status::Sent => {}
        }
        self.execute(
            "UPDATE deliveries SET status = ?3, status_at = ?4, error = coalesce(?5, error) WHERE key = ?1 AND seq = ?2",
            params![place.digest.0, message, status_number(status), at.0, error.map(json)],
        )
    }

    pub(super) fn status_kept(
        &self,
        place: &Place<'_>,
        report: &StatusReport,
        fingerprint: Fingerprint,
    ) -> rusqlite::Result<()> {
        self.execute(
            "INSERT OR REPLACE INTO kept_statuses (key, fingerprint, report) VALUES (?1, ?2, ?3)",
            params![place.digest.0, fingerprint_bytes(fingerprint), json(report)],
        )
    }

    /// Keeps what a provider said if it means that nobody is reached at this address. A message of the customer's makes it
    /// void ([`ReadModel::contact`](crate::storage::read_model::ReadModel::contact) compares the times).
    fn mark_unreachable(
        &self,
        place: &Place<'_>,
        error: Option<&ProviderError>,
    ) -> rusqlite::Result<()> {
        let Some(error) = error.filter(|error| is_unreachable(error)) else {
            return Ok(());
        };
        self.execute(
            "UPDATE addresses SET unreachable_at = ?2, unreachable = ?3 WHERE key = ?1 AND kind = ?4",
            params![
                place.digest.0,
                place.at.0,
                json(error),
                kind_number(ChannelKind::Whatsapp)
            ],
        )
    }

    fn unmark_unreachable(&self, place: &Place<'_>) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE addresses SET unreachable_at = NULL, unreachable = NULL \
             WHERE key = ?1 AND unreachable_at IS NOT NULL",
            params![place.digest.0],
        )
    }
}
