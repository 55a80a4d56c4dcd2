-- The reads and writes of moves, one row at a time.

-- name: request_lock
-- With `rules`, also what may bind the one who asked: see `rules_of`.
SELECT requests.*, CAST(:rules AS BOOLEAN) AS rules,
    CASE WHEN :rules THEN (SELECT body FROM tenants WHERE tenants.id = requests.tenant) END AS settings,
    CASE WHEN :rules THEN (
        SELECT json_agg(json_build_array(id, tenant, scope, subject, span, ceiling)) FROM budgets
        WHERE budgets.tenant IN (requests.tenant, '*') AND NOT removed
            AND (scope <> 'person' OR subject IN (requests.person, '*'))
    ) END AS budgets
FROM requests WHERE requests.id = :id;

-- name: balance_lock
SELECT * FROM balances
WHERE budget_id = :budget_id AND subject = :subject AND window_start = :window_start;

-- name: request_update!
-- Every column that may change; what was asked, by whom and when may not.
UPDATE requests SET
    state = :state, unfinished = :unfinished, updated_at = :updated_at, due_at = :due_at,
    lease_owner = :lease_owner, lease_epoch = :lease_epoch, lease_until = :lease_until,
    phase = :phase, hold = :hold, charged = :charged, charged_from = :charged_from, overrun = :overrun,
    estimate = :estimate, estimate_provider = :estimate_provider, confirmed = :confirmed,
    approved_by = :approved_by, cancel_requested = :cancel_requested, attempts = :attempts,
    trace_id = :trace_id, submitted_at = :submitted_at, finished_at = :finished_at, expires_at = :expires_at,
    job_id = :job_id, gateway_id = :gateway_id, provider = :provider, executed_model = :executed_model,
    progress = :progress, refused_budget = :refused_budget, resets_at = :resets_at, remaining = :remaining,
    notified = :notified, posted = :posted, reply_to = :reply_to, delivery = :delivery, failure = :failure,
    assets = :assets, text = :text, state_changes = :state_changes
WHERE id = :id;

-- name: balance_put!
UPDATE balances SET spent = :spent, held = :held, granted = :granted
WHERE budget_id = :budget_id AND subject = :subject AND window_start = :window_start;

-- name: entry_add!
INSERT INTO entries (
    budget_id, subject, window_start, request_id, kind, phase, held, spent, granted, overrun, at, by
) VALUES (
    :budget_id, :subject, :window_start, :request_id, :kind, :phase, :held, :spent, :granted, :overrun, :at, :by
);

-- name: timing_add!
-- A running mean in which the last twenty requests weigh most.
INSERT INTO timings (model, capability, mean_us, samples) VALUES (:model, :capability, :elapsed_us, 1)
ON CONFLICT (model, capability) DO UPDATE SET
    mean_us = timings.mean_us + (excluded.mean_us - timings.mean_us)
        / CASE WHEN timings.samples < 20 THEN timings.samples + 1 ELSE 20 END,
    samples = timings.samples + 1;

-- name: turn_add!
INSERT INTO turns (conversation, at, request_id, place, role, content)
VALUES (:conversation, :at, :request_id, :place, :role, :content);
