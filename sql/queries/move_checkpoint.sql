-- move_checkpoint: notes that a subscription has got on.
-- Run by: checkpoint_table, in a transaction that holds the lease.
-- $1 name text, $2 partition bigint; $3 epoch bigint, $4 transaction id, $5
-- position bigint where it was; $6 to $8 the same where it is now; $9 events
-- handled in between bigint.
-- Rows: none; none written means that it was elsewhere or does not run.
UPDATE {schema}.subscriptions AS s
SET
  epoch = CAST($6 AS BIGINT),
  transaction_id = CAST($7 AS {transaction_type}),
  position = CAST($8 AS BIGINT),
  events = s.events + CAST($9 AS BIGINT),
  error = '',
  updated_at = now()
WHERE s.name = CAST($1 AS TEXT)
  AND s.partition_index = CAST($2 AS BIGINT)
  AND s.epoch = CAST($3 AS BIGINT)
  AND s.transaction_id = CAST($4 AS {transaction_type})
  AND s.position = CAST($5 AS BIGINT)
  AND s.state = 'running'
