-- What a person must know of, and what became of the mail that tells it.
CREATE TABLE alerts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant      INTEGER NOT NULL REFERENCES tenants (id),
    facts       TEXT    NOT NULL CHECK (json_valid(facts)),
    raised_at   INTEGER NOT NULL,
    mail_state  TEXT    NOT NULL,
    -- When it was sent, or will be tried next.
    mail_at     INTEGER NOT NULL,
    mail_tries  INTEGER NOT NULL DEFAULT 0,
    -- What the mail server said.
    mail_words  TEXT
) STRICT;
CREATE INDEX alerts_by_tenant ON alerts (tenant, id);
CREATE INDEX alerts_waiting ON alerts (mail_at) WHERE mail_state = 'waiting';
