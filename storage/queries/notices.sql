-- name: notices_claim
-- Due notices of these platforms; one that another worker has begun waits until its lease ends.
UPDATE notices SET lease_until = :until, attempts = attempts + 1
WHERE id IN (
    SELECT id FROM notices
    WHERE due_at <= :now AND lease_until <= :now AND (origin = '' OR :origins LIKE '%,' || origin || ',%')
    ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED
)
RETURNING *, (SELECT budgets.changed_by FROM budgets WHERE budgets.id = notices.budget_id) AS set_by,
    (SELECT requests.reply_to FROM requests WHERE requests.id = notices.request_id) AS reply_to,
    (SELECT tenants.body FROM tenants WHERE tenants.id = notices.tenant) AS settings;

-- name: notice_end!
UPDATE notices SET due_at = NULL, outcome = :outcome WHERE id = :id AND due_at IS NOT NULL;

-- name: notice_later!
UPDATE notices SET due_at = :due, lease_until = 0 WHERE id = :id AND due_at IS NOT NULL;

-- name: notices_of_person
-- In the words of its index, which has those of people only.
SELECT *, '' AS set_by, '{}' AS reply_to FROM notices WHERE person = :person AND person <> ''
ORDER BY at DESC, id LIMIT :most;

-- name: notices_of_tenant
SELECT notices.*, '' AS set_by, '{}' AS reply_to,
    (SELECT tenants.body FROM tenants WHERE tenants.id = notices.tenant) AS settings
FROM notices WHERE tenant = :tenant AND person = '' ORDER BY at DESC, id LIMIT :most;

-- name: notice_get
SELECT *, '' AS set_by, '{}' AS reply_to FROM notices WHERE id = :id;

-- name: notices_purge
-- What is told of a window that runs must stay, or it would be told again.
DELETE FROM notices WHERE at < :before AND resets_at < :before RETURNING id;

-- name: notices_erase!
DELETE FROM notices WHERE person = :person AND person <> '';

-- name: digest_add!
INSERT INTO digests (tenant, origin, span, starts, ends, due_at, lease_until, attempts, outcome)
VALUES (:tenant, :origin, :span, :starts, :ends, :now, 0, 0, '')
ON CONFLICT DO NOTHING;

-- name: digests_claim
UPDATE digests SET lease_until = :until, attempts = attempts + 1
WHERE (tenant, span, starts) IN (
    SELECT tenant, span, starts FROM digests
    WHERE due_at <= :now AND lease_until <= :now AND :origins LIKE '%,' || origin || ',%'
    ORDER BY due_at, tenant LIMIT :most FOR UPDATE SKIP LOCKED
)
RETURNING *;

-- name: digest_end!
UPDATE digests SET due_at = NULL, outcome = :outcome
WHERE tenant = :tenant AND span = :span AND starts = :starts AND due_at IS NOT NULL;

-- name: digest_later!
UPDATE digests SET due_at = :due, lease_until = 0
WHERE tenant = :tenant AND span = :span AND starts = :starts AND due_at IS NOT NULL;

-- name: digests_purge
DELETE FROM digests WHERE ends < :before AND due_at IS NULL RETURNING tenant;

-- name: digest_places
-- Settings of the places that have chosen a channel for it.
SELECT id, body FROM tenants
WHERE body LIKE '%"digest_channel":"%' AND body NOT LIKE '%"digest_channel":""%' ORDER BY id;

-- name: digest_spending
-- The charges of one period, whatever was booked later included. Every charge has the columns of its order.
SELECT postings.person, requests.name, postings.channel, requests.capability, requests.model,
    postings.project, CAST(SUM(postings.spent) AS BIGINT) AS spent, COUNT(DISTINCT postings.request_id) AS requests,
    MAX(requests.created_at) AS named_at
FROM postings JOIN requests ON requests.id = postings.request_id
WHERE postings.tenant = :tenant AND postings.moment >= :since AND postings.moment < :until
    AND postings.kind IN ('settle', 'adjust')
GROUP BY postings.person, requests.name, postings.channel, requests.capability, requests.model, postings.project
ORDER BY named_at;

-- name: digest_days
-- Buckets of a quarter of an hour: midnight of every time zone is the start of a bucket.
SELECT moment / 900000000 AS bucket, CAST(SUM(spent) AS BIGINT) AS spent FROM postings
WHERE tenant = :tenant AND moment >= :since AND moment < :until AND kind IN ('settle', 'adjust') AND spent <> 0
GROUP BY moment / 900000000 ORDER BY bucket;

-- name: digest_ends
SELECT state, failure, COUNT(*) AS requests FROM requests
WHERE tenant = :tenant AND created_at >= :since AND created_at < :until AND state IN ('failed', 'refused')
GROUP BY state, failure;
