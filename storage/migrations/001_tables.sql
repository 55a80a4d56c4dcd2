-- Times are UTC microseconds, money is micro-dollars, JSON is text. In `requests` the small columns that
-- are searched come first and the long texts last, so that SQLite finds the former without reading the latter.

CREATE TABLE requests (
    id TEXT NOT NULL PRIMARY KEY,
    dedupe_key TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    capability TEXT NOT NULL,
    model TEXT NOT NULL,
    origin TEXT NOT NULL,
    parent_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    unfinished BOOLEAN NOT NULL,
    updated_at BIGINT NOT NULL,
    due_at BIGINT,
    lease_owner TEXT NOT NULL,
    lease_epoch BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    phase TEXT NOT NULL,
    hold BIGINT NOT NULL,
    charged BIGINT,
    charged_from TEXT NOT NULL,
    overrun BIGINT NOT NULL,
    estimate BIGINT,
    estimate_provider TEXT NOT NULL,
    confirmed BOOLEAN NOT NULL,
    approved_by TEXT NOT NULL,
    cancel_requested BOOLEAN NOT NULL,
    attempts BIGINT NOT NULL,
    trace_id TEXT NOT NULL,
    submitted_at BIGINT,
    finished_at BIGINT,
    expires_at BIGINT,
    job_id TEXT NOT NULL,
    gateway_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    executed_model TEXT NOT NULL,
    progress BIGINT,
    refused_budget TEXT NOT NULL,
    resets_at BIGINT,
    remaining BIGINT,
    notified TEXT NOT NULL,
    purged BOOLEAN NOT NULL,
    posted TEXT NOT NULL,
    actor TEXT NOT NULL,
    reply_to TEXT NOT NULL,
    delivery TEXT NOT NULL,
    failure TEXT NOT NULL,
    assets TEXT NOT NULL,
    asked TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX requests_due ON requests (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX requests_unfinished ON requests (created_at) WHERE unfinished;
CREATE INDEX requests_of_tenant ON requests (tenant, created_at);
CREATE INDEX requests_of_person ON requests (tenant, person, created_at);
CREATE INDEX requests_submitted ON requests (submitted_at) WHERE submitted_at IS NOT NULL;
CREATE INDEX requests_jobs ON requests (job_id) WHERE job_id <> '';
CREATE INDEX requests_unpurged ON requests (created_at) WHERE NOT purged;

CREATE TABLE uploads (
    digest TEXT NOT NULL PRIMARY KEY,
    body BYTEA NOT NULL
);

CREATE TABLE request_uploads (
    request_id TEXT NOT NULL REFERENCES requests (id),
    digest TEXT NOT NULL REFERENCES uploads (digest),
    PRIMARY KEY (request_id, digest)
);
CREATE INDEX request_uploads_digest ON request_uploads (digest);

CREATE TABLE budgets (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    scope TEXT NOT NULL,
    subject TEXT NOT NULL,
    span TEXT NOT NULL,
    ceiling BIGINT NOT NULL,
    removed BOOLEAN NOT NULL,
    changed_by TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (tenant, scope, subject, span)
);

CREATE TABLE balances (
    budget_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    held BIGINT NOT NULL,
    granted BIGINT NOT NULL,
    PRIMARY KEY (budget_id, subject, window_start)
);

CREATE TABLE entries (
    id /* serial */ BIGINT NOT NULL PRIMARY KEY,
    budget_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    window_start BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    phase TEXT,
    held BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    granted BIGINT NOT NULL,
    overrun BIGINT NOT NULL,
    at BIGINT NOT NULL,
    by TEXT NOT NULL,
    UNIQUE (request_id, budget_id, subject, window_start, phase)
);

CREATE TABLE tenants (
    id TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
);

CREATE TABLE turns (
    conversation TEXT NOT NULL,
    at BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    role TEXT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (conversation, at, request_id, place)
);
CREATE INDEX turns_at ON turns (at);

CREATE TABLE timings (
    model TEXT NOT NULL,
    capability TEXT NOT NULL,
    mean_us BIGINT NOT NULL,
    samples BIGINT NOT NULL,
    PRIMARY KEY (model, capability)
);

CREATE TABLE inbox (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    payload TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    done BOOLEAN NOT NULL,
    PRIMARY KEY (source, key)
);
CREATE INDEX inbox_received ON inbox (received_at);
CREATE INDEX inbox_pending ON inbox (source, received_at) WHERE NOT done;

CREATE TABLE documents (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
);
