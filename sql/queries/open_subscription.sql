-- open_subscription: makes a checkpoint unless it is there.
-- Run by: checkpoint_table.
-- $1 name text, $2 partition bigint, $3 partitions bigint; $4 epoch bigint, $5
-- transaction id, $6 position bigint to begin after.
-- Rows: none.
INSERT INTO {schema}.subscriptions (
  name,
  partition_index,
  partition_count,
  epoch,
  transaction_id,
  position
)
VALUES (
  CAST($1 AS TEXT),
  CAST($2 AS BIGINT),
  CAST($3 AS BIGINT),
  CAST($4 AS BIGINT),
  CAST($5 AS {transaction_type}),
  CAST($6 AS BIGINT)
)
ON CONFLICT (name, partition_index) DO NOTHING
