-- What a conversation has cost, kept where costs are booked: the sum of `charged` of its requests. A receipt names it,
-- and direct messages are one conversation for years.
ALTER TABLE conversations ADD COLUMN charged BIGINT NOT NULL DEFAULT 0;
INSERT INTO conversations (id, pictures, newest, newest_at, charged)
SELECT conversation, 0, 0, 0, SUM(charged) FROM requests WHERE conversation <> '' AND charged <> 0
GROUP BY conversation
ON CONFLICT (id) DO UPDATE SET charged = excluded.charged;

-- What is open in a conversation, and what a message became, are found without reading the whole of it.
CREATE INDEX requests_open_in_conversation ON requests (conversation, created_at, id)
WHERE unfinished AND conversation <> '';
CREATE INDEX requests_of_message ON requests (conversation, parent_id, created_at, id)
WHERE part <> '' AND conversation <> '';
