-- find_position: the place of an event in the order of all events.
-- Run by: log_reader.
-- $1 aggregate id text, $2 version bigint.
-- Rows: one or none: epoch, transaction id, position.
SELECT
  e.epoch,
  e.transaction_id,
  e.position
FROM {events} AS e
WHERE e.aggregate_id = CAST($1 AS TEXT)
  AND e.aggregate_version = CAST($2 AS BIGINT)
