-- Users of external issuers, replaced secrets, labels and versions of roles, keys that sign tokens.

-- The secret before the last one, valid until the given time, epoch milliseconds.
ALTER TABLE service_client ADD COLUMN old_secret_sha256 TEXT;
ALTER TABLE service_client ADD COLUMN old_secret_until INTEGER;
CREATE INDEX service_client_org ON service_client (org, created_at, client_id);

CREATE TABLE org_user (
    org        TEXT NOT NULL REFERENCES organisation (org),
    account_id TEXT NOT NULL,
    issuer     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    name       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT org_user_pkey PRIMARY KEY (org, account_id)
);
CREATE UNIQUE INDEX org_user_subject ON org_user (org, issuer, subject);

ALTER TABLE role ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE role ADD COLUMN labels TEXT NOT NULL DEFAULT '[]';
ALTER TABLE role ADD COLUMN etag TEXT NOT NULL DEFAULT '"1"';
ALTER TABLE role ADD COLUMN created_by TEXT NOT NULL DEFAULT 'SYSTEM';
ALTER TABLE role ADD COLUMN modified_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE role ADD COLUMN modified_by TEXT NOT NULL DEFAULT 'SYSTEM';
-- Sandboxes are named by their ids from now on: a name can be used again after a deletion, a right cannot.
UPDATE role SET sandboxes = (
    SELECT json_group_array(s.id) FROM sandbox s
    WHERE s.org = role.org AND s.state <> 'deleted' AND s.name IN (SELECT n.value FROM json_each(role.sandboxes) n)
) WHERE sandboxes NOT LIKE '%"*"%';

UPDATE role SET modified_at = created_at;

-- Users are members too: `client_id` is the id of a client or the account of a user, which are never the same.
ALTER TABLE role_member ADD COLUMN subject_kind TEXT NOT NULL DEFAULT 'client'
    CHECK (subject_kind IN ('client', 'user'));
CREATE INDEX role_member_of_role ON role_member (org, role_id, subject_kind, client_id);

-- Keys of our own tokens, each under the master key. `tokens_until` bounds the ends of all tokens that the key has
-- signed (epoch seconds): a key that signs no more is removed after it.
CREATE TABLE signing_key (
    kid          TEXT NOT NULL,
    sealed       BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    retired_at   INTEGER,
    tokens_until INTEGER NOT NULL,
    CONSTRAINT signing_key_pkey PRIMARY KEY (kid)
);
