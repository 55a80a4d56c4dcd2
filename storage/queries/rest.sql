-- name: tenant_get
SELECT * FROM tenants WHERE id = :id;

-- name: tenant_ids
-- Those of requests from one to the next, by their index.
WITH RECURSIVE used (id) AS (
    SELECT MIN(tenant) FROM requests WHERE tenant > ''
    UNION ALL
    SELECT (SELECT MIN(tenant) FROM requests WHERE tenant > used.id) FROM used WHERE used.id IS NOT NULL
)
SELECT id FROM tenants UNION SELECT id FROM used WHERE id IS NOT NULL ORDER BY id;

-- name: tenant_lock
-- The existing row, or a new one; no other change is possible until the transaction ends.
INSERT INTO tenants (id, body) VALUES (:id, :body) ON CONFLICT (id) DO UPDATE SET body = tenants.body
RETURNING *;

-- name: tenant_put!
UPDATE tenants SET body = :body WHERE id = :id;

-- name: home_get
SELECT person, tenant, chosen_at FROM homes WHERE person = :person;

-- name: home_choose
-- Returns no row when another home was chosen after `before`; the same one again stays as it was chosen.
INSERT INTO homes (person, tenant, chosen_at) VALUES (:person, :tenant, :now)
ON CONFLICT (person) DO UPDATE SET tenant = excluded.tenant,
    chosen_at = CASE WHEN homes.tenant = excluded.tenant THEN homes.chosen_at ELSE excluded.chosen_at END
WHERE homes.tenant = excluded.tenant OR homes.chosen_at <= :before
RETURNING person, tenant, chosen_at;

-- name: home_erase!
DELETE FROM homes WHERE person = :person;

-- name: turns_last
SELECT role, content, author, name FROM turns WHERE conversation = :conversation AND at >= :since
ORDER BY at DESC, request_id DESC, place DESC LIMIT :limit;

-- name: turns_forget
DELETE FROM turns WHERE conversation = :conversation RETURNING place;

-- name: turns_forget_request
DELETE FROM turns WHERE request_id = :request_id RETURNING place;

-- name: turns_purge
DELETE FROM turns WHERE at < :before RETURNING place;

-- name: inbox_put
INSERT INTO inbox (source, key, payload, received_at, done) VALUES (:source, :key, :payload, :now, FALSE)
ON CONFLICT (source, key) DO NOTHING
RETURNING key;

-- name: inbox_get
SELECT payload FROM inbox WHERE source = :source AND key = :key;

-- name: inbox_done!
-- The key stays, so that a late repetition is recognised; the payload is no longer needed.
UPDATE inbox SET done = TRUE, payload = '{}' WHERE source = :source AND key = :key;

-- name: inbox_pending
SELECT source, key, payload, received_at FROM inbox
WHERE NOT done AND source = :source AND received_at <= :older_than
ORDER BY received_at, key;

-- name: inbox_purge
DELETE FROM inbox WHERE received_at < :before RETURNING key;

-- name: press_lock
-- The row of a press, or a new one; the same press elsewhere waits until this transaction ends. Never pending.
INSERT INTO inbox (source, key, payload, received_at, done) VALUES ('press', :key, '{}', :now, TRUE)
ON CONFLICT (source, key) DO UPDATE SET received_at = excluded.received_at
RETURNING payload;

-- name: press_put!
UPDATE inbox SET payload = :payload WHERE source = 'press' AND key = :key;

-- name: document_put!
INSERT INTO documents (kind, key, body) VALUES (:kind, :key, :body)
ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body;

-- name: document_get
SELECT body FROM documents WHERE kind = :kind AND key = :key;

-- name: documents_of
SELECT key, body FROM documents WHERE kind = :kind ORDER BY key;

-- name: document_delete!
DELETE FROM documents WHERE kind = :kind AND key = :key;

-- name: schema
-- The number of the last migration; for a process of an older version it is higher than its own highest number.
SELECT MAX(number) AS number FROM migrations;

-- name: migrations_table!
CREATE TABLE IF NOT EXISTS migrations (
    number BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL
);

-- name: migrations_applied
SELECT number, checksum FROM migrations;

-- name: migration_record!
INSERT INTO migrations (number, name, checksum) VALUES (:number, :name, :checksum);
