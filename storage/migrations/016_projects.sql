-- What an order and its charges are for: the id of a project in the settings of the place; empty for none.
ALTER TABLE requests ADD COLUMN project TEXT NOT NULL DEFAULT '';
ALTER TABLE postings ADD COLUMN project TEXT NOT NULL DEFAULT '';
CREATE INDEX requests_of_project ON requests (project, created_at) WHERE project <> '';

-- A closed month of a place: the postings with a cost behind `after_id` up to `last_id`, and what they sum up to.
CREATE TABLE statements (
    tenant TEXT NOT NULL,
    month TEXT NOT NULL,
    zone TEXT NOT NULL,
    after_id BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    entries BIGINT NOT NULL,
    spent BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (tenant, month)
);
CREATE INDEX postings_cost_at ON postings (tenant, at) WHERE spent <> 0;
CREATE INDEX postings_cost ON postings (tenant, id) WHERE spent <> 0;

-- Whom the operator has erased, as a keyed hash: statements name them by it.
CREATE TABLE erased_people (
    person_hash TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL
);
