-- set_subscription_state: pauses, resumes or stops a subscription.
-- Run by: checkpoint_table.
-- $1 name text, $2 state text, $3 error text.
-- Rows: none.
UPDATE {schema}.subscriptions AS s
SET
  state = CAST($2 AS TEXT),
  error = CAST($3 AS TEXT)
WHERE s.name = CAST($1 AS TEXT)
