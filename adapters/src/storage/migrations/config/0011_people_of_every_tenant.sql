-- Whoever signs in, and whoever is given an e-mail, is looked for among the people of every tenant.
CREATE INDEX people_by_any_email ON people (email_key) WHERE deleted_at IS NULL;
CREATE INDEX people_beyond_agents ON people (tenant) WHERE role <> 'agent' AND deleted_at IS NULL;
