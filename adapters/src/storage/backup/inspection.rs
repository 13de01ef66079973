//! Reads a whole data directory and says what is wrong with it. Changes nothing.
//!
//! What must stay true: every promise about stored data that can be checked from the files alone is checked here, by the
//! backup, by `ecluse check` and by the crash tests alike. Numbers of facts that people do not see have no row in the
//! timeline, so that the numbers of a key are compared with the journal as far back as it reaches, and with the newest
//! row below that.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use ecluse_engine::ids::KeyDigest;
use ecluse_engine::journal::Position;
use ecluse_engine::message::{Entry, Fact};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::super::config_db::CONFIG_DB_FILE;
use super::super::data_dir::JOURNAL_DIR;
use super::super::journal::{JournalError, SegmentReader, older};
use super::{Access, STORE};

/// Findings of one kind that are listed; the rest is only counted.
const LISTED_MAX: usize = 5;

/// How much is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What the rows say.
    Rows,
    /// Every page of the databases too.
    Pages,
}

/// What a data directory holds, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// How far the read model is.
    pub checkpoint: Position,
    /// The newest entry of the journal.
    pub head: Position,
    pub journal_entries: u64,
    pub conversations: u64,
    pub open_conversations: u64,
    pub messages: u64,
    pub contacts: u64,
    pub notices: u64,
    pub dead_letters: u64,
    pub channels: u64,
    pub queues: u64,
    pub people: u64,
    pub findings: Vec<Finding>,
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// A file cannot be read, or SQLite says that it is damaged.
    Damaged { file: &'static str, detail: String },
    /// The journal is that of an older version, which nobody has opened with this one.
    OlderJournal,
    /// A file is of a newer version than this one.
    Newer { detail: String },
    /// Entries that the read model lacks are not in the journal.
    Gap {
        checkpoint: Position,
        oldest: Position,
    },
    /// The journal ends before the read model.
    Behind {
        checkpoint: Position,
        head: Position,
    },
    /// An entry does not go on where the one before it on the same key ended.
    BrokenOrder { position: Position },
    /// An entry cannot be read.
    Undecodable { position: Position },
    /// A message of an applied entry is not in the read model.
    NotApplied { position: Position, seq: u64 },
    /// Rows of the read model contradict each other.
    Rows { rule: &'static str, count: u64 },
    /// More findings like the last.
    More { count: usize },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { file, detail } => write!(f, "{file} is damaged: {detail}"),
            Self::OlderJournal => write!(
                f,
                "the journal is of an older version: start this version once, then check again"
            ),
            Self::Newer { detail } => f.write_str(detail),
            Self::Gap { checkpoint, oldest } => write!(
                f,
                "the store ends at {} but the journal begins at {}: entries between them are missing",
                checkpoint.0, oldest.0
            ),
            Self::Behind { checkpoint, head } => {
                write!(
                    f,
                    "the journal ends at {}, before the store, which ends at {}",
                    head.0, checkpoint.0
                )
            }
            Self::BrokenOrder { position } => {
                write!(
                    f,
                    "entry {} does not go on where its conversation stood",
                    position.0
                )
            }
            Self::Undecodable { position } => write!(f, "entry {} cannot be read", position.0),
            Self::NotApplied { position, seq } => {
                write!(
                    f,
                    "message {seq} of entry {} is not in the store",
                    position.0
                )
            }
            Self::Rows { rule, count } => write!(f, "{count} × {rule}"),
            Self::More { count } => write!(f, "{count} more like this"),
        }
    }
}

/// Reads the data directory `dir`, which nobody else may be changing.
#[must_use]
pub fn inspect(dir: &Path, scope: Scope) -> Inspection {
    let mut inspection = Inspection::default();
    for file in [STORE, CONFIG_DB_FILE] {
        if scope == Scope::Pages {
            let damage = check_pages(dir, file).unwrap_or_else(|error| vec![chain(&error)]);
            let damaged = |detail| Finding::Damaged { file, detail };
            inspection.findings.extend(damage.into_iter().map(damaged));
        }
    }
    if inspection.findings.is_empty() {
        inspection.read_rows(dir);
    }
    inspection
}

fn check_pages(dir: &Path, file: &str) -> rusqlite::Result<Vec<String>> {
    let connection = Access::AtRest.open(&dir.join(file))?;
    let mut check = connection.prepare(&format!("PRAGMA integrity_check({LISTED_MAX})"))?;
    let lines: Vec<String> = check
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

impl Inspection {
    fn read_rows(&mut self, dir: &Path) {
        let read = self.read_store(dir);
        self.note(STORE, read);
        match self.read_journal(dir) {
            Err(newer @ JournalError::Newer { .. }) => {
                let detail = newer.to_string();
                self.findings.push(Finding::Newer { detail });
            }
            read => self.note(JOURNAL_DIR, read),
        }
        let read = self.read_config(dir);
        self.note(CONFIG_DB_FILE, read);
    }

    fn note(&mut self, file: &'static str, read: Result<(), impl std::error::Error + 'static>) {
        if let Err(error) = read {
            let detail = chain(&error);
            self.findings.push(Finding::Damaged { file, detail });
        }
    }

    fn read_store(&mut self, dir: &Path) -> rusqlite::Result<()> {
        let store = open_with_places(dir)?;
        let count = |sql: &str| store.query_row(sql, [], |row| row.get::<_, u64>(0));
        self.checkpoint = Position(count("SELECT position FROM checkpoint")?);
        self.conversations = count("SELECT count(*) FROM conversations")?;
        self.open_conversations = count("SELECT count(*) FROM conversations WHERE phase < 2")?;
        self.messages = count("SELECT count(*) FROM timeline WHERE kind IN (1, 2)")?;
        self.contacts = count("SELECT count(*) FROM contacts")?;
        self.notices = count("SELECT count(*) FROM notices")?;
        self.dead_letters = count("SELECT count(*) FROM dead_letters WHERE settled_at IS NULL")?;
        for (rule, sql) in RULES {
            let count = count(sql)?;
            if count > 0 {
                self.findings.push(Finding::Rows { rule, count });
            }
        }
        Ok(())
    }

    fn read_config(&mut self, dir: &Path) -> rusqlite::Result<()> {
        let config = Access::AtRest.open(&dir.join(CONFIG_DB_FILE))?;
        let count = |sql: &str| config.query_row(sql, [], |row| row.get::<_, u64>(0));
        self.channels = count("SELECT count(*) FROM channels WHERE state = 'active'")?;
        self.queues = count("SELECT count(*) FROM queues")?;
        self.people = count("SELECT count(*) FROM people")?;
        Ok(())
    }

    fn read_journal(&mut self, dir: &Path) -> Result<(), JournalError> {
        let directory = dir.join(JOURNAL_DIR);
        if !directory.exists() && older(&directory).exists() {
            self.findings.push(Finding::OlderJournal);
            return Ok(());
        }
        let journal = SegmentReader::open(&directory)?;
        let checkpoint = self.checkpoint;
        let Some((oldest, newest)) = journal.ends() else {
            // The newest entry is never trimmed: an empty journal has never been that of a store with entries.
            if checkpoint > Position(0) {
                let head = Position(0);
                self.findings.push(Finding::Behind { checkpoint, head });
            }
            return Ok(());
        };
        self.head = newest;
        self.journal_entries = newest.0 - oldest.0 + 1;
        if oldest.0 > checkpoint.0 + 1 {
            self.findings.push(Finding::Gap { checkpoint, oldest });
        }
        if newest < checkpoint {
            let head = newest;
            self.findings.push(Finding::Behind { checkpoint, head });
        }
        let read = self.read_entries(&journal, dir)?;
        self.note(STORE, read);
        Ok(())
    }

    /// Follows the journal's entries beside the store. The inner error is the store's.
    fn read_entries(
        &mut self,
        journal: &SegmentReader,
        dir: &Path,
    ) -> Result<rusqlite::Result<()>, JournalError> {
        let store = match open_with_places(dir) {
            Ok(store) => store,
            Err(error) => return Ok(Err(error)),
        };
        let mut follower = Follower {
            store: &store,
            checkpoint: self.checkpoint,
            next: HashMap::new(),
            findings: Vec::new(),
        };
        let mut followed = Ok(());
        journal.for_each(|position, entry| match entry {
            Ok(entry) if followed.is_ok() => followed = follower.follow(position, &entry),
            Ok(_) => {}
            Err(_) => follower.findings.push(Finding::Undecodable { position }),
        })?;
        let followed = followed.and_then(|()| follower.compare_ends());
        let listed = follower.findings.len().min(LISTED_MAX);
        let more = follower.findings.split_off(listed).len();
        self.findings.append(&mut follower.findings);
        if more > 0 {
            self.findings.push(Finding::More { count: more });
        }
        Ok(followed)
    }
}

fn open_with_places(dir: &Path) -> rusqlite::Result<Connection> {
    let store = Access::AtRest.open(&dir.join(STORE))?;
    store.execute_batch(PLACES)?;
    store.execute_batch(erasures(&store)?)?;
    Ok(store)
}

/// Up to which number each key is erased. A store that no later version has opened knows nothing of erasures.
fn erasures(store: &Connection) -> rusqlite::Result<&'static str> {
    Ok(match store.column_exists(None, "keys", "erased_up_to")? {
        true => {
            "CREATE TEMP VIEW erasures AS SELECT key, erased_up_to AS up_to, erased_rows AS gone FROM keys"
        }
        false => "CREATE TEMP VIEW erasures AS SELECT key, 0 AS up_to, 0 AS gone FROM keys",
    })
}

/// Where a key stands after an applied entry, and which one that was.
#[derive(Clone, Copy)]
struct Stand {
    next_seq: u64,
    after: Position,
}

/// Reads the journal beside the store.
struct Follower<'s> {
    store: &'s Connection,
    checkpoint: Position,
    next: HashMap<KeyDigest, Stand>,
    findings: Vec<Finding>,
}

impl Follower<'_> {
    fn follow(&mut self, position: Position, entry: &Entry) -> rusqlite::Result<()> {
        let Some(key) = entry.conversation_key() else {
            return Ok(());
        };
        let digest = key.digest();
        let applied = position <= self.checkpoint;
        let expected = match self.next.get(&digest).copied() {
            Some(stand) if applied || stand.after > self.checkpoint => Some(stand.next_seq),
            Some(stand) => {
                self.compare_end(digest, stand)?;
                Some(stand.next_seq)
            }
            None if applied => None,
            None => Some(self.stored_next(digest)?.unwrap_or(1)),
        };
        if expected.is_some_and(|expected| expected != entry.first_seq) {
            self.findings.push(Finding::BrokenOrder { position });
        }
        if applied {
            self.find_messages(position, digest, entry)?;
        }
        let next_seq = entry.first_seq + entry.facts.len() as u64;
        self.next.insert(
            digest,
            Stand {
                next_seq,
                after: position,
            },
        );
        Ok(())
    }

    fn find_messages(
        &mut self,
        position: Position,
        digest: KeyDigest,
        entry: &Entry,
    ) -> rusqlite::Result<()> {
        let mut row = self
            .store
            .prepare_cached("SELECT 1 FROM places WHERE key = ?1 AND seq = ?2")?;
        for (seq, fact) in entry.numbered() {
            let is_message = matches!(fact, Fact::Received(_) | Fact::Queued(_));
            if is_message
                && !self.is_erased(digest, seq)?
                && row
                    .query_row(params![digest.0, seq], |_| Ok(()))
                    .optional()?
                    .is_none()
            {
                self.findings.push(Finding::NotApplied { position, seq });
            }
        }
        Ok(())
    }

    fn is_erased(&self, digest: KeyDigest, seq: u64) -> rusqlite::Result<bool> {
        let mut key = self
            .store
            .prepare_cached("SELECT 1 FROM erasures WHERE key = ?1 AND up_to >= ?2")?;
        key.exists(params![digest.0, seq])
    }

    /// What was applied last says where each key stands in the store.
    fn compare_ends(&mut self) -> rusqlite::Result<()> {
        let applied: Vec<_> = self
            .next
            .iter()
            .filter(|(_, stand)| stand.after <= self.checkpoint)
            .collect();
        let applied: Vec<_> = applied
            .into_iter()
            .map(|(digest, stand)| (*digest, *stand))
            .collect();
        applied
            .into_iter()
            .try_for_each(|(digest, stand)| self.compare_end(digest, stand))
    }

    fn compare_end(&mut self, digest: KeyDigest, stand: Stand) -> rusqlite::Result<()> {
        if self.stored_next(digest)? != Some(stand.next_seq) {
            self.findings.push(Finding::BrokenOrder {
                position: stand.after,
            });
        }
        Ok(())
    }

    fn stored_next(&self, digest: KeyDigest) -> rusqlite::Result<Option<u64>> {
        let mut select = self
            .store
            .prepare_cached("SELECT next_seq FROM keys WHERE key = ?1")?;
        select.query_row([digest.0], |row| row.get(0)).optional()
    }
}

/// The timeline by key and number, which it has no index for itself: a temporary table of the inspection alone.
const PLACES: &str = "
    CREATE TEMP TABLE places AS SELECT key, seq, id, kind, previous, fingerprint, at FROM timeline ORDER BY key, seq;
    CREATE INDEX temp.places_key_seq ON places (key, seq);
";

/// What must be true of the read model's rows: each query counts the exceptions.
const RULES: &[(&str, &str)] = &[
    (
        "a key with two open conversations",
        "SELECT count(*) FROM (SELECT 1 FROM conversations WHERE phase < 2 GROUP BY key HAVING count(*) > 1)",
    ),
    (
        "a number given twice within a key",
        "SELECT count(*) FROM (SELECT 1 FROM places GROUP BY key, seq HAVING count(*) > 1)",
    ),
    (
        "a key whose rows are not in the order of their numbers",
        "SELECT count(DISTINCT key) FROM \
         (SELECT key, id < lag(id) OVER (PARTITION BY key ORDER BY seq) AS back FROM places) WHERE back",
    ),
    (
        "a row that does not name the row of its key before it",
        "SELECT count(*) FROM (SELECT previous <> lag(id, 1, 0) OVER (PARTITION BY key ORDER BY seq) AS astray FROM places) \
         WHERE astray",
    ),
    (
        "a key that does not name its newest row, or counts its rows wrongly",
        "SELECT count(*) FROM (SELECT key, max(id) AS newest, count(*) AS number FROM places GROUP BY key) p \
         LEFT JOIN keys k ON k.key = p.key LEFT JOIN erasures e ON e.key = p.key \
         WHERE k.key IS NULL OR k.newest_row <> p.newest OR k.row_count - e.gone <> p.number",
    ),
    (
        "a mark that is missing or marks another row",
        "SELECT count(*) FROM \
         (SELECT p.key, seq, id, e.gone + row_number() OVER (PARTITION BY p.key ORDER BY seq) AS place \
         FROM places p JOIN erasures e ON e.key = p.key) p \
         LEFT JOIN timeline_marks m ON m.key = p.key AND m.seq = p.seq \
         WHERE (p.place % 64 = 0) <> (m.row IS NOT NULL) OR m.row <> p.id",
    ),
    (
        "a key whose next number is not above its newest row",
        "SELECT count(*) FROM (SELECT key, max(seq) AS newest FROM places GROUP BY key) p \
         LEFT JOIN keys k ON k.key = p.key WHERE k.next_seq IS NULL OR k.next_seq <= p.newest",
    ),
    (
        "a key whose newest message is missing",
        "SELECT count(*) FROM keys k WHERE \
         (k.last_in_seq > 0 AND NOT EXISTS (SELECT 1 FROM places p WHERE p.key = k.key AND p.seq = k.last_in_seq AND p.kind = 1)) \
         OR (k.last_out_seq > 0 AND NOT EXISTS (SELECT 1 FROM places p WHERE p.key = k.key AND p.seq = k.last_out_seq AND p.kind = 2))",
    ),
    (
        "a conversation without its first row, its address or its contact",
        "SELECT count(*) FROM conversations c \
         WHERE NOT EXISTS (SELECT 1 FROM places p WHERE p.key = c.key AND p.seq = c.first_seq) \
         OR NOT EXISTS (SELECT 1 FROM addresses a WHERE a.key = c.key) \
         OR NOT EXISTS (SELECT 1 FROM contacts p WHERE p.id = c.contact)",
    ),
    (
        "a message that was erased and is still there",
        "SELECT count(*) FROM places p JOIN erasures e ON e.key = p.key WHERE p.seq <= e.up_to AND p.kind <> 3",
    ),
    (
        "a delivery without its message",
        "SELECT count(*) FROM deliveries d WHERE NOT EXISTS \
         (SELECT 1 FROM timeline t WHERE t.id = d.row AND t.key = d.key AND t.seq = d.seq AND t.kind = 2)",
    ),
    (
        // Within the seven days in which a repetition is known as one.
        "a message shown twice",
        "SELECT count(*) FROM \
         (SELECT at - lag(at) OVER (PARTITION BY key, fingerprint ORDER BY at) AS apart FROM places \
         WHERE fingerprint IS NOT NULL) WHERE apart <= 604800000000",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::projector::MIGRATIONS;

    /// Each rule, and a change of a sound store that it must notice.
    #[test]
    fn every_rule_notices_what_it_is_about() {
        let broken = [
            "INSERT INTO conversations (id, key, tenant, channel, contact, phase, first_seq, opened_at, waiting_since) \
             SELECT x'02', key, tenant, channel, contact, 1, first_seq, opened_at, waiting_since FROM conversations",
            "UPDATE timeline SET seq = 4 WHERE seq = 5",
            "UPDATE timeline SET id = id + 10 WHERE seq = 4",
            "UPDATE timeline SET previous = 1 WHERE seq = 5",
            "UPDATE keys SET newest_row = 2",
            "INSERT INTO timeline_marks VALUES (x'0a', 4, 2)",
            "UPDATE keys SET next_seq = 5",
            "DELETE FROM timeline WHERE seq = 5",
            "DELETE FROM contacts",
            "UPDATE keys SET erased_up_to = 4",
            "INSERT INTO deliveries (key, seq, row, conversation, channel, queued_at, status, status_at) \
             VALUES (x'0a', 5, 3, x'01', x'0c', 0, 0, 0)",
            "UPDATE timeline SET fingerprint = x'0f'",
        ];
        assert_eq!(broken.len(), RULES.len());
        for ((rule, sql), change) in RULES.iter().zip(broken) {
            let store = Connection::open_in_memory().unwrap();
            for migration in MIGRATIONS {
                store.execute_batch(migration).unwrap();
            }
            store.execute_batch(erasures(&store).unwrap()).unwrap();
            store.execute_batch(SOUND).unwrap();
            let count = || {
                store
                    .execute_batch(&format!("DROP TABLE IF EXISTS temp.places; {PLACES}"))
                    .unwrap();
                store
                    .query_row(sql, [], |row| row.get::<_, u64>(0))
                    .unwrap()
            };
            assert_eq!(count(), 0, "{rule}");
            store.execute_batch(change).unwrap();
            assert!(count() > 0, "{rule}");
        }
    }

    const SOUND: &str = "
        INSERT INTO contacts (id, tenant, created_at) VALUES (x'0c', 1, 0);
        INSERT INTO addresses (key, tenant, channel, address, kind, contact) VALUES (x'0a', 1, x'0b', '33', 5, x'0c');
        INSERT INTO keys (key, next_seq, last_in_seq, newest_row, row_count) VALUES (x'0a', 6, 5, 3, 3);
        INSERT INTO conversations (id, key, tenant, channel, contact, phase, first_seq, opened_at, waiting_since)
            VALUES (x'01', x'0a', 1, x'0b', x'0c', 0, 1, 0, 0);
        INSERT INTO timeline (previous, key, seq, at, kind, fingerprint, body) VALUES
            (0, x'0a', 1, 0, 3, NULL, '{}'), (1, x'0a', 4, 0, 1, x'0d', '{}'), (2, x'0a', 5, 0, 1, x'0e', '{}');
    ";
}
