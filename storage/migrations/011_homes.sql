-- The place of a request says who sees it; `tenant` pays for it. Both are the same for all that was asked before.
ALTER TABLE requests ADD COLUMN place TEXT NOT NULL DEFAULT '';
UPDATE requests SET place = tenant;
DROP INDEX requests_of_person;
CREATE INDEX requests_of_person ON requests (person, place, created_at);

-- The server that pays for a person in their direct messages; `chosen_at` in UTC microseconds.
CREATE TABLE homes (
    person TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    chosen_at BIGINT NOT NULL
);
