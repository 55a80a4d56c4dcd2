-- name: conversation_lock
-- The existing row, or a new one; nobody else gives numbers here until the transaction ends.
INSERT INTO conversations (id, pictures, newest, newest_at) VALUES (:id, 0, 0, 0)
ON CONFLICT (id) DO UPDATE SET pictures = conversations.pictures
RETURNING id, pictures, newest, newest_at;

-- name: conversation_get
SELECT id, pictures, newest, newest_at FROM conversations WHERE id = :id;

-- name: conversation_put!
UPDATE conversations SET pictures = :pictures, newest = :newest, newest_at = :newest_at WHERE id = :id;

-- name: conversation_forget!
UPDATE conversations SET newest = 0 WHERE id = :id;

-- name: pictures_of_conversation
SELECT number, request_id, place, sent, author, words, source, at,
    (SELECT state FROM requests WHERE requests.id = request_id) AS state,
    (SELECT assets FROM requests WHERE requests.id = request_id) AS assets
FROM conversation_pictures
WHERE conversation = :conversation ORDER BY number DESC LIMIT :limit;

-- name: picture_of_result
SELECT number, request_id, place, sent, author, words, source, at,
    (SELECT state FROM requests WHERE requests.id = request_id) AS state,
    (SELECT assets FROM requests WHERE requests.id = request_id) AS assets
FROM conversation_pictures
WHERE conversation = :conversation AND request_id = :request_id AND place = :place AND sent = :sent;

-- name: picture_numbered
SELECT number, request_id, place, sent, author, words, source, at,
    (SELECT state FROM requests WHERE requests.id = request_id) AS state,
    (SELECT assets FROM requests WHERE requests.id = request_id) AS assets
FROM conversation_pictures
WHERE conversation = :conversation AND number = :number;

-- name: picture_add!
INSERT INTO conversation_pictures (conversation, number, request_id, place, sent, author, words, source, at)
VALUES (:conversation, :number, :request_id, :place, :sent, :author, :words, :source, :at);

-- name: pictures_forget!
DELETE FROM conversation_pictures WHERE conversation = :conversation;

-- name: pictures_forget_request!
DELETE FROM conversation_pictures WHERE request_id = :request_id;

-- name: pictures_purge!
DELETE FROM conversation_pictures WHERE at < :before;

-- name: turns_forget_author
DELETE FROM turns WHERE author = :author RETURNING place;

-- name: unfinished_in_conversation
SELECT * FROM requests WHERE conversation = :conversation AND conversation <> '' AND unfinished ORDER BY created_at, id;

-- name: last_of_person_in_conversation
SELECT * FROM requests WHERE conversation = :conversation AND conversation <> '' AND person = :person
ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: orders_of_message
SELECT * FROM requests WHERE conversation = :conversation AND conversation <> '' AND parent_id = :parent_id AND part <> ''
ORDER BY created_at, id;

-- name: last_order_in_conversation
SELECT * FROM requests
WHERE conversation = :conversation AND conversation <> '' AND part <> '' AND capability <> 'chat' AND NOT purged
ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: last_wanted_in_conversation
-- What its person has not said no to, if only by letting its price expire.
SELECT * FROM requests
WHERE conversation = :conversation AND conversation <> '' AND part <> '' AND capability <> 'chat' AND NOT purged
    AND state <> 'cancelled'
ORDER BY created_at DESC, id DESC LIMIT 1;

-- name: conversation_charged
SELECT charged FROM conversations WHERE id = :conversation;

-- name: conversation_total
-- Money is held by what has not ended.
SELECT
    CAST(COALESCE((SELECT charged FROM conversations WHERE id = :conversation), 0) AS BIGINT) AS charged,
    (SELECT CAST(COALESCE(SUM(hold), 0) AS BIGINT) FROM requests
        WHERE conversation = :conversation AND conversation <> '' AND unfinished) AS held,
    (SELECT COUNT(*) FROM requests WHERE conversation = :conversation AND conversation <> '') AS requests;

-- name: readings_blank!
-- What others' chats in a conversation were given to read.
UPDATE requests SET reading = '' WHERE conversation = :conversation AND conversation <> '' AND reading <> '' AND NOT unfinished;

-- name: requests_of_conversation
SELECT * FROM requests WHERE conversation = :conversation AND conversation <> ''
ORDER BY created_at DESC, id DESC LIMIT :limit;

-- name: requests_of_conversation_before
SELECT * FROM requests
WHERE conversation = :conversation AND conversation <> ''
    AND (created_at, id) < (SELECT created_at, id FROM requests WHERE id = :before)
ORDER BY created_at DESC, id DESC LIMIT :limit;

-- name: first_of_conversations
-- The index is left at each conversation for the next one, so what it costs is their number, not that of their requests.
WITH RECURSIVE named (conversation, number) AS (
    SELECT (
        SELECT MAX(r.conversation) FROM requests AS r
        WHERE r.conversation <> '' AND r.conversation > :prefix AND r.conversation < :before
    ), 1
    UNION ALL
    SELECT (
        SELECT MAX(r.conversation) FROM requests AS r
        WHERE r.conversation <> '' AND r.conversation > :prefix AND r.conversation < named.conversation
    ), named.number + 1
    FROM named WHERE named.conversation IS NOT NULL AND named.number < :limit
)
SELECT requests.* FROM named JOIN requests ON requests.id = (
    SELECT r.id FROM requests AS r WHERE r.conversation = named.conversation AND r.conversation <> ''
    ORDER BY r.created_at, r.id LIMIT 1
)
ORDER BY named.number;
