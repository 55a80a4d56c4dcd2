-- Who has given a budget. What the operator gives a place stands beside what its admins set for the same window,
-- and only the operator changes it. What the command line has set for a place or the installation was the operator's.
CREATE TABLE budgets_by_giver (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    scope TEXT NOT NULL,
    subject TEXT NOT NULL,
    span TEXT NOT NULL,
    ceiling BIGINT,
    note TEXT NOT NULL DEFAULT '',
    given_by TEXT NOT NULL,
    removed BOOLEAN NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (tenant, scope, subject, span, given_by)
);
INSERT INTO budgets_by_giver (
    id, tenant, scope, subject, span, ceiling, note, given_by, removed, changed_by, changed_at
)
SELECT id, tenant, scope, subject, span, ceiling, note,
    CASE WHEN scope = 'installation' OR (scope = 'tenant' AND changed_by = 'operator') THEN 'operator' ELSE 'admins' END,
    removed, changed_by, changed_at
FROM budgets;
DROP TABLE budgets;
-- The admins may have a budget for the same window, with the name that this one had.
UPDATE grants SET budget_id = budget_id || ':operator' WHERE budget_id IN (
    SELECT id FROM budgets_by_giver WHERE scope = 'tenant' AND given_by = 'operator'
);
UPDATE budgets_by_giver SET id = id || ':operator' WHERE scope = 'tenant' AND given_by = 'operator';
ALTER TABLE budgets_by_giver RENAME TO budgets;

-- Whether the price is asked about, however low it is.
ALTER TABLE requests ADD COLUMN ask_price BOOLEAN NOT NULL DEFAULT FALSE;
-- Whether a person has agreed to a price before is one look, however long the history is.
CREATE INDEX requests_agreed ON requests (person, capability) WHERE confirmed OR charged > 0;
