-- send_hint: tells listeners that events were stored. PostgreSQL only.
-- Run by: log_reader, in a transaction of its own.
-- $1 channel text.
-- Rows: one, of no meaning.
SELECT pg_notify(CAST($1 AS TEXT), '')
