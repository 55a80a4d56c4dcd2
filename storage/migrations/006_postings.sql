-- What was spent belongs to a subject and a moment, no longer to a budget. The old ledger stays readable under
-- new names; what wrote to it fails, so that a process of an older version cannot post beside one of this.
ALTER TABLE entries RENAME TO entries_v1;
ALTER TABLE balances RENAME TO balances_v1;

CREATE TABLE postings (
    id /* serial */ BIGINT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL,
    round BIGINT NOT NULL,
    phase TEXT,
    kind TEXT NOT NULL,
    moment BIGINT NOT NULL,
    tenant TEXT NOT NULL,
    channel TEXT NOT NULL,
    person TEXT NOT NULL,
    held BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    overrun BIGINT NOT NULL,
    approved BOOLEAN NOT NULL,
    at BIGINT NOT NULL,
    by TEXT NOT NULL,
    UNIQUE (request_id, round, phase)
);

-- One row for each subject. A sum of a window counts the postings whose moment is not before its start.
CREATE TABLE subject_balances (
    scope TEXT NOT NULL,
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    held BIGINT NOT NULL,
    total BIGINT NOT NULL,
    day_start BIGINT NOT NULL,
    day_spent BIGINT NOT NULL,
    week_start BIGINT NOT NULL,
    week_spent BIGINT NOT NULL,
    month_start BIGINT NOT NULL,
    month_spent BIGINT NOT NULL,
    PRIMARY KEY (scope, tenant, key)
);

CREATE TABLE grants (
    id /* serial */ BIGINT NOT NULL PRIMARY KEY,
    budget_id TEXT NOT NULL,
    person TEXT NOT NULL,
    amount BIGINT NOT NULL,
    since BIGINT NOT NULL,
    until BIGINT,
    at BIGINT NOT NULL,
    by TEXT NOT NULL
);
CREATE INDEX grants_of_budget ON grants (budget_id, until);

-- A budget may say openly that there is no limit, and why.
CREATE TABLE budgets_with_notes (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    scope TEXT NOT NULL,
    subject TEXT NOT NULL,
    span TEXT NOT NULL,
    ceiling BIGINT,
    note TEXT NOT NULL DEFAULT '',
    removed BOOLEAN NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (tenant, scope, subject, span)
);
INSERT INTO budgets_with_notes (id, tenant, scope, subject, span, ceiling, removed, changed_by, changed_at)
SELECT id, tenant, scope, subject, span, ceiling, removed, changed_by, changed_at FROM budgets;
DROP TABLE budgets;
ALTER TABLE budgets_with_notes RENAME TO budgets;

-- What a request has posted is told by these columns; `posted` named balances.
ALTER TABLE requests ADD COLUMN moment BIGINT;
ALTER TABLE requests ADD COLUMN round BIGINT NOT NULL DEFAULT 0;
ALTER TABLE requests ADD COLUMN approved BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE requests DROP COLUMN posted;
