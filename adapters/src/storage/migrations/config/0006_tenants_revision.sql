-- A tenant is changed by who saw it as it is, and is told to the engine with whatever else changed.
ALTER TABLE tenants ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
CREATE INDEX tenants_by_revision ON tenants (revision);
