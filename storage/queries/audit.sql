-- name: audit_page
-- Newest first; empty parameters ask for all.
SELECT number, at, tenant, act, person, surface, channel, what, subject, old_value, new_value FROM audit_log
WHERE (:tenant = '' OR tenant = :tenant) AND (:person = '' OR person = :person OR subject = :person)
    AND (:act = '' OR act = :act) AND at >= :since AND (CAST(:until AS BIGINT) = 0 OR at < :until)
    AND (CAST(:before AS BIGINT) = 0 OR number < :before)
ORDER BY number DESC LIMIT :limit;

-- name: newest_name
SELECT person, name FROM requests WHERE person = :person AND name <> '' ORDER BY created_at DESC LIMIT 1;

-- name: budget_lock
-- The limit as it is, or a new row that counts as removed; no other change of it is possible until the transaction
-- ends. Two who set a new limit at once wait for each other here, as a lock of a row that is not there would not.
INSERT INTO budgets (id, tenant, scope, subject, span, ceiling, note, given_by, removed, changed_by, changed_at)
VALUES (:id, :tenant, :scope, :subject, :span, NULL, '', :given_by, TRUE, :by, :now)
ON CONFLICT (tenant, scope, subject, span, given_by) DO UPDATE SET removed = budgets.removed
RETURNING *;
