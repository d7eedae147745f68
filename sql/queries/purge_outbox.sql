-- purge_outbox: deletes published rows, the oldest first, and notes up to when.
-- Run by: outbox_table.
-- $1 age in microseconds bigint, $2 rows at most bigint.
-- Rows: one: how many were deleted.
WITH gone AS (
  DELETE FROM {outbox} AS o
  WHERE o.event_id IN (
    SELECT p.event_id
    FROM {outbox} AS p
    WHERE p.published_at IS NOT NULL
      AND p.published_at < clock_timestamp()
        - CAST($1 AS BIGINT) * INTERVAL '1 microsecond'
    ORDER BY p.published_at
    LIMIT CAST($2 AS BIGINT)
    FOR UPDATE SKIP LOCKED
  )
  RETURNING o.published_at
), noted AS (
  INSERT INTO {schema}.outbox_purges AS n (purged_until)
  SELECT max(g.published_at)
  FROM gone AS g
  HAVING count(*) > 0
  ON CONFLICT (only_row) DO UPDATE
  SET purged_until = GREATEST(n.purged_until, EXCLUDED.purged_until)
  RETURNING 1
)
SELECT count(*) FROM gone
