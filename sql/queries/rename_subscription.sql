-- rename_subscription: gives the checkpoint of a rebuilt projection to the one
-- whose place it takes, which has none.
-- Run by: checkpoint_table.
-- $1 the projection's name text, $2 the rebuild's name text.
-- Rows: none.
UPDATE {schema}.subscriptions AS s
SET name = CAST($1 AS TEXT)
WHERE s.name = CAST($2 AS TEXT)
