//! What each fact changes in the read model. What is true of a key after the whole batch is written once, at its end.

mod agents;
mod erasure;
mod letters;
mod machines;
mod sends;
mod timeline;
mod timers;

use std::collections::BTreeMap;

use ecluse_engine::ids::{ConversationId, ConversationKey, KeyDigest};
use ecluse_engine::journal::Position;
use ecluse_engine::message::{
    Author, Destination, Entry, Fact, Fingerprint, Opened, Received, Timestamp,
};
use rusqlite::{Transaction, params};

use super::chains::{Chain, Chains};
use super::rows::{is_shown_event, kind, kind_number, phase};

/// The changes of one transaction.
pub(super) struct Batch<'t> {
    transaction: &'t Transaction<'t>,
    chains: &'t Chains,
    keys: BTreeMap<KeyDigest, KeyChange>,
    has_erased: bool,
}

/// What a batch came to.
pub(super) struct Finished {
    /// The new ends of the keys' rows, for when the transaction is committed.
    pub(super) ends: Vec<(KeyDigest, Chain)>,
    /// Whether something was erased that the files still hold.
    pub(super) has_erased: bool,
}

/// What a batch makes true of one key.
#[derive(Default)]
struct KeyChange {
    next_seq: u64,
    episode: Option<ConversationId>,
    activity: Option<Timestamp>,
    inbound: Option<(Timestamp, u64)>,
    read: Option<u64>,
    outbound: Vec<(Author, u64)>,
    chain: Option<Chain>,
}

struct Place<'e> {
    entry: &'e Entry,
    key: &'e ConversationKey,
    digest: KeyDigest,
    seq: u64,
    at: Timestamp,
}

impl<'t> Batch<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>, chains: &'t Chains) -> Self {
        Self {
            transaction,
            chains,
            keys: BTreeMap::new(),
            has_erased: false,
        }
    }

    pub(super) fn apply(&mut self, entry: &Entry) -> rusqlite::Result<()> {
        let Some(key) = entry.conversation_key() else {
            return self.apply_unkeyed(entry);
        };
        let digest = key.digest();
        for (seq, fact) in entry.numbered() {
            let place = Place {
                entry,
                key,
                digest,
                seq,
                at: entry.at,
            };
            self.apply_fact(&place, fact)?;
        }
        self.change(digest).next_seq = entry.first_seq + entry.facts.len() as u64;
        Ok(())
    }

    fn change(&mut self, digest: KeyDigest) -> &mut KeyChange {
        self.keys.entry(digest).or_default()
    }

    fn apply_fact(&mut self, place: &Place<'_>, fact: &Fact) -> rusqlite::Result<()> {
        if is_shown_event(fact) {
            self.insert_event(place, fact)?;
        }
        match fact {
            Fact::Opened(opened) => self.opened(place, opened),
            Fact::Reopened { conversation, queue, chatbot, outside_hours, preferred, automatic, .. } => {
                self.execute(
                    "UPDATE conversations SET phase = ?2, queue = ?3, agent = NULL, waiting_since = ?4, closed_at = NULL, \
                     close_reason = NULL, assigned_at = NULL, chatbot = ?5, outside_hours = ?6, preferred = ?7, automatic = ?8, \
                     offline = 0 WHERE id = ?1",
                    params![
                        conversation.as_bytes(),
                        phase::WAITING,
                        queue.as_ref().map(|id| id.as_bytes()),
                        place.at.0,
                        chatbot.as_ref().map(|id| id.as_bytes()),
                        outside_hours.as_ref().map(json),
                        preferred.as_ref().map(|id| id.as_bytes()),
                        automatic
                    ],
                )
            }
            Fact::Received(received) => self.received(place, received),
            Fact::Queued(queued) => self.queued(place, queued),
            Fact::Attempted { message, attempt, .. } => self.attempted(place, *message, *attempt),
            Fact::AttemptAmbiguous { message, .. } => self.attempt_ambiguous(place, *message),
            Fact::SendEnded { message, outcome, fingerprint, .. } => {
                self.send_ended(place, *message, outcome, *fingerprint)
            }
            Fact::StatusRose { message, status, at, error, .. } => {
                self.status_rose(place, *message, *status, *at, error.as_ref())
            }
            Fact::StatusKept { report, fingerprint } => self.status_kept(place, report, *fingerprint),
            Fact::Assigned { conversation, queue, agent, offer, .. } => {
                self.execute(
                    "UPDATE conversations SET phase = ?2, queue = coalesce(?3, queue), agent = ?4, assigned_at = ?5, \
                     chatbot = NULL WHERE id = ?1",
                    params![
                        conversation.as_bytes(),
                        phase::ASSIGNED,
                        queue.as_ref().map(|id| id.as_bytes()),
                        agent.as_bytes(),
                        place.at.0
                    ],
                )?;
                self.agent_known(place, *agent)?;
                offer.map_or(Ok(()), |offer| self.offer_accepted(offer, place.at))
            }
            Fact::Requeued { conversation, queue, outside_hours, preferred, .. } => self.execute(
                "UPDATE conversations SET phase = ?2, queue = ?3, agent = NULL, assigned_at = NULL, chatbot = NULL, \
                 outside_hours = coalesce(?4, outside_hours), preferred = coalesce(?5, preferred) WHERE id = ?1",
                params![
                    conversation.as_bytes(),
                    phase::WAITING,
                    queue.as_bytes(),
                    outside_hours.as_ref().map(json),
                    preferred.as_ref().map(|id| id.as_bytes())
                ],
            ),
            Fact::BotStarted(started) => self.bot_started(place, started),
            Fact::MenuMoved { conversation, progress } => self.menu_moved(*conversation, progress),
            Fact::BotEnded { conversation, .. } => self.bot_ended(*conversation),
            Fact::LanguageChosen { language, .. } => self.execute(
                "UPDATE addresses SET language = ?2 WHERE key = ?1",
                params![place.digest.0, json(language)],
            ),
            Fact::ReadByAgent { up_to, .. } => {
                self.change(place.digest).read = Some(*up_to);
                Ok(())
            }
            Fact::FirstAnswered { conversation, .. } => self.execute(
                "UPDATE conversations SET first_answer_at = ?2 WHERE id = ?1",
                params![conversation.as_bytes(), place.at.0],
            ),
            Fact::Closed { conversation, reason, .. } => {
                self.execute(
                    "UPDATE conversations SET phase = ?2, closed_at = ?3, close_reason = ?4, chatbot = NULL WHERE id = ?1",
                    params![conversation.as_bytes(), phase::CLOSED, place.at.0, json(reason)],
                )?;
                self.turn_over(*conversation)
            }
            Fact::Erased(erased) => self.erased(place, fact, erased),
            // Written with the rows of what was opened.
            Fact::ProfileNamed { .. } if opens(place.entry) => Ok(()),
            Fact::ProfileNamed { contact, name } => self.named(place, contact.as_bytes(), name),
            Fact::EmailTyped { contact, email } => self.execute(
                "UPDATE contacts SET email = ?2 WHERE id = ?1",
                params![contact.as_bytes(), email],
            ),
            Fact::ContactRenamed { contact, name, .. } => self.renamed(contact.as_bytes(), name),
            Fact::DeadLettered(letter) => self.dead_lettered(place, letter),
            Fact::TimerSet { conversation, kind, due, generation } => {
                self.timer_set(place, *conversation, *kind, *due, *generation)
            }
            Fact::TimerCleared { conversation, kind } => self.timer_cleared(place, *conversation, *kind),
            Fact::Stale { .. }
            | Fact::FormFilled(_)
            | Fact::KnownAgentsForgotten { .. }
            | Fact::LetterSettled { .. }
            | Fact::Noticed(_)
            | Fact::SessionChosen { .. }
            | Fact::OfferMade { .. }
            | Fact::OfferEnded { .. } => Ok(()),
        }
    }

    /// Facts about no conversation's key: the router's and people's.
    fn apply_unkeyed(&self, entry: &Entry) -> rusqlite::Result<()> {
        for fact in &entry.facts {
            match fact {
                Fact::OfferMade { offer, conversation, queue, agent, expires } => {
                    self.offer_made(entry, *offer, *conversation, *queue, *agent, *expires)?;
                }
                Fact::OfferEnded { offer, end, .. } => self.offer_ended(*offer, *end, entry.at)?,
                Fact::KnownAgentsForgotten { before } => {
                    self.known_agents_forgotten(entry.key.tenant().0, *before)?;
                }
                Fact::LetterSettled { letter, .. } => self.letter_settled(*letter, entry.at)?,
                Fact::SessionChosen { agent, choice } => {
                    let (tenant, choice) = (entry.key.tenant().0, choice.as_ref().map(json));
                    self.session_chosen(tenant, agent.as_bytes(), choice.as_deref(), entry.at)?;
                }
                Fact::ContactRenamed { contact, name, .. } => self.renamed(contact.as_bytes(), name)?,
                Fact::DeadLettered(letter) => self.insert_letter(entry.at, &json(&entry.key), entry.key.tenant().0, letter, 0)?,
                Fact::Noticed(notice) => self.execute(
                    "INSERT OR IGNORE INTO notices (fingerprint, at, tenant, owner, kind, raw) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        fingerprint_bytes(notice.fingerprint),
                        entry.at.0,
                        entry.key.tenant().0,
                        json(&entry.key),
                        notice.kind.as_str(),
                        notice.raw.0.get()
                    ],
                )?,
                Fact::Opened(_)
                | Fact::Reopened { .. }
                | Fact::Received(_)
                | Fact::Queued(_)
                | Fact::Attempted { .. }
                | Fact::AttemptAmbiguous { .. }
                | Fact::SendEnded { .. }
                | Fact::StatusRose { .. }
                | Fact::StatusKept { .. }
                | Fact::Assigned { .. }
                | Fact::Requeued { .. }
                | Fact::FirstAnswered { .. }
                | Fact::ReadByAgent { .. }
                | Fact::Closed { .. }
                | Fact::Erased(_)
                | Fact::Stale { .. }
                | Fact::ProfileNamed { .. }
                | Fact::EmailTyped { .. }
                | Fact::LanguageChosen { .. }
                | Fact::FormFilled(_)
                | Fact::BotStarted(_)
                | Fact::MenuMoved { .. }
                | Fact::BotEnded { .. }
                | Fact::TimerSet { .. }
                | Fact::TimerCleared { .. } => {}
            }
        }
        Ok(())
    }

    fn opened(&mut self, place: &Place<'_>, opened: &Opened) -> rusqlite::Result<()> {
        let name = name_in(place.entry);
        let ConversationKey {
            tenant,
            channel,
            address,
            thread,
        } = place.key;
        self.execute(
            "INSERT INTO addresses (key, tenant, channel, address, thread, kind, contact, profile_name) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) \
             ON CONFLICT (key) DO UPDATE SET profile_name = ?8 WHERE ?8 IS NOT NULL",
            params![
                place.digest.0,
                tenant.0,
                channel.as_bytes(),
                address.0.as_str(),
                thread.as_ref().map(|thread| thread.as_str()),
                kind_number(opened.kind),
                opened.contact.as_bytes(),
                name
            ],
        )?;
        self.execute(
            "INSERT INTO contacts (id, tenant, created_at, name) VALUES (?1, ?2, ?3, ?4) \
             ON CONFLICT (id) DO UPDATE SET name = ?4 WHERE ?4 IS NOT NULL AND named_by_hand = 0",
            params![opened.contact.as_bytes(), tenant.0, place.at.0, name],
        )?;
        let (queue, chatbot) = match opened.destination {
            Destination::Queue(queue) => (Some(queue), None),
            Destination::Chatbot(chatbot) => (None, Some(chatbot)),
        };
        self.execute(
            "INSERT INTO conversations (id, key, tenant, channel, contact, phase, queue, first_seq, opened_at, \
             waiting_since, previous, chatbot, preferred, outside_hours, offline, automatic, after_silence) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            params![
                opened.conversation.as_bytes(),
                place.digest.0,
                tenant.0,
                channel.as_bytes(),
                opened.contact.as_bytes(),
                phase::WAITING,
                queue.as_ref().map(|id| id.as_bytes()),
                place.seq,
                place.at.0,
                opened.previous.as_ref().map(|id| id.as_bytes()),
                chatbot.as_ref().map(|id| id.as_bytes()),
                opened.preferred.as_ref().map(|id| id.as_bytes()),
                opened.outside_hours.as_ref().map(json),
                if opened.offline { place.seq } else { 0 },
                opened.automatic,
                opened.after_silence
            ],
        )?;
        let change = self.change(place.digest);
        change.episode = Some(opened.conversation);
        change.activity = Some(place.at);
        Ok(())
    }

    fn received(&mut self, place: &Place<'_>, received: &Received) -> rusqlite::Result<()> {
        let fingerprint = Some(received.fingerprint);
        self.insert_row(
            place,
            Some(received.conversation),
            kind::RECEIVED,
            fingerprint,
            &json(&received.message),
        )?;
        let change = self.change(place.digest);
        let opens = received.opens_window_at(place.at);
        let opened = change.inbound.map_or(opens, |(at, _)| at.max(opens));
        change.inbound = Some((opened, place.seq));
        change.activity = Some(place.at);
        if received.message.offline {
            return self.left(place, received.conversation);
        }
        Ok(())
    }

    /// A message was left, unless somebody or a chatbot has the conversation.
    fn left(&self, place: &Place<'_>, conversation: ConversationId) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE conversations SET offline = ?2 WHERE id = ?1 AND phase = ?3 AND chatbot IS NULL",
            params![conversation.as_bytes(), place.seq, phase::WAITING],
        )
    }

    fn named(&self, place: &Place<'_>, contact: &[u8; 16], name: &str) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE addresses SET profile_name = ?2 WHERE key = ?1",
            params![place.digest.0, name],
        )?;
        self.execute(
            "UPDATE contacts SET name = ?2 WHERE id = ?1 AND named_by_hand = 0",
            params![contact, name],
        )
    }

    fn renamed(&self, contact: &[u8; 16], name: &str) -> rusqlite::Result<()> {
        self.execute(
            "UPDATE contacts SET name = ?2, named_by_hand = 1 WHERE id = ?1",
            params![contact, name],
        )
    }

    /// Writes what became true of each key, and that everything up to `checkpoint` is applied.
    pub(super) fn finish(self, checkpoint: Position) -> rusqlite::Result<Finished> {
        for (digest, change) in &self.keys {
            self.write(*digest, change)?;
        }
        self.execute(
            "UPDATE checkpoint SET position = ?1, erased = iif(?2, ?1, erased)",
            params![checkpoint.0, self.has_erased],
        )?;
        let ends = self.keys.into_iter();
        Ok(Finished {
            ends: ends
                .filter_map(|(digest, change)| Some((digest, change.chain?)))
                .collect(),
            has_erased: self.has_erased,
        })
    }

    /// Writes what became true of a key.
    fn write(&self, digest: KeyDigest, change: &KeyChange) -> rusqlite::Result<()> {
        self.execute(
            "INSERT INTO keys (key, next_seq, episode, last_activity_at, last_inbound_at, last_in_seq, newest_row, row_count, \
             read_in_seq) VALUES (?1, ?2, ?3, coalesce(?4, 0), ?5, coalesce(?6, 0), coalesce(?7, 0), coalesce(?8, 0), \
             coalesce(?9, 0)) \
             ON CONFLICT (key) DO UPDATE SET next_seq = excluded.next_seq, \
             episode = coalesce(excluded.episode, episode), \
             last_activity_at = coalesce(?4, last_activity_at), \
             last_inbound_at = max(coalesce(?5, last_inbound_at), coalesce(last_inbound_at, ?5)), \
             last_in_seq = coalesce(?6, last_in_seq), \
             newest_row = coalesce(?7, newest_row), \
             row_count = coalesce(?8, row_count), \
             read_in_seq = coalesce(?9, read_in_seq)",
            params![
                digest.0,
                change.next_seq,
                change.episode.as_ref().map(|id| id.as_bytes()),
                change.activity.map(|at| at.0),
                change.inbound.map(|(at, _)| at.0),
                change.inbound.map(|(_, seq)| seq),
                change.chain.map(|chain| chain.newest_row),
                change.chain.map(|chain| chain.row_count),
                change.read,
            ],
        )?;
        for (author, seq) in &change.outbound {
            self.execute(
                "UPDATE keys SET other_out_seq = CASE WHEN last_out_author IS NULL OR last_out_author = ?2 \
                 THEN other_out_seq ELSE last_out_seq END, last_out_author = ?2, last_out_seq = ?3 WHERE key = ?1",
                params![digest.0, json(author), seq],
            )?;
        }
        Ok(())
    }

    fn execute(
        &self,
        sql: &'static str,
        parameters: impl rusqlite::Params,
    ) -> rusqlite::Result<()> {
        self.transaction
            .prepare_cached(sql)?
            .execute(parameters)
            .map(|_| ())
    }
}

fn opens(entry: &Entry) -> bool {
    entry
        .facts
        .iter()
        .any(|fact| matches!(fact, Fact::Opened(_)))
}

/// What the customer calls themselves, if the entry says so.
fn name_in(entry: &Entry) -> Option<&str> {
    entry.facts.iter().find_map(|fact| match fact {
        Fact::ProfileNamed { name, .. } => Some(name.as_str()),
        _ => None,
    })
}

fn fingerprint_bytes(fingerprint: Fingerprint) -> [u8; 16] {
    fingerprint.0.to_be_bytes()
}

pub(in crate::storage) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("facts hold only maps with string keys")
}
