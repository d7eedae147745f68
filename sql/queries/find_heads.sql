-- find_heads: the versions that aggregates have now.
-- Run by: batch_writer, for appends without events, and after a conflict.
-- $1 aggregate ids text[].
-- Rows: one for each id, in order: version (0 if there are no events).
SELECT
  COALESCE((
    SELECT e.aggregate_version
    FROM {events} AS e
    WHERE e.aggregate_id = w.aggregate_id
    ORDER BY e.aggregate_version DESC
    LIMIT 1
  ), 0)
FROM unnest(CAST($1 AS TEXT[])) WITH ORDINALITY AS w (aggregate_id, place)
ORDER BY w.place
