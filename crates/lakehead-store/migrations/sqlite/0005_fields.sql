-- Where the resources of the Flow Service have values: each path of a kind in a sandbox, numbered. A number is never used
-- for another place.
CREATE TABLE field_place (
    place      INTEGER PRIMARY KEY AUTOINCREMENT,
    org        TEXT NOT NULL,
    sandbox_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    path       TEXT NOT NULL,
    CONSTRAINT field_place_path UNIQUE (org, sandbox_id, kind, path)
);

-- What lists filter and order by: one row for each distinct path and value of a resource.
-- `value` is an encoding that compares by bytes as the values do (`lakehead_model::query::encode`); the empty text
-- notes that the resource lacks the member. `created_at` and `id` are those of the resource and never change.
CREATE TABLE field (
    place      INTEGER NOT NULL,
    value      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    id         TEXT NOT NULL,
    CONSTRAINT field_pkey PRIMARY KEY (place, value, created_at, id)
) WITHOUT ROWID;
CREATE INDEX field_of ON field (id, place);

-- How the last run of a flow went, as the API shows it; changed with the run.
ALTER TABLE document ADD COLUMN last_run TEXT;

-- Work on rows of earlier versions that is done when the database is opened.
CREATE TABLE backfill (
    step TEXT NOT NULL,
    done INTEGER NOT NULL,
    CONSTRAINT backfill_pkey PRIMARY KEY (step)
);
INSERT INTO backfill (step, done) VALUES ('field', 0);
