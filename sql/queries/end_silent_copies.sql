-- end_silent_copies: ends the sessions that have waited too long for the rest
-- of a COPY. Their program is gone, or out of reach, and told nobody; their
-- locks keep everybody else from the same subscription. While a session waits
-- for such rows the server applies neither statement_timeout nor
-- idle_in_transaction_session_timeout to it. Only the user's own sessions that
-- move a checkpoint are looked at, and no program of ours is that slow: it has
-- the rows ready before it begins.
-- Run by: silent_copies, when a lock was not given.
-- $1 milliseconds bigint.
-- Rows: one: how many were ended.
SELECT count(pg_terminate_backend(a.pid))
FROM pg_stat_activity AS a
WHERE a.datname = current_database()
  AND a.usename = session_user
  AND a.state = 'active'
  AND a.wait_event = 'ClientRead'
  AND a.query_start
    < clock_timestamp() - CAST($1 AS BIGINT) * INTERVAL '1 millisecond'
  AND EXISTS (
    SELECT
    FROM pg_locks AS l
    WHERE l.pid = a.pid
      AND l.relation = CAST('{schema}.subscriptions' AS REGCLASS)
      AND l.mode = 'RowExclusiveLock'
  )
