-- count_log: how many events pass a filter.
-- Run by: log_reader.
-- $1 aggregate types text[], $2 event types text[], $3 begin of aggregate ids
-- text, $4 metadata key text, $5 its value text, each NULL if all are wanted.
-- Rows: one: how many.
SELECT count(*)
FROM {events} AS e
WHERE TRUE
  AND (
    CAST($1 AS TEXT[]) IS NULL
    OR e.aggregate_type = ANY(CAST($1 AS TEXT[]))
  )
  AND (
    CAST($2 AS TEXT[]) IS NULL
    OR e.type = ANY(CAST($2 AS TEXT[]))
  )
  AND (
    CAST($3 AS TEXT) IS NULL
    OR substr(e.aggregate_id, 1, length(CAST($3 AS TEXT))) = CAST($3 AS TEXT)
  )
  AND (
    CAST($4 AS TEXT) IS NULL
    OR e.metadata -> CAST($4 AS TEXT) IS NOT NULL
  )
  AND (
    CAST($5 AS TEXT) IS NULL
    OR e.metadata ->> CAST($4 AS TEXT) = CAST($5 AS TEXT)
  )
