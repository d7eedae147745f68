-- count_bases: how many of these versions of aggregates are stored. Each is
-- looked up in the unique index; what is there stays, so that no lock is
-- needed.
-- Run by: batch_writer, before copy_events.
-- $1 aggregate ids text[], $2 versions bigint[].
-- Rows: one: their number.
SELECT
  count(*)
FROM unnest(
  CAST($1 AS TEXT[]),
  CAST($2 AS BIGINT[])
) AS n (
  aggregate_id,
  base_version
)
WHERE EXISTS (
  SELECT 1
  FROM {events} AS e
  WHERE e.aggregate_id = n.aggregate_id
    AND e.aggregate_version = n.base_version
)
