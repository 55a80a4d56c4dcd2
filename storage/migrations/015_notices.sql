-- What people are told about limits. A row is written with the posting that reached the threshold, once; its columns
-- `starts` (UTC microseconds) and `ceiling` (micro-dollars) name the window and the limit as it was then. `due_at` is
-- empty once it has been told, or never will be.
CREATE TABLE notices (
    id TEXT NOT NULL PRIMARY KEY,
    budget_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    subject TEXT NOT NULL,
    span TEXT NOT NULL,
    given_by TEXT NOT NULL,
    tenant TEXT NOT NULL,
    person TEXT NOT NULL,
    origin TEXT NOT NULL,
    threshold BIGINT NOT NULL,
    starts BIGINT NOT NULL,
    ceiling BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    resets_at BIGINT,
    request_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    due_at BIGINT,
    lease_until BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    UNIQUE (budget_id, person, starts, ceiling, threshold)
);
CREATE INDEX notices_due ON notices (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX notices_of_person ON notices (person, at) WHERE person <> '';
CREATE INDEX notices_of_tenant ON notices (tenant, at);

-- Summaries of a place's week or month. `starts` is when the period began; the row says that one worker posts it.
CREATE TABLE digests (
    tenant TEXT NOT NULL,
    origin TEXT NOT NULL,
    span TEXT NOT NULL,
    starts BIGINT NOT NULL,
    ends BIGINT NOT NULL,
    due_at BIGINT,
    lease_until BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (tenant, span, starts)
);
CREATE INDEX digests_due ON digests (due_at) WHERE due_at IS NOT NULL;

-- The charges of one place in one period, without reading those before.
CREATE INDEX postings_of_tenant ON postings (tenant, moment);
