-- A person has a balance in all places too (scope `everywhere`); `storage.upgrades` adds it up from the postings.

-- The accounts of one person, by wallet. `person` is a keyed hash after an erasure. Times in UTC microseconds;
-- `ended_at` is when leaving takes effect, and NULL while nobody leaves.
CREATE TABLE wallet_members (
    wallet TEXT NOT NULL,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    since BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (wallet, person)
);
CREATE INDEX wallet_members_person ON wallet_members (person);
CREATE INDEX wallet_members_erased ON wallet_members (wallet) WHERE person LIKE 'erased:%';

-- One open code of a person, as a keyed hash, and when somebody last tried one or asked for one.
CREATE TABLE link_codes (
    person TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE TABLE link_tries (
    person TEXT NOT NULL,
    kind TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX link_tries_at ON link_tries (at);

-- Two accounts that may be one person's: nothing is linked before both have agreed.
CREATE TABLE link_proposals (
    id TEXT NOT NULL PRIMARY KEY,
    proposer TEXT NOT NULL,
    proposer_name TEXT NOT NULL,
    taker TEXT NOT NULL,
    taker_name TEXT NOT NULL,
    agreed TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
