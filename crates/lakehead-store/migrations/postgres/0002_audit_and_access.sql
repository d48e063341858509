-- The audit trail, written in the transaction of each change; and roles: what a client may do, and where.

CREATE TABLE audit (
    seq          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org          TEXT COLLATE "C" NOT NULL,
    sandbox_id   TEXT COLLATE "C" NOT NULL,
    at_ms        BIGINT NOT NULL,
    actor_user   TEXT COLLATE "C" NOT NULL,
    actor_client TEXT COLLATE "C" NOT NULL,
    request_id   TEXT COLLATE "C" NOT NULL,
    action       TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL,
    object_id    TEXT COLLATE "C" NOT NULL,
    detail       TEXT COLLATE "C" NOT NULL
);
CREATE INDEX audit_newest ON audit (org, seq DESC);
CREATE INDEX audit_of_object ON audit (org, object_id, seq DESC);

ALTER TABLE service_client ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'service';
ALTER TABLE service_client ADD COLUMN disabled BIGINT NOT NULL DEFAULT 0;

CREATE TABLE role (
    org         TEXT COLLATE "C" NOT NULL,
    role_id     TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    permissions TEXT COLLATE "C" NOT NULL,
    sandboxes   TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    CONSTRAINT role_pkey PRIMARY KEY (org, role_id)
);
CREATE UNIQUE INDEX role_name ON role (org, name);

CREATE TABLE role_member (
    org       TEXT COLLATE "C" NOT NULL,
    role_id   TEXT COLLATE "C" NOT NULL,
    client_id TEXT COLLATE "C" NOT NULL,
    CONSTRAINT role_member_pkey PRIMARY KEY (org, client_id, role_id)
);
-- Whoever had access before there were roles keeps it.
INSERT INTO role_member (org, role_id, client_id) SELECT org, 'administrator', client_id FROM service_client;
