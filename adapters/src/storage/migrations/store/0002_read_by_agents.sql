-- The newest of the customer's messages that an agent has read.
ALTER TABLE keys ADD COLUMN read_in_seq INTEGER NOT NULL DEFAULT 0;
