-- name: budgets_of
SELECT * FROM budgets WHERE tenant = :tenant AND NOT removed ORDER BY id;

-- name: rules_of
-- The tenant's settings, and its and the installation's budgets except other people's own.
SELECT CAST(:tenant AS TEXT) AS tenant, CAST(:person AS TEXT) AS person,
    (SELECT body FROM tenants WHERE id = :tenant) AS settings,
    (
        SELECT json_agg(json_build_array(id, tenant, scope, subject, span, ceiling)) FROM budgets
        WHERE tenant IN (:tenant, '*') AND NOT removed
            AND (scope <> 'person' OR subject IN (:person, '*'))
    ) AS budgets;

-- name: budget_set
-- A budget that was removed and comes back keeps its id, and with it what was spent in the window.
INSERT INTO budgets (id, tenant, scope, subject, span, ceiling, removed, changed_by, changed_at)
VALUES (:id, :tenant, :scope, :subject, :span, :ceiling, FALSE, :by, :now)
ON CONFLICT (tenant, scope, subject, span) DO UPDATE SET
    ceiling = excluded.ceiling, removed = FALSE,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at
RETURNING *;

-- name: budget_remove!
UPDATE budgets SET removed = TRUE, changed_at = :now WHERE id = :id;

-- name: balance_get
SELECT * FROM balances
WHERE budget_id = :budget_id AND subject = :subject AND window_start = :window_start;

-- name: balance_open!
INSERT INTO balances (budget_id, subject, window_start, spent, held, granted)
VALUES (:budget_id, :subject, :window_start, 0, 0, 0)
ON CONFLICT DO NOTHING;

-- name: entries_after
SELECT * FROM entries WHERE id > :after AND at >= :since ORDER BY id LIMIT :limit;

-- name: postings_of_request
SELECT * FROM entries WHERE request_id = :request_id AND kind <> 'grant' ORDER BY id;

-- name: spending
-- Buckets of a quarter of an hour: every time zone's midnight is on the edge of one.
SELECT created_at / 900000000 AS bucket, person, name, capability,
    CAST(SUM(charged) AS BIGINT) AS charged, COUNT(*) AS requests, MAX(created_at) AS named_at
FROM requests
WHERE tenant = :tenant AND created_at >= :since AND charged IS NOT NULL
GROUP BY created_at / 900000000, person, name, capability
ORDER BY named_at;

-- name: verify_balances
SELECT budget_id, subject, window_start,
    CAST(SUM(spent) AS BIGINT) AS spent, CAST(SUM(held) AS BIGINT) AS held,
    CAST(SUM(granted) AS BIGINT) AS granted,
    CAST(SUM(spent_again) AS BIGINT) AS spent_again, CAST(SUM(held_again) AS BIGINT) AS held_again,
    CAST(SUM(granted_again) AS BIGINT) AS granted_again
FROM (
    SELECT budget_id, subject, window_start, spent, held, granted,
        0 AS spent_again, 0 AS held_again, 0 AS granted_again
    FROM balances
    UNION ALL
    SELECT budget_id, subject, window_start, 0, 0, 0, SUM(spent), SUM(held), SUM(granted)
    FROM entries GROUP BY budget_id, subject, window_start
) AS sides
GROUP BY budget_id, subject, window_start
HAVING SUM(spent) <> SUM(spent_again) OR SUM(held) <> SUM(held_again) OR SUM(granted) <> SUM(granted_again)
ORDER BY budget_id, subject, window_start;

-- name: verify_requests
-- What the entries of a request hold and have booked on each balance, beside what its row says.
SELECT sums.request_id, sums.budget_id, sums.subject, sums.window_start,
    CAST(sums.held AS BIGINT) AS held_again, CAST(sums.spent AS BIGINT) AS spent_again,
    requests.hold, requests.charged
FROM (
    SELECT request_id, budget_id, subject, window_start, SUM(held) AS held, SUM(spent) AS spent
    FROM entries WHERE request_id <> '' AND kind <> 'grant'
    GROUP BY request_id, budget_id, subject, window_start
) AS sums
LEFT JOIN requests ON requests.id = sums.request_id
WHERE requests.id IS NULL OR requests.hold <> sums.held OR COALESCE(requests.charged, 0) <> sums.spent
ORDER BY sums.request_id, sums.budget_id;

-- name: verify_orphans
-- Rows that claim money of which the ledger knows nothing.
SELECT id, hold, charged FROM requests
WHERE (hold <> 0 OR COALESCE(charged, 0) <> 0)
    AND NOT EXISTS (SELECT 1 FROM entries WHERE entries.request_id = requests.id AND kind <> 'grant')
ORDER BY id;
