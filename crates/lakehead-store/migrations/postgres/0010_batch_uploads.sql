-- Files that clients upload into batches. `upload_id` names the folder of the file: a path that is uploaded again gets
-- another one. `pieces` is what has arrived of a large file; null once the file is whole.
CREATE TABLE batch_upload (
    org        TEXT COLLATE "C" NOT NULL,
    sandbox_id TEXT COLLATE "C" NOT NULL,
    batch_id   TEXT COLLATE "C" NOT NULL,
    path       TEXT COLLATE "C" NOT NULL,
    upload_id  TEXT COLLATE "C" NOT NULL,
    size_bytes BIGINT NOT NULL,
    pieces     TEXT COLLATE "C",
    updated_at BIGINT NOT NULL,
    CONSTRAINT batch_upload_pkey PRIMARY KEY (org, sandbox_id, batch_id, path),
    CONSTRAINT batch_upload_batch FOREIGN KEY (org, sandbox_id, batch_id) REFERENCES batch (org, sandbox_id, batch_id)
);

-- Whether a batch may have files on disk that clients uploaded.
ALTER TABLE batch ADD COLUMN has_uploads BIGINT NOT NULL DEFAULT 0;
CREATE INDEX batch_with_uploads ON batch (status, completed_at) WHERE has_uploads = 1;
