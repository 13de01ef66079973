-- What a change hands on to somebody else is given up by its key, as an e-mail is; the number that is shown stays until the
-- person is written.
ALTER TABLE people ADD COLUMN number_key TEXT NOT NULL DEFAULT '';
UPDATE people SET number_key = number;
DROP INDEX people_by_number;
CREATE UNIQUE INDEX people_by_number ON people (tenant, number_key) WHERE deleted_at IS NULL;
