-- What administrators decided, and who may sign in. Times are microseconds since the Unix epoch, ids are the sixteen
-- bytes of a UUID, `revision` is the configuration's revision at the row's last change.

CREATE TABLE meta (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    epoch           BLOB    NOT NULL CHECK (length(epoch) = 16),
    fingerprint_key BLOB    NOT NULL CHECK (length(fingerprint_key) = 16),
    canary          BLOB    NOT NULL,
    revision        INTEGER NOT NULL
) STRICT;

CREATE TABLE tenants (
    id         INTEGER PRIMARY KEY,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- A deleted queue or person keeps its row and its name: the history of conversations names them.
CREATE TABLE queues (
    id                 BLOB    PRIMARY KEY,
    tenant             INTEGER NOT NULL REFERENCES tenants (id),
    name               TEXT    NOT NULL,
    name_key           TEXT    NOT NULL,
    strategy           TEXT    NOT NULL,
    agent_order        TEXT    NOT NULL,
    offer_timeout_secs INTEGER NOT NULL,
    max_per_agent      INTEGER NOT NULL,
    on_agent_lost      TEXT    NOT NULL,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    deleted_at         INTEGER,
    revision           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX queues_by_name ON queues (tenant, name_key) WHERE deleted_at IS NULL;

CREATE TABLE people (
    id            BLOB    PRIMARY KEY,
    tenant        INTEGER NOT NULL REFERENCES tenants (id),
    name          TEXT    NOT NULL,
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL,
    number        TEXT    NOT NULL CHECK (number GLOB '[0-9][0-9][0-9][0-9]'),
    pin_hash      TEXT,
    password_hash TEXT,
    role          TEXT    NOT NULL,
    wrap_up_secs  INTEGER NOT NULL,
    capacity      INTEGER NOT NULL,
    language      TEXT,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    deleted_at    INTEGER,
    revision      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX people_by_email ON people (tenant, email_key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX people_by_number ON people (tenant, number) WHERE deleted_at IS NULL;

CREATE TABLE queue_members (
    queue  BLOB    NOT NULL REFERENCES queues (id),
    person BLOB    NOT NULL REFERENCES people (id),
    tenant INTEGER NOT NULL REFERENCES tenants (id),
    PRIMARY KEY (queue, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_members_by_person ON queue_members (person);

CREATE TABLE channels (
    id              BLOB    PRIMARY KEY,
    tenant          INTEGER NOT NULL REFERENCES tenants (id),
    kind            TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    address         TEXT    NOT NULL,
    queue           BLOB    REFERENCES queues (id),
    chatbot         BLOB,
    settings        TEXT    NOT NULL CHECK (json_valid(settings)),
    state           TEXT    NOT NULL CHECK (state IN ('active', 'deleted')),
    degraded_reason TEXT,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL,
    revision        INTEGER NOT NULL,
    CHECK ((queue IS NULL) <> (chatbot IS NULL))
) STRICT, WITHOUT ROWID;

-- Each secret is sealed for its row: the master key alone opens it, and only here.
CREATE TABLE channel_secrets (
    channel BLOB    NOT NULL REFERENCES channels (id),
    name    TEXT    NOT NULL,
    tenant  INTEGER NOT NULL REFERENCES tenants (id),
    sealed  BLOB    NOT NULL,
    PRIMARY KEY (channel, name)
) STRICT, WITHOUT ROWID;

-- Who holds an address. The scope says how far an address is unique: it names a tenant, or the whole deployment.
CREATE TABLE channel_addresses (
    scope   TEXT    NOT NULL,
    address TEXT    NOT NULL,
    channel BLOB    NOT NULL REFERENCES channels (id),
    tenant  INTEGER NOT NULL REFERENCES tenants (id),
    PRIMARY KEY (scope, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX channel_addresses_by_channel ON channel_addresses (channel);

-- Tokens and keys are 256 random bits; their SHA-256 is all that is kept.
CREATE TABLE sessions (
    token_hash   BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    tenant       INTEGER NOT NULL REFERENCES tenants (id),
    person       BLOB    NOT NULL REFERENCES people (id),
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_person ON sessions (person);

CREATE TABLE api_keys (
    id           BLOB    PRIMARY KEY,
    tenant       INTEGER NOT NULL REFERENCES tenants (id),
    name         TEXT    NOT NULL,
    role         TEXT    NOT NULL,
    key_hash     BLOB    NOT NULL UNIQUE CHECK (length(key_hash) = 32),
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE invitations (
    token_hash BLOB    PRIMARY KEY CHECK (length(token_hash) = 32),
    tenant     INTEGER NOT NULL REFERENCES tenants (id),
    person     BLOB    NOT NULL REFERENCES people (id),
    purpose    TEXT    NOT NULL CHECK (purpose IN ('invitation', 'reset')),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invitations_by_person ON invitations (person);

CREATE TABLE audit (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant      INTEGER NOT NULL REFERENCES tenants (id),
    at          INTEGER NOT NULL,
    revision    INTEGER NOT NULL,
    editor_kind TEXT    NOT NULL,
    editor      BLOB,
    editor_name TEXT    NOT NULL,
    resource    TEXT    NOT NULL,
    resource_id BLOB    NOT NULL,
    action      TEXT    NOT NULL,
    before      TEXT    CHECK (json_valid(before)),
    after       TEXT    CHECK (json_valid(after))
) STRICT;
CREATE INDEX audit_by_tenant ON audit (tenant, position);

INSERT INTO tenants (id, name, created_at) VALUES (1, 'default', 0);
