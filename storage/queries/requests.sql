-- name: request_insert
-- Returns no row when another insert with the same dedupe key came first.
INSERT INTO requests (
    id, dedupe_key, tenant, person, name, capability, model, origin, parent_id, created_at,
    state, unfinished, updated_at, due_at, lease_owner, lease_epoch, lease_until,
    phase, hold, charged, charged_from, overrun, estimate, estimate_provider,
    ask_price, confirmed, approved_by, cancel_requested, attempts, trace_id, submitted_at, finished_at,
    expires_at, job_id, gateway_id, provider, executed_model, progress, refused_budget, resets_at, remaining,
    notified, purged, actor, reply_to, delivery, failure, assets, asked, text, state_changes,
    pricing, place, conversation, reading, part
) VALUES (
    :id, :dedupe_key, :tenant, :person, :name, :capability, :model, :origin, :parent_id, :created_at,
    :state, :unfinished, :updated_at, :due_at, :lease_owner, :lease_epoch, :lease_until,
    :phase, :hold, :charged, :charged_from, :overrun, :estimate, :estimate_provider,
    :ask_price, :confirmed, :approved_by, :cancel_requested, :attempts, :trace_id, :submitted_at, :finished_at,
    :expires_at, :job_id, :gateway_id, :provider, :executed_model, :progress, :refused_budget, :resets_at,
    :remaining, :notified, FALSE, :actor, :reply_to, :delivery, :failure, :assets, :asked, :text, :state_changes,
    :pricing, :place, :conversation, :reading, :part
)
ON CONFLICT (dedupe_key) DO NOTHING
RETURNING id;

-- name: request_get
SELECT * FROM requests WHERE id = :id;

-- name: request_by_dedupe_key
SELECT * FROM requests WHERE dedupe_key = :dedupe_key;

-- name: upload_insert!
INSERT INTO uploads (digest, body) VALUES (:digest, :body) ON CONFLICT (digest) DO NOTHING;

-- name: upload_refer!
INSERT INTO request_uploads (request_id, digest) VALUES (:request_id, :digest) ON CONFLICT DO NOTHING;

-- name: upload_get
SELECT body FROM uploads WHERE digest = :digest;

-- name: claim_candidates
-- Fair turns: each person's rows are numbered oldest first, after those that already run, and low numbers
-- come first. The limits apply to rows that start work (`starts`); requests after the paid call always go on.
WITH active AS (
    SELECT id, tenant, person, origin, state, due_at, lease_until, created_at,
        CASE WHEN state IN ('received', 'priced', 'reserved') THEN 1 ELSE 0 END AS starts
    FROM requests WHERE due_at IS NOT NULL
), busy AS (
    SELECT tenant, person, COUNT(*) AS running FROM active
    WHERE state IN ('submitted', 'running') OR (starts = 1 AND lease_until > :now)
    GROUP BY tenant, person
), crowd AS (
    SELECT tenant, SUM(running) AS running FROM busy GROUP BY tenant
), ready AS (
    SELECT active.*, CASE WHEN starts = 1 THEN COALESCE(busy.running, 0) ELSE 0 END + ROW_NUMBER() OVER (
        PARTITION BY active.tenant, active.person, starts ORDER BY created_at, id
    ) AS turn
    FROM active LEFT JOIN busy ON busy.tenant = active.tenant AND busy.person = active.person
    WHERE due_at <= :now AND lease_until <= :now
        AND (:origins = '' OR :origins LIKE '%,' || origin || ',%')
), allowed AS (
    SELECT ready.*, COALESCE(crowd.running, 0) + ROW_NUMBER() OVER (
        PARTITION BY ready.tenant, starts ORDER BY turn, created_at, id
    ) AS place
    FROM ready LEFT JOIN crowd ON crowd.tenant = ready.tenant
    WHERE starts = 0 OR turn <= :per_person
)
SELECT id FROM allowed
WHERE starts = 0 OR place <= :per_tenant
ORDER BY starts, turn, created_at, id
LIMIT :slots;

-- name: lease_extend!
UPDATE requests SET lease_until = :until WHERE id = :id AND lease_owner = :owner;

-- name: lease_release!
-- The owner's name is removed too, so that a late write of this worker fails.
UPDATE requests SET lease_owner = '', lease_until = 0 WHERE due_at IS NOT NULL AND lease_owner = :owner;

-- name: next_due
SELECT MIN(CASE WHEN lease_until > due_at THEN lease_until ELSE due_at END) AS at
FROM requests WHERE due_at IS NOT NULL;

-- name: waiting
SELECT COUNT(*) AS n FROM requests WHERE unfinished;

-- name: count_unfinished
SELECT capability, state, origin AS platform, COUNT(*) AS requests, CAST(SUM(hold) AS BIGINT) AS held,
    MIN(created_at) AS oldest
FROM requests WHERE unfinished GROUP BY capability, state, origin ORDER BY capability, state, origin;

-- name: queue
-- The requests that wait for a worker, in the order of `claim_candidates`.
WITH active AS (
    SELECT id, tenant, person, due_at, lease_until, created_at,
        CASE WHEN state IN ('received', 'priced', 'reserved') THEN 1 ELSE 0 END AS starts,
        CASE WHEN state IN ('submitted', 'running') THEN 1 ELSE 0 END AS paid
    FROM requests WHERE due_at IS NOT NULL
), busy AS (
    SELECT tenant, person, COUNT(*) AS running FROM active
    WHERE paid = 1 OR (starts = 1 AND lease_until > :now) GROUP BY tenant, person
), ready AS (
    SELECT active.id, created_at, COALESCE(busy.running, 0) + ROW_NUMBER() OVER (
        PARTITION BY active.tenant, active.person ORDER BY created_at, id
    ) AS turn
    FROM active LEFT JOIN busy ON busy.tenant = active.tenant AND busy.person = active.person
    WHERE starts = 1 AND due_at <= :now AND lease_until <= :now
)
SELECT id FROM ready ORDER BY turn, created_at, id;

-- name: agreed_before
-- Whether the person has agreed to a price of this kind before, or paid one: the predicate of an index.
SELECT 1 AS found FROM requests WHERE person = :person AND capability = :capability AND (confirmed OR charged > 0)
LIMIT 1;

-- name: history_of_tenant
SELECT * FROM requests WHERE tenant = :tenant ORDER BY created_at DESC, id DESC LIMIT :limit;

-- name: history_of_tenant_before
SELECT * FROM requests
WHERE tenant = :tenant AND (created_at, id) < (SELECT created_at, id FROM requests WHERE id = :before)
ORDER BY created_at DESC, id DESC LIMIT :limit;

-- name: history_of_person
SELECT * FROM requests
WHERE place = :tenant AND person = :person ORDER BY created_at DESC, id DESC LIMIT :limit;

-- name: history_of_person_before
SELECT * FROM requests
WHERE place = :tenant AND person = :person
    AND (created_at, id) < (SELECT created_at, id FROM requests WHERE id = :before)
ORDER BY created_at DESC, id DESC LIMIT :limit;

-- name: unfinished_of_tenant
SELECT * FROM requests WHERE unfinished AND tenant = :tenant ORDER BY created_at, id;

-- name: unfinished_of_person
SELECT * FROM requests WHERE unfinished AND place = :tenant AND person = :person ORDER BY created_at, id;

-- name: make_job_due
UPDATE requests SET due_at = :now
WHERE job_id = :job_id AND state = 'running' AND due_at > :now AND unfinished
RETURNING id;

-- name: submitted_between
SELECT * FROM requests WHERE submitted_at >= :since AND submitted_at < :until ORDER BY submitted_at, id;

-- name: timing_get
SELECT mean_us FROM timings WHERE model = :model AND capability = :capability;

-- name: requests_of_person
SELECT * FROM requests WHERE person = :person ORDER BY created_at, id;

-- name: requests_recent
SELECT * FROM requests
WHERE created_at >= :since AND (:tenant = '' OR tenant = :tenant) AND (:person = '' OR person = :person)
    AND (:state = '' OR state = :state)
ORDER BY created_at DESC, id DESC LIMIT :limit;

-- name: chats_of_tenant
SELECT * FROM requests WHERE tenant = :tenant AND capability = 'chat' AND NOT purged ORDER BY created_at, id;

-- name: erase_request!
UPDATE requests SET purged = TRUE, name = '', actor = :actor, asked = :asked, text = '', assets = :assets, reading = ''
WHERE id = :id;

-- name: reword_request!
UPDATE requests SET asked = :asked WHERE id = :id;

-- name: purge_candidates
SELECT * FROM requests
WHERE NOT purged AND NOT unfinished AND due_at IS NULL AND created_at < :before
ORDER BY created_at, id LIMIT 200;

-- name: purge_request!
UPDATE requests SET purged = TRUE, asked = :asked, text = '', assets = :assets, reading = ''
WHERE id = :id AND NOT unfinished;

-- name: purge_references!
DELETE FROM request_uploads WHERE request_id = :id;

-- name: purge_uploads!
DELETE FROM uploads
WHERE NOT EXISTS (SELECT 1 FROM request_uploads WHERE request_uploads.digest = uploads.digest);
