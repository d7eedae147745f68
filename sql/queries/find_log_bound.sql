-- find_log_bound: how far events can be read whose transactions, and all that
-- began before, have ended.
-- Run by: log_reader.
-- $1 epoch bigint, $2 transaction id, $3 position bigint to begin after, $4
-- events to look at, less one, bigint.
-- Rows: one: the horizon's epoch and transaction id, then epoch, transaction id
-- and position of the last event to look at, or NULLs if fewer are there, then
-- whether there is any.
SELECT
  h.epoch,
  h.transaction_id,
  b.epoch,
  b.transaction_id,
  b.position,
  EXISTS (
    SELECT 1
    FROM {events} AS a
    WHERE (a.epoch, a.transaction_id, a.position)
      > (CAST($1 AS BIGINT), CAST($2 AS {transaction_type}), CAST($3 AS BIGINT))
      AND (a.epoch, a.transaction_id) < (h.epoch, h.transaction_id)
  )
FROM (
  SELECT
    max(n.epoch) AS epoch,
    {transaction_horizon} AS transaction_id
  FROM {schema}.epochs AS n
) AS h
LEFT JOIN LATERAL (
  SELECT
    e.epoch,
    e.transaction_id,
    e.position
  FROM {events} AS e
  WHERE (e.epoch, e.transaction_id, e.position)
    > (CAST($1 AS BIGINT), CAST($2 AS {transaction_type}), CAST($3 AS BIGINT))
    AND (e.epoch, e.transaction_id) < (h.epoch, h.transaction_id)
  ORDER BY
    e.epoch,
    e.transaction_id,
    e.position
  OFFSET CAST($4 AS BIGINT)
  LIMIT 1
) AS b
  ON TRUE{log_snapshot}
