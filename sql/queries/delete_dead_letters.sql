-- delete_dead_letters: forgets the dead letters of a subscription.
-- Run by: checkpoint_table.
-- $1 subscription text.
-- Rows: none.
DELETE FROM {schema}.dead_letters AS d
WHERE d.subscription = CAST($1 AS TEXT)
