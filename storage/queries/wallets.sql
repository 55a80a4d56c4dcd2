-- name: wallet_key
SELECT body FROM documents WHERE kind = 'wallet' AND key = 'key';

-- name: wallet_of
-- Every member of every wallet that the account is in or was in lately.
SELECT mine.person AS account, others.wallet, others.person, others.name, others.since, others.ended_at
FROM wallet_members AS mine JOIN wallet_members AS others ON others.wallet = mine.wallet
WHERE mine.person = :account ORDER BY others.wallet, others.since, others.person;

-- name: wallets_all
SELECT wallet, person, name, since, ended_at FROM wallet_members ORDER BY wallet, since, person;

-- name: wallet_erased
SELECT person FROM wallet_members WHERE person LIKE 'erased:%';

-- name: everywhere_spenders
-- Everybody who has a balance in all places, to find whom a keyed hash stands for.
SELECT key AS person FROM subject_balances WHERE scope = 'everywhere';

-- name: everywhere_budgets
SELECT * FROM budgets WHERE scope = 'everywhere' AND subject = :subject AND NOT removed ORDER BY id;

-- name: wallet_member_put!
INSERT INTO wallet_members (wallet, person, name, since, ended_at) VALUES (:wallet, :person, :name, :since, NULL)
ON CONFLICT (wallet, person) DO UPDATE SET name = excluded.name, ended_at = NULL;

-- name: wallet_member_end!
UPDATE wallet_members SET ended_at = :ended_at WHERE wallet = :wallet AND person = :person;

-- name: wallet_member_rename!
UPDATE wallet_members SET person = :new, name = :name, ended_at = :ended_at WHERE wallet = :wallet AND person = :person;

-- name: wallet_member_drop!
DELETE FROM wallet_members WHERE wallet = :wallet AND person = :person;

-- name: link_code_put!
INSERT INTO link_codes (person, name, digest, expires_at) VALUES (:person, :name, :digest, :expires_at)
ON CONFLICT (person) DO UPDATE SET
    name = excluded.name, digest = excluded.digest, expires_at = excluded.expires_at;

-- name: link_codes_open
SELECT person, name, digest FROM link_codes WHERE expires_at > :now;

-- name: link_code_drop!
DELETE FROM link_codes WHERE person = :person;

-- name: link_codes_purge!
DELETE FROM link_codes WHERE expires_at <= :now;

-- name: link_try_add!
INSERT INTO link_tries (person, kind, at) VALUES (:person, :kind, :now);

-- name: link_tries
SELECT CAST(COALESCE(SUM(CASE WHEN person = :person THEN 1 ELSE 0 END), 0) AS BIGINT) AS mine, COUNT(*) AS everyone
FROM link_tries WHERE kind = :kind AND at > :since;

-- name: link_tries_purge!
DELETE FROM link_tries WHERE at <= :before;

-- name: link_tries_forget!
DELETE FROM link_tries WHERE person = :person;

-- name: link_proposal_add!
INSERT INTO link_proposals (id, proposer, proposer_name, taker, taker_name, agreed, expires_at)
VALUES (:id, :proposer, :proposer_name, :taker, :taker_name, '', :expires_at);

-- name: link_proposals_of
SELECT * FROM link_proposals WHERE (proposer = :person OR taker = :person) AND expires_at > :now
ORDER BY expires_at, id;

-- name: link_proposal_get
SELECT * FROM link_proposals WHERE id = :id AND expires_at > :now;

-- name: link_proposal_agree!
UPDATE link_proposals SET agreed = :agreed WHERE id = :id;

-- name: link_proposal_drop!
DELETE FROM link_proposals WHERE id = :id;

-- name: link_proposals_purge!
DELETE FROM link_proposals WHERE expires_at <= :now;

-- name: account_history
SELECT * FROM requests
WHERE person = :person AND created_at >= :since
    AND (:before = '' OR (created_at, id) < (SELECT created_at, id FROM requests WHERE id = :before))
ORDER BY created_at DESC, id DESC LIMIT :limit;
