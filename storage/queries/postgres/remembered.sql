-- name: unchanged
-- Whether all that a group was decided on is still so. If it is, the rows stay locked, in the order in which
-- groups lock; if not, some may be locked, and nothing else has happened.
WITH pen AS (
    SELECT id FROM writers WHERE id = :writer AND NOT closed FOR UPDATE
), same_requests AS (
    SELECT requests.id FROM json_to_recordset(:requests) AS x (id TEXT, version XID)
    JOIN requests ON requests.id = x.id AND requests.xmin = x.version
    WHERE EXISTS (SELECT 1 FROM pen)
    ORDER BY requests.id FOR UPDATE OF requests
), same_balances AS (
    SELECT balances.budget_id
    FROM json_to_recordset(:balances) AS x (budget_id TEXT, subject TEXT, window_start BIGINT, version XID)
    JOIN balances ON balances.budget_id = x.budget_id AND balances.subject = x.subject
        AND balances.window_start = x.window_start AND balances.xmin = x.version
    WHERE (SELECT COUNT(*) FROM same_requests) = json_array_length(:requests)
    ORDER BY balances.budget_id, balances.subject, balances.window_start FOR UPDATE OF balances
), same_rules AS (
    SELECT 1 FROM json_to_recordset(:rules) AS x (tenant TEXT, person TEXT, settings TEXT, budgets TEXT)
    WHERE settings IS NOT DISTINCT FROM (SELECT body FROM tenants WHERE tenants.id = x.tenant)
        AND budgets IS NOT DISTINCT FROM CAST((
            SELECT json_agg(json_build_array(id, tenant, scope, subject, span, ceiling) ORDER BY id) FROM budgets
            WHERE budgets.tenant IN (x.tenant, '*') AND NOT removed
                AND (scope <> 'person' OR subject IN (x.person, '*'))
        ) AS TEXT)
)
SELECT (SELECT COUNT(*) FROM same_requests) = json_array_length(:requests)
    AND (SELECT COUNT(*) FROM same_balances) = json_array_length(:balances)
    AND (SELECT COUNT(*) FROM same_rules) = json_array_length(:rules)
    AND EXISTS (SELECT 1 FROM pen) AS sure;
