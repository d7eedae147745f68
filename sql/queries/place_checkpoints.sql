-- place_checkpoints: puts all checkpoints of a subscription where another one's
-- is, and lets it run.
-- Run by: checkpoint_table, when a rebuilt projection takes the place of the
-- old one.
-- $1 name text, $2 the other's name text.
-- Rows: none.
UPDATE {schema}.subscriptions AS s
SET
  epoch = o.epoch,
  transaction_id = o.transaction_id,
  position = o.position,
  state = CASE WHEN s.state = 'stopped' THEN 'running' ELSE s.state END,
  error = '',
  updated_at = now()
FROM {schema}.subscriptions AS o
WHERE s.name = CAST($1 AS TEXT)
  AND o.name = CAST($2 AS TEXT)
  AND o.partition_index = 0
