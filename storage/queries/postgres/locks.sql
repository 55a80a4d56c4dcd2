-- name: claim_lock
-- Replicas claim one after another, so that each counts the rows that the others have claimed.
SELECT (SELECT MAX(number) FROM migrations) AS schema
FROM (SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.claim'))) AS taken;

-- name: migrations_lock
SELECT 1 AS locked FROM (SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.migrations'))) AS taken;

-- name: upload_insert!
-- Whoever brings a picture first counts for its bytes. One that is there is locked, so that it is not dropped
-- before this request refers to it; its body is not written again.
INSERT INTO uploads (digest, body, size, person, tenant) VALUES (:digest, :body, :size, :person, :tenant)
ON CONFLICT (digest) DO UPDATE SET size = uploads.size;

-- name: claim_take
UPDATE requests SET lease_owner = :owner, lease_until = :until, lease_epoch = lease_epoch + 1
WHERE id = (
    SELECT id FROM requests
    WHERE id = :id AND due_at <= :now AND lease_until <= :now
    FOR UPDATE SKIP LOCKED
)
RETURNING *;

-- name: statements_lock!
-- Waits for every transaction that has written a posting, and lets no other begin to until this one ends.
LOCK TABLE postings IN SHARE ROW EXCLUSIVE MODE;

-- name: wallets_lock
-- Whatever changes who is linked waits for its turn: it is rare, and two of them may concern the same account.
SELECT 1 AS locked FROM (SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.wallets'))) AS taken;
