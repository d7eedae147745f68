-- load_checkpoint: how far a subscription has got.
-- Run by: checkpoint_table.
-- $1 name text, $2 partition bigint.
-- Rows: one or none: partitions of this partition, whether all partitions of
-- the subscription say the same, epoch, transaction id, position, events,
-- state, error.
SELECT
  s.partition_count,
  NOT EXISTS (
    SELECT 1
    FROM {schema}.subscriptions AS o
    WHERE o.name = s.name
      AND o.partition_count <> s.partition_count
  ),
  s.epoch,
  s.transaction_id,
  s.position,
  s.events,
  s.state,
  s.error
FROM {schema}.subscriptions AS s
WHERE s.name = CAST($1 AS TEXT)
  AND s.partition_index = CAST($2 AS BIGINT)
