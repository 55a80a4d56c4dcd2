-- name: claim_lock
-- A write transaction of SQLite is alone anyway.
SELECT 1 AS locked;

-- name: migrations_lock
SELECT 1 AS locked;
