-- What machines said in an episode (bits), and what was true when it opened.
ALTER TABLE conversations ADD COLUMN auto_replied INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN automatic INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN after_silence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN offline INTEGER NOT NULL DEFAULT 0;
-- Of an episode that was opened while its queue was closed: why, and until when, as JSON.
ALTER TABLE conversations ADD COLUMN outside_hours TEXT;
-- The agent whom the customer knows.
ALTER TABLE conversations ADD COLUMN preferred BLOB;
-- The chatbot whose turn it is, or will be.
ALTER TABLE conversations ADD COLUMN chatbot BLOB;

-- The customer's language, if it is known.
ALTER TABLE addresses ADD COLUMN language TEXT;

-- The menus that run, as they were when they began.
CREATE TABLE bot_turns (
    conversation   BLOB PRIMARY KEY,
    chatbot        BLOB NOT NULL,
    script         TEXT NOT NULL,
    fallback_queue BLOB,
    language       TEXT NOT NULL,
    progress       TEXT NOT NULL,
    started_at     INTEGER NOT NULL,
    generation     INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Which agent a customer was last with.
CREATE TABLE known_agents (
    key    BLOB PRIMARY KEY,
    tenant INTEGER NOT NULL,
    agent  BLOB NOT NULL,
    queue  BLOB,
    at     INTEGER NOT NULL
) WITHOUT ROWID;
