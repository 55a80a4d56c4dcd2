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
SELECT * FROM budgets WHERE tenant = :tenant AND scope = :scope AND subject = :subject AND span = :span
    AND given_by = :given_by AND NOT removed
FOR UPDATE;
