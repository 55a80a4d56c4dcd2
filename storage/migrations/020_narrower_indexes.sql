-- Every posting asks whether a linked account was erased. SQLite answered from an index of all linked accounts, since
-- the one of the erased had another column.
DROP INDEX wallet_members_erased;
CREATE INDEX wallet_members_erased ON wallet_members (person) WHERE person LIKE 'erased:%';

-- A digest reads charges only, so holds and releases, half of all postings, need not be in its index.
DROP INDEX postings_of_tenant;
CREATE INDEX postings_of_tenant ON postings (tenant, moment) WHERE kind IN ('settle', 'adjust');
