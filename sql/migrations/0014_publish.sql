-- Whether an event asked for an outbox row when it was stored, so that a row
-- that was lost can be told from one that nobody asked for. Whoever does not
-- name the column asks for none, as programs of the original schema; of events
-- that are there already nobody can tell.
ALTER TABLE {events}
  ADD COLUMN publish BOOLEAN NOT NULL DEFAULT false;
