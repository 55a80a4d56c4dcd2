-- The writes of a group of moves, one row at a time: that costs less than to read so many columns out of JSON.

-- name: request_update!
-- Every column that may change; the order, the person and the time of creation may not. Of who asked, only what
-- roles they have may.
UPDATE requests SET
    state = :state, unfinished = :unfinished, updated_at = :updated_at, due_at = :due_at,
    lease_owner = :lease_owner, lease_epoch = :lease_epoch, lease_until = :lease_until,
    phase = :phase, hold = :hold, charged = :charged, charged_from = :charged_from, overrun = :overrun,
    estimate = :estimate, estimate_provider = :estimate_provider, confirmed = :confirmed,
    approved_by = :approved_by, cancel_requested = :cancel_requested, attempts = :attempts,
    trace_id = :trace_id, submitted_at = :submitted_at, finished_at = :finished_at, expires_at = :expires_at,
    job_id = :job_id, gateway_id = :gateway_id, provider = :provider, executed_model = :executed_model,
    progress = :progress, refused_budget = :refused_budget, resets_at = :resets_at, remaining = :remaining,
    notified = :notified, moment = :moment, round = :round, approved = :approved,
    reply_to = :reply_to, delivery = :delivery, failure = :failure,
    assets = :assets, text = :text, state_changes = :state_changes, pricing = :pricing, actor = :actor,
    reading = :reading
WHERE id = :id;

-- name: balance_put!
UPDATE subject_balances SET held = :held, total = :total,
    day_start = :day_start, day_spent = :day_spent, week_start = :week_start, week_spent = :week_spent,
    month_start = :month_start, month_spent = :month_spent
WHERE scope = :scope AND tenant = :tenant AND key = :key;

-- name: posting_add!
INSERT INTO postings (
    request_id, round, phase, kind, moment, tenant, channel, person, held, spent, overrun, approved, at, by,
    project
) VALUES (
    :request_id, :round, :phase, :kind, :moment, :tenant, :channel, :person, :held, :spent, :overrun, :approved,
    :at, :by, :project
);

-- name: timing_add!
-- A running mean in which the last twenty requests count most.
INSERT INTO timings (model, capability, mean_us, samples) VALUES (:model, :capability, :elapsed_us, 1)
ON CONFLICT (model, capability) DO UPDATE SET
    mean_us = timings.mean_us + (excluded.mean_us - timings.mean_us)
        / CASE WHEN timings.samples < 20 THEN timings.samples + 1 ELSE 20 END,
    samples = timings.samples + 1;

-- name: turn_add!
INSERT INTO turns (conversation, at, request_id, place, role, content, author, name)
VALUES (:conversation, :at, :request_id, :place, :role, :content, :author, :name);

-- name: conversation_charge!
-- A cost that was booked, or a correction of one, in the total of its conversation.
INSERT INTO conversations (id, pictures, newest, newest_at, charged) VALUES (:conversation, 0, 0, 0, :amount)
ON CONFLICT (id) DO UPDATE SET charged = conversations.charged + excluded.charged;

-- name: references_keep!
-- When the pictures of a request that ended before its call may go; NULL after an approval.
UPDATE request_uploads SET keep_until = :keep_until WHERE request_id = :request_id;

-- name: notice_add!
-- Nothing where this threshold, or a higher one, has been told of.
INSERT INTO notices (
    id, budget_id, scope, subject, span, given_by, tenant, person, origin, threshold, starts, ceiling, spent,
    resets_at, request_id, at, due_at, lease_until, attempts, outcome
)
SELECT :id, :budget_id, :scope, :subject, :span, :given_by, :tenant, :person, :origin, :threshold, :starts, :ceiling,
    :spent, :resets_at, :request_id, :at, :at, 0, 0, ''
WHERE NOT EXISTS (
    SELECT 1 FROM notices WHERE budget_id = :budget_id AND person = :person AND starts = :starts
        AND ceiling = :ceiling AND threshold >= :threshold
)
ON CONFLICT DO NOTHING;

-- name: audit_add!
INSERT INTO audit_log (at, tenant, act, person, surface, channel, what, subject, old_value, new_value)
VALUES (:at, :tenant, :act, :person, :surface, :channel, :what, :subject, :old_value, :new_value);
