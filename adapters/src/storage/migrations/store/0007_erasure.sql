-- Closed conversations in the order of their closing, so that those that are kept no longer are found.
CREATE INDEX conversations_closed ON conversations (tenant, closed_at) WHERE phase = 2;

-- Everything of the key up to this number is erased; and how many rows of its timeline went with it.
ALTER TABLE keys ADD COLUMN erased_up_to INTEGER NOT NULL DEFAULT 0;
ALTER TABLE keys ADD COLUMN erased_rows INTEGER NOT NULL DEFAULT 0;

-- Fingerprints of the ids of erased messages, for as long as a repetition must be known.
CREATE TABLE erased_ids (
    key         BLOB NOT NULL,
    seq         INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    PRIMARY KEY (key, seq)
) WITHOUT ROWID;
CREATE INDEX erased_ids_at ON erased_ids (at);

-- The position up to which something was erased here, and up to which it is gone from the WAL and the journal too.
ALTER TABLE checkpoint ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
ALTER TABLE checkpoint ADD COLUMN scrubbed INTEGER NOT NULL DEFAULT 0;
