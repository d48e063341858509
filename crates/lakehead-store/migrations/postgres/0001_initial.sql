-- Everything of version 1: tenants, documents, secrets, runs, the ledger, table pointers, batches.
-- Every table that belongs to a caller begins its key with (org, sandbox_id). Times are epoch milliseconds.

CREATE TABLE organisation (
    org        TEXT COLLATE "C" NOT NULL,
    tenant_id  TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT organisation_pkey PRIMARY KEY (org)
);

CREATE TABLE sandbox (
    org         TEXT COLLATE "C" NOT NULL REFERENCES organisation (org),
    id          TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    title       TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    state       TEXT COLLATE "C" NOT NULL,
    is_default  BIGINT NOT NULL,
    region      TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    created_by  TEXT COLLATE "C" NOT NULL,
    modified_at BIGINT NOT NULL,
    modified_by TEXT COLLATE "C" NOT NULL,
    etag        BIGINT NOT NULL,
    CONSTRAINT sandbox_pkey PRIMARY KEY (org, id)
);
-- The name of a deleted sandbox may be used again.
CREATE UNIQUE INDEX sandbox_name ON sandbox (org, name) WHERE state <> 'deleted';
CREATE UNIQUE INDEX sandbox_default ON sandbox (org) WHERE is_default = 1;

CREATE TABLE service_client (
    client_id         TEXT COLLATE "C" NOT NULL,
    name              TEXT COLLATE "C" NOT NULL,
    org               TEXT COLLATE "C" NOT NULL REFERENCES organisation (org),
    technical_account TEXT COLLATE "C" NOT NULL,
    secret_sha256     TEXT COLLATE "C" NOT NULL,
    created_at        BIGINT NOT NULL,
    CONSTRAINT service_client_pkey PRIMARY KEY (client_id)
);

CREATE TABLE document (
    org        TEXT COLLATE "C" NOT NULL,
    sandbox_id TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C",
    state      TEXT COLLATE "C",
    etag       TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    body       TEXT COLLATE "C" NOT NULL,
    CONSTRAINT document_pkey PRIMARY KEY (org, sandbox_id, kind, id)
);
CREATE INDEX document_newest ON document (org, sandbox_id, kind, created_at DESC, id DESC);
CREATE INDEX document_name ON document (org, sandbox_id, kind, name);

CREATE TABLE document_link (
    org        TEXT COLLATE "C" NOT NULL,
    sandbox_id TEXT COLLATE "C" NOT NULL,
    from_kind  TEXT COLLATE "C" NOT NULL,
    from_id    TEXT COLLATE "C" NOT NULL,
    to_kind    TEXT COLLATE "C" NOT NULL,
    to_id      TEXT COLLATE "C" NOT NULL,
    CONSTRAINT document_link_pkey PRIMARY KEY (org, sandbox_id, from_kind, from_id, to_kind, to_id)
);
CREATE INDEX document_link_to ON document_link (org, sandbox_id, to_kind, to_id);

-- `sealed` is the value under a key of its own, `wrapped_key` is that key under the master key `key_id`.
CREATE TABLE secret (
    org         TEXT COLLATE "C" NOT NULL,
    sandbox_id  TEXT COLLATE "C" NOT NULL,
    object_id   TEXT COLLATE "C" NOT NULL,
    field       TEXT COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL,
    key_id      TEXT COLLATE "C" NOT NULL,
    wrapped_key BYTEA NOT NULL,
    sealed      BYTEA NOT NULL,
    CONSTRAINT secret_pkey PRIMARY KEY (org, sandbox_id, object_id, field)
);

-- One row: proves that the master key given at start is the one this database was made with.
CREATE TABLE key_check (
    id     BIGINT NOT NULL CHECK (id = 1),
    key_id TEXT COLLATE "C" NOT NULL,
    sealed BYTEA NOT NULL,
    CONSTRAINT key_check_pkey PRIMARY KEY (id)
);

CREATE TABLE flow_schedule (
    org          TEXT COLLATE "C" NOT NULL,
    sandbox_id   TEXT COLLATE "C" NOT NULL,
    flow_id      TEXT COLLATE "C" NOT NULL,
    sandbox_name TEXT COLLATE "C" NOT NULL,
    start_s      BIGINT NOT NULL,
    interval_s   BIGINT NOT NULL,
    next_slot    BIGINT NOT NULL,
    next_due_ms  BIGINT,
    enabled      BIGINT NOT NULL,
    CONSTRAINT flow_schedule_pkey PRIMARY KEY (org, sandbox_id, flow_id)
);
CREATE UNIQUE INDEX flow_schedule_flow ON flow_schedule (flow_id);
CREATE INDEX flow_schedule_due ON flow_schedule (next_due_ms) WHERE enabled = 1;

CREATE TABLE flow_run (
    run_id       TEXT COLLATE "C" NOT NULL,
    org          TEXT COLLATE "C" NOT NULL,
    sandbox_id   TEXT COLLATE "C" NOT NULL,
    sandbox_name TEXT COLLATE "C" NOT NULL,
    flow_id      TEXT COLLATE "C" NOT NULL,
    slot         TEXT COLLATE "C" NOT NULL,
    due_ms       BIGINT NOT NULL,
    state        TEXT COLLATE "C" NOT NULL
        CHECK (state IN ('scheduled', 'claimed', 'running', 'committing', 'success', 'failed')),
    epoch        BIGINT NOT NULL,
    owner        TEXT COLLATE "C",
    lease_until  BIGINT NOT NULL,
    attempts     BIGINT NOT NULL,
    plan_sha256  TEXT COLLATE "C",
    plan_count   BIGINT,
    params       TEXT COLLATE "C" NOT NULL,
    etag         TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    doc          TEXT COLLATE "C" NOT NULL,
    CONSTRAINT flow_run_pkey PRIMARY KEY (run_id)
);
CREATE UNIQUE INDEX flow_run_slot ON flow_run (flow_id, slot);
CREATE UNIQUE INDEX one_active_run ON flow_run (flow_id) WHERE state IN ('claimed', 'running', 'committing');
CREATE INDEX flow_run_open ON flow_run (due_ms, run_id) WHERE state IN ('scheduled', 'claimed', 'running', 'committing');
CREATE INDEX flow_run_newest ON flow_run (org, sandbox_id, created_at DESC, run_id DESC);
CREATE INDEX flow_run_of_flow ON flow_run (org, sandbox_id, flow_id, created_at DESC, run_id DESC);

CREATE TABLE run_plan (
    run_id TEXT COLLATE "C" NOT NULL REFERENCES flow_run (run_id),
    ord    BIGINT NOT NULL,
    body   TEXT COLLATE "C" NOT NULL,
    CONSTRAINT run_plan_pkey PRIMARY KEY (run_id, ord)
);

-- The ledger: the truth about what was ingested. `replay_gen` is 0 unless a user asks to ingest again.
CREATE TABLE ingested (
    flow_id     TEXT COLLATE "C" NOT NULL,
    object_id   TEXT COLLATE "C" NOT NULL,
    replay_gen  BIGINT NOT NULL,
    run_id      TEXT COLLATE "C" NOT NULL,
    snapshot_id BIGINT NOT NULL,
    row_count   BIGINT NOT NULL,
    byte_count  BIGINT NOT NULL,
    ingested_at BIGINT NOT NULL,
    CONSTRAINT ingested_pkey PRIMARY KEY (flow_id, object_id, replay_gen)
);

CREATE TABLE object_failure (
    flow_id    TEXT COLLATE "C" NOT NULL,
    object_id  TEXT COLLATE "C" NOT NULL,
    attempts   BIGINT NOT NULL,
    last_error TEXT COLLATE "C" NOT NULL,
    failed_at  BIGINT NOT NULL,
    CONSTRAINT object_failure_pkey PRIMARY KEY (flow_id, object_id)
);

CREATE TABLE table_pointer (
    table_id          TEXT COLLATE "C" NOT NULL,
    org               TEXT COLLATE "C" NOT NULL,
    sandbox_id        TEXT COLLATE "C" NOT NULL,
    metadata_location TEXT COLLATE "C" NOT NULL,
    version           BIGINT NOT NULL,
    CONSTRAINT table_pointer_pkey PRIMARY KEY (table_id)
);

-- Written before each upload, so that a file nobody refers to can be found and deleted.
CREATE TABLE file_intent (
    path       TEXT COLLATE "C" NOT NULL,
    table_id   TEXT COLLATE "C" NOT NULL,
    run_id     TEXT COLLATE "C" NOT NULL,
    epoch      BIGINT NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT file_intent_pkey PRIMARY KEY (path)
);
CREATE INDEX file_intent_age ON file_intent (created_at, path);

CREATE TABLE batch (
    org             TEXT COLLATE "C" NOT NULL,
    sandbox_id      TEXT COLLATE "C" NOT NULL,
    batch_id        TEXT COLLATE "C" NOT NULL,
    dataset_id      TEXT COLLATE "C" NOT NULL,
    run_id          TEXT COLLATE "C" NOT NULL,
    flow_id         TEXT COLLATE "C" NOT NULL,
    status          TEXT COLLATE "C" NOT NULL,
    created_at      BIGINT NOT NULL,
    completed_at    BIGINT,
    records_read    BIGINT NOT NULL,
    records_written BIGINT NOT NULL,
    records_failed  BIGINT NOT NULL,
    bytes_read      BIGINT NOT NULL,
    bytes_written   BIGINT NOT NULL,
    doc             TEXT COLLATE "C" NOT NULL,
    CONSTRAINT batch_pkey PRIMARY KEY (org, sandbox_id, batch_id)
);
CREATE INDEX batch_newest ON batch (org, sandbox_id, created_at DESC, batch_id DESC);
CREATE INDEX batch_of_dataset ON batch (org, sandbox_id, dataset_id, created_at DESC, batch_id DESC);

CREATE TABLE dataset_file (
    org        TEXT COLLATE "C" NOT NULL,
    sandbox_id TEXT COLLATE "C" NOT NULL,
    batch_id   TEXT COLLATE "C" NOT NULL,
    ord        BIGINT NOT NULL,
    dataset_id TEXT COLLATE "C" NOT NULL,
    path       TEXT COLLATE "C" NOT NULL,
    size_bytes BIGINT NOT NULL,
    records    BIGINT NOT NULL,
    CONSTRAINT dataset_file_pkey PRIMARY KEY (org, sandbox_id, batch_id, ord),
    CONSTRAINT dataset_file_batch FOREIGN KEY (org, sandbox_id, batch_id) REFERENCES batch (org, sandbox_id, batch_id)
);
CREATE INDEX dataset_file_of_dataset ON dataset_file (org, sandbox_id, dataset_id, batch_id DESC, ord);
CREATE UNIQUE INDEX dataset_file_path ON dataset_file (path);

-- Events written in the transaction that caused them; delivered at least once, receivers drop repeats by run.
CREATE TABLE outbox (
    seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id     TEXT COLLATE "C" NOT NULL,
    event      TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL
);
