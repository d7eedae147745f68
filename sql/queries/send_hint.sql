-- send_hint: tells listeners that events were stored. Nothing is lost with a
-- hint, so its transaction does not wait for the disk. PostgreSQL only.
-- Run by: log_reader, in a transaction of its own.
-- $1 channel text.
-- Rows: one, of no meaning.
SELECT
  set_config('synchronous_commit', 'off', true),
  pg_notify(CAST($1 AS TEXT), '')
