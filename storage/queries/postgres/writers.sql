-- name: writer_add!
INSERT INTO writers (id, mark) VALUES (:id, 0);

-- name: writer_purge!
-- Rows of connections that ended long ago.
DELETE FROM writers WHERE since < now() - INTERVAL '30 days';

-- name: writer_mark
INSERT INTO writers (id, mark) VALUES (:id, 1)
ON CONFLICT (id) DO UPDATE SET mark = writers.mark + 1, since = now()
RETURNING mark;

-- name: writer_read
-- The row lock waits for a commit that is still under way.
SELECT mark FROM writers WHERE id = :id FOR UPDATE;
