-- One row for each connection, counted up by every transaction that writes: when a connection breaks during
-- a commit, its row tells whether the commit came through.
CREATE TABLE writers (
    id TEXT NOT NULL PRIMARY KEY,
    mark BIGINT NOT NULL,
    since TIMESTAMPTZ NOT NULL DEFAULT now()
);
