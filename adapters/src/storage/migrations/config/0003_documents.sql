-- Every resource has its author's own name for it, by which files of configuration speak of it.
ALTER TABLE tenants ADD COLUMN key TEXT NOT NULL DEFAULT 'default';
CREATE UNIQUE INDEX tenants_by_key ON tenants (key);
ALTER TABLE queues ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE channels ADD COLUMN key TEXT NOT NULL DEFAULT '';
UPDATE queues SET key = lower(hex(id));
UPDATE people SET key = lower(hex(id));
UPDATE channels SET key = lower(hex(id));
CREATE UNIQUE INDEX queues_by_key ON queues (tenant, key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX people_by_key ON people (tenant, key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX channels_by_key ON channels (tenant, key) WHERE state <> 'deleted';

-- Who reads what changed reads by revision.
CREATE INDEX queues_by_revision ON queues (revision);
CREATE INDEX people_by_revision ON people (revision);
CREATE INDEX channels_by_revision ON channels (revision);

-- What a queue does besides handing out: operation times, returning customers, the survey.
ALTER TABLE queues ADD COLUMN rules TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(rules));

ALTER TABLE channels ADD COLUMN language TEXT;
ALTER TABLE channels ADD COLUMN auto_replies TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(auto_replies));
ALTER TABLE channels ADD COLUMN sign_in_required INTEGER NOT NULL DEFAULT 0;
ALTER TABLE channels ADD COLUMN pending_deletion_until INTEGER;

-- Chatbots, forms, SMS trunks, and each tenant's settings and licence: whole, as JSON, without secrets.
CREATE TABLE documents (
    id         BLOB    PRIMARY KEY,
    tenant     INTEGER NOT NULL REFERENCES tenants (id),
    kind       TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    body       TEXT    NOT NULL CHECK (json_valid(body)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    revision   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX documents_by_key ON documents (tenant, kind, key) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX documents_by_name ON documents (tenant, kind, name_key) WHERE deleted_at IS NULL;
CREATE INDEX documents_by_revision ON documents (revision);

CREATE TABLE document_secrets (
    document BLOB    NOT NULL REFERENCES documents (id),
    name     TEXT    NOT NULL,
    tenant   INTEGER NOT NULL REFERENCES tenants (id),
    sealed   BLOB    NOT NULL,
    PRIMARY KEY (document, name)
) STRICT, WITHOUT ROWID;

-- Who points to what: what is pointed to cannot be deleted.
CREATE TABLE links (
    source      BLOB    NOT NULL,
    source_kind TEXT    NOT NULL,
    target      BLOB    NOT NULL,
    tenant      INTEGER NOT NULL REFERENCES tenants (id),
    PRIMARY KEY (source, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_by_target ON links (target);
INSERT INTO links (source, source_kind, target, tenant)
    SELECT id, 'channel', coalesce(queue, chatbot), tenant FROM channels WHERE state <> 'deleted';

-- Who may not write. A lifted ban keeps its row, for the history.
CREATE TABLE bans (
    id         BLOB    PRIMARY KEY,
    tenant     INTEGER NOT NULL REFERENCES tenants (id),
    kind       TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    banned_by  TEXT    NOT NULL,
    since      INTEGER NOT NULL,
    until      INTEGER,
    lifted_at  INTEGER,
    revision   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX bans_by_address ON bans (tenant, kind, address) WHERE lifted_at IS NULL;
CREATE INDEX bans_by_revision ON bans (revision);

-- What a sign-on window found out, until a channel takes it or a quarter of an hour is over.
CREATE TABLE sign_ons (
    id         BLOB    PRIMARY KEY,
    tenant     INTEGER NOT NULL REFERENCES tenants (id),
    kind       TEXT    NOT NULL,
    state_hash BLOB    NOT NULL UNIQUE,
    state      TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Answers to requests that carried an Idempotency-Key.
CREATE TABLE idempotency (
    tenant     INTEGER NOT NULL REFERENCES tenants (id),
    caller     BLOB    NOT NULL,
    key        TEXT    NOT NULL,
    request    BLOB    NOT NULL,
    sealed     BLOB    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, caller, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_end ON idempotency (expires_at);
