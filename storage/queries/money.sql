-- name: budgets_of
SELECT * FROM budgets WHERE tenant = :tenant AND NOT removed ORDER BY id;

-- name: rules_of
-- The tenant's settings, the tenant's and the installation's budgets except other people's own, the grants, the
-- accounts that are linked with the person's, and whether any account was erased that may still count.
SELECT CAST(:tenant AS TEXT) AS tenant, CAST(:person AS TEXT) AS person,
    (SELECT body FROM tenants WHERE id = :tenant) AS settings,
    (
        SELECT json_agg(json_build_array(id, tenant, scope, subject, span, ceiling, note, given_by)) FROM budgets
        WHERE tenant IN (:tenant, '*') AND NOT removed
            AND (scope NOT IN ('person', 'everywhere') OR subject IN (:person, '*'))
    ) AS budgets,
    (
        SELECT json_agg(json_build_array(grants.budget_id, grants.person, grants.amount, grants.until))
        FROM budgets JOIN grants ON grants.budget_id = budgets.id
        WHERE budgets.tenant IN (:tenant, '*') AND grants.person IN ('', :person)
            AND (grants.until IS NULL OR grants.until > :now)
    ) AS grants,
    (
        SELECT json_agg(json_build_array(others.wallet, others.person, others.since, others.ended_at))
        FROM wallet_members AS mine JOIN wallet_members AS others ON others.wallet = mine.wallet
        WHERE mine.person = :person
    ) AS wallet,
    EXISTS (SELECT 1 FROM wallet_members WHERE person LIKE 'erased:%') AS erased;

-- name: budget_set
-- There is one budget for each subject and window from the operator and one from the admins; a budget that was
-- removed and is set again keeps its id.
INSERT INTO budgets (id, tenant, scope, subject, span, ceiling, note, given_by, removed, changed_by, changed_at)
VALUES (:id, :tenant, :scope, :subject, :span, :ceiling, :note, :given_by, FALSE, :by, :now)
ON CONFLICT (tenant, scope, subject, span, given_by) DO UPDATE SET
    ceiling = excluded.ceiling, note = excluded.note, removed = FALSE,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at
RETURNING *;

-- name: places_with_note
SELECT DISTINCT tenant FROM budgets WHERE note = :note AND NOT removed ORDER BY tenant;

-- name: budget_remove
UPDATE budgets SET removed = TRUE, changed_by = :by, changed_at = :now WHERE id = :id AND NOT removed RETURNING *;

-- name: grants_end!
-- The grants of a budget that is removed.
UPDATE grants SET until = :now WHERE budget_id = :id AND (until IS NULL OR until > :now);

-- name: grants_of
SELECT budget_id, person, amount, until FROM grants
WHERE budget_id = :id AND (until IS NULL OR until > :now);

-- name: grant_add
-- A budget that was removed takes none: they would count again as soon as it is set again.
INSERT INTO grants (budget_id, person, amount, since, until, at, by)
SELECT id, :person, :amount, :now, :until, :now, :by FROM budgets WHERE id = :budget_id AND NOT removed
RETURNING budget_id;

-- name: balance_open!
INSERT INTO subject_balances (
    scope, tenant, key, held, total, day_start, day_spent, week_start, week_spent, month_start, month_spent
)
VALUES (:scope, :tenant, :key, 0, 0, 0, 0, 0, 0, 0, 0)
ON CONFLICT DO NOTHING;

-- name: entries_after
SELECT * FROM postings WHERE id > :after AND at >= :since ORDER BY id LIMIT :limit;

-- name: last_hold
SELECT request_id, held FROM postings WHERE request_id = :request_id AND kind = 'reserve' ORDER BY id DESC LIMIT 1;

-- name: spending
-- Buckets of a quarter of an hour: midnight of every time zone is the start of a bucket.
SELECT created_at / 900000000 AS bucket, person, name, capability,
    CAST(SUM(charged) AS BIGINT) AS charged, COUNT(*) AS requests, MAX(created_at) AS named_at
FROM requests
WHERE tenant = :tenant AND created_at >= :since AND charged IS NOT NULL
GROUP BY created_at / 900000000, person, name, capability
ORDER BY named_at;

-- name: verify_balances
-- Every balance, and the sum of the postings of its subject.
WITH shares AS (
    SELECT 'installation' AS scope, '*' AS tenant, '' AS key, moment, held, spent FROM postings
    UNION ALL
    SELECT 'tenant', tenant, '', moment, held, spent FROM postings
    UNION ALL
    SELECT 'channel', tenant, channel, moment, held, spent FROM postings WHERE channel <> '' AND NOT approved
    UNION ALL
    SELECT 'project', tenant, project, moment, held, spent FROM postings WHERE project <> '' AND NOT approved
    UNION ALL
    SELECT 'person', tenant, person, moment, held, spent FROM postings WHERE NOT approved
    UNION ALL
    SELECT 'everywhere', '*', person, moment, held, spent FROM postings
), sums AS (
    SELECT shares.scope, shares.tenant, shares.key, SUM(shares.held) AS held, SUM(shares.spent) AS total,
        SUM(CASE WHEN shares.moment >= stored.day_start THEN shares.spent ELSE 0 END) AS day_spent,
        SUM(CASE WHEN shares.moment >= stored.week_start THEN shares.spent ELSE 0 END) AS week_spent,
        SUM(CASE WHEN shares.moment >= stored.month_start THEN shares.spent ELSE 0 END) AS month_spent
    FROM shares LEFT JOIN subject_balances AS stored
        ON stored.scope = shares.scope AND stored.tenant = shares.tenant AND stored.key = shares.key
    GROUP BY shares.scope, shares.tenant, shares.key
), names AS (
    SELECT scope, tenant, key FROM subject_balances UNION SELECT scope, tenant, key FROM sums
), sides AS (
    SELECT names.scope, names.tenant, names.key, stored.held, stored.total, stored.day_spent, stored.week_spent,
        stored.month_spent, COALESCE(sums.held, 0) AS held_again, COALESCE(sums.total, 0) AS total_again,
        COALESCE(sums.day_spent, 0) AS day_again, COALESCE(sums.week_spent, 0) AS week_again,
        COALESCE(sums.month_spent, 0) AS month_again
    FROM names
    LEFT JOIN subject_balances AS stored
        ON stored.scope = names.scope AND stored.tenant = names.tenant AND stored.key = names.key
    LEFT JOIN sums ON sums.scope = names.scope AND sums.tenant = names.tenant AND sums.key = names.key
)
SELECT scope, tenant, key, held, total, day_spent AS day, week_spent AS week, month_spent AS month,
    CAST(held_again AS BIGINT) AS held_again, CAST(total_again AS BIGINT) AS total_again,
    CAST(day_again AS BIGINT) AS day_again, CAST(week_again AS BIGINT) AS week_again,
    CAST(month_again AS BIGINT) AS month_again
FROM sides
WHERE total IS NULL OR held <> held_again OR total <> total_again OR day_spent <> day_again
    OR week_spent <> week_again OR month_spent <> month_again
ORDER BY scope, tenant, key;

-- name: verify_requests
-- What a request holds and has spent according to its postings, and according to its row.
SELECT sums.request_id, CAST(sums.held AS BIGINT) AS held_again, CAST(sums.spent AS BIGINT) AS spent_again,
    requests.hold, requests.charged
FROM (
    SELECT request_id, SUM(held) AS held, SUM(spent) AS spent FROM postings GROUP BY request_id
) AS sums
LEFT JOIN requests ON requests.id = sums.request_id
WHERE requests.id IS NULL OR requests.hold <> sums.held OR COALESCE(requests.charged, 0) <> sums.spent
ORDER BY sums.request_id;

-- name: verify_conversations
-- What a conversation has cost according to its requests, and according to its running total.
SELECT id, CAST(SUM(kept) AS BIGINT) AS charged, CAST(SUM(again) AS BIGINT) AS charged_again
FROM (
    SELECT id, charged AS kept, 0 AS again FROM conversations
    UNION ALL
    SELECT conversation, 0, COALESCE(charged, 0) FROM requests WHERE conversation <> ''
) AS figures
GROUP BY id HAVING SUM(kept) <> SUM(again) ORDER BY id;

-- name: verify_orphans
-- Rows with money for which the ledger has no postings.
SELECT id, hold, charged FROM requests
WHERE (hold <> 0 OR COALESCE(charged, 0) <> 0)
    AND NOT EXISTS (SELECT 1 FROM postings WHERE postings.request_id = requests.id)
ORDER BY id;
