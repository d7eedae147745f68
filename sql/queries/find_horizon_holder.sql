-- find_horizon_holder: the oldest transaction that has an id and runs. The
-- locks are seen by every role, what a session does only by its own and by
-- those that may monitor. PostgreSQL only.
-- Run by: log_reader.
-- Rows: one or none: process (0 for a prepared transaction), application or the
-- prepared transaction's name, state, how long it has been running
-- (microseconds).
SELECT
  COALESCE(l.pid, 0),
  COALESCE(a.application_name, p.gid, ''),
  COALESCE(a.state, CASE WHEN l.pid IS NULL THEN 'prepared' ELSE '' END),
  CAST(
    COALESCE(
      EXTRACT(EPOCH FROM clock_timestamp() - COALESCE(a.xact_start, p.prepared)),
      0
    ) * 1000000 AS BIGINT
  )
FROM pg_locks AS l
LEFT JOIN pg_stat_activity AS a
  ON a.pid = l.pid
LEFT JOIN pg_prepared_xacts AS p
  ON l.pid IS NULL
  AND p.transaction = l.transactionid
WHERE l.locktype = 'transactionid'
  AND l.mode = 'ExclusiveLock'
  AND l.granted
  AND l.pid IS DISTINCT FROM pg_backend_pid()
ORDER BY age(l.transactionid) DESC
LIMIT 1
