-- find_timers: a page of the timers of a process manager.
-- Run by: table_scanner.
-- $1 type of process text, $2 moment bigint (microseconds since 1970) and $3
-- process id text to begin after, $4 rows at most bigint.
-- Rows: process id, when its first timer is due; in the order of time and id
-- (bytes).
SELECT
  t.id,
  t.due_at
FROM {projection_schema}.process_timers AS t
WHERE t.process_type = CAST($1 AS TEXT)
  AND (t.due_at, t.id) > (
    TIMESTAMPTZ 'epoch'
      + (CAST($2 AS BIGINT) - CAST($2 AS BIGINT) % 1000000)
        * INTERVAL '1 microsecond'
      + CAST($2 AS BIGINT) % 1000000 * INTERVAL '1 microsecond',
    CAST($3 AS TEXT)
  )
ORDER BY
  t.due_at,
  t.id
LIMIT CAST($4 AS BIGINT)
