-- delete_subscription: forgets the checkpoints of a subscription.
-- Run by: checkpoint_table.
-- $1 name text.
-- Rows: none.
DELETE FROM {schema}.subscriptions AS s
WHERE s.name = CAST($1 AS TEXT)
