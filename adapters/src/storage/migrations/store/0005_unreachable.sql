-- When a provider last said that nobody can be reached at this address on its channel, and its words.
ALTER TABLE addresses ADD COLUMN unreachable_at INTEGER;
ALTER TABLE addresses ADD COLUMN unreachable TEXT;
