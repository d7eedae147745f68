-- mark_failed: notes that events could not be published, and when to try again.
-- Run by: outbox_table, in the transaction of a settlement.
-- $1 event ids text[], $2 reasons text[], $3 microseconds from now bigint[],
-- NULL for never.
-- Rows: none.
UPDATE {outbox} AS o
SET
  attempts = o.attempts + 1,
  last_error = n.reason,
  next_attempt_at = clock_timestamp()
    + COALESCE(n.pause, 0) * INTERVAL '1 microsecond',
  dead_at = CASE WHEN n.pause IS NULL THEN now() END
FROM unnest(
  CAST($1 AS TEXT[]),
  CAST($2 AS TEXT[]),
  CAST($3 AS BIGINT[])
) AS n (
  event_id,
  reason,
  pause
)
WHERE o.event_id = n.event_id
  AND o.published_at IS NULL
