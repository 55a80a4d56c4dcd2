-- name: writer_add!
INSERT INTO writers (id, mark) VALUES (:id, 0);

-- name: writer_purge!
-- Rows of connections that ended long ago.
DELETE FROM writers WHERE since < now() - INTERVAL '30 days';

-- name: writer_mark!
UPDATE writers SET mark = x.mark, since = now()
FROM json_to_recordset(:rows) AS x (id TEXT, mark BIGINT) WHERE writers.id = x.id;

-- name: writer_close
-- Waits for a commit that is still under way; one that has not begun finds the row closed and writes nothing.
UPDATE writers SET closed = TRUE WHERE id = :id RETURNING mark;
