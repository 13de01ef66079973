-- When the oldest call began whose answer is out or lost; none for calls from before this column.
ALTER TABLE deliveries ADD COLUMN attempted_at INTEGER;
