-- name: writer_add!
INSERT INTO writers (id, mark) VALUES (:id, 0);

-- name: writer_purge!
-- Rows of connections that were closed long ago.
DELETE FROM writers WHERE since < now() - INTERVAL '30 days';

-- name: writer_read
-- The row lock waits for a commit that is still running.
SELECT mark FROM writers WHERE id = :id FOR UPDATE;
