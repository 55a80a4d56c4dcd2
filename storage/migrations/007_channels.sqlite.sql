CREATE TRIGGER postings_are_not_changed BEFORE UPDATE ON postings
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER postings_are_not_deleted BEFORE DELETE ON postings
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
-- For the next migration only.
CREATE TABLE request_channels (request_id TEXT NOT NULL PRIMARY KEY, channel TEXT NOT NULL);
INSERT INTO request_channels (request_id, channel)
SELECT id, COALESCE(json_extract(actor, '$.channel'), '') FROM requests;
