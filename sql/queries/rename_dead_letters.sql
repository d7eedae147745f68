-- rename_dead_letters: gives the dead letters of a rebuilt projection to the one
-- whose place it takes.
-- Run by: checkpoint_table, after that one's own were deleted.
-- $1 the rebuild's name text, $2 the projection's name text.
-- Rows: none.
UPDATE {schema}.dead_letters AS d
SET subscription = CAST($2 AS TEXT)
WHERE d.subscription = CAST($1 AS TEXT)
