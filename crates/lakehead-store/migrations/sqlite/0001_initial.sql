-- Everything of version 1: tenants, documents, secrets, runs, the ledger, table pointers, batches.
-- Every table that belongs to a caller begins its key with (org, sandbox_id). Times are epoch milliseconds.

CREATE TABLE organisation (
    org        TEXT NOT NULL,
    tenant_id  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT organisation_pkey PRIMARY KEY (org)
);

CREATE TABLE sandbox (
    org         TEXT NOT NULL REFERENCES organisation (org),
    id          TEXT NOT NULL,
    name        TEXT NOT NULL,
    title       TEXT NOT NULL,
    kind        TEXT NOT NULL,
    state       TEXT NOT NULL,
    is_default  INTEGER NOT NULL,
    region      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    modified_at INTEGER NOT NULL,
    modified_by TEXT NOT NULL,
    etag        INTEGER NOT NULL,
    CONSTRAINT sandbox_pkey PRIMARY KEY (org, id)
);
-- The name of a deleted sandbox may be used again.
CREATE UNIQUE INDEX sandbox_name ON sandbox (org, name) WHERE state <> 'deleted';
CREATE UNIQUE INDEX sandbox_default ON sandbox (org) WHERE is_default = 1;

CREATE TABLE service_client (
    client_id         TEXT NOT NULL,
    name              TEXT NOT NULL,
    org               TEXT NOT NULL REFERENCES organisation (org),
    technical_account TEXT NOT NULL,
    secret_sha256     TEXT NOT NULL,
    created_at        INTEGER NOT NULL,
    CONSTRAINT service_client_pkey PRIMARY KEY (client_id)
);

CREATE TABLE document (
    org        TEXT NOT NULL,
    sandbox_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT,
    state      TEXT,
    etag       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    body       TEXT NOT NULL,
    CONSTRAINT document_pkey PRIMARY KEY (org, sandbox_id, kind, id)
);
CREATE INDEX document_newest ON document (org, sandbox_id, kind, created_at DESC, id DESC);
CREATE INDEX document_name ON document (org, sandbox_id, kind, name);

CREATE TABLE document_link (
    org        TEXT NOT NULL,
    sandbox_id TEXT NOT NULL,
    from_kind  TEXT NOT NULL,
    from_id    TEXT NOT NULL,
    to_kind    TEXT NOT NULL,
    to_id      TEXT NOT NULL,
    CONSTRAINT document_link_pkey PRIMARY KEY (org, sandbox_id, from_kind, from_id, to_kind, to_id)
);
CREATE INDEX document_link_to ON document_link (org, sandbox_id, to_kind, to_id);

-- `sealed` is the value under a key of its own, `wrapped_key` is that key under the master key `key_id`.
CREATE TABLE secret (
    org         TEXT NOT NULL,
    sandbox_id  TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    field       TEXT NOT NULL,
    version     INTEGER NOT NULL,
    key_id      TEXT NOT NULL,
    wrapped_key BLOB NOT NULL,
    sealed      BLOB NOT NULL,
    CONSTRAINT secret_pkey PRIMARY KEY (org, sandbox_id, object_id, field)
);

-- One row: proves that the master key given at start is the one this database was made with.
CREATE TABLE key_check (
    id     INTEGER NOT NULL CHECK (id = 1),
    key_id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    CONSTRAINT key_check_pkey PRIMARY KEY (id)
);

CREATE TABLE flow_schedule (
    org          TEXT NOT NULL,
    sandbox_id   TEXT NOT NULL,
    flow_id      TEXT NOT NULL,
    sandbox_name TEXT NOT NULL,
    start_s      INTEGER NOT NULL,
    interval_s   INTEGER NOT NULL,
    next_slot    INTEGER NOT NULL,
    next_due_ms  INTEGER,
    enabled      INTEGER NOT NULL,
    CONSTRAINT flow_schedule_pkey PRIMARY KEY (org, sandbox_id, flow_id)
);
CREATE UNIQUE INDEX flow_schedule_flow ON flow_schedule (flow_id);
CREATE INDEX flow_schedule_due ON flow_schedule (next_due_ms) WHERE enabled = 1;

CREATE TABLE flow_run (
    run_id       TEXT NOT NULL,
    org          TEXT NOT NULL,
    sandbox_id   TEXT NOT NULL,
    sandbox_name TEXT NOT NULL,
    flow_id      TEXT NOT NULL,
    slot         TEXT NOT NULL,
    due_ms       INTEGER NOT NULL,
    state        TEXT NOT NULL
        CHECK (state IN ('scheduled', 'claimed', 'running', 'committing', 'success', 'failed')),
    epoch        INTEGER NOT NULL,
    owner        TEXT,
    lease_until  INTEGER NOT NULL,
    attempts     INTEGER NOT NULL,
    plan_sha256  TEXT,
    plan_count   INTEGER,
    params       TEXT NOT NULL,
    etag         TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    doc          TEXT NOT NULL,
    CONSTRAINT flow_run_pkey PRIMARY KEY (run_id)
);
CREATE UNIQUE INDEX flow_run_slot ON flow_run (flow_id, slot);
CREATE UNIQUE INDEX one_active_run ON flow_run (flow_id) WHERE state IN ('claimed', 'running', 'committing');
CREATE INDEX flow_run_open ON flow_run (due_ms, run_id) WHERE state IN ('scheduled', 'claimed', 'running', 'committing');
CREATE INDEX flow_run_newest ON flow_run (org, sandbox_id, created_at DESC, run_id DESC);
CREATE INDEX flow_run_of_flow ON flow_run (org, sandbox_id, flow_id, created_at DESC, run_id DESC);

CREATE TABLE run_plan (
    run_id TEXT NOT NULL REFERENCES flow_run (run_id),
    ord    INTEGER NOT NULL,
    body   TEXT NOT NULL,
    CONSTRAINT run_plan_pkey PRIMARY KEY (run_id, ord)
);

-- The ledger: the truth about what was ingested. `replay_gen` is 0 unless a user asks to ingest again.
CREATE TABLE ingested (
    flow_id     TEXT NOT NULL,
    object_id   TEXT NOT NULL,
    replay_gen  INTEGER NOT NULL,
    run_id      TEXT NOT NULL,
    snapshot_id INTEGER NOT NULL,
    row_count   INTEGER NOT NULL,
    byte_count  INTEGER NOT NULL,
    ingested_at INTEGER NOT NULL,
    CONSTRAINT ingested_pkey PRIMARY KEY (flow_id, object_id, replay_gen)
);

CREATE TABLE object_failure (
    flow_id    TEXT NOT NULL,
    object_id  TEXT NOT NULL,
    attempts   INTEGER NOT NULL,
    last_error TEXT NOT NULL,
    failed_at  INTEGER NOT NULL,
    CONSTRAINT object_failure_pkey PRIMARY KEY (flow_id, object_id)
);

CREATE TABLE table_pointer (
    table_id          TEXT NOT NULL,
    org               TEXT NOT NULL,
    sandbox_id        TEXT NOT NULL,
    metadata_location TEXT NOT NULL,
    version           INTEGER NOT NULL,
    CONSTRAINT table_pointer_pkey PRIMARY KEY (table_id)
);

-- Written before each upload, so that a file nobody refers to can be found and deleted.
CREATE TABLE file_intent (
    path       TEXT NOT NULL,
    table_id   TEXT NOT NULL,
    run_id     TEXT NOT NULL,
    epoch      INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT file_intent_pkey PRIMARY KEY (path)
);
CREATE INDEX file_intent_age ON file_intent (created_at, path);

CREATE TABLE batch (
    org             TEXT NOT NULL,
    sandbox_id      TEXT NOT NULL,
    batch_id        TEXT NOT NULL,
    dataset_id      TEXT NOT NULL,
    run_id          TEXT NOT NULL,
    flow_id         TEXT NOT NULL,
    status          TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    completed_at    INTEGER,
    records_read    INTEGER NOT NULL,
    records_written INTEGER NOT NULL,
    records_failed  INTEGER NOT NULL,
    bytes_read      INTEGER NOT NULL,
    bytes_written   INTEGER NOT NULL,
    doc             TEXT NOT NULL,
    CONSTRAINT batch_pkey PRIMARY KEY (org, sandbox_id, batch_id)
);
CREATE INDEX batch_newest ON batch (org, sandbox_id, created_at DESC, batch_id DESC);
CREATE INDEX batch_of_dataset ON batch (org, sandbox_id, dataset_id, created_at DESC, batch_id DESC);

CREATE TABLE dataset_file (
    org        TEXT NOT NULL,
    sandbox_id TEXT NOT NULL,
    batch_id   TEXT NOT NULL,
    ord        INTEGER NOT NULL,
    dataset_id TEXT NOT NULL,
    path       TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    records    INTEGER NOT NULL,
    CONSTRAINT dataset_file_pkey PRIMARY KEY (org, sandbox_id, batch_id, ord),
    CONSTRAINT dataset_file_batch FOREIGN KEY (org, sandbox_id, batch_id) REFERENCES batch (org, sandbox_id, batch_id)
);
CREATE INDEX dataset_file_of_dataset ON dataset_file (org, sandbox_id, dataset_id, batch_id DESC, ord);
CREATE UNIQUE INDEX dataset_file_path ON dataset_file (path);

-- Events written in the transaction that caused them; delivered at least once, receivers drop repeats by run.
CREATE TABLE outbox (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id     TEXT NOT NULL,
    event      TEXT NOT NULL,
    created_at INTEGER NOT NULL
);
