-- How far the journal has been applied; one row.
CREATE TABLE checkpoint (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL,
    epoch    INTEGER NOT NULL
);
INSERT INTO checkpoint (id, position, epoch) VALUES (1, 0, 0);

-- One row for each key, updated with every entry: kept narrow on purpose.
CREATE TABLE keys (
    key              BLOB PRIMARY KEY,
    next_seq         INTEGER NOT NULL,
    episode          BLOB,
    last_activity_at INTEGER NOT NULL DEFAULT 0,
    last_inbound_at  INTEGER,
    last_in_seq      INTEGER NOT NULL DEFAULT 0,
    last_out_seq     INTEGER NOT NULL DEFAULT 0,
    other_out_seq    INTEGER NOT NULL DEFAULT 0,
    last_out_author  TEXT,
    newest_row       INTEGER NOT NULL DEFAULT 0,
    row_count        INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- What does not change about a key.
CREATE TABLE addresses (
    key     BLOB PRIMARY KEY,
    tenant  INTEGER NOT NULL,
    channel BLOB NOT NULL,
    address TEXT NOT NULL,
    thread  TEXT,
    kind    INTEGER NOT NULL,
    contact BLOB NOT NULL,
    profile_name TEXT
) WITHOUT ROWID;
CREATE INDEX addresses_contact ON addresses (contact);

-- One row for each episode.
CREATE TABLE conversations (
    id              BLOB PRIMARY KEY,
    key             BLOB NOT NULL,
    tenant          INTEGER NOT NULL,
    channel         BLOB NOT NULL,
    contact         BLOB NOT NULL,
    phase           INTEGER NOT NULL,
    queue           BLOB,
    agent           BLOB,
    first_seq       INTEGER NOT NULL,
    opened_at       INTEGER NOT NULL,
    waiting_since   INTEGER NOT NULL,
    assigned_at     INTEGER,
    first_answer_at INTEGER,
    closed_at       INTEGER,
    close_reason    TEXT,
    idle_generation INTEGER NOT NULL DEFAULT 0,
    previous        BLOB
) WITHOUT ROWID;
CREATE INDEX conversations_open ON conversations (queue, agent) WHERE phase < 2;
CREATE INDEX conversations_contact ON conversations (contact, id);
CREATE INDEX conversations_key ON conversations (key, id);

-- Everything that happened, in the journal's order. It has no index by key, which would change a page somewhere for each
-- row: a row names the row of its key before it (0 for none), and the table of keys names the newest.
CREATE TABLE timeline (
    id          INTEGER PRIMARY KEY,
    previous    INTEGER NOT NULL,
    key         BLOB NOT NULL,
    seq         INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    episode     BLOB,
    kind        INTEGER NOT NULL,
    fingerprint BLOB,
    body        TEXT NOT NULL
);

-- Every 64th row of a key, so that an old number is found without walking back from the newest row.
CREATE TABLE timeline_marks (
    key BLOB NOT NULL,
    seq INTEGER NOT NULL,
    row INTEGER NOT NULL,
    PRIMARY KEY (key, seq)
) WITHOUT ROWID;

-- The fate of outgoing messages.
CREATE TABLE deliveries (
    key           BLOB NOT NULL,
    seq           INTEGER NOT NULL,
    row           INTEGER NOT NULL,
    conversation  BLOB NOT NULL,
    channel       BLOB NOT NULL,
    queued_at     INTEGER NOT NULL,
    status        INTEGER NOT NULL,
    status_at     INTEGER NOT NULL,
    provider_id   TEXT,
    fingerprint   BLOB,
    error         TEXT,
    attempt       INTEGER NOT NULL DEFAULT 0,
    attempting    INTEGER NOT NULL DEFAULT 0,
    ambiguous     INTEGER NOT NULL DEFAULT 0,
    blind_retries INTEGER NOT NULL DEFAULT 0,
    not_before    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (key, seq)
) WITHOUT ROWID;
CREATE INDEX deliveries_pending ON deliveries (queued_at) WHERE status = 0;

CREATE TABLE kept_statuses (
    key         BLOB NOT NULL,
    fingerprint BLOB NOT NULL,
    report      TEXT NOT NULL,
    PRIMARY KEY (key, fingerprint)
) WITHOUT ROWID;

CREATE TABLE contacts (
    id         BLOB PRIMARY KEY,
    tenant     INTEGER NOT NULL,
    name       TEXT,
    named_by_hand INTEGER NOT NULL DEFAULT 0,
    email      TEXT,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX contacts_email ON contacts (tenant, email) WHERE email IS NOT NULL;

CREATE TABLE timers (
    key        BLOB NOT NULL,
    kind       INTEGER NOT NULL,
    due        INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    PRIMARY KEY (key, kind)
) WITHOUT ROWID;
CREATE INDEX timers_due ON timers (due);

-- What each agent works on, so that a restart gives them their place back.
CREATE TABLE agent_sessions (
    agent  BLOB PRIMARY KEY,
    tenant INTEGER NOT NULL,
    choice TEXT NOT NULL,
    since  INTEGER NOT NULL
) WITHOUT ROWID;

-- Every change of presence: reports are made of it.
CREATE TABLE presence_history (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    agent  BLOB NOT NULL,
    choice TEXT
);

-- Every offer with its end: reports are made of it.
CREATE TABLE offers (
    id           BLOB PRIMARY KEY,
    tenant       INTEGER NOT NULL,
    conversation BLOB NOT NULL,
    queue        BLOB NOT NULL,
    agent        BLOB NOT NULL,
    made_at      INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    end          TEXT
) WITHOUT ROWID;
CREATE INDEX offers_conversation ON offers (conversation);
CREATE INDEX offers_open ON offers (tenant) WHERE ended_at IS NULL;

CREATE TABLE dead_letters (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    tenant INTEGER NOT NULL,
    key    TEXT NOT NULL,
    cause  TEXT NOT NULL,
    letter TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    settled_at INTEGER
);
CREATE INDEX dead_letters_open ON dead_letters (tenant, id) WHERE settled_at IS NULL;

-- What providers reported about accounts, numbers and templates, once each.
CREATE TABLE notices (
    fingerprint BLOB PRIMARY KEY,
    at          INTEGER NOT NULL,
    tenant      INTEGER NOT NULL,
    owner       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    raw         TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX notices_at ON notices (at);
