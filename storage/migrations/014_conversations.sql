-- What people say in one place belongs together: which pictures appeared there, in which order, and which is meant by
-- "it". A chat that may order things keeps what it was given and what it called, until its texts are deleted.
ALTER TABLE requests ADD COLUMN conversation TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN reading TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN part TEXT NOT NULL DEFAULT '';
CREATE INDEX requests_of_conversation ON requests (conversation, created_at) WHERE conversation <> '';

-- Who said a turn, or to whom the bot answered: only their own words buy anything without a press.
ALTER TABLE turns ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE turns ADD COLUMN name TEXT NOT NULL DEFAULT '';
CREATE INDEX turns_of_author ON turns (author) WHERE author <> '';

-- `pictures` is the highest number given; `newest` is the number of the picture meant by "it", 0 for none, since the
-- message that arrived at `newest_at` (UTC microseconds).
CREATE TABLE conversations (
    id TEXT NOT NULL PRIMARY KEY,
    pictures BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    newest_at BIGINT NOT NULL
);

-- Result `place` of a request, or with `sent` the picture that came with it; `at` is when its message arrived.
CREATE TABLE conversation_pictures (
    conversation TEXT NOT NULL,
    number BIGINT NOT NULL,
    request_id TEXT NOT NULL,
    place BIGINT NOT NULL,
    sent BOOLEAN NOT NULL,
    author TEXT NOT NULL,
    words TEXT NOT NULL,
    source BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (conversation, number)
);
CREATE INDEX conversation_pictures_of_request ON conversation_pictures (request_id);
CREATE INDEX conversation_pictures_at ON conversation_pictures (at);
