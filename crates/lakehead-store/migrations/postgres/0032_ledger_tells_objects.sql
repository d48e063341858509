-- The ledger tells which object an entry is about and which batch has its rows. `undone_by` is the run that took its rows
-- out of the table again; null while they are there.
ALTER TABLE ingested ADD COLUMN container TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE ingested ADD COLUMN object_key TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE ingested ADD COLUMN batch_id TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE ingested ADD COLUMN undone_by TEXT COLLATE "C";

CREATE INDEX batch_of_run ON batch (run_id);
UPDATE ingested SET container = planned.container, object_key = planned.object_key
FROM (SELECT run_id, body::jsonb ->> 'objectId' AS object_id, body::jsonb ->> 'container' AS container,
          body::jsonb ->> 'key' AS object_key FROM run_plan) AS planned
WHERE planned.run_id = ingested.run_id AND planned.object_id = ingested.object_id;
UPDATE ingested SET batch_id = batch.batch_id FROM batch WHERE batch.run_id = ingested.run_id;
-- Batches that were taken back before entries said so.
UPDATE ingested SET undone_by = batch.run_id FROM batch
WHERE batch.batch_id = ingested.batch_id AND batch.status = 'inactive';

CREATE INDEX ingested_of_batch ON ingested (batch_id, object_key);
CREATE INDEX ingested_key ON ingested (flow_id, object_key);

-- Rows that landed with a batch and were taken out of the table again while the batch stayed.
ALTER TABLE batch ADD COLUMN records_undone BIGINT NOT NULL DEFAULT 0;
