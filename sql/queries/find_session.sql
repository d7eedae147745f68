-- find_session: the server's process that runs this transaction. What it has
-- committed is there while it lives: a server that loses commits, in a crash or
-- by handing over to a standby, loses its processes too.
-- Run by: connection, for a batch whose events are copied.
-- Rows: one: its id and the moment of its start.
SELECT
  a.pid,
  a.backend_start
FROM pg_stat_get_activity(pg_backend_pid()) AS a
