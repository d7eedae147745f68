-- list_subscriptions: how far all subscriptions have got.
-- Run by: checkpoint_table.
-- Rows: name, partition, partitions, epoch, transaction id, position, events,
-- state, error, updated_at, dead letters; in the order of names (bytes) and
-- partitions.
SELECT
  s.name,
  s.partition_index,
  s.partition_count,
  s.epoch,
  s.transaction_id,
  s.position,
  s.events,
  s.state,
  s.error,
  s.updated_at,
  (
    SELECT count(*)
    FROM {schema}.dead_letters AS d
    WHERE d.subscription = s.name
      AND d.partition_index = s.partition_index
  )
FROM {schema}.subscriptions AS s
ORDER BY
  s.name{byte_order},
  s.partition_index
