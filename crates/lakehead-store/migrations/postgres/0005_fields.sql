-- What lists filter and order by: one row for each distinct path and value of a resource of the Flow Service.
-- `value` is an encoding that compares by bytes as the values do (`lakehead_model::query::encode`); the empty text
-- notes that the resource lacks the member. `created_at` and `id` are those of the resource and never change.
CREATE TABLE field (
    org        TEXT COLLATE "C" NOT NULL,
    sandbox_id TEXT COLLATE "C" NOT NULL,
    kind       TEXT COLLATE "C" NOT NULL,
    path       TEXT COLLATE "C" NOT NULL,
    value      TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    CONSTRAINT field_pkey PRIMARY KEY (org, sandbox_id, kind, path, value, created_at, id)
);
CREATE INDEX field_of ON field (org, sandbox_id, kind, id, path);

-- How the last run of a flow went, as the API shows it; changed with the run.
ALTER TABLE document ADD COLUMN last_run TEXT COLLATE "C";

-- Work on rows of earlier versions that is done when the database is opened.
CREATE TABLE backfill (
    step TEXT COLLATE "C" NOT NULL,
    done BIGINT NOT NULL,
    CONSTRAINT backfill_pkey PRIMARY KEY (step)
);
INSERT INTO backfill (step, done) VALUES ('field', 0);

-- Without statistics, which a new database lacks at first, several indexes look alike to the planner for a search by id, and
-- it takes the youngest. That has to be this one: along the others it would read every row of the kind.
ALTER TABLE document
    DROP CONSTRAINT document_pkey,
    ADD CONSTRAINT document_pkey PRIMARY KEY (org, sandbox_id, kind, id);
