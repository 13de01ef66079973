-- When each connection of a channel worked last, by its name. What a company carries was tried when it was saved; whether a
-- mailbox or a trunk ever worked was not written down.
ALTER TABLE channels ADD COLUMN worked TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(worked));
UPDATE channels SET worked = json_object('provider', updated_at)
    WHERE kind IN ('facebook', 'whatsapp') AND state = 'active';
