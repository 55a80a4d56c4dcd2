-- The writes of a group of moves. Each statement takes all its rows as one JSON text; the driver makes all writes of
-- a group parts of one statement, so no order among them may matter.

-- name: request_update!
-- Every column that may change; the order, the person and the time of creation may not. Of who asked, only what
-- roles they have may.
UPDATE requests SET
    state = x.state, unfinished = x.unfinished, updated_at = x.updated_at, due_at = x.due_at,
    lease_owner = x.lease_owner, lease_epoch = x.lease_epoch, lease_until = x.lease_until,
    phase = x.phase, hold = x.hold, charged = x.charged, charged_from = x.charged_from, overrun = x.overrun,
    estimate = x.estimate, estimate_provider = x.estimate_provider, confirmed = x.confirmed,
    approved_by = x.approved_by, cancel_requested = x.cancel_requested, attempts = x.attempts,
    trace_id = x.trace_id, submitted_at = x.submitted_at, finished_at = x.finished_at, expires_at = x.expires_at,
    job_id = x.job_id, gateway_id = x.gateway_id, provider = x.provider, executed_model = x.executed_model,
    progress = x.progress, refused_budget = x.refused_budget, resets_at = x.resets_at, remaining = x.remaining,
    notified = x.notified, moment = x.moment, round = x.round,
    approved = x.approved, reply_to = x.reply_to, delivery = x.delivery, failure = x.failure,
    assets = x.assets, text = x.text, state_changes = x.state_changes, pricing = x.pricing, actor = x.actor,
    reading = x.reading
FROM json_populate_recordset(CAST(NULL AS requests), :rows) AS x
WHERE requests.id = x.id;

-- name: balance_put!
UPDATE subject_balances SET held = x.held, total = x.total,
    day_start = x.day_start, day_spent = x.day_spent, week_start = x.week_start, week_spent = x.week_spent,
    month_start = x.month_start, month_spent = x.month_spent
FROM json_populate_recordset(CAST(NULL AS subject_balances), :rows) AS x
WHERE subject_balances.scope = x.scope AND subject_balances.tenant = x.tenant AND subject_balances.key = x.key;

-- name: posting_add!
INSERT INTO postings (
    request_id, round, phase, kind, moment, tenant, channel, person, held, spent, overrun, approved, at, by,
    project
)
SELECT
    x.request_id, x.round, x.phase, x.kind, x.moment, x.tenant, x.channel, x.person, x.held, x.spent, x.overrun,
    x.approved, x.at, x.by, x.project
FROM json_populate_recordset(CAST(NULL AS postings), :rows) AS x;

-- name: timing_add!
-- A running mean in which the last twenty requests count most; those of one group count as one.
INSERT INTO timings (model, capability, mean_us, samples)
SELECT x.model, x.capability, CAST(AVG(x.elapsed_us) AS BIGINT), 1
FROM json_to_recordset(:rows) AS x (model TEXT, capability TEXT, elapsed_us BIGINT)
GROUP BY x.model, x.capability ORDER BY x.model, x.capability
ON CONFLICT (model, capability) DO UPDATE SET
    mean_us = timings.mean_us + (excluded.mean_us - timings.mean_us)
        / CASE WHEN timings.samples < 20 THEN timings.samples + 1 ELSE 20 END,
    samples = timings.samples + 1;

-- name: turn_add!
INSERT INTO turns (conversation, at, request_id, place, role, content, author, name)
SELECT x.conversation, x.at, x.request_id, x.place, x.role, x.content, x.author, x.name
FROM json_populate_recordset(CAST(NULL AS turns), :rows) AS x;

-- name: conversation_charge!
-- Costs that were booked, and corrections of some, in the totals of their conversations; one row for each of those.
INSERT INTO conversations (id, pictures, newest, newest_at, charged)
SELECT x.conversation, 0, 0, 0, CAST(SUM(x.amount) AS BIGINT)
FROM json_to_recordset(:rows) AS x (conversation TEXT, amount BIGINT)
GROUP BY x.conversation ORDER BY x.conversation
ON CONFLICT (id) DO UPDATE SET charged = conversations.charged + excluded.charged;

-- name: references_keep!
-- When the pictures of a request that ended before its call may go; NULL after an approval.
UPDATE request_uploads SET keep_until = x.keep_until
FROM json_to_recordset(:rows) AS x (request_id TEXT, keep_until BIGINT) WHERE request_uploads.request_id = x.request_id;

-- name: notice_add!
-- Nothing where this threshold, or a higher one, has been told of. Several of one group may name the same.
INSERT INTO notices (
    id, budget_id, scope, subject, span, given_by, tenant, person, origin, threshold, starts, ceiling, spent,
    resets_at, request_id, at, due_at, lease_until, attempts, outcome
)
SELECT x.id, x.budget_id, x.scope, x.subject, x.span, x.given_by, x.tenant, x.person, x.origin, x.threshold, x.starts,
    x.ceiling, x.spent, x.resets_at, x.request_id, x.at, x.at, 0, 0, ''
FROM json_populate_recordset(CAST(NULL AS notices), :rows) AS x
WHERE NOT EXISTS (
    SELECT 1 FROM notices AS told WHERE told.budget_id = x.budget_id AND told.person = x.person
        AND told.starts = x.starts AND told.ceiling = x.ceiling AND told.threshold >= x.threshold
)
ON CONFLICT DO NOTHING;

-- name: audit_add!
INSERT INTO audit_log (at, tenant, act, person, surface, channel, what, subject, old_value, new_value)
SELECT x.at, x.tenant, x.act, x.person, x.surface, x.channel, x.what, x.subject, x.old_value, x.new_value
FROM json_populate_recordset(CAST(NULL AS audit_log), :rows) AS x;
