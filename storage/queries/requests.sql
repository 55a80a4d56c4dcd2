-- name: request_insert
-- Returns no row when another insert with the same dedupe key came first.
INSERT INTO requests (
    id, dedupe_key, tenant, person, name, capability, model, origin, parent_id, created_at,
    state, unfinished, updated_at, due_at, lease_owner, lease_epoch, lease_until,
    phase, hold, charged, charged_from, overrun, estimate, estimate_provider,
    ask_price, confirmed, approved_by, cancel_requested, attempts, trace_id, submitted_at, finished_at,
    expires_at, job_id, gateway_id, provider, executed_model, progress, refused_budget, resets_at, remaining,
    notified, purged, actor, reply_to, delivery, failure, assets, asked, text, state_changes,
    pricing, place, conversation, reading, part, project
) VALUES (
    :id, :dedupe_key, :tenant, :person, :name, :capability, :model, :origin, :parent_id, :created_at,
    :state, :unfinished, :updated_at, :due_at, :lease_owner, :lease_epoch, :lease_until,
    :phase, :hold, :charged, :charged_from, :overrun, :estimate, :estimate_provider,
    :ask_price, :confirmed, :approved_by, :cancel_requested, :attempts, :trace_id, :submitted_at, :finished_at,
    :expires_at, :job_id, :gateway_id, :provider, :executed_model, :progress, :refused_budget, :resets_at,
    :remaining, :notified, FALSE, :actor, :reply_to, :delivery, :failure, :assets, :asked, :text, :state_changes,
    :pricing, :place, :conversation, :reading, :part, :project
)
ON CONFLICT (dedupe_key) DO NOTHING
RETURNING id;

-- name: request_get
SELECT * FROM requests WHERE id = :id;

-- name: request_by_dedupe_key
SELECT * FROM requests WHERE dedupe_key = :dedupe_key;

-- name: upload_refer!
INSERT INTO request_uploads (request_id, digest) VALUES (:request_id, :digest) ON CONFLICT DO NOTHING;

-- name: upload_get
SELECT body FROM uploads WHERE digest = :digest;

-- name: claim_candidates
-- Fair turns: each person's rows are numbered oldest first, after those that already run, and low numbers
-- come first. The limits apply to rows that start work (`starts`); requests after the paid call always go on.
-- The shares apply to what this worker has leased: rows that wait for a model and its provider (`calls`), and
-- rows that wait for a platform (`tells`). Rows whose share is used up are left out before the turns are
-- counted, and those that would exceed it afterwards; so as long as one row is left, one is chosen. Of rows that
-- rest, only those with a call under way are read.
WITH found AS (
    SELECT id, tenant, person, origin, model, estimate_provider, state, notified, due_at, lease_owner, lease_until,
        created_at
    FROM requests WHERE due_at <= :now
    UNION ALL
    SELECT id, tenant, person, origin, model, estimate_provider, state, notified, due_at, lease_owner, lease_until,
        created_at
    FROM requests WHERE due_at > :now AND state IN ('submitted', 'running')
), active AS (
    SELECT *,
        CASE WHEN state IN ('received', 'priced', 'reserved') THEN 1 ELSE 0 END AS starts,
        CASE WHEN state IN ('received', 'priced', 'reserved', 'submitted') THEN 1 ELSE 0 END AS calls,
        CASE WHEN state = 'settled' OR (notified <> state AND state IN (
            'awaiting_confirmation', 'delivered', 'refused', 'failed', 'cancelled'
        )) THEN 1 ELSE 0 END AS tells
    FROM found
), mine AS (
    SELECT origin, model, estimate_provider, calls, tells FROM active
    WHERE lease_owner = :owner AND lease_until > :now
), models AS (
    SELECT model, COUNT(*) AS running FROM mine WHERE calls = 1 GROUP BY model
), providers AS (
    SELECT estimate_provider, COUNT(*) AS running FROM mine
    WHERE calls = 1 AND estimate_provider <> '' GROUP BY estimate_provider
), platforms AS (
    SELECT origin, COUNT(*) AS running FROM mine WHERE tells = 1 GROUP BY origin
), busy AS (
    SELECT tenant, person, COUNT(*) AS running FROM active
    WHERE state IN ('submitted', 'running') OR (starts = 1 AND lease_until > :now)
    GROUP BY tenant, person
), crowd AS (
    SELECT tenant, SUM(running) AS running FROM busy GROUP BY tenant
), ready AS (
    SELECT active.*, CASE WHEN starts = 1 THEN COALESCE(busy.running, 0) ELSE 0 END + ROW_NUMBER() OVER (
        PARTITION BY active.tenant, active.person, starts ORDER BY created_at, id
    ) AS turn,
    COALESCE(models.running, 0) AS on_model, COALESCE(providers.running, 0) AS at_provider,
    COALESCE(platforms.running, 0) AS on_platform
    FROM active LEFT JOIN busy ON busy.tenant = active.tenant AND busy.person = active.person
        LEFT JOIN models ON models.model = active.model
        LEFT JOIN providers ON providers.estimate_provider = active.estimate_provider
        LEFT JOIN platforms ON platforms.origin = active.origin
    WHERE due_at <= :now AND lease_until <= :now
        AND (:origins = '' OR :origins LIKE '%,' || active.origin || ',%')
        AND (starts = 0 OR (
            COALESCE(models.running, 0) < :per_model AND COALESCE(providers.running, 0) < :per_provider
        ))
        AND (tells = 0 OR COALESCE(platforms.running, 0) < :per_platform)
), allowed AS (
    SELECT ready.*, COALESCE(crowd.running, 0) + ROW_NUMBER() OVER (
        PARTITION BY ready.tenant, starts ORDER BY turn, created_at, id
    ) AS place
    FROM ready LEFT JOIN crowd ON crowd.tenant = ready.tenant
    WHERE starts = 0 OR turn <= :per_person
), shared AS (
    SELECT id, starts, tells, turn, created_at, estimate_provider,
        on_model + ROW_NUMBER() OVER (PARTITION BY model, starts ORDER BY turn, created_at, id) AS model_place,
        at_provider + ROW_NUMBER() OVER (
            PARTITION BY estimate_provider, starts ORDER BY turn, created_at, id
        ) AS provider_place,
        on_platform + ROW_NUMBER() OVER (PARTITION BY origin, tells ORDER BY turn, created_at, id) AS platform_place
    FROM allowed WHERE starts = 0 OR place <= :per_tenant
)
SELECT id FROM shared
WHERE (starts = 0 OR (
        model_place <= :per_model AND (estimate_provider = '' OR provider_place <= :per_provider)
    ))
    AND (tells = 0 OR platform_place <= :per_platform)
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
SELECT COUNT(*) AS everyone, COUNT(CASE WHEN tenant = :tenant THEN 1 END) AS tenant,
    COUNT(CASE WHEN person = :person THEN 1 END) AS person
FROM requests WHERE unfinished AND state <> 'awaiting_confirmation';

-- name: stored
SELECT 0 AS everyone,
    (SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM uploads WHERE tenant = :tenant) AS tenant,
    (SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM uploads WHERE person = :person) AS person;

-- name: offers
SELECT id FROM requests WHERE person = :person AND state = 'awaiting_confirmation' ORDER BY created_at DESC, id DESC;

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

-- name: history_of_project
-- Of one person where :person is not empty: what they asked in this place.
SELECT * FROM requests
WHERE project = :project AND project <> ''
    AND ((:person = '' AND tenant = :tenant) OR (person = :person AND place = :tenant))
    AND (:before = '' OR (created_at, id) < (SELECT created_at, id FROM requests WHERE id = :before))
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

-- name: uploads_disown!
-- What stays of an erased person's pictures, since others refer to it, counts for nobody.
UPDATE uploads SET person = '', tenant = '' WHERE person = :person
    AND NOT EXISTS (
        SELECT 1 FROM request_uploads JOIN requests ON requests.id = request_uploads.request_id
        WHERE request_uploads.digest = uploads.digest AND requests.person = :person
    );

-- name: expired_references
-- The pictures of requests that ended before their call, once nothing offers to run them again.
DELETE FROM request_uploads WHERE (request_id, digest) IN (
    SELECT request_id, digest FROM request_uploads WHERE keep_until <= :now ORDER BY digest FOR UPDATE SKIP LOCKED
)
RETURNING digest;

-- name: upload_lock
-- Waits for a request that is being accepted with the same picture.
SELECT digest FROM uploads WHERE digest = :digest FOR UPDATE;

-- name: upload_drop!
DELETE FROM uploads
WHERE digest = :digest
    AND NOT EXISTS (SELECT 1 FROM request_uploads WHERE request_uploads.digest = :digest);
