-- name: statements_of
SELECT * FROM statements WHERE tenant = :tenant ORDER BY month DESC;

-- name: statement_edge
-- The number behind which what was booked from :moment on begins. Numbers follow the time of booking but for
-- what runs at once, so the lowest of the first hour is looked for; without any the next one, or all there are.
SELECT CAST(COALESCE(
    (SELECT MIN(id) - 1 FROM postings WHERE tenant = :tenant AND spent <> 0 AND at >= :moment AND at < :until),
    (
        SELECT id - 1 FROM postings WHERE tenant = :tenant AND spent <> 0 AND at >= :until
        ORDER BY at, id LIMIT 1
    ),
    (SELECT MAX(id) FROM postings WHERE tenant = :tenant AND spent <> 0),
    0
) AS BIGINT) AS edge;

-- name: statement_sum
SELECT COUNT(*) AS entries, CAST(COALESCE(SUM(spent), 0) AS BIGINT) AS spent FROM postings
WHERE tenant = :tenant AND spent <> 0 AND id > :first AND id <= :last;

-- name: statement_add!
INSERT INTO statements (tenant, month, zone, after_id, last_id, entries, spent, created_at, created_by)
VALUES (:tenant, :month, :zone, :after_id, :last_id, :entries, :spent, :created_at, :created_by);

-- name: statement_lines
SELECT postings.id, postings.at AS booked_at, postings.moment, postings.kind, postings.request_id, postings.person,
    COALESCE(requests.name, '') AS name, postings.channel, postings.project,
    COALESCE(requests.capability, '') AS capability,
    COALESCE(CASE WHEN requests.executed_model <> '' THEN requests.executed_model ELSE requests.model END, '') AS model,
    COALESCE(requests.provider, '') AS provider, COALESCE(requests.gateway_id, '') AS gateway_id,
    postings.approved, postings.spent
FROM postings LEFT JOIN requests ON requests.id = postings.request_id
WHERE postings.tenant = :tenant AND postings.spent <> 0 AND postings.id > :after AND postings.id <= :last
ORDER BY postings.id LIMIT :limit;

-- name: statement_requests
WITH lines AS (
    SELECT request_id, SUM(spent) AS here FROM postings
    WHERE tenant = :tenant AND spent <> 0 AND id > :first AND id <= :last AND request_id > :after
    GROUP BY request_id ORDER BY request_id LIMIT :limit
)
SELECT lines.request_id, CAST(lines.here AS BIGINT) AS here,
    (SELECT CAST(SUM(spent) AS BIGINT) FROM postings WHERE postings.request_id = lines.request_id) AS altogether,
    COALESCE(requests.trace_id, '') AS trace_id, requests.submitted_at
FROM lines LEFT JOIN requests ON requests.id = lines.request_id
ORDER BY lines.request_id;

-- name: erased_note!
INSERT INTO erased_people (person_hash, at) VALUES (:person_hash, :at)
ON CONFLICT (person_hash) DO UPDATE SET at = excluded.at;

-- name: erased_people
SELECT person_hash, at FROM erased_people;
