-- The audit trail, written in the transaction of each change; and roles: what a client may do, and where.

CREATE TABLE audit (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    org          TEXT NOT NULL,
    sandbox_id   TEXT NOT NULL,
    at_ms        INTEGER NOT NULL,
    actor_user   TEXT NOT NULL,
    actor_client TEXT NOT NULL,
    request_id   TEXT NOT NULL,
    action       TEXT NOT NULL,
    kind         TEXT NOT NULL,
    object_id    TEXT NOT NULL,
    detail       TEXT NOT NULL
);
CREATE INDEX audit_newest ON audit (org, seq DESC);
CREATE INDEX audit_of_object ON audit (org, object_id, seq DESC);

ALTER TABLE service_client ADD COLUMN kind TEXT NOT NULL DEFAULT 'service';
ALTER TABLE service_client ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;

CREATE TABLE role (
    org         TEXT NOT NULL,
    role_id     TEXT NOT NULL,
    name        TEXT NOT NULL,
    permissions TEXT NOT NULL,
    sandboxes   TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    CONSTRAINT role_pkey PRIMARY KEY (org, role_id)
);
CREATE UNIQUE INDEX role_name ON role (org, name);

CREATE TABLE role_member (
    org       TEXT NOT NULL,
    role_id   TEXT NOT NULL,
    client_id TEXT NOT NULL,
    CONSTRAINT role_member_pkey PRIMARY KEY (org, client_id, role_id)
);
-- Whoever had access before there were roles keeps it.
INSERT INTO role_member (org, role_id, client_id) SELECT org, 'administrator', client_id FROM service_client;
