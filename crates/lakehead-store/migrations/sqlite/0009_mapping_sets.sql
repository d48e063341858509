-- The current version of each mapping set, beside the documents of all its versions: what lists are ordered and
-- filtered by.
CREATE TABLE mapping_set (
    org         TEXT NOT NULL,
    sandbox_id  TEXT NOT NULL,
    id          TEXT NOT NULL,
    version     INTEGER NOT NULL,
    name        TEXT,
    status      TEXT NOT NULL,
    schema_id   TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    modified_at INTEGER NOT NULL,
    CONSTRAINT mapping_set_pkey PRIMARY KEY (org, sandbox_id, id)
);
CREATE INDEX mapping_set_modified ON mapping_set (org, sandbox_id, modified_at, id);
CREATE INDEX mapping_set_created ON mapping_set (org, sandbox_id, created_at, id);
CREATE INDEX mapping_set_name ON mapping_set (org, sandbox_id, name);

-- Every set that there is has one version.
INSERT INTO mapping_set (org, sandbox_id, id, version, name, status, schema_id, created_at, modified_at)
SELECT org, sandbox_id, name, json_extract(body, '$.version'), json_extract(body, '$.name'), 'PUBLISHED',
       json_extract(body, '$.schemaRef.id'), json_extract(body, '$.createdDate'), json_extract(body, '$.modifiedDate')
FROM document d
WHERE kind = 'mapping_set' AND name IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM document o WHERE o.org = d.org AND o.sandbox_id = d.sandbox_id AND o.kind = d.kind AND o.name = d.name
        AND json_extract(o.body, '$.version') > json_extract(d.body, '$.version'));
