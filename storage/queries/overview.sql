-- name: asked_between
-- Tenant by tenant, in the order of the index on tenants and times; nothing that is older is read.
WITH RECURSIVE used (tenant) AS (
    SELECT MIN(tenant) FROM requests WHERE tenant > ''
    UNION ALL
    SELECT (SELECT MIN(requests.tenant) FROM requests WHERE requests.tenant > used.tenant)
    FROM used WHERE used.tenant IS NOT NULL
)
SELECT (
        SELECT COUNT(*) FROM requests
        WHERE requests.tenant = used.tenant AND requests.created_at >= :since AND requests.created_at < :until
    ) AS requests,
    (
        SELECT json_agg(DISTINCT requests.person) FROM requests
        WHERE requests.tenant = used.tenant AND requests.created_at >= :since AND requests.created_at < :until
    ) AS people
FROM used WHERE used.tenant IS NOT NULL;

-- name: known_people
SELECT person, tenant, 'asked' AS known_by FROM requests
UNION
SELECT subject, tenant, 'limit' FROM budgets
WHERE scope IN ('person', 'everywhere') AND subject <> '*' AND NOT removed
UNION
SELECT person, tenant, 'home' FROM homes
UNION
SELECT person, '*', 'link' FROM wallet_members
WHERE (ended_at IS NULL OR ended_at > :now) AND person NOT LIKE 'erased:%'
ORDER BY person, tenant, known_by;
