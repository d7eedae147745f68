-- count_held_back: the committed events that can't be read yet, because a
-- transaction that began before theirs still runs.
-- Run by: log_reader.
-- $1 the horizon's epoch bigint, $2 its transaction id, $3 events to count at
-- most bigint.
-- Rows: one: how many.
SELECT count(*)
FROM (
  SELECT e.position
  FROM {events} AS e
  WHERE (e.epoch, e.transaction_id)
    >= (CAST($1 AS BIGINT), CAST($2 AS {transaction_type}))
  ORDER BY
    e.epoch,
    e.transaction_id,
    e.position
  LIMIT CAST($3 AS BIGINT)
) AS waiting
