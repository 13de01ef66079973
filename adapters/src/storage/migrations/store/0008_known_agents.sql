-- Nobody asks through which queue a customer came to the agent whom they know.
ALTER TABLE known_agents DROP COLUMN queue;
