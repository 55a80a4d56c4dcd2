-- Which states a request has entered, when, and what was held then: [[state, UTC microseconds, micro-dollars], …].
-- Rows from before keep an empty list.
ALTER TABLE requests ADD COLUMN state_changes TEXT NOT NULL DEFAULT '[]';
