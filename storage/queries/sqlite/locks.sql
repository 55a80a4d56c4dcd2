-- name: claim_lock
-- SQLite runs only one write transaction at a time anyway.
SELECT MAX(number) AS schema FROM migrations;

-- name: migrations_lock
SELECT 1 AS locked;

-- name: upload_insert!
-- Whoever brings a picture first counts for its bytes.
INSERT INTO uploads (digest, body, size, person, tenant) VALUES (:digest, :body, :size, :person, :tenant)
ON CONFLICT (digest) DO NOTHING;

-- name: claim_take
UPDATE requests SET lease_owner = :owner, lease_until = :until, lease_epoch = lease_epoch + 1
WHERE id = :id AND due_at <= :now AND lease_until <= :now
RETURNING *;

-- name: statements_lock!
-- SQLite runs only one write transaction at a time anyway.
UPDATE statements SET month = month WHERE FALSE;

-- name: wallets_lock
SELECT 1 AS locked;
