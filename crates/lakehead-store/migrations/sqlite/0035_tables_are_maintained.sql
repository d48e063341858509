-- A data file may hold rows of several batches: `records` are those of the batch, `file_records` those of the file, 0 where
-- it is the same.
ALTER TABLE dataset_file ADD COLUMN file_records INTEGER NOT NULL DEFAULT 0;
DROP INDEX dataset_file_path;
CREATE UNIQUE INDEX dataset_file_shared ON dataset_file (path, batch_id);
-- One that is all of a batch has no other.
CREATE UNIQUE INDEX dataset_file_path ON dataset_file (path) WHERE file_records <= records;

-- When maintenance was asked for last, and which version of the table it left.
ALTER TABLE table_pointer ADD COLUMN upkeep_asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE table_pointer ADD COLUMN upkept_version INTEGER NOT NULL DEFAULT 0;
CREATE INDEX table_pointer_upkeep ON table_pointer (upkeep_asked, table_id);
