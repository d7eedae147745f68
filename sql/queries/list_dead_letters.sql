-- list_dead_letters: the events that a subscription went on without.
-- Run by: checkpoint_table.
-- $1 subscription text, $2 rows at most bigint.
-- Rows: subscription, event id, aggregate id, version, epoch, transaction id,
-- position, error, attempts; in the order of all events.
SELECT
  d.subscription,
  d.event_id,
  d.aggregate_id,
  d.aggregate_version,
  d.epoch,
  d.transaction_id,
  d.position,
  d.error,
  d.attempts
FROM {schema}.dead_letters AS d
WHERE d.subscription = CAST($1 AS TEXT)
ORDER BY
  d.epoch,
  d.transaction_id,
  d.position
LIMIT CAST($2 AS BIGINT)
