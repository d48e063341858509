-- Answers of creates whose callers sent a key of their own, so that the same request is answered again and not done again.
-- Keys are kept as hashes. `fingerprint` is of the key and the request.
CREATE TABLE kept_answer (
    org         TEXT COLLATE "C" NOT NULL,
    sandbox_id  TEXT COLLATE "C" NOT NULL,
    owner       TEXT COLLATE "C" NOT NULL,
    key_hash    TEXT COLLATE "C" NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    created_at  BIGINT NOT NULL,
    size_bytes  BIGINT NOT NULL,
    answer      TEXT COLLATE "C" NOT NULL,
    CONSTRAINT kept_answer_pkey PRIMARY KEY (org, sandbox_id, owner, key_hash)
);
CREATE INDEX kept_answer_by_age ON kept_answer (created_at);
