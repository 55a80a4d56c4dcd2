-- name: claim_lock
-- Replicas claim one after another, so that each counts what the others have taken.
SELECT 1 AS locked FROM (SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.claim'))) AS taken;

-- name: migrations_lock
SELECT 1 AS locked FROM (SELECT pg_advisory_xact_lock(hashtext(current_schema() || '.migrations'))) AS taken;
