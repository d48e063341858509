-- The life of sandboxes: reset, delete, and who may still write while that happens.

-- Counts the resets: a request that began before a reset writes nothing after it.
ALTER TABLE sandbox ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;

-- A deleted sandbox is found by its name as long as no other has it.
CREATE INDEX sandbox_ever_named ON sandbox (org, name, created_at DESC);
-- What housekeeping has to bring to its end.
CREATE INDEX sandbox_unfinished ON sandbox (state) WHERE state IN ('creating', 'resetting', 'deleting');
-- The events of a run go with it.
CREATE INDEX outbox_run ON outbox (run_id);
