-- What a company said last of a channel's deletion is found without reading all that was changed.
CREATE INDEX audit_of_deletions ON audit (resource_id, position) WHERE action IN ('deletion_scheduled', 'reactivated');
