-- A listing with more objects than one run may read makes several runs. The plan of each is a part of the rows of the
-- run that listed: `plan_of` names that run (null: the run itself), `plan_from` the first row.
ALTER TABLE flow_run ADD COLUMN plan_of TEXT;
ALTER TABLE flow_run ADD COLUMN plan_from BIGINT NOT NULL DEFAULT 0;

-- The number of the last turn that a sandbox (`flow_id` is empty) or a flow had: the lowest is next.
CREATE TABLE claim_turn (
    org        TEXT NOT NULL,
    sandbox_id TEXT NOT NULL,
    flow_id    TEXT NOT NULL,
    turn       BIGINT NOT NULL,
    CONSTRAINT claim_turn_pkey PRIMARY KEY (org, sandbox_id, flow_id)
);
CREATE INDEX claim_turn_latest ON claim_turn (turn);
