-- Answers of creates whose callers sent a key of their own, so that the same request is answered again and not done again.
-- Keys are kept as hashes. `fingerprint` is of the key and the request.
CREATE TABLE kept_answer (
    org         TEXT NOT NULL,
    sandbox_id  TEXT NOT NULL,
    owner       TEXT NOT NULL,
    key_hash    TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    size_bytes  INTEGER NOT NULL,
    answer      TEXT NOT NULL,
    CONSTRAINT kept_answer_pkey PRIMARY KEY (org, sandbox_id, owner, key_hash)
);
CREATE INDEX kept_answer_by_age ON kept_answer (created_at);
