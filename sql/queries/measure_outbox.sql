-- measure_outbox: how far publishing is behind.
-- Run by: outbox_table.
-- Rows: one: pending rows, those of them that wait, dead letters, the age of
-- the oldest pending row in microseconds.
SELECT
  count(*) FILTER (WHERE o.dead_at IS NULL),
  count(*) FILTER (
    WHERE o.dead_at IS NULL AND o.next_attempt_at > clock_timestamp()
  ),
  count(*) FILTER (WHERE o.dead_at IS NOT NULL),
  CAST(COALESCE(EXTRACT(EPOCH FROM clock_timestamp()
    - min(o.created_at) FILTER (WHERE o.dead_at IS NULL)), 0)
    * 1000000 AS BIGINT)
FROM {outbox} AS o
WHERE o.published_at IS NULL
