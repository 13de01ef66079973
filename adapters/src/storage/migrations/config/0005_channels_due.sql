-- What falls due is looked up at every change of the configuration.
CREATE INDEX channels_due ON channels (pending_deletion_until)
    WHERE pending_deletion_until IS NOT NULL AND state = 'active';
