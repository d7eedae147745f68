-- find_receipts: what executed commands were answered with.
-- Run by: batch_writer, after a conflict; event_reader.
-- $1 aggregate ids text[], $2 command ids text[].
-- Rows: for each executed command at least one, in order: place of the command
-- from 1, version after it, event id (NULL if it had no events).
SELECT
  w.place,
  c.aggregate_version,
  e.id
FROM unnest(
  CAST($1 AS TEXT[]),
  CAST($2 AS TEXT[])
) WITH ORDINALITY AS w (aggregate_id, command_id, place)
JOIN {commands} AS c
  ON c.aggregate_id = w.aggregate_id
  AND c.command_id = w.command_id
LEFT JOIN {events} AS e
  ON e.aggregate_id = c.aggregate_id
  AND e.aggregate_version > c.aggregate_version - c.event_count
  AND e.aggregate_version <= c.aggregate_version
ORDER BY
  w.place,
  e.aggregate_version
