-- What a group of moves reads. Each statement takes all its rows as one JSON text.

-- name: request_lock
-- With `rules_at` above 0, also the rules that apply to the person at that time: see `rules_of`.
SELECT requests.*, x.rules_at, (SELECT MAX(number) FROM migrations) AS schema,
    CASE WHEN x.rules_at > 0 THEN (SELECT body FROM tenants WHERE tenants.id = requests.tenant) END AS settings,
    CASE WHEN x.rules_at > 0 THEN (
        SELECT json_agg(json_build_array(id, tenant, scope, subject, span, ceiling, note, given_by))
        FROM budgets
        WHERE budgets.tenant IN (requests.tenant, '*') AND NOT removed
            AND (scope NOT IN ('person', 'everywhere') OR subject IN (requests.person, '*'))
    ) END AS budgets,
    CASE WHEN x.rules_at > 0 THEN (
        SELECT json_agg(json_build_array(grants.budget_id, grants.person, grants.amount, grants.until))
        FROM budgets JOIN grants ON grants.budget_id = budgets.id
        WHERE budgets.tenant IN (requests.tenant, '*') AND grants.person IN ('', requests.person)
            AND (grants.until IS NULL OR grants.until > x.rules_at)
    ) END AS grants,
    CASE WHEN x.rules_at > 0 THEN (
        SELECT json_agg(json_build_array(others.wallet, others.person, others.since, others.ended_at))
        FROM wallet_members AS mine JOIN wallet_members AS others ON others.wallet = mine.wallet
        WHERE mine.person = requests.person
    ) END AS wallet,
    CASE WHEN x.rules_at > 0 THEN EXISTS (SELECT 1 FROM wallet_members WHERE person LIKE 'erased:%') END AS erased
FROM json_to_recordset(:rows) AS x (id TEXT, rules_at BIGINT) JOIN requests ON requests.id = x.id
ORDER BY requests.id FOR UPDATE OF requests;

-- name: balance_lock
-- Always in the order of the primary key: unordered locking deadlocks.
SELECT stored.* FROM json_to_recordset(:rows) AS x (scope TEXT, tenant TEXT, key TEXT)
JOIN subject_balances AS stored ON stored.scope = x.scope AND stored.tenant = x.tenant AND stored.key = x.key
ORDER BY stored.scope, stored.tenant, stored.key FOR UPDATE OF stored;

-- name: balance_get
-- Without locking them.
SELECT stored.* FROM json_to_recordset(:rows) AS x (scope TEXT, tenant TEXT, key TEXT)
JOIN subject_balances AS stored ON stored.scope = x.scope AND stored.tenant = x.tenant AND stored.key = x.key;
