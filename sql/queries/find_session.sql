-- find_session: names the server's process that runs this transaction. What it
-- has committed is there while it lives: a server that loses commits, in a crash
-- or by handing over to a standby, loses its processes too, and with them the
-- word that each was told. The process's id is part of the name because there
-- are poolers that tell another process all that was set in the one before.
-- Run by: connection, for a batch whose events are copied.
-- $1 the word, of which there is no second one, for a process that has none.
-- Rows: one: the name.
SELECT
  COALESCE({session}, pg_backend_pid() || ' ' || set_config(
    'eventsource.session',
    CAST($1 AS TEXT),
    FALSE
  ))
