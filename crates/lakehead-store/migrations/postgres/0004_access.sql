-- Users of external issuers, replaced secrets, labels and versions of roles, keys that sign tokens.

-- The secret before the last one, valid until the given time, epoch milliseconds.
ALTER TABLE service_client ADD COLUMN old_secret_sha256 TEXT COLLATE "C";
ALTER TABLE service_client ADD COLUMN old_secret_until BIGINT;
CREATE INDEX service_client_org ON service_client (org, created_at, client_id);

CREATE TABLE org_user (
    org        TEXT COLLATE "C" NOT NULL REFERENCES organisation (org),
    account_id TEXT COLLATE "C" NOT NULL,
    issuer     TEXT COLLATE "C" NOT NULL,
    subject    TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    CONSTRAINT org_user_pkey PRIMARY KEY (org, account_id)
);
CREATE UNIQUE INDEX org_user_subject ON org_user (org, issuer, subject);

ALTER TABLE role ADD COLUMN description TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE role ADD COLUMN labels TEXT COLLATE "C" NOT NULL DEFAULT '[]';
ALTER TABLE role ADD COLUMN etag TEXT COLLATE "C" NOT NULL DEFAULT '"1"';
ALTER TABLE role ADD COLUMN created_by TEXT COLLATE "C" NOT NULL DEFAULT 'SYSTEM';
ALTER TABLE role ADD COLUMN modified_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE role ADD COLUMN modified_by TEXT COLLATE "C" NOT NULL DEFAULT 'SYSTEM';
-- Sandboxes are named by their ids from now on: a name can be used again after a deletion, a right cannot.
UPDATE role SET sandboxes = (
    SELECT coalesce(jsonb_agg(s.id), '[]'::jsonb)::text FROM sandbox s
    WHERE s.org = role.org AND s.state <> 'deleted'
        AND s.name IN (SELECT jsonb_array_elements_text(role.sandboxes::jsonb))
) WHERE sandboxes NOT LIKE '%"*"%';

UPDATE role SET modified_at = created_at;

-- Users are members too: `client_id` is the id of a client or the account of a user, which are never the same.
ALTER TABLE role_member ADD COLUMN subject_kind TEXT COLLATE "C" NOT NULL DEFAULT 'client'
    CHECK (subject_kind IN ('client', 'user'));
CREATE INDEX role_member_of_role ON role_member (org, role_id, subject_kind, client_id);

-- Keys of our own tokens, each under the master key. `tokens_until` bounds the ends of all tokens that the key has
-- signed (epoch seconds): a key that signs no more is removed after it.
CREATE TABLE signing_key (
    kid          TEXT COLLATE "C" NOT NULL,
    sealed       BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    retired_at   BIGINT,
    tokens_until BIGINT NOT NULL,
    CONSTRAINT signing_key_pkey PRIMARY KEY (kid)
);
