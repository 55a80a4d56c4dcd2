-- Every request posted to its tenant's account, too; those entries become the postings. A request's moment is its
-- first hold. Balances follow in `storage.upgrades`, which knows when windows begin.
INSERT INTO postings (
    request_id, round, phase, kind, moment, tenant, channel, person, held, spent, overrun, approved, at, by
)
SELECT
    entries_v1.request_id, 1, entries_v1.phase, entries_v1.kind, moments.moment,
    COALESCE(requests.tenant, SUBSTR(entries_v1.budget_id, 9)), COALESCE(request_channels.channel, ''),
    COALESCE(requests.person, entries_v1.by),
    entries_v1.held, entries_v1.spent, entries_v1.overrun, FALSE, entries_v1.at, entries_v1.by
FROM entries_v1
JOIN (
    SELECT request_id, COALESCE(MIN(CASE WHEN kind = 'reserve' THEN at END), MIN(at)) AS moment
    FROM entries_v1 WHERE kind <> 'grant' AND budget_id LIKE 'account:%' GROUP BY request_id
) AS moments ON moments.request_id = entries_v1.request_id
LEFT JOIN requests ON requests.id = entries_v1.request_id
LEFT JOIN request_channels ON request_channels.request_id = entries_v1.request_id
WHERE entries_v1.kind <> 'grant' AND entries_v1.budget_id LIKE 'account:%'
ORDER BY entries_v1.id;
DROP TABLE request_channels;

UPDATE requests SET round = 1, moment = (SELECT MIN(moment) FROM postings WHERE postings.request_id = requests.id)
WHERE EXISTS (SELECT 1 FROM postings WHERE postings.request_id = requests.id);
UPDATE requests SET phase = 'released' WHERE phase = 'closed' AND charged IS NULL;

CREATE TABLE upgrade_windows (
    tenant TEXT NOT NULL PRIMARY KEY,
    day BIGINT NOT NULL,
    week BIGINT NOT NULL,
    month BIGINT NOT NULL
);
