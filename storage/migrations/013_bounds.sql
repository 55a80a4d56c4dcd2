-- Who brought a picture in, and how large it is; pictures from before count for nobody.
ALTER TABLE uploads ADD COLUMN size BIGINT NOT NULL DEFAULT 0;
ALTER TABLE uploads ADD COLUMN person TEXT NOT NULL DEFAULT '';
ALTER TABLE uploads ADD COLUMN tenant TEXT NOT NULL DEFAULT '';
CREATE INDEX uploads_of_person ON uploads (person, size);
CREATE INDEX uploads_of_tenant ON uploads (tenant, size);

-- Until when (UTC microseconds) a request that ended before its call needs its pictures; NULL: as long as its words.
ALTER TABLE request_uploads ADD COLUMN keep_until BIGINT;
CREATE INDEX request_uploads_expiring ON request_uploads (keep_until) WHERE keep_until IS NOT NULL;

-- The queue, and the prices that wait for a press and are not in it.
CREATE INDEX requests_queued ON requests (person, tenant, state, unfinished)
    WHERE unfinished AND state <> 'awaiting_confirmation';
CREATE INDEX requests_offered ON requests (person, created_at) WHERE state = 'awaiting_confirmation';

-- Calls under way whose next step is not due yet: a claim counts them, and reads nothing else that rests.
CREATE INDEX requests_called ON requests (due_at) WHERE state IN ('submitted', 'running');
