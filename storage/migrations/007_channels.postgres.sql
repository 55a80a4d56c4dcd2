CREATE TRIGGER postings_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON postings
FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();
-- For the next migration only.
CREATE TABLE request_channels AS
SELECT id AS request_id, COALESCE(CAST(actor AS json) ->> 'channel', '') AS channel FROM requests;
ALTER TABLE request_channels ADD PRIMARY KEY (request_id);
