-- Statements for the Python part of migrations (see `storage.upgrades`); each runs once per database.

-- name: upgrade_tenants
SELECT spenders.tenant AS id, tenants.body FROM (SELECT DISTINCT tenant FROM postings) AS spenders
LEFT JOIN tenants ON tenants.id = spenders.tenant ORDER BY spenders.tenant;

-- name: upgrade_latest
SELECT COALESCE(MAX(at), 0) AS at FROM postings;

-- name: upgrade_windows_add!
INSERT INTO upgrade_windows (tenant, day, week, month) VALUES (:tenant, :day, :week, :month);

-- name: upgrade_balances!
INSERT INTO subject_balances (
    scope, tenant, key, held, total, day_start, day_spent, week_start, week_spent, month_start, month_spent
)
SELECT shares.scope, shares.tenant, shares.key, SUM(shares.held), SUM(shares.spent),
    upgrade_windows.day, SUM(CASE WHEN moment >= upgrade_windows.day THEN spent ELSE 0 END),
    upgrade_windows.week, SUM(CASE WHEN moment >= upgrade_windows.week THEN spent ELSE 0 END),
    upgrade_windows.month, SUM(CASE WHEN moment >= upgrade_windows.month THEN spent ELSE 0 END)
FROM (
    SELECT 'installation' AS scope, '*' AS tenant, '' AS key, moment, held, spent FROM postings
    UNION ALL
    SELECT 'tenant', tenant, '', moment, held, spent FROM postings
    UNION ALL
    SELECT 'channel', tenant, channel, moment, held, spent FROM postings WHERE channel <> ''
    UNION ALL
    SELECT 'person', tenant, person, moment, held, spent FROM postings
) AS shares JOIN upgrade_windows ON upgrade_windows.tenant = shares.tenant
GROUP BY shares.scope, shares.tenant, shares.key,
    upgrade_windows.day, upgrade_windows.week, upgrade_windows.month;

-- name: upgrade_grants
-- Grants of the old ledger on current budgets, except those of an approval for a request without a hold yet:
-- approved requests no longer need room in these budgets.
SELECT budgets.*, entries_v1.subject AS granted_to, entries_v1.window_start, entries_v1.granted,
    entries_v1.at, entries_v1.by, tenants.body
FROM entries_v1
JOIN budgets ON budgets.id = entries_v1.budget_id AND NOT budgets.removed
LEFT JOIN tenants ON tenants.id = budgets.tenant
WHERE entries_v1.kind = 'grant' AND entries_v1.granted <> 0 AND (
    entries_v1.request_id = ''
    OR EXISTS (SELECT 1 FROM postings WHERE postings.request_id = entries_v1.request_id)
)
ORDER BY entries_v1.id;

-- name: upgrade_grant_add!
INSERT INTO grants (budget_id, person, amount, since, until, at, by)
VALUES (:budget_id, :person, :amount, :at, :until, :at, :by);

-- name: upgrade_places
-- Every place that the database knew before, with its settings, if it has changed any.
SELECT places.id, tenants.body FROM (
    SELECT id FROM tenants UNION SELECT tenant AS id FROM requests
    UNION SELECT tenant AS id FROM budgets WHERE tenant <> '*'
) AS places LEFT JOIN tenants ON tenants.id = places.id ORDER BY places.id;

-- name: upgrade_operators
-- The places whose total was given by the operator, and `*` when the installation's limit was.
SELECT DISTINCT tenant FROM budgets WHERE given_by = 'operator' AND NOT removed;

-- name: upgrade_no_limit!
INSERT INTO budgets (id, tenant, scope, subject, span, ceiling, note, given_by, removed, changed_by, changed_at)
VALUES (:id, :tenant, :scope, :subject, :span, NULL, :note, 'operator', FALSE, 'upgrade', :now)
ON CONFLICT (tenant, scope, subject, span, given_by) DO UPDATE SET
    ceiling = NULL, note = excluded.note, removed = FALSE, changed_by = 'upgrade', changed_at = excluded.changed_at;

-- name: upgrade_tenant!
INSERT INTO tenants (id, body) VALUES (:id, :body);

-- name: upgrade_everywhere!
-- What each person has spent in all places, by the clock of the installation.
INSERT INTO subject_balances (
    scope, tenant, key, held, total, day_start, day_spent, week_start, week_spent, month_start, month_spent
)
SELECT 'everywhere', '*', person, SUM(held), SUM(spent),
    CAST(:day AS BIGINT), SUM(CASE WHEN moment >= :day THEN spent ELSE 0 END),
    CAST(:week AS BIGINT), SUM(CASE WHEN moment >= :week THEN spent ELSE 0 END),
    CAST(:month AS BIGINT), SUM(CASE WHEN moment >= :month THEN spent ELSE 0 END)
FROM postings GROUP BY person;

-- name: upgrade_document!
INSERT INTO documents (kind, key, body) VALUES (:kind, :key, :body) ON CONFLICT DO NOTHING;
