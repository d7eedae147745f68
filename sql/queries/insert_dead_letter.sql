-- insert_dead_letter: notes an event that a subscription went on without; one
-- that was noted before, by an earlier build of a projection, is noted anew.
-- Run by: checkpoint_table, in the transaction that moves the checkpoint.
-- $1 subscription text, $2 event id text, $3 partition bigint, $4 aggregate id
-- text, $5 version bigint; $6 epoch bigint, $7 transaction id, $8 position
-- bigint; $9 error text, $10 attempts bigint.
-- Rows: none.
INSERT INTO {schema}.dead_letters (
  subscription,
  event_id,
  partition_index,
  aggregate_id,
  aggregate_version,
  epoch,
  transaction_id,
  position,
  error,
  attempts
)
VALUES (
  CAST($1 AS TEXT),
  CAST($2 AS TEXT),
  CAST($3 AS BIGINT),
  CAST($4 AS TEXT),
  CAST($5 AS BIGINT),
  CAST($6 AS BIGINT),
  CAST($7 AS {transaction_type}),
  CAST($8 AS BIGINT),
  CAST($9 AS TEXT),
  CAST($10 AS BIGINT)
)
ON CONFLICT (subscription, event_id) DO UPDATE SET
  error = EXCLUDED.error,
  attempts = EXCLUDED.attempts,
  created_at = now()
