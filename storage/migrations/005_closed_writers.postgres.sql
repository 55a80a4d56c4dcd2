-- A connection that broke may have left a statement behind that the server has yet to run. Whoever looks at its
-- mark closes the row first, and no statement of that connection writes after that.
ALTER TABLE writers ADD COLUMN closed BOOLEAN NOT NULL DEFAULT FALSE;
