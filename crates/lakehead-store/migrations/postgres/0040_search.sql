-- Names that lists are searched by stand in the index of values, folded; those of earlier versions come there when the
-- database is opened.
INSERT INTO backfill (step, done) VALUES ('search', 0);
